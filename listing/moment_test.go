package listing_test

import (
	"testing"
	"time"

	"tieout/listing"
)

// TestMoment comes back from an address; what is none is refused.
func TestMoment(t *testing.T) {
	t.Parallel()
	for _, want := range []listing.Moment{{}, {time.Date(2026, 11, 22, 14, 3, 0, 5000, time.UTC), "txn_~1"}} {
		if got, err := listing.ParseMoment(want.String()); err != nil || got != want {
			t.Errorf("%v: %v came back as %v", err, want, got)
		}
	}
	if _, err := listing.ParseMoment("yesterday~1"); err == nil {
		t.Error("a word is taken for a moment")
	}
}
