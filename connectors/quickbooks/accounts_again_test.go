package quickbooks_test

import (
	"context"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// What an undo has made inactive is proposed by its id, found as inactive, and
// becomes active again as often as needed, under its own id and name.
func TestInactiveEntriesBecomeActiveAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	needs := connectors.AccountNeeds{Currencies: []money.Currency{"USD"}}
	proposed := b.session.DetectAccounts(b.accounts(), needs).Create
	made := map[string]connectors.Answer{}
	for _, n := range proposed {
		made[n.Use] = b.send(b.lowerAccount(n))
	}
	keys := map[string]bool{}
	for range 2 {
		for use, a := range made {
			w, needed, why, err := b.session.LowerRemoval(connectors.Removal{Document: a.Ref, Raw: a.Raw})
			if err != nil || !needed {
				t.Fatalf("%s: needed %t, %q, %v", use, needed, why, err)
			}
			b.send(w)
		}
		for _, n := range b.session.DetectAccounts(b.accounts(), needs).Create {
			want := made[n.Use].Ref
			if want.Kind == receivables.KindAccount && n.Existing != want.ID {
				t.Errorf("%s: proposed instead of %q, want %q", n.Use, n.Existing, want.ID)
			}
			first := b.lowerAccount(n)
			held, found, err := b.session.Find(context.Background(), first)
			if err != nil || found || held.Ref != want || len(held.Raw) == 0 {
				t.Fatalf("%s: found %t as %+v, %v", n.Use, found, held.Ref, err)
			}
			n.Existing, n.Raw = held.Ref.ID, held.Raw
			w := b.lowerAccount(n)
			if keys[w.Key] {
				t.Errorf("%s: the key %s a second time", n.Use, w.Key)
			}
			keys[w.Key] = true
			again := b.send(w)
			if again.Ref != want || strings.Contains(string(again.Raw), "(deleted)") {
				t.Errorf("%s: %+v became active, want %+v: %s", n.Use, again.Ref, want, again.Raw)
			}
			if now, found, err := b.session.Find(context.Background(), first); err != nil || !found || now.Ref != want {
				t.Errorf("%s: found %t as %+v, %v", n.Use, found, now.Ref, err)
			}
			made[n.Use] = again
		}
	}
}

// Instead of one that cannot become active, a new one gets a key of its own.
func TestANewOneInsteadHasItsOwnKey(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	n := connectors.NewAccount{Use: "fees", Name: "Stripe fees", Currency: "USD"}
	first := b.lowerAccount(n)
	n.Existing = "7"
	if instead := b.lowerAccount(n); instead.Key == first.Key || strings.Contains(string(instead.Body), first.Key) {
		t.Errorf("key %s twice", first.Key)
	}
	n.Raw = []byte(`{"Id":"7"}`)
	if _, err := b.session.LowerAccount(n); err == nil {
		t.Error("a body without a version was taken")
	}
}

func (b *bench) lowerAccount(n connectors.NewAccount) connectors.Write {
	b.t.Helper()
	w, err := b.session.LowerAccount(n)
	if err != nil {
		b.t.Fatal(err)
	}
	return w
}
