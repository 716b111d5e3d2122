package listing_test

import (
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
)

// TestAddress: a filter comes back from its address as it was.
func TestAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-z0-9]{0,5}`)
		want := listing.Filter{
			Status: rapid.SampledFrom(listing.Statuses()).Draw(t, "status"), Sort: rapid.SampledFrom(listing.Sorts()).Draw(t, "sort"),
			Age:      rapid.SampledFrom(append(listing.Ages(), "")).Draw(t, "age"),
			Currency: rapid.SampledFrom([]money.Currency{"", "USD", "JPY"}).Draw(t, "currency"), Connection: text.Draw(t, "connection"),
			Customer: text.Draw(t, "customer"), Query: text.Draw(t, "query"), Desc: rapid.Bool().Draw(t, "desc"),
			Month: rapid.SampledFrom([]receivables.Date{"", "2026-02-01"}).Draw(t, "month"),
		}
		if rapid.Bool().Draw(t, "placed") {
			want.After = &listing.Place{Date: "2026-11-22", Connection: "c", ID: "i"}
		}
		kept := map[string]string{}
		want.Write(func(key, value string) { kept[key] = value })
		if got := listing.Read(func(key string) string { return kept[key] }); !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}

// TestReadLeavesOut: what is not understood is left out, and a search covers
// what is paid as well.
func TestReadLeavesOut(t *testing.T) {
	t.Parallel()
	read := func(kept map[string]string) listing.Filter {
		return listing.Read(func(key string) string { return kept[key] })
	}
	plain := listing.Filter{Status: listing.Open, Sort: listing.ByDue}
	if got := read(map[string]string{"status": "x", "age": "x", "currency": "moon", "sort": "x", "after": "x"}); !reflect.DeepEqual(got, plain) {
		t.Errorf("got %+v", got)
	}
	if got := read(map[string]string{"q": " " + strings.Repeat("ä", 300)}); got.Status != listing.All || len(got.Query) != 200 {
		t.Errorf("got %s and %d bytes", got.Status, len(got.Query))
	}
}

// TestViewName is in one spelling and short.
func TestViewName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"a\t b": "a b", "": "", strings.Repeat("x", 61): "", "a\xff": ""} {
		got, ok := listing.ViewName(name)
		if ok != (want != "") || ok && got != want {
			t.Errorf("%q becomes %q, %v", name, got, ok)
		}
	}
}
