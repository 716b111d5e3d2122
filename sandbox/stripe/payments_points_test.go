package stripe

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestPoint57PaymentErrors(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for _, c := range []struct {
		method, path, form string
		status             int
		want               []string
	}{
		{"GET", "/v1/charges/ch_none", "", 404, []string{"type", "invalid_request_error", "code", "resource_missing", "param", "id", "message", "No such charge: 'ch_none'"}},
		{"GET", "/v1/payment_intents/pi_none", "", 404, []string{"param", "intent", "message", "No such payment_intent: 'pi_none'"}},
		{"GET", "/v1/setup_intents/seti_none", "", 404, []string{"param", "intent", "message", "No such setupintent: 'seti_none'"}},
		{"GET", "/v1/payment_methods/pm_none", "", 404, []string{"param", "payment_method", "message", "No such PaymentMethod: 'pm_none'"}},
		{"POST", "/v1/payment_intents", "currency=usd", 400, []string{"code", "parameter_missing", "param", "amount", "message", "Missing required param: amount."}},
		{"POST", "/v1/payment_intents", "amount=10&currency=usd", 400, []string{"code", "amount_too_small"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=xxx", 400, []string{"param", "currency"}},
		{"POST", "/v1/payment_intents", "amount=10.5&currency=usd", 400, []string{"code", "parameter_invalid_integer", "param", "amount"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=usd&nonsense=1", 400, []string{"code", "parameter_unknown", "param", "nonsense", "message", "Received unknown parameter: nonsense"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=usd&payment_method=pm_none", 400, []string{"code", "resource_missing", "param", "payment_method"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=usd&payment_method_types[]=sepa_debit", 400, []string{"param", "payment_method_types"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=usd&payment_method_types[]=card&payment_method=pm_usBankAccount_success", 400, []string{"param", "payment_method"}},
		{"POST", "/v1/refunds", "", 400, []string{"code", "parameter_missing"}},
		{"POST", "/v1/payment_intents", "amount=1000&currency=usd&confirm=true&payment_method=pm_card_chargeDeclinedExpiredCard", 402, []string{"type", "card_error", "code", "expired_card", "param", "exp_month"}},
	} {
		a := b.send(c.method, c.path, c.form, nil)
		if a.status != c.status || !strings.HasPrefix(a.header.Get("Request-Id"), "req_") {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.form, a.status, a.raw)
			continue
		}
		expect(t, a.obj["error"], c.want...)
	}
}

// Point 67: whole numbers for amounts and times, and ids where objects could be.
func TestPoint67AmountsTimesAndIds(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	pi := b.send(http.MethodPost, "/v1/payment_intents", intentForm("amount", "1234", "payment_method", "pm_card_visa"), nil).obj
	expect(t, pi, "created", "1772620200")
	ch := at(t, pi, "latest_charge")
	flat := b.get("/v1/charges/" + ch)
	if !strings.HasPrefix(at(t, flat, "balance_transaction"), "txn_") || at(t, flat, "payment_intent") != at(t, pi, "id") {
		t.Errorf("%v", flat)
	}
	expect(t, b.get("/v1/charges/"+ch+"?expand[]=balance_transaction.source&expand[]=payment_intent.payment_method"),
		"balance_transaction.source.id", ch, "payment_intent.payment_method.card.brand", "visa")
	expect(t, b.get("/v1/charges?expand[]=data.payment_intent"), "data.0.payment_intent.object", "payment_intent")
	yen := b.post("/v1/payment_intents", "amount", "500", "currency", "jpy", "payment_method_types[]", "card", "confirm", "true", "payment_method", "pm_card_jp")
	expect(t, b.get("/v1/charges/"+at(t, yen, "latest_charge")+"?expand[]=balance_transaction"), "balance_transaction.amount", "500", "balance_transaction.fee", "18")
}

func TestPoint58PaymentLists(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	var ids []string
	for range 12 {
		ids = append(ids, at(t, b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa"), nil).obj, "latest_charge"))
	}
	slices.Reverse(ids)
	first := b.get("/v1/charges")
	if data := first["data"].([]any); len(data) != 10 || at(t, data[0], "id") != ids[0] || first["has_more"] != true {
		t.Errorf("first page of %d, more %v", len(data), first["has_more"])
	}
	rest := b.get("/v1/charges?starting_after=" + ids[9])
	expect(t, rest, "data.1.id", ids[11], "has_more", "false", "url", "/v1/charges")
	expect(t, b.get("/v1/charges?limit=2&ending_before="+ids[9]), "data.0.id", ids[7], "data.1.id", ids[8], "has_more", "true")
	for _, bad := range []string{"limit=0", "limit=101", "starting_after=ch_none", "limit=x", "starting_after=" + ids[0] + "&ending_before=" + ids[1]} {
		if a := b.send(http.MethodGet, "/v1/charges?"+bad, "", nil); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestPoint59IdempotentPayments(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	key := http.Header{"Idempotency-Key": {"invoice-1-attempt-1"}}
	pay := func(f string) answer { return b.send(http.MethodPost, "/v1/payment_intents", f, key) }
	first, second := pay(intentForm("payment_method", "pm_card_visa")), pay(intentForm("payment_method", "pm_card_visa"))
	if string(first.raw) != string(second.raw) || second.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("replay %v %s", second.header, second.raw)
	}
	if second.header.Get("Original-Request") != first.header.Get("Request-Id") || second.header.Get("Request-Id") == first.header.Get("Request-Id") {
		t.Errorf("%v %v", first.header, second.header)
	}
	other := pay(intentForm("payment_method", "pm_card_mastercard"))
	if other.status != http.StatusBadRequest || at(t, other.obj, "error.type") != "idempotency_error" {
		t.Errorf("%d %s", other.status, other.raw)
	}
	key.Set("Idempotency-Key", "declined")
	declined, again := pay(intentForm("payment_method", "pm_card_chargeDeclined")), pay(intentForm("payment_method", "pm_card_chargeDeclined"))
	if declined.status != http.StatusPaymentRequired || string(declined.raw) != string(again.raw) {
		t.Errorf("a decline is not replayed: %s %s", declined.raw, again.raw)
	}
	if n := len(b.get("/v1/charges")["data"].([]any)); n != 2 {
		t.Errorf("%d charges", n)
	}
}

// Point 68: what reaches the bank is the sum of the nets, whatever happened.
func TestPoint68PayoutsAddUp(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for _, card := range []string{"visa", "createDispute", "refundFail", "pendingRefund", "mastercard"} {
		pi := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_"+card), nil).obj
		if strings.Contains(card, "Refund") || card == "refundFail" {
			b.post("/v1/refunds", "payment_intent", at(t, pi, "id"), "amount", "700")
		}
	}
	for range 3 {
		b.days(2)
		if _, err := b.acct.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	}
	b.days(5)
	payouts := b.get("/v1/payouts")["data"].([]any)
	if len(payouts) == 0 {
		t.Fatal("no payout")
	}
	for _, po := range payouts {
		_, net := b.rows("payout=" + at(t, po, "id"))
		if net != 0 { // the payout's own row is the negative of the rest
			t.Errorf("payout %s: rows sum to %d", at(t, po, "id"), net)
		}
		expect(t, po, "status", "paid", "reconciliation_status", "completed")
	}
	b.proveBalance()
}

// A browser without scripts pays a session, fails first, and is sent on.
func TestHostedPage(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Name: "Shop"})
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	send := func(page string, kv ...string) *http.Response {
		res, err := client.Post(page, "application/x-www-form-urlencoded", strings.NewReader(form(kv...)))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	open := func(kv ...string) map[string]any {
		return b.post("/v1/checkout/sessions", append([]string{"success_url", "http://127.0.0.1:1/ok?id={CHECKOUT_SESSION_ID}", "cancel_url", "http://127.0.0.1:1/no"}, kv...)...)
	}
	line := []string{
		"mode", "payment", "line_items[0][quantity]", "1", "line_items[0][price_data][currency]", "usd",
		"line_items[0][price_data][unit_amount]", "4200", "line_items[0][price_data][product_data][name]", "Invoice 7",
	}
	s := open(line...)
	page := at(t, s, "url")
	shown, err := client.Get(page)
	if err != nil || shown.StatusCode != http.StatusOK {
		t.Fatal(shown, err)
	}
	shown.Body.Close()
	card := func(number string) []string {
		return []string{"type", "card", "number", number, "exp", "12 / 34", "cvc", "123", "email", "a@a.example", "name", "A"}
	}
	if res := send(page, card("4000 0000 0000 9995")...); res.StatusCode != http.StatusPaymentRequired {
		t.Errorf("declined: %d", res.StatusCode)
	}
	expect(t, b.get("/v1/checkout/sessions/"+at(t, s, "id")), "status", "open")
	res := send(page, card("4000 0027 6000 3184")...)
	bank := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.Contains(bank, "/3d_secure_2/hosted") {
		t.Fatalf("%d %s", res.StatusCode, bank)
	}
	res = send(bank, "answer", "complete")
	if to, _ := url.QueryUnescape(res.Header.Get("Location")); to != "http://127.0.0.1:1/ok?id="+at(t, s, "id") {
		t.Errorf("sent to %q", to)
	}
	expect(t, b.get("/v1/checkout/sessions/"+at(t, s, "id")), "status", "complete", "payment_status", "paid", "customer_details.email", "a@a.example")
	debit := open(line...)
	send(at(t, debit, "url"), "type", "us_bank_account", "number", "000123456789", "email", "a@a.example")
	expect(t, b.get("/v1/checkout/sessions/"+at(t, debit, "id")), "status", "complete", "payment_status", "unpaid")
	b.days(5)
	expect(t, b.get("/v1/checkout/sessions/"+at(t, debit, "id")), "payment_status", "paid")
	cus := at(t, b.post("/v1/customers", "name", "A"), "id")
	save := open("mode", "setup", "currency", "usd", "customer", cus)
	expect(t, save, "amount_total", "null", "payment_status", "no_payment_required", "payment_intent", "null")
	send(at(t, save, "url"), card("4242 4242 4242 4242")...)
	expect(t, b.get("/v1/checkout/sessions/"+at(t, save, "id")+"?expand[]=setup_intent.payment_method"), "status", "complete",
		"setup_intent.status", "succeeded", "setup_intent.payment_method.customer", cus, "setup_intent.payment_method.card.last4", "4242")
}
