package stripe

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// do makes a call as the account's owner and gives the id in the answer.
func (b *bench) do(method, path string, pairs ...string) string {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.vendor.config.BaseURL+path, strings.NewReader(form.Encode()))
	b.must(err)
	request.Header.Set("Authorization", "Bearer "+testKey)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	b.must(err)
	defer func() { _ = answer.Body.Close() }()
	var got struct {
		ID    string
		Error json.RawMessage
	}
	b.must(json.NewDecoder(answer.Body).Decode(&got))
	if answer.StatusCode != http.StatusOK {
		b.t.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, got.Error)
	}
	return got.ID
}

// bill makes a draft over an amount for a customer with a card.
func (b *bench) bill(amount string, pairs ...string) (customer, invoice string) {
	b.t.Helper()
	customer = b.do(http.MethodPost, "/v1/customers", "name", "Ada Pear", "email", "ada@example.com", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa")
	invoice = b.do(http.MethodPost, "/v1/invoices", append([]string{"customer", customer}, pairs...)...)
	b.do(http.MethodPost, "/v1/invoiceitems", "customer", customer, "invoice", invoice, "amount", amount, "currency", "usd", "description", "Plan")
	return customer, invoice
}

func invoiceRef(id string) receivables.Ref {
	return receivables.Ref{Kind: receivables.KindInvoice, ID: id}
}

// TestOwnInvoices follows an invoice that Stripe makes from draft to paid: by
// events, with a credit note, and with the charge that names it.
func TestOwnInvoices(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, id := b.bill("12000", "collection_method", "send_invoice", "days_until_due", "30")
	_, doomed := b.bill("700")
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	if inv := as[receivables.Invoice](t, all[invoiceRef(id)]); inv.State != receivables.StateDraft {
		t.Errorf("a draft: %+v", inv)
	}
	next := func(method, path string, pairs ...string) receivables.Invoice {
		b.clock.Advance(time.Hour)
		b.do(method, path, pairs...)
		b.pass(all, cursors, false)
		open, err := b.session.OpenInvoices(t.Context())
		b.must(err)
		inv := as[receivables.Invoice](t, all[invoiceRef(id)])
		if open["USD"] != inv.Balance {
			t.Errorf("after %s: Stripe says %d is open, we hold %d", path, open["USD"], inv.Balance)
		}
		return inv
	}
	inv := next(http.MethodPost, "/v1/invoices/"+id+"/finalize")
	if inv.State != receivables.StateLive || inv.Balance != 12000 || inv.Total != 12000 || inv.Number == "" || inv.Due != inv.Issued.AddDays(30) ||
		inv.Billed.Automatic || inv.Billed.URL == "" || len(inv.Lines) != 1 || inv.Lines[0].Amount != "120.00" {
		t.Errorf("finalised: %+v %+v", inv, inv.Billed)
	}
	if inv = next(http.MethodPost, "/v1/credit_notes", "invoice", id, "amount", "2000"); inv.Balance != 10000 || *inv.Credited != 2000 || inv.Total != 12000 {
		t.Errorf("credited in part: balance %d, credited %d of %d", inv.Balance, *inv.Credited, inv.Total)
	}
	if all.count(receivables.KindCredit) != 1 {
		t.Errorf("%d credit notes, want 1", all.count(receivables.KindCredit))
	}
	if inv = next(http.MethodPost, "/v1/invoices/"+id+"/pay"); inv.Balance != 0 || *inv.Paid != 10000 || inv.Billed.Charge == "" {
		t.Errorf("paid: %+v %+v", inv, inv.Billed)
	}
	if c := as[receivables.Charge](t, all[chargeRef(inv.Billed.Charge)]); c.InvoiceID != id || c.Amount != 10000 {
		t.Errorf("its charge: %+v", c)
	}
	next(http.MethodDelete, "/v1/invoices/"+doomed)
	if r := all[invoiceRef(doomed)]; !r.Deleted || r.Entity != nil {
		t.Errorf("a deleted draft: %+v", r)
	}
}

// TestOwnInvoicesGivenUp: a voided one is no receivable, one that is given up
// counts with nothing open, one paid elsewhere has no charge.
func TestOwnInvoicesGivenUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ids := map[string]string{}
	for act, pairs := range map[string][]string{"void": nil, "mark_uncollectible": nil, "pay": {"paid_out_of_band", "true"}} {
		_, ids[act] = b.bill("5000", "collection_method", "send_invoice", "days_until_due", "10")
		b.do(http.MethodPost, "/v1/invoices/"+ids[act]+"/finalize")
		b.do(http.MethodPost, "/v1/invoices/"+ids[act]+"/"+act, pairs...)
	}
	all := stored{}
	b.pass(all, map[string]connectors.Cursor{}, true)
	void, bad, paid := as[receivables.Invoice](t, all[invoiceRef(ids["void"])]), as[receivables.Invoice](t, all[invoiceRef(ids["mark_uncollectible"])]), as[receivables.Invoice](t, all[invoiceRef(ids["pay"])])
	if void.State != receivables.StateVoid {
		t.Errorf("void: %+v", void)
	}
	if bad.State != receivables.StateLive || bad.Balance != 0 || bad.Billed.WrittenOff != 5000 || *bad.Credited != 5000 {
		t.Errorf("given up: %+v %+v", bad, bad.Billed)
	}
	if paid.Balance != 0 || *paid.Paid != 5000 || !paid.Billed.PaidElsewhere || paid.Billed.Charge != "" {
		t.Errorf("paid elsewhere: %+v %+v", paid, paid.Billed)
	}
	if open, err := b.session.OpenInvoices(t.Context()); err != nil || open["USD"] != 0 {
		t.Errorf("open: %v %v", open, err)
	}
}

// TestManyOpenInvoices walks the list of open ones page by page.
func TestManyOpenInvoices(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	customer := b.do(http.MethodPost, "/v1/customers", "name", "Ada")
	for range pageSize + 3 {
		id := b.do(http.MethodPost, "/v1/invoices", "customer", customer, "collection_method", "send_invoice", "days_until_due", "10")
		b.do(http.MethodPost, "/v1/invoiceitems", "customer", customer, "invoice", id, "amount", "100", "currency", "usd")
		b.do(http.MethodPost, "/v1/invoices/"+id+"/finalize")
	}
	b.calls = 0
	open, err := b.session.OpenInvoices(t.Context())
	b.must(err)
	if open["USD"] != 100*(pageSize+3) || b.calls != 2 {
		t.Errorf("open %v in %d calls", open, b.calls)
	}
}

// TestStreams names what is read, the events before what they may overtake.
func TestStreams(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var names []string
	for _, s := range b.session.Streams() {
		names = append(names, s.Name)
	}
	want := []string{
		"events", "balance_transactions", "customers", "charges", "checkout_sessions", "refunds", "disputes", "payouts", "invoices", "credit_notes", "payout_members",
	}
	if !slices.Equal(names, want) {
		t.Errorf("streams %v, want %v", names, want)
	}
}
