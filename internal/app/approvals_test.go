package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieout/books"
	"tieout/people"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/monthend"
)

// TestApprovedIsDone: what somebody asks for on the pages is done when a second
// person agrees, in the name of both, and once; when something has changed
// meanwhile it is not done, and who asked is told.
func TestApprovedIsDone(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	ann := r.clerk()
	bo := ann.second("Bo")
	if err := r.Store.SaveControl(t.Context(), r.Tenant, monthend.Control{FourEyes: true, RetentionYears: 10}, "x", r.clock.Now()); err != nil {
		t.Fatal(err)
	}
	chosen := r.linked()[:2]
	ann.asks("no-links", chosen[0])
	ann.answers("no-links", "another person has to approve")
	if _, inv := r.link(chosen[0]); slices.Contains(r.settings().NoLinkInvoices, inv.ID) {
		t.Fatal("it was done before anybody agreed")
	}
	bo.answers("Leave out of payment links", "Approved, and done.")
	if got := r.settings().NoLinkInvoices; !slices.Equal(got, chosen[:1]) {
		t.Fatalf("left out are %q, want %q", got, chosen[:1])
	}
	if page := ann.body(ann.client.Get(ann.base + "/decisions")); !strings.Contains(page, "Approved and done") {
		t.Errorf("who asked is not told:\n%s", page)
	}
	if who := r.lastSettings(); !strings.HasPrefix(who, "Demo <") || !strings.Contains(who, "approved by Bo <") {
		t.Errorf("the journal names %q", who)
	}

	// Approved once, it is not done twice: the same again asks again.
	ann.asks("links", chosen[0])
	bo.answers("Allow payment links again", "Approved, and done.")
	ann.asks("no-links", chosen[0])

	// Meanwhile somebody else has left another one out.
	b, err := r.Store.Book(t.Context(), r.Tenant, r.book.ID)
	if err != nil {
		t.Fatal(err)
	}
	b.Settings.NoLinkInvoices = chosen[1:]
	if _, err := r.Connect.SaveBook(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	bo.answers("Leave out of payment links", "Approved, but not done. Something has changed since")
	if got := r.settings().NoLinkInvoices; !slices.Equal(got, chosen[1:]) {
		t.Errorf("left out are %q, want %q", got, chosen[1:])
	}
	if page := ann.body(ann.client.Get(ann.base + "/decisions")); !strings.Contains(page, "Approved, but not done") {
		t.Errorf("who asked is not told:\n%s", page)
	}
	// The controls themselves.
	form := url.Values{"years": {"12"}, "four_eyes": {"on"}}
	ann.refused("/settings/control", form)
	bo.answers("controls: four eyes on → on, kept for 10 → 12 years", "Approved, and done.")
	if now, err := r.Store.Control(t.Context(), r.Tenant); err != nil || now.RetentionYears != 12 {
		t.Errorf("controls %+v, %v", now, err)
	}
	// Who has asked, and may not any more.
	form.Set("years", "13")
	ann.refused("/settings/control", form)
	demo, err := r.Store.PersonByEmail(t.Context(), "demo@localhost")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.People.SetRole(t.Context(), "x", r.Tenant, demo.ID, people.Viewer); err != nil {
		t.Fatal(err)
	}
	bo.answers("controls", "Approved, but not done. Whoever asked for it may not do that any more.")
	if now, err := r.Store.Control(t.Context(), r.Tenant); err != nil || now.RetentionYears != 12 {
		t.Errorf("controls %+v, %v", now, err)
	}
}

// settings are the book's as they stand.
func (r *rig) settings() books.Settings {
	r.Helper()
	b, err := r.Store.Book(r.Context(), r.Tenant, r.book.ID)
	if err != nil {
		r.Fatal(err)
	}
	return b.Settings
}

// lastSettings is who has changed the book's settings last, as the journal says.
func (r *rig) lastSettings() string {
	r.Helper()
	who := ""
	if err := r.Store.Journal(r.Context(), r.Tenant, r.book.ID, store.JournalQuery{Kinds: []journal.Kind{journal.KindSettings}}, func(l journal.Line) error {
		e, err := l.Open()
		who = e.Who
		return err
	}); err != nil {
		r.Fatal(err)
	}
	return who
}

// asks wants something done to an invoice, and is told to wait.
func (c *clerk) asks(action, id string) {
	c.Helper()
	form := url.Values{"do": {action}, "row": {c.ledger.ID + "/" + id}}
	shown := c.body(c.client.Get(c.base + "/receivables/bulk?" + form.Encode()))
	form.Set("digest", regexp.MustCompile(`name="digest" value="([^"]+)"`).FindStringSubmatch(shown)[1])
	c.refused("/receivables/bulk", form)
}

// refused sends what a second person has to approve first.
func (c *clerk) refused(path string, form url.Values) {
	c.Helper()
	got, err := c.client.PostForm(c.base+path, form)
	if err != nil {
		c.Fatal(err)
	}
	_ = got.Body.Close()
	if got.StatusCode != http.StatusConflict {
		c.Fatalf("%s answered %d", path, got.StatusCode)
	}
}

// answers approves the one thing that waits, and sees what that says.
func (c *clerk) answers(what, want string) {
	c.Helper()
	list, err := c.Approvals(c.Context(), c.Tenant)
	if err != nil {
		c.Fatal(err)
	}
	for _, one := range list {
		if one.By != "" {
			continue
		}
		page := c.body(c.client.PostForm(c.base+"/decisions/approve", url.Values{"book": {one.Book}, "id": {one.ID}, "answer": {"yes"}}))
		if !strings.Contains(page, want) {
			c.Errorf("%s: the page does not say %q:\n%s", what, want, page)
		}
		return
	}
	c.Fatalf("%s does not wait for anybody", what)
}
