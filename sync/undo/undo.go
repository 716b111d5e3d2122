// Package undo plans how what was written to a ledger is taken back: documents
// in the vendor's own way, links with the user's text restored, accounts and
// contacts that a set-up made when nothing uses them, and counter-documents
// where a document has to stay. A plan is shown to a person and confirmed
// before anything of it is saved; what is saved are intents like any others. It
// calls no vendor, and takes back nothing that it cannot name as ours.
package undo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// ScopeKind is how much is taken back at once.
type ScopeKind string

// The scopes: one document; what a payment was matched to, with its receipts;
// all documents of a payout and of the movements that it paid out; what was
// written on one day of the book's zone; the whole book.
const (
	ScopeDocument ScopeKind = "document"
	ScopeMatch    ScopeKind = "match"
	ScopeBatch    ScopeKind = "batch"
	ScopeDay      ScopeKind = "day"
	ScopeBook     ScopeKind = "book"
)

// Scope says what is taken back. ID is "receipt/17" or "17" for a document, a
// movement or charge for a match, a payout for a batch, a day for a day, and ""
// for a book.
type Scope struct {
	Kind ScopeKind
	ID   string
}

// String names the scope.
func (s Scope) String() string { return strings.TrimSpace(string(s.Kind) + " " + s.ID) }

// Errors of planning.
var (
	// ErrNothing says that there is nothing of ours in the scope.
	ErrNothing = errors.New("nothing of ours stands there")
	// ErrUnderWay says that what was confirmed before is still being written.
	ErrUnderWay = errors.New("an undo is under way: the next sync goes on with it")
	// ErrScope says that the scope cannot be understood.
	ErrScope = errors.New("it is not clear what is meant")
)

// Selection says which parts are looked for; all fields that are set have to
// fit.
type Selection struct {
	States []reconcile.PartState
	// Purpose is that of the parts; "" is any.
	Purpose mapping.Purpose
	// Document is a document's id, with its kind where that is known.
	Document receivables.Ref
	// Movement is a movement or the charge that it is of.
	Movement string
	// Payout takes all movements that the payout paid out, and its own.
	Payout string
	// From and To bound the instant of writing; To is excluded.
	From, To *time.Time
}

// Linked is an invoice that has, or had, a payment link of ours.
type Linked struct {
	Invoice    receivables.Invoice
	Generation int
	// Link is the processor's id; Active says that it can be paid there.
	Link   string
	Active bool
	// Pages of the processor over it can still be paid.
	Pages []reconcile.Page
}

// Created is an account or contact that a set-up has made.
type Created struct {
	Ref  receivables.Ref
	Name string
	// Raw is the newest body known.
	Raw []byte
	// Ours and Others are how many live documents use it.
	Ours, Others int
}

// Store is what undo needs of the database. All of it is of one book.
type Store interface {
	// UndoParts gives the parts that are selected, and all others that stand in
	// the same documents.
	UndoParts(ctx context.Context, b books.Book, s Selection) ([]reconcile.PartRow, error)
	IntentsByID(ctx context.Context, tenant string, ids []string) ([]push.Intent, error)
	// Undoing gives the removals that were planned and are not done.
	Undoing(ctx context.Context, b books.Book) ([]push.Intent, error)
	Documents(ctx context.Context, b books.Book, markers []string, refs []receivables.Ref) ([]reconcile.LedgerDocument, error)
	Raw(ctx context.Context, b books.Book, refs []receivables.Ref) (map[receivables.Ref][]byte, error)
	Movements(ctx context.Context, b books.Book, ids []string) ([]reconcile.Movement, error)
	Invoices(ctx context.Context, b books.Book, q reconcile.InvoiceQuery) ([]receivables.Invoice, error)
	// MatchOf gives the allocations of a movement, or of its charge.
	MatchOf(ctx context.Context, b books.Book, movement string) ([]reconcile.Allocation, error)
	// Unmatching gives the answered decision by which a match was undone.
	Unmatching(ctx context.Context, b books.Book, movement string) (reconcile.Decision, bool, error)
	// LinkedInvoices walks the invoices that have a link row, in the order of
	// their ids after the given one; only limits it to one invoice.
	LinkedInvoices(ctx context.Context, b books.Book, only, after string, limit int) ([]Linked, error)
	// Created gives what set-ups have made and no undo has taken back.
	Created(ctx context.Context, b books.Book) ([]Created, error)
	// SaveUndo writes a plan in one transaction, under the book's lease.
	SaveUndo(ctx context.Context, l lease.Lease, b books.Book, w Writing) error
}

// Writing is what a confirmed plan writes.
type Writing struct {
	At time.Time
	// Entry is the line of the journal; its zero value writes none.
	Entry   journal.Entry
	Intents []push.Intent
	// Parts are those of counter-documents, and those that a person has asked
	// for again.
	Parts []reconcile.PartRow
	// Mark are movements that the next pass looks at.
	Mark []string
	// Forget are movements whose match goes, with what was planned for it and
	// not sent; Match are the allocations that come back.
	Forget []string
	Match  []reconcile.Allocation
	// Decisions are opened as answered; Close are decisions that end.
	Decisions []reconcile.Decision
	Close     []string
	// Gone are documents that somebody has removed already: their parts are
	// undone without a write.
	Gone []receivables.Ref
}

// Planner plans for one book.
type Planner struct {
	Store     Store
	Ledger    connectors.Ledger
	Processor func(connection string) (connectors.Processor, error)
	// Lock is the last closed day of the ledger.
	Lock  receivables.Date
	Now   func() time.Time
	NewID func() string
	// By is the person who wants it.
	By string
	// Fresh are bodies that were read just now. They go before the stored ones:
	// a version alone, without a change that means anything, is not stored.
	Fresh map[receivables.Ref][]byte
}

// Plan is what an undo or a redo comes down to.
type Plan struct {
	Scope Scope
	// Documents, Links and Setup are carried out one after the other: an
	// invoice is changed by the removal of its receipt, and an account is
	// unused only then.
	Documents, Links, Setup []push.Intent
	// Later are removals of documents that others of Documents rest on. They are
	// shown, and planned anew once those have gone.
	Later []push.Intent
	// Relinks let receipts pay their invoices again whose money a document of
	// Later has taken.
	Relinks []push.Intent
	// Parts are those of counter-documents; for a redo, those that are planned
	// again, and Documents show what they were.
	Parts []reconcile.PartRow
	// Tied are parts by which credits are applied, with their documents.
	Tied []reconcile.PartRow
	// Stays are documents that cannot be taken back, with why.
	Stays []Stay
	// Kept says what the vendors go on showing.
	Kept []string
	// Gone are documents of the scope that stand no more.
	Gone []receivables.Ref
	// Matches are movements whose match goes or, for a redo, comes back.
	Matches []Match

	// going are the documents that go.
	going []written
}

// Stay is a document of ours that has to stay.
type Stay struct {
	Document receivables.Ref
	Kind     receivables.DocumentKind
	Date     receivables.Date
	Why      string
}

// Match is what a payment was matched to.
type Match struct {
	Movement    string
	Allocations []reconcile.Allocation
	// Decision is the answered one by which it was undone.
	Decision reconcile.Decision
}

// Empty says that there is nothing to do.
func (p Plan) Empty() bool {
	return len(p.Documents)+len(p.Later)+len(p.Relinks)+len(p.Links)+len(p.Setup)+len(p.Gone)+len(p.Matches) == 0
}

// Blocked says that a document stays, or is reversed by another.
func (p Plan) Blocked() bool { return len(p.Stays)+len(p.Parts) > 0 }

// Intents are all writes of the plan.
func (p Plan) Intents() []push.Intent {
	return slices.Concat(p.Relinks, p.Documents, p.Later, p.Links, p.Setup)
}

// Next is what the next step of an undo writes; false when nothing is left.
func (p *Planner) Next(plan Plan) (Writing, bool) {
	w := Writing{At: p.Now(), Gone: plan.Gone}
	for _, m := range plan.Matches {
		w.Forget = append(w.Forget, m.Movement)
		w.Decisions = append(w.Decisions, p.unmatching(m))
	}
	removals := slices.DeleteFunc(slices.Clone(plan.Documents), func(in push.Intent) bool { return in.Effect != push.EffectUndone })
	switch {
	case len(removals)+len(plan.Relinks) > 0:
		// What stands in the way of a document may go with these.
		w.Intents, w.Parts = append(slices.Clone(plan.Relinks), removals...), plan.Tied
	case len(plan.Documents) > 0:
		w.Intents, w.Parts = plan.Documents, plan.Parts
	case len(plan.Later) > 0: // what they wait for is under way
	case len(plan.Links) > 0:
		w.Intents = plan.Links
	default:
		w.Intents = plan.Setup
	}
	return w, len(w.Intents)+len(w.Gone)+len(w.Forget) > 0
}

// Entry is the journal's line of a plan that a person has confirmed.
func (p *Planner) Entry(b books.Book, kind journal.Kind, scope Scope, digest string, writes int) journal.Entry {
	return journal.Entry{
		Tenant: b.Tenant, Book: b.ID, At: p.Now(), Kind: kind, Who: p.By,
		Why: fmt.Sprintf("%s: %s, %d writes", kind, scope, writes), Evidence: []string{"confirmed preview " + digest},
	}
}

// againOption is the option of an undone match that says what it was.
const againOption = "again"

// unmatching is the decision that keeps the rules from matching a payment
// again by themselves.
func (p *Planner) unmatching(m Match) reconcile.Decision {
	d := reconcile.Decision{
		ID: p.NewID(), Subject: "movement/" + m.Movement, Kind: reconcile.DecideMatch, Answer: reconcile.AnswerNone, By: p.By,
		Question: fmt.Sprintf("The match of this payment was undone by %s.", p.By),
		Options:  []reconcile.Option{{Key: reconcile.AnswerNone, Text: "It pays none of the open invoices"}},
	}
	again := reconcile.Option{Key: againOption, Text: "What it was matched to before"}
	for _, a := range m.Allocations {
		again.Invoices = append(again.Invoices, receivables.Allocation{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: a.Invoice}, Amount: a.Amount})
	}
	d.Options = append(d.Options, again)
	return d
}
