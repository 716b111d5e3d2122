package stripe

import (
	"errors"
	"testing"
)

func TestPayingALink(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{DelayDays: 2})
	id, url := b.link("10000", "usd", "metadata[invoice]", "INV-1", "payment_intent_data[metadata][invoice]", "INV-1",
		"payment_intent_data[description]", "Invoice INV-1", "restrictions[completed_sessions][limit]", "1")
	if url != b.http.URL+"/pay/"+id {
		t.Errorf("url %s", url)
	}
	p, err := b.acct.PayLink(url, PayOptions{Name: "Ann", Email: "ann@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, b.get("/v1/checkout/sessions/"+p.Session+"?expand[]=payment_intent.latest_charge.balance_transaction&expand[]=line_items"),
		"status", "complete", "payment_status", "paid", "payment_link", id, "metadata.invoice", "INV-1", "amount_total", "10000",
		"customer_details.email", "ann@example.com", "line_items.data.0.price.unit_amount", "10000", "url", "null",
		"payment_intent.status", "succeeded", "payment_intent.metadata.invoice", "INV-1", "payment_intent.description", "Invoice INV-1",
		"payment_intent.latest_charge.status", "succeeded", "payment_intent.latest_charge.metadata.invoice", "INV-1",
		"payment_intent.latest_charge.balance_transaction.type", "charge",
		"payment_intent.latest_charge.balance_transaction.reporting_category", "charge",
		"payment_intent.latest_charge.balance_transaction.fee", "320", // 2.9 % + 30
		"payment_intent.latest_charge.balance_transaction.net", "9680",
		"payment_intent.latest_charge.balance_transaction.status", "pending",
		"payment_intent.latest_charge.balance_transaction.available_on", "1772755200") // 2026-03-06T00:00Z
	expect(t, b.get("/v1/payment_links/"+id), "active", "false", "restrictions.completed_sessions.count", "1")
	if _, err := b.acct.PayLink(id, PayOptions{}); err == nil {
		t.Error("a link at its limit was paid again")
	}
	b.days(2)
	expect(t, b.get("/v1/balance"), "available.0.amount", "9680", "pending.0.amount", "0")
	b.proveBalance()
}

func TestTwoOpenSessionsOfOneLinkBothComplete(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id, _ := b.link("5000", "eur", "restrictions[completed_sessions][limit]", "1")
	var sessions []string
	for range 2 {
		s, err := b.acct.OpenLink(id)
		if err != nil {
			t.Fatal(err)
		}
		sessions = append(sessions, s)
	}
	expect(t, b.get("/v1/checkout/sessions?status=open&payment_link="+id), "data.1.id", sessions[0])
	for _, s := range sessions {
		if p, err := b.acct.CompleteSession(s, PayOptions{}); err != nil || p.Status != "succeeded" {
			t.Errorf("session %s: %+v %v", s, p, err)
		}
	}
	if _, err := b.acct.CompleteSession(sessions[0], PayOptions{}); err == nil {
		t.Error("a complete session was paid again")
	}
	expect(t, b.get("/v1/payment_links/"+id), "restrictions.completed_sessions.count", "2")
}

func TestDeclinedCardThenRetry(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id, _ := b.link("5000", "usd")
	p, err := b.acct.PayLink(id, PayOptions{Method: CardDeclined})
	if err != nil || p.Status != "failed" {
		t.Fatalf("%+v %v", p, err)
	}
	expect(t, b.get("/v1/payment_intents/"+p.PaymentIntent), "status", "requires_payment_method",
		"last_payment_error.code", "card_declined", "last_payment_error.charge", p.Charge, "amount_received", "0")
	expect(t, b.get("/v1/charges/"+p.Charge), "status", "failed", "balance_transaction", "null", "failure_code", "card_declined", "paid", "false")
	expect(t, b.get("/v1/checkout/sessions/"+p.Session), "status", "open", "payment_status", "unpaid")
	expect(t, b.get("/v1/balance_transactions"), "data", "[]")
	again, err := b.acct.CompleteSession(p.Session, PayOptions{})
	if err != nil || again.PaymentIntent != p.PaymentIntent || again.Charge == p.Charge {
		t.Fatalf("%+v %v", again, err)
	}
	expect(t, b.get("/v1/payment_intents/"+p.PaymentIntent), "status", "succeeded", "last_payment_error", "null", "latest_charge", again.Charge)
	expect(t, b.get("/v1/charges?payment_intent="+p.PaymentIntent), "data.0.id", again.Charge, "data.1.id", p.Charge, "has_more", "false")
}

func TestBankDebit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		returned                                bool
		session, charge, intent, event, balance string
	}{
		"clears":   {false, "paid", "succeeded", "succeeded", "checkout.session.async_payment_succeeded", "99500"},
		"returned": {true, "unpaid", "failed", "requires_payment_method", "checkout.session.async_payment_failed", "-500"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, AccountOptions{DelayDays: 2})
			id, _ := b.link("100000", "usd")
			p, err := b.acct.PayLink(id, PayOptions{Method: BankDebit, Returned: c.returned})
			if err != nil {
				t.Fatal(err)
			}
			expect(t, b.get("/v1/checkout/sessions/"+p.Session), "status", "complete", "payment_status", "unpaid")
			expect(t, b.get("/v1/payment_intents/"+p.PaymentIntent), "status", "processing")
			expect(t, b.get("/v1/charges/"+p.Charge+"?expand[]=balance_transaction"), "status", "pending", "paid", "false",
				"balance_transaction.type", "payment", "balance_transaction.status", "pending", "balance_transaction.fee", "500")
			b.days(4)
			expect(t, b.get("/v1/checkout/sessions/"+p.Session), "payment_status", c.session)
			expect(t, b.get("/v1/charges/"+p.Charge), "status", c.charge)
			expect(t, b.get("/v1/payment_intents/"+p.PaymentIntent), "status", c.intent)
			expect(t, b.get("/v1/events?type="+c.event), "data.0.data.object.id", p.Session)
			expect(t, b.get("/v1/balance"), "available.0.amount", c.balance, "pending.0.amount", "0")
			if c.returned {
				expect(t, b.get("/v1/charges/"+p.Charge+"?expand[]=failure_balance_transaction"),
					"failure_balance_transaction.type", "payment_failure_refund", "failure_balance_transaction.reporting_category", "charge_failure",
					"failure_balance_transaction.amount", "-100000", "failure_balance_transaction.fee", "0")
			}
			b.proveBalance()
		})
	}
}

func TestDebitsDecidedByHand(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	var paid []Payment
	for range 2 {
		p, err := b.acct.PayDirect(DirectPayment{Amount: 7000, Currency: "eur", PayOptions: PayOptions{Method: BankDebit}})
		if err != nil {
			t.Fatal(err)
		}
		paid = append(paid, p)
	}
	if got := b.acct.PendingDebits(); len(got) != 2 {
		t.Fatalf("pending %v", got)
	}
	if err := b.acct.FailDebit(paid[0].PaymentIntent); err != nil {
		t.Fatal(err)
	}
	done, err := b.acct.SettleDebits()
	if err != nil || len(done) != 1 || done[0] != paid[1].Charge {
		t.Fatalf("%v %v", done, err)
	}
	if err := b.acct.FailDebit(paid[1].Charge); !errors.Is(err, errNotPending) {
		t.Errorf("failing a settled debit: %v", err)
	}
	b.days(5) // the clock has nothing left to decide
	expect(t, b.get("/v1/charges/"+paid[0].Charge), "status", "failed")
	expect(t, b.get("/v1/charges/"+paid[1].Charge), "status", "succeeded")
	b.proveBalance()
}

func TestDirectPaymentCarriesItsReferences(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	cus := b.acct.AddCustomer("Ann", "ann@example.com")
	p, err := b.acct.PayDirect(DirectPayment{
		Amount: 2500, Currency: "usd", Customer: cus, Description: "for 12 and 13",
		Metadata: map[string]string{"invoices": "12,13"}, PayOptions: PayOptions{Email: "ann@example.com"},
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, b.get("/v1/charges?customer="+cus+"&expand[]=data.customer&expand[]=data.balance_transaction"), "data.0.id", p.Charge,
		"data.0.description", "for 12 and 13", "data.0.metadata.invoices", "12,13", "data.0.customer.email", "ann@example.com",
		"data.0.balance_transaction.source", p.Charge)
	if _, err := b.acct.PayDirect(DirectPayment{Amount: 20, Currency: "usd"}); err == nil {
		t.Error("less than the minimum was taken")
	}
}

func TestSettlementInAnotherCurrency(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{SettleIn: map[string]Conversion{"eur": {"usd", "1.0825"}, "jpy": {"usd", "0.0067"}}})
	for _, c := range []struct {
		amount, want int64
		currency     string
	}{{10000, 10825, "eur"}, {10000, 6700, "jpy"}, {333, 360, "eur"}} {
		p, err := b.acct.PayDirect(DirectPayment{Amount: c.amount, Currency: c.currency})
		if err != nil {
			t.Fatal(err)
		}
		got := b.get("/v1/charges/" + p.Charge + "?expand[]=balance_transaction")
		expect(t, got, "currency", c.currency, "balance_transaction.currency", "usd",
			"balance_transaction.exchange_rate", b.acct.opts.SettleIn[c.currency].Rate)
		if a := at(t, got, "balance_transaction.amount"); a != itoa(c.want) {
			t.Errorf("%d %s settled as %s, want %d", c.amount, c.currency, a, c.want)
		}
	}
	b.proveBalance()
}

func TestSessionsExpireByTheClock(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id, _ := b.link("5000", "usd")
	s, err := b.acct.OpenLink(id)
	if err != nil {
		t.Fatal(err)
	}
	b.days(1)
	expect(t, b.get("/v1/checkout/sessions/"+s), "status", "expired")
	expect(t, b.get("/v1/events?type=checkout.session.expired"), "data.0.data.object.id", s, "data.0.created", itoa(start.Unix()+day))
	if a := b.send("POST", "/v1/checkout/sessions/"+s+"/expire", "", nil); a.status != 400 {
		t.Errorf("expiring an expired session: %d", a.status)
	}
}

// What tutorials ask of the page comes back on the session (Stripe docs:
// api/checkout/sessions/create).
func TestSessionTellsWhatItsPageAsks(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	s := b.post("/v1/checkout/sessions", "mode", "payment", "success_url", "https://example.com/done",
		"line_items[0][quantity]", "2", "line_items[0][price_data][currency]", "usd", "line_items[0][price_data][unit_amount]", "2000",
		"line_items[0][price_data][product_data][name]", "T-shirt", "line_items[0][price_data][product_data][images][0]", "https://example.com/t.png",
		"line_items[0][adjustable_quantity][enabled]", "true", "line_items[0][adjustable_quantity][minimum]", "1",
		"phone_number_collection[enabled]", "true", "shipping_address_collection[allowed_countries][0]", "US",
		"shipping_address_collection[allowed_countries][1]", "CA", "custom_text[submit][message]", "Thanks",
		"expand[]", "line_items.data.price.product")
	expect(t, s, "amount_total", "4000", "phone_number_collection.enabled", "true", "shipping_address_collection.allowed_countries.1", "CA",
		"custom_text.submit.message", "Thanks", "line_items.data.0.price.product.images.0", "https://example.com/t.png")
	if at(t, s, "custom_text.after_submit") != "null" {
		t.Error(s["custom_text"])
	}
}
