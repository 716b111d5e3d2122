package web

import (
	"net/http"
	"strings"
	"testing"
)

// TestNotes: what is written stands under the author's name; nothing, too much,
// and what nobody may see is not kept.
func TestNotes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	send := func(kind, id, text string) answer {
		return b.post("/notes", "kind", kind, "connection", "1", "id", id, "text", text)
	}
	got := send("invoice", "1", "  Promised for Friday. ")
	if got.code != http.StatusSeeOther || got.header.Get("Location") != "/invoices/1/1#notes" {
		t.Errorf("answered %d, led to %s", got.code, got.header.Get("Location"))
	}
	if n := r.sample.noted; n.Text != "Promised for Friday." || n.Author != "Ada" || n.Person == "" {
		t.Errorf("kept %+v", n)
	}
	for _, text := range []string{" \n", strings.Repeat("é", maxNote+1)} {
		send("customer", "1", text)
		if r.sample.noted.Text != "Promised for Friday." {
			t.Fatalf("kept %q", r.sample.noted.Text)
		}
		b.want(b.get("/customers/1/1"), http.StatusOK, "not kept")
	}
	for _, at := range [][2]string{{"customer", "2"}, {"journal", "1"}} {
		if got := send(at[0], at[1], "x"); got.code != http.StatusNotFound {
			t.Errorf("%v answered %d", at, got.code)
		}
	}
}
