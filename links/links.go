// Package links is the life of a payment link: which invoice should have one,
// for how much, and what has to happen when the two no longer agree. It is
// pure; the engine carries out what it says.
package links

import (
	"time"

	"tieout/money"
)

// State is how far a link has come at the processor.
type State string

// The states of a link. A used link has taken its one payment.
const (
	StateMaking State = "making"
	StateActive State = "active"
	StateEnding State = "ending"
	StateOff    State = "off"
	StateUsed   State = "used"
)

// Link is our payment link of one invoice, one row for each generation.
type Link struct {
	Tenant     string
	Book       string
	Invoice    string
	Generation int
	State      State
	// ID and URL are the processor's, or our own page's.
	ID  string
	URL string
	// Amount is what is asked for; of an own link, what was payable when it was made.
	Amount   int64
	Currency money.Currency
	// Shown says that we have written the URL into the document, Seen that
	// the ledger has shown it back to us since.
	Shown bool
	Seen  bool
	// SentBefore says that the invoice had gone to the customer before it
	// carried the link: sending it again is offered, never done.
	SentBefore bool
	// Own says that it leads to our own pay page: ID is the token in its
	// address, and its amount is read when somebody pays, so that it stays when
	// the amount changes.
	Own bool
	// Why says why there is no link, or none that the customer sees.
	Why       string
	CreatedAt time.Time
}
