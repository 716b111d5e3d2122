package web

import (
	"net/http"
	"strings"
	"testing"

	"tieout/people"
)

// TestTakeApart: who may decide takes a Stripe customer apart, and lets rules join
// it again; who only looks is not offered it.
func TestTakeApart(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	form := []string{"source", "2", "payer", "cus_1"}
	b.want(b.post("/customers/1/1/apart", form...), http.StatusSeeOther, "/customers/1/1#joined")
	b.want(b.get("/customers/1/1"), http.StatusOK, "Later payments of theirs ask somebody")
	b.want(b.post("/customers/1/1/allow", form...), http.StatusSeeOther)
	b.want(b.post("/customers/1/9/apart", form...), http.StatusNotFound)
	viewer := r.as(b, people.Viewer)
	viewer.want(viewer.post("/customers/1/1/apart", form...), http.StatusForbidden)
	if page := viewer.want(viewer.get("/customers/1/1"), http.StatusOK); strings.Contains(page.body, "Take apart") {
		t.Error("who only looks is offered to take them apart")
	}
}
