package stripe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestErrors(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	b.acct.AddCustomer("Ann", "")
	for name, c := range map[string]struct {
		method, path, form string
		status             int
		want               []string
	}{
		"unknown parameter":    {"POST", "/v1/customers", "nmae=Ann", 400, []string{"code", "parameter_unknown", "param", "nmae", "message", "Received unknown parameter: nmae", "type", "invalid_request_error"}},
		"unknown parameters":   {"POST", "/v1/refunds", "a=1&b[c]=2", 400, []string{"message", "Received unknown parameters: a, b[c]"}},
		"unknown filter":       {"GET", "/v1/charges?payout=po_1", "", 400, []string{"code", "parameter_unknown", "param", "payout"}},
		"missing parameter":    {"POST", "/v1/payment_intents", "currency=usd", 400, []string{"code", "parameter_missing", "param", "amount", "message", "Missing required param: amount."}},
		"integer":              {"POST", "/v1/payment_intents", "currency=usd&amount=1.5", 400, []string{"code", "parameter_invalid_integer", "param", "amount", "message", "Invalid integer: 1.5"}},
		"too small":            {"POST", "/v1/payment_intents", "currency=usd&amount=49", 400, []string{"code", "amount_too_small", "message", "Amount must be at least 0.50 usd"}},
		"too large":            {"POST", "/v1/payment_intents", "currency=usd&amount=100000000", 400, []string{"code", "amount_too_large"}},
		"currency":             {"POST", "/v1/payment_intents", "currency=xxx&amount=100", 400, []string{"param", "currency"}},
		"three decimals":       {"POST", "/v1/payment_intents", "currency=kwd&amount=5124", 400, []string{"param", "amount"}},
		"no such charge":       {"GET", "/v1/charges/ch_1", "", 404, []string{"code", "resource_missing", "param", "id", "message", "No such charge: 'ch_1'", "doc_url", "https://stripe.com/docs/error-codes/resource-missing"}},
		"no such intent":       {"GET", "/v1/payment_intents/pi_1", "", 404, []string{"param", "intent", "message", "No such payment_intent: 'pi_1'"}},
		"no such price":        {"POST", "/v1/payment_links", "line_items[0][price]=price_1&line_items[0][quantity]=1", 400, []string{"code", "resource_missing", "param", "line_items[0][price]"}},
		"no such cursor":       {"GET", "/v1/charges?starting_after=ch_1", "", 400, []string{"code", "resource_missing", "param", "starting_after"}},
		"limit":                {"GET", "/v1/charges?limit=101", "", 400, []string{"param", "limit"}},
		"limit 0":              {"GET", "/v1/charges?limit=0", "", 400, []string{"param", "limit"}},
		"both cursors":         {"GET", "/v1/charges?starting_after=a&ending_before=b", "", 400, []string{"type", "invalid_request_error"}},
		"expand":               {"GET", "/v1/balance?expand[]=available", "", 400, []string{"message", "This property cannot be expanded (available)."}},
		"expand unknown":       {"GET", "/v1/customers?expand[]=data.nonsense", "", 400, []string{"message", "This property cannot be expanded (data.nonsense)."}},
		"expand deep":          {"GET", "/v1/charges?expand[]=data.a.b.c.d.e", "", 400, []string{"param", "expand"}},
		"url":                  {"GET", "/v1/nonsense", "", 404, []string{"message", "Unrecognized request URL (GET: /v1/nonsense). Please see https://stripe.com/docs or we can help at https://support.stripe.com/."}},
		"empty id":             {"GET", "/v1/customers/", "", 404, []string{"message", "Unrecognized request URL (GET: /v1/customers/). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/."}},
		"long text":            {"POST", "/v1/customers", "description=" + strings.Repeat("Lorem Ipsum", 500), 400, []string{"param", "description", "message", "Invalid string: Lorem Ipsu...orem Ipsum; must be at most 5000 characters"}},
		"metadata key":         {"POST", "/v1/customers", "metadata[" + strings.Repeat("k", 41) + "]=1", 400, []string{"type", "invalid_request_error"}},
		"metadata value":       {"POST", "/v1/customers", "metadata[k]=" + strings.Repeat("v", 501), 400, []string{"param", "metadata[k]"}},
		"adjustable":           {"POST", "/v1/payment_links", "line_items[0][price]=p&line_items[0][quantity]=1&line_items[0][adjustable_quantity][enabled]=maybe", 400, []string{"param", "line_items[0][adjustable_quantity][enabled]"}},
		"no payment method":    {"POST", "/v1/payment_intents", "currency=usd&amount=500&confirm=true", 400, []string{"code", "payment_intent_unexpected_state"}},
		"card declined":        {"POST", "/v1/payment_intents", "currency=usd&amount=500&confirm=true&payment_method=pm_card_chargeDeclined", 402, []string{"type", "card_error", "code", "card_declined", "decline_code", "generic_decline", "payment_intent.status", "requires_payment_method"}},
		"session without mode": {"POST", "/v1/checkout/sessions", "success_url=https://a.example", 400, []string{"param", "mode"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := b.send(c.method, c.path, c.form, nil)
			if a.status != c.status || !strings.HasPrefix(a.header.Get("Request-Id"), "req_") && name != "url" && name != "empty id" {
				t.Fatalf("%d %q %s", a.status, a.header.Get("Request-Id"), a.raw)
			}
			if c.want != nil {
				expect(t, a.obj["error"], c.want...)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{ID: "acct_1", Name: "Bench"})
	if _, err := b.srv.AddAccount(AccountOptions{SecretKey: "sk_live_other000", ID: "acct_2", Livemode: true}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		header  http.Header
		status  int
		message string
	}{
		{"own", http.Header{"Stripe-Account": {"acct_1"}, "Stripe-Version": {APIVersion}}, 200, ""},
		{"other key", http.Header{"Authorization": {"Bearer sk_live_other000"}}, 200, ""},
		{"none", http.Header{"Authorization": {""}}, 401, "You did not provide an API key."},
		{"wrong", http.Header{"Authorization": {"Bearer sk_test_wrong1234"}}, 401, "Invalid API Key provided: sk_test_*****1234"},
		{"foreign account", http.Header{"Stripe-Account": {"acct_2"}}, 403, "The provided key 'sk_test_*****0001' does not have access to account 'acct_2'"},
		{"version", http.Header{"Stripe-Version": {"2099-01-01"}}, 400, "Invalid Stripe API version: 2099-01-01"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := b.send("GET", "/v1/account", "", c.header)
			if a.status != c.status {
				t.Fatalf("%d %s", a.status, a.raw)
			}
			if c.status != 200 && !strings.HasPrefix(at(t, a.obj, "error.message"), c.message) {
				t.Errorf("%s", a.raw)
			}
		})
	}
	expect(t, b.get("/v1/account"), "id", "acct_1", "default_currency", "usd", "settings.payouts.schedule.interval", "daily",
		"settings.dashboard.timezone", "Etc/UTC", "controller.type", "account")
	expect(t, b.get("/v1/accounts/acct_1/external_accounts"), "data.0.id", "ba_eur")
	if _, shown := b.get("/v1/account")["external_accounts"]; shown {
		t.Error("an account that nobody controls shows its banks with itself")
	}
	expect(t, b.post("/v1/accounts", "type", "custom", "country", "US", "default_currency", "usd"), "controller.is_controller", "true", "external_accounts.data.0.currency", "usd")
	if _, err := b.srv.AddAccount(AccountOptions{SecretKey: b.acct.SecretKey()}); err == nil {
		t.Error("a key was given twice")
	}
	if _, err := b.srv.AddAccount(AccountOptions{SecretKey: "k", SettleIn: map[string]Conversion{"eur": {"usd", "dear"}}}); err == nil {
		t.Error("a rate that is no number was taken")
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	key := func(k string) http.Header { return http.Header{"Idempotency-Key": {k}} }
	first := b.send("POST", "/v1/customers", "name=Ann&email=a%40b.example", key("one"))
	again := b.send("POST", "/v1/customers", "email=a%40b.example&name=Ann", key("one"))
	if string(first.raw) != string(again.raw) || again.header.Get("Idempotent-Replayed") != "true" ||
		again.header.Get("Original-Request") != first.header.Get("Request-Id") || again.header.Get("Request-Id") == first.header.Get("Request-Id") {
		t.Errorf("not replayed: %v %s", again.header, again.raw)
	}
	if first.header.Get("Idempotent-Replayed") != "" {
		t.Error("the first answer says replayed")
	}
	other := b.send("POST", "/v1/customers", "name=Bob", key("one"))
	if other.status != 400 || at(t, other.obj, "error.type") != "idempotency_error" {
		t.Errorf("%d %s", other.status, other.raw)
	}
	// A refused request keeps nothing: the key is free for a better one.
	if a := b.send("POST", "/v1/customers", "nmae=Bob", key("two")); a.status != 400 {
		t.Errorf("%d", a.status)
	}
	if a := b.send("POST", "/v1/customers", "name=Bob", key("two")); a.status != 200 || a.header.Get("Idempotent-Replayed") != "" {
		t.Errorf("%d %v", a.status, a.header)
	}
	// A declined card is a result and is replayed.
	const pay = "amount=500&currency=usd&confirm=true&payment_method=pm_card_chargeDeclined"
	b.send("POST", "/v1/payment_intents", pay, key("three"))
	if a := b.send("POST", "/v1/payment_intents", pay, key("three")); a.status != 402 || a.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%d %v", a.status, a.header)
	}
	if n := len(b.get("/v1/customers")["data"].([]any)); n != 2 {
		t.Errorf("%d customers", n)
	}
	b.clock.Advance(25 * time.Hour)
	if a := b.send("POST", "/v1/customers", "name=Bob", key("one")); a.status != 200 {
		t.Errorf("after 24 hours: %d %s", a.status, a.raw)
	}
}

func TestMetadataMerges(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id := at(t, b.post("/v1/customers", "metadata[a]", "1", "metadata[b]", "2"), "id")
	expect(t, b.post("/v1/customers/"+id, "metadata[a]", "", "metadata[c]", "3"), "metadata", `{"b":"2","c":"3"}`)
	expect(t, b.get("/v1/events?type=customer.updated"), "data.0.data.previous_attributes.metadata", `{"a":"1","b":"2"}`,
		"data.0.data.object.metadata", `{"b":"2","c":"3"}`)
	expect(t, b.post("/v1/customers/"+id, "metadata", ""), "metadata", "{}")
	if a := b.send("DELETE", "/v1/customers/"+id, "", nil); at(t, a.obj, "deleted") != "true" {
		t.Errorf("%s", a.raw)
	}
	expect(t, b.get("/v1/customers/"+id), "deleted", "true", "object", "customer")
	expect(t, b.get("/v1/customers"), "data", "[]")
}

func TestLinkUpdates(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id, _ := b.link("5000", "usd")
	expect(t, b.post("/v1/payment_links/"+id, "active", "false", "inactive_message", "Paid otherwise.", "metadata[v]", "2",
		"restrictions[completed_sessions][limit]", "3"), "active", "false", "metadata.v", "2",
		"restrictions.completed_sessions.limit", "3", "restrictions.completed_sessions.count", "0")
	if _, err := b.acct.OpenLink(id); err == nil || !strings.Contains(err.Error(), "Paid otherwise.") {
		t.Errorf("opening an inactive link: %v", err)
	}
	expect(t, b.post("/v1/payment_links/"+id, "restrictions", ""), "restrictions", "null")
	expect(t, b.get("/v1/payment_links?active=false"), "data.0.id", id)
	expect(t, b.get("/v1/payment_links?active=true"), "data", "[]")
	expect(t, b.get("/v1/payment_links/"+id+"/line_items"), "data.0.amount_total", "5000", "has_more", "false")
}

// Every page, whatever filter, cursor and direction, is what a naive walk over
// all objects gives.
func TestPagesAgreeWithANaiveList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := newShelf("event")
		var all []*event // newest first
		for i := range rapid.IntRange(1, 60).Draw(rt, "n") {
			e := &event{ID: fmt.Sprint("evt_", i), Created: rapid.Int64Range(0, 9).Draw(rt, "at"), Type: rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "type")}
			s.add(e, "type="+e.Type)
			all = append(all, e)
		}
		slices.SortStableFunc(all, func(x, y *event) int { return int(x.Created - y.Created) })
		slices.Reverse(all)
		q := query{from: rapid.Int64Range(0, 5).Draw(rt, "from"), to: rapid.Int64Range(3, 9).Draw(rt, "to"), limit: rapid.IntRange(1, 8).Draw(rt, "limit")}
		if rapid.Bool().Draw(rt, "indexed") {
			q.key = "type=a"
		}
		if rapid.Bool().Draw(rt, "filtered") {
			q.keep = func(o object) bool { return len(o.ident())%2 == 0 }
		}
		cut := rapid.IntRange(0, len(all)-1).Draw(rt, "cursor")
		walk := all
		switch rapid.IntRange(0, 2).Draw(rt, "direction") {
		case 1:
			q.after, walk = all[cut], all[cut+1:]
		case 2:
			q.before, walk = all[cut], slices.Clone(all[:cut])
			slices.Reverse(walk)
		}
		var want []object
		for _, e := range walk {
			if e.Created >= q.from && e.Created <= q.to && (q.key == "" || e.Type == "a") && (q.keep == nil || q.keep(e)) {
				want = append(want, e)
			}
		}
		wantMore := len(want) > q.limit
		want = want[:min(len(want), q.limit)]
		if q.before != nil {
			slices.Reverse(want)
		}
		if got, more := s.page(q); !slices.Equal(got, want) || more != wantMore {
			rt.Fatalf("got %d (more %v), want %d (more %v)", len(got), more, len(want), wantMore)
		}
	})
}

func TestEndingBeforeWalksForward(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	var ids []string
	for i := range 7 {
		ids = append(ids, b.acct.AddCustomer(fmt.Sprint(i), ""))
	}
	var seen []string
	cursor := ids[0]
	for {
		page := b.get("/v1/customers?limit=4&ending_before=" + cursor)
		rows := page["data"].([]any)
		for _, row := range slices.Backward(rows) {
			seen = append(seen, at(t, row, "id"))
		}
		if at(t, page, "has_more") == "false" {
			break
		}
		cursor = seen[len(seen)-1]
	}
	if !slices.Equal(seen, ids[1:]) {
		t.Errorf("%v, want %v", seen, ids[1:])
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	b.srv.SetLimits(true)
	statuses := map[int]int{}
	for range testRate + 3 {
		statuses[b.send("GET", "/v1/balance", "", nil).status]++
	}
	if statuses[200] != testRate || statuses[429] != 3 {
		t.Errorf("%v", statuses)
	}
	b.clock.Advance(time.Second)
	if a := b.send("GET", "/v1/balance", "", nil); a.status != 200 {
		t.Errorf("a second later: %d", a.status)
	}
}

func TestEventsAreForgottenAfterThirtyDays(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	b.acct.AddCustomer("Ann", "")
	b.days(30)
	expect(t, b.get("/v1/events"), "data.0.type", "customer.created", "data.0.request.id", "null")
	b.days(1)
	expect(t, b.get("/v1/events"), "data", "[]")
}

func TestPagesWorkWithoutScripts(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{Name: "Bench & Co"})
	id, _ := b.link("12345", "usd", "restrictions[completed_sessions][limit]", "1")
	a := b.send("GET", "/pay/"+id, "", http.Header{"Authorization": {""}})
	if a.status != 200 || !strings.Contains(string(a.raw), "123.45 usd") || !strings.Contains(string(a.raw), "Bench &amp; Co") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	a = b.send("POST", "/pay/"+id, "email=a%40b.example&method=card_declined", nil)
	_, rest, _ := strings.Cut(string(a.raw), `action="`)
	session, _, _ := strings.Cut(rest, `"`)
	if a.status != 402 || !strings.HasPrefix(session, "/c/pay/cs_test_") {
		t.Fatalf("%d %s", a.status, a.raw)
	}
	if a = b.send("POST", session, "email=a%40b.example&method=card", nil); a.status != 200 || !strings.Contains(string(a.raw), "succeeded") {
		t.Errorf("%d %s", a.status, a.raw)
	}
	if a = b.send("GET", "/pay/"+id, "", nil); !strings.Contains(string(a.raw), "no longer active") {
		t.Errorf("%s", a.raw)
	}
	if a = b.send("GET", "/pay/plink_nope", "", nil); a.status != 404 {
		t.Errorf("%d", a.status)
	}
}

func TestDumpHoldsEverything(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	p, err := b.acct.PayDirect(DirectPayment{Amount: 500, Currency: "usd"})
	if err != nil {
		t.Fatal(err)
	}
	ids, err := b.acct.RunPayouts()
	if err != nil || len(ids) != 1 {
		t.Fatalf("%v %v", ids, err)
	}
	d := b.acct.Dump()
	if len(d.Charges) != 1 || len(d.PaymentIntents) != 1 || len(d.BalanceTransactions) != 2 || len(d.Payouts) != 1 || len(d.Events) != 4 {
		t.Errorf("%d charges, %d intents, %d rows, %d payouts, %d events", len(d.Charges), len(d.PaymentIntents), len(d.BalanceTransactions), len(d.Payouts), len(d.Events))
	}
	if len(d.Members) != 2 || !strings.Contains(string(d.Charges[0]), p.Charge) {
		t.Errorf("members %v", d.Members)
	}
	for _, payout := range d.Members {
		if payout != ids[0] {
			t.Errorf("member of %s", payout)
		}
	}
	raw, err := b.acct.Object(p.Charge)
	if err != nil || string(raw) != string(d.Charges[0]) {
		t.Errorf("%s %v", raw, err)
	}
}

func TestSameSeedSameIDs(t *testing.T) {
	t.Parallel()
	one, two := setup(t, AccountOptions{}), setup(t, AccountOptions{})
	p, err1 := one.acct.PayDirect(DirectPayment{Amount: 500, Currency: "usd"})
	q, err2 := two.acct.PayDirect(DirectPayment{Amount: 500, Currency: "usd"})
	if err1 != nil || err2 != nil || p != q {
		t.Errorf("%+v %v, %+v %v", p, err1, q, err2)
	}
}

func TestIntentConfirmedLater(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	id := at(t, b.post("/v1/payment_intents", "amount", "900", "currency", "usd", "payment_method_types[]", "card"), "id")
	expect(t, b.post("/v1/payment_intents/"+id, "amount", "950", "metadata[a]", "b"), "status", "requires_payment_method", "amount", "950")
	expect(t, b.post("/v1/payment_intents/"+id+"/confirm", "payment_method", "pm_card_visa"), "status", "succeeded", "amount_received", "950", "metadata.a", "b")
	a := b.send("POST", "/v1/payment_intents/"+id+"/cancel", "", nil)
	expect(t, a.obj, "error.code", "payment_intent_unexpected_state")
	a = b.send("POST", "/v1/payment_intents/"+id, "amount=1000", nil)
	expect(t, a.obj, "error.code", "payment_intent_unexpected_state")
}

func TestBodiesThatAreNoForms(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	for kind, said := range map[string]string{
		"application/json":                                "Invalid request (check that your POST content type is",
		"text/plain; charset=utf-8":                       "Invalid request: unsupported Content-Type text/plain; charset=utf-8. If error persists",
		"application/x-www-form-urlencoded;charset=UTF-8": "",
	} {
		a := b.send("POST", "/v1/customers", "name=Ada", http.Header{"Content-Type": {kind}})
		if (a.status == http.StatusOK) != (said == "") || said != "" && !strings.HasPrefix(at(t, a.obj["error"], "message"), said) {
			t.Errorf("%s: %d %s", kind, a.status, a.raw)
		}
	}
}

// Who reads a whole account asks for what it does not have, too.
func TestListsOfWhatNoAccountHas(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	owner := at(t, b.post("/v1/customers", "name", "Ada"), "id")
	for _, path := range []string{
		"/v1/subscriptions", "/v1/coupons", "/v1/tax_rates", "/v1/transfers", "/v1/customers/" + owner + "/subscriptions", "/v1/customers/" + owner + "/tax_ids",
	} {
		expect(t, b.get(path+"?limit=100"), "object", "list", "data", "[]", "has_more", "false", "url", path)
	}
	b.refused(404, "GET", "/v1/subscriptions/sub_1")
	b.refused(404, "GET", "/v1/customers/cus_1/tax_ids")
	b.refused(400, "GET", "/v1/coupons?colour=red")
}
