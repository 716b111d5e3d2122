package storetest

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// TestStripeSide checks sums, unbooked movements and payouts.
func TestStripeSide(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		old, wrong := movement("txn_0", "ch_0", 40, 0), movement("txn_w", "ch_w", 10, 1)
		old.Created, wrong.Net = w.book.CutOver.Add(-1), 10
		one, two, out := movement("txn_1", "ch_1", 100, 3), movement("txn_2", "ch_2", 50, 1), movement("txn_p", "po_1", -97, 0)
		one.Payout, out.Payout, out.Type, out.Category = "po_1", "po_1", "payout", "payout"
		// What the owner paid out by hand, and what came back of it, are members
		// of the automatic payouts that follow.
		byHand, back := movement("txn_m", "po_m", -30, 0), movement("txn_b", "po_m", 30, 0)
		byHand.Payout, byHand.Type, byHand.Category = "po_1", "payout", "payout"
		back.Payout, back.Type, back.Category = "po_1", "payout_failure", "payout_reversal"
		byHand.Created, back.Created = old.Created, old.Created
		w.pull(stripeID, 1, old, wrong, one, two, out, byHand, back, receivables.Payout{
			ID: "po_1", Amount: 97, Currency: "USD", Status: "paid", Automatic: true, Reconciled: true, Arrival: "2026-03-04", Created: now, Movement: "txn_p",
		})
		sums, err := s.StripeSums(w.ctx, w.book)
		w.must(err)
		if want := []proof.StripeSums{{Currency: "USD", All: 40 + 10 + 97 + 49 - 97, Since: 10 + 97 + 49 - 97, Broken: 1, Names: []string{"txn_w"}}}; !reflect.DeepEqual(sums, want) {
			t.Errorf("sums %+v, want %+v", sums, want)
		}
		paid := w.part("txn_p", mapping.PurposePayout, "", 97, reconcile.PartSent)
		paid.Document = receivables.Ref{Kind: receivables.KindDocument, ID: "d1"}
		w.save(reconcile.Result{
			Outcomes: []reconcile.Outcome{{Connection: stripeID, Movement: "txn_2", State: reconcile.MovementHeld, Why: "who?"}},
			Parts: []reconcile.PartRow{
				w.part("txn_1", mapping.PurposeReceipt, "7", 60, reconcile.PartLive), w.part("txn_1", mapping.PurposeReceipt, "8", 40, reconcile.PartAdopted),
				w.part("txn_1", mapping.PurposeFee, "", 3, reconcile.PartSent), w.part("txn_2", mapping.PurposeReceipt, "7", 50, reconcile.PartPlanned),
				w.part("txn_2", mapping.PurposeFee, "", 1, reconcile.PartSent), paid,
			},
		})
		open, err := s.Unbooked(w.ctx, w.book)
		w.must(err)
		want := []proof.OpenMovement{
			{Connection: stripeID, ID: "txn_2", Category: "charge", Source: "ch_2", State: "held", Why: "who?", Currency: "USD", Net: 49, Missing: 50, Created: now},
			{Connection: stripeID, ID: "txn_w", Category: "charge", Source: "ch_w", State: "new", Currency: "USD", Net: 10, Missing: 10, Created: now},
		}
		if !reflect.DeepEqual(open, want) {
			t.Errorf("unbooked %+v\nwant %+v", open, want)
		}
		check := func(booked ...proof.PayoutDocument) {
			t.Helper()
			got, err := s.Payouts(w.ctx, w.book)
			w.must(err)
			if want := []proof.PayoutCheck{{ID: "po_1", Currency: "USD", Amount: 97, Members: 97, Itemised: true, Arrival: "2026-03-04", Status: "paid", Documents: booked}}; !reflect.DeepEqual(got, want) {
				t.Errorf("payouts %+v, want %+v", got, want)
			}
		}
		check()
		transfer := receivables.Document{
			ID: "d1", Kind: "transfer", State: "live", Currency: "USD", Date: "2026-03-04", Total: 97, Marker: paid.Marker,
			Postings: []receivables.Posting{{AccountID: "bank", Amount: 97}, {AccountID: "clearing", Amount: -97}},
		}
		w.pull(ledgerID, 1, transfer)
		check(proof.PayoutDocument{ID: "d1", Accounts: []string{"bank", "clearing"}})
		transfer.ID = "d2"
		w.pull(ledgerID, 1, transfer)
		check(proof.PayoutDocument{ID: "d1", Accounts: []string{"bank", "clearing"}}, proof.PayoutDocument{ID: "d2", Accounts: []string{"bank", "clearing"}})
	})
}

// TestLedgerSums checks what is open and what is broken.
func TestLedgerSums(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		paid, credited, none := int64(30), int64(20), int64(0)
		stated, broken, part, draft := invoice("1", "c", 100, 50), invoice("2", "c", 100, 60), invoice("3", "c", 100, 40), invoice("5", "c", 9, 9)
		stated.Paid, stated.Credited = &paid, &credited
		broken.Paid, broken.Credited = &paid, &none
		draft.State = receivables.StateDraft
		euro := invoice("4", "c", 10, 10)
		euro.Currency, euro.HomeBalance = "EUR", 11
		note := receivables.Credit{
			ID: "n", Kind: receivables.CreditNote, CustomerID: "c", State: receivables.StateLive, Currency: "USD", Total: 25, Remaining: 5, HomeRemaining: 5,
			Allocations: []receivables.Allocation{pays("3", 20)},
		}
		void := receipt("v", "c", 500)
		void.State = receivables.StateVoid
		journal := receivables.Document{
			ID: "j", Kind: receivables.DocumentJournal, State: receivables.StateLive, Currency: "USD", Date: "2026-02-01",
			Postings: []receivables.Posting{{AccountID: "ar", Amount: -15}, {AccountID: "x", Amount: 15}},
		}
		applied := journal
		applied.ID, applied.Postings = "k", []receivables.Posting{{AccountID: "ar", Amount: -30}, {AccountID: "x", Amount: 30}}
		use := receipt("u", "c", 0, receivables.Allocation{Target: applied.Ref(), Amount: 20})
		use.Unapplied = 0
		w.pull(ledgerID, 1, applied, use)
		w.pull(ledgerID, 1, stated, broken, part, draft, euro, note, void, journal, receipt("r", "c", 47, pays("3", 40)),
			receivables.Account{ID: "ar", Name: "A/R", Type: receivables.AccountReceivable}, receivables.Account{ID: "x", Name: "X", Type: receivables.AccountOther})
		sums, err := s.LedgerSums(w.ctx, w.book)
		w.must(err)
		want := []proof.LedgerSums{
			{Currency: "EUR", Invoices: 10, HomeInvoices: 11, OpenInvoices: 1},
			{Currency: "USD", Invoices: 150, HomeInvoices: 150, OpenInvoices: 3, Credits: 12, HomeCredits: 12, Journals: -25, HomeJournals: -25, Broken: 1, Names: []string{"2"}},
		}
		if !reflect.DeepEqual(sums, want) {
			t.Errorf("sums %+v\nwant %+v", sums, want)
		}
		w.page(ledgerID, deletion(receivables.KindReceipt, "r", 2))
		sums, err = s.LedgerSums(w.ctx, w.book)
		w.must(err)
		if !slices.Equal(sums[1].Names, []string{"2", "3"}) || sums[1].Credits != 5 {
			t.Errorf("after the receipt was deleted: %+v", sums[1])
		}
		open, err := s.OpenReceivables(w.ctx, "main", ledgerID)
		w.must(err)
		if want := (map[money.Currency]store.OpenSums{"USD": {Invoices: 150, Credits: 5, Net: 145}, "EUR": {Invoices: 10, Net: 10}}); !maps.Equal(open, want) {
			t.Errorf("open %v, want %v", open, want)
		}
		counts, err := s.Counts(w.ctx, "main", ledgerID)
		w.must(err)
		if want := (map[receivables.Kind]int{"invoice": 5, "credit": 1, "receipt": 2, "document": 2, "account": 2}); !maps.Equal(counts, want) {
			t.Errorf("counts %v, want %v", counts, want)
		}
		var ageing int64
		w.must(s.AgeingRows(w.ctx, "main", ledgerID, func(r store.AgeingRow) error {
			if r.Item.Due != "2026-03-10" || r.Item.Issued != "2026-02-10" || r.Customer != "c" {
				t.Errorf("ageing row %+v", r)
			}
			ageing += r.Item.Balance
			return nil
		}))
		if ageing != 160 {
			t.Errorf("the ageing's rows add up to %d, want 160", ageing)
		}
	})
}

// TestClearing checks sums by date, and which documents are suspected.
func TestClearing(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		bank := func(id string, amount int64, day receivables.Date) receivables.Document {
			return receivables.Document{
				ID: id, Kind: receivables.DocumentDeposit, State: receivables.StateLive, Currency: "USD", Date: day, Total: amount,
				Postings: []receivables.Posting{{AccountID: "bank", Amount: amount}, {AccountID: "clearing", Amount: -amount}},
			}
		}
		ours := bank("ours", 97, "2026-03-04")
		ours.Marker = "TIE-txn_ppayout"
		gone := bank("gone", 97, "2026-03-04")
		gone.State = receivables.StateVoid
		w.pull(ledgerID, 1, ours, gone, receipt("r", "c", 100), bank("before", 97, "2026-02-28"), bank("early", 97, "2026-03-01"), bank("late", 97, "2026-03-11"),
			bank("after", 97, "2026-03-12"), bank("other", 96, "2026-03-04"))
		w.pull(stripeID, 1, receivables.Payout{ID: "po_1", Amount: 97, Currency: "USD", Status: "paid", Arrival: "2026-03-04", Created: now, Movement: "txn_p"})
		w.save(reconcile.Result{Parts: []reconcile.PartRow{w.part("txn_p", mapping.PurposePayout, "", 97, reconcile.PartLive)}})
		for day, want := range map[receivables.Date]int64{"2026-02-19": 0, "2026-02-20": 100, "2026-02-28": 3, "2026-03-04": 3 - 97 - 97 - 96, "": 3 - 4*97 - 96} {
			sums, err := s.ClearingSums(w.ctx, w.book, day)
			w.must(err)
			if sums["USD"] != want {
				t.Errorf("clearing up to %q: %v, want %d", day, sums, want)
			}
		}
		suspects, err := s.Suspects(w.ctx, w.book)
		w.must(err)
		var ids []string
		for _, x := range suspects {
			ids = append(ids, x.Document.ID)
			if x.Payout != "po_1" || x.Amount != 97 || x.Currency != "USD" {
				t.Errorf("suspect %+v", x)
			}
		}
		if want := []string{"early", "late"}; !slices.Equal(ids, want) {
			t.Errorf("suspects %v, want %v", ids, want)
		}
	})
}

// TestDoubles checks each kind of double.
func TestDoubles(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		first, copied := receipt("1", "c", 10), receipt("2", "c", 10)
		first.Marker, copied.Marker = "TIE-X", "TIE-X"
		foreign := receipt("3", "c", 10)
		foreign.Marker = "TIE-mreceipt7"
		adopted := w.part("m", mapping.PurposeReceipt, "7", 10, reconcile.PartAdopted)
		adopted.Document = receivables.Ref{Kind: receivables.KindReceipt, ID: "9"}
		c := charge("m", 50)
		c.ID = "ch_m"
		w.pull(ledgerID, 1, first, foreign, invoice("7", "c", 55, 5))
		w.pull(stripeID, 1, c)
		w.save(reconcile.Result{Parts: []reconcile.PartRow{w.part("m", mapping.PurposeReceipt, "8", 10, reconcile.PartLive)}, Allocations: []reconcile.Allocation{w.allocation("m", "7", 50)}})
		none, err := s.Breaches(w.ctx, w.book)
		w.must(err)
		if len(none) != 0 {
			t.Fatalf("doubles where none are: %q", none)
		}
		w.pull(ledgerID, 1, copied)
		w.save(reconcile.Result{Parts: []reconcile.PartRow{adopted}, Allocations: []reconcile.Allocation{w.allocation("m", "7", 60)}})
		got, err := s.Breaches(w.ctx, w.book)
		w.must(err)
		var texts []string
		for _, x := range got {
			texts = append(texts, x.Text)
		}
		want := []string{
			"the marker TIE-X stands in 2 live documents", "the part m/receipt/7 has its document and 1 more that carry its marker",
			"the allocations of charge ch_m exceed it by 10", "the allocations to invoice 7 exceed its total by 5",
		}
		if !slices.Equal(texts, want) {
			t.Errorf("got %q\nwant %q", texts, want)
		}
	})
}

// TestExcess checks what counts as paid on an invoice: what the ledger shows of
// a receipt that it has, and all of what it does not show yet.
func TestExcess(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		standsAs := func(movement, id string, state reconcile.PartState) reconcile.PartRow {
			p := w.part(movement, mapping.PurposeReceipt, "7", 60, state)
			p.Document = receivables.Ref{Kind: receivables.KindReceipt, ID: id}
			return p
		}
		smaller, gone := receipt("r1", "c", 60, pays("7", 40)), receipt("r2", "c", 60, pays("7", 60))
		gone.State = receivables.StateDeleted
		w.pull(ledgerID, 1, smaller, gone, invoice("7", "c", 100, 60))
		check := func(why string, want ...string) {
			t.Helper()
			got, err := s.Breaches(w.ctx, w.book)
			w.must(err)
			var texts []string
			for _, x := range got {
				texts = append(texts, x.Text)
			}
			if !slices.Equal(texts, want) {
				t.Errorf("%s: %q, want %q", why, texts, want)
			}
		}
		w.save(reconcile.Result{
			Parts:       []reconcile.PartRow{standsAs("m1", "r1", reconcile.PartLive), standsAs("m2", "r2", reconcile.PartGone)},
			Allocations: []reconcile.Allocation{w.allocation("m1", "7", 60), w.allocation("m2", "7", 60), w.allocation("m3", "7", 60)},
		})
		check("40 are shown, and 60 on their way")
		w.save(reconcile.Result{Allocations: []reconcile.Allocation{w.allocation("m3", "7", 61)}})
		check("one more on its way", "the allocations to invoice 7 exceed its total by 1")
	})
}

// TestProofs checks that a proof comes back as it was saved.
func TestProofs(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ten, zero := int64(10), int64(0)
		p := proof.Proof{Tenant: "main", Book: bookID, ID: "2", At: now, Calls: 3, Lines: []proof.Line{
			{
				Check: proof.CheckClearing, Currency: "USD", Ledger: &ten, Stripe: &zero, Difference: 10, Measured: true, MeasuredAt: now,
				Explained: []proof.Item{{Kind: "held", ID: "txn_1", Amount: 10, Currency: "USD", Since: now, Text: "who?", Overdue: true}}, Unexplained: 10,
			},
			{Check: proof.CheckBalance, Why: "it moved"},
		}}
		if _, ok, err := s.LatestProof(w.ctx, "main", bookID); ok || err != nil {
			t.Errorf("before any proof: %v, %v", ok, err)
		}
		w.must(s.SaveProof(w.ctx, w.hold("book/"+bookID), proof.Proof{Tenant: "main", Book: bookID, ID: "1", At: now.Add(-1000)}))
		w.must(s.SaveProof(w.ctx, w.hold("book/"+bookID), p))
		got, ok, err := s.LatestProof(w.ctx, "main", bookID)
		w.must(err)
		if !ok || !reflect.DeepEqual(got, p) {
			t.Errorf("got %+v\nwant %+v", got, p)
		}
	})
}

// TestSummaryCounts checks the counts of links, matches and documents.
func TestSummaryCounts(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		seen := invoice("1", "c", 10, 10)
		seen.Link, seen.LinkVisible = "https://pay/1", true
		hidden := invoice("2", "c", 10, 10)
		hidden.Link = "https://pay/2"
		w.pull(ledgerID, 1, seen, hidden)
		link := func(invoice string, generation int, state links.State, shown, sent bool) links.Link {
			return links.Link{Tenant: "main", Book: bookID, Invoice: invoice, Generation: generation, State: state, ID: "p" + invoice, URL: "https://pay/" + invoice, Shown: shown, SentBefore: sent}
		}
		fee := w.part("m", mapping.PurposeFee, "", 1, reconcile.PartSent)
		fee.Document = receivables.Ref{Kind: "document", ID: "d"}
		other := fee
		other.Part.Movement = "n"
		w.save(reconcile.Result{
			Links: []links.Link{link("1", 1, links.StateOff, true, true), link("1", 2, links.StateActive, true, false), link("2", 1, links.StateActive, true, true), link("3", 1, links.StateMaking, false, true)},
			Outcomes: []reconcile.Outcome{
				{Connection: stripeID, Movement: "m", State: reconcile.MovementSettled},
				{Connection: stripeID, Movement: "p", State: reconcile.MovementSettled},
				{Connection: stripeID, Movement: "n", State: reconcile.MovementHeld},
			},
			Allocations: []reconcile.Allocation{w.allocation("m", "1", 10)},
			Decisions: []reconcile.Decision{
				{ID: "1", Subject: "movement/n", Kind: "match", Options: []reconcile.Option{{Key: "a"}}},
				{ID: "2", Subject: "movement/o", Kind: "match"},
				{ID: "3", Subject: "invoice/1", Kind: "link_removed", Options: []reconcile.Option{{Key: "a"}}},
			},
			Parts: []reconcile.PartRow{fee, other, w.part("m", mapping.PurposeReceipt, "1", 10, reconcile.PartPlanned)},
		})
		l, err := s.LinkCounts(w.ctx, w.book)
		w.must(err)
		if want := (store.LinkCounts{Active: 2, Shown: 2, Visible: 1, SentBefore: 1}); l != want {
			t.Errorf("links %+v, want %+v", l, want)
		}
		m, err := s.MatchCounts(w.ctx, w.book)
		w.must(err)
		if want := (store.MatchCounts{Matched: 1, Suggested: 1, Held: 1}); m != want {
			t.Errorf("matches %+v, want %+v", m, want)
		}
		d, err := s.WrittenDocuments(w.ctx, w.book)
		w.must(err)
		if want := (map[mapping.Purpose]int{mapping.PurposeFee: 1}); !maps.Equal(d, want) {
			t.Errorf("documents %v, want %v", d, want)
		}
	})
}
