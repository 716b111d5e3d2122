// Package push is the outbox: it sends intents, alone or together, to the vendor it
// is for, reads back when the outcome of a call is unknown, and records the
// answer. An intent is a row before it is a call. It starts no goroutine,
// never sleeps, and plans nothing.
package push

import (
	"context"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
)

// State is how far an intent has come.
type State string

// A preview is shown, not sent. A sending intent whose worker died has an
// unknown outcome: it is read back before it is sent again.
const (
	StatePreview State = "preview"
	StatePlanned State = "planned"
	StateSending State = "sending"
	StateUnknown State = "unknown"
	StateDone    State = "done"
	StateParked  State = "parked"
	// StateDropped is an intent that a newer plan has replaced before it was
	// sent.
	StateDropped State = "dropped"
)

// Priority orders the outbox: lower goes first.
type Priority int

// What is taken back goes first. Receipts go before what follows from them, and
// links come last.
const (
	PriorityUndo    Priority = 5
	PriorityReceipt Priority = 10
	PriorityFee     Priority = 20
	PriorityPayout  Priority = 30
	PriorityLinkOff Priority = 40
	PriorityLink    Priority = 50
	PriorityLinkSet Priority = 60
)

// Effect is what a finished intent means besides for its own parts.
type Effect string

// The effects on a link row, and of what a person takes back.
const (
	EffectNone        Effect = ""
	EffectLinkMade    Effect = "link_made"
	EffectLinkOff     Effect = "link_off"
	EffectLinkShown   Effect = "link_shown"
	EffectLinkRemoved Effect = "link_removed"
	// EffectPageEnded is for a page opened from our pay page.
	EffectPageEnded Effect = "page_ended"
	// EffectUndone says that the target, a document that we wrote, has been
	// taken back because a person wanted it: its parts are undone.
	EffectUndone Effect = "undone"
)

// Intent is one write to one vendor, planned.
type Intent struct {
	Tenant     string
	ID         string
	Book       string
	Connection string
	Generation int
	State      State
	Priority   Priority
	// Sort orders intents of one priority: newest due date first for links,
	// oldest movement first for documents. Text, ascending.
	Sort  string
	Write connectors.Write
	// Booking is what Write was lowered from, with the parts of this write
	// alone; nil where there is none.
	Booking *mapping.Booking
	// Before is the target's body as we knew it, for undo.
	Before []byte
	// Why names the rule or person behind the intent, in words.
	Why string
	// Invoice is the invoice of a link intent; Effect what it does there.
	Invoice string
	Effect  Effect
	// DependsOn is an intent that must be done first; "" for none.
	DependsOn string
	Attempts  int
	NotBefore *time.Time
	Answer    *connectors.Answer
	// Problem is why the intent was parked or delayed, safe to show.
	Problem   string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Outcome is what a call led to; the store applies it in one transaction.
type Outcome struct {
	Intent Intent
	// URL is where a person opens the document in the vendor's own screen; ""
	// where there is none.
	URL string
	// Mark is reconciled next, so that what follows is planned.
	Mark []receivables.Ref
	At   time.Time
}

// Store is what push needs of the database.
type Store interface {
	// NextIntent gives the first intent of the book that may be sent at now:
	// unknown ones first, then by priority and sort; false when none is.
	// Those of the connections named in without are left alone.
	NextIntent(ctx context.Context, tenant, book string, now time.Time, without ...string) (Intent, bool, error)
	// IntentsAfter gives planned intents that may be sent at now and are of
	// the same book, connection and priority as in: those behind it in the
	// line, in its order, limit at most.
	IntentsAfter(ctx context.Context, in Intent, now time.Time, limit int) ([]Intent, error)
	// BeginIntent moves it to sending under the book's lease, before the call.
	BeginIntent(ctx context.Context, l lease.Lease, in Intent, at time.Time) error
	// FinishIntent records the outcome: the intent's state, its parts (done:
	// sent, with the document's ref), its link row, and marks.
	FinishIntent(ctx context.Context, l lease.Lease, o Outcome) error
}
