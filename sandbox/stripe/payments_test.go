package stripe

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func intentForm(kv ...string) string {
	return form(append([]string{"amount", "2000", "currency", "usd", "confirm", "true", "payment_method_types[]", "card"}, kv...)...)
}

// number is an integer of an answer.
func number(t *testing.T, v any, path string) int64 {
	t.Helper()
	n, err := strconv.ParseInt(at(t, v, path), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// rows sums amount, fee and net over the balance transactions and checks that
// net is amount less fee in each.
func (b *bench) rows(query string) (types []string, net int64) {
	b.t.Helper()
	for _, row := range b.get("/v1/balance_transactions?limit=100&" + query)["data"].([]any) {
		amount, fee, n := number(b.t, row, "amount"), number(b.t, row, "fee"), number(b.t, row, "net")
		if amount-fee != n {
			b.t.Errorf("%d - %d is not %d", amount, fee, n)
		}
		var details int64
		for _, d := range row.(map[string]any)["fee_details"].([]any) {
			details += number(b.t, d, "amount")
		}
		if details != fee {
			b.t.Errorf("fee details %d, fee %d", details, fee)
		}
		types = append(types, at(b.t, row, "type")+"/"+at(b.t, row, "reporting_category"))
		net += n
	}
	return types, net
}

func TestTestCards(t *testing.T) {
	t.Parallel()
	for number, want := range map[string]struct{ code, decline, risk string }{
		"4000000000000002": {"card_declined", "generic_decline", "normal"},
		"4000000000009995": {"card_declined", "insufficient_funds", "normal"},
		"4000000000009987": {"card_declined", "lost_card", "normal"},
		"4000000000009979": {"card_declined", "stolen_card", "normal"},
		"4000000000000069": {"expired_card", "expired_card", "normal"},
		"4000000000000127": {"incorrect_cvc", "incorrect_cvc", "normal"},
		"4000000000000119": {"processing_error", "processing_error", "normal"},
		"4000000000006975": {"card_declined", "card_velocity_exceeded", "normal"},
		"4100000000000019": {"card_declined", "fraudulent", "highest"},
		"4242424242424241": {"incorrect_number", "", ""},
		"4111111111111111": {"card_declined", "test_mode_live_card", ""},
	} {
		t.Run(number, func(t *testing.T) {
			t.Parallel()
			b := setup(t, AccountOptions{})
			card := []string{
				"payment_method_data[type]", "card", "payment_method_data[card][number]", number,
				"payment_method_data[card][exp_month]", "12", "payment_method_data[card][exp_year]", "2034", "payment_method_data[card][cvc]", "123",
			}
			a := b.send(http.MethodPost, "/v1/payment_intents", intentForm(card...), nil)
			if a.status != http.StatusPaymentRequired {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			expect(t, a.obj, "error.type", "card_error", "error.code", want.code)
			if want.decline != "" {
				expect(t, a.obj, "error.decline_code", want.decline)
			}
			if want.risk == "" {
				return
			}
			expect(t, a.obj, "error.payment_intent.status", "requires_payment_method", "error.payment_intent.last_payment_error.code", want.code,
				"error.payment_method.card.last4", number[12:])
			expect(t, b.get("/v1/charges/"+at(t, a.obj, "error.charge")), "status", "failed", "failure_code", want.code, "outcome.risk_level", want.risk,
				"captured", "false", "balance_transaction", "null")
			if types, _ := b.rows(""); len(types) != 0 {
				t.Errorf("rows %v", types)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	ask := func(kv ...string) answer {
		return b.send(http.MethodPost, "/v1/payment_intents", intentForm(append([]string{"payment_method", "pm_card_authenticationRequired"}, kv...)...), nil)
	}
	asked := ask("return_url", "http://127.0.0.1:1/back?a=b")
	expect(t, asked.obj, "status", "requires_action", "next_action.type", "redirect_to_url", "latest_charge", "null")
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page := at(t, asked.obj, "next_action.redirect_to_url.url")
	press := func(page, button string) *http.Response {
		res, err := client.Post(page, "application/x-www-form-urlencoded", strings.NewReader("answer="+button))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	back, err := press(page, "complete").Location()
	if err != nil {
		t.Fatal(err)
	}
	id := at(t, asked.obj, "id")
	if q := back.Query(); q.Get("payment_intent") != id || q.Get("payment_intent_client_secret") != at(t, asked.obj, "client_secret") || q.Get("a") != "b" {
		t.Errorf("sent back to %s", back)
	}
	expect(t, b.get("/v1/payment_intents/"+id+"?expand[]=latest_charge"), "status", "succeeded", "next_action", "null",
		"latest_charge.payment_method_details.card.three_d_secure.result", "authenticated")
	refused := ask("return_url", "http://127.0.0.1:1/back")
	press(at(t, refused.obj, "next_action.redirect_to_url.url"), "fail")
	expect(t, b.get("/v1/payment_intents/"+at(t, refused.obj, "id")), "status", "requires_payment_method",
		"last_payment_error.code", "payment_intent_authentication_failure")
	expect(t, ask().obj, "status", "requires_action", "next_action.type", "use_stripe_sdk")
	for _, how := range [][2]string{{"off_session", "authentication_required"}, {"error_on_requires_action", "authentication_not_handled"}} {
		a := ask(how[0], "true")
		if a.status != http.StatusPaymentRequired {
			t.Fatalf("%s: %d %s", how[0], a.status, a.raw)
		}
		expect(t, a.obj, "error.code", "authentication_required", "error.decline_code", how[1], "error.payment_intent.status", "requires_payment_method")
	}
}

func TestSavedMethods(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	cus := at(t, b.post("/v1/customers", "name", "A"), "id")
	si := b.post("/v1/setup_intents", "customer", cus, "payment_method_types[]", "card", "confirm", "true", "payment_method", "pm_card_authenticationRequiredOnSetup")
	expect(t, si, "status", "requires_action", "usage", "off_session")
	if err := b.acct.Authenticate(at(t, si, "id"), true); err != nil {
		t.Fatal(err)
	}
	si = b.get("/v1/setup_intents/" + at(t, si, "id"))
	expect(t, si, "status", "succeeded", "next_action", "null")
	expect(t, b.get("/v1/setup_attempts?setup_intent="+at(t, si, "id")), "data.0.id", at(t, si, "latest_attempt"), "data.0.status", "succeeded")
	pm := at(t, si, "payment_method")
	expect(t, b.get("/v1/payment_methods?type=card&customer="+cus), "data.0.id", pm, "data.0.customer", cus)
	expect(t, b.get("/v1/customers/"+cus+"/payment_methods/"+pm), "card.last4", "3155")
	pay := intentForm("customer", cus, "payment_method", pm, "off_session", "true")
	expect(t, b.send(http.MethodPost, "/v1/payment_intents", pay, nil).obj, "status", "succeeded", "payment_method", pm)
	expect(t, b.post("/v1/payment_methods/"+pm+"/detach"), "customer", "null")
	if a := b.send(http.MethodPost, "/v1/payment_methods/"+pm+"/attach", "customer="+cus, nil); a.status != http.StatusBadRequest {
		t.Errorf("a detached method is attached again: %d", a.status)
	}
	expect(t, b.get("/v1/payment_methods?customer="+cus), "data", "[]")
	expect(t, b.get("/v1/events?type=payment_method.detached"), "data.0.data.previous_attributes.customer", cus)
	declined := b.send(http.MethodPost, "/v1/payment_methods/pm_card_chargeDeclined/attach", "customer="+cus, nil)
	expect(t, declined.obj, "error.code", "card_declined", "error.type", "card_error")
	later := b.post("/v1/payment_methods/pm_card_chargeCustomerFail/attach", "customer", cus)
	a := b.send(http.MethodPost, "/v1/payment_intents", intentForm("customer", cus, "payment_method", at(t, later, "id"), "off_session", "true"), nil)
	expect(t, a.obj, "error.decline_code", "generic_decline")
	kept := b.post("/v1/payment_intents", "amount", "900", "currency", "usd", "confirm", "true", "customer", cus, "payment_method", "pm_card_visa",
		"setup_future_usage", "off_session", "payment_method_types[]", "card")
	expect(t, b.get("/v1/payment_methods/"+at(t, kept, "payment_method")), "customer", cus)
	if a := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", at(t, kept, "payment_method")), nil); a.status != http.StatusBadRequest {
		t.Errorf("a customer's method pays without the customer: %d", a.status)
	}
}

func TestManualCapture(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	pi := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa", "capture_method", "manual"), nil).obj
	expect(t, pi, "status", "requires_capture", "amount_capturable", "2000", "amount_received", "0")
	if types, _ := b.rows(""); len(types) != 0 {
		t.Errorf("an authorisation moves money: %v", types)
	}
	done := b.post("/v1/payment_intents/"+at(t, pi, "id")+"/capture", "amount_to_capture", "1500")
	expect(t, done, "status", "succeeded", "amount_received", "1500", "amount_capturable", "0")
	expect(t, b.get("/v1/charges/"+at(t, done, "latest_charge")), "amount", "2000", "amount_captured", "1500", "amount_refunded", "500", "captured", "true")
	if types, net := b.rows(""); !slices.Equal(types, []string{"charge/charge"}) || net != 1500-74 {
		t.Errorf("rows %v, net %d", types, net)
	}
	again := b.send(http.MethodPost, "/v1/payment_intents/"+at(t, pi, "id")+"/capture", "", nil)
	expect(t, again.obj, "error.code", "payment_intent_unexpected_state")
	held := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa", "capture_method", "manual"), nil).obj
	b.days(authorisedDays + 1)
	expect(t, b.get("/v1/payment_intents/"+at(t, held, "id")), "status", "canceled", "cancellation_reason", "automatic")
}

func TestBankDebitNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		currency, kind string
		account        []string
		failure        string
	}{
		"ach":             {"usd", "us_bank_account", []string{"account_number", "000123456789", "routing_number", "110000000", "account_holder_type", "company"}, ""},
		"ach closed":      {"usd", "us_bank_account", []string{"account_number", "000111111113", "routing_number", "110000000"}, "account_closed"},
		"sepa":            {"eur", "sepa_debit", []string{"iban", "DE89370400440532013000"}, ""},
		"sepa fails":      {"eur", "sepa_debit", []string{"iban", "DE62370400440532013001"}, "insufficient_funds"},
		"bacs":            {"gbp", "bacs_debit", []string{"account_number", "00012345", "sort_code", "108800"}, ""},
		"bacs unapproved": {"gbp", "bacs_debit", []string{"account_number", "33333335", "sort_code", "108800"}, "debit_not_authorized"},
		"becs":            {"aud", "au_becs_debit", []string{"account_number", "000123456", "bsb_number", "000000"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, AccountOptions{})
			kv := []string{
				"amount", "5000", "currency", c.currency, "confirm", "true", "payment_method_types[]", c.kind, "payment_method_data[type]", c.kind,
				"payment_method_data[billing_details][name]", "A", "mandate_data[customer_acceptance][type]", "offline",
			}
			for i := 0; i < len(c.account); i += 2 {
				kv = append(kv, "payment_method_data["+c.kind+"]["+c.account[i]+"]", c.account[i+1])
			}
			pi := b.post("/v1/payment_intents", kv...)
			expect(t, pi, "status", "processing")
			ch := b.get("/v1/charges/" + at(t, pi, "latest_charge"))
			expect(t, ch, "status", "pending", "paid", "false", "payment_method_details.type", c.kind)
			b.days(5)
			status, intent := "succeeded", "succeeded"
			if c.failure != "" {
				status, intent = "failed", "requires_payment_method"
				expect(t, b.get("/v1/charges/"+at(t, ch, "id")), "failure_code", c.failure)
			}
			expect(t, b.get("/v1/charges/"+at(t, ch, "id")), "status", status)
			expect(t, b.get("/v1/payment_intents/"+at(t, pi, "id")), "status", intent)
			b.rows("")
		})
	}
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		card, evidence, status string
		rows                   []string
		net                    int64
	}{
		"won":      {"createDispute", "winning_evidence", "won", []string{"adjustment/dispute_reversal", "adjustment/dispute", "charge/charge"}, 1912},
		"lost":     {"createDispute", "losing_evidence", "lost", []string{"adjustment/dispute", "charge/charge"}, 1912 - 3500},
		"ignored":  {"createDisputeProductNotReceived", "", "lost", []string{"adjustment/dispute", "charge/charge"}, 1912 - 3500},
		"inquiry":  {"createDisputeInquiry", "winning_evidence", "warning_closed", []string{"charge/charge"}, 1912},
		"accepted": {"createDispute", "close", "lost", []string{"adjustment/dispute", "charge/charge"}, 1912 - 3500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, AccountOptions{})
			pi := b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_"+c.card), nil).obj
			d := b.get("/v1/disputes?payment_intent=" + at(t, pi, "id"))
			expect(t, d, "data.0.charge", at(t, pi, "latest_charge"), "data.0.amount", "2000", "data.0.evidence_details.has_evidence", "false",
				"data.0.evidence_details.due_by", "1773446399") // 2026-03-13T23:59:59Z
			id := at(t, d, "data.0.id")
			expect(t, b.get("/v1/charges/"+at(t, pi, "latest_charge")), "disputed", "true", "status", "succeeded")
			if c.status != "warning_closed" {
				refund := b.send(http.MethodPost, "/v1/refunds", "payment_intent="+at(t, pi, "id"), nil)
				expect(t, refund.obj, "error.code", "charge_disputed")
			}
			switch c.evidence {
			case "":
				b.days(answerDays + 1)
			case "close":
				b.post("/v1/disputes/" + id + "/close")
			default:
				under := "under_review"
				if c.status == "warning_closed" {
					under = "warning_under_review"
				}
				expect(t, b.post("/v1/disputes/"+id, "evidence[uncategorized_text]", c.evidence), "status", under, "evidence_details.submission_count", "1")
			}
			expect(t, b.get("/v1/disputes/"+id), "status", c.status)
			if types, net := b.rows(""); !slices.Equal(types, c.rows) || net != c.net {
				t.Errorf("rows %v, net %d, want %v, %d", types, net, c.rows, c.net)
			}
			closed := b.get("/v1/events?type=charge.dispute.closed")
			expect(t, closed, "data.0.data.object.status", c.status)
			if a := b.send(http.MethodPost, "/v1/disputes/"+id+"/close", "", nil); a.status != http.StatusBadRequest {
				t.Errorf("closed twice: %d", a.status)
			}
		})
	}
}

func TestRefundsThatTakeTime(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	pay := func(card string) string {
		return at(t, b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_"+card), nil).obj, "id")
	}
	pending := b.post("/v1/refunds", "payment_intent", pay("pendingRefund"), "amount", "500", "reason", "requested_by_customer")
	expect(t, pending, "status", "pending", "reason", "requested_by_customer")
	fails := b.post("/v1/refunds", "payment_intent", pay("refundFail"))
	expect(t, fails, "status", "succeeded")
	b.days(1)
	expect(t, b.get("/v1/refunds/"+at(t, pending, "id")), "status", "succeeded")
	failed := b.get("/v1/refunds/" + at(t, fails, "id") + "?expand[]=failure_balance_transaction")
	expect(t, failed, "status", "failed", "failure_reason", "expired_or_canceled_card", "failure_balance_transaction.type", "refund_failure", "failure_balance_transaction.amount", "2000")
	expect(t, b.get("/v1/charges/"+at(t, fails, "charge")), "amount_refunded", "0", "refunded", "false")
	expect(t, b.get("/v1/events?type=charge.refund.updated"), "data.0.data.previous_attributes.status", "succeeded")
	if types, net := b.rows(""); net != 2*1912-500 || !slices.Contains(types, "refund_failure/refund_failure") {
		t.Errorf("rows %v, net %d", types, net)
	}
}

func TestPayoutsThatFail(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{BankNumbers: map[string]string{"usd": "000111111116"}})
	b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_bypassPending"), nil)
	expect(t, b.get("/v1/balance"), "available.0.amount", "1912")
	ids, err := b.acct.RunPayouts()
	if err != nil || len(ids) != 1 {
		t.Fatal(ids, err)
	}
	b.days(4)
	po := b.get("/v1/payouts/" + ids[0] + "?expand[]=destination&expand[]=failure_balance_transaction")
	expect(t, po, "status", "failed", "failure_code", "no_account", "destination.object", "bank_account", "failure_balance_transaction.type", "payout_failure",
		"failure_balance_transaction.reporting_category", "payout_reversal", "failure_balance_transaction.net", "1912")
	manual := b.post("/v1/payouts", "amount", "1000", "currency", "usd")
	expect(t, manual, "status", "pending", "automatic", "false", "reconciliation_status", "not_applicable")
	expect(t, b.post("/v1/payouts/"+at(t, manual, "id")+"/cancel"), "status", "canceled")
	if a := b.send(http.MethodPost, "/v1/payouts/"+at(t, manual, "id")+"/cancel", "", nil); a.status != http.StatusBadRequest {
		t.Errorf("cancelled twice: %d", a.status)
	}
	newer := b.send(http.MethodGet, "/v1/payouts/"+ids[0], "", http.Header{"Stripe-Version": {"2025-03-31.basil"}})
	expect(t, newer.obj, "trace_id.status", "supported")
	b.proveBalance()
}

func TestTokensAndMandates(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	tok := at(t, b.post("/v1/tokens", "card[number]", "4242424242424242", "card[exp_month]", "12", "card[exp_year]", "2034", "card[cvc]", "123"), "id")
	expect(t, b.get("/v1/tokens/"+tok), "used", "false", "card.brand", "Visa", "card.last4", "4242")
	expect(t, b.post("/v1/charges", "amount", "700", "currency", "usd", "source", tok, "capture", "false"), "status", "succeeded", "captured", "false", "payment_intent", "null")
	if a := b.send(http.MethodPost, "/v1/charges", form("amount", "700", "currency", "usd", "source", tok), nil); at(t, a.obj, "error.code") != "token_already_used" {
		t.Errorf("%d %s", a.status, a.raw)
	}
	ch := at(t, b.get("/v1/charges"), "data.0.id")
	expect(t, b.post("/v1/charges/"+ch+"/capture"), "captured", "true", "amount_captured", "700")
	cus := at(t, b.post("/v1/customers", "name", "A"), "id")
	si := b.post("/v1/setup_intents", "customer", cus, "confirm", "true", "payment_method_types[]", "sepa_debit", "payment_method_data[type]", "sepa_debit",
		"payment_method_data[sepa_debit][iban]", "DE89370400440532013000", "mandate_data[customer_acceptance][type]", "online",
		"mandate_data[customer_acceptance][online][ip_address]", "127.0.0.1", "mandate_data[customer_acceptance][online][user_agent]", "x")
	expect(t, si, "status", "succeeded")
	m := at(t, si, "mandate")
	expect(t, b.get("/v1/mandates/"+m), "status", "active", "type", "multi_use", "customer_acceptance.online.ip_address", "127.0.0.1", "payment_method", at(t, si, "payment_method"))
	pay := form("amount", "900", "currency", "eur", "confirm", "true", "off_session", "true", "customer", cus, "payment_method", at(t, si, "payment_method"), "payment_method_types[]", "sepa_debit")
	expect(t, b.send(http.MethodPost, "/v1/payment_intents", pay, nil).obj, "status", "processing")
	if err := b.acct.EndMandate(m); err != nil {
		t.Fatal(err)
	}
	expect(t, b.get("/v1/events?type=mandate.updated"), "data.0.data.object.status", "inactive", "data.0.data.previous_attributes.status", "active")
	expect(t, b.send(http.MethodPost, "/v1/payment_intents", pay, nil).obj, "error.code", "payment_intent_mandate_invalid")
}

func TestDailyPayouts(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{DelayDays: 2, PaysOut: true})
	b.send(http.MethodPost, "/v1/payment_intents", intentForm("payment_method", "pm_card_visa"), nil)
	b.days(8)
	po := b.get("/v1/payouts")
	expect(t, po, "data.0.amount", "1912", "data.0.automatic", "true", "data.0.status", "paid", "has_more", "false")
	if types, net := b.rows("payout=" + at(t, po, "data.0.id")); net != 0 || len(types) != 2 {
		t.Errorf("rows %v, net %d", types, net)
	}
	b.proveBalance()
}
