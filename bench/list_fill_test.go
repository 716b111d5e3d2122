package bench

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"tieout/books"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/money"
	"tieout/receivables"
)

// keepEnv names a folder in which the filled SQLite file is kept and used again.
// With it, the database of databaseEnv is kept, too.
const keepEnv = "TIEOUT_BENCH_KEEP"

// screen is an installation with a ledger of so many invoices, its pages on a
// real port, and somebody signed in.
type screen struct {
	testing.TB
	program
	invoices int
	base     string
	client   *http.Client
	// today is the day as of which it was filled.
	today receivables.Date
	// round counts the syncs.
	round int
}

// kept is where the filled installation of an engine is, or will be; a fresh
// database when none is to be kept.
func kept(t testing.TB, engine string) string {
	folder, server := os.Getenv(keepEnv), os.Getenv(databaseEnv)
	switch {
	case folder != "" && engine == "sqlite":
		return filepath.Join(folder, "lists.db")
	case folder != "" && server != "":
		return server
	}
	return engines()[engine](t)
}

func newScreen(t testing.TB, database string, invoices int) *screen {
	t.Helper()
	s := &screen{TB: t, program: program{clock: clock.System{}}, invoices: invoices}
	seed := [32]byte{3}
	binary.LittleEndian.PutUint64(seed[8:], uint64(s.clock.Now().UnixNano())) // a kept database has the ids of earlier runs
	var err error
	s.App, err = app.Open(t.Context(), app.Config{
		Database: database, Vendors: s.vendors(), Clock: s.clock, Random: rand.NewChaCha8(seed), Unlimited: true, Schedule: "@hourly",
	})
	s.must(err)
	t.Cleanup(func() { _ = s.Close() })
	b, err := s.Store.Book(t.Context(), books.Tenant, bookID)
	if err == nil {
		s.today = receivables.DateIn(b.CreatedAt, time.UTC)
	} else {
		s.today = receivables.DateIn(s.clock.Now(), time.UTC)
		s.fillLists()
	}
	s.serve()
	return s
}

func (s *screen) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// What else there is for so many invoices.
func (s *screen) customers() int { return s.invoices/50 + 1 }
func (s *screen) past() int      { return s.invoices / 5 }
func (s *screen) recent() int    { return s.invoices / 250 }

const (
	// years are the days over which invoices and payments lie.
	years = 3 * 365
	// recently is how many days back the new payments lie.
	recently = 10
)

// fillLists fills a book: the ledger's invoices and receipts, new payments, which
// are matched, and old ones with their payouts.
func (s *screen) fillLists() {
	s.Helper()
	_, err := s.fill(s.Context())
	s.must(err)
	ledger, err := s.page(s.Context(), ledgerID)
	s.must(err)
	for i := range s.customers() {
		ledger.add(receivables.Customer{ID: "c" + strconv.Itoa(i), Name: "Customer " + strconv.Itoa(i), Active: true})
	}
	for i := range s.invoices {
		v := s.invoice(i)
		ledger.add(v)
		if v.Balance == 0 && i%s.customers() < 20 {
			ledger.add(receivables.Receipt{
				ID: "r" + strconv.Itoa(i), CustomerID: v.CustomerID, State: receivables.StateLive, Currency: v.Currency, Date: v.Due, Total: v.Total,
				Allocations: []receivables.Allocation{{Target: v.Ref(), Amount: v.Total}},
			})
		}
	}
	source, err := s.page(s.Context(), sourceID)
	s.must(err)
	s.must(ledger.flush())
	source.page.Mark = true
	for i := range s.recent() {
		v := s.invoice(i*s.invoices/s.recent()/10*10 + 3)
		text := "Payment of invoice " + v.Number
		if i%4 == 3 {
			text = "A payment for what we had"
		}
		s.pay(source, s.past()+i, s.clock.Now().Add(-time.Duration(i)*recently*24*time.Hour/time.Duration(s.recent())), v.Balance, text)
	}
	s.must(source.flush())
	b, err := s.Store.Book(s.Context(), books.Tenant, bookID)
	s.must(err)
	work, err := s.reconciler(s.Context())
	s.must(err)
	_, err = work.Run(s.Context(), b)
	s.must(err)
	// What came before is not looked at: that would take most of the time.
	source.page.Mark = false
	for day := range years {
		source.add(s.payout(day))
	}
	for i := range s.past() {
		s.pay(source, i, s.today.AddDays(-years+i*(years-recently)/s.past()).Midnight(time.UTC), 5_00+spread(i), "")
	}
	s.must(source.flush())
}

// projects is on how many different projects the invoices are.
const projects = 20_000

// invoice is one of ten open, one of fifty void and the others paid, over three
// years and in three currencies; what is open is of the last months.
func (s *screen) invoice(i int) receivables.Invoice {
	const recent = 150
	total := int64(5_00 + i*7919%900_000)
	v := receivables.Invoice{
		ID: "i" + strconv.Itoa(i), Number: fmt.Sprintf("INV-%07d", i), CustomerID: "c" + strconv.Itoa(i%s.customers()), State: receivables.StateLive,
		Currency: []money.Currency{"USD", "USD", "EUR", "USD", "GBP", "USD", "USD"}[i%7], Issued: s.today.AddDays(-years + i*years/s.invoices), Total: total, HomeBalance: 0,
		Lines: []receivables.Line{{ID: "1", Description: fmt.Sprintf("Consulting, as agreed, project alpha%d", i%projects), Quantity: "1", Amount: fmt.Sprint(total)}},
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

// payout is one of a day, with its movement to follow.
func (s *screen) payout(day int) receivables.Payout {
	at := s.today.AddDays(-day)
	return receivables.Payout{
		ID: "po_" + strconv.Itoa(day), Amount: 100_000, Currency: "USD", Status: "paid", Automatic: true, Reconciled: true, Arrival: at, Created: at.Midnight(time.UTC),
		Movement: "txn_po_" + strconv.Itoa(day),
	}
}

// pay adds a charge and its movement, which the payout of two days later takes
// out.
func (s *screen) pay(f *filler, i int, at time.Time, amount int64, text string) {
	c := receivables.Charge{
		ID: "ch_" + strconv.Itoa(i), PaymentIntent: "pi_" + strconv.Itoa(i), Email: fmt.Sprintf("c%d@example.com", i%s.customers()), Currency: "USD",
		Status: receivables.ChargeSucceeded, Method: "card", Created: at, Movement: "txn_" + strconv.Itoa(i), Amount: amount, Description: text,
	}
	f.add(c)
	fee := amount*29/1000 + 30
	row := receivables.BalanceTransaction{
		ID: c.Movement, Type: "charge", Category: "charge", Source: c.ID, Amount: amount, Fee: fee, Net: amount - fee, Currency: "USD",
		Created: at, Available: at.AddDate(0, 0, 2), Status: "available",
	}
	if day := s.today.DaysSince(receivables.DateIn(row.Available, time.UTC)); day >= 0 {
		row.Payout = "po_" + strconv.Itoa(day)
	}
	f.add(row)
}
