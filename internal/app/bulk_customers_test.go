package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/people"
	"tieout/sync/reconcile"
)

// TestBulkResponsible makes somebody of sales responsible for the customers of
// two invoices on the pages: for these and for no other.
func TestBulkResponsible(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	at := r.clerk()
	seller := at.second("seller")
	p, err := r.Store.PersonByEmail(t.Context(), "seller@example.com")
	if err != nil {
		t.Fatal(err)
	}
	e := people.Event{ID: "role", Tenant: r.Tenant, Kind: people.EventRole, Person: p.ID, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)}
	if err := r.Store.SetRole(t.Context(), r.Tenant, p.ID, people.Sales, e); err != nil {
		t.Fatal(err)
	}
	ids := must1[[]string](t)(r.Store.InvoiceIDs(t.Context(), r.book, "", 1000))
	invoices, err := r.Store.Invoices(t.Context(), r.book, reconcile.InvoiceQuery{IDs: ids})
	if err != nil {
		t.Fatal(err)
	}
	theirs, form, wanted := map[string]bool{}, url.Values{}, map[string]bool{}
	for _, inv := range invoices {
		if theirs[inv.CustomerID] = true; len(wanted) < 2 && !wanted[inv.CustomerID] {
			wanted[inv.CustomerID] = true
			form.Add("row", r.ledger.ID+"/"+inv.ID)
		}
	}
	shown := at.body(at.client.Get(at.base + "/receivables/responsible?" + form.Encode()))
	if !strings.Contains(shown, ">2 customers<") || len(theirs) < 3 {
		t.Fatalf("of %d customers: %s", len(theirs), shown)
	}
	form.Set("digest", regexp.MustCompile(`name="digest" value="([^"]+)"`).FindStringSubmatch(shown)[1])
	form.Set("person", p.ID)
	at.body(at.client.PostForm(at.base+"/receivables/responsible", form))
	for id := range theirs {
		if yes, err := r.Store.ResponsibleFor(t.Context(), r.Tenant, p.ID, r.ledger.ID, id); err != nil || yes != wanted[id] {
			t.Errorf("responsible for customer %s: %v, %v", id, yes, err)
		}
	}
	answer, err := seller.client.Get(at.base + "/receivables/responsible")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("who sells may make others responsible: %d", answer.StatusCode)
	}
}
