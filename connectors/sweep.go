package connectors

import (
	"context"
	"time"

	"tieout/mapping"
	"tieout/receivables"
)

// Sweeper is a Session that lists, with few calls, which of the objects that
// matter there are now: so that deletions and changes come to light that no
// list by change has told. What differs from what is held is fetched singly.
type Sweeper interface {
	// Swept says which objects a sweep at now lists completely: one that is
	// held and is not shown is worth a look.
	Swept(now time.Time) []Swept
	// Sweep reads the next page; an empty cursor begins. Every page of one sweep
	// is asked for with the same now.
	Sweep(ctx context.Context, now time.Time, cursor Cursor) (SweepPage, error)
}

// Swept is a set of objects that a sweep lists completely.
type Swept struct {
	Kind receivables.Kind
	// Prefix begins the ids, where objects of the kind come from several lists.
	Prefix string
	// Open limits the set to live documents with something open on them.
	Open bool
	// Since limits it to what is dated on that civil date or later; Made to
	// what was made at that instant or later. Their zero values limit nothing.
	Since receivables.Date
	Made  time.Time
}

// SweepPage is what one step of a sweep has shown.
type SweepPage struct {
	Seen []Seen
	// Drafts are objects that the list has given whole, at no further cost.
	Drafts []mapping.Draft
	Cursor Cursor
	More   bool
}

// Seen is an object that exists. Order is that of its draft, 0 where the list
// does not say.
type Seen struct {
	Ref   receivables.Ref
	Order int64
}
