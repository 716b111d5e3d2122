package app_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tieout/internal/app"
	"tieout/links"
	"tieout/people"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/reconcile"
)

// TestBulkLinks leaves invoices out of payment links on the page, as it was shown,
// and allows them again: the next run ends the links at Stripe and takes them off
// the documents, and makes new ones.
func TestBulkLinks(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.clean()
	at := r.clerk()
	linked := r.linked()
	if len(linked) < 2 {
		t.Fatalf("%d invoices with a link", len(linked))
	}
	chosen := linked[:2]
	if page := at.act("no-links", chosen, nil); !strings.Contains(page, "The link is ended at Stripe") || !strings.Contains(page, `data-label="Invoices">2<`) {
		t.Fatalf("shown: %s", page)
	}
	r.clean()
	r.clean()
	for _, id := range chosen {
		if l, inv := r.link(id); l.State != links.StateOff || inv.Link != "" {
			t.Errorf("invoice %s: its link is %s, the document carries %q", id, l.State, inv.Link)
		}
	}
	if now := r.linked(); len(now) != len(linked)-2 {
		t.Errorf("%d invoices carry a link, want %d", len(now), len(linked)-2)
	}
	page := at.body(at.client.Get(at.base + "/invoices/" + r.ledger.ID + "/" + chosen[0]))
	for _, words := range []string{"Left out of payment links", "Allow again", "First read", "it carries a payment link", "its payment link has gone"} {
		if !strings.Contains(page, words) {
			t.Errorf("the invoice's page does not say %q", words)
		}
	}
	at.act("links", nil, url.Values{"all": {"yes"}, "status": {"open"}})
	r.clean()
	if now := r.linked(); len(now) != len(linked) {
		t.Errorf("%d invoices have a link again, want %d", len(now), len(linked))
	}
	said := 0
	if err := r.Store.Journal(t.Context(), r.Tenant, r.book.ID, store.JournalQuery{Kinds: []journal.Kind{journal.KindSettings}}, func(l journal.Line) error {
		e, err := l.Open()
		if strings.Contains(e.Who, "Demo") {
			said++
		}
		return err
	}); err != nil || said != 2 {
		t.Errorf("%d lines of the journal name who did it, %v", said, err)
	}
}

// linked are the open invoices that have a link.
func (r *rig) linked() []string {
	r.Helper()
	b, err := r.Store.Book(r.Context(), r.Tenant, r.book.ID)
	if err != nil {
		r.Fatal(err)
	}
	ids := must1[[]string](r.T)(r.Store.InvoiceIDs(r.Context(), b, "", 1000))
	all, err := r.Store.LinksOf(r.Context(), b, ids)
	if err != nil {
		r.Fatal(err)
	}
	var out []string
	for _, id := range ids {
		if all[id].State == links.StateActive {
			out = append(out, id)
		}
	}
	return out
}

// link is an invoice's newest link, and the invoice.
func (r *rig) link(id string) (links.Link, receivables.Invoice) {
	r.Helper()
	all, err := r.Store.LinksOf(r.Context(), r.book, []string{id})
	if err != nil {
		r.Fatal(err)
	}
	list := must1[[]receivables.Invoice](r.T)(r.Store.Invoices(r.Context(), r.book, reconcile.InvoiceQuery{IDs: []string{id}}))
	return all[id], list[0]
}

// clerk is somebody at the pages.
type clerk struct {
	*rig
	client *http.Client
	base   string
}

func (r *rig) clerk() *clerk {
	r.Helper()
	site, err := r.Pages(app.Screen{Log: func(reference string, err error) { r.Errorf("page %s: %v", reference, err) }})
	if err != nil {
		r.Fatal(err)
	}
	server := httptest.NewServer(site)
	r.Cleanup(func() { site.Close(); server.Close() })
	owner, err := r.People.Demonstrator(r.Context(), people.Organisation{Name: "Test", Zone: "UTC", Home: "USD"})
	if err != nil {
		r.Fatal(err)
	}
	c := &clerk{rig: r, base: server.URL}
	return c.as(owner)
}

// as is another person at the same pages.
func (c *clerk) as(p people.Person) *clerk {
	c.Helper()
	one := &clerk{c.rig, &http.Client{Jar: must1[*cookiejar.Jar](c.T)(cookiejar.New(nil))}, c.base}
	one.body(one.client.PostForm(c.base+"/enter", url.Values{"token": {must1[string](c.T)(c.People.EnterTicket(c.Context(), p))}}))
	return one
}

// second is another owner.
func (c *clerk) second(name string) *clerk {
	c.Helper()
	owner, err := c.Store.PersonByEmail(c.Context(), "demo@localhost")
	if err != nil {
		c.Fatal(err)
	}
	token := must1[string](c.T)(c.People.Invite(c.Context(), owner.ID, c.Tenant, name+"@example.com", people.Owner))
	p, _, err := c.People.Join(c.Context(), token, nil, name, "a long enough sentence")
	if err != nil {
		c.Fatal(err)
	}
	return c.as(p)
}

func (c *clerk) body(answer *http.Response, err error) string {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text := string(must1[[]byte](c.T)(io.ReadAll(answer.Body)))
	if answer.StatusCode != http.StatusOK {
		c.Fatalf("%s: %d %s", answer.Request.URL, answer.StatusCode, text)
	}
	return text
}

// act has something shown that is done to invoices, and does it.
func (c *clerk) act(action string, ids []string, form url.Values) string {
	c.Helper()
	if form == nil {
		form = url.Values{}
	}
	form.Set("do", action)
	for _, id := range ids {
		form.Add("row", c.ledger.ID+"/"+id)
	}
	shown := c.body(c.client.Get(c.base + "/receivables/bulk?" + form.Encode()))
	digest := regexp.MustCompile(`name="digest" value="([^"]+)"`).FindStringSubmatch(shown)
	if digest == nil {
		c.Fatalf("nothing to confirm: %s", shown)
	}
	form.Set("digest", digest[1])
	c.body(c.client.PostForm(c.base+"/receivables/bulk", form))
	return shown
}
