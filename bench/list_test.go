package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/listing"
	"tieout/money"
	"tieout/people"
	"tieout/receivables"
)

// screen is an installation with a ledger of so many invoices, its pages on a
// real port, and somebody signed in.
type screen struct {
	testing.TB
	program
	invoices int
	base     string
	client   *http.Client
	today    receivables.Date
	// round counts the syncs.
	round int
}

func newScreen(t testing.TB, database string, invoices int) *screen {
	t.Helper()
	s := &screen{TB: t, program: program{clock: clock.System{}}, invoices: invoices}
	var err error
	s.App, err = app.Open(t.Context(), app.Config{
		Database: database, Vendors: s.vendors(), Clock: s.clock, Random: rand.NewChaCha8([32]byte{3}), Unlimited: true, Schedule: "@hourly",
	})
	s.must(err)
	t.Cleanup(func() { _ = s.Close() })
	s.today = receivables.DateIn(s.clock.Now(), time.UTC)
	_, err = s.fill(t.Context())
	s.must(err)
	f, err := s.page(t.Context(), ledgerID)
	s.must(err)
	for i := range s.customers() {
		f.add(receivables.Customer{ID: "c" + strconv.Itoa(i), Name: "Customer " + strconv.Itoa(i), Active: true})
	}
	for i := range invoices {
		f.add(s.invoice(i))
	}
	s.must(f.flush())
	s.serve()
	return s
}

func (s *screen) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *screen) customers() int { return s.invoices/50 + 1 }

// invoice is one of ten open, one of fifty void and the others paid, over three
// years and in three currencies; what is open is of the last months.
func (s *screen) invoice(i int) receivables.Invoice {
	const years, recent = 3 * 365, 150
	total := int64(5_00 + i*7919%900_000)
	v := receivables.Invoice{
		ID: "i" + strconv.Itoa(i), Number: fmt.Sprintf("INV-%07d", i), CustomerID: "c" + strconv.Itoa(i%s.customers()), State: receivables.StateLive,
		Currency: []money.Currency{"USD", "USD", "EUR", "USD", "GBP", "USD", "USD"}[i%7], Issued: s.today.AddDays(-years + i*years/s.invoices), Total: total, HomeBalance: 0,
		Lines: []receivables.Line{{ID: "1", Description: "Consulting, as agreed", Quantity: "1", Amount: fmt.Sprint(total)}},
	}
	switch {
	case i%10 == 3:
		v.Issued = s.today.AddDays(-i % recent)
		v.Balance, v.HomeBalance = total, total
	case i%50 == 7:
		v.State = receivables.StateVoid
	}
	v.Due = v.Issued.AddDays(30)
	return v
}

// serve opens the pages and signs in.
func (s *screen) serve() {
	s.Helper()
	owner, err := s.People.Demonstrator(s.Context(), people.Organisation{Name: "Bench", Zone: "UTC", Home: "USD"})
	s.must(err)
	token, err := s.People.EnterTicket(s.Context(), owner)
	s.must(err)
	site, err := s.Pages(app.Screen{Log: func(reference string, err error) { s.Errorf("%s: %v", reference, err) }})
	s.must(err)
	server := httptest.NewServer(site)
	s.Cleanup(func() { site.Close(); server.Close() })
	jar, err := cookiejar.New(nil)
	s.must(err)
	s.base, s.client = server.URL, &http.Client{Jar: jar}
	answer, err := s.client.PostForm(s.base+"/enter", url.Values{"token": {token}})
	s.must(err)
	s.must(answer.Body.Close())
}

// get gives a page.
func (s *screen) get(path string) string {
	s.Helper()
	answer, err := s.client.Get(s.base + path)
	s.must(err)
	body, err := io.ReadAll(answer.Body)
	s.must(errors.Join(err, answer.Body.Close()))
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "<main") {
		s.Fatalf("%s: %d %.300s", path, answer.StatusCode, body)
	}
	return string(body)
}

// sync saves a page of a thousand changed invoices each second, which is as fast
// as Xero lets anybody read (60 calls a minute), until the function is called.
func (s *screen) sync() (stop func() int) {
	s.Helper()
	s.round++
	f, err := s.page(s.Context(), ledgerID+"-"+strconv.Itoa(s.round)) // a lease of its own: the first fill holds the ledger's
	s.must(err)
	f.page.Connection, f.page.Mark, f.order = ledgerID, true, int64(1+s.round)
	ctx, cancel := context.WithCancel(s.Context())
	f.ctx = ctx
	var done sync.WaitGroup
	saved := 0
	done.Go(func() {
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		for ctx.Err() == nil {
			for range min(pageSize, s.invoices) {
				v := s.invoice((saved*7 + 3) % s.invoices)
				v.Reference = fmt.Sprint("PO ", s.round, saved)
				f.add(v)
				saved++
			}
			if err := f.flush(); err != nil && ctx.Err() == nil {
				s.Errorf("sync: %v", err)
				return
			}
			select {
			case <-ctx.Done():
			case <-ticker.C:
			}
		}
	})
	return func() int { cancel(); done.Wait(); return saved }
}

// asked are the lists whose time is measured.
func (s *screen) asked() map[string]string {
	deep := listing.Place{Date: s.today.AddDays(-5), Connection: ledgerID, Standing: listing.Open, Currency: "USD", ID: "i5"}
	return map[string]string{
		"first":         "/receivables",
		"home":          "/",
		"all":           "/receivables?status=all&sort=issued&desc=1",
		"paid by total": "/receivables?status=paid&sort=total&desc=1",
		"by balance":    "/receivables?status=overdue&sort=balance&desc=1",
		"last page":     "/receivables?status=all&sort=issued&after=" + deep.String(),
		"age, currency": "/receivables?age=over&currency=GBP&sort=total",
		"number":        "/receivables?q=" + fmt.Sprintf("INV-%07d", s.invoices/2),
		"beginning":     "/receivables?q=INV-00001",
		"name":          "/receivables?q=customer+" + strconv.Itoa(s.customers()/2),
		"amount":        "/receivables?q=" + money.Money{Minor: s.invoice(s.invoices / 2).Total, Currency: "USD"}.Text(money.ISO),
		"customer":      "/receivables?status=all&customer=c7",
		"month":         "/receivables?status=billed&currency=EUR&sort=issued&month=" + listing.MonthKey(s.today.AddDays(-200).MonthStart()),
	}
}

// BenchmarkLists asks for pages of 1,000,000 invoices while a sync changes a
// thousand of them each second.
func BenchmarkLists(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		b.Run(engine, func(b *testing.B) {
			s := newScreen(b, engines()[engine](b), 1_000_000)
			paths := s.asked()
			for _, name := range slices.Sorted(maps.Keys(paths)) {
				b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
					stop := s.sync()
					var took []time.Duration
					for b.Loop() {
						began := s.clock.Now()
						s.get(paths[name])
						took = append(took, s.clock.Now().Sub(began))
					}
					stop()
					slices.Sort(took)
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
					b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
				})
			}
		})
	}
}

// TestListsSmall asks for each of the pages once, while a sync runs.
func TestListsSmall(t *testing.T) {
	t.Parallel()
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			s := newScreen(t, engines()[engine](t), 2100)
			stop := s.sync()
			for name, path := range s.asked() {
				if body := s.get(path); name != "home" && !strings.Contains(body, "<tfoot>") {
					t.Errorf("%s: nothing in it", name)
				}
			}
			if body := s.get("/receivables"); !strings.Contains(body, "150 invoices in USD") {
				t.Errorf("the totals are others than those of 210 open invoices")
			}
			if stop() == 0 {
				t.Error("no sync ran")
			}
		})
	}
}
