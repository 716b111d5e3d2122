package web

import (
	"context"
	"time"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/preview"
	"tieout/sync/proof"
	"tieout/sync/undo"
)

// Books are one, under the id that tests fill into addresses, and another.
func (s *sample) Books(context.Context, string) ([]BookName, error) {
	if s.err != nil || s.empty {
		return nil, s.err
	}
	return []BookName{{ID: "1", Name: evil}, {ID: "2", Name: "second"}}, nil
}

// Proof has a line of each kind.
func (s *sample) Proof(_ context.Context, _, book, id string) (Proof, bool, error) {
	if book == "2" {
		return Proof{}, false, s.err
	}
	if id == "gone" {
		return Proof{}, false, ErrNotFound
	}
	at, figure := start.Add(-time.Minute), int64(100_00)
	return Proof{ID: "p1", At: at, Signed: true, Lines: []ProofLine{
		NewProofLine(proof.Line{Check: proof.CheckClearing, Currency: "USD", Ledger: &figure, Stripe: &figure, Measured: true, MeasuredAt: at}),
		NewProofLine(proof.Line{
			Check: proof.CheckReceivables, Currency: "USD", Ledger: &figure, Tieout: &figure, Difference: -3_05, Unexplained: -1_05, Measured: true, MeasuredAt: at,
			Explained: []proof.Item{{Kind: "x", ID: evil, Amount: -2_00, Currency: "USD", Since: at, Text: evil, Action: evil, Overdue: true}},
			Causes:    []proof.Cause{{Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: "1"}, Amount: -1_05, Text: evil, Action: evil, URL: "https://ledger.example/1"}},
		}),
		NewProofLine(proof.Line{Check: proof.CheckMovements, Why: evil, MeasuredAt: at}),
		NewProofLine(proof.Line{Check: "of another version", Measured: true, MeasuredAt: at}),
	}}, true, s.err
}

// Past is more than a page shows.
func (s *sample) Past(_ context.Context, _, book string, _ time.Time, limit int) ([]PastProof, error) {
	if book == "2" {
		return nil, s.err
	}
	var out []PastProof
	for i := range limit {
		out = append(out, PastProof{ID: evil, At: start.Add(-time.Duration(i) * time.Hour), Open: i % 2})
	}
	return out, s.err
}

// Entries is more than a page shows.
func (s *sample) Entries(_ context.Context, _, book string, _ journal.Kind, before int64, limit int) ([]Entry, error) {
	if book == "2" {
		return nil, s.err
	}
	var out []Entry
	for i := range limit {
		e := sampleEntry()
		e.Seq = 1000 - int64(i)
		if before != 0 {
			e.Seq = before - 1 - int64(i)
		}
		switch i {
		case 1:
			e.Fate, e.By = undo.FateBack, 1001
		case 2:
			e.Fate = undo.FateBack
		case 3:
			e.Fate = undo.FateGone
		}
		out = append(out, e)
	}
	return out, s.err
}

func sampleEntry() Entry {
	return Entry{
		Seq: 7, At: start, Kind: journal.KindWrite, Who: evil, Why: evil, Evidence: []string{evil}, Op: evil, URL: "https://ledger.example/1", Hash: "ab",
		Document: receivables.Ref{Kind: receivables.KindReceipt, ID: evil}, Invoice: evil, Request: evil, Answer: "=cmd()", Fate: undo.FateStands,
	}
}

// Each is one entry.
func (s *sample) Each(_ context.Context, _, _ string, yield func(Entry) error) error {
	return yield(sampleEntry())
}

// PreviewUndo knows days only.
func (s *sample) PreviewUndo(_ context.Context, _, _ string, scope undo.Scope, _ string) (UndoShown, error) {
	if scope.Kind != undo.ScopeDay {
		return UndoShown{}, undo.ErrNothing
	}
	return UndoShown{Digest: "d1", Totals: []string{evil}, Kept: []string{evil}, Lines: []preview.Line{
		{Action: preview.ActionRemove, Kind: "receipt", Customer: evil, Invoice: evil, Amount: "12.50", Currency: "USD", Why: evil, Document: evil, URL: "https://ledger.example/1"},
		{Action: preview.ActionStay, Kind: "receipt", Why: evil},
	}}, s.err
}

// Undo takes the digest that was shown, and wants a second person for others.
func (s *sample) Undo(_ context.Context, _, _ string, scope undo.Scope, _, digest string) (UndoDone, error) {
	switch {
	case scope.Kind != undo.ScopeDay:
		return UndoDone{}, undo.ErrNothing
	case digest == "second":
		return UndoDone{}, ErrSecondPerson
	case digest != "d1":
		return UndoDone{}, ErrOtherShown
	}
	return UndoDone{Written: 1, Waiting: 1, Left: []preview.Line{{Why: evil}}}, s.err
}

// Payments has one in each state.
func (s *sample) Payments(_ context.Context, _, _, _ string, _ listing.Moment, limit int) ([]Movement, error) {
	var out []Movement
	for i := range limit {
		m := sampleMovement()
		m.State = []string{"matched", "suggested", "held", "waiting", "exception", "context", "fee_later"}[i%7]
		out = append(out, m)
	}
	return out, s.err
}

func sampleMovement() Movement {
	usd := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: "USD"} }
	return Movement{
		ID: "1", Type: "charge", Source: evil, At: start, Payer: evil, Amount: usd(100_00), Fee: usd(3_20), Net: usd(96_80), State: "matched", Why: evil, Payout: "po_1",
		Invoices: []MovementInvoice{{InvoiceRef: InvoiceRef{Connection: "c", ID: "1", Number: evil}, Amount: usd(100_00), Evidence: evil, By: evil}},
		Documents: []MovementDocument{
			{What: "Receipt", Amount: usd(100_00), State: "live", Document: receivables.Ref{Kind: receivables.KindReceipt, ID: evil}},
			{What: "Fee", State: "gone"},
			{What: "x", State: "undone"},
			{What: "x", State: "adopted"},
			{What: "x", State: "planned"},
		},
	}
}

// Movement is the one with the id that tests fill in.
func (s *sample) Movement(_ context.Context, _, _, id string) (Movement, error) {
	if id != "1" {
		return Movement{}, ErrNotFound
	}
	return sampleMovement(), s.err
}

// Payouts has one of each status.
func (s *sample) Payouts(_ context.Context, _, _ string, _ listing.Moment, limit int) ([]Payout, error) {
	var out []Payout
	for i := range limit {
		p := samplePayout()
		p.Status, p.Automatic = []string{"paid", "failed", "in_transit"}[i%3], i%2 == 0
		out = append(out, p)
	}
	return out, s.err
}

func samplePayout() Payout {
	return Payout{
		ID: "po_1", Status: "paid", Amount: money.Money{Minor: 96_80, Currency: "USD"}, Created: start, Arrival: "2026-11-23", Automatic: true, Members: 1,
		Transfer: MovementDocument{What: "Transfer", State: "live", Document: receivables.Ref{Kind: "transfer", ID: evil}},
	}
}

// Payout is one with a member; that of another id is by hand.
func (s *sample) Payout(_ context.Context, _, _, id string) (Payout, []Movement, error) {
	p := samplePayout()
	if id == "hand" {
		p.Automatic = false
		return p, nil, s.err
	}
	p.Bank = []BankLine{{Account: "35", AccountName: evil, ID: "l2", On: "2026-11-18", Amount: p.Amount, Meaning: "payout", Sure: true}}
	return p, []Movement{sampleMovement()}, s.err
}
