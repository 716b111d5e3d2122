package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/receivables"
	"tieout/sandbox"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/store"
	"tieout/sync/schedule"
)

// currencies are thirty in which somebody owes something.
var currencies = strings.Fields("AED AUD BRL BGN CAD CHF CNY CZK DKK GBP HKD HUF IDR ILS INR MXN MYR NOK NZD PHP PLN RON SAR SEK SGD THB TRY TWD UAH ZAR")

// names are such as pages seldom see: as long as a ledger takes, without a place
// to break, from right to left, without letters.
var names = []string{
	strings.Repeat("Donaudampfschifffahrtselektrizitätenhauptbetriebswerk", 4)[:200],
	"شركة التجارة الدولية المحدودة للاستيراد والتصدير", "株式会社東京国際貿易振興機構大阪支店", "🦄 Zoë & Søn 👩‍👩‍👧‍👦 \"Ltd\" <b>", "=1+1",
}

// crowd is an installation in which everything is at its extreme.
type crowd struct {
	*browser
	demo   *demo.Demo
	ledger control.Ledger
	ready  sandbox.ReadyLedger
	clock  *clock.Adjustable
}

// TestCrowd looks at pages when they are full: thirty currencies, names of every
// kind, amounts of twelve digits, five hundred notes, writes that were refused,
// deliveries that failed, connections in trouble, a second person asked for. Each
// fits a phone, hides nothing, and has no fault that axe knows.
func TestCrowd(t *testing.T) {
	t.Parallel()
	c := gather(t)
	c.tells()
	c.owes()
	c.pays()
	c.delivers()
	for _, page := range [][2]string{
		{"/", "THB"},
		{"/receivables", "9,999,999,999.99"},
		{"/payments?book=" + c.book(), "شركة"},
		{"/decisions", "not written"},
		{"/settings/webhooks", "switched off"},
		{c.writes(c.longest()), "Note 499"},
	} {
		c.visit(page[0])
		c.see(page[1])
		path, _, _ := strings.Cut(page[0][1:], "?")
		name, _, _ := strings.Cut(path, "/")
		c.looks("crowd-" + name)
	}
}

// longest is the invoice of the customer with the longest name.
func (c *crowd) longest() economy.Document {
	c.Helper()
	open, err := c.ledger.Books.OpenInvoices()
	if err != nil {
		c.Fatal(err)
	}
	for _, d := range open {
		if d.Name == names[0] {
			return d
		}
	}
	c.Fatal("nobody has the longest name")
	return economy.Document{}
}

// looks checks what every page has to be, and keeps its picture.
func (c *crowd) looks(name string) {
	c.Helper()
	c.round()
	c.fits()
	c.axe()
	c.shoot(name)
}

func gather(t *testing.T) *crowd {
	t.Helper()
	b, now := open(t, ""), clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	d, err := demo.Start(t.Context(), demo.Options{
		Seed: 7, Invoices: 8, NoHistory: true, Clock: now, Random: rand.NewChaCha8([32]byte{9}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if err := d.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	writing(t, d)
	site, enter, err := d.Pages(t.Context(), app.Screen{Log: func(reference string, err error) { t.Errorf("page %s: %v", reference, err) }})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(site)
	t.Cleanup(func() { site.Close(); server.Close() })
	b.base = server.URL
	b.visit(enter)
	b.see("This opens the demonstration")
	b.keys("\r")
	b.see("Open receivables")
	return &crowd{b, d, d.Sandbox.Ledgers()[1], d.Ready.Ledgers[1], now} // Xero takes the longer names
}

func (c *crowd) sync() {
	c.Helper()
	if _, err := c.demo.App.Sync(context.WithoutCancel(c.Context()), schedule.Options{Prove: true}); err != nil {
		c.Fatal(err)
	}
}

// owes has customers of every name owe in every currency, and one of them most.
func (c *crowd) owes() {
	c.Helper()
	home := c.ready.HomeCurrency
	for n, code := range append([]string{home, home, home, home, home}, currencies...) {
		if adder, ok := c.ledger.Records.(interface{ AddCurrency(code string) }); ok {
			adder.AddCurrency(code)
		} else if code != home {
			_, _ = c.ledger.Records.Create("CompanyCurrency", fmt.Appendf(nil, `{"Code":%q}`, code))
		}
		name, unit := "Abroad in "+code, economy.Minor(123456789*(n+1))
		if n < len(names) {
			name, unit = names[n], 999_999_999_999
		}
		id, err := c.ledger.Books.AddCustomer(economy.Customer{Name: name, Email: fmt.Sprintf("customer%d@example.com", n), Currency: code}, "")
		if err == nil {
			_, err = c.ledger.Books.AddInvoice(economy.Invoice{
				Number: fmt.Sprintf("CROWD-%d", n), Currency: code, Issued: time.Date(2026, 11-time.Month(n%5), 2, 0, 0, 0, 0, time.UTC), DueDays: 14,
				Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: unit}},
			}, id)
		}
		if err != nil {
			c.Errorf("%s: %v", name, err)
		}
	}
	c.sync()
}

// acts has a vendor's stand-in act up.
func (c *crowd) acts(vendor, fault string) {
	c.Helper()
	r, err := http.NewRequestWithContext(c.Context(), http.MethodPost, c.demo.Ready.Control.URL+"/faults/"+vendor, strings.NewReader(fault))
	if err != nil {
		c.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		var why bytes.Buffer
		_, _ = why.ReadFrom(answer.Body)
		c.Fatalf("%s: %s", fault, why.String())
	}
}

// tells has an address told of everything that never takes it.
func (c *crowd) tells() {
	c.Helper()
	if _, err := c.demo.App.AddHook(c.Context(), "http://127.0.0.1:9/a/rather/long/path/that/somebody/has/chosen", nil); err != nil {
		c.Fatal(err)
	}
}

// delivers lets days pass in which deliveries are tried, until they are given up.
func (c *crowd) delivers() {
	c.Helper()
	for range 14 {
		if err := c.demo.App.NotifyNow(c.Context()); err != nil {
			c.Fatal(err)
		}
		c.clock.Advance(8 * time.Hour)
	}
}

// pays has payments come in that fit nothing, one whose receipt the ledger
// refuses, and one whose vendor wants a new consent.
func (c *crowd) pays() {
	c.Helper()
	p := &street{c.browser, c.demo, c.ledger, c.ready.StripeAccount}
	open, err := c.ledger.Books.OpenInvoices()
	if err != nil {
		c.Fatal(err)
	}
	for _, d := range open {
		for n, name := range names {
			if d.Name == name {
				p.pays(d, "for something", 1-d.Balance+economy.Minor(1000*(n+1)))
			}
		}
	}
	small := slices.IndexFunc(open, func(d economy.Document) bool { return d.Balance < 1_000_000 && !strings.HasPrefix(d.Number, "CROWD") })
	p.pays(open[small], "for "+open[small].Number, 0)
	c.acts(c.ready.Vendor, `{"kind":"status","method":"POST","path":"*","status":400}`)
	c.sync()
}

// connection is the ledger's.
func (c *crowd) connection() string {
	c.Helper()
	connections, err := c.demo.App.Store.Connections(c.Context(), books.Tenant)
	at := slices.IndexFunc(connections, func(of books.Connection) bool { return of.ExternalID == c.ledger.ID })
	if err != nil || at < 0 {
		c.Fatalf("the ledger is not connected: %v", err)
	}
	return connections[at].ID
}

// book is the ledger's.
func (c *crowd) book() string {
	c.Helper()
	all, err := c.demo.App.Store.Books(c.Context(), books.Tenant)
	of := c.connection()
	at := slices.IndexFunc(all, func(b books.Book) bool { return b.Ledger == of })
	if err != nil || at < 0 {
		c.Fatalf("the ledger has no book: %v", err)
	}
	return all[at].ID
}

// writes has five hundred notes about a customer, and gives the customer's page.
func (c *crowd) writes(d economy.Document) string {
	c.Helper()
	of := c.connection()
	for n := range 500 {
		if err := c.demo.App.Store.AddNote(c.Context(), books.Tenant, store.Note{
			ID: fmt.Sprintf("note%03d", n), Connection: of, About: receivables.Ref{Kind: receivables.KindCustomer, ID: d.Customer}, Author: "Ada Accountant",
			Text: fmt.Sprintf("Note %d: %s", n, names[n%len(names)]), At: c.clock.Now().Add(time.Duration(n) * time.Second),
		}); err != nil {
			c.Fatal(err)
		}
	}
	return "/customers/" + of + "/" + d.Customer
}
