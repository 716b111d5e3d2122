package app_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"tieout/books"
	"tieout/internal/app"
	"tieout/people"
	"tieout/web"
)

// visitor is somebody signed in at the pages of a rig's installation.
type visitor struct {
	*rig
	client *http.Client
	base   string
	who    people.Person
}

// visitor signs an owner in.
func (r *rig) visitor() *visitor {
	r.Helper()
	site := must1[*web.Site](r.T)(r.Pages(app.Screen{Log: func(_ string, err error) { r.Error(err) }}))
	server := httptest.NewServer(site)
	r.Cleanup(func() { site.Close(); server.Close() })
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	owner := must1[people.Person](r.T)(r.People.Demonstrator(r.Context(), people.Organisation{Name: "O", Zone: "UTC", Home: "USD"}))
	v := &visitor{r, client, server.URL, owner}
	v.enter()
	return v
}

// enter signs the owner in, again when a session has ended by the clock.
func (v *visitor) enter() {
	v.Helper()
	token := must1[string](v.T)(v.People.EnterTicket(v.Context(), v.who))
	v.post("/enter", http.StatusSeeOther, "token", token)
}

// read gives an answer's place to go on to and its text, after checking its code
// and words in it.
func (v *visitor) read(got *http.Response, err error, code int, words ...string) (place, text string) {
	v.Helper()
	if err != nil {
		v.Fatal(err)
	}
	body := must1[[]byte](v.T)(io.ReadAll(got.Body))
	_ = got.Body.Close()
	place, text = got.Header.Get("Location"), string(body)
	if got.StatusCode != code {
		v.Fatalf("%s answered %d, want %d:\n%s", got.Request.URL.Path, got.StatusCode, code, text)
	}
	for _, w := range words {
		if !strings.Contains(place+text, w) {
			v.Errorf("%s: no %q in %s\n%s", got.Request.URL.Path, w, place, text)
		}
	}
	return place, text
}

func (v *visitor) get(path string, code int, words ...string) (place, text string) {
	v.Helper()
	got, err := v.client.Get(v.base + path)
	return v.read(got, err, code, words...)
}

func (v *visitor) post(path string, code int, fields ...string) (place, text string) {
	v.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	got, err := v.client.PostForm(v.base+path, form)
	return v.read(got, err, code)
}

// consents goes to the vendor's page from a page of ours, and comes back.
func (v *visitor) consents(from string, code int) (place, text string) {
	v.Helper()
	address, _ := v.get(from, http.StatusSeeOther)
	return v.get("/connect/callback?"+v.allow(address).Encode(), code)
}

// TestChoiceOfOrganisations: a consent at Xero that reaches several organisations
// connects none before somebody has chosen; the choice can be left and come back
// to, and what is not chosen is not connected.
func TestChoiceOfOrganisations(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	r.config.Database = filepath.Join(t.TempDir(), "empty.db")
	r.App = r.open()
	r.wire.set(rewriting("/connections", func(body []byte) []byte {
		return bytes.Replace(body, []byte("]"), []byte(`,{"id":"c2","tenantId":"another","tenantType":"ORGANISATION","tenantName":"Another Ltd"}]`), 1)
	}))
	v := r.visitor()
	place, _ := v.consents("/connect/xero/begin", http.StatusSeeOther)
	if !strings.HasPrefix(place, "/connect/companies?consent=") {
		t.Fatalf("it went on to %s", place)
	}
	if list := must(t)(r.Store.Connections(t.Context(), books.Tenant)); len(list) > 0 {
		t.Fatalf("connected before a choice: %v", list)
	}
	v.get("/connect", http.StatusOK, "no company of it is connected yet", place)
	_, page := v.get(place, http.StatusOK, r.company.Name, "Another Ltd")
	if strings.Contains(page, "disabled") {
		t.Error("something is connected already")
	}
	grant := strings.TrimPrefix(place, "/connect/companies?consent=")
	v.post("/connect/companies", http.StatusUnprocessableEntity, "consent", grant, "company", "nonsense")
	v.post("/connect/companies", http.StatusUnprocessableEntity, "consent", "nonsense", "company", r.company.ID)
	v.post("/connect/companies", http.StatusSeeOther, "consent", grant, "company", r.company.ID)
	list := must(t)(r.Store.Connections(t.Context(), books.Tenant))
	if len(list) != 1 || list[0].ExternalID != r.company.ID || list[0].GrantID != grant {
		t.Fatalf("connected: %v", list)
	}
	// A second consent of the same person is joined to the first one, and offers
	// what is left.
	place, _ = v.consents("/connect/xero/begin", http.StatusSeeOther)
	if place != "/connect/companies?consent="+grant {
		t.Errorf("it went on to %s", place)
	}
	v.get(place, http.StatusOK, "connected already", "disabled", "Another Ltd")
}

// TestDisconnectOnThePage gives the company up at the vendor, lets its book write
// nothing until somebody has seen what, and connects it again with one click.
func TestDisconnectOnThePage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	v := r.visitor()
	path := "/connections/" + r.ledger.ID
	v.get(path+"/disconnect", http.StatusOK, "/journal/"+r.book.ID+"/undo?scope=book")
	v.post(path+"/disconnect", http.StatusSeeOther, "keep", "yes")
	v.get(path, http.StatusOK, "It is disconnected", "/again")
	v.post(path+"/disconnect", http.StatusUnprocessableEntity, "keep", "yes")
	v.post(path+"/change", http.StatusUnprocessableEntity, "do", "sync")
	if _, err := r.Connect.Reach(t.Context(), r.row(r.ledger.ID)); err == nil {
		t.Error("the vendor still answers")
	}
	if b := must1[books.Book](t)(r.Store.Book(t.Context(), books.Tenant, r.book.ID)); b.Writes {
		t.Error("the book still writes")
	}
	_, page := v.get("/receivables", http.StatusOK)
	if !strings.Contains(page, path+"/again") {
		t.Error("a page does not offer to connect again")
	}
	place, _ := v.consents(path+"/again", http.StatusSeeOther)
	if place != path {
		t.Errorf("it went on to %s", place)
	}
	if c := r.row(r.ledger.ID); c.State != books.ConnectionActive || c.GrantID == r.ledger.GrantID {
		t.Errorf("connected again: %s under %s", c.State, c.GrantID)
	}
	v.get("/connect", http.StatusOK, "waits for you", "/connect/book/"+r.book.ID+"/writes")
}

// TestKeyAgainOnThePage refuses a key of another account, and money of another
// kind.
func TestKeyAgainOnThePage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	v := r.visitor()
	v.get("/connections/"+r.stripe.ID+"/again", http.StatusOK, "Give Stripe another key", "to compare the sum of all movements")
	_, page := v.post("/connect/stripe/key", http.StatusUnprocessableEntity, "key", "sk_live_real", "again", r.stripe.ID)
	if strings.Contains(page, "sk_live_real") {
		t.Error("the key is shown")
	}
	place, _ := v.post("/connect/stripe/key", http.StatusSeeOther, "key", r.company.StripeKey, "again", r.stripe.ID)
	if place != "/connections/"+r.stripe.ID {
		t.Errorf("it went on to %s", place)
	}
	v.get("/connections/typo", http.StatusNotFound)
	v.get("/connect/nobody/begin", http.StatusNotFound)
}
