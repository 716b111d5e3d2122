package proof

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
)

// sealed is a proof of a book whose clearing account holds 5.00 too much,
// computed by rules of a number, whose lines were changed before it was signed.
func sealed(t *testing.T, number int, change func([]Line)) (p Proof, public []byte) {
	t.Helper()
	in := agreeing()
	in.Rules, in.Stripe["USD"], in.Ledger.Receivable["USD"] = number, in.Stripe["USD"]+500, in.Ledger.Receivable["USD"]+500
	text, back, err := in.encode()
	if err != nil {
		t.Fatal(err)
	}
	p = Proof{Tenant: "main", Book: "b", ID: "p1", At: at, Inputs: text, Lines: Lines(back)}
	change(p.Lines)
	digest, err := linesDigest(p.Lines)
	if err != nil {
		t.Fatal(err)
	}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	said, err := json.Marshal(statement{Version: 1, Tenant: p.Tenant, Book: p.Book, ID: p.ID, At: p.At, Inputs: Digest(p.Inputs), Lines: digest})
	if err != nil {
		t.Fatal(err)
	}
	p.Statement, p.Signature = string(said), ed25519.Sign(key, said)
	return p, key.Public().(ed25519.PublicKey)
}

// TestVerifyOlderWords: a proof of rules that worded its lines otherwise still
// holds by its figures, and by nothing less.
func TestVerifyOlderWords(t *testing.T) {
	t.Parallel()
	reworded := func(lines []Line) {
		for i := range lines {
			lines[i].Why = "as an older program said it"
			for k := range lines[i].Causes {
				lines[i].Causes[k].Text, lines[i].Causes[k].Action = "older", "older"
			}
			for k := range lines[i].Explained {
				lines[i].Explained[k].Text, lines[i].Explained[k].Action = "older", "older"
			}
		}
	}
	refigured := func(lines []Line) { lines[0].Difference++ }
	for name, c := range map[string]struct {
		rules  int
		change func([]Line)
		want   string
	}{
		"older words":             {rulesOfFigures, reworded, ""},
		"older figures":           {rulesOfFigures, refigured, "do not follow"},
		"other words of ours":     {rules, reworded, "do not follow"},
		"rules that we know not":  {rules + 1, reworded, "by rules 3"},
		"rules before any change": {rulesOfFigures - 1, func([]Line) {}, "by rules 0"},
	} {
		p, public := sealed(t, c.rules, c.change)
		switch v := Verify(p, public, ""); {
		case c.want == "" && !v.Holds():
			t.Errorf("%s: %s", name, v.Problems)
		case c.want != "" && !strings.Contains(strings.Join(v.Problems, "; "), c.want):
			t.Errorf("%s: %s, not %q", name, v.Problems, c.want)
		}
	}
}
