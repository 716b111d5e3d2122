package stripe

import (
	"net/http"
	"testing"
)

func TestVersions(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for version, want := range map[string]int{
		"2020-08-27": 200, "2023-10-16": 200, "2025-03-31.basil": 200, "2026-10-28.endive": 200, "2027-01-27.fig": 200,
		"2023-10-16; risk_in_requirements_beta=v1": 200, "2099-01-01": 400, "2023-10-17": 400, "2026-13-28.endive": 400, "latest": 400, "2027-01-27.": 400,
	} {
		a := b.send("GET", "/v1/balance", "", in(version))
		if a.status != want || a.header.Get("Stripe-Version") != version {
			t.Errorf("%s: %d %q", version, a.status, a.header.Get("Stripe-Version"))
		}
	}
}

// Each change begins with its version and not before.
func TestShapesByVersion(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	_, id := b.billed("900")
	b.post("/v1/invoices/" + id + "/pay")
	has := func(o map[string]any, name string) bool { _, ok := o[name]; return ok }
	for _, c := range []struct {
		version, path, gone, come string
		changed                   bool
	}{
		{"2023-10-16", "/v1/products", "features", "marketing_features", false},
		{"2024-04-10", "/v1/products", "features", "marketing_features", true},
		{"2025-02-24.acacia", "/v1/invoices", "payment_intent", "parent", false},
		{"2025-03-31.basil", "/v1/invoices", "payment_intent", "parent", true},
		{"2025-02-24.acacia", "/v1/charges", "invoice", "", false},
		{"2025-03-31.basil", "/v1/charges", "invoice", "", true},
		{"2025-03-31.basil", "/v1/payment_intents", "invoice", "", true},
	} {
		if c.path == "/v1/products" {
			b.post("/v1/products", "name", "P")
		}
		o := b.ask(c.version, "GET", c.path+"?limit=1")["data"].([]any)[0].(map[string]any)
		if has(o, c.gone) == c.changed || c.come != "" && has(o, c.come) != c.changed {
			t.Errorf("%s %s: %v", c.version, c.path, o)
		}
	}
	if a := b.send("GET", "/v1/invoices/upcoming?customer=cus_1", "", in("2025-03-31.basil")); a.status != http.StatusNotFound {
		t.Errorf("%d %s", a.status, a.raw)
	}
	expect(t, b.ask("2025-03-31.basil", "POST", "/v1/invoices/create_preview", "customer", at(t, b.get("/v1/invoices/"+id), "customer"),
		"invoice_items[0][amount]", "70", "invoice_items[0][currency]", "usd"), "total", "70", "object", "invoice")
}

// Events have the account's own version, whatever the request asks for.
func TestAccountOfANewerVersion(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{APIVersion: newest})
	_, id := b.billed("900")
	a := b.send("GET", "/v1/invoices/"+id, "", nil)
	if _, there := a.obj["payment_intent"]; there || a.header.Get("Stripe-Version") != newest {
		t.Errorf("%q %s", a.header.Get("Stripe-Version"), a.raw)
	}
	list := b.ask(APIVersion, "GET", "/v1/events?type=invoice.updated&limit=1")
	expect(t, list, "data.0.api_version", newest, "data.0.data.object.amount_overpaid", "0", "data.0.data.previous_attributes.total", "0")
	one := b.ask(APIVersion, "GET", "/v1/events/"+at(t, list, "data.0.id"))
	expect(t, one, "api_version", newest, "data.object.lines.data.0.parent.type", "invoice_item_details")
	expect(t, b.ask(APIVersion, "GET", "/v1/invoices/"+id), "payment_intent", "null")
	if _, err := b.srv.AddAccount(AccountOptions{SecretKey: "k", APIVersion: "2099-01-01"}); err == nil {
		t.Error("took a version that does not exist")
	}
}

func TestParametersByVersion(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner := at(t, b.post("/v1/customers"), "id")
	price := at(t, b.post("/v1/prices", "unit_amount", "900", "currency", "usd", "product_data[name]", "Work"), "id")
	for _, c := range []struct {
		version, param string
		status         int
	}{
		{"2023-10-16", "price", 200},
		{"2023-10-16", "pricing[price]", 400},
		{"2025-03-31.basil", "pricing[price]", 200},
		{"2025-03-31.basil", "price", 400},
	} {
		a := b.send("POST", "/v1/invoiceitems", form("customer", owner, c.param, price), in(c.version))
		if a.status != c.status {
			t.Errorf("%s %s: %d %s", c.version, c.param, a.status, a.raw)
		}
		if a.status == 400 {
			expect(t, a.obj, "error.code", "parameter_unknown", "error.param", c.param)
		}
	}
}

// CHECKLIST 67: amounts are integers, times unix seconds, references ids until
// they are expanded.
func TestExpand(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner, id := b.billed("900")
	paid := b.post("/v1/invoices/" + id + "/pay")
	expect(t, paid, "customer", owner, "amount_due", "900", "created", "1772620200", "lines.data.0.amount", "900")
	deep := b.get("/v1/invoices?expand[0]=data.charge.balance_transaction&expand[1]=data.payment_intent.payment_method&expand[2]=data.customer.invoice_settings.default_payment_method" +
		"&expand[3]=data.lines.data.price.product&expand[4]=data.default_payment_method")
	expect(t, deep, "data.0.charge.balance_transaction.net", "844", "data.0.payment_intent.payment_method.card.last4", "4242",
		"data.0.customer.invoice_settings.default_payment_method.object", "payment_method", "data.0.lines.data.0.price.product.object", "product",
		"data.0.default_payment_method", "null")
	modern := b.ask(newest, "GET", "/v1/invoices/"+id+"?expand[]=payments.data.payment.payment_intent&expand[]=confirmation_secret")
	expect(t, modern, "payments.data.0.payment.payment_intent.amount", "900", "confirmation_secret.type", "payment_intent")
	for _, bad := range []string{"number", "status_transitions", "lines.data.nonsense", "payments", "customer.a.b.c.d"} {
		if a := b.send("GET", "/v1/invoices/"+id+"?expand[]="+bad, "", nil); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestLinkQuantities(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id, _ := b.link("500", "usd", "payment_intent_data[setup_future_usage]", "off_session")
	line := at(t, b.get("/v1/payment_links/"+id+"/line_items"), "data.0.id")
	b.post("/v1/payment_links/"+id, "line_items[0][id]", line, "line_items[0][quantity]", "3")
	expect(t, b.get("/v1/payment_links/"+id+"?expand[]=line_items"), "line_items.data.0.quantity", "3", "line_items.data.0.amount_total", "1500",
		"line_items.data.0.id", line, "payment_intent_data.setup_future_usage", "off_session")
	p, err := b.acct.PayLink(id, PayOptions{Email: "a@b.example"})
	if err != nil || p.Amount != 1500 {
		t.Errorf("%+v %v", p, err)
	}
	expect(t, b.refused(400, "POST", "/v1/payment_links/"+id, "line_items[0][id]", "li_none", "line_items[0][quantity]", "3"), "code", "resource_missing")
}

func TestPayerOfAnInvoice(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	_, id := b.billed("900", "collection_method", "send_invoice", "days_until_due", "1")
	owner := at(t, b.post("/v1/invoices/"+id+"/finalize"), "customer")
	b.days(2)
	expect(t, b.get("/v1/customers/"+owner), "delinquent", "true")
	if p, err := b.acct.PayInvoice(id, PayOptions{Method: CardDeclined}); err != nil || p.Status != "failed" {
		t.Errorf("%+v %v", p, err)
	}
	if p, err := b.acct.PayInvoice(id, PayOptions{Method: BankDebit, Returned: true}); err != nil || p.Status != "pending" {
		t.Errorf("%+v %v", p, err)
	}
	if _, err := b.acct.PayInvoice(id, PayOptions{}); err == nil {
		t.Error("paid while a debit is processing")
	}
	b.days(7)
	expect(t, b.get("/v1/invoices/"+id), "status", "open", "amount_paid", "0", "attempted", "true")
	if p, err := b.acct.PayInvoice(id, PayOptions{Method: Card}); err != nil || p.Status != "succeeded" {
		t.Errorf("%+v %v", p, err)
	}
	expect(t, b.get("/v1/invoices/"+id), "status", "paid")
	expect(t, b.get("/v1/customers/"+owner), "delinquent", "false")
	b.proveBalance()
}
