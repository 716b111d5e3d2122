package web

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"tieout/people"
)

// upload sends a form with a file.
func (b *browser) upload(path, content string, fields ...string) answer {
	b.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i+1 < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			b.Fatal(err)
		}
	}
	part, err := w.CreateFormFile("file", "statement.csv")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	return b.sendBody(http.MethodPost, path, &body, "Content-Type", w.FormDataContentType())
}

// hidden are the hidden fields of the form on a page that goes to an address.
func hidden(page answer, action string) url.Values {
	form := url.Values{}
	_, rest, _ := strings.Cut(page.body, `action="`+action+`"`)
	rest, _, _ = strings.Cut(rest, "</form>")
	for _, m := range regexp.MustCompile(`type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(rest, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

// TestBankFile: a file is shown before it is kept, a CSV file with how it is
// read, and comes back whole with the word to import it.
func TestBankFile(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/bank"), 200, "Read the file", `enctype="multipart/form-data"`)
	shown := b.want(b.upload("/bank/read", "<xml>", "book", "1", "account", "35"), 200, "It adds up", "1 line is not booked yet", "does not give both balances", "Import 2 lines")
	form := hidden(shown, "/bank/import")
	b.want(b.send(http.MethodPost, "/bank/import", form), 303, "/bank?account=35&book=1")
	if want := `Ada 35 "<xml>"`; r.sample.answered != want {
		t.Errorf("imported %q, want %q", r.sample.answered, want)
	}
	b.want(b.get("/bank"), 200, "Imported: 2 new lines")

	asked := b.want(b.upload("/bank/read", "a,b", "book", "1", "account", "35"), 200, "only you can say", "How the file is read")
	if strings.Contains(asked.body, "/bank/import") {
		t.Error("a file that leaves something open can be imported")
	}
	form = hidden(asked, "/bank/read")
	wrong := b.want(b.send(http.MethodPost, "/bank/read", form), 422, "How the file is read")
	form = hidden(wrong, "/bank/read")
	form.Set("use:amount", "Sum")
	form.Set("use:text", "-")
	read := b.want(b.send(http.MethodPost, "/bank/read", form), 200, `<option value="Sum" selected>`, "Import 2 lines")
	if form = hidden(read, "/bank/import"); strings.Contains(form.Get("map"), "more") {
		t.Errorf("the text was to be none: %s", form.Get("map"))
	}
	b.want(b.send(http.MethodPost, "/bank/import", form), 303)
	if want := `Ada 35 "a,b" Sum`; r.sample.answered != want {
		t.Errorf("imported %q, want %q", r.sample.answered, want)
	}
}

// TestBankFileRefused: what is no file, too large or torn is refused in words,
// and by role.
func TestBankFileRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.upload("/bank/read", "", "book", "1", "account", "35"), 422, "Choose the bank account and the file")
	b.want(b.upload("/bank/read", "x", "book", "1"), 422, "Choose the bank account and the file")
	b.want(b.upload("/bank/read", "x", "book", "9", "account", "35"), 404)
	b.want(b.upload("/bank/read", "wrong", "book", "1", "account", "35"), 422, `role="alert"`)
	b.want(b.upload("/bank/read", strings.Repeat("x", maxStatement+1), "book", "1", "account", "35"), 422, "larger than 8 MB")
	for _, torn := range []string{"!", "H4sIAAAAAAAA"} {
		b.want(b.post("/bank/import", "book", "1", "account", "35", "packed", torn), 422, "did not come back whole")
	}
	large, err := pack(make([]byte, maxStatement+1))
	if err != nil {
		t.Fatal(err)
	}
	b.want(b.post("/bank/import", "book", "1", "account", "35", "packed", large), 422, "did not come back whole")
	b.want(b.post("/bank/import", "book", "1", "account", "35", "packed", "x", "map", "{"), 422, "did not come back whole")
	if r.sample.answered != "" {
		t.Errorf("something was imported: %s", r.sample.answered)
	}
	viewer := r.as(b, people.Viewer)
	if page := viewer.want(viewer.get("/bank"), 200, "Payout"); strings.Contains(page.body, "<form method=\"post\" action=\"/bank") || strings.Contains(page.body, `type="file"`) {
		t.Error("a viewer is shown how to import or confirm")
	}
	viewer.want(viewer.upload("/bank/read", "x", "book", "1", "account", "35"), 403)
}

// TestBankLines: a line is confirmed with a person's name and taken back, with
// and without script; payouts lead to their lines and back.
func TestBankLines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	page := b.want(b.get("/bank"), 200, `data-key="y"`, "To confirm (2)", "Unexplained (1)", "All (1,234)", "Take the confirmation back", "/journal/1/undo?scope=document", "Older lines")
	if strings.Contains(page.body, `data-key="u"`) {
		t.Error("there is nothing to take back")
	}
	form := hidden(page, "/bank/confirm")
	part := b.want(b.send(http.MethodPost, "/bank/confirm", form, fragmentHeader, "lines"), 200, "Confirmed: 19 Nov 2026", `data-key="u"`)
	if !strings.HasPrefix(part.body, `<section id="lines"`) || r.sample.answered != "Ada l1" {
		t.Errorf("confirmed %q\n%s", r.sample.answered, part.body)
	}
	b.want(b.send(http.MethodPost, "/bank/confirm", form), 422, "Somebody else has confirmed")
	form.Set("shown", "other")
	b.want(b.send(http.MethodPost, "/bank/confirm", form), 422, "Something has changed")
	b.want(b.post("/bank/confirm", "book", "1", "of", "35", "id", "l4", "invoices", " ,"), 422, "Write the numbers")
	b.want(b.post("/bank/confirm", "book", "1", "of", "35", "id", "l4", "invoices", "none"), 422, `role="alert"`)
	b.want(b.post("/bank/confirm", "book", "1", "of", "35", "id", "l9"), 404)
	b.want(b.post("/bank/confirm", "book", "1", "of", "35", "id", "l4", "invoices", "7, 8", "state", "open"), 303, "/bank?book=1&state=open")
	b.want(b.post("/bank/reopen", "book", "1", "of", "35", "id", "l4"), 303, "/bank?book=1")
	if r.sample.answered != "reopened l4" || strings.Contains(b.get("/bank").body, `data-key="u"`) {
		t.Errorf("%q is not taken back", r.sample.answered)
	}
	b.want(b.post("/bank/reopen", "book", "1", "of", "35", "id", "l6"), 422, "stands in the ledger")
	b.want(b.post("/bank/match", "book", "1", "account", "35"), 303, "account=35")
	b.want(b.post("/bank/match", "book", "1", "account", "9"), 404)
	b.want(b.get("/payouts/1?book=1"), 200, `href="/bank?book=1&amp;account=35&amp;line=l2"`)
	b.want(b.get("/payments/1?book=1"), 200, `href="/bank?book=1&amp;account=35&amp;line=l2"`)
	if one := b.want(b.get("/bank?book=1&account=35&line=l2"), 200, "/payouts/", "All lines"); strings.Contains(one.body, "bank fee") {
		t.Error("another line is shown beside the one that was asked for")
	}
	r.sample.empty = true
	b.want(b.get("/bank"), 200, "There is no book yet")
}
