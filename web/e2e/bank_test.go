package e2e

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/chromedp"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/store"
	"tieout/sync/schedule"
)

// teller is somebody with a statement of the bank that the payouts of a ledger
// arrive on.
type teller struct {
	*installation
	ctx    context.Context
	book   books.Book
	ledger control.Ledger
	home   money.Currency
	bank   string
	payout string
	paid   economy.Document
}

// teller takes the book that the page opens with, and an open invoice of it.
func (i *installation) teller() *teller {
	i.Helper()
	k := &teller{installation: i, ctx: context.WithoutCancel(i.Context())}
	all, err := i.demo.App.Store.Books(k.ctx, books.Tenant)
	if err != nil {
		i.Fatal(err)
	}
	k.book = all[0]
	c, err := i.demo.App.Store.Connection(k.ctx, books.Tenant, k.book.Ledger)
	if err != nil {
		i.Fatal(err)
	}
	k.home = c.Profile.Home
	k.bank, _ = k.book.Accounts.Bank("", k.home)
	at := slices.IndexFunc(i.demo.Sandbox.Ledgers(), func(l control.Ledger) bool { return l.ID == c.ExternalID })
	k.ledger = i.demo.Sandbox.Ledgers()[at]
	for _, d := range k.open() {
		if d.Currency == string(k.home) {
			k.paid = d
		}
	}
	if k.bank == "" || k.paid.Number == "" {
		i.Fatalf("bank %q, invoice %+v", k.bank, k.paid)
	}
	return k
}

// open are the invoices that the ledger has as open.
func (k *teller) open() []economy.Document {
	k.Helper()
	list, err := k.ledger.Books.OpenInvoices()
	if err != nil {
		k.Fatal(err)
	}
	return list
}

// statement is a file with a payout, a customer's transfer and the bank's fee.
func (k *teller) statement() string {
	k.Helper()
	payouts, err := k.demo.App.Store.BankPayouts(k.ctx, k.book, k.bank)
	if err != nil {
		k.Fatal(err)
	}
	today := receivables.DateIn(k.demo.App.Connect.Now(), k.book.Location())
	text := func(minor int64) string { return money.Money{Minor: minor, Currency: k.home}.Text(money.ISO) }
	rows := []string{"Date,Payee,Description,Amount"}
	payouts = slices.DeleteFunc(payouts, func(p store.BankPayout) bool { return p.Status != "paid" || p.Currency != k.home || p.Amount <= 0 })
	if len(payouts) == 0 {
		k.Fatal("no payout has arrived")
	}
	last := slices.MaxFunc(payouts, func(a, b store.BankPayout) int { return cmp.Compare(a.Arrival, b.Arrival) })
	k.payout = last.ID
	rows = append(rows, fmt.Sprintf("%s,STRIPE,%s,%s", last.Arrival, last.ID, text(last.Amount)))
	rows = append(rows, fmt.Sprintf("%s,%s,pays %s,%s", today, k.paid.Name, k.paid.Number, text(int64(k.paid.Balance))), string(today)+",,MONTHLY FEE,-4.50")
	file := filepath.Join(k.TempDir(), "statement.csv")
	if err := os.WriteFile(file, []byte(strings.Join(rows, "\n")+"\n"), 0o600); err != nil {
		k.Fatal(err)
	}
	return file
}

// reconciles uploads a statement, looks at what was read, imports it, confirms a
// customer's transfer by one key, takes it back by one, and confirms it again:
// the next run writes it, and the ledger shows the invoice as paid. The payout
// leads to its line at the bank, and back.
func (b *browser) reconciles(i *installation) {
	b.Helper()
	k := i.teller()
	b.visit("/bank")
	b.see("Import a statement")
	b.do(chromedp.SetUploadFiles("#upload-file", []string{k.statement()}))
	ask[bool](b, `document.getElementById("upload-account").value = `+quoted(k.bank)+`; true`)
	b.press("Read the file")
	b.see("What was read", "How the file is read", "does not give both balances")
	b.fits()
	b.axe()
	b.shoot("bank-file")
	b.press("Import 3 lines")
	b.see("Imported: 3 new lines", "To confirm (1)", k.paid.Number)
	b.keys("j")
	b.keys("y")
	b.see("Confirmed: ", "Nothing waits to be confirmed")
	b.keys("u")
	b.see("not looked at")
	b.press(`[aria-label^="Look the lines"]`)
	b.see("To confirm (1)")
	b.visit("/bank")
	b.keys("j")
	b.keys("y")
	b.see("Confirmed: ")
	runs, err := k.demo.App.Sync(k.ctx, schedule.Options{})
	for _, r := range runs {
		err = errors.Join(append(slices.Collect(maps.Values(r.Result.Problems)), err, r.Err)...)
	}
	if err != nil {
		b.Fatal(err)
	}
	for _, d := range k.open() {
		if d.Number == k.paid.Number {
			b.Errorf("%s still has %d open in the ledger", d.Number, d.Balance)
		}
	}
	b.visit("/bank?state=all")
	b.see("payment, confirmed", "Take the payment back")
	b.visit("/payouts/" + k.payout + "?book=" + k.book.ID)
	b.see("In the bank’s statement")
	b.press(ask[string](b, `[...document.querySelectorAll("main dl a")].at(-1).innerText`))
	b.until(`location.pathname === "/bank"`)
	b.see("All lines")
	b.press("Payout " + k.payout)
	b.until(`location.pathname.startsWith("/payouts/")`)
	b.visit("/bank?state=all")
	b.see("bank fee")
	b.fits()
	b.axe()
	b.shoot("bank-lines")
}
