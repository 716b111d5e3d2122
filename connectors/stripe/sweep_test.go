package stripe

import (
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// TestSweep shows the charges of 30 days, a hundred a call, and nothing older.
func TestSweep(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(3, 9000)
	b.clock.Advance(31 * 24 * time.Hour)
	b.payDirect(120, 5000)
	b.calls = 0
	now := b.clock.Now()
	shown, drafts := map[receivables.Ref]bool{}, 0
	var cursor connectors.Cursor
	for more := true; more; {
		page, err := b.session.Sweep(t.Context(), now, cursor)
		b.must(err)
		for _, x := range page.Seen {
			shown[x.Ref] = true
		}
		for _, d := range page.Drafts {
			if d.Problem != "" || d.Charge == nil || d.Charge.Created.Before(now.AddDate(0, 0, -30)) {
				t.Fatalf("a draft is %+v", d)
			}
			drafts++
		}
		cursor, more = page.Cursor, page.More
	}
	if len(shown) != 120 || drafts != 120 || b.calls != 5 {
		t.Errorf("%d are shown and %d given whole, in %d calls", len(shown), drafts, b.calls)
	}
	for _, odd := range []string{`{"v":2}`, `{"v":1,"list":4}`, `{"v":1,"list":-1}`, `x`} {
		if _, err := b.session.Sweep(t.Context(), now, connectors.Cursor(odd)); connectors.ClassOf(err) != connectors.ClassPermanent || err == nil {
			t.Errorf("the cursor %s: %v", odd, err)
		}
	}
}
