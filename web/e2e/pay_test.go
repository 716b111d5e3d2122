package e2e

import (
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/internal/clock"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sync/schedule"
)

// payer is a browser beside an installation whose links lead to its own page.
type payer struct {
	*browser
	demo   *demo.Demo
	ledger control.Ledger
	book   books.Book
	link   *regexp.Regexp
}

// payers starts an installation on a real port, in which every open invoice of
// its first ledger has its link.
func payers(t *testing.T, b *browser) *payer {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	b.base = server.URL
	d, err := demo.Start(t.Context(), demo.Options{
		Seed: 7, Invoices: 8, NoHistory: true, PublicURL: server.URL,
		Clock: clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)), Random: rand.NewChaCha8([32]byte{6}),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	if err := d.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	pages, err := d.App.PayPages(func(err error) { t.Errorf("pay page: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/p/", pages)
	mux.Handle("/x/", pages)
	p := &payer{b, d, d.Sandbox.Ledgers()[0], books.Book{}, regexp.MustCompile(regexp.QuoteMeta(server.URL) + `(/p/[a-z2-7]{26})`)}
	writing(t, d)
	all, err := d.App.Store.Books(t.Context(), books.Tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, book := range all {
		c, err := d.App.Store.Connection(t.Context(), book.Tenant, book.Ledger)
		if err != nil {
			t.Fatal(err)
		}
		if c.ExternalID == p.ledger.ID {
			p.book = book
		}
	}
	return p
}

func (p *payer) sync() {
	p.Helper()
	if _, err := p.demo.App.Sync(context.WithoutCancel(p.Context()), schedule.Options{}); err != nil {
		p.Fatal(err)
	}
}

// invoices are the open ones that carry one of our addresses, with it.
func (p *payer) invoices() (list []economy.Document, paths []string) {
	p.Helper()
	all, err := p.ledger.Books.OpenInvoices()
	if err != nil {
		p.Fatal(err)
	}
	for _, d := range all {
		if path := p.link.FindStringSubmatch(d.Text); path != nil {
			list, paths = append(list, d), append(paths, path[1])
		}
	}
	if len(list) < 4 {
		p.Fatalf("only %d invoices carry an address", len(list))
	}
	return list, paths
}

// looks checks what every state of the page has to be.
func (p *payer) looks(name string, words ...string) {
	p.Helper()
	p.see(words...)
	p.fits()
	p.axe()
	p.shoot("pay-" + name)
}

// card fills in the processor's page and sends it.
func (p *payer) card(number string) {
	p.Helper()
	p.by("card", [][2]string{{"number", number}, {"exp", "12 / 34"}, {"cvc", "123"}})
}

// by pays by a kind of method on the processor's page, of which so much is asked.
func (p *payer) by(kind string, fields [][2]string) {
	p.Helper()
	p.see("A stand-in for a hosted payment page")
	ask[bool](p.browser, `document.querySelector("[name=type]").value = `+quoted(kind)+`; true`)
	for _, field := range append([][2]string{{"email", "payer@example.com"}, {"name", "Pat Payer"}}, fields...) {
		ask[bool](p.browser, `document.querySelector("[name=`+field[0]+`]").select(); document.activeElement.name === "`+field[0]+`"`)
		p.keys(field[1])
	}
	p.keys("\r")
}

// press presses the n-th button of the page.
func (p *payer) press(n string) {
	p.Helper()
	ask[bool](p.browser, `document.querySelectorAll("button")[`+n+`].click(); true`)
}

// TestPayPage pays as a customer does: by keyboard and by pointer, a part and
// the rest, after a card was declined; and sees every state of the page.
func TestPayPage(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	p := payers(t, b)
	invoices, paths := p.invoices()
	first, address := invoices[0], paths[0]

	p.visit(address)
	p.looks("open", "Invoice "+first.Number, grouped(first.Balance))
	p.keys("\t\r")
	p.card("4000 0000 0000 0002") // declined (Stripe docs: testing)
	p.see("declined")
	ask[bool](b, `[...document.links].find(l => l.textContent === "Back").click(); true`)
	p.see("Pay a part of it")

	part := first.Balance / 2
	ask[bool](b, `document.querySelector("summary").click(); document.querySelector("[name=part]").focus(); true`)
	p.keys("a lot\r")
	p.looks("wrong", "cannot be read")
	ask[bool](b, `document.querySelector("[name=part]").select(); true`)
	p.keys(part.String() + "\r")
	p.card("4242 4242 4242 4242")
	p.looks("thanks", "Your payment has arrived", grouped(part))
	p.visit(address)
	p.looks("under-way", "A payment is under way")
	p.sync()
	p.visit(address)
	p.see(grouped(first.Balance - part))
	p.press("0")
	p.card("4242 4242 4242 4242")
	p.see("Your payment has arrived")
	p.sync()
	p.visit(address)
	p.looks("paid", "This invoice is paid")

	if err := p.ledger.Books.Void(invoices[1].ID); err != nil {
		t.Fatal(err)
	}
	p.sync()
	p.visit(paths[1])
	p.looks("cancelled", "This invoice was cancelled")
	p.visit(paths[2])
	p.press("0")
	p.by("sepa_debit", [][2]string{{"number", "AT611904300234573201"}}) // an account that pays (Stripe docs: testing)
	p.looks("waiting", "Your bank is working on the payment")
	p.visit(address[:len(address)-1] + "2")
	p.looks("gone", "leads nowhere")
}

// TestPayPageOfCustomer pays two of a customer's invoices in one go, after
// having chosen none.
func TestPayPageOfCustomer(t *testing.T) {
	t.Parallel()
	b := open(t, "")
	p := payers(t, b)
	invoices, paths := p.invoices()
	first := invoices[0]
	other, err := p.ledger.Books.AddInvoice(economy.Invoice{
		Number: "SECOND-1", Currency: first.Currency, Issued: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), DueDays: 14,
		Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: first.Total + 5000}},
	}, first.Customer)
	if err != nil {
		t.Fatal(err)
	}
	p.sync()
	address, err := p.demo.App.CustomerPage(t.Context(), p.book, first.Customer)
	if err != nil {
		t.Fatal(err)
	}
	path := p.link.FindStringSubmatch(address)[1]
	p.visit(path)
	p.looks("customer", "Open invoices", first.Number, other.Number)
	ask[bool](b, `document.querySelectorAll("[type=checkbox]").forEach(x => x.checked = false); true`)
	p.press("0")
	p.see("choose at least one")
	ask[bool](b, `document.querySelectorAll("[type=checkbox]").forEach(x => x.checked = true); true`)
	p.press("0")
	p.card("4242 4242 4242 4242")
	p.see("Your payment has arrived", first.Number, other.Number)
	p.sync()
	p.visit(path)
	p.looks("customer-nothing", "Nothing is open")
	p.visit(paths[0])
	p.see("This invoice is paid")
}

// grouped is an amount as a payer reads it: 1,340.85.
func grouped(m economy.Minor) string {
	text := m.String()
	for at := len(text) - len(".00") - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
