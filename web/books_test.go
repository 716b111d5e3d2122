package web

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"tieout/people"
	"tieout/sync/proof"
)

// TestProofPage says of each line whether it ties out, what its difference is
// made of, and gives the same as a file that runs nothing.
func TestProofPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	if got := b.get("/proof"); got.code != 303 || got.header.Get("Location") != "/proof/1" {
		t.Errorf("the proof of the first book is at %d %s", got.code, got.header.Get("Location"))
	}
	b.want(b.get("/proof/1"), 200, "2 comparisons do not tie out", "Clearing account", "not measured", "unexplained <data", ">−1.05</data>", "overdue",
		`href="https://ledger.example/1"`, "tieout proof verify p1", "Earlier ones", `data-live="books"`)
	if old := b.want(b.get("/proof/1?id=p0"), 200); strings.Contains(old.body, `id="lines" class="stack" data-live`) {
		t.Error("an old proof is renewed")
	}
	b.want(b.get("/proof/2"), 200, "Not proven yet")
	b.want(b.get("/proof/3"), 404)
	b.want(b.get("/proof/1?id=gone"), 404)
	got := b.want(b.get("/proof/1/csv"), 200)
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || len(rows) != 7 || rows[1][4] != "100.00" || !strings.Contains(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v: %q %v", err, rows, got.header)
	}
	r.sample.empty = true
	b.want(b.get("/proof"), 200, "No book yet")
}

// TestJournalPage lists what was done, and takes back only what was shown.
func TestJournalPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/journal/1"), 200, "Older entries", "before=951", ">Undo<span", "SHA-256 ab",
		`<a href="/journal/1?before=1002#entry-1001">taken back<span`, "<span>taken back</span>", "removed in the ledger")
	b.want(b.get("/journal/1?kind=undo&before=951"), 200, `value="undo" selected`)
	b.want(b.get("/journal/2"), 200, "Nothing has been written")
	got := b.want(b.get("/journal/1/csv"), 200, "'=cmd()")
	if rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll(); err != nil || len(rows) != 2 {
		t.Errorf("%v: %q", err, rows)
	}
	b.want(b.get("/journal/1/undo?scope=day&id=2026-11-22"), 200, "nothing has been changed yet", `name="digest" value="d1"`, "stays")
	b.want(b.get("/journal/1/undo?scope=document&id=receipt/9"), 409, "Nothing of ours stands there.")
	b.want(b.post("/journal/1/undo", "scope", "day", "id", "2026-11-22", "digest", "d0"), 409, "Something has changed since")
	b.want(b.post("/journal/1/undo", "scope", "day", "id", "2026-11-22", "digest", "second"), 409, "second person")
	b.want(b.post("/journal/1/undo", "scope", "day", "id", "2026-11-22", "digest", "d1"), 303)
	b.want(b.get("/journal/1"), 200, "1 write was made. 1 is still on the way")
}

// TestPaymentPages follow a payment from the payer to the bank and back.
func TestPaymentPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/payments"), 200, "waits for your answer", "before the cut-over", "fee later", "Older payments", `href="/payouts/po_1?book=1"`)
	b.want(b.get("/payments/1?book=1"), 200, "removed in the ledger", "entered by somebody", "at the bank on <time datetime=\"2026-11-23\">23 Nov 2026", `href="/invoices/c/1"`)
	b.want(b.get("/payments/2"), 404)
	b.want(b.get("/payments?book=9"), 404)
	b.want(b.get("/payouts"), 200, "by hand", "in transit", "failed")
	b.want(b.get("/payouts/po_1"), 200, "What left with it", `href="/payments/1?book=1"`)
	b.want(b.get("/payouts/hand"), 200, "takes from the balance as a whole")
	r.sample.empty = true
	b.want(b.get("/payments"), 200, "No book yet")
}

// TestRecordPages show an invoice and a customer with all that belongs to them.
func TestRecordPages(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/invoices/1/1"), 200, "days overdue", "payable now", "20.00", "shown on the invoice", `href="/customers/1/1"`, "What happened", "can be paid", `href="/bank?book=1&amp;account=35&amp;line=l2"`)
	b.want(b.get("/invoices/1/2"), 404)
	b.want(b.get("/customers/1/1"), 200, "20.0 days", "11.0 days before", "The arithmetic", "What they owe, by age", "Take apart", "Let rules join them again", "overdue", `href="/invoices/1/1"`, "Credits not applied")
	b.want(b.get("/customers/1/2"), 200, "Nothing is open", "No invoice of theirs has been paid yet")
}

// TestMonthPage shows a month's papers, gives them as files, and takes signatures
// under just what was shown.
func TestMonthPage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/proof/1/month"), 200, "Month end October 2026", "prepared", "The figures are others since it was signed", "month=2026-10&amp;currency=JPY", "November 2026, so far")
	b.want(b.get("/proof/1/month?month=2026-02"), 200, "Month end February 2026")
	for _, wrong := range []string{"2026", "2026-13", "x", "2026-1", "../x"} {
		b.want(b.get("/proof/1/month?month="+wrong), 404)
	}
	if file := b.want(b.get("/proof/1/month/pdf?month=2026-10&currency=USD"), 200); !strings.HasPrefix(file.body, "%PDF-") || !strings.Contains(file.header.Get("Content-Disposition"), "month-2026-10-USD.pdf") {
		t.Errorf("the file is %v", file.header)
	}
	if file := b.want(b.get("/proof/1/month/csv?currency=JPY"), 200); !strings.Contains(file.body, "closing balance,,,,99") {
		t.Errorf("the file is %s", file.body)
	}
	b.want(b.get("/proof/1/month/exe?currency=JPY"), 404)
	b.want(b.get("/proof/1/month/pdf?currency=EUR"), 404)
	b.want(b.get("/proof/2/month"), 404)
	b.want(b.post("/proof/1/month", "month", "2026-10", "role", "prepared", "digest", "d0"), 409, "Something has changed since")
	b.want(b.post("/proof/1/month", "month", "2026-10", "role", "reviewed", "digest", "d1"), 409, "reviewed by somebody else than the person who prepared it")
	b.want(b.post("/proof/1/month", "month", "2026-10", "role", "king", "digest", "d1"), 404)
	b.want(b.post("/proof/1/month", "month", "moon", "role", "prepared", "digest", "d1"), 404)
	b.want(b.post("/proof/1/month", "month", "2026-10", "role", "prepared", "digest", "d1"), 303)
	if r.sample.answered != "prepared Ada <ada@example.com>" {
		t.Errorf("signed %q", r.sample.answered)
	}
	viewer := r.as(b, people.Viewer)
	if page := viewer.want(viewer.get("/proof/1/month"), 200); strings.Contains(page.body, "<form class=\"row unprinted\" method=\"post\"") || strings.Contains(page.body, "/month/pdf") {
		t.Error("a viewer is shown what only others may do")
	}
	r.sample.empty = true
	b.want(b.get("/proof"), 200, "No book yet")
}

// TestCompareProofs says what came, what went, and what stands as it did.
func TestCompareProofs(t *testing.T) {
	t.Parallel()
	line := func(check proof.Check, difference, unexplained int64, items ...string) ProofLine {
		l := proof.Line{Check: check, Currency: "USD", Difference: difference, Unexplained: unexplained, Measured: true}
		for _, id := range items {
			l.Explained = append(l.Explained, proof.Item{Kind: "transit", ID: id, Amount: 5, Text: id})
		}
		return NewProofLine(l)
	}
	then := []ProofLine{line(proof.CheckClearing, 10, 0, "a", "b"), line(proof.CheckBank, 0, 0), line(proof.CheckBank, 7, 7), line(proof.CheckDisputes, 3, 3)}
	now := []ProofLine{line(proof.CheckClearing, 10, 0, "b", "c"), line(proof.CheckBank, 0, 0), line(proof.CheckBank, 0, 0), line(proof.CheckReserves, 1, 1)}
	var got []string
	for _, c := range CompareProofs(then, now) {
		text := c.Title
		if c.Same() {
			text += " same"
		}
		for _, i := range c.Went {
			text += " -" + i.Kind + " " + i.ID
		}
		for _, i := range c.Came {
			text += " +" + i.Kind + " " + i.ID
		}
		got = append(got, text)
	}
	want := []string{"Clearing account -transit a +transit c", "Bank same", "Bank", "Stripe's reserves", "Disputes"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	r := newRig(t)
	b := r.setUp()
	b.want(b.get("/proof/1"), 200, "/proof/1/compare?from=")
	b.want(b.get("/proof/1/compare?from=p0&to=p1"), 200, "Two proofs of")
	b.want(b.get("/proof/1/compare?from=gone&to=p1"), 404)
	b.want(b.get("/proof/9/compare?from=p0&to=p1"), 404)
}
