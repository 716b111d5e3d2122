package stripe

import "testing"

// CHECKLIST 62.
func TestSeveralPayments(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, id := b.billed("5000", "collection_method", "send_invoice", "days_until_due", "30")
	b.post("/v1/invoices/" + id + "/finalize")
	half := at(t, b.post("/v1/payment_intents", "amount", "2000", "currency", "usd", "customer", owner, "confirm", "true", "payment_method", "pm_card_visa",
		"payment_method_types[]", "card"), "id")
	part := b.ask(newest, "POST", "/v1/invoices/"+id+"/attach_payment", "payment_intent", half, "expand[]", "payments")
	expect(t, part, "status", "open", "amount_paid", "2000", "amount_remaining", "3000", "payments.data.0.payment.payment_intent", half,
		"payments.data.0.status", "paid", "payments.data.1.is_default", "true")
	for _, gone := range []string{"charge", "payment_intent", "paid", "subscription"} {
		if _, there := part[gone]; there {
			t.Errorf("%s is still there", gone)
		}
	}
	rest := at(t, b.post("/v1/payment_intents", "amount", "3500", "currency", "usd", "customer", owner), "id")
	b.ask(newest, "POST", "/v1/invoices/"+id+"/attach_payment", "payment_intent", rest)
	b.post("/v1/payment_intents/"+rest+"/confirm", "payment_method", "pm_card_visa", "return_url", "https://a.example")
	expect(t, b.ask(newest, "GET", "/v1/invoices/"+id), "status", "paid", "amount_paid", "5500", "amount_overpaid", "500")
	expect(t, b.get("/v1/customers/"+owner), "balance", "-500")
	list := b.ask(newest, "GET", "/v1/invoice_payments?invoice="+id+"&status=paid&expand[]=data.payment.payment_intent")
	expect(t, list, "data.0.payment.payment_intent.id", rest, "data.1.amount_paid", "2000", "has_more", "false")
	expect(t, b.ask(newest, "GET", "/v1/invoice_payments?payment[type]=payment_intent&payment[payment_intent]="+half), "data.0.invoice", id)
	expect(t, b.refused(404, "GET", "/v1/invoice_payments?invoice="+id), "type", "invalid_request_error")
	if a := b.send("GET", "/v1/charges?expand[]=data.invoice", "", in(newest)); a.status != 400 {
		t.Errorf("charge.invoice expands in %s: %s", newest, a.raw)
	}
	b.proveBalance()
}

// CHECKLIST 63.
func TestCreditNotes(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, id := b.billed("5000")
	open := b.post("/v1/invoices/" + id + "/finalize")
	note := b.post("/v1/credit_notes", "invoice", id, "lines[0][type]", "custom_line_item", "lines[0][description]", "Late", "lines[0][quantity]", "2", "lines[0][unit_amount]", "500", "reason", "order_change")
	expect(t, note, "type", "pre_payment", "amount", "1000", "status", "issued", "number", at(t, open, "number")+"-CN-01", "lines.data.0.quantity", "2")
	expect(t, b.get("/v1/invoices/"+id), "total", "5000", "amount_due", "4000", "amount_remaining", "4000", "pre_payment_credit_notes_amount", "1000")
	expect(t, b.get("/v1/payment_intents/"+at(t, open, "payment_intent")), "amount", "4000")
	expect(t, b.post("/v1/credit_notes/"+at(t, note, "id")+"/void"), "status", "void")
	expect(t, b.get("/v1/invoices/"+id), "total", "5000", "amount_due", "5000", "amount_remaining", "5000", "pre_payment_credit_notes_amount", "0")
	b.refused(400, "POST", "/v1/credit_notes", "invoice", id, "amount", "5001")

	paid := b.post("/v1/invoices/" + id + "/pay")
	expect(t, b.refused(400, "POST", "/v1/credit_notes", "invoice", id, "amount", "900"), "message",
		"The sum of credit amount, refund amount and out of band amount (0.00 usd) must equal the credit note amount (9.00 usd).")
	line := at(t, paid, "lines.data.0.id")
	post := b.post("/v1/credit_notes", "invoice", id, "lines[0][type]", "invoice_line_item", "lines[0][invoice_line_item]", line, "lines[0][amount]", "900",
		"refund_amount", "500", "credit_amount", "300", "out_of_band_amount", "100", "expand[]", "refund")
	expect(t, post, "type", "post_payment", "refund.amount", "500", "refund.charge", at(t, paid, "charge"), "out_of_band_amount", "100")
	expect(t, b.get("/v1/invoices/"+id), "status", "paid", "amount_due", "5000", "post_payment_credit_notes_amount", "900")
	expect(t, b.get("/v1/customers/"+owner), "balance", "-300")
	expect(t, b.get("/v1/customers/"+owner+"/balance_transactions"), "data.0.type", "credit_note", "data.0.credit_note", at(t, post, "id"))
	expect(t, b.ask(newest, "GET", "/v1/credit_notes/"+at(t, post, "id")), "refunds.0.amount_refunded", "500", "post_payment_amount", "900", "pre_payment_amount", "0")
	expect(t, b.refused(400, "POST", "/v1/credit_notes/"+at(t, post, "id")+"/void"), "type", "invalid_request_error")
	expect(t, b.get("/v1/credit_notes/preview?invoice="+id+"&amount=100&credit_amount=100"), "amount", "100", "type", "post_payment")
	if n := len(b.get("/v1/credit_notes?invoice=" + id)["data"].([]any)); n != 2 {
		t.Errorf("%d credit notes", n)
	}
	b.proveBalance()
}

// A credit note over all that is left pays the invoice.
func TestCreditNoteOverAll(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	_, id := b.billed("5000")
	b.post("/v1/invoices/" + id + "/finalize")
	b.post("/v1/credit_notes", "invoice", id, "amount", "5000")
	expect(t, b.get("/v1/invoices/"+id), "status", "paid", "amount_due", "0", "amount_paid", "0", "total", "5000")
}
