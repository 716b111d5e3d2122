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
