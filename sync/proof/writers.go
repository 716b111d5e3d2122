package proof

import (
	"fmt"
	"strings"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// The kinds of traces that other writers leave.
const (
	// WriterStripe is a document that names an object of Stripe and is not ours.
	WriterStripe = "names_stripe"
	// WriterMarker is one with a marker of Tieout's that no part of the book has:
	// another installation, or a copied document.
	WriterMarker = "other_marker"
	// WriterAccount is an account that is kept for Stripe's money beside the
	// book's own.
	WriterAccount = "other_clearing"
	// WriterPayout is a document on the bank account that doubles a payout.
	WriterPayout = "doubles_payout"
)

// Writer is the trace of another writer of Stripe's money in the ledger: a
// native integration, another application, a person. What it touches is not
// written before somebody has decided.
type Writer struct {
	Kind     string           `json:"kind"`
	Ref      receivables.Ref  `json:"ref"`
	Names    []string         `json:"names,omitempty"`
	Amount   int64            `json:"amount,omitempty"`
	Currency money.Currency   `json:"currency,omitempty"`
	Date     receivables.Date `json:"date,omitempty"`
	// Movements are the balance transactions that the trace touches.
	Movements []string `json:"movements,omitempty"`
	// Title is the name of an account.
	Title string `json:"title,omitempty"`
	// Since is when it was first seen.
	Since time.Time `json:"since,omitzero"`
}

// DecideWriter is the kind of the question about a trace, under its Subject. A
// trace whose question has been answered is one no more.
const DecideWriter = reconcile.DecideWriter

// Subject names the trace for a person's decision.
func (w Writer) Subject() string { return "document/" + linkKey(w.Ref) }

// Text is the trace in a sentence.
func (w Writer) Text() string {
	switch w.Kind {
	case WriterAccount:
		return fmt.Sprintf("The account %q looks like another clearing account for Stripe: something has been booked there since the cut-over.", w.Title)
	case WriterMarker:
		return fmt.Sprintf("The %s %s of %s carries a marker of Tieout's that is not of this book.", w.Ref.Kind, w.Ref.ID, w.Date.Words())
	case WriterPayout:
		return fmt.Sprintf("The %s %s of %s over %s doubles a payout on the bank account.", w.Ref.Kind, w.Ref.ID, w.Date.Words(), amount(w.Amount, w.Currency))
	}
	return fmt.Sprintf("The %s %s of %s over %s names %s and is not Tieout's.", w.Ref.Kind, w.Ref.ID, w.Date.Words(), amount(w.Amount, w.Currency), strings.Join(w.Names[:min(len(w.Names), 3)], ", "))
}

// Action is what a person can do about it.
func (w Writer) Action() string {
	if w.Kind == WriterAccount {
		return "Switch the other integration off, or choose its account as the book's clearing account; answer the question then."
	}
	return "Switch the other writer off. If the document stands for the payment, adopt it; if it is one too many, remove it."
}

// Touched gives the traces by the balance transactions that they touch. Nothing
// is to be written for those until a person has decided about the trace's
// Subject.
func Touched(traces []Writer) map[string]Writer {
	out := map[string]Writer{}
	for _, w := range traces {
		for _, id := range w.Movements {
			if _, ok := out[id]; !ok {
				out[id] = w
			}
		}
	}
	return out
}

// writers counts the traces that nobody has decided about. Each is a named
// decision, for as long as a decision may take. What doubles a payout counts in
// the bank's line.
func writers(in Inputs) []Line {
	line := Line{Check: CheckWriters, Measured: true}
	for _, w := range in.Writers {
		line.Difference++
		line.Causes = append(line.Causes, Cause{Ref: w.Ref, Text: w.Text(), Action: w.Action()})
		line.Explained = append(line.Explained, Item{
			Kind: ItemDecision, ID: w.Ref.ID, Amount: 1, Since: w.Since, Text: w.Text(), Action: actionOf(ItemDecision),
			Overdue: in.age(w.Since) > maxDecision,
		})
	}
	line.Why = firstCauses(line.Causes)
	return []Line{line}
}
