// Package reconcile compares what should stand in the ledger with what does
// stand there, and plans the difference. A pass works on the marks of one
// book: it matches charges to invoices, asks the booking table what follows,
// compares with the parts that stand already, decides about payment links, and
// writes allocations, decisions, exceptions and intents in one transaction. It
// calls no vendor. A pass that finds nothing to change writes nothing.
package reconcile

import "errors"

// ErrSettings says that the book's settings changed while a pass was computed;
// the pass is computed again.
var ErrSettings = errors.New("the book's settings have changed meanwhile")

// Rule is how a charge was matched.
type Rule string

// The rules, strongest first.
const (
	RuleMetadata    Rule = "metadata"
	RuleLink        Rule = "payment_link"
	RuleNumber      Rule = "invoice_number"
	RuleExact       Rule = "exact_amount"
	RuleCombination Rule = "combination"
	RulePerson      Rule = "person"
	// RuleWritten is for a payment whose receipt of ours stands in the ledger,
	// though a restored database has forgotten it.
	RuleWritten Rule = "written_before"
	// RuleMirror is for the payment of an invoice of the processor's own that
	// the ledger holds too.
	RuleMirror Rule = "mirror"
	// RuleAsked is no match: while a person is asked whether a receipt of the
	// ledger is this payment, what it may pay is not asked for again.
	RuleAsked Rule = "asked"
)

// The kinds of decisions.
const (
	DecideMatch       = "match"
	DecideOverpaid    = "overpaid"
	DecideAdopt       = "adopt"
	DecidePayer       = "unknown_payer"
	DecideRemoved     = "document_removed"
	DecideChanged     = "document_changed"
	DecideLinkRemoved = "link_removed"
	DecideMirror      = "mirror"
	// DecideBooking is about money that has gone back, or that no rule books.
	DecideBooking = "booking"
	// DecideClosed is about documents that belong to a closed period.
	DecideClosed = "closed_period"
)

// The rules by which one of the processor's own invoices is known to be one of
// the ledger's: an id that one of them carries of the other, the payment that
// is booked for the ledger's, number with customer, amount and date, a person.
const (
	MirrorByMarker  Rule = "marker"
	MirrorByPayment Rule = "payment"
	MirrorByNumber  Rule = "invoice_number"
	MirrorByPerson  Rule = "person"
	MirrorAlike     Rule = "alike"
)
