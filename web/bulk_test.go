package web

import (
	"net/http"
	"strings"
	"testing"

	"tieout/people"
)

// TestBulk: what is chosen is shown first, with counts and sums, and done as it was
// shown; who may not decide is offered nothing.
func TestBulk(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/receivables"), http.StatusOK, `form="bulk"`, "Leave out of payment links", `name="all"`)
	b.want(b.get("/receivables/bulk?do=no-links&row=c1/1&row=c1/2"), http.StatusOK, "Leave out of payment links", `name="row" value="c1/2"`, `value="d1"`, "5.00", "Nothing has been changed yet")
	b.want(b.get("/receivables/bulk?do=no-links"), http.StatusOK, "No invoice is chosen")
	b.want(b.get("/receivables/bulk?do=links&all=yes&status=all"), http.StatusOK, "More than 1,000 invoices")
	b.want(b.get("/receivables/bulk?do=away"), http.StatusNotFound)
	b.want(b.post("/receivables/bulk", "do", "no-links", "row", "c1/1", "digest", "d1", "status", "overdue"), http.StatusSeeOther, "/receivables?sort=due&status=overdue")
	b.want(b.post("/receivables/bulk", "do", "no-links", "row", "c1/1", "digest", "old"), http.StatusConflict, "What would happen")
	b.want(b.post("/receivables/bulk", "do", "customer-no-links", "row", "c1/1", "digest", "d1"), http.StatusConflict)
	viewer := r.as(b, people.Viewer)
	if page := viewer.want(viewer.get("/receivables"), http.StatusOK); strings.Contains(page.body, `form="bulk"`) {
		t.Error("who only looks is offered to choose")
	}
}

// TestBulkResponsible: somebody of sales is made responsible for the customers
// of the chosen invoices, as they were shown, and by an owner only.
func TestBulkResponsible(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/receivables"), http.StatusOK, `formaction="/receivables/responsible"`)
	const chosen = "/receivables/responsible?row=1/1&row=1/2"
	b.want(b.get(chosen), http.StatusOK, "1 customer<", "1 invoice is left out", "invite</a> with the role sales")
	b.want(b.get("/receivables/responsible"), http.StatusOK, "No invoice of a customer in the ledger is chosen")
	b.want(b.get("/receivables/responsible?all=yes&status=all"), http.StatusOK, "More than 1,000 invoices")
	r.as(b, people.Sales)
	members, err := r.store.Members(t.Context(), "main")
	if err != nil {
		t.Fatal(err)
	}
	seller := ""
	for _, m := range members {
		if m.Role == people.Sales {
			seller = m.Person.ID
		}
	}
	b.want(b.get(chosen), http.StatusOK, `value="`+seller+`"`, `name="row" value="1/2"`, `name="digest" value="d1"`)
	b.want(b.post("/receivables/responsible", "row", "1/1", "person", seller, "digest", "old"), http.StatusConflict)
	if yes, err := r.store.ResponsibleFor(t.Context(), "main", seller, "1", "1"); err != nil || yes {
		t.Errorf("responsible for what was not shown: %v", err)
	}
	b.want(b.post("/receivables/responsible", "row", "1/1", "person", seller, "digest", "d1", "status", "overdue"), http.StatusSeeOther, "/receivables?sort=due&status=overdue")
	if yes, err := r.store.ResponsibleFor(t.Context(), "main", seller, "1", "1"); err != nil || !yes {
		t.Errorf("not responsible: %v", err)
	}
	b.want(b.post("/receivables/responsible", "row", "1/1", "person", "nobody", "digest", "d1"), http.StatusNotFound)
	collector := r.as(b, people.Collector)
	collector.want(collector.get(chosen), http.StatusForbidden)
	if page := collector.want(collector.get("/receivables"), http.StatusOK); strings.Contains(page.body, "/receivables/responsible") {
		t.Error("who may not is offered to make somebody responsible")
	}
}
