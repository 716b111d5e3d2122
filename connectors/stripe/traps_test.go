package stripe

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// TestPayoutsThatDoNotArrive: manual, cancelled, reversed and failed payouts
// come by event with their status and movements; manual ones have no members,
// and whatever becomes of them the movements stay the balance.
func TestPayoutsThatDoNotArrive(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(6, 50000)
	b.clock.Advance(7 * 24 * time.Hour)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	look := func(id string) receivables.Payout {
		b.clock.Advance(time.Hour)
		b.pass(all, cursors, false)
		var sum int64
		for _, r := range all {
			if bt, ok := r.Entity.(receivables.BalanceTransaction); ok {
				sum += bt.Net
			}
		}
		balances, err := b.session.Balances(t.Context())
		b.must(err)
		if balances["USD"] != sum {
			t.Errorf("after %s: balance %d, movements %d", id, balances["USD"], sum)
		}
		return as[receivables.Payout](t, all[receivables.Ref{Kind: receivables.KindPayout, ID: id}])
	}
	manual := func() string {
		return b.do(http.MethodPost, "/v1/payouts", "amount", "10000", "currency", "usd")
	}

	cancelled := manual()
	b.do(http.MethodPost, "/v1/payouts/"+cancelled+"/cancel")
	if p := look(cancelled); p.Status != "canceled" || p.FailureMovement == "" {
		t.Errorf("cancelled: %+v", p)
	}

	reversed := manual()
	b.clock.Advance(7 * 24 * time.Hour)
	if p := look(reversed); p.Status != "paid" || p.Automatic {
		t.Errorf("a manual payout that has arrived: %+v", p)
	}
	back := b.do(http.MethodPost, "/v1/payouts/"+reversed+"/reverse")
	if p := look(back); p.Amount != -10000 {
		t.Errorf("what reverses it: %+v", p)
	}
	for _, r := range all {
		if bt, ok := r.Entity.(receivables.BalanceTransaction); ok && bt.Payout != "" && (bt.Payout == reversed || bt.Payout == back) {
			t.Errorf("%s is a member of a manual payout", bt.ID)
		}
	}

	made, err := b.account.RunPayouts()
	b.must(err)
	b.clock.Advance(3 * 24 * time.Hour)
	if p := look(made[0]); p.Status != "paid" || !p.Automatic {
		t.Errorf("an automatic payout: %+v", p)
	}
	b.must(b.account.FailPayout(made[0], "account_closed"))
	if p := look(made[0]); p.Status != "failed" || p.FailureMovement == "" {
		t.Errorf("failed after it was paid: %+v", p)
	}
}

// TestNewWords: words, fields and movements that nobody knew when this was
// written are kept as they are, body and all.
func TestNewWords(t *testing.T) {
	t.Parallel()
	for raw, kind := range map[string]receivables.Kind{
		`{"id":"txn_9","object":"balance_transaction","amount":-5,"fee":0,"net":-5,"currency":"usd","type":"tide_adjustment","reporting_category":"tides","created":1767225600,"source":{"id":"td_1","object":"tide"},"moon":{"phase":1}}`: receivables.KindBalanceTransaction,
		`{"id":"ch_9","object":"charge","amount":5,"currency":"usd","status":"on_the_moon","created":1767225600,"payment_method_details":{"type":"moonpay"},"application":"ca_other","orbit":7}`:                                           receivables.KindCharge,
		`{"id":"po_9","object":"payout","amount":5,"currency":"usd","status":"orbiting","created":1767225600,"arrival_date":1767225600,"method":"rocket"}`:                                                                                 receivables.KindPayout,
		`{"id":"dp_9","object":"dispute","amount":5,"currency":"usd","status":"prevented","reason":"moon","charge":"ch_9","created":1767225600}`:                                                                                           receivables.KindDispute,
		`{"id":"re_9","object":"refund","amount":5,"currency":"usd","status":"in_orbit","charge":"ch_9","created":1767225600,"pending_reason":"moon"}`:                                                                                     receivables.KindRefund,
	} {
		r := mapping.Accept(draft(kind, json.RawMessage(raw), reading{order: 1}))
		if r.Rejection != nil || string(r.Raw) != raw {
			t.Errorf("%s: %v", raw, r.Rejection)
		}
	}
}

// TestEventsOfOtherVersions: an event only names objects, whatever version it
// is rendered in; thin events and those of objects that we do not hold name
// nothing and do no harm.
func TestEventsOfOtherVersions(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int{
		`{"id":"evt_1","type":"invoice.paid","created":1,"api_version":"2026-08-26.dahlia","data":{"object":{"id":"in_1","object":"invoice","created":5,"parent":{"type":"x"}}}}`: 1,
		`{"id":"evt_2","type":"invoice.upcoming","created":1,"data":{"object":{"object":"invoice"}}}`:                                                                             0,
		`{"id":"evt_3","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","created":"2026-01-01T00:00:00Z"}`:                                               0,
		`{"id":"evt_4","type":"invoice_payment.paid","created":1,"data":{"object":{"id":"inpay_1","object":"invoice_payment"}}}`:                                                  0,
		`{"id":"evt_5","type":"charge.refunded","created":1,"request":"req_1","data":{"object":{"id":"ch_1","object":"charge","created":5}}}`:                                     2,
		`7`: 0,
	} {
		c := eventsCursor{V: cursorVersion}
		c.note(json.RawMessage(raw))
		if len(c.Errands) != want {
			t.Errorf("%.60s: %d errands, want %d", raw, len(c.Errands), want)
		}
	}
	// What is deleted needs no reading, in whatever order the events come.
	c := eventsCursor{V: cursorVersion}
	c.note(json.RawMessage(`{"type":"invoice.deleted","data":{"object":{"id":"in_1","object":"invoice","created":5}}}`))
	c.note(json.RawMessage(`{"type":"invoice.updated","data":{"object":{"id":"in_1","object":"invoice","created":5}}}`))
	if len(c.Errands) != 1 || !c.Errands[0].Gone || c.Errands[0].listable() {
		t.Errorf("errands %+v", c.Errands)
	}
}

// TestTheKeyStaysInside: whatever Stripe says of a key, none comes out.
func TestTheKeyStaysInside(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answering(http.StatusForbidden, nil, []byte(`{"error":{"type":"invalid_request_error","message":"The provided key 'rk_live_51abcdefghijklmnop' does not have the required permissions for this endpoint on account 'acct_1'. Having the 'rak_charge_read' permission would allow this request to continue."}}`))
	_, err := b.session.Pull(t.Context(), "charges", nil)
	if err == nil || strings.Contains(err.Error(), "51abcdefghijklmnop") || !strings.Contains(err.Error(), "lacks the permission rak_charge_read") {
		t.Errorf("%v", err)
	}
}
