// Package inbox takes webhooks in: it checks a delivery, stores a row for each
// event, and later has what the rows name pulled. A webhook is a hint: what it
// says is never taken into the model, and no vendor is called while one is
// being answered. What a row leads to goes the way of every pull.
package inbox

import (
	"context"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/lease"
)

// State is what became of an event.
type State string

// A new event waits for its object to be read; a done one was read. An unknown
// one is of a form or a type that we do not read. An ignored one is about a
// company that is not connected here, or could not be read.
const (
	StateNew     State = "new"
	StateDone    State = "done"
	StateUnknown State = "unknown"
	StateIgnored State = "ignored"
)

// Row is one event as it is stored.
type Row struct {
	// Tenant and Connection are those of the event's company; "" where it is
	// not connected here.
	Tenant     string
	Connection string
	Vendor     string
	Event      connectors.Event
	State      State
	// Why says what is in the way of reading it; "" when nothing is.
	Why string
	// Changed says of a done event that its object was not what we held: not an
	// echo of a write of ours, nor of something that was pulled before.
	Changed    bool
	ReceivedAt time.Time
	// Tries are failed attempts to read its object, the next not before
	// NotBefore; the zero time is at once.
	Tries     int
	NotBefore time.Time
	// Delivery names the request that it came with. Body is that request's
	// own, with the first row of it only; the others find it by Delivery.
	Delivery string
	Body     []byte
}

// Target is a connection with a company that events are about.
type Target struct {
	Tenant, Connection string
	ExternalID         string
	Live               bool
}

// ReceiveStore is what receiving needs of the database.
type ReceiveStore interface {
	// Targets gives the vendor's connections with one of the companies, of
	// whichever tenant. An empty list asks for two of the vendor's, of any.
	Targets(ctx context.Context, vendor string, companies []string) ([]Target, error)
	// SaveEvents stores the rows in one transaction. An event that the tenant
	// has already is left as it is.
	SaveEvents(ctx context.Context, rows []Row) error
}

// WorkStore is what reading the named objects needs of the database.
type WorkStore interface {
	// Hooked gives the connections with events that can be read at now, each
	// with the time that the first of them came in.
	Hooked(ctx context.Context, tenant string, now time.Time) (map[string]time.Time, error)
	// NewEvents gives events of a connection that can be read at now, the
	// oldest first.
	NewEvents(ctx context.Context, tenant, connection string, now time.Time, limit int) ([]Row, error)
	// SettleEvents writes state, why, changed, tries and not before of rows,
	// under the connection's lease.
	SettleEvents(ctx context.Context, l lease.Lease, rows []Row) error
}

// Count says what has come from a vendor.
type Count struct {
	Vendor string
	// Received are all, of which New wait, Unknown and Ignored were not read,
	// and Echoes told nothing that was not known.
	Received, New, Unknown, Ignored, Echoes int
	Last                                    time.Time
	// Type is that of the last unknown one, Why that of the last ignored one.
	Type, Why string
}

// events are those of the rows.
func events(rows []Row) []connectors.Event {
	out := make([]connectors.Event, len(rows))
	for i, r := range rows {
		out[i] = r.Event
	}
	return out
}

// refs are the objects that the rows name, each once.
func refs(rows []Row) []receivables.Ref {
	seen := map[receivables.Ref]bool{}
	var out []receivables.Ref
	for _, r := range rows {
		if !seen[r.Event.Ref] {
			seen[r.Event.Ref] = true
			out = append(out, r.Event.Ref)
		}
	}
	return out
}
