package stripe

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

const newest = "2026-08-26.dahlia"

func in(version string) http.Header { return http.Header{"Stripe-Version": {version}} }

// ask wants a 200 in some version.
func (b *bench) ask(version, method, path string, kv ...string) map[string]any {
	b.t.Helper()
	a := b.send(method, path, form(kv...), in(version))
	if a.status != http.StatusOK {
		b.t.Fatalf("%s %s: %d %s", method, path, a.status, a.raw)
	}
	return a.obj
}

// refused wants an error and answers it.
func (b *bench) refused(status int, method, path string, kv ...string) map[string]any {
	b.t.Helper()
	a := b.send(method, path, form(kv...), nil)
	if a.status != status {
		b.t.Fatalf("%s %s: %d %s", method, path, a.status, a.raw)
	}
	return a.obj["error"].(map[string]any)
}

// billed is a customer with a card and a draft invoice over an amount.
func (b *bench) billed(amount string, kv ...string) (customer, invoice string) {
	b.t.Helper()
	customer = at(b.t, b.post("/v1/customers", "name", "Ann", "email", "ann@a.example", "payment_method", "pm_card_visa",
		"invoice_settings[default_payment_method]", "pm_card_visa"), "id")
	invoice = at(b.t, b.post("/v1/invoices", append([]string{"customer", customer}, kv...)...), "id")
	b.post("/v1/invoiceitems", "customer", customer, "invoice", invoice, "amount", amount, "currency", "usd", "description", "Work")
	return customer, invoice
}

func (b *bench) events(kind string) int {
	b.t.Helper()
	return len(b.get("/v1/events?limit=100&type=" + kind)["data"].([]any))
}

// CHECKLIST 60.
func TestInvoiceLife(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Name: "Bench"})
	_, id := b.billed("2000", "collection_method", "send_invoice", "days_until_due", "30", "metadata[k]", "v")
	expect(t, b.get("/v1/invoices/"+id), "status", "draft", "number", "null", "hosted_invoice_url", "null", "invoice_pdf", "null", "due_date", "null",
		"amount_due", "2000", "amount_remaining", "2000", "total", "2000", "payment_intent", "null", "paid", "false", "attempted", "false",
		"auto_advance", "false", "customer_email", "ann@a.example", "lines.data.0.description", "Work", "lines.data.0.price.type", "one_time")
	open := b.post("/v1/invoices/" + id + "/finalize")
	due := start.Add(30 * 24 * time.Hour).Unix()
	expect(t, open, "status", "open", "due_date", strconv.FormatInt(due, 10), "ending_balance", "0", "amount_due", "2000")
	if !strings.HasSuffix(at(t, open, "number"), "-0001") || !strings.HasPrefix(at(t, open, "hosted_invoice_url"), b.http.URL+"/i/") {
		t.Errorf("number %v url %v", open["number"], open["hosted_invoice_url"])
	}
	expect(t, b.get("/v1/payment_intents/"+at(t, open, "payment_intent")), "amount", "2000", "invoice", id, "status", "requires_payment_method")
	expect(t, b.refused(400, "POST", "/v1/invoices/"+id+"/finalize"), "type", "invalid_request_error")
	expect(t, b.refused(400, "POST", "/v1/invoices/"+id, "days_until_due", "3"), "code", "invoice_not_editable")
	expect(t, b.refused(400, "DELETE", "/v1/invoices/"+id), "message", "You can only delete draft invoices")
	expect(t, b.post("/v1/invoices/"+id+"/send"), "status", "open")
	expect(t, b.post("/v1/invoices/"+id+"/mark_uncollectible"), "status", "uncollectible")
	expect(t, b.post("/v1/invoices/"+id+"/void"), "status", "void", "amount_remaining", "2000")
	expect(t, b.get("/v1/payment_intents/"+at(t, open, "payment_intent")), "status", "canceled", "cancellation_reason", "void_invoice")
	expect(t, b.refused(400, "POST", "/v1/invoices/"+id+"/pay"), "message", "You can only pass in open invoices. This invoice isn't open.")
	for _, kind := range []string{"invoice.created", "invoice.finalized", "invoice.sent", "invoice.marked_uncollectible", "invoice.voided"} {
		if b.events(kind) != 1 {
			t.Errorf("%d events %s", b.events(kind), kind)
		}
	}
}

// CHECKLIST 60: /pay on a draft finalises it first.
func TestPayDraft(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	customer, id := b.billed("2000")
	paid := b.post("/v1/invoices/" + id + "/pay")
	expect(t, paid, "status", "paid", "paid", "true", "amount_paid", "2000", "amount_remaining", "0", "attempted", "true", "attempt_count", "1")
	ch := b.get("/v1/charges/" + at(t, paid, "charge") + "?expand[]=balance_transaction&expand[]=invoice")
	expect(t, ch, "invoice.id", id, "customer", customer, "balance_transaction.net", "1912", "description", "Payment for Invoice")
	expect(t, b.refused(400, "POST", "/v1/invoices/"+id+"/pay"), "message", "Invoice is already paid")
	if b.events("invoice.paid") != 1 || b.events("invoice.payment_succeeded") != 1 {
		t.Error("no events of the payment")
	}
	b.proveBalance()
}

func TestPayments(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method string
		status int
		want   []string
		event  string
	}{
		"declined": {"pm_card_chargeCustomerFail", 402, []string{"error.type", "card_error", "error.code", "card_declined"}, "invoice.payment_failed"},
		"action":   {"pm_card_threeDSecure2Required", 402, []string{"error.type", "card_error", "error.code", "invoice_payment_intent_requires_action"}, "invoice.payment_action_required"},
		"paid":     {"pm_card_visa", 200, []string{"status", "paid"}, "invoice.paid"},
		"debit":    {"pm_usBankAccount_success", 200, []string{"status", "open", "attempted", "true"}, "payment_intent.processing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, AccountOptions{})
			owner := at(t, b.post("/v1/customers", "name", "Bob"), "id")
			pm := at(t, b.post("/v1/payment_methods/"+c.method+"/attach", "customer", owner), "id")
			b.post("/v1/invoiceitems", "customer", owner, "amount", "2000", "currency", "usd")
			id := at(t, b.post("/v1/invoices", "customer", owner, "pending_invoice_items_behavior", "include"), "id")
			a := b.send("POST", "/v1/invoices/"+id+"/pay", form("payment_method", pm), nil)
			if a.status != c.status {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			expect(t, a.obj, c.want...)
			if b.events(c.event) == 0 {
				t.Errorf("no event %s", c.event)
			}
			switch name {
			case "debit":
				b.days(5)
			case "action":
				intent := at(t, a.obj, "error.payment_intent.id")
				expect(t, b.get("/v1/payment_intents/"+intent), "status", "requires_action", "invoice", id)
				if err := b.acct.Authenticate(intent, true); err != nil {
					t.Fatal(err)
				}
			default:
				return
			}
			expect(t, b.get("/v1/invoices/"+id), "status", "paid", "amount_paid", "2000")
		})
	}
}

func TestOutOfBandAndNothingDue(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	_, id := b.billed("2000")
	expect(t, b.post("/v1/invoices/"+id+"/pay", "paid_out_of_band", "true"), "status", "paid", "paid_out_of_band", "true", "charge", "null", "amount_remaining", "0")
	expect(t, b.ask(newest, "GET", "/v1/invoices/"+id), "amount_paid_off_stripe", "2000")
	owner := at(t, b.post("/v1/customers", "balance", "-3000"), "id")
	b.post("/v1/invoiceitems", "customer", owner, "amount", "2000", "currency", "usd")
	free := at(t, b.post("/v1/invoices", "customer", owner, "pending_invoice_items_behavior", "include"), "id")
	expect(t, b.post("/v1/invoices/"+free+"/finalize"), "status", "paid", "amount_due", "0", "total", "2000", "starting_balance", "-3000", "ending_balance", "-1000", "payment_intent", "null")
	expect(t, b.get("/v1/customers/"+owner), "balance", "-1000")
	expect(t, b.get("/v1/customers/"+owner+"/balance_transactions"), "data.0.type", "applied_to_invoice", "data.0.amount", "2000", "data.1.type", "initial")
}

// Automatic collection on the movable clock.
func TestAutoAdvance(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	_, id := b.billed("2000", "auto_advance", "true")
	expect(t, b.ask(newest, "GET", "/v1/invoices/"+id), "automatically_finalizes_at", strconv.FormatInt(start.Unix()+3600, 10))
	b.clock.Advance(59 * time.Minute)
	expect(t, b.get("/v1/invoices/"+id), "status", "draft")
	b.clock.Advance(time.Minute)
	expect(t, b.get("/v1/invoices/"+id), "status", "paid")

	poor := at(t, b.post("/v1/customers"), "id")
	pm := at(t, b.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", "customer", poor), "id")
	b.post("/v1/customers/"+poor, "invoice_settings[default_payment_method]", pm)
	b.post("/v1/invoiceitems", "customer", poor, "amount", "2000", "currency", "usd")
	open := at(t, b.post("/v1/invoices", "customer", poor, "auto_advance", "true", "pending_invoice_items_behavior", "include"), "id")
	b.clock.Advance(time.Hour)
	first := b.get("/v1/invoices/" + open)
	expect(t, first, "status", "open", "attempt_count", "1", "next_payment_attempt", strconv.FormatInt(b.clock.Now().Unix()+3*24*3600, 10))
	b.days(16)
	expect(t, b.get("/v1/invoices/"+open), "status", "open", "attempt_count", "4", "next_payment_attempt", "null")
	b.post("/v1/invoices/"+open+"/pay", "paid_out_of_band", "true")

	sent := at(t, b.post("/v1/invoices", "customer", poor, "auto_advance", "true", "collection_method", "send_invoice", "days_until_due", "7"), "id")
	b.post("/v1/invoiceitems", "customer", poor, "invoice", sent, "amount", "900")
	b.clock.Advance(2 * time.Hour)
	expect(t, b.get("/v1/invoices/"+sent), "status", "open", "attempt_count", "0")
	if b.events("invoice.sent") != 1 || b.events("invoice.payment_failed") != 4 {
		t.Errorf("%d sent, %d failed", b.events("invoice.sent"), b.events("invoice.payment_failed"))
	}
}

// CHECKLIST 61.
func TestPendingItems(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner := at(t, b.post("/v1/customers"), "id")
	item := at(t, b.post("/v1/invoiceitems", "customer", owner, "amount", "700", "currency", "usd"), "id")
	expect(t, b.get("/v1/invoices/upcoming?customer="+owner), "amount_due", "700", "billing_reason", "upcoming", "lines.data.0.invoice_item", item)
	empty := b.post("/v1/invoices", "customer", owner)
	expect(t, empty, "total", "0", "lines.data", "[]")
	expect(t, b.get("/v1/invoiceitems?pending=true&customer="+owner), "data.0.id", item)
	full := b.post("/v1/invoices", "customer", owner, "pending_invoice_items_behavior", "include")
	expect(t, full, "total", "700", "lines.data.0.invoice_item", item)
	expect(t, b.get("/v1/invoiceitems/"+item), "invoice", at(t, full, "id"))
	expect(t, b.refused(404, "GET", "/v1/invoices/upcoming?customer="+owner), "code", "invoice_upcoming_none")
	expect(t, b.send("DELETE", "/v1/invoices/"+at(t, full, "id"), "", nil).obj, "deleted", "true", "object", "invoice")
	expect(t, b.get("/v1/invoiceitems/"+item), "invoice", "null")
	expect(t, b.send("DELETE", "/v1/invoiceitems/"+item, "", nil).obj, "deleted", "true")
	expect(t, b.refused(404, "GET", "/v1/invoiceitems/"+item), "code", "resource_missing")
}

func TestInvoiceLines(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, id := b.billed("100")
	price := at(t, b.post("/v1/prices", "unit_amount_decimal", "12.5", "currency", "usd", "product_data[name]", "Call"), "id")
	b.post("/v1/invoiceitems", "customer", owner, "invoice", id, "price", price, "quantity", "3")
	for i := range 11 {
		b.post("/v1/invoiceitems", "customer", owner, "invoice", id, "unit_amount", strconv.Itoa(i+1), "quantity", "2")
	}
	o := b.get("/v1/invoices/" + id)
	expect(t, o, "total", "270", "lines.has_more", "true")
	first := b.get("/v1/invoices/" + id + "/lines?limit=10")
	expect(t, first, "has_more", "true", "data.0.amount", "22", "data.0.quantity", "2")
	rest := b.get("/v1/invoices/" + id + "/lines?limit=10&starting_after=" + at(t, first, "data.9.id"))
	expect(t, rest, "has_more", "false", "data.1.amount", "38", "data.1.price.unit_amount", "null", "data.1.price.unit_amount_decimal", "12.5", "data.2.description", "Work")
	line := at(t, rest, "data.2.id")
	expect(t, b.post("/v1/invoices/"+id+"/lines/"+line, "amount", "150", "metadata[a]", "b"), "amount", "150", "metadata.a", "b")
	expect(t, b.get("/v1/invoices/"+id), "total", "320")
	added := b.ask(newest, "POST", "/v1/invoices/"+id+"/add_lines", "lines[0][amount]", "80", "lines[0][description]", "More")
	expect(t, added, "total", "400", "lines.data.0.description", "More")
	gone := at(t, added, "lines.data.0.id")
	expect(t, b.ask(newest, "POST", "/v1/invoices/"+id+"/remove_lines", "lines[0][id]", gone, "lines[0][behavior]", "delete"), "total", "320")
	expect(t, b.refused(404, "POST", "/v1/invoices/"+id+"/add_lines"), "type", "invalid_request_error")
}

// CHECKLIST 64.
func TestDeletedCustomerStaysReadable(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, id := b.billed("5000")
	b.send("DELETE", "/v1/customers/"+owner, "", nil)
	expect(t, b.get("/v1/customers/"+owner), "deleted", "true", "object", "customer")
	expect(t, b.get("/v1/invoices/"+id+"?expand[]=customer"), "customer.deleted", "true", "customer_name", "Ann")
	expect(t, b.refused(400, "POST", "/v1/invoices", "customer", owner), "code", "resource_missing", "param", "customer")
}

func TestSearch(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for _, name := range []string{"Ann Lee", "Ann Moe", "Bob"} {
		b.post("/v1/customers", "name", name, "email", strings.ToLower(name[:3])+"@a.example", "metadata[tier]", name[:1])
	}
	b.billed("700")
	for query, want := range map[string]int{
		`name:"ann lee"`: 1, `name~"ann"`: 3, `email:'bob@a.example'`: 1, `metadata["tier"]:"A"`: 2, `-metadata["tier"]:null`: 3,
		`metadata["tier"]:null`: 1, `name~"ann" AND -name~"moe" AND metadata['tier']:'A'`: 1, `name:"Bob" OR name:"Ann Moe"`: 2, `created>0`: 4, `created<1`: 0,
	} {
		got := b.get("/v1/customers/search?" + form("query", query))
		if n := len(got["data"].([]any)); n != want {
			t.Errorf("%s: %d, want %d", query, n, want)
		}
	}
	first := b.get("/v1/customers/search?limit=3&expand[]=total_count&" + form("query", "created>0"))
	expect(t, first, "object", "search_result", "has_more", "true", "total_count", "4", "url", "/v1/customers/search")
	rest := b.get("/v1/customers/search?limit=3&page=" + at(t, first, "next_page") + "&" + form("query", "created>0"))
	expect(t, rest, "has_more", "false", "next_page", "null", "data.0.name", "Ann Lee")
	expect(t, b.get("/v1/invoices/search?"+form("query", `total:700 AND status:"draft"`)), "data.0.total", "700")
	for _, bad := range []string{`nonsense:"a"`, `name:"a" AND name:"b" OR name:"c"`, `created~1`, `name:"a`, `name`, `created>"x"`, ``} {
		expect(t, b.refused(400, "GET", "/v1/customers/search?"+form("query", bad)), "param", "query")
	}
}

func TestHostedInvoice(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Name: "Bench"})
	_, id := b.billed("2000", "collection_method", "send_invoice", "days_until_due", "30")
	open := b.post("/v1/invoices/" + id + "/finalize")
	page := strings.TrimPrefix(at(t, open, "hosted_invoice_url"), b.http.URL)
	if a := b.send("GET", page, "", nil); a.status != 200 || !strings.Contains(string(a.raw), at(t, open, "number")) || !strings.Contains(string(a.raw), "<form") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := b.send("GET", strings.TrimPrefix(at(t, open, "invoice_pdf"), b.http.URL), "", nil); a.status != 200 || !strings.HasPrefix(string(a.raw), "%PDF-") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a := b.send("POST", page, form("type", "card", "number", "4000 0000 0000 0002", "exp", "12/34", "cvc", "123"), nil); a.status != 402 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	expect(t, b.get("/v1/invoices/"+id), "status", "open", "attempted", "true")
	if a := b.send("POST", page, form("type", "card", "number", "4242 4242 4242 4242", "exp", "12 / 34", "cvc", "123", "email", "ann@a.example"), nil); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	expect(t, b.get("/v1/invoices/"+id), "status", "paid")
	if a := b.send("GET", "/i/"+b.acct.ID()+"/nonsense", "", nil); a.status != 404 {
		t.Errorf("%d", a.status)
	}
}

// CHECKLIST 57, 58: errors and lists of invoices; filters.
func TestInvoiceListsAndErrors(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, first := b.billed("500", "collection_method", "send_invoice", "due_date", strconv.FormatInt(start.Unix()+1000, 10))
	b.clock.Advance(time.Minute)
	second := at(t, b.post("/v1/invoices", "customer", owner), "id")
	expect(t, b.get("/v1/invoices?limit=1"), "data.0.id", second, "has_more", "true")
	expect(t, b.get("/v1/invoices?limit=1&starting_after="+second), "data.0.id", first, "has_more", "false")
	expect(t, b.get("/v1/invoices?collection_method=send_invoice&customer="+owner+"&status=draft"), "data.0.id", first)
	expect(t, b.get("/v1/invoices?due_date[lte]="+strconv.FormatInt(start.Unix()+1000, 10)), "data.0.id", first, "has_more", "false")
	expect(t, b.get("/v1/invoices?status=paid"), "data", "[]")
	for path, want := range map[string][]string{
		"/v1/invoices":     {"param", "customer", "code", "parameter_missing"},
		"/v1/invoiceitems": {"param", "customer", "code", "parameter_missing"},
		"/v1/credit_notes": {"param", "invoice", "code", "parameter_missing"},
	} {
		e := b.refused(400, "POST", path)
		expect(t, e, append(want, "doc_url", "https://stripe.com/docs/error-codes/parameter-missing")...)
		if !strings.HasPrefix(at(t, e, "request_log_url"), "https://dashboard.stripe.com/test/logs/req_") {
			t.Errorf("%v", e)
		}
	}
	expect(t, b.refused(400, "POST", "/v1/invoices", "customer", owner, "colour", "red"), "code", "parameter_unknown", "param", "colour")
	expect(t, b.refused(404, "GET", "/v1/invoices/in_none"), "code", "resource_missing", "message", "No such invoice: 'in_none'", "param", "invoice")
	expect(t, b.refused(400, "POST", "/v1/invoices", "customer", owner, "collection_method", "send_invoice"), "param", "days_until_due")
	expect(t, b.refused(400, "POST", "/v1/invoices/"+second+"/send"), "message", "You can only manually send an invoice if its collection method is 'send_invoice'.")
	expect(t, b.refused(404, "PUT", "/v1/invoices"), "message", "Unrecognized request URL (PUT: /v1/invoices). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.")
}

// Recurring monthly billing, by card and by bank debit.
func TestBillMonthly(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for _, method := range []string{"pm_card_visa", "pm_usBankAccount_success"} {
		owner := b.acct.AddCustomer("Ann", "a@b.example")
		if err := b.acct.BillMonthly(MonthlyBilling{Customer: owner, Amount: 4900, Currency: "usd", Description: "Care", Method: method, Months: 3}); err != nil {
			t.Fatal(err)
		}
	}
	sent := b.acct.AddCustomer("Bob", "b@b.example")
	if err := b.acct.BillMonthly(MonthlyBilling{Customer: sent, Amount: 900, Currency: "usd", DaysUntilDue: 14, Months: 2}); err != nil {
		t.Fatal(err)
	}
	if err := b.acct.BillMonthly(MonthlyBilling{Customer: "cus_none", Amount: 900, Currency: "usd", Months: 2}); err == nil {
		t.Error("billed nobody")
	}
	expect(t, b.get("/v1/invoices?limit=1&customer="+sent), "data.0.status", "draft", "data.0.total", "900")
	b.days(75)
	if n := len(b.get("/v1/invoices?limit=100&status=paid")["data"].([]any)); n != 6 {
		t.Errorf("%d paid", n)
	}
	open := b.get("/v1/invoices?status=open")
	expect(t, open, "data.0.customer", sent, "data.1.amount_remaining", "900", "has_more", "false")
	expect(t, b.get("/v1/invoices?status=paid&limit=1"), "data.0.lines.data.0.description", "Care", "data.0.amount_paid", "4900")
	b.proveBalance()
}
