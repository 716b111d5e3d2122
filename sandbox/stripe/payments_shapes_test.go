package stripe

import (
	"net/http"
	"testing"
)

// paidAll is an account in which every kind of payment, refusal, dispute,
// refund, payout and set-up has happened once.
func paidAll(t *testing.T) *bench {
	t.Helper()
	b := setup(t, AccountOptions{DelayDays: 1, Name: "All", BankNumbers: map[string]string{"eur": "000111111113"}})
	for _, c := range testCards() {
		pay := intentForm("payment_method_data[type]", "card", "payment_method_data[card][number]", c.number,
			"payment_method_data[card][exp_month]", "12", "payment_method_data[card][exp_year]", "34", "shipping[name]", "A", "shipping[address][line1]", "1 A Street")
		pi := b.send(http.MethodPost, "/v1/payment_intents", pay, nil).obj
		if c.refund != "" {
			b.post("/v1/refunds", "payment_intent", at(t, pi, "id"))
		}
	}
	cus := at(t, b.post("/v1/customers", "name", "A"), "id")
	for _, kind := range []string{"us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit"} {
		for _, bank := range testBanks() {
			if bank.kind != kind {
				continue
			}
			field := "account_number"
			if kind == "sepa_debit" {
				field = "iban"
			}
			b.post("/v1/payment_intents", "amount", "9000", "currency", debitCurrency(kind), "confirm", "true", "payment_method_types[]", kind,
				"payment_method_data[type]", kind, "payment_method_data["+kind+"]["+field+"]", bank.number)
		}
		pm := at(t, b.post("/v1/payment_methods", "type", kind, kind+"[account_number]", "1"), "id")
		b.post("/v1/setup_intents", "customer", cus, "confirm", "true", "payment_method_types[]", kind, "payment_method", pm)
	}
	b.post("/v1/setup_intents", "customer", cus, "confirm", "true", "payment_method_types[]", "card", "payment_method", "pm_card_visa")
	b.post("/v1/setup_intents", "payment_method_types[]", "card", "confirm", "true", "payment_method", "pm_card_authenticationRequired", "return_url", "https://a.example")
	b.send(http.MethodPost, "/v1/setup_intents", "confirm=true&payment_method_types[]=card&payment_method=pm_card_chargeDeclined", nil)
	held := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa", "capture_method", "manual"), nil).obj
	b.post("/v1/payment_intents/"+at(t, held, "id")+"/capture", "amount_to_capture", "100")
	gone := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa", "capture_method", "manual"), nil).obj
	b.post("/v1/payment_intents/" + at(t, gone, "id") + "/cancel")
	b.post("/v1/charges", "amount", "700", "currency", "usd", "source", "tok_visa")
	b.post("/v1/checkout/sessions", "mode", "setup", "currency", "eur", "success_url", "https://a.example")
	b.endpoint("https://a.example", "enabled_events[]", "*", "api_version", APIVersion)
	won := at(t, b.get("/v1/disputes?limit=100"), "data.0.id")
	b.post("/v1/disputes/"+won, "evidence[uncategorized_text]", "winning_evidence")
	for range 4 {
		b.days(3)
		if _, err := b.acct.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	}
	if f := b.get("/v1/balance"); f["available"] == nil {
		t.Fatal("no balance")
	}
	return b
}

// paymentLists are the lists of payment objects, with the name of their shape.
func paymentLists(customer string) map[string]string {
	return map[string]string{
		"/v1/payment_intents": "payment_intent", "/v1/charges": "charge", "/v1/refunds": "refund", "/v1/disputes": "dispute",
		"/v1/setup_intents": "setup_intent", "/v1/webhook_endpoints": "webhook_endpoint", "/v1/payouts": "payout",
		"/v1/balance_transactions": "balance_transaction", "/v1/checkout/sessions": "checkout.session", "/v1/events": "event",
		"/v1/radar/early_fraud_warnings": "radar.early_fraud_warning", "/v1/customers/" + customer + "/payment_methods": "payment_method",
	}
}

func TestPaymentObjectsHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	doc := officialShapes(t)
	b := paidAll(t)
	for path, name := range paymentLists(at(t, b.get("/v1/customers"), "data.0.id")) {
		rows := b.pages(path)
		if len(rows) == 0 {
			t.Errorf("%s: nothing to check", path)
		}
		for _, row := range rows {
			// The document knows disputes of cards only.
			if d, ok := row.(map[string]any); ok && name == "dispute" && d["payment_method_details"] == nil {
				continue
			}
			for _, bad := range doc.check(doc.Components.Schemas[name], row, name) {
				t.Error(at(t, row, "id"), bad)
			}
			if name != "event" {
				continue
			}
			object := row.(map[string]any)["data"].(map[string]any)["object"].(map[string]any)
			if kind := object["object"].(string); kind != "application" && (kind != "dispute" || object["payment_method_details"] != nil) {
				for _, bad := range doc.check(doc.Components.Schemas[kind], object, at(t, row, "type")) {
					t.Error(bad)
				}
			}
		}
	}
	for _, o := range b.acct.attempts.items {
		row := b.get("/v1/setup_attempts?setup_intent=" + o.(*setupAttempt).SetupIntent)["data"].([]any)[0]
		for _, bad := range doc.check(doc.Components.Schemas["setup_attempt"], row, "setup_attempt") {
			t.Error(bad)
		}
	}
	mandates := 0
	for _, o := range b.acct.mandates.items {
		mandates++
		for _, bad := range doc.check(doc.Components.Schemas["mandate"], b.get("/v1/mandates/"+o.ident()), "mandate") {
			t.Error(bad)
		}
	}
	if mandates == 0 {
		t.Error("no mandate")
	}
	for _, bad := range doc.check(doc.Components.Schemas["account"], b.get("/v1/account"), "account") {
		t.Error(bad)
	}
	b.proveBalance()
}

// The newest libraries ask for a newer version.
func TestPaymentObjectsHaveTheNewShape(t *testing.T) {
	t.Parallel()
	const version = "2026-08-26.dahlia"
	doc := shapesOf(t, version)
	b := paidAll(t)
	newer := http.Header{"Stripe-Version": {version}}
	lists := paymentLists(at(t, b.get("/v1/customers"), "data.0.id"))
	delete(lists, "/v1/events")
	for path, name := range lists {
		for _, row := range b.send(http.MethodGet, path+"?limit=100", "", newer).obj["data"].([]any) {
			if d, ok := row.(map[string]any); ok && name == "dispute" && d["payment_method_details"] == nil {
				continue
			}
			for _, bad := range doc.check(doc.Components.Schemas[name], row, name) {
				t.Error(at(t, row, "id"), bad)
			}
		}
	}
	for path, name := range map[string]string{"/v1/balance": "balance", "/v1/account": "account"} {
		for _, bad := range doc.check(doc.Components.Schemas[name], b.send(http.MethodGet, path, "", newer).obj, name) {
			t.Error(bad)
		}
	}
}

// pages reads a whole list as libraries do.
func (b *bench) pages(path string) (rows []any) {
	b.t.Helper()
	query := "?limit=100"
	for {
		page := b.get(path + query)
		data := page["data"].([]any)
		rows = append(rows, data...)
		if page["has_more"] != true {
			return rows
		}
		query = "?limit=100&starting_after=" + at(b.t, data[len(data)-1], "id")
	}
}
