package stripe

import (
	"encoding/json"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
)

// debits pays n times by bank debit.
func (b *bench) debits(n int) []string {
	b.t.Helper()
	out := make([]string, n)
	for i := range out {
		p, err := b.account.PayDirect(standin.DirectPayment{
			PayOptions: standin.PayOptions{Name: "Ada", Email: "ada@example.com", Method: standin.BankDebit},
			Amount:     5000 + int64(i), Currency: "usd",
		})
		b.must(err)
		out[i] = p.Charge
		b.clock.Advance(time.Second)
	}
	return out
}

func chargeRef(id string) receivables.Ref {
	return receivables.Ref{Kind: receivables.KindCharge, ID: id}
}

// TestDebitsSucceedWhenTheirEventSays: whether one charge is read or many are
// read by a list, the moment is the event's, not that of our reading.
func TestDebitsSucceedWhenTheirEventSays(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 40} {
		b := newBench(t)
		all, cursors := stored{}, map[string]connectors.Cursor{}
		b.pass(all, cursors, true)
		ids := b.debits(n)
		b.payDirect(1, 700)
		b.pass(all, cursors, false)
		if c := as[receivables.Charge](t, all[chargeRef(ids[0])]); c.Status != receivables.ChargePending || c.Succeeded != nil {
			t.Fatalf("a debit on its way: %+v", c)
		}
		b.clock.Advance(26 * time.Hour)
		settled, err := b.account.SettleDebits()
		b.must(err)
		if len(settled) != n {
			t.Fatalf("%d debits settled, want %d", len(settled), n)
		}
		at := b.clock.Now().Truncate(time.Second)
		b.clock.Advance(5 * time.Hour)
		b.pass(all, cursors, false)
		for ref, r := range all {
			c, ok := r.Entity.(receivables.Charge)
			switch {
			case !ok:
			case c.Method == "card" && c.Succeeded != nil:
				t.Errorf("the card payment %s has a moment of its own: %s", ref.ID, c.Succeeded)
			case c.Method != "card" && (c.Succeeded == nil || !c.Succeeded.Equal(at)):
				t.Errorf("of %d: %s succeeded %v, want %s", n, ref.ID, c.Succeeded, at)
			}
		}
		// A reading without the event knows nothing of it: the store keeps it.
		again, err := b.session.Fetch(t.Context(), []receivables.Ref{chargeRef(ids[0])})
		b.must(err)
		plain := as[receivables.Charge](t, mapping.Accept(again[0]))
		known := as[receivables.Charge](t, all[chargeRef(ids[0])])
		if plain.Succeeded != nil || !plain.Recall(known).Succeeded.Equal(at) {
			t.Errorf("read again: %v, recalled %v", plain.Succeeded, plain.Recall(known).Succeeded)
		}
	}
}

// TestSuccessSurvivesTheCursor: a moment that was noted is not lost when the
// charge is read in a later page, by whatever event it was named first.
func TestSuccessSurvivesTheCursor(t *testing.T) {
	t.Parallel()
	event := func(kind string, created int64) json.RawMessage {
		raw, err := json.Marshal(map[string]any{
			"id": kind, "type": kind, "created": created,
			"data": map[string]any{"object": map[string]any{"id": "ch_1", "object": "charge", "created": 100}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for _, order := range [][]json.RawMessage{
		{event("charge.updated", 300), event(eventSucceeded, 200), event("charge.pending", 100)},
		{event(eventSucceeded, 200), event("charge.updated", 300)},
		{event("charge.pending", 100), event(eventSucceeded, 200)},
	} {
		c := eventsCursor{V: cursorVersion}
		for _, e := range order {
			c.note(e)
		}
		saved, err := writeCursor(c)
		if err != nil {
			t.Fatal(err)
		}
		var back eventsCursor
		if err := readCursor(streamEvents, saved, &back, &back.V); err != nil || len(back.Errands) != 1 || back.Errands[0].Succeeded != 200 {
			t.Errorf("errands %+v, %v", back.Errands, err)
		}
	}
	for status, want := range map[receivables.ChargeStatus]bool{receivables.ChargeSucceeded: true, receivables.ChargeFailed: false, receivables.ChargePending: false} {
		d := mapping.Draft{Charge: &mapping.ChargeDraft{Charge: receivables.Charge{Method: "us_bank_account", Status: status}}}
		if got := (errand{Succeeded: 200}).tell(d).Charge.Succeeded; (got != nil) != want {
			t.Errorf("a %s charge succeeded %v", status, got)
		}
	}
}
