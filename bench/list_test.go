package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
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
	"tieout/listing"
	"tieout/money"
	"tieout/people"
)

// serve opens the pages and signs in.
func (s *screen) serve() {
	s.Helper()
	owner, err := s.Store.PersonByEmail(s.Context(), "demo@localhost")
	if err != nil {
		owner, err = s.People.Demonstrator(s.Context(), people.Organisation{Name: "Bench", Zone: "UTC", Home: "USD"})
	}
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
	f.page.Connection, f.page.Mark, f.order = ledgerID, true, s.clock.Now().UnixNano()
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
				v.Reference = fmt.Sprint("PO ", f.order, saved)
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

// pages are those beside the lists whose time is measured.
func (s *screen) pages() map[string]string {
	return map[string]string{
		"home":        "/",
		"decisions":   "/decisions",
		"customer":    "/customers/" + ledgerID + "/c7",
		"invoice":     "/invoices/" + ledgerID + "/i" + strconv.Itoa(s.invoices/2/10*10+3),
		"payments":    "/payments",
		"payment":     "/payments/txn_" + strconv.Itoa(s.past()) + "?book=" + bookID,
		"payouts":     "/payouts",
		"payout":      "/payouts/po_" + strconv.Itoa(years/2) + "?book=" + bookID,
		"connections": "/connections",
		"proof":       "/proof",
		"journal":     "/journal/" + bookID,
		"clients":     "/clients",
	}
}

// asked are the lists whose time is measured.
func (s *screen) asked() map[string]string {
	deep := listing.Place{Date: s.today.AddDays(-5), Connection: ledgerID, Standing: listing.Open, Currency: "USD", ID: "i5"}
	return map[string]string{
		"first":         "/receivables",
		"all":           "/receivables?status=all&sort=issued&desc=1",
		"paid by total": "/receivables?status=paid&sort=total&desc=1",
		"by balance":    "/receivables?status=overdue&sort=balance&desc=1",
		"last page":     "/receivables?status=all&sort=issued&after=" + deep.String(),
		"age, currency": "/receivables?age=over&currency=GBP&sort=total",
		"number":        "/receivables?q=" + fmt.Sprintf("INV-%07d", s.invoices/2),
		"beginning":     "/receivables?q=INV-00001",
		"name":          "/receivables?q=customer+" + strconv.Itoa(s.customers()/2),
		"amount":        "/receivables?q=" + money.Money{Minor: s.invoice(s.invoices / 2).Total, Currency: "USD"}.Text(money.ISO),
		"word":          "/receivables?q=project+alpha17",
		"every word":    "/receivables?q=consulting+agreed",
		"of a customer": "/receivables?status=all&customer=c7",
		"month":         "/receivables?status=billed&currency=EUR&sort=issued&month=" + listing.MonthKey(s.today.AddDays(-200).MonthStart()),
	}
}

// BenchmarkLists asks for pages of 1,000,000 invoices while a sync changes a
// thousand of them each second.
func BenchmarkLists(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		b.Run(engine, func(b *testing.B) {
			s := newScreen(b, kept(b, engine), 1_000_000)
			paths := s.asked()
			maps.Copy(paths, s.pages())
			for _, name := range slices.Sorted(maps.Keys(paths)) {
				b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) { s.measure(b, paths[name]) })
			}
		})
	}
}

// measure asks for a page again and again.
func (s *screen) measure(b *testing.B, path string) {
	stop := s.sync()
	var took []time.Duration
	for b.Loop() {
		began := s.clock.Now()
		s.get(path)
		took = append(took, s.clock.Now().Sub(began))
	}
	stop()
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
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
				if body := s.get(path); !strings.Contains(body, "<tfoot>") {
					t.Errorf("%s: nothing in it", name)
				}
			}
			for name, path := range s.pages() {
				t.Log(name, len(s.get(path)))
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
