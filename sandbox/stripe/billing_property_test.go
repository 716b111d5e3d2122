package stripe

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever is done to an invoice, its sums hold: the total is that of its
// lines, what is due is the total less credit notes issued before payment,
// what remains is never negative, and paid invoices have nothing left.
func TestInvoiceSums(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := setup(t, AccountOptions{})
		owner, id := b.billed("5000", "collection_method", "send_invoice", "days_until_due", "10")
		steps := map[string]func(){
			"item": func() {
				b.send("POST", "/v1/invoiceitems", form("customer", owner, "invoice", id, "amount", strconv.Itoa(rapid.IntRange(-300, 9000).Draw(rt, "amount"))), nil)
			},
			"finalize": func() { b.send("POST", "/v1/invoices/"+id+"/finalize", "", nil) },
			"credit": func() {
				n := strconv.Itoa(rapid.IntRange(1, 4000).Draw(rt, "credit"))
				b.send("POST", "/v1/credit_notes", form("invoice", id, "amount", n), nil)
			},
			"refund": func() {
				n := strconv.Itoa(rapid.IntRange(1, 4000).Draw(rt, "refund"))
				b.send("POST", "/v1/credit_notes", form("invoice", id, "amount", n, "refund_amount", n), nil)
			},
			"attach": func() {
				in := b.send("POST", "/v1/payment_intents", form("amount", strconv.Itoa(rapid.IntRange(50, 6000).Draw(rt, "part")), "currency", "usd", "customer", owner,
					"confirm", "true", "payment_method", "pm_card_visa", "payment_method_types[]", "card"), nil)
				b.send("POST", "/v1/invoices/"+id+"/attach_payment", form("payment_intent", at(t, in.obj, "id")), http.Header{"Stripe-Version": {newest}})
			},
			"pay": func() { b.send("POST", "/v1/invoices/"+id+"/pay", "", nil) },
			"debit": func() {
				b.send("POST", "/v1/invoices/"+id+"/pay", form("payment_method", "pm_usBankAccount_success"), nil)
			},
			"void": func() { b.send("POST", "/v1/invoices/"+id+"/void", "", nil) },
			"wait": func() { b.clock.Advance(72 * time.Hour) },
		}
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(sortedKeys(steps)), 1, 8).Draw(rt, "steps") {
			steps[name]()
			checkSums(rt, b, id)
		}
		proveAccount(rt, b.acct)
	})
}

func checkSums(t *rapid.T, b *bench, id string) {
	b.acct.enter()
	defer b.acct.leave()
	o := b.acct.byID[id].(*invoice)
	var lines, paid int64
	for _, l := range o.lines {
		lines += l.Amount
	}
	for _, p := range o.payments {
		if p.AmountPaid != nil {
			paid += *p.AmountPaid
		}
	}
	switch {
	case o.Total != lines:
		t.Fatalf("total %d, lines %d", o.Total, lines)
	case o.AmountPaid != paid:
		t.Fatalf("amount_paid %d, payments %d", o.AmountPaid, paid)
	case o.AmountDue != max(0, max(0, o.Total)-o.PrePaymentCreditNotes):
		t.Fatalf("amount_due %d of %d less %d", o.AmountDue, o.Total, o.PrePaymentCreditNotes)
	case o.AmountRemaining != max(0, o.AmountDue-o.AmountPaid):
		t.Fatalf("amount_remaining %d of %d less %d", o.AmountRemaining, o.AmountDue, o.AmountPaid)
	case o.Status == "paid" && (o.AmountRemaining != 0 || !o.Paid):
		t.Fatalf("paid, and %d remain", o.AmountRemaining)
	case o.Status == "open" && o.AmountRemaining == 0:
		t.Fatal("open with nothing to pay")
	case o.PostPaymentCreditNotes > o.AmountPaid:
		t.Fatalf("%d credited of %d paid", o.PostPaymentCreditNotes, o.AmountPaid)
	}
}
