package receivables_test

import (
	"testing"

	"tieout/receivables"
)

// TestDateWords: people read a day with its month in letters; what is no day
// has no words.
func TestDateWords(t *testing.T) {
	t.Parallel()
	for day, want := range map[receivables.Date]string{"2026-11-21": "21 Nov 2026", "2026-02-03": "3 Feb 2026", "": "", "2026-02-30": "", "soon": ""} {
		if got := day.Words(); got != want {
			t.Errorf("%q is %q, want %q", day, got, want)
		}
	}
}
