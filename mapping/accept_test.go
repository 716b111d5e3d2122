package mapping_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func invoiceDraft(change func(*mapping.InvoiceDraft)) mapping.Draft {
	i := &mapping.InvoiceDraft{
		Invoice:  receivables.Invoice{ID: "7", CustomerID: "c", State: receivables.StateLive},
		Currency: "USD", Issued: "2026-01-31", Due: "2026-02-28", Total: "100.00", Balance: "100", Home: "USD",
	}
	change(i)
	return mapping.Draft{Kind: receivables.KindInvoice, ID: "7", Order: 3, Raw: []byte(`{}`), Scale: money.ISO, Invoice: i}
}

// as gives the accepted entity of a record, of the type that is expected.
func as[T receivables.Entity](t *testing.T, r mapping.Record) T {
	t.Helper()
	e, ok := r.Entity.(T)
	if !ok {
		t.Fatalf("%s %s is %T (%v)", r.Ref.Kind, r.Ref.ID, r.Entity, r.Rejection)
	}
	return e
}

func TestAcceptInvoice(t *testing.T) {
	t.Parallel()
	r := mapping.Accept(invoiceDraft(func(i *mapping.InvoiceDraft) {
		i.Total, i.Tax, i.Balance, i.Paid, i.Credited = "100.00", "19.0", "60.5000", "39.50", "0"
	}))
	got, ok := r.Entity.(receivables.Invoice)
	if r.Rejection != nil || !ok {
		t.Fatalf("rejected: %v", r.Rejection)
	}
	if got.Total != 10_000 || got.Tax != 1_900 || got.Balance != 6_050 || *got.Paid != 3_950 || *got.Credited != 0 || got.HomeBalance != 6_050 {
		t.Errorf("invoice %+v", got)
	}
	if got.Currency != "USD" || got.Issued != "2026-01-31" || got.Due != "2026-02-28" || r.Order != 3 || r.Ref != got.Ref() {
		t.Errorf("record %+v", r)
	}
}

func TestAcceptRejects(t *testing.T) {
	t.Parallel()
	type change = func(*mapping.InvoiceDraft)
	for name, c := range map[string]struct {
		change change
		reason mapping.Reason
		words  []string // what the sentence must name
	}{
		"unknown currency":     {func(i *mapping.InvoiceDraft) { i.Currency = "XXQ" }, mapping.ReasonCurrency, []string{"invoice 7", "currency", "XXQ"}},
		"no currency":          {func(i *mapping.InvoiceDraft) { i.Currency = "" }, mapping.ReasonMissing, []string{"currency"}},
		"lower-case currency":  {func(i *mapping.InvoiceDraft) { i.Currency = "usd" }, mapping.ReasonCurrency, []string{"usd"}},
		"too many digits":      {func(i *mapping.InvoiceDraft) { i.Total = "100.001" }, mapping.ReasonAmount, []string{"total", "100.001", "USD"}},
		"yen with sen":         {func(i *mapping.InvoiceDraft) { i.Currency, i.Total = "JPY", "100.5" }, mapping.ReasonAmount, []string{"100.5", "JPY"}},
		"no number":            {func(i *mapping.InvoiceDraft) { i.Balance = "1e3" }, mapping.ReasonAmount, []string{"balance", "1e3"}},
		"too large":            {func(i *mapping.InvoiceDraft) { i.Total = "92233720368547758.08" }, mapping.ReasonAmount, []string{"too large"}},
		"no total":             {func(i *mapping.InvoiceDraft) { i.Total = "" }, mapping.ReasonMissing, []string{"total"}},
		"no balance":           {func(i *mapping.InvoiceDraft) { i.Balance = "" }, mapping.ReasonMissing, []string{"balance"}},
		"no such day":          {func(i *mapping.InvoiceDraft) { i.Due = "2026-02-30" }, mapping.ReasonDate, []string{"due", "2026-02-30"}},
		"instant for a date":   {func(i *mapping.InvoiceDraft) { i.Issued = "2026-02-28T00:00:00Z" }, mapping.ReasonDate, []string{"issued"}},
		"no date":              {func(i *mapping.InvoiceDraft) { i.Issued = "" }, mapping.ReasonMissing, []string{"issued"}},
		"no customer":          {func(i *mapping.InvoiceDraft) { i.CustomerID = "" }, mapping.ReasonMissing, []string{"customer_id"}},
		"negative balance":     {func(i *mapping.InvoiceDraft) { i.Balance = "-0.01" }, mapping.ReasonInvariant, []string{"balance", "−0.01 USD"}},
		"does not add up":      {func(i *mapping.InvoiceDraft) { i.Paid, i.Credited = "1", "0" }, mapping.ReasonInvariant, []string{"total", "100.00 USD"}},
		"foreign without home": {func(i *mapping.InvoiceDraft) { i.Home = "EUR" }, mapping.ReasonMissing, []string{"home_balance", "USD", "EUR"}},
		"unknown home":         {func(i *mapping.InvoiceDraft) { i.Home, i.HomeBalance = "XXQ", "1" }, mapping.ReasonCurrency, []string{"XXQ"}},
		"another id":           {func(i *mapping.InvoiceDraft) { i.ID = "8" }, mapping.ReasonMalformed, []string{`"7"`, `"8"`}},
	} {
		r := mapping.Accept(invoiceDraft(c.change))
		if r.Rejection == nil || r.Entity != nil {
			t.Errorf("%s: accepted as %+v", name, r.Entity)
			continue
		}
		if r.Rejection.Reason != c.reason || r.Rejection.Ref != r.Ref || string(r.Raw) != "{}" {
			t.Errorf("%s: %+v, want reason %s", name, r.Rejection, c.reason)
		}
		for _, w := range append(c.words, "invoice 7") {
			if !strings.Contains(r.Rejection.Text, w) {
				t.Errorf("%s: %q does not name %q", name, r.Rejection.Text, w)
			}
		}
	}
}

func TestAcceptHomeBalance(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		currency, home, balance, homeBalance string
		want                                 int64
	}{
		"home currency, not stated": {"USD", "USD", "12.5", "", 1250},
		"home currency, stated":     {"USD", "USD", "12.5", "12.50", 1250},
		"home unknown":              {"USD", "", "12.5", "", 1250},
		"foreign":                   {"EUR", "USD", "12.5", "14.01", 1401},
		"foreign home without cent": {"EUR", "JPY", "12.5", "2001", 2001},
		"foreign, nothing open":     {"EUR", "USD", "0", "", 0},
	} {
		r := mapping.Accept(invoiceDraft(func(i *mapping.InvoiceDraft) {
			i.Currency, i.Home, i.Balance, i.HomeBalance = c.currency, c.home, c.balance, c.homeBalance
		}))
		if got, ok := r.Entity.(receivables.Invoice); !ok || got.HomeBalance != c.want {
			t.Errorf("%s: home balance %d (%v), want %d", name, got.HomeBalance, r.Rejection, c.want)
		}
	}
}

func TestAcceptVoidedInvoiceAsItIs(t *testing.T) {
	t.Parallel()
	r := mapping.Accept(invoiceDraft(func(i *mapping.InvoiceDraft) {
		i.State, i.CustomerID, i.Total, i.Balance, i.Home = receivables.StateVoid, "", "0", "", "EUR"
	}))
	if r.Rejection != nil {
		t.Errorf("rejected: %v", r.Rejection)
	}
}

// stripeScale is a vendor's own scale: ISK in hundredths, MGA without.
func stripeScale(c money.Currency) (int, bool) {
	switch c {
	case "ISK":
		return 2, true
	case "MGA":
		return 0, true
	}
	return money.ISO(c)
}

func TestAcceptMinorUnitsOfAnotherScale(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		currency, amount string
		want             int64
		reason           mapping.Reason
	}{
		{"USD", "1050", 1050, ""},
		{"ISK", "10000", 100, ""},
		{"ISK", "10050", 0, mapping.ReasonAmount},
		{"MGA", "7", 700, ""},
		{"JPY", "7", 7, ""},
		{"USD", "10.5", 0, mapping.ReasonAmount},
		{"MGA", "9223372036854775807", 0, mapping.ReasonAmount},
		{"USD", "", 0, mapping.ReasonMissing},
	} {
		r := mapping.Accept(mapping.Draft{
			Kind: receivables.KindRefund, ID: "re", Scale: stripeScale, Minor: true,
			Refund: &mapping.RefundDraft{Refund: receivables.Refund{ID: "re", Created: time.Unix(9, 0)}, Currency: c.currency, Amount: c.amount},
		})
		switch got, ok := r.Entity.(receivables.Refund); {
		case c.reason == "" && (!ok || got.Amount != c.want):
			t.Errorf("%s %s: %d (%v), want %d", c.amount, c.currency, got.Amount, r.Rejection, c.want)
		case c.reason != "" && (r.Rejection == nil || r.Rejection.Reason != c.reason):
			t.Errorf("%s %s: %+v, want %s", c.amount, c.currency, r, c.reason)
		}
	}
}

func TestAcceptWithoutAValue(t *testing.T) {
	t.Parallel()
	deleted := mapping.Accept(mapping.Draft{Kind: receivables.KindInvoice, ID: "1", Deleted: true})
	if deleted.Rejection != nil || deleted.Entity != nil || !deleted.Deleted {
		t.Errorf("deleted: %+v", deleted)
	}
	for name, d := range map[string]mapping.Draft{
		"nothing":    {},
		"no id":      {Kind: receivables.KindInvoice},
		"no value":   {Kind: receivables.KindInvoice, ID: "1"},
		"a problem":  {Kind: receivables.KindInvoice, ID: "1", Problem: "the body ends too early"},
		"wrong kind": {Kind: receivables.KindCharge, ID: "c", Payer: &receivables.Payer{ID: "c"}},
		"no scale":   {Kind: receivables.KindPayout, ID: "p", Payout: &mapping.PayoutDraft{Amount: "1", Currency: "???"}},
	} {
		if r := mapping.Accept(d); r.Rejection == nil || r.Entity != nil || r.Rejection.Text == "" {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestAcceptLedgerDocuments(t *testing.T) {
	t.Parallel()
	ref := receivables.Ref{Kind: receivables.KindInvoice, ID: "7"}
	credit := as[receivables.Credit](t, mapping.Accept(mapping.Draft{Kind: receivables.KindCredit, ID: "1", Scale: money.ISO, Credit: &mapping.CreditDraft{
		Credit:   receivables.Credit{ID: "1", Kind: receivables.CreditNote, CustomerID: "c", State: receivables.StateLive},
		Currency: "EUR", Issued: "2026-01-01", Total: "10", Remaining: "4.00", HomeRemaining: "4.40", Home: "USD",
		Allocations: []mapping.AllocationDraft{{Target: ref, Amount: "6"}},
	}}))
	if credit.Total != 1000 || credit.Remaining != 400 || credit.HomeRemaining != 440 || credit.Allocations[0].Amount != 600 {
		t.Errorf("credit %+v", credit)
	}
	receipt := as[receivables.Receipt](t, mapping.Accept(mapping.Draft{Kind: receivables.KindReceipt, ID: "2", Scale: money.ISO, Receipt: &mapping.ReceiptDraft{
		Receipt:  receivables.Receipt{ID: "2", State: receivables.StateLive},
		Currency: "USD", Date: "2026-01-01", Total: "10", Unapplied: "3", Home: "USD",
		Allocations: []mapping.AllocationDraft{{Target: ref, Amount: "7.00"}},
	}}))
	if receipt.Total != 1000 || receipt.Unapplied != 300 || receipt.HomeUnapplied != 300 || receipt.Allocations[0] != (receivables.Allocation{Target: ref, Amount: 700}) {
		t.Errorf("receipt %+v", receipt)
	}
	document := as[receivables.Document](t, mapping.Accept(mapping.Draft{Kind: receivables.KindDocument, ID: "3", Scale: money.ISO, Document: &mapping.DocumentDraft{
		Document: receivables.Document{ID: "3", Kind: receivables.DocumentTransfer, State: receivables.StateLive},
		Currency: "USD", Date: "2026-01-01", Total: "5", Postings: []mapping.PostingDraft{{AccountID: "a", Amount: "-5.00"}, {AccountID: "b", Amount: "5"}},
	}}))
	if document.Total != 500 || document.Postings[0].Amount != -500 || document.Postings[1].AccountID != "b" {
		t.Errorf("document %+v", document)
	}
	customer := as[receivables.Customer](t, mapping.Accept(mapping.Draft{Kind: receivables.KindCustomer, ID: "c", Scale: money.ISO, Customer: &mapping.CustomerDraft{
		Customer: receivables.Customer{ID: "c", Currency: "USD"}, Balance: "-3.50",
	}}))
	if customer.Balance == nil || *customer.Balance != -350 {
		t.Errorf("customer %+v", customer)
	}
	account := mapping.Accept(mapping.Draft{Kind: receivables.KindAccount, ID: "a", Account: &mapping.AccountDraft{
		Account: receivables.Account{ID: "a", Type: receivables.AccountBank}, Balance: "1",
	}})
	if account.Rejection == nil || account.Rejection.Reason != mapping.ReasonMissing {
		t.Errorf("a balance without a currency: %+v", account)
	}
}

// Whatever text stands in the fields, Accept gives an entity that keeps its
// invariants or a rejection with a text, and never both or neither.
func TestAcceptNeverFails(t *testing.T) {
	t.Parallel()
	text := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"", "1", "-1", "0.00", "1e9", "USD", "JPY", "KWD", "2026-01-31", "92233720368547758.07"}))
	rapid.Check(t, func(t *rapid.T) {
		d := mapping.Draft{Kind: receivables.KindInvoice, ID: "7", Minor: rapid.Bool().Draw(t, "minor"), Invoice: &mapping.InvoiceDraft{
			Invoice: receivables.Invoice{
				ID: "7", CustomerID: text.Draw(t, "customer"),
				State: rapid.SampledFrom([]receivables.State{"", "live", "void", "draft"}).Draw(t, "state"),
			},
			Currency: text.Draw(t, "currency"), Issued: text.Draw(t, "issued"), Due: text.Draw(t, "due"),
			Total: text.Draw(t, "total"), Balance: text.Draw(t, "balance"), Deposit: text.Draw(t, "deposit"),
			Paid: text.Draw(t, "paid"), Credited: text.Draw(t, "credited"), Home: text.Draw(t, "home"), HomeBalance: text.Draw(t, "home balance"),
		}}
		r := mapping.Accept(d)
		if (r.Entity == nil) == (r.Rejection == nil) {
			t.Fatalf("entity %v, rejection %v", r.Entity, r.Rejection)
		}
		if r.Entity != nil && r.Entity.Check() != nil {
			t.Fatalf("accepted: %v", r.Entity.Check())
		}
		if r.Rejection != nil && r.Rejection.Text == "" {
			t.Fatal("a rejection without a sentence")
		}
	})
}
