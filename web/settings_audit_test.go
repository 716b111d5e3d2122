package web

import (
	"strings"
	"testing"

	"tieout/people"
)

// TestAuditLog: what people do and take away stands in the log of their
// organisation, with who and from where, once and in no other one's; what was
// refused does not. It is read page by page and as a file, by owners.
func TestAuditLog(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	viewer := r.as(b, people.Viewer)
	b.want(b.get("/receivables.csv?q=Marlow"), 200)
	b.want(b.post("/decisions/answer", "book", "b1", "id", "d2", "answer", "a", "secret", "canary-of-a-form"), 303)
	viewer.want(viewer.post("/decisions/answer", "book", "b1", "id", "d9", "answer", "a"), 403)
	b.want(b.post("/settings/invite", "email", "eve@example.com", "role", "nobody"), 422)
	r.browser().post("/login", "email", "ada@example.com", "password", "not the right one")
	page := b.want(b.get("/settings/audit"), 200, "receivables as CSV: q=Marlow", "gave an answer to a question: book b1, id d2, answer a",
		"sign-in failed", "invited", "viewer@example.com as viewer", "127.0.0.1", ">Ada<").body
	for _, no := range []string{"canary", "id d9", "eve@example.com"} {
		if strings.Contains(page, no) {
			t.Errorf("the log holds %q:\n%s", no, page)
		}
	}
	if n := strings.Count(page, "gave an answer to a question"); n != 1 {
		t.Errorf("an answer stands %d times", n)
	}
	if only := b.want(b.get("/settings/audit?kind=exported"), 200, "receivables as CSV").body; strings.Contains(only, "gave an answer to a question") {
		t.Error("another kind is shown too")
	}
	b.want(b.get("/settings/audit?kind=nonsense&before=never"), 200, "gave an answer to a question")
	b.want(b.get("/settings/audit.csv"), 200, "at,what,person,by,address,detail", "acted,,Ada,127.0.0.1,")
	viewer.want(viewer.get("/settings/audit"), 403)
	for range shownEvents {
		b.want(b.post("/account/profile", "name", "Ada", "theme", "dark"), 303)
	}
	_, older, _ := strings.Cut(b.want(b.get("/settings/audit"), 200, ">Older<").body, `href="/settings/audit?before=`)
	older, _, _ = strings.Cut(older, `"`)
	b.want(b.get("/settings/audit?before="+strings.ReplaceAll(older, "&#43;", "+")), 200, "set up", "sign-in failed")
	b.want(b.post("/clients", "organisation", "Nord", "zone", "UTC", "home", "NOK"), 303)
	nord := b.want(b.get("/settings/audit"), 200, "organisation made").body
	for _, theirs := range []string{"gave an answer to a question", "receivables as CSV", "viewer@example.com"} {
		if strings.Contains(nord, theirs) {
			t.Errorf("another organisation's log shows %q", theirs)
		}
	}
}
