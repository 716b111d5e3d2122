package stripe

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// events are those that Stripe's webhooks would have told of, the oldest first.
func (b *bench) events() []connectors.Event {
	b.t.Helper()
	got, err := b.session.list(b.t.Context(), "list events", "/v1/events", url.Values{})
	b.must(err)
	if got.more {
		b.t.Fatal("more events than a page holds")
	}
	var out []connectors.Event
	for i := range got.rows {
		var e hookEvent
		b.must(json.Unmarshal(got.rows[len(got.rows)-1-i].raw, &e))
		if event := e.event(); event.Ref.ID != "" {
			out = append(out, event)
		}
	}
	return out
}

// TestNamedAsByTheStream: what webhooks name comes to the same as what the
// stream of events and that of the movements bring, with fewer calls than there
// are objects.
func TestNamedAsByTheStream(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.clock.Advance(time.Hour)
	b.payDirect(12, 9000)
	debits := b.debits(5)
	b.clock.Advance(26 * time.Hour)
	_, err := b.account.SettleDebits()
	b.must(err)
	_, err = b.session.post(t.Context(), "refund", "/v1/refunds", "k-1", url.Values{"charge": {debits[0]}, "amount": {"250"}})
	b.must(err)
	events := b.events()
	b.calls = 0
	drafts, err := b.session.FetchNamed(t.Context(), events)
	b.must(err)
	calls := b.calls
	named := stored{}
	b.apply(named, drafts)
	all := stored{}
	b.pass(all, map[string]connectors.Cursor{}, true)
	moved := 0
	for ref, want := range all {
		if ref.Kind == receivables.KindPayer {
			continue // no event names a guest
		}
		got, ok := named[ref]
		switch {
		case !ok:
			t.Errorf("%s %s was not read", ref.Kind, ref.ID)
		case ref.Kind == receivables.KindBalanceTransaction:
			moved++
		case ref.Kind == receivables.KindCharge:
			// The backfill knows no moments: the events do.
			c := as[receivables.Charge](t, got)
			if (c.Method != "card") != (c.Succeeded != nil) {
				t.Errorf("%s by %s succeeded %v", c.ID, c.Method, c.Succeeded)
			}
			c.Succeeded = nil
			if fmt.Sprint(c) != fmt.Sprint(as[receivables.Charge](t, want)) {
				t.Errorf("%s: %+v, want %+v", c.ID, c, want.Entity)
			}
		case fmt.Sprint(got.Entity) != fmt.Sprint(want.Entity):
			t.Errorf("%s %s: %+v, want %+v", ref.Kind, ref.ID, got.Entity, want.Entity)
		}
	}
	if moved != 18 || calls >= len(named)/2 {
		t.Errorf("%d movements, %d calls for %d objects", moved, calls, len(named))
	}
}
