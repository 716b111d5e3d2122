package secret_test

import (
	"testing"

	"tieout/internal/secret"
)

// FuzzOpen: no text opens that was not sealed here.
func FuzzOpen(f *testing.F) {
	b, err := secret.NewBox(seeded(1), secret.Key{1})
	if err != nil {
		f.Fatal(err)
	}
	sealed, err := b.Seal("hush", "row")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Add("s1." + secret.Key{1}.ID() + ".AAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if got, err := b.Open(text, "row"); err == nil && (text != sealed || got.Reveal() != "hush") {
			t.Errorf("%q opens", text)
		}
	})
}

// FuzzParseKeys reads any key file.
func FuzzParseKeys(f *testing.F) {
	f.Add("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")
	f.Add("00,11")
	f.Fuzz(func(t *testing.T, text string) {
		if keys, err := secret.ParseKeys(text); (err == nil) != (len(keys) > 0) {
			t.Errorf("%d keys, %v", len(keys), err)
		}
	})
}
