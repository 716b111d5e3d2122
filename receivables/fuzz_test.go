package receivables_test

import (
	"testing"

	"tieout/receivables"
)

// FuzzParseDate: what is taken for a date is one, written in one way.
func FuzzParseDate(f *testing.F) {
	for _, text := range []string{"2026-02-29", "2024-02-29", "0000-01-01", "2026-1-1", "2026-11-20T00:00:00Z", "9999-12-31"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := receivables.ParseDate(text)
		if err != nil {
			return
		}
		if string(d) != text || len(text) != len("2026-11-20") {
			t.Errorf("%q is taken for %q", text, d)
		}
		if back := d.AddDays(400).AddDays(-400); d < "9998" && d > "0001" && back != d {
			t.Errorf("%q plus and minus 400 days is %q", text, back)
		}
	})
}
