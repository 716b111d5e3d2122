package connect_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
)

// wide is a vendor whose one consent reaches three companies, and that can
// give up one of them.
type wide struct {
	vendor
	gone    map[string]bool
	revoked []string
	lacks   []string
	other   bool
}

func (w *wide) Reached(context.Context, *http.Client, url.Values) ([]connectors.Company, error) {
	var out []connectors.Company
	for _, id := range []string{"42", "43", "44"} {
		if !w.gone[id] {
			out = append(out, connectors.Company{ExternalID: id, Name: "Company " + id})
		}
	}
	return out, nil
}

func (w *wide) Open(a connectors.Access) connectors.Session { return session{} }

func (w *wide) SameGrant(older, newer string) bool { return older != "" && newer != "" && !w.other }

func (w *wide) Ungranted(*oauth2.Token) []string { return w.lacks }

func (w *wide) Disconnect(_ context.Context, client *http.Client, id string) error {
	w.gone[id] = true
	request, err := http.NewRequest(http.MethodGet, w.r.http.URL+"/seen", nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(request)
	if err != nil {
		return err
	}
	return answer.Body.Close()
}

func (w *wide) Revoke(_ context.Context, _ *http.Client, refresh string) error {
	w.revoked = append(w.revoked, refresh)
	return nil
}

// named is a session that says who it was opened for.
type named struct {
	session
	id string
}

func (n named) Profile(context.Context) (connectors.Profile, error) {
	return connectors.Profile{ExternalID: n.id, Name: "Company " + n.id, Home: "USD"}, nil
}

func newWide(t *testing.T) (*rig, *wide) {
	r := newRig(t)
	w := &wide{vendor: vendor{r}, gone: map[string]bool{}}
	r.service.Vendors["craig"] = w
	r.service.Session = func(c books.Connection) (connectors.Session, error) { return named{id: c.ExternalID}, nil }
	return r, w
}

// TestSeveralCompaniesUnderOneGrant chooses, adds without a consent, widens by
// another consent, and gives up one after the other.
func TestSeveralCompaniesUnderOneGrant(t *testing.T) {
	t.Parallel()
	r, w := newWide(t)
	made, err := r.service.AnswerChosen(r.ctx, r.consent("allow"), connect.Only("Company 43"))
	r.must(err)
	if len(made) != 1 || made[0].ExternalID != "43" || made[0].Why != "" {
		t.Fatalf("chosen: %+v", made)
	}
	reached, err := r.service.Reach(r.ctx, made[0])
	r.must(err)
	if len(reached) != 3 {
		t.Errorf("the consent reaches %v", reached)
	}
	added, err := r.service.Add(r.ctx, made[0], "44")
	r.must(err)
	if added.GrantID != made[0].GrantID || added.ExternalID != "44" || added.State != books.ConnectionActive {
		t.Errorf("added: %+v", added)
	}
	if _, err := r.service.Add(r.ctx, made[0], "45"); !errors.Is(err, connect.ErrNotReached) || !strings.Contains(err.Error(), "Company 42") {
		t.Errorf("a company out of reach: %v", err)
	}
	before := r.grant(made[0].GrantID)
	w.lacks = []string{"payments"}
	again, err := r.service.AnswerChosen(r.ctx, r.consent("allow"), connect.Only("42"))
	r.must(err)
	if len(again) != 1 || again[0].GrantID != before.ID || !strings.Contains(again[0].Why, "lacks payments") {
		t.Errorf("a later consent: %+v", again)
	}
	if after := r.grant(before.ID); after.Refresh == before.Refresh || after.Dead {
		t.Error("the later consent did not renew the grant")
	}
	for i, c := range []books.Connection{made[0], added, again[0]} {
		ended, err := r.service.Disconnect(r.ctx, c)
		r.must(err)
		if ended.State != books.ConnectionReconnect || ended.ID != c.ID || !w.gone[c.ExternalID] {
			t.Errorf("disconnected: %+v", ended)
		}
		if last := i == 2; (len(w.revoked) > 0) != last || r.grant(before.ID).Dead != last {
			t.Errorf("after %d of 3: revoked %q, dead %v", i+1, w.revoked, r.grant(before.ID).Dead)
		}
	}
	if g := r.grant(before.ID); g.Access != "" || g.Refresh != "" {
		t.Error("secrets of an ended grant are kept")
	}
}

// TestChoiceRefusesTheConsent stores nothing when the company is not reached,
// and keeps the grants of two people apart.
func TestChoiceRefusesTheConsent(t *testing.T) {
	t.Parallel()
	r, w := newWide(t)
	if made, err := r.service.AnswerChosen(r.ctx, r.consent("allow"), connect.Only("99")); !errors.Is(err, connect.ErrNotReached) || len(made) != 0 {
		t.Errorf("%v, %v", made, err)
	}
	if all, err := r.store.Connections(r.ctx, books.Tenant); err != nil || len(all) != 0 {
		t.Errorf("connections %v, %v", all, err)
	}
	w.other = true
	one, err := r.service.AnswerChosen(r.ctx, r.consent("allow"), connect.Only("42"))
	r.must(err)
	two, err := r.service.AnswerChosen(r.ctx, r.consent("allow"), connect.Only("43"))
	r.must(err)
	if one[0].GrantID == two[0].GrantID {
		t.Error("the consents of two people became one grant")
	}
	if _, err := r.service.Disconnect(r.ctx, one[0]); err != nil || len(w.revoked) != 1 || r.grant(two[0].GrantID).Dead {
		t.Errorf("disconnect: %v, revoked %q", err, w.revoked)
	}
	w.gone = map[string]bool{}
	back, err := r.service.AnswerAgain(r.ctx, r.consent("allow"), one[0])
	r.must(err)
	if len(back) != 1 || back[0].ID != one[0].ID || back[0].State != books.ConnectionActive {
		t.Errorf("connected again: %+v", back)
	}
}
