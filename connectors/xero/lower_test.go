package xero

import (
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

// wrote lowers a booking, makes each of its writes just once, and gives what
// they led to.
func (r *rig) wrote(t *testing.T, b mapping.Booking) []connectors.Answer {
	t.Helper()
	b.Book = "b1"
	writes, err := r.session.Lower(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r.made(t, writes)
}

func (r *rig) made(t *testing.T, writes []connectors.Write) []connectors.Answer {
	t.Helper()
	var out []connectors.Answer
	for _, w := range writes {
		out = append(out, once(t, r, w))
	}
	return out
}

// fetched reads one object and checks it as a pull would.
func fetched[T receivables.Entity](t *testing.T, r *rig, ref receivables.Ref) T {
	t.Helper()
	drafts, err := r.session.Fetch(t.Context(), []receivables.Ref{ref})
	if err != nil || len(drafts) != 1 {
		t.Fatalf("fetch %v: %d drafts, %v", ref, len(drafts), err)
	}
	records := []mapping.Record{mapping.Accept(drafts[0])}
	accepted(t, records)
	return entity[T](t, records, ref.ID)
}

// balance is what an account holds in base currency, debit above zero.
func (r *rig) balance(t *testing.T, account string) string {
	t.Helper()
	for _, b := range r.org.Dump().(sandbox.OrganisationDump).Balances {
		if b.AccountID == account {
			return b.Base
		}
	}
	t.Fatalf("no account %s", account)
	return ""
}

// posted are a document's postings by account.
func posted(d receivables.Document) map[string]int64 {
	out := map[string]int64{}
	for _, p := range d.Postings {
		out[p.AccountID] += p.Amount
	}
	return out
}

func part(movement string, purpose mapping.Purpose, target string, amount int64) []mapping.Part {
	return []mapping.Part{{Movement: movement, Purpose: purpose, Target: target, Amount: amount}}
}

// TestMoneyComesBackAsItWasWritten writes each kind of spent and received
// money and reads it again.
func TestMoneyComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	clearing, other := a.Clearing["USD"], accountNamed(t, r, "404")
	for name, c := range map[string]struct {
		change func(*mapping.Booking)
		total  int64
		kind   receivables.DocumentKind
		want   map[string]int64
	}{
		"fee": {
			func(b *mapping.Booking) { b.To, b.Parts = a.Fees, part("m1", mapping.PurposeFee, "", 320) },
			320, receivables.DocumentExpense,
			map[string]int64{clearing: -320, a.Fees: 320},
		},
		"fee given back": {
			func(b *mapping.Booking) { b.To, b.Parts = a.Fees, part("m2", mapping.PurposeFee, "", -320) },
			320, receivables.DocumentIncome,
			map[string]int64{clearing: 320, a.Fees: -320},
		},
		"fee with tax in it": {
			func(b *mapping.Booking) {
				b.Parts = part("m3", mapping.PurposeFee, "", 389)
				b.Lines = []mapping.BookingLine{{Account: a.Fees, Amount: 389, TaxCode: "INPUT", Tax: 61}}
			},
			389, receivables.DocumentExpense,
			map[string]int64{clearing: -389, a.Fees: 328},
		},
		"fee with tax given back": {
			func(b *mapping.Booking) {
				b.Parts = part("m4", mapping.PurposeFee, "", -389)
				b.Lines = []mapping.BookingLine{{Account: a.Fees, Amount: -389, TaxCode: "INPUT", Tax: -61}}
			},
			389, receivables.DocumentIncome,
			map[string]int64{clearing: 389, a.Fees: -328},
		},
		"sales of a day, tax by the code": {
			func(b *mapping.Booking) {
				b.Parts = part("m7", mapping.PurposeSale, "", -10825)
				b.Lines = []mapping.BookingLine{{Account: other, Amount: -10825, TaxCode: "OUTPUT"}}
			},
			10825, receivables.DocumentIncome,
			map[string]int64{clearing: 10825, other: -10000},
		},
		"over two accounts": {
			func(b *mapping.Booking) {
				b.Parts = part("m5", mapping.PurposeChosen, "", 700)
				b.Lines = []mapping.BookingLine{{Account: a.Fees, Amount: 900}, {Account: other, Amount: -200}}
			},
			700, receivables.DocumentExpense,
			map[string]int64{clearing: -700, a.Fees: 900, other: -200},
		},
		"disputed": {
			func(b *mapping.Booking) {
				b.To, b.Parts = a.Disputes["USD"], part("m6", mapping.PurposeDispute, "", 5000)
			},
			5000, receivables.DocumentExpense,
			map[string]int64{clearing: -5000, a.Disputes["USD"]: 5000},
		},
	} {
		b := mapping.Booking{Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: clearing, Contact: a.FeeContact, Source: "ch_1", Memo: name}
		c.change(&b)
		answers := r.wrote(t, b)
		d := fetched[receivables.Document](t, r, answers[0].Ref)
		if len(answers) != 1 || d.Kind != c.kind || d.Total != c.total || d.State != receivables.StateLive || d.Date != "2026-05-01" || d.Marker == "" {
			t.Errorf("%s: %d documents, %+v", name, len(answers), d)
		}
		got := posted(d)
		for account, amount := range c.want {
			if got[account] != amount || len(got) != len(c.want) {
				t.Errorf("%s: posted %v, want %v", name, got, c.want)
			}
		}
	}
}

// TestReturnedPaymentIsOwedAgain spends the money over the account between and
// makes an invoice of it: that account is at nothing, the customer owes.
func TestReturnedPaymentIsOwedAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	first := r.invoice(t, "INV-1", "USD", "120.00")
	customer := r.state(t, first).CustomerID
	r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: a.Clearing["USD"], CustomerID: customer, Source: "py_1",
		Parts: part("txn_1", mapping.PurposeReceipt, first, 12000),
	})
	r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-03", From: a.Clearing["USD"], To: a.Returned, CustomerID: customer, Contact: customer,
		Source: "py_1", Memo: "Back to the payer", Parts: part("txn_2", mapping.PurposeReturn, first, 12000),
	})
	answers := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentInvoice, Currency: "USD", Date: "2026-05-03", Due: "2026-05-20", CustomerID: customer, Source: "py_1",
		Memo: "Returned payment of INV-1", Lines: []mapping.BookingLine{{Account: a.Returned, Amount: 12000}}, Parts: part("txn_2", mapping.PurposeReopen, first, 12000),
	})
	i := fetched[receivables.Invoice](t, r, answers[0].Ref)
	if i.Total != 12000 || i.Tax != 0 || i.Balance != 12000 || i.State != receivables.StateLive || i.CustomerID != customer || i.Issued != "2026-05-03" || i.Due != "2026-05-20" ||
		connectors.FindMarker(i.Reference) == "" || len(i.Lines) != 1 || i.Lines[0].AccountID != a.Returned || i.Lines[0].Description != "Returned payment of INV-1" {
		t.Errorf("the invoice came back as %+v", i)
	}
	figures, err := r.session.Figures(t.Context(), connectors.FigureQuery{AsOf: "2026-05-04", Clearing: a.Clearing})
	if err != nil || figures.Receivable["USD"] != 12000 || figures.Clearing["USD"] != 0 || r.balance(t, a.Returned) != "0.00" {
		t.Errorf("figures %+v, %v; returned payments %s", figures, err, r.balance(t, a.Returned))
	}
	late := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentInvoice, Currency: "USD", Date: "2026-05-03", Due: "2026-04-01", CustomerID: customer, Source: "py_3", Memo: "Returned payment of INV-0",
		Lines: []mapping.BookingLine{{Account: a.Returned, Amount: 100}}, Parts: part("txn_4", mapping.PurposeReopen, first, 100),
	})
	if i := fetched[receivables.Invoice](t, r, late[0].Ref); i.Due != "2026-05-03" || i.Lines[0].Description != "Returned payment of INV-0 (was due on 2026-04-01)" {
		t.Errorf("one that was due before came back as %+v", i)
	}
	draft := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentInvoice, Currency: "USD", Date: "2026-05-03", CustomerID: customer, Source: "py_2", Draft: true,
		Lines: []mapping.BookingLine{{Account: a.Returned, Amount: 100}}, Parts: part("txn_3", mapping.PurposeReopen, first, 100),
	})
	if i := fetched[receivables.Invoice](t, r, draft[0].Ref); i.State != receivables.StateDraft || i.Due != "2026-05-03" {
		t.Errorf("a draft came back as %+v", i)
	}
}

// TestLostDisputeLeavesTheAsset writes the journal of bad debt, finds it again
// both ways, and sees that what Xero does not journal is refused.
func TestLostDisputeLeavesTheAsset(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	disputes, debt := a.Disputes["USD"], accountNamed(t, r, "404")
	b := mapping.Booking{
		Book: "b1", Kind: receivables.DocumentJournal, Currency: "USD", Date: "2026-05-03", From: disputes, Source: "dp_1", Memo: "Lost dispute dp_1",
		Lines: []mapping.BookingLine{{Account: debt, Amount: 4200}}, Parts: part("txn_1", mapping.PurposeLoss, "", 4200), By: "Ann",
	}
	answers := r.wrote(t, b)
	d := fetched[receivables.Document](t, r, answers[0].Ref)
	if got := posted(d); d.Kind != receivables.DocumentJournal || d.Total != 4200 || d.Marker == "" || d.State != receivables.StateLive || got[disputes] != -4200 || got[debt] != 4200 {
		t.Errorf("the journal came back as %+v", d)
	}
	records, _ := pull(t, r.session, "manual_journals", nil)
	accepted(t, records)
	if len(records) != 1 || entity[receivables.Document](t, records, d.ID).Total != 4200 {
		t.Errorf("pulled %+v", records)
	}
	if r.balance(t, disputes) != "-42.00" || r.balance(t, debt) != "42.00" {
		t.Errorf("disputes %s, bad debt %s", r.balance(t, disputes), r.balance(t, debt))
	}
	b.From, b.Source = a.Clearing["USD"], "dp_2"
	b.Parts = part("txn_2", mapping.PurposeLoss, "", 4200)
	writes, err := r.session.Lower(b, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(t.Context(), writes[0]); connectors.ClassOf(err) != connectors.ClassRequest {
		t.Errorf("a journal on a bank account: %v", err)
	}
}

// TestJournalsNeedTheirScope: a consent from before journals were read goes on
// without them.
func TestJournalsNeedTheirScope(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	var scopes []string
	for _, s := range DefaultScopes() {
		if s != "accounting.manualjournals" {
			scopes = append(scopes, s)
		}
	}
	r.vendor = New(Config{ClientID: "client", ClientSecret: "secret", LoginURL: r.server.URL, IdentityURL: r.server.URL, APIURL: r.server.URL, Scopes: scopes})
	r.consent(t)
	page, err := r.session.Pull(t.Context(), "manual_journals", nil)
	if err != nil || page.More || len(page.Drafts) != 0 || page.Cursor != nil {
		t.Errorf("%+v, %v", page, err)
	}
	drafts, err := r.session.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindDocument, ID: noID}})
	if err != nil || len(drafts) != 0 {
		t.Errorf("fetched %d, %v", len(drafts), err)
	}
	writes, err := r.session.Lower(mapping.Booking{
		Kind: receivables.DocumentJournal, Currency: "USD", Date: "2026-05-03", From: accountNamed(t, r, "404"), Source: "dp_1",
		Lines: []mapping.BookingLine{{Account: accountNamed(t, r, "200"), Amount: 1}}, Parts: part("t", mapping.PurposeLoss, "", 1),
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(t.Context(), writes[0]); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a journal was written without the scope: %v", err)
	}
}

// TestCreditIsPaidBack refunds an open credit by the booking alone.
func TestCreditIsPaidBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	bank, invoice := accountNamed(t, r, "090"), r.invoice(t, "INV-1", "USD", "120.00")
	customer := r.state(t, invoice).CustomerID
	r.makeCredit(t, receivables.CreditOverpaid, bank, customer)
	c := r.credit(t, receivables.CreditOverpaid)
	answers := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-03", From: bank, CustomerID: customer, Contact: customer, Source: "re_1",
		Credit: &mapping.Credit{ID: c.ID, Kind: c.Kind, Customer: customer, Open: c.Remaining}, Parts: part("txn_9", mapping.PurposeRefund, c.ID, 2000),
	})
	if c = fetched[receivables.Credit](t, r, c.Ref()); c.Remaining != 3000 {
		t.Errorf("the credit has %d left", c.Remaining)
	}
	d := fetched[receivables.Document](t, r, answers[0].Ref)
	if d.Total != 2000 || posted(d)[bank] != -2000 || d.Marker == "" {
		t.Errorf("the refund came back as %+v", d)
	}
}

// TestBatchIsReadById reads a batch payment that somebody names.
func TestBatchIsReadById(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	bank := accountNamed(t, r, "090")
	one, two := r.invoice(t, "INV-1", "USD", "120.00"), r.invoice(t, "INV-2", "USD", "80.50")
	answers := r.wrote(t, mapping.Booking{
		Kind: receivables.DocumentDeposit, Currency: "USD", Date: "2026-05-01", To: bank, Source: "po_1",
		Parts: append(part("txn_1", mapping.PurposeReceipt, one, 12000), part("txn_2", mapping.PurposeReceipt, two, 5000)...),
	})
	d := fetched[receivables.Document](t, r, answers[0].Ref)
	if d.Kind != receivables.DocumentDeposit || d.Total != 17000 || d.Date != "2026-05-01" || len(d.Postings) != 0 || len(d.Contains) != 2 {
		t.Fatalf("the batch came back as %+v", d)
	}
	var sum int64
	for _, ref := range d.Contains {
		sum += fetched[receivables.Receipt](t, r, ref).Total
	}
	if sum != d.Total {
		t.Errorf("the payments come to %d, the batch to %d", sum, d.Total)
	}
}

func TestLinesThatDoNotFit(t *testing.T) {
	t.Parallel()
	s := New(Config{}).Open(connectors.Access{Home: "USD"}).(*session)
	for name, b := range map[string]mapping.Booking{
		"lines of another sum": {Kind: receivables.DocumentExpense, From: "c", Lines: []mapping.BookingLine{{Account: "f", Amount: 4}}},
		"tax on some lines": {Kind: receivables.DocumentExpense, From: "c", Lines: []mapping.BookingLine{
			{Account: "f", Amount: 4, TaxCode: "INPUT", Tax: 1}, {Account: "g", Amount: 1},
		}},
		"a line without account":     {Kind: receivables.DocumentExpense, From: "c", Lines: []mapping.BookingLine{{Amount: 5}}},
		"the sale's own lines":       {Kind: receivables.DocumentCredit, CustomerID: "k", Lines: []mapping.BookingLine{{Amount: 5, Invoice: "i"}}},
		"invoice without customer":   {Kind: receivables.DocumentInvoice, Lines: []mapping.BookingLine{{Account: "f", Amount: 5}}},
		"journal in another money":   {Kind: receivables.DocumentJournal, From: "c", Currency: "EUR", Lines: []mapping.BookingLine{{Account: "f", Amount: 5}}},
		"journal with tax":           {Kind: receivables.DocumentJournal, From: "c", Lines: []mapping.BookingLine{{Account: "f", Amount: 5, TaxCode: "INPUT"}}},
		"journal without an account": {Kind: receivables.DocumentJournal, Lines: []mapping.BookingLine{{Account: "f", Amount: 5}}},
		"credit of no kind":          {Kind: receivables.DocumentExpense, From: "c", Credit: &mapping.Credit{ID: "x"}},
	} {
		b.Book, b.Date, b.Parts = "b", "2026-05-01", part("m", mapping.PurposeLoss, "", 5)
		if b.Currency == "" {
			b.Currency = "USD"
		}
		if w, err := s.Lower(b, 0); err == nil {
			t.Errorf("%s: lowered to %d writes", name, len(w))
		}
	}
}
