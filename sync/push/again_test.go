package push_test

import (
	"encoding/json"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/push"
)

func TestKeysOfNewTries(t *testing.T) {
	t.Parallel()
	key := "TIE-ABCDEFGHIJKLMNOP:g0"
	for want := 1; want < 12; want++ {
		next := push.Again(key)
		if push.Tries(next) != want || next == key || !push.SameWrite(key, next) {
			t.Fatalf("after %s comes %s, of %d tries", key, next, push.Tries(next))
		}
		key = next
	}
	if push.SameWrite("TIE-ABCDEFGHIJKLMNOP:g0", "TIE-ABCDEFGHIJKLMNOP:g1") || push.Tries("TIE-ABCDEFGHIJKLMNOP:g1") != 0 {
		t.Error("another generation is another write")
	}
}

// What a vendor goes on refusing costs fewer and fewer calls.
func TestParkedIntentsRest(t *testing.T) {
	t.Parallel()
	parked := time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	cases := []struct {
		key         string
		after       time.Duration
		rested, due bool
	}{
		{"k:g0", 30 * time.Second, false, false},
		{"k:g0", time.Minute, true, false},
		{"k:g0:r3", time.Minute, false, false},
		{"k:g0:r3", 8 * time.Minute, true, false},
		{"k:g0:r40", 25 * time.Hour, true, false},
		{"k:g0", 24 * time.Hour, true, true},
		{"k:g0:r1", 24 * time.Hour, true, false},
		{"k:g0:r1", 48 * time.Hour, true, true},
	}
	for _, c := range cases {
		in := push.Intent{Write: connectors.Write{Key: c.key}, UpdatedAt: parked}
		now := parked.Add(c.after)
		if in.Rested(now) != c.rested || in.Due(now) != c.due {
			t.Errorf("%s after %s: rested %t, due %t", c.key, c.after, in.Rested(now), in.Due(now))
		}
	}
}

func TestWhatAnIntentNames(t *testing.T) {
	t.Parallel()
	in := push.Intent{Invoice: "7", Write: connectors.Write{Body: json.RawMessage(`{"CustomerRef":{"value":"58"},"TotalAmt":5}`)}}
	for ref, want := range map[receivables.Ref]bool{
		{Kind: receivables.KindCustomer, ID: "58"}: true, {Kind: receivables.KindCustomer, ID: "5"}: false,
		{Kind: receivables.KindInvoice, ID: "7"}: true, {Kind: receivables.KindAccount}: false,
	} {
		if in.Names(ref) != want {
			t.Errorf("names %v: want %t", ref, want)
		}
	}
}
