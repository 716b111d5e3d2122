package stripe

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tieout/internal/clock"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func TestPayout(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{DelayDays: 2})
	for _, currency := range []string{"usd", "usd", "eur"} {
		if _, err := b.acct.PayDirect(DirectPayment{Amount: 10000, Currency: currency}); err != nil {
			t.Fatal(err)
		}
	}
	if ids, err := b.acct.RunPayouts(); err != nil || len(ids) != 0 {
		t.Fatalf("nothing is available yet: %v %v", ids, err)
	}
	b.days(2)
	ids, err := b.acct.RunPayouts()
	if err != nil || len(ids) != 2 {
		t.Fatalf("%v %v", ids, err)
	}
	usd := ids[1]
	expect(t, b.get("/v1/payouts/"+usd), "amount", "19360", "automatic", "true", "status", "in_transit", "destination", "ba_usd",
		"reconciliation_status", "in_progress", "currency", "usd", "arrival_date", itoa(time.Date(2026, 3, 9, 0, 0, 0, 0, time.UTC).Unix()))
	rows := b.get("/v1/balance_transactions?payout=" + usd + "&expand[]=data.source")
	expect(t, rows, "data.0.type", "payout", "data.0.amount", "-19360", "data.0.source.id", usd, "data.1.type", "charge",
		"data.2.source.object", "charge", "has_more", "false")
	if n := len(rows["data"].([]any)); n != 3 {
		t.Errorf("%d members, want 2 and the payout's own row", n)
	}
	expect(t, b.get("/v1/balance"), "available.0.amount", "0", "available.1.amount", "0")
	b.days(5)
	expect(t, b.get("/v1/payouts?status=paid"), "data.0.reconciliation_status", "completed", "data.0.id", usd)
	expect(t, b.get("/v1/payouts?arrival_date[gte]="+itoa(b.clock.Now().Unix())), "data", "[]")
	expect(t, b.get("/v1/events?types[]=payout.paid&types[]=payout.reconciliation_completed"), "data.0.type", "payout.reconciliation_completed")
	b.proveBalance()
}

func TestManualPayout(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{PayoutSchedule: "manual"})
	if _, err := b.acct.PayDirect(DirectPayment{Amount: 10000, Currency: "usd"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.acct.RunPayouts(); err == nil {
		t.Error("a manual account was paid out by the schedule")
	}
	p := b.post("/v1/payouts", "amount", "5000", "currency", "usd")
	expect(t, p, "automatic", "false", "reconciliation_status", "not_applicable")
	if a := b.send("GET", "/v1/balance_transactions?payout="+at(t, p, "id"), "", nil); a.status != 400 {
		t.Errorf("members of a manual payout: %d", a.status)
	}
	a := b.send("POST", "/v1/payouts", form("amount", "5000", "currency", "usd"), nil)
	expect(t, a.obj, "error.code", "balance_insufficient")
	b.proveBalance()
}

func TestRefunds(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{})
	p, err := b.acct.PayDirect(DirectPayment{Amount: 10000, Currency: "usd", Description: "Invoice 7"})
	if err != nil {
		t.Fatal(err)
	}
	r := b.post("/v1/refunds", "payment_intent", p.PaymentIntent, "amount", "4000", "reason", "duplicate")
	expect(t, r, "status", "succeeded", "charge", p.Charge)
	expect(t, b.get("/v1/refunds/"+at(t, r, "id")+"?expand[]=balance_transaction"), "balance_transaction.type", "refund",
		"balance_transaction.amount", "-4000", "balance_transaction.fee", "0", "balance_transaction.description", "REFUND FOR CHARGE (Invoice 7)")
	expect(t, b.get("/v1/charges/"+p.Charge+"?expand[]=refunds"), "amount_refunded", "4000", "refunded", "false", "refunds.data.0.amount", "4000")
	a := b.send("POST", "/v1/refunds", form("charge", p.Charge, "amount", "6001"), nil)
	expect(t, a.obj, "error.param", "amount", "error.message", "Refund amount ($60.01) is greater than unrefunded amount on charge ($60.00)")
	if _, err := b.acct.Refund(p.Charge, 0, ""); err != nil {
		t.Fatal(err)
	}
	a = b.send("POST", "/v1/refunds", form("charge", p.Charge), nil)
	expect(t, a.obj, "error.code", "charge_already_refunded")
	expect(t, b.get("/v1/refunds?charge="+p.Charge), "data.1.id", at(t, r, "id"))
	b.proveBalance()
}

// Whatever payers, clock and payouts do in whatever order, the balance stays
// the sum of the rows and every payout the sum of its members.
func TestBalanceIsConserved(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := clock.At(start)
		s := New(Options{Clock: c, Seed: rapid.Int64().Draw(rt, "seed")})
		a, err := s.AddAccount(AccountOptions{
			SecretKey: "sk_test_x", DelayDays: rapid.IntRange(0, 3).Draw(rt, "delay"),
			Banks: map[string]string{"usd": "ba_1"}, SettleIn: map[string]Conversion{"eur": {"usd", "1.1"}},
		})
		if err != nil {
			rt.Fatal(err)
		}
		var charges []string
		for range rapid.IntRange(1, 40).Draw(rt, "acts") {
			switch rapid.IntRange(0, 5).Draw(rt, "act") {
			case 0, 1:
				d := DirectPayment{Amount: rapid.Int64Range(50, 99999).Draw(rt, "amount"), Currency: rapid.SampledFrom([]string{"usd", "eur", "gbp"}).Draw(rt, "currency")}
				d.Method = rapid.SampledFrom([]Method{Card, CardDeclined, BankDebit}).Draw(rt, "method")
				d.Returned = rapid.Bool().Draw(rt, "returned")
				p, err := a.PayDirect(d)
				if err != nil {
					rt.Fatal(err)
				}
				charges = append(charges, p.Charge)
			case 2:
				if len(charges) > 0 {
					// Refused for what has failed, is pending or is all given back.
					_, _ = a.Refund(rapid.SampledFrom(charges).Draw(rt, "charge"), rapid.Int64Range(0, 500).Draw(rt, "part"), "")
				}
			case 3:
				c.Advance(time.Duration(rapid.IntRange(1, 100).Draw(rt, "hours")) * time.Hour)
			case 4:
				if _, err := a.RunPayouts(); err != nil {
					rt.Fatal(err)
				}
			case 5:
				if _, err := a.SettleDebits(); err != nil {
					rt.Fatal(err)
				}
			}
			proveAccount(rt, a)
		}
	})
}

func TestLoadHistory(t *testing.T) {
	t.Parallel()
	b := setup(t, AccountOptions{DelayDays: 2})
	var past []PastCharge
	var payouts []time.Time
	for d := 400; d > 0; d-- {
		at := start.AddDate(0, 0, -d)
		past = append(past, PastCharge{At: at, Amount: int64(1000 + d), Currency: []string{"usd", "eur"}[d%2], Email: "a@example.com"})
		if d%7 == 0 && d > 7 {
			payouts = append(payouts, at.Add(time.Hour))
		}
	}
	h, err := b.acct.LoadHistory(past, payouts)
	if err != nil {
		t.Fatal(err)
	}
	var net int64
	for _, c := range h.Charges {
		net += c.Net
	}
	for _, p := range h.Payouts {
		net -= p.Amount
		if p.Arrival.After(start) {
			t.Errorf("payout %s still in transit", p.ID)
		}
	}
	var left int64
	for _, f := range b.acct.balance {
		left += f.available + f.pending
	}
	if net != left || left == 0 {
		t.Errorf("charges less payouts %d, balance %d", net, left)
	}
	b.proveBalance()
	first, last := h.Charges[0], h.Charges[len(h.Charges)-1]
	expect(t, b.get("/v1/charges?limit=1"), "data.0.id", last.Charge, "data.0.balance_transaction", last.BalanceTransaction, "has_more", "true")
	expect(t, b.get("/v1/balance_transactions?source="+first.Charge), "data.0.id", first.BalanceTransaction)
	expect(t, b.get("/v1/balance_transactions?limit=1&payout="+h.Payouts[0].ID), "data.0.id", h.Payouts[0].BalanceTransaction)
	expect(t, b.get("/v1/events"), "data", "[]")
	if _, err := b.acct.LoadHistory(past, nil); err == nil {
		t.Error("a second past was loaded")
	}
	if ids, err := b.acct.RunPayouts(); err != nil || len(ids) == 0 {
		t.Errorf("the rest was not paid out: %v %v", ids, err)
	}
	b.proveBalance()
}
