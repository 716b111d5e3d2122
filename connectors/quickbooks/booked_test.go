package quickbooks_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// book writes one booking, looks that it is found again, and gives it as the
// model has it.
func (b *bench) book(booking mapping.Booking) (receivables.Ref, receivables.Entity) {
	b.t.Helper()
	return b.booked(b.lower(booking, 1))
}

func (b *bench) booked(w connectors.Write) (receivables.Ref, receivables.Entity) {
	b.t.Helper()
	if _, ok, err := b.session.Find(context.Background(), w); ok || err != nil {
		b.t.Fatalf("%s: found before it was sent: %v, %v", w.Op, ok, err)
	}
	a := b.send(w)
	if len(a.Warnings) > 0 {
		b.t.Errorf("%s: warnings %v", w.Op, a.Warnings)
	}
	found, ok, err := b.session.Find(context.Background(), w)
	if err != nil || !ok || found.Ref != a.Ref || len(found.Warnings) > 0 {
		b.t.Fatalf("%s: find %v, %v, %v; it is %v", w.Op, found.Ref, ok, err, a.Ref)
	}
	if w.Marker != "" && b.session.URL(a.Ref) == "" {
		b.t.Errorf("%s: no page of %v", w.Op, a.Ref)
	}
	return a.Ref, b.fetch(a.Ref)
}

func (b *bench) fetch(ref receivables.Ref) receivables.Entity {
	b.t.Helper()
	drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{ref})
	if err != nil || len(drafts) != 1 {
		b.t.Fatalf("fetch %v: %d, %v", ref, len(drafts), err)
	}
	return accept(b.t, drafts[0]).Entity
}

func (b *bench) raw(ref receivables.Ref) []byte {
	b.t.Helper()
	drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{ref})
	if err != nil || len(drafts) != 1 {
		b.t.Fatalf("fetch %v: %d, %v", ref, len(drafts), err)
	}
	return slices.Clone(drafts[0].Raw)
}

// expect compares figures of the company, trimmed.
func (b *bench) stands(entity, id, name, want string) {
	b.t.Helper()
	if got := trimmed(b.field(entity, id, name)); got != want {
		b.t.Errorf("%s of %s %s is %s, want %s", name, entity, id, got, want)
	}
}

func (b *bench) postings(e receivables.Entity, kind receivables.DocumentKind, total int64, want ...receivables.Posting) {
	b.t.Helper()
	d, ok := e.(receivables.Document)
	if !ok || d.Kind != kind || d.Total != total || d.State != receivables.StateLive || d.Marker == "" || !slices.Equal(d.Postings, want) {
		b.t.Errorf("%+v\nwant a %s of %d with %+v", e, kind, total, want)
	}
}

// books is a bench with accounts, a customer and invoices of 100.
type accounted struct {
	*bench
	mapping.Accounts
	customer string
	invoices []string
}

func newAccounted(t *testing.T, o sandbox.CompanyOptions, invoices int) accounted {
	t.Helper()
	b := newBench(t, o).open()
	k := accounted{bench: b, Accounts: b.setUp()}
	if b.home.Home == "USD" {
		k.Goodwill, k.BadDebt = k.named("Office Expenses"), k.named("Bad Debts")
	}
	k.customer, k.invoices = b.stock(invoices)
	return k
}

func (b *bench) named(name string) string {
	b.t.Helper()
	for _, a := range b.accounts() {
		if a.Name == name {
			return a.ID
		}
	}
	b.t.Fatalf("there is no account %q", name)
	return ""
}

func (k accounted) clearing() string   { return k.Clearing["USD"] }
func (k accounted) receivable() string { return k.Receivable["USD"] }

// booking is one of a hundred with one part.
func (k accounted) booking(kind receivables.DocumentKind, purpose mapping.Purpose, amount int64, f func(*mapping.Booking)) mapping.Booking {
	b := mapping.Booking{
		Book: "book-1", Kind: kind, Currency: "USD", Date: "2026-03-02", From: k.clearing(), Source: "src_" + string(purpose),
		Memo: "Stripe " + string(purpose), Parts: []mapping.Part{{Movement: "txn_" + string(purpose), Purpose: purpose, Amount: amount}},
	}
	f(&b)
	return b
}

// paid books the receipt of an invoice.
func (k accounted) paid(invoice string) receivables.Ref {
	k.t.Helper()
	ref, _ := k.book(k.booking(receivables.DocumentReceipt, mapping.PurposeReceipt, 10_000, func(b *mapping.Booking) {
		b.From, b.To, b.CustomerID, b.Parts[0].Target = "", k.clearing(), k.customer, invoice
	}))
	return ref
}

// owed books money that went back on an invoice as the customer's open debit.
func (k accounted) owed(purpose mapping.Purpose, invoice string, amount int64) (receivables.Ref, receivables.Entity) {
	k.t.Helper()
	return k.book(k.booking(receivables.DocumentExpense, purpose, amount, func(b *mapping.Booking) {
		b.CustomerID, b.Contact, b.Parts[0].Target = k.customer, k.customer, invoice
		b.Lines = []mapping.BookingLine{{Account: k.receivable(), Amount: amount, CustomerID: k.customer, Invoice: invoice}}
	}))
}

func (k accounted) relink(receipt receivables.Ref, want ...receivables.Allocation) (connectors.Write, bool, string) {
	k.t.Helper()
	w, needed, why, err := k.session.LowerRelink(connectors.Relink{ReceiptID: receipt.ID, Raw: k.raw(receipt), Want: want, Generation: 1})
	if err != nil {
		k.t.Fatal(err)
	}
	return w, needed, why
}

func onInvoice(id string, amount int64) receivables.Allocation {
	return receivables.Allocation{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: id}, Amount: amount}
}

// TestReturnedDebit: the receipt stays, an expense makes an open debit of the
// customer, and the payment is put against that: the invoice is open again.
func TestReturnedDebit(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 2)
	owing := trimmed(k.field("Customer", k.customer, "Balance"))
	payment := k.paid(k.invoices[0])
	k.stands("Invoice", k.invoices[0], "Balance", "0")
	before := k.fetch(payment).(receivables.Receipt)

	expense, model := k.owed(mapping.PurposeReturn, k.invoices[0], 10_000)
	k.postings(model, receivables.DocumentExpense, 10_000,
		receivables.Posting{AccountID: k.clearing(), Amount: -10_000},
		receivables.Posting{AccountID: k.receivable(), Amount: 10_000, CustomerID: k.customer})
	k.stands("Customer", k.customer, "Balance", owing)
	k.stands("Invoice", k.invoices[0], "Balance", "0")

	w, needed, why := k.relink(payment, receivables.Allocation{Target: expense, Amount: 10_000})
	if !needed || why != "" {
		t.Fatalf("relink: needed %v, why %q", needed, why)
	}
	ref, changed := k.booked(w)
	receipt := changed.(receivables.Receipt)
	if ref != payment || receipt.Total != 10_000 || receipt.Unapplied != 0 || !slices.Equal(receipt.Allocations, []receivables.Allocation{{Target: expense, Amount: 10_000}}) ||
		receipt.Marker != before.Marker || receipt.AccountID != before.AccountID || receipt.Reference != before.Reference || receipt.Method != before.Method {
		t.Errorf("receipt %+v, before %+v", receipt, before)
	}
	k.stands("Invoice", k.invoices[0], "Balance", "100")
	k.stands("Customer", k.customer, "Balance", owing)
	k.stands("Account", k.clearing(), "CurrentBalance", "0")

	if _, needed, _ := k.relink(payment, receivables.Allocation{Target: expense, Amount: 10_000}); needed {
		t.Error("a second relink is needed")
	}
	again, _, _ := k.relink(payment, before.Allocations...)
	if _, back := k.booked(again); !slices.Equal(back.(receivables.Receipt).Allocations, before.Allocations) {
		t.Errorf("taken back to %+v, want %+v", back, before)
	}
	k.stands("Invoice", k.invoices[0], "Balance", "0")
}

// TestPartOfAReceiptIsRelinked: a part of what paid an invoice goes to the
// open debit, another stays, a third becomes credit.
func TestPartOfAReceiptIsRelinked(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 2)
	payment := k.paid(k.invoices[0])
	expense, _ := k.owed(mapping.PurposeRefund, k.invoices[0], 3_000)
	w, _, _ := k.relink(payment, onInvoice(k.invoices[0], 6_000), receivables.Allocation{Target: expense, Amount: 3_000})
	_, changed := k.booked(w)
	if r := changed.(receivables.Receipt); r.Unapplied != 1_000 || len(r.Allocations) != 2 {
		t.Errorf("receipt %+v", r)
	}
	k.stands("Invoice", k.invoices[0], "Balance", "40")
}

// TestFailedRefundIsADeposit: money that comes back is an open credit of the
// customer.
func TestFailedRefundIsADeposit(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 1)
	owing := trimmed(k.field("Customer", k.customer, "Balance"))
	ref, model := k.owed(mapping.PurposeRefundFailure, k.invoices[0], -3_000)
	k.postings(model, receivables.DocumentDeposit, 3_000,
		receivables.Posting{AccountID: k.clearing(), Amount: 3_000},
		receivables.Posting{AccountID: k.receivable(), Amount: -3_000, CustomerID: k.customer})
	k.stands("Account", k.clearing(), "CurrentBalance", "30")
	if k.remove(ref, receivables.DocumentDeposit) != "" {
		t.Error("it cannot be removed")
	}
	k.stands("Customer", k.customer, "Balance", owing)
}

// TestDisputeIsLost: over the asset, then to bad debt or back to the customer.
func TestDisputeIsLost(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 1)
	disputes := k.Disputes["USD"]
	_, model := k.book(k.booking(receivables.DocumentExpense, mapping.PurposeDispute, 10_000, func(b *mapping.Booking) { b.To = disputes }))
	k.postings(model, receivables.DocumentExpense, 10_000, receivables.Posting{AccountID: k.clearing(), Amount: -10_000}, receivables.Posting{AccountID: disputes, Amount: 10_000})
	k.stands("Account", disputes, "CurrentBalance", "100")
	bad := k.booking(receivables.DocumentJournal, mapping.PurposeLoss, 4_000, func(b *mapping.Booking) {
		b.From, b.Lines = disputes, []mapping.BookingLine{{Account: k.BadDebt, Amount: 4_000}}
	})
	_, model = k.book(bad)
	k.postings(model, receivables.DocumentJournal, 4_000, receivables.Posting{AccountID: k.BadDebt, Amount: 4_000}, receivables.Posting{AccountID: disputes, Amount: -4_000})
	again := k.booking(receivables.DocumentJournal, mapping.PurposeLoss, 6_000, func(b *mapping.Booking) {
		b.From, b.CustomerID, b.Parts[0].Target = disputes, k.customer, k.invoices[0]
		b.Lines = []mapping.BookingLine{{Account: k.receivable(), Amount: 6_000, CustomerID: k.customer, Invoice: k.invoices[0]}}
	})
	ref, model := k.book(again)
	k.postings(model, receivables.DocumentJournal, 6_000,
		receivables.Posting{AccountID: k.receivable(), Amount: 6_000, CustomerID: k.customer}, receivables.Posting{AccountID: disputes, Amount: -6_000})
	k.stands("Account", disputes, "CurrentBalance", "0")
	if why := k.remove(ref, receivables.DocumentJournal); why != "" {
		t.Error(why)
	}
	k.stands("Account", disputes, "CurrentBalance", "60")
}

// TestGoodwill is a credit of the customer against a cost.
func TestGoodwill(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 1)
	_, model := k.book(k.booking(receivables.DocumentCredit, mapping.PurposeCredit, 2_500, func(b *mapping.Booking) {
		b.From, b.CustomerID, b.By, b.Parts[0].Target = k.receivable(), k.customer, "anna", k.invoices[0]
		b.Lines = []mapping.BookingLine{{Account: k.Goodwill, Amount: 2_500}}
	}))
	k.postings(model, receivables.DocumentJournal, 2_500,
		receivables.Posting{AccountID: k.Goodwill, Amount: 2_500}, receivables.Posting{AccountID: k.receivable(), Amount: -2_500, CustomerID: k.customer})
	k.stands("Customer", k.customer, "Balance", "75")
}

// TestFeeWithInputTax: the total is what Stripe took, whatever the code makes
// of the tax in it.
func TestFeeWithInputTax(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{Country: "GB"}, 0)
	code := k.taxCode("20")
	fee := k.booking(receivables.DocumentExpense, mapping.PurposeFee, 1_201, func(b *mapping.Booking) {
		b.Currency, b.From, b.Contact = "GBP", k.Clearing["GBP"], k.FeeContact
		b.Lines = []mapping.BookingLine{{Account: k.Fees, Amount: 1_201, TaxCode: code, Tax: 200}}
	})
	ref, model := k.book(fee)
	if d := model.(receivables.Document); d.Total != 1_201 || d.Postings[0].Amount != -1_201 {
		t.Errorf("document %+v", d)
	}
	_, id, _ := strings.Cut(ref.ID, ":")
	var made struct {
		TxnTaxDetail struct{ TotalTax json.Number }
	}
	if err := json.Unmarshal(k.text("Purchase", id), &made); err != nil || trimmed(string(made.TxnTaxDetail.TotalTax)) != "2" {
		t.Errorf("tax %v, %v", made, err)
	}
	k.stands("Account", k.Clearing["GBP"], "CurrentBalance", "-12.01")

	fee.Parts[0].Movement, fee.Lines = "txn_other", []mapping.BookingLine{{Account: k.Fees, Amount: 1_201, TaxCode: code, Tax: 199}}
	if a := k.send(k.lower(fee, 1)); len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "tax") {
		t.Errorf("a tax of another amount: %v", a.Warnings)
	}
	back := fee
	back.Parts = []mapping.Part{{Movement: "txn_back", Purpose: mapping.PurposeFee, Amount: -1_201}}
	back.Lines = []mapping.BookingLine{{Account: k.Fees, Amount: -1_201, TaxCode: code, Tax: -200}}
	if _, model := k.book(back); model.(receivables.Document).Total != 1_201 {
		t.Errorf("given back: %+v", model)
	}
}

func (b *bench) text(entity, id string) []byte {
	b.t.Helper()
	raw, err := b.company.Read(entity, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return raw
}

// taxCode is a code for purchases whose one rate has the percentage.
func (b *bench) taxCode(percent string) string {
	b.t.Helper()
	for _, raw := range b.company.List("TaxCode") {
		var code struct {
			Id                  string //nolint:revive // Intuit's name
			PurchaseTaxRateList struct {
				TaxRateDetail []struct{ TaxRateRef struct{ Value string } }
			}
		}
		if err := json.Unmarshal(raw, &code); err != nil {
			b.t.Fatal(err)
		}
		rates := code.PurchaseTaxRateList.TaxRateDetail
		if len(rates) == 1 && trimmed(b.field("TaxRate", rates[0].TaxRateRef.Value, "RateValue")) == percent {
			return code.Id
		}
	}
	b.t.Fatalf("no tax code of %s%%", percent)
	return ""
}

// TestUnusedRestIsPaidBack: an expense on receivables, and the payment put
// against it.
func TestUnusedRestIsPaidBack(t *testing.T) {
	t.Parallel()
	k := newAccounted(t, sandbox.CompanyOptions{}, 1)
	payment, _ := k.book(k.booking(receivables.DocumentReceipt, mapping.PurposeReceipt, 13_000, func(b *mapping.Booking) {
		b.From, b.To, b.CustomerID = "", k.clearing(), k.customer
		b.Parts = []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: k.invoices[0], Amount: 10_000}, {Movement: "txn_1", Purpose: mapping.PurposeReceipt, Amount: 3_000}}
	}))
	credit := receivables.Ref{Kind: receivables.KindReceipt, ID: payment.ID}
	refund := k.booking(receivables.DocumentExpense, mapping.PurposeRefund, 3_000, func(b *mapping.Booking) {
		b.To, b.CustomerID, b.Contact, b.Parts[0].Target = k.receivable(), k.customer, k.customer, payment.ID
		b.Credit = &mapping.Credit{ID: payment.ID, Kind: receivables.CreditUnapplied, Customer: k.customer, Open: 3_000}
	})
	w, err := k.session.LowerRefund(refund, credit, receivables.CreditUnapplied, 1)
	if err != nil {
		t.Fatal(err)
	}
	expense, model := k.booked(w)
	k.postings(model, receivables.DocumentExpense, 3_000,
		receivables.Posting{AccountID: k.clearing(), Amount: -3_000}, receivables.Posting{AccountID: k.receivable(), Amount: 3_000, CustomerID: k.customer})
	link, _, _ := k.relink(payment, onInvoice(k.invoices[0], 10_000), receivables.Allocation{Target: expense, Amount: 3_000})
	if _, r := k.booked(link); r.(receivables.Receipt).Unapplied != 0 {
		t.Errorf("receipt %+v", r)
	}
	k.stands("Customer", k.customer, "Balance", "0")
	k.stands("Account", k.clearing(), "CurrentBalance", "100")
}
