package app_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
	"tieout/web"
)

// call makes a call to a stand-in as its owner and decodes the answer.
func (r *rig) call(method, address, token, kind, body string) map[string]any {
	r.Helper()
	request := must1[*http.Request](r.T)(http.NewRequestWithContext(r.Context(), method, address, strings.NewReader(body)))
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Accept", "application/json")
	answer := must1[*http.Response](r.T)(http.DefaultClient.Do(request))
	defer func() { _ = answer.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || answer.StatusCode != http.StatusOK {
		r.Fatalf("%s %s: %d %v %v", method, address, answer.StatusCode, err, out)
	}
	return out
}

// owner calls Stripe as the account's owner; pairs are the form.
func (r *rig) owner(path string, pairs ...string) map[string]any {
	r.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return r.call(http.MethodPost, r.ready.Stripe.URL+path, r.company.StripeKey, "application/x-www-form-urlencoded", form.Encode())
}

// bill has Stripe make and finalise an invoice; it gives id and number.
func (r *rig) bill(customer, amount string) (id, number string) {
	r.Helper()
	id, _ = r.owner("/v1/invoices", "customer", customer, "collection_method", "send_invoice", "days_until_due", "30")["id"].(string)
	r.owner("/v1/invoiceitems", "customer", customer, "invoice", id, "amount", amount, "currency", "usd", "description", "Plan")
	number, _ = r.owner("/v1/invoices/" + id + "/finalize")["number"].(string)
	return id, number
}

// ledgerCall writes to the QuickBooks company as its owner.
func (r *rig) ledgerCall(entity, body string) map[string]any {
	r.Helper()
	grant, err := r.Store.Grant(r.Context(), books.Tenant, r.row(r.ledger.ID).GrantID)
	if err != nil {
		r.Fatal(err)
	}
	got := r.call(http.MethodPost, r.ready.QuickBooks.URL+"/v3/company/"+r.company.ID+"/"+strings.ToLower(entity), grant.Access, "application/json", body)
	out, _ := got[entity].(map[string]any)
	return out
}

func (r *rig) owed() web.Receivables {
	r.Helper()
	status, err := r.Status(r.Context())
	if err != nil {
		r.Fatal(err)
	}
	for _, one := range status.Books[0].Receivables {
		if one.Currency == "USD" {
			return one
		}
	}
	return web.Receivables{}
}

// line is the proof's line of a check in dollars.
func line(t *testing.T, p *proof.Proof, check proof.Check) proof.Line {
	t.Helper()
	for _, l := range p.Lines {
		if l.Check == check && l.Currency == "USD" {
			return l
		}
	}
	t.Fatalf("the proof has no line %s: %+v", check, p.Lines)
	return proof.Line{}
}

// TestOwnInvoices: what Stripe bills itself is owed beside the ledger's
// invoices, once; a copy in the ledger makes it the ledger's; the payment of
// the copied one is booked there, the payment of the other is named and nothing
// is written for it.
func TestOwnInvoices(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	before := r.owed()
	if before.Stripe != "0.00" || before.Total != before.Ledger {
		t.Fatalf("before: %+v", before)
	}
	customer, _ := r.owner("/v1/customers", "name", "Mirror Ltd", "email", "ada@mirror.example", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa")["id"].(string)
	copied, number := r.bill(customer, "12000")
	own, ownNumber := r.bill(customer, "3450")
	r.clock.Advance(time.Hour)
	run := r.clean()
	if l := line(t, run.Result.Proof, proof.CheckBilled); *l.Stripe != 15450 || *l.Tieout != 15450 || !l.Measured {
		t.Errorf("proof of Stripe's own invoices: %+v", l)
	}
	if now := r.owed(); now.Stripe != "154.50" || now.Ledger != before.Ledger || now.InBoth != "0.00" {
		t.Errorf("owed with two invoices of Stripe's own: %+v", now)
	}

	ada, _ := r.ledgerCall("Customer", `{"DisplayName":"Mirror Ltd","CurrencyRef":{"value":"USD"},"PrimaryEmailAddr":{"Address":"ada@mirror.example"}}`)["Id"].(string)
	r.copy(number, ada, "120.00")
	r.clock.Advance(time.Hour)
	run = r.clean()
	now := r.owed()
	if now.InBoth != "120.00" || now.Stripe != "34.50" || now.Asked != "0.00" {
		t.Errorf("owed with a copy in the ledger: %+v", now)
	}
	at := r.clerk()
	if home := at.body(at.client.Get(at.base + "/")); !strings.Contains(home, `value="34.50"`) || !strings.Contains(home, "on 1 invoice that Stripe itself has made") {
		t.Errorf("the first page does not show Stripe's own total: %s", home)
	}
	if l := line(t, run.Result.Proof, proof.CheckBilled); *l.Stripe != 15450 || !strings.Contains(l.Why, "120.00 USD stands in the ledger too") {
		t.Errorf("proof with a copy in the ledger: %+v", l)
	}
	sums := must1[map[string]int64](t)(r.ageing())
	if sums["ledger"]+sums["stripe"] != sums["all"] || sums["stripe"] != 3450 {
		t.Errorf("ageing %v", sums)
	}
	if n := r.number(`select count(*) from link l join invoice i on i.id = l.invoice where i.number_key = $1`, mapping.NumberKey(number)); n != 0 {
		t.Errorf("the copied invoice has %d payment links beside Stripe's own page", n)
	}

	r.owner("/v1/invoices/" + copied + "/pay")
	r.owner("/v1/invoices/" + own + "/pay")
	r.clock.Advance(time.Hour)
	run = r.sync()
	if run.Err != nil {
		t.Fatal(run.Err)
	}
	run = r.clean()
	if now := r.owed(); now.Stripe != "0.00" || now.InBoth != "0.00" || now.Ledger != before.Ledger {
		t.Errorf("owed after both were paid: %+v, before them %+v", now, before)
	}
	exceptions := must1[[]store.Exception](t)(r.Store.OpenExceptions(r.Context(), books.Tenant))
	found := 0
	for _, e := range exceptions {
		if e.Kind == "own_invoice" && strings.Contains(e.Text, ownNumber) {
			found++
		}
		if strings.Contains(e.Text, number) {
			t.Errorf("an exception about the copied one: %+v", e)
		}
	}
	if found != 1 {
		t.Errorf("%d exceptions name the payment that only Stripe's invoice calls for, want 1: %+v", found, exceptions)
	}
	if l := line(t, run.Result.Proof, proof.CheckClearing); l.Unexplained != 0 || len(l.Explained) == 0 {
		t.Errorf("the clearing account does not name it: %+v", l)
	}
	if d := must1[[]reconcile.Decision](t)(r.Store.OpenDecisions(r.Context(), books.Tenant, r.book.ID)); len(d) != 0 {
		t.Errorf("asked: %+v", d)
	}

	// The copy of the other comes late, after it was paid: then it is booked.
	r.copy(ownNumber, ada, "34.50")
	r.clock.Advance(time.Hour)
	r.clean()
	r.clock.Advance(time.Hour)
	r.clean()
	if now := r.owed(); now.Ledger != before.Ledger || now.Stripe != "0.00" {
		t.Errorf("owed after the late copy: %+v, before %+v", now, before)
	}
	for _, e := range must1[[]store.Exception](t)(r.Store.OpenExceptions(r.Context(), books.Tenant)) {
		if e.Kind == "own_invoice" {
			t.Errorf("still an exception: %+v", e)
		}
	}
}

// TestOwnInvoiceAsked: an invoice of the ledger that is like one of Stripe's in
// all but the number is asked about; meanwhile both are counted, with the doubt
// named, and whoever answers is followed.
func TestOwnInvoiceAsked(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	customer, _ := r.owner("/v1/customers", "name", "Mirror Ltd", "email", "ada@mirror.example")["id"].(string)
	_, number := r.bill(customer, "12000")
	ada, _ := r.ledgerCall("Customer", `{"DisplayName":"Mirror Ltd","CurrencyRef":{"value":"USD"},"PrimaryEmailAddr":{"Address":"ada@mirror.example"}}`)["Id"].(string)
	r.copy("ANOTHER-1", ada, "120.00")
	r.clock.Advance(time.Hour)
	r.clean()
	if now := r.owed(); now.Stripe != "120.00" || now.Asked != "120.00" || now.InBoth != "0.00" {
		t.Fatalf("owed in doubt: %+v", now)
	}
	questions := must1[[]reconcile.Decision](t)(r.Store.OpenDecisions(r.Context(), books.Tenant, r.book.ID))
	if len(questions) != 1 || questions[0].Kind != reconcile.DecideMirror || !strings.Contains(questions[0].Question, number) || len(questions[0].Options) != 2 {
		t.Fatalf("questions: %+v", questions)
	}
	if err := r.Store.AnswerDecision(r.Context(), books.Tenant, r.book.ID, questions[0].ID, questions[0].Options[0].Key, "ada", r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Hour)
	r.clean()
	if now := r.owed(); now.Stripe != "0.00" || now.Asked != "0.00" || now.InBoth != "120.00" {
		t.Errorf("owed after the answer: %+v", now)
	}
	if open := must1[[]reconcile.Decision](t)(r.Store.OpenDecisions(r.Context(), books.Tenant, r.book.ID)); len(open) != 0 {
		t.Errorf("asked again: %+v", open)
	}
}

// copy enters an invoice of Stripe's into the ledger, as an integration does.
func (r *rig) copy(number, customer, amount string) {
	r.Helper()
	r.ledgerCall("Invoice", `{"DocNumber":"`+number+`","TxnDate":"`+string(receivables.DateIn(r.clock.Now(), time.UTC))+`","CurrencyRef":{"value":"USD"},`+
		`"CustomerRef":{"value":"`+customer+`"},"Line":[{"Amount":`+amount+`,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`)
}

// ageing adds up the rows of the book's ageing by where they come from.
func (r *rig) ageing() (map[string]int64, error) {
	sums := map[string]int64{}
	err := r.Store.BookAgeing(r.Context(), r.book, func(row store.AgeingRow) error {
		if row.Currency != "USD" {
			return nil
		}
		sums["all"] += row.Item.Balance
		if row.Billed {
			sums["stripe"] += row.Item.Balance
		} else {
			sums["ledger"] += row.Item.Balance
		}
		return nil
	})
	return sums, err
}
