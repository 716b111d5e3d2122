package connectors

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tieout/mapping"
	"tieout/receivables"
)

// Errors of a webhook delivery. Whoever receives it answers the first with the
// status that the vendor expects for a forged one, and keeps nothing of it.
var (
	// ErrForged is a delivery whose signature none of the secrets explains, or
	// whose time stamp lies outside of the vendor's tolerance.
	ErrForged = errors.New("the signature does not fit")
	// ErrHook is a signed delivery that is not of a form that we read.
	ErrHook = errors.New("the delivery is not of a known form")
	// ErrRefused is a signed delivery of a form that is sent on somebody's
	// wish, whom the answer has to tell that we do not take it.
	ErrRefused = errors.New("deliveries of this form are not taken")
)

// HookVendor is a Vendor that sends webhooks.
type HookVendor interface {
	// ReadHook checks the signature of the body's raw bytes against each of
	// the secrets, in constant time, and gives the events in it: none for the
	// vendor's test of the address. It is pure. Errors wrap ErrForged, ErrHook
	// or ErrRefused.
	ReadHook(d Delivery) ([]Event, error)
	// MaxHook is how many bytes the body of a delivery may have. No more are
	// read.
	MaxHook() int64
}

// Delivery is one webhook request as it came in.
type Delivery struct {
	Header http.Header
	Body   []byte
	// Secrets are the keys that count now; several while they are changed.
	Secrets []string
	// At is when it came in.
	At time.Time
}

// Event is one thing that a webhook says has changed. What it says is a hint:
// the object is read from the vendor before anything follows.
type Event struct {
	// ID is the vendor's own, or one made of what the event says where the
	// vendor gives none: a repeated delivery has the same.
	ID string
	// ExternalID is the company, organisation or account that it is about; ""
	// where the vendor tells only whoever set up the address.
	ExternalID string
	// Live says whether real money is meant; nil where the vendor tells apart
	// by the company.
	Live *bool
	// Type is the vendor's own word for what has happened.
	Type string
	// Ref is the object to read; its zero value where the type is unknown or
	// concerns nothing that we pull. Such events are kept and shown.
	Ref receivables.Ref
	// At is when it happened, by the vendor's clock; zero when not said.
	At time.Time
	// Deleted says that the object has gone and cannot be read again.
	Deleted bool
}

// NamedFetcher is a Session that reads more for events than their objects
// alone: what the object leads to, and what only the event says.
type NamedFetcher interface {
	// FetchNamed reads what the events name, in a bounded number of calls; the
	// streams of Pull bring whatever is left.
	FetchNamed(ctx context.Context, events []Event) ([]mapping.Draft, error)
}
