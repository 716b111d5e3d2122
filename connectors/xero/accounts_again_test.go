package xero

import (
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// What an undo has archived is proposed by its id, found as archived, and
// becomes active again under its own id.
func TestArchivedEntriesBecomeActiveAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	a := r.books(t)
	refs := map[string]receivables.Ref{
		"clearing": {Kind: receivables.KindAccount, ID: a.Clearing["USD"]}, "fees": {Kind: receivables.KindAccount, ID: a.Fees},
		"returned": {Kind: receivables.KindAccount, ID: a.Returned}, "disputes": {Kind: receivables.KindAccount, ID: a.Disputes["USD"]},
		"contact": {Kind: receivables.KindCustomer, ID: a.FeeContact},
	}
	for range 2 {
		r.clock.Advance(time.Hour)
		for use, ref := range refs {
			w, needed, why, err := r.session.LowerRemoval(connectors.Removal{Document: ref, Raw: r.raw(t, ref)})
			if err != nil || !needed {
				t.Fatalf("%s: needed %t, %q, %v", use, needed, why, err)
			}
			if _, err := r.session.Send(t.Context(), w); err != nil {
				t.Fatal(err)
			}
		}
		r.clock.Advance(time.Hour)
		plan := r.session.DetectAccounts(r.chart(t), connectors.AccountNeeds{Currencies: usd()})
		if len(plan.Create) != len(refs) {
			t.Fatalf("proposed %+v", plan.Create)
		}
		for _, n := range plan.Create {
			r.awakens(t, n, refs[n.Use])
		}
		again := r.session.DetectAccounts(r.chart(t), connectors.AccountNeeds{Currencies: usd()}).Accounts
		if again.Clearing["USD"] != a.Clearing["USD"] || again.Fees != a.Fees || again.Returned != a.Returned || again.Disputes["USD"] != a.Disputes["USD"] {
			t.Errorf("detected %+v, want %+v", again, a)
		}
	}
}

func (r *rig) awakens(t *testing.T, n connectors.NewAccount, want receivables.Ref) {
	t.Helper()
	if want.Kind == receivables.KindAccount && n.Existing != want.ID {
		t.Errorf("%s: proposed instead of %q, want %q", n.Use, n.Existing, want.ID)
	}
	first, err := r.session.LowerAccount(n)
	if err != nil {
		t.Fatal(err)
	}
	held, found, err := r.session.Find(t.Context(), first)
	if err != nil || found || held.Ref != want || !strings.Contains(string(held.Raw), "ARCHIVED") {
		t.Fatalf("%s: found %t as %+v, %v", n.Use, found, held.Ref, err)
	}
	n.Existing, n.Raw = held.Ref.ID, held.Raw
	w, err := r.session.LowerAccount(n)
	if err != nil || w.Key == first.Key {
		t.Fatalf("%s: key %q, %v", n.Use, w.Key, err)
	}
	if answer, err := r.session.Send(t.Context(), w); err != nil || answer.Ref != want {
		t.Errorf("%s: %+v became active, want %+v, %v", n.Use, answer.Ref, want, err)
	}
	if now, found, err := r.session.Find(t.Context(), first); err != nil || !found || now.Ref != want {
		t.Errorf("%s: found %t as %+v, %v", n.Use, found, now.Ref, err)
	}
}

// chart is the chart of accounts as it is pulled.
func (r *rig) chart(t *testing.T) []receivables.Account {
	t.Helper()
	records, _ := pull(t, r.session, "accounts", nil)
	accepted(t, records)
	var accounts []receivables.Account
	for _, record := range records {
		accounts = append(accounts, record.Entity.(receivables.Account))
	}
	return accounts
}

// An archived contact does not hold its name: a new one takes its place where
// it cannot be restored, under a key of its own.
func TestANewContactInsteadOfAnArchivedOne(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	old := receivables.Ref{Kind: receivables.KindCustomer, ID: r.books(t).FeeContact}
	w, _, _, err := r.session.LowerRemoval(connectors.Removal{Document: old, Raw: r.raw(t, old)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	w, err = r.session.LowerAccount(connectors.NewAccount{Use: "contact", Name: defaultContact, Existing: old.ID})
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := r.session.Send(t.Context(), w); err != nil || answer.Ref.ID == "" || answer.Ref == old {
		t.Errorf("%+v instead of %+v, %v", answer.Ref, old, err)
	}
	for _, raw := range []string{"{", `{"AccountID":"a"}`} {
		if _, err := r.session.LowerAccount(connectors.NewAccount{Use: "contact", Name: defaultContact, Existing: old.ID, Raw: []byte(raw)}); err == nil {
			t.Errorf("%s was taken for a contact", raw)
		}
	}
}
