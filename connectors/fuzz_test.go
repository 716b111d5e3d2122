package connectors_test

import (
	"regexp"
	"testing"

	"tieout/connectors"
)

// FuzzMarker looks for a marker in any text that people have edited.
func FuzzMarker(f *testing.F) {
	f.Add("paid TIE-ABCDEFGHIJKLMNOP thanks")
	f.Add("TIE-TIE-ABCDEFGHIJKLMNOPQ")
	f.Fuzz(func(t *testing.T, text string) {
		m := connectors.FindMarker(text)
		if m != "" && (!regexp.MustCompile(`^TIE-[A-Z2-7]{16}$`).MatchString(m) || connectors.FindMarker(m) != m) {
			t.Errorf("%q holds %q", text, m)
		}
	})
}
