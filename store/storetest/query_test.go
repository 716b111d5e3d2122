package storetest

import (
	"reflect"
	"slices"
	"testing"

	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/pull"
	"tieout/sync/reconcile"
)

// TestHeldIDs walks what is stored of a kind, deleted objects left out.
func TestHeldIDs(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, invoice("a:1", "c", 1, 1), invoice("a:2", "c", 2, 2), invoice("a:3", "c", 3, 3), invoice("b:1", "c", 4, 4))
		w.page(ledgerID, pull.Page{Records: []mapping.Record{{Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: "a:2"}, Order: 2, Deleted: true}}})
		for _, step := range []struct {
			prefix, after string
			limit         int
			want          []string
		}{
			{"", "", 10, []string{"a:1", "a:3", "b:1"}},
			{"a:", "", 1, []string{"a:1"}},
			{"a:", "a:1", 10, []string{"a:3"}},
			{"a_", "", 10, nil},
		} {
			ids, err := s.HeldIDs(w.ctx, "main", ledgerID, receivables.KindInvoice, step.prefix, step.after, step.limit)
			w.must(err)
			if !slices.Equal(ids, step.want) {
				t.Errorf("%+v gave %v", step, ids)
			}
		}
		if _, err := s.HeldIDs(w.ctx, "main", ledgerID, "nothing", "", "", 1); err == nil {
			t.Error("an unknown kind was walked")
		}
	})
}

// TestInvoiceQueries checks each way to ask for invoices and customers.
func TestInvoiceQueries(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		void, euro := invoice("4", "c", 70, 70), invoice("5", "e", 100, 100)
		void.State, euro.Currency = receivables.StateVoid, "EUR"
		w.pull(ledgerID, 1, invoice("1", "c", 100, 100), invoice("2", "c", 100, 0), invoice("3", "d", 50, 20), void, euro)
		w.save(reconcile.Result{Links: []links.Link{
			{Tenant: "main", Book: bookID, Invoice: "2", Generation: 1, State: links.StateActive, ID: "plink_2"},
			{Tenant: "main", Book: bookID, Invoice: "4", Generation: 1, State: links.StateOff, ID: "plink_4"},
		}})
		for name, step := range map[string]struct {
			query reconcile.InvoiceQuery
			want  []string
		}{
			"ids":       {reconcile.InvoiceQuery{IDs: []string{"4", "2", "x"}}, []string{"2", "4"}},
			"numbers":   {reconcile.InvoiceQuery{Numbers: []string{"INV2", ""}}, []string{"2"}},
			"customers": {reconcile.InvoiceQuery{Customers: []string{"c"}}, []string{"1"}},
			"balances":  {reconcile.InvoiceQuery{Balances: []money.Money{{Minor: 100, Currency: "USD"}, {Minor: 20, Currency: "EUR"}, {Minor: 70, Currency: "USD"}}}, []string{"1"}},
			"union":     {reconcile.InvoiceQuery{IDs: []string{"1"}, Customers: []string{"c", "d"}}, []string{"1", "3"}},
			"nothing":   {reconcile.InvoiceQuery{}, nil},
		} {
			list, err := s.Invoices(w.ctx, w.book, step.query)
			w.must(err)
			var ids []string
			for _, i := range list {
				ids = append(ids, i.ID)
			}
			if !slices.Equal(ids, step.want) {
				t.Errorf("%s: %v, want %v", name, ids, step.want)
			}
		}
		var walked []string
		for after := ""; ; {
			ids, err := s.InvoiceIDs(w.ctx, w.book, after, 2)
			w.must(err)
			if len(ids) == 0 {
				break
			}
			walked, after = append(walked, ids...), ids[len(ids)-1]
		}
		if want := []string{"1", "2", "3", "5"}; !slices.Equal(walked, want) {
			t.Errorf("walked %v, want %v", walked, want)
		}
		found, err := s.LinksByID(w.ctx, w.book, []string{"plink_4", "plink_9"})
		w.must(err)
		if len(found) != 1 || found[0].Invoice != "4" {
			t.Errorf("links by id: %+v", found)
		}
	})
}

// TestCustomerQueries checks keys, joins and families.
func TestCustomerQueries(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ada := receivables.Customer{ID: "1", Name: "Ada & Söhne GmbH", Active: true, Contacts: []receivables.Contact{{Email: "Ada@Example.com"}}}
		job := receivables.Customer{ID: "2", Name: "Job", ParentID: "1", Active: true}
		w.pull(ledgerID, 1, ada, job, receivables.Customer{ID: "3", Name: "Gone", Active: true})
		w.page(ledgerID, deletion(receivables.KindCustomer, "3", 2))
		w.save(reconcile.Result{Joins: []reconcile.Join{{Connection: stripeID, Payer: "cus_9", Customer: "2"}}})
		for name, step := range map[string]struct {
			query reconcile.CustomerQuery
			want  []string
		}{
			"ids":     {reconcile.CustomerQuery{IDs: []string{"1"}}, []string{"1"}},
			"emails":  {reconcile.CustomerQuery{Emails: []string{"ada@example.com"}}, []string{"1"}},
			"names":   {reconcile.CustomerQuery{Names: []string{mapping.NameKey("ada und sohne"), mapping.NameKey("Ada and Sohne"), "gone"}}, []string{"1"}},
			"payers":  {reconcile.CustomerQuery{Payers: []string{"cus_9"}}, []string{"2"}},
			"parents": {reconcile.CustomerQuery{Parents: []string{"1"}}, []string{"2"}},
		} {
			list, err := s.Customers(w.ctx, w.book, step.query)
			w.must(err)
			var ids []string
			for _, c := range list {
				ids = append(ids, c.ID)
				if c.ID == "2" && !slices.Equal(c.Payers, []string{"cus_9"}) {
					t.Errorf("%s: payers %v", name, c.Payers)
				}
			}
			if !slices.Equal(ids, step.want) {
				t.Errorf("%s: %v, want %v", name, ids, step.want)
			}
		}
		ada.Contacts[0].Email = "new@example.com"
		w.pull(ledgerID, 2, ada)
		list, err := s.Customers(w.ctx, w.book, reconcile.CustomerQuery{Emails: []string{"ada@example.com"}})
		w.must(err)
		if len(list) != 0 {
			t.Errorf("an address that is no longer the customer's finds %+v", list)
		}
	})
}

// TestDocuments checks how ledger objects show themselves as documents.
func TestDocuments(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ours := receipt("r1", "c", 100)
		ours.Marker, ours.Reconciled = "TIE-A", true
		fee := receivables.Document{
			ID: "d1", Kind: receivables.DocumentExpense, State: receivables.StateLive, Currency: "USD", Date: "2026-03-04", Total: 3, Marker: "TIE-B",
			Postings: []receivables.Posting{{AccountID: "clearing", Amount: -3}, {AccountID: "fees", Amount: 3}, {AccountID: "fees", Amount: 0}},
		}
		w.pull(ledgerID, 1, ours, fee, receipt("r2", "c", 9))
		w.page(ledgerID, deletion(receivables.KindDocument, "d1", 2))
		list, err := s.Documents(w.ctx, w.book, []string{"TIE-A", "TIE-B"}, []receivables.Ref{{Kind: receivables.KindReceipt, ID: "r2"}, {Kind: "invoice", ID: "x"}})
		w.must(err)
		want := []reconcile.LedgerDocument{
			{Ref: fee.Ref(), Kind: receivables.DocumentExpense, State: receivables.StateDeleted, Currency: "USD", Date: "2026-03-04", Total: 3, Marker: "TIE-B", Accounts: []string{"clearing", "fees"}, Posted: map[money.Currency]int64{"USD": 0}},
			{Ref: ours.Ref(), Kind: receivables.DocumentReceipt, State: receivables.StateLive, Currency: "USD", Date: "2026-02-20", Total: 100, Customer: "c", Marker: "TIE-A", Reconciled: true, Accounts: []string{"clearing"}, Pays: []receivables.Allocation{}, Posted: map[money.Currency]int64{"USD": 100}},
			{Ref: receivables.Ref{Kind: "receipt", ID: "r2"}, Kind: receivables.DocumentReceipt, State: receivables.StateLive, Currency: "USD", Date: "2026-02-20", Total: 9, Customer: "c", Accounts: []string{"clearing"}, Pays: []receivables.Allocation{}, Posted: map[money.Currency]int64{"USD": 9}},
		}
		if !reflect.DeepEqual(list, want) {
			t.Errorf("got  %+v\nwant %+v", list, want)
		}
		raw, err := s.Raw(w.ctx, w.book, []receivables.Ref{ours.Ref(), {Kind: "invoice", ID: "x"}})
		w.must(err)
		if len(raw) != 1 || string(raw[ours.Ref()]) != `{"id":"r1","order":1}` {
			t.Errorf("raw: %q", raw)
		}
	})
}
