package quickbooks_test

import (
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// sweepAll reads a sweep to its end and gives what it has shown, in pages.
func (b *bench) sweepAll(now time.Time) [][]connectors.Seen {
	b.t.Helper()
	var pages [][]connectors.Seen
	var cursor connectors.Cursor
	for range 10 {
		page, err := b.session.Sweep(b.t.Context(), now, cursor)
		if err != nil {
			b.t.Fatal(err)
		}
		pages = append(pages, page.Seen)
		if !page.More {
			return pages
		}
		cursor = page.Cursor
	}
	b.t.Fatal("the sweep does not end")
	return nil
}

// TestSweep shows 1500 payments by two calls, with their versions, and none
// that was deleted.
func TestSweep(t *testing.T) {
	t.Parallel()
	b, held, _, ids := imported(t)
	b.remove("Payment", ids[3], ids[1200])
	pages := b.sweepAll(b.clock.Now())
	if len(pages) != 2 || len(pages[0]) != 1000 || len(pages[1]) != 498 {
		t.Fatalf("%d pages", len(pages))
	}
	shown := map[receivables.Ref]bool{}
	for _, page := range pages {
		for _, x := range page {
			if d, ok := held[x.Ref]; !ok || d.Order != x.Order {
				t.Fatalf("%+v is held as %+v", x, d)
			}
			shown[x.Ref] = true
		}
	}
	if len(shown) != 1498 || shown[receivables.Ref{Kind: receivables.KindReceipt, ID: ids[3]}] {
		t.Errorf("%d are shown", len(shown))
	}
	if old := b.sweepAll(b.clock.Now().AddDate(2, 0, 0)); len(old) != 1 || len(old[0]) != 0 {
		t.Errorf("payments of two years ago are shown: %d pages", len(old))
	}
}
