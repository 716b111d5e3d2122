package storetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
)

const listDay = receivables.Date("2026-03-31")

// listed is a ledger with invoices of every kind, and the processor's own.
func listed(w *world) (ledger, stripe []receivables.Invoice) {
	draw := rapid.Custom(func(t *rapid.T) receivables.Invoice {
		v := invoice("", rapid.SampledFrom([]string{"c1", "c2"}).Draw(t, "customer"), rapid.Int64Range(1, 4).Draw(t, "total")*100, 0)
		v.Due = listDay.AddDays(-rapid.SampledFrom([]int{-30, -1, 0, 1, 30, 31, 60, 61, 90, 91, 400}).Draw(t, "late"))
		v.Issued = v.Due.AddDays(-rapid.SampledFrom([]int{0, 14}).Draw(t, "terms"))
		v.Balance = rapid.SampledFrom([]int64{0, v.Total, v.Total / 2}).Draw(t, "balance")
		v.Currency = rapid.SampledFrom([]money.Currency{"USD", "EUR"}).Draw(t, "currency")
		v.State = rapid.SampledFrom([]receivables.State{receivables.StateLive, receivables.StateLive, receivables.StateLive, receivables.StateVoid}).Draw(t, "state")
		if rapid.Bool().Draw(t, "no terms") {
			v.Due = ""
		}
		return v
	})
	made := func(prefix string, n int) (list []receivables.Invoice, entities []receivables.Entity) {
		for i := range n {
			v := draw.Example(i)
			v.ID, v.Number = fmt.Sprintf("%s%02d", prefix, i), fmt.Sprintf("INV-%s%02d", prefix, i)
			list, entities = append(list, v), append(entities, v)
		}
		return list, entities
	}
	ledger, entities := made("L", 60)
	w.pull(ledgerID, 1, append(entities, receivables.Customer{ID: "c1", Name: "Müller & Söhne GmbH", Active: true}, receivables.Customer{ID: "c2", Name: "100% Pure_Ltd", Active: true})...)
	stripe, entities = made("S", 20)
	w.pull(stripeID, 1, append(entities, receivables.Payer{ID: "c1", Email: "pay@example.com"})...)
	return ledger, stripe
}

func both() []listing.Source {
	return []listing.Source{{Connection: ledgerID}, {Connection: stripeID, Book: bookID}}
}

// TestInvoicePages walks every list page by page and compares it with what the
// same invoices give in memory.
func TestInvoicePages(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ledger, stripe := listed(w)
		w.save(reconcile.Result{Mirrors: []reconcile.Mirror{{Connection: stripeID, Invoice: "S03", State: reconcile.MirrorFound, Ledger: "L01", Rule: "x"}}})
		for _, sort := range listing.Sorts() {
			for _, desc := range []bool{false, true} {
				for _, status := range listing.Statuses() {
					f := listing.Filter{Status: status, Sort: sort, Desc: desc, Limit: 7, Today: listDay}
					w.walk(f, wanted(f, ledger, stripe))
				}
			}
		}
		for _, f := range []listing.Filter{
			{Status: listing.Open, Currency: "EUR"},
			{Status: listing.All, Customer: "c1", Connection: ledgerID},
			{Status: listing.Billed, Month: "2026-01-01"},
			{Status: listing.Billed, Month: "2025-02-01", Connection: ledgerID, Currency: "USD"},
			{Age: listing.AgeCurrent},
			{Age: listing.Age30},
			{Age: listing.Age60},
			{Age: listing.Age90},
			{Age: listing.AgeOver},
			{Status: listing.Paid, Connection: stripeID},
			{Connection: "none"},
		} {
			f.Sort, f.Limit, f.Today = listing.ByDue, 7, listDay
			w.walk(f, wanted(f, ledger, stripe))
		}
	})
}

// wanted is what a filter lists, of what was pulled.
func wanted(f listing.Filter, ledger, stripe []receivables.Invoice) []string {
	var out []string
	from, to := f.Age.Between(f.Today)
	for connection, list := range map[string][]receivables.Invoice{ledgerID: ledger, stripeID: stripe} {
		for _, i := range list {
			due := max(i.Due, "")
			if due == "" {
				due = i.Issued
			}
			live := i.State == receivables.StateLive
			open := live && i.Balance != 0
			ok := f.Age != "" && open || f.Age == "" && (f.Status == listing.All || f.Status == "" || f.Status == listing.Open && open || f.Status == listing.Overdue && open && due < f.Today ||
				f.Status == listing.Paid && live && i.Balance == 0 || f.Status == listing.Billed && live || f.Status == listing.Void && !live)
			if ok && (from == "" || due >= from) && (to == "" || due <= to) && (f.Currency == "" || i.Currency == f.Currency) &&
				(f.Connection == "" || f.Connection == connection) && (f.Customer == "" || i.CustomerID == f.Customer) && (f.Month == "" || i.Issued.MonthStart() == f.Month) && i.ID != "S03" {
				out = append(out, i.ID)
			}
		}
	}
	slices.Sort(out)
	return out
}

// walk goes through a list page by page.
func (w *world) walk(f listing.Filter, want []string) {
	w.Helper()
	var rows []listing.Row
	var totals []listing.Total
	for {
		page, err := w.InvoicePage(w.ctx, "main", both(), f)
		w.must(err)
		if f.After == nil {
			totals = page.Totals
		}
		rows = append(rows, page.Rows...)
		if page.Next == nil || len(rows) > 200 {
			break
		}
		place, err := listing.ParsePlace(page.Next.String())
		w.must(err)
		f.After = &place
	}
	var got []string
	count, balance := 0, int64(0)
	for i, r := range rows {
		got = append(got, r.ID)
		balance += r.Balance
		if i == 0 {
			continue
		}
		a, b := rows[i-1].Place(f.Sort), r.Place(f.Sort)
		if f.Desc {
			a, b = b, a
		}
		if f.Sort.Dated() && a.Date > b.Date || a.Amount > b.Amount {
			w.Errorf("%+v: %s does not come after %s", f, r.ID, rows[i-1].ID)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		w.Errorf("%+v lists\n%v\nwant\n%v", f, got, want)
	}
	for _, t := range totals {
		count, balance = count+t.Count, balance-t.Balance
	}
	if count != len(want) || balance != 0 {
		w.Errorf("%+v: totals of %d invoices, %d off", f, count, balance)
	}
	n := 0
	w.must(w.EachInvoice(w.ctx, "main", both(), f, func(listing.Row) error { n++; return nil }))
	if n != len(want) {
		w.Errorf("%+v: each gives %d", f, n)
	}
}

// TestInvoiceSearch finds by what is printed on an invoice, and takes nothing
// that was typed for a pattern.
func TestInvoiceSearch(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		a, b, c := invoice("1", "c1", 1234_50, 1234_50), invoice("2", "c2", 70_00, 20_00), invoice("3", "c2", 5_00, 0)
		a.Number, b.Number, c.Number, c.Reference = "INV-0042", "INV-0043", "RE 7", "PO 99/1"
		a.Lines = []receivables.Line{{Description: "Relaunch of the web-site (phase II), 1e5 visits"}, {Description: "Hébergement, 3 mois"}}
		b.Memo = "Danke für Ihren Auftrag über 日本語 and café NOT OR near(x)"
		w.pull(ledgerID, 1, a, b, c, receivables.Customer{ID: "c1", Name: "Müller & Söhne GmbH", Active: true},
			receivables.Customer{ID: "c2", Name: "Pure_ 100% Water", Active: true, Contacts: []receivables.Contact{{Email: "Ann@Pure.example"}}})
		for text, want := range map[string]string{
			"inv0042": "1", "INV-004": "1 2", "muller": "1", "Söhne": "1", "po 99 1": "3", "1,234.50": "1", "20": "2", "pure": "2 3", "ann@pure": "2 3",
			"relaunch": "1", "heberg": "1", "web site": "1", "SITE phas": "1", "relaunch danke": "", "auftrag": "2", "日本": "2", "Café": "2", "not or": "2", "1e5": "1",
			"AND NOT": "2", `"danke`: "2", "launch": "", "%": "", "_": "", "100%": "2 3", "zzz": "", "': drop table": "",
		} {
			page, err := s.InvoicePage(w.ctx, "main", both(), listing.Filter{Status: listing.All, Sort: listing.ByIssued, Limit: 10, Query: text, Today: listDay})
			w.must(err)
			var got []string
			for _, r := range page.Rows {
				got = append(got, r.ID)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != want {
				t.Errorf("%q finds %v, want %s", text, got, want)
			}
		}
		// What is printed now counts, and nothing of what was.
		a.Lines, b.Memo = []receivables.Line{{Description: "Nothing else"}}, ""
		w.pull(ledgerID, 2, a, b)
		for text, want := range map[string]int{"relaunch": 0, "danke": 0, "nothing": 1} {
			page, err := s.InvoicePage(w.ctx, "main", both(), listing.Filter{Status: listing.All, Sort: listing.ByIssued, Limit: 10, Query: text, Today: listDay})
			w.must(err)
			if len(page.Rows) != want {
				t.Errorf("%q finds %v after the texts have changed", text, page.Rows)
			}
		}
		page, err := s.InvoicePage(w.ctx, "main", both(), listing.Filter{Status: listing.All, Limit: 10, Own: "p", Today: listDay})
		w.must(err)
		if len(page.Rows) != 0 {
			t.Errorf("somebody without customers sees %v", page.Rows)
		}
	})
}
