package stripe

import (
	"testing"
	"time"
)

// invoiced is an account in which everything about invoices has happened once.
func invoiced(t *testing.T) *bench {
	t.Helper()
	b := setup(t, AccountOptions{Name: "Invoiced"})
	owner, paid := b.billed("5000", "metadata[a]", "b", "description", "Memo", "footer", "Thanks", "custom_fields[0][name]", "PO", "custom_fields[0][value]", "7",
		"rendering[pdf][page_size]", "a4", "payment_settings[payment_method_types][]", "card", "statement_descriptor", "BENCH")
	b.post("/v1/invoices/" + paid + "/pay")
	b.post("/v1/credit_notes", "invoice", paid, "lines[0][type]", "custom_line_item", "lines[0][description]", "Late", "lines[0][unit_amount]", "500", "refund_amount", "500")
	b.post("/v1/credit_notes", "invoice", paid, "amount", "400", "credit_amount", "300", "out_of_band_amount", "100")
	_, open := b.billed("9000", "collection_method", "send_invoice", "days_until_due", "3")
	b.post("/v1/invoices/" + open + "/send")
	line := at(t, b.get("/v1/invoices/"+open), "lines.data.0.id")
	note := b.post("/v1/credit_notes", "invoice", open, "lines[0][type]", "invoice_line_item", "lines[0][invoice_line_item]", line, "lines[0][quantity]", "1", "lines[0][amount]", "100")
	b.post("/v1/credit_notes/" + at(t, note, "id") + "/void")
	other := at(t, b.get("/v1/invoices/"+open), "customer")
	extra := at(t, b.post("/v1/payment_intents", "amount", "2000", "currency", "usd", "customer", other, "confirm", "true", "payment_method", "pm_card_visa",
		"payment_method_types[]", "card"), "id")
	b.ask(newest, "POST", "/v1/invoices/"+open+"/attach_payment", "payment_intent", extra)
	_, void := b.billed("700", "auto_advance", "true")
	b.post("/v1/invoices/" + void + "/finalize")
	b.post("/v1/invoices/" + void + "/void")
	_, outside := b.billed("800")
	b.post("/v1/invoices/"+outside+"/pay", "paid_out_of_band", "true")
	b.billed("600", "auto_advance", "true")
	recurring := b.post("/v1/prices", "unit_amount", "900", "currency", "usd", "recurring[interval]", "month", "product_data[name]", "Care", "lookup_key", "care")
	expect(t, recurring, "type", "recurring", "recurring.interval_count", "1")
	price := at(t, b.post("/v1/prices", "unit_amount_decimal", "0.5", "currency", "usd", "product", at(t, recurring, "product")), "id")
	b.post("/v1/invoiceitems", "customer", owner, "price", price, "quantity", "30", "period[start]", "1772000000", "period[end]", "1772600000")
	b.post("/v1/customers/"+owner, "address[city]", "Oslo", "shipping[name]", "Ann", "shipping[address][line1]", "1", "balance", "50", "invoice_settings[footer]", "F")
	b.send("DELETE", "/v1/customers/"+at(t, b.post("/v1/customers"), "id"), "", nil)
	b.clock.Advance(2 * time.Hour)
	return b
}

func billingLists(version string) map[string]string {
	lists := map[string]string{
		"/v1/customers": "customer", "/v1/products": "product", "/v1/prices": "price", "/v1/invoices": "invoice", "/v1/invoiceitems": "invoiceitem",
		"/v1/credit_notes": "credit_note", "/v1/payment_intents": "payment_intent", "/v1/charges": "charge", "/v1/refunds": "refund",
		"/v1/balance_transactions": "balance_transaction",
	}
	if since(version, vBasil) {
		lists["/v1/invoice_payments"] = "invoice_payment"
	}
	return lists
}

func TestBillingHasTheOfficialShape(t *testing.T) {
	t.Parallel()
	for _, version := range []string{APIVersion, newest} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			doc := shapesOf(t, version)
			b := invoiced(t)
			for path, name := range billingLists(version) {
				rows := b.ask(version, "GET", path+"?limit=100")["data"].([]any)
				if len(rows) == 0 {
					t.Errorf("%s: nothing to check", path)
				}
				for _, row := range rows {
					for _, bad := range doc.check(doc.Components.Schemas[name], row, name) {
						t.Error(bad)
					}
				}
			}
			rows := b.ask(version, "GET", "/v1/invoices?limit=100&expand[]=data.customer&expand[]=data.lines")["data"].([]any)
			for _, row := range rows {
				owner := at(t, row, "customer.id")
				for _, move := range b.ask(version, "GET", "/v1/customers/"+owner+"/balance_transactions")["data"].([]any) {
					for _, bad := range doc.check(doc.Components.Schemas["customer_balance_transaction"], move, "customer_balance_transaction") {
						t.Error(bad)
					}
				}
			}
		})
	}
}

// Everything else that the stand-in serves must have the newest shape as well.
func TestPaymentsHaveTheNewestShape(t *testing.T) {
	t.Parallel()
	doc := shapesOf(t, newest)
	b := lived(t)
	for path, name := range map[string]string{
		"/v1/payment_links": "payment_link", "/v1/checkout/sessions": "checkout.session", "/v1/payment_intents": "payment_intent", "/v1/charges": "charge",
		"/v1/refunds": "refund", "/v1/balance_transactions": "balance_transaction", "/v1/payouts": "payout", "/v1/products": "product", "/v1/prices": "price",
	} {
		for _, row := range b.ask(newest, "GET", path+"?limit=100")["data"].([]any) {
			for _, bad := range doc.check(doc.Components.Schemas[name], row, name) {
				t.Error(bad)
			}
		}
	}
}

// The events of invoices hold objects of the account's version, and for an
// endpoint of a newer version objects of that.
func TestBillingEventsHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	old, young := shapesOf(t, APIVersion), shapesOf(t, newest)
	b := invoiced(t)
	seen := map[string]bool{}
	for _, row := range b.get("/v1/events?limit=100")["data"].([]any) {
		kind := at(t, row, "type")
		seen[kind] = true
		name := at(t, row, "data.object.object")
		if name != "invoice_payment" { // not in the older document
			for _, bad := range old.check(old.Components.Schemas[name], row.(map[string]any)["data"].(map[string]any)["object"], kind) {
				t.Error(bad)
			}
		}
		v, ok := decode(b.acct.eventIn(encode(row, nil), newest))
		if !ok {
			t.Fatal("not JSON")
		}
		expect(t, v, "api_version", newest)
		for _, bad := range young.check(young.Components.Schemas[name], v.(map[string]any)["data"].(map[string]any)["object"], kind) {
			t.Error("newest: " + bad)
		}
	}
	for _, want := range []string{"invoice.created", "invoice.updated", "invoice.paid", "credit_note.created", "credit_note.voided", "invoiceitem.created", "invoice_payment.paid"} {
		if !seen[want] {
			t.Errorf("no event %s", want)
		}
	}
}
