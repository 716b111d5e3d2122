package storetest

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/monthend"
	"tieout/sync/proof"
	"tieout/sync/pull"
)

// signed saves two signed proofs whose lines follow from their inputs.
func (w *world) signed() (first, second proof.Proof) {
	w.Helper()
	signer := &proof.Signer{Store: w.Store, Random: rand.NewChaCha8([32]byte{7})}
	var out []proof.Proof
	for i, id := range []string{"p1", "p2"} {
		p := &proof.Prover{Now: func() time.Time { return now.Add(time.Duration(i) * time.Hour) }, NewID: func() string { return id }}
		made, err := p.NotMeasured(w.book, "USD", []string{"Stripe could not be read"})
		w.must(err)
		made, err = signer.Sign(w.ctx, made)
		w.must(err)
		w.must(w.SaveProof(w.ctx, w.hold("book/"+bookID), made))
		back, err := w.Proof(w.ctx, w.book.Tenant, id)
		w.must(err)
		out = append(out, back)
	}
	return out[0], out[1]
}

// TestSignedProofs: a stored proof holds by the key that signed it, and
// whatever is changed in its rows afterwards is noticed.
func TestSignedProofs(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		first, second := w.signed()
		keys, err := s.PublicKeys(w.ctx, "main")
		w.must(err)
		if len(keys) != 1 || keys[0].Private != nil {
			t.Fatalf("keys %+v, want one public one", keys)
		}
		public := keys[0].Public
		if v := proof.Verify(first, public, ""); !v.Holds() {
			t.Errorf("the first: %q", v.Problems)
		}
		if v := proof.Verify(second, public, first.Statement); !v.Holds() || v.Lines == 0 {
			t.Errorf("the second: %+v", v)
		}
		other := slices.Clone(public)
		other[0] ^= 1
		for name, c := range map[string]struct {
			public, previous string
			change           func(*proof.Proof)
			want             string
		}{
			"a figure":       {string(public), first.Statement, func(p *proof.Proof) { p.Lines[0].Unexplained = 1 }, "a line was changed"},
			"agrees instead": {string(public), first.Statement, func(p *proof.Proof) { p.Lines[0].Measured = true }, "a line was changed"},
			"a line away":    {string(public), first.Statement, func(p *proof.Proof) { p.Lines = p.Lines[1:] }, "a line was changed"},
			"the inputs": {string(public), first.Statement, func(p *proof.Proof) {
				p.Inputs = bytes.Replace(p.Inputs, []byte("Stripe could"), []byte("Strip3 could"), 1)
			}, "the inputs were changed"},
			"the time":      {string(public), first.Statement, func(p *proof.Proof) { p.At = p.At.Add(time.Hour) }, "another book, time or key"},
			"the statement": {string(public), first.Statement, func(p *proof.Proof) { p.Statement += " " }, "not by this key"},
			"another key":   {string(other), first.Statement, func(*proof.Proof) {}, "not by this key"},
			"one taken out": {string(public), "other", func(*proof.Proof) {}, "taken away"},
			"not signed":    {string(public), first.Statement, func(p *proof.Proof) { p.Signature = nil }, "not signed"},
		} {
			p := second
			p.Lines = slices.Clone(second.Lines)
			c.change(&p)
			if v := proof.Verify(p, []byte(c.public), c.previous); v.Holds() || !strings.Contains(strings.Join(v.Problems, "; "), c.want) {
				t.Errorf("%s: %q, want %q", name, v.Problems, c.want)
			}
		}
	})
}

// TestAsOf: what was open on a day does not change with what is entered later,
// and what has changed since is named.
func TestAsOf(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		at := func(n int, records ...mapping.Record) {
			t.Helper()
			_, err := s.SavePage(w.ctx, w.hold("connection/"+ledgerID), pull.Page{
				Tenant: "main", Connection: ledgerID, Records: records, At: now.AddDate(0, 0, n),
			})
			w.must(err)
		}
		one, two := invoice("1", "c", 100, 100), invoice("2", "c", 50, 50)
		at(0, record(one, 1), record(two, 1))
		// The next day the first is paid, with effect from the 20th of February,
		// and another is entered with an earlier date; then the second is voided.
		one.Balance, one.HomeBalance = 40, 40
		at(1, record(one, 2), record(receipt("r", "c", 60, pays("1", 60)), 1), record(invoice("3", "c", 7, 7), 1))
		two.State = receivables.StateVoid
		at(2, record(two, 2))
		measure := func(day receivables.Date, known int) proof.AsOf {
			t.Helper()
			a, err := proof.Measure(w.ctx, s, w.book, day, now.AddDate(0, 0, known).Add(time.Hour))
			w.must(err)
			if a.Lost != 0 {
				t.Errorf("%d versions lost", a.Lost)
			}
			return a
		}
		for _, c := range []struct {
			day                  receivables.Date
			known                int
			receivable, clearing int64
		}{
			{"2026-02-28", 0, 150, 0},
			{"2026-02-28", 1, 40 + 50 + 7, 60},
			{"2026-02-28", 2, 47, 60},
			{"2026-02-15", 0, 150, 0},
			{"2026-02-15", 2, 107, 0},
			{"2026-02-01", 2, 0, 0},
			{"2026-02-28", -1, 0, 0},
		} {
			if a := measure(c.day, c.known); a.Receivable("USD") != c.receivable || a.Clearing["USD"] != c.clearing {
				t.Errorf("as of %s, known at day %d: %d and %d, want %d and %d", c.day, c.known, a.Receivable("USD"), a.Clearing["USD"], c.receivable, c.clearing)
			}
		}
		got := map[string]string{}
		for _, x := range proof.Changes(measure("2026-02-28", 0), measure("2026-02-28", 2)) {
			got[x.Ref.ID] = x.Kind + " " + money.Text(x.Receivable, 0)
		}
		for id, want := range map[string]string{"1": "changed -60", "2": "taken_back -50", "3": "back_dated 7", "r": "back_dated 0"} {
			if got[id] != want {
				t.Errorf("%s: %q, want %q", id, got[id], want)
			}
		}
	})
}

// TestWriters: documents that name a payment and are not ours are traces, until
// somebody has decided; an account beside ours is one too.
func TestWriters(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		foreign, plain, marked := receipt("f", "c", 50), receipt("p", "c", 50), receipt("m", "c", 50)
		foreign.Note, plain.Note, marked.Marker = "Stripe ch_12345678", "by hand", "TIE-AAAAAAAAAAAAAAAA"
		other := receivables.Document{
			ID: "d", Kind: receivables.DocumentDeposit, State: receivables.StateLive, Currency: "USD", Date: "2026-03-01", Total: 5,
			Postings: []receivables.Posting{{AccountID: "sc", Amount: 5}},
		}
		w.pull(ledgerID, 1, foreign, plain, marked)
		w.pull(ledgerID, 1, other, receivables.Account{ID: "sc", Name: "Stripe clearing (old)", Type: receivables.AccountBank, Active: true},
			receivables.Account{ID: "clearing", Name: "Stripe", Type: receivables.AccountBank, Active: true})
		c := charge("x", 50)
		c.ID, c.Movement = "ch_12345678", "txn_x"
		w.pull(stripeID, 1, c)
		writers, err := s.Writers(w.ctx, w.book)
		w.must(err)
		var got []string
		for _, x := range writers {
			got = append(got, x.Kind+" "+x.Ref.ID)
		}
		if want := []string{"names_stripe f", "other_marker m", "other_clearing sc"}; !slices.Equal(got, want) {
			t.Errorf("traces %q, want %q", got, want)
		}
		traces, err := s.Traces(w.ctx, w.book)
		w.must(err)
		if len(traces.Touched) != 1 || traces.Touched["txn_x"].Subject != "document/receipt/f" || traces.Touched["txn_x"].Asked {
			t.Errorf("touched %v", traces)
		}
	})
}

// TestMonthEnd: the pack's Stripe side adds up to the cent, the ageing to what
// is owed, and a second person signs where that is asked for.
func TestMonthEnd(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.signed()
		before, in, out := movement("txn_0", "ch_0", 40, 0), movement("txn_1", "ch_1", 100, 3), movement("txn_p", "po_1", -97, 0)
		before.Created, out.Category = now.AddDate(0, 0, -10), "payout"
		w.pull(stripeID, 1, before, in, out)
		w.pull(ledgerID, 1, invoice("1", "c", 100, 100), receipt("r", "c", 30), receivables.Customer{ID: "c", Name: "=Evil Ltd", Active: true})
		packs, err := monthend.Build(w.ctx, s, w.book, "quickbooks Main", "2026-03", now)
		w.must(err)
		if len(packs) != 1 || packs[0].Stripe.Rest() != 0 || packs[0].Stripe.Opening != 40 || packs[0].Stripe.Closing != 40 || len(packs[0].Stripe.Activity) != 2 {
			t.Fatalf("packs %+v", packs)
		}
		total, err := packs[0].Owed[0].Total()
		w.must(err)
		if total != 70 || packs[0].Owed[0].Ageing.To30 != 100 || !packs[0].Proven {
			t.Errorf("owed %+v, proven %v", packs[0].Owed, packs[0].Proven)
		}
		var table, pdf bytes.Buffer
		w.must(packs[0].CSV(&table))
		w.must(packs[0].PDF(&pdf))
		for _, want := range []string{"Stripe,closing balance,,,,0.40", "Receivables by age,'=Evil Ltd,0.00,1.00,", "Signed,prepared by"} {
			if !strings.Contains(table.String(), want) {
				t.Errorf("the table lacks %q:\n%s", want, table.String())
			}
		}
		if !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF-")) {
			t.Error("no PDF")
		}
		sign := func(role, by string) error {
			return monthend.Sign(w.ctx, s, w.book, "2026-03", monthend.SignOff{Role: role, By: by, At: now, Pack: "x"}, true)
		}
		if err := sign(monthend.RoleReviewed, "Bo"); !errors.Is(err, monthend.ErrSame) {
			t.Errorf("reviewed before it was prepared: %v", err)
		}
		w.must(sign(monthend.RolePrepared, "Ann"))
		if err := sign(monthend.RoleReviewed, "Ann"); !errors.Is(err, monthend.ErrSame) {
			t.Errorf("reviewed by the same: %v", err)
		}
		w.must(sign(monthend.RoleReviewed, "Bo"))
	})
}

// TestControls: controls are rows, and an approval needs a second person.
func TestControls(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c, err := s.Control(w.ctx, "main")
		w.must(err)
		if c.FourEyes || c.RetentionYears != 10 {
			t.Errorf("defaults %+v", c)
		}
		w.must(s.SaveControl(w.ctx, "main", monthend.Control{FourEyes: true, RetentionYears: 7}, "Ann", now))
		if c, err = s.Control(w.ctx, "main"); err != nil || !c.FourEyes || c.RetentionYears != 7 {
			t.Errorf("saved %+v, %v", c, err)
		}
		notes, err := s.Notes(w.ctx, w.book, now.Add(-1), now.Add(time.Hour))
		w.must(err)
		var changed []string
		for _, n := range notes {
			if n.Kind == "control" {
				changed = append(changed, n.Text+" "+n.Old+" "+n.New+" "+n.Who)
			}
		}
		if want := []string{"four_eyes false true Ann", "retention_years 10 7 Ann"}; !slices.Equal(changed, want) {
			t.Errorf("notes %q, want %q", changed, want)
		}
		w.must(s.AskApproval(w.ctx, "main", bookID, monthend.Approval{ID: "a", Subject: "undo", Digest: "d", What: "a day", Page: "/p", AskedBy: "Ann <ann@x.example>", AskedAt: now}))
		for _, same := range []string{"Bo <ANN@x.example>", " ann@x.example ", ""} {
			if err := s.AnswerApproval(w.ctx, "main", bookID, "a", true, same, now); !errors.Is(err, monthend.ErrSame) {
				t.Errorf("approved by the same as %q: %v", same, err)
			}
		}
		w.must(s.AnswerApproval(w.ctx, "main", bookID, "a", true, "Bo", now))
		for digest, want := range map[string]bool{"d": true, "other": false} {
			if ok, err := s.Approved(w.ctx, "main", bookID, "undo", digest, now.Add(time.Hour)); ok != want || err != nil {
				t.Errorf("%s: approved %v, %v", digest, ok, err)
			}
		}
		// What could not be done counts on; what was done is used up, and wanting the
		// same again is asked anew.
		w.must(s.ApprovalDone(w.ctx, "main", bookID, "a", "it has changed", now.Add(time.Hour)))
		if ok, err := s.Approved(w.ctx, "main", bookID, "undo", "d", now.Add(time.Hour)); !ok || err != nil {
			t.Errorf("an approval that was not carried out counts %v, %v", ok, err)
		}
		kept := monthend.Approval{ID: "e", Subject: "control", Digest: "d", AskedBy: "Ann", AskedAt: now, Proposal: []byte(`{"kind":"control"}`)}
		w.must(s.AskApproval(w.ctx, "main", bookID, kept))
		w.must(s.AnswerApproval(w.ctx, "main", bookID, "e", true, "Bo", now))
		w.must(s.ApprovalDone(w.ctx, "main", bookID, "e", "", now.Add(time.Hour)))
		if ok, err := s.Approved(w.ctx, "main", bookID, "control", "d", now.Add(time.Hour)); ok || err != nil {
			t.Errorf("a used approval counts %v, %v", ok, err)
		}
		kept.ID = "f"
		w.must(s.AskApproval(w.ctx, "main", bookID, kept))
		list, err := s.Approvals(w.ctx, "main", bookID)
		w.must(err)
		for _, a := range list {
			switch {
			case a.ID == "a" && a.Outcome == "it has changed" && a.DoneAt.IsZero() && a.Proposal == nil:
			case a.ID == "e" && a.Outcome == "" && a.DoneAt.Equal(now.Add(time.Hour)) && string(a.Proposal) == `{"kind":"control"}`:
			case a.ID == "f" && a.DoneAt.IsZero() && !a.Granted:
			default:
				t.Errorf("kept as %+v", a)
			}
		}
		// What was asked for of two books together is used up together.
		both := monthend.Approval{Subject: "accounts", Digest: "both", AskedBy: "Ann", AskedAt: now, Proposal: []byte(`{"kind":"bulk"}`)}
		for book, id := range map[string]string{bookID: "g1", "other": "g2"} {
			both.ID = id
			w.must(s.AskApproval(w.ctx, "main", book, both))
			w.must(s.AnswerApproval(w.ctx, "main", book, id, true, "Bo", now))
		}
		w.must(s.ApprovalDone(w.ctx, "main", "other", "g2", "", now))
		if ok, err := s.Approved(w.ctx, "main", bookID, "accounts", "both", now); ok || err != nil {
			t.Errorf("the approval of the first book counts %v, %v", ok, err)
		}
		// A week later it counts no more: it is asked anew, and the old question
		// cannot be answered.
		later := now.Add(monthend.ApprovalLife)
		if ok, err := s.Approved(w.ctx, "main", bookID, "undo", "d", later); ok || err != nil {
			t.Errorf("an old approval counts: %v, %v", ok, err)
		}
		w.must(s.AskApproval(w.ctx, "main", bookID, monthend.Approval{ID: "b", Subject: "undo", Digest: "d", AskedBy: "Ann", AskedAt: later}))
		w.must(s.AskApproval(w.ctx, "main", bookID, monthend.Approval{ID: "c", Subject: "undo", Digest: "d", AskedBy: "Ann", AskedAt: later}))
		if list, err := s.Approvals(w.ctx, "main", bookID); err != nil || len(list) != 5 || list[0].ID != "b" || list[1].What != "a day" || list[1].Page != "/p" {
			t.Errorf("approvals %+v, %v; want one asked anew, once", list, err)
		}
		if err := s.AnswerApproval(w.ctx, "main", bookID, "b", true, "Bo", later.Add(monthend.ApprovalLife)); !errors.Is(err, store.ErrState) {
			t.Errorf("an old question was answered: %v", err)
		}
	})
}
