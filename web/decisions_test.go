package web

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tieout/people"
)

// TestDecisions: an answer is given with a person's name and taken back again,
// with and without script, by those who may.
func TestDecisions(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	page := b.want(b.get("/decisions"), 200, "Who paid?", `data-key="1"`, "fits to 92 %", "closes by itself", "No invoice fits")
	if strings.Contains(page.body, "Take it back") {
		t.Error("there is nothing to take back")
	}
	answer := url.Values{"book": {"b1"}, "id": {"d2"}, "answer": {"a"}}
	part := b.want(b.send(http.MethodPost, "/decisions/answer", answer, fragmentHeader, "decisions"), 200, "Answered: Who paid?", "Take it back")
	if !strings.HasPrefix(part.body, `<section id="decisions"`) || r.sample.answered != "Ada a" {
		t.Errorf("answered %q\n%s", r.sample.answered, part.body)
	}
	b.want(b.post("/decisions/answer", "book", "b1", "id", "d2", "answer", "a"), 200, "Somebody else has answered")
	b.want(b.post("/decisions/withdraw", "book", "b1", "id", "d2"), 303, "/decisions")
	b.want(b.post("/decisions/withdraw", "book", "b1", "id", "d2"), 200, "under Journal")
	b.want(b.post("/decisions/answer", "book", "b1", "id", "d2", "answer", "z"), 200, "none of the answers")
	b.want(b.post("/decisions/answer", "book", "b1", "id", "d9", "answer", "a"), 404)
	b.want(b.post("/decisions/answer", "book", "b1", "id", "d2", "answer", "account:", "more", " 7 "), 303, "/decisions")
	if r.sample.answered != "Ada account:7" {
		t.Errorf("answered %q", r.sample.answered)
	}
	viewer := r.as(b, people.Viewer)
	if seen := viewer.want(viewer.get("/decisions"), 200, "Who paid?"); strings.Contains(seen.body, "<button name=\"answer\"") {
		t.Error("a viewer is shown how to answer")
	}
	viewer.want(viewer.post("/decisions/answer", "book", "b1", "id", "d2", "answer", "a"), 403)
	r.sample.empty = true
	b.want(b.get("/decisions"), 200, "Nothing waits for you")
}

// TestApprovals: a second person agrees, one who has not asked for it, whatever
// name he or she goes by now, and whose role could do it.
func TestApprovals(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	page := b.want(b.get("/decisions"), 200, "Bo &lt;bo@example.com&gt; asks for a second person", "Waits for a second person", "Do it now", "See what it would do", "Approved and done", "Approved, but not done", "Look at it again")
	if strings.Count(page.body, "/decisions/approve") != 2 {
		t.Error("there is not one form for each that this person may answer")
	}
	b.want(b.post("/decisions/approve", "id", "p2", "answer", "yes"), 200, "another person has to approve")
	accountant := r.as(b, people.Accountant)
	if seen := accountant.want(accountant.get("/decisions"), 200, "four eyes off"); strings.Count(seen.body, "/decisions/approve") != 1 || strings.Contains(seen.body, "Do it now") {
		t.Errorf("an accountant is shown\n%s", seen.body)
	}
	accountant.want(accountant.post("/decisions/approve", "id", "p4", "answer", "yes"), 403)
	accountant.want(accountant.post("/decisions/approve", "book", "b1", "id", "p1", "answer", "yes"), 303, "/decisions")
	accountant.want(accountant.get("/decisions"), 200, "Approved, and done.")
	if want := "p1 true accountant <accountant@example.com>"; r.sample.approved != want {
		t.Errorf("approved %q, want %q", r.sample.approved, want)
	}
	b.want(b.post("/decisions/approve", "book", "b1", "id", "p1", "answer", "no"), 200, "Somebody else has answered")
	b.want(b.post("/decisions/approve", "book", "b2", "id", "p1", "answer", "no"), 200, "Somebody else has answered")
}

// TestRetry: what a vendor has refused is tried again with one key, by those who
// may decide.
func TestRetry(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/decisions"), 200, "not written", "Try it again", `href="/settings/booking/1"`, `href="/payments/1"`)
	viewer := r.as(b, people.Viewer)
	viewer.want(viewer.post("/decisions/retry", "book", "b1", "id", "i1"), 403)
	if seen := viewer.want(viewer.get("/decisions"), 200, "not written"); strings.Contains(seen.body, "/decisions/retry") {
		t.Error("a viewer is shown how to try it again")
	}
	b.want(b.post("/decisions/retry", "book", "b9", "id", "i1"), 404)
	form := url.Values{"book": {"b1"}, "id": {"i1"}}
	part := b.want(b.send(http.MethodPost, "/decisions/retry", form, fragmentHeader, "decisions"), 200, "The next run tries 1 write again")
	if strings.Contains(part.body, "not written") {
		t.Error("it still stands there")
	}
	b.want(b.post("/decisions/retry", "book", "b1", "id", "i1"), 303)
	b.want(b.get("/decisions"), 200, "It has been tried again already")
}
