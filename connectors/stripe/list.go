package stripe

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// The streams that are not backfills; they go on for ever.
const (
	streamEvents    = "events"
	streamMovements = "balance_transactions"
)

// streamMembers is a backfill of what took which movement out: see members.go.
const streamMembers = "payout_members"

// resource is one list of Stripe's and the kind of its objects.
type resource struct {
	stream, path string
	kind         receivables.Kind
}

// backfills are the lists that are read once; what changes afterwards is named
// by events.
func backfills() []resource {
	return []resource{
		{"customers", "/v1/customers", receivables.KindPayer},
		{"charges", "/v1/charges", receivables.KindCharge},
		{"checkout_sessions", "/v1/checkout/sessions", receivables.KindCheckout},
		{"refunds", "/v1/refunds", receivables.KindRefund},
		{"disputes", "/v1/disputes", receivables.KindDispute},
		{"payouts", "/v1/payouts", receivables.KindPayout},
		{"invoices", "/v1/invoices", receivables.KindInvoice},
		{"credit_notes", "/v1/credit_notes", receivables.KindCredit},
	}
}

func movements() resource {
	return resource{streamMovements, "/v1/balance_transactions", receivables.KindBalanceTransaction}
}

// resourceOf finds the list of a kind.
func resourceOf(kind receivables.Kind) (resource, bool) {
	for _, r := range append(backfills(), movements()) {
		if r.kind == kind {
			return r, true
		}
	}
	return resource{}, false
}

// Streams puts the events first: their place is taken before the backfill
// begins, so that whatever happens meanwhile is read again.
func (s *session) Streams() []connectors.Stream {
	streams := []connectors.Stream{{Name: streamEvents}, {Name: streamMovements}}
	for _, r := range backfills() {
		streams = append(streams, connectors.Stream{Name: r.stream, Once: true})
	}
	return append(streams, connectors.Stream{Name: streamMembers, Once: true})
}

// cursorVersion is the version of every cursor below.
const cursorVersion = 1

type listCursor struct {
	V    int  `json:"v"`
	Walk walk `json:"walk"`
}

// Pull reads the next page of a stream: up to maxCalls calls, because Stripe's
// own pages are short; for events also the calls that read again what they
// name.
func (s *session) Pull(ctx context.Context, stream string, cursor connectors.Cursor) (connectors.Page, error) {
	switch stream {
	case streamEvents:
		return s.pullEvents(ctx, cursor)
	case streamMembers:
		return s.pullMembers(ctx, cursor)
	}
	c := listCursor{V: cursorVersion, Walk: walk{Mode: down}}
	if err := readCursor(stream, cursor, &c, &c.V); err != nil {
		return connectors.Page{}, err
	}
	for _, r := range backfills() {
		if r.stream == stream {
			return s.pullOnce(ctx, r, c)
		}
	}
	if stream == streamMovements {
		return s.pullMovements(ctx, c)
	}
	return connectors.Page{}, fault(connectors.ClassPermanent, "pull", fmt.Sprintf("there is no stream %q", stream), nil)
}

// readCursor fills in what was saved; an empty cursor leaves the beginning.
func readCursor(stream string, cursor connectors.Cursor, into any, version *int) error {
	if len(bytes.TrimSpace(cursor)) == 0 || bytes.Equal(bytes.TrimSpace(cursor), []byte("null")) {
		return nil
	}
	err := json.Unmarshal(cursor, into)
	if err == nil && *version != cursorVersion {
		err = fmt.Errorf("version %d is not %d", *version, cursorVersion)
	}
	if err != nil {
		return fault(connectors.ClassPermanent, "pull "+stream, "the saved cursor cannot be used; a full sync starts anew", err)
	}
	return nil
}

func writeCursor(c any) (connectors.Cursor, error) {
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("stripe: write cursor: %w", err)
	}
	return raw, nil
}

// pullOnce reads a backfill down to its end, newest first.
func (s *session) pullOnce(ctx context.Context, r resource, c listCursor) (connectors.Page, error) {
	if c.Walk.Mode == done {
		cursor, err := writeCursor(c)
		return connectors.Page{Cursor: cursor}, err
	}
	at := s.reading()
	rows, next, more, err := s.steps(ctx, "list "+r.stream, r.path, c.Walk)
	if err != nil {
		return connectors.Page{}, err
	}
	next.Anchor, next.Seen = "", nil // only the way down matters
	if !more {
		next = walk{Mode: done}
	}
	return pulled(r.kind, rows, at, listCursor{V: cursorVersion, Walk: next}, more)
}

// steps makes up to maxCalls steps of a walk, so that what is saved at once is
// as much as other vendors give in one page. An error after the first step
// ends them early; whoever goes on from there meets it again.
func (s *session) steps(ctx context.Context, op, path string, w walk) ([]row, walk, bool, error) {
	rows, w, more, err := s.step(ctx, op, path, w)
	for n := 1; n < maxCalls && more && err == nil; n++ {
		further, next, again, failed := s.step(ctx, op, path, w)
		if failed != nil {
			break
		}
		rows, w, more = append(rows, further...), next, again
	}
	return rows, w, more, err
}

// pullMovements reads the balance transactions down to the first and then
// whatever is new: no event names them.
func (s *session) pullMovements(ctx context.Context, c listCursor) (connectors.Page, error) {
	r, at := movements(), s.reading()
	rows, next, more, err := s.steps(ctx, "list "+r.stream, r.path, c.Walk)
	if missing(err) {
		// The anchor is gone, which test data can be: read everything again.
		next, more, err = walk{Mode: down}, true, nil
	}
	if err != nil {
		return connectors.Page{}, err
	}
	return pulled(r.kind, rows, at, listCursor{V: cursorVersion, Walk: next}, more)
}

func pulled(kind receivables.Kind, rows []row, at reading, cursor any, more bool) (connectors.Page, error) {
	saved, err := writeCursor(cursor)
	return connectors.Page{Drafts: drafts(kind, rows, at), Cursor: saved, More: more}, err
}

func drafts(kind receivables.Kind, rows []row, at reading) []mapping.Draft {
	out := make([]mapping.Draft, len(rows))
	for i, r := range rows {
		out[i] = draft(kind, r.raw, at)
	}
	return out
}

// reading is that of what is fetched from now on.
func (s *session) reading() reading {
	return reading{order: s.access.Now().UnixMicro(), zone: s.access.Zone}
}

// Fetch reads single objects, one call each.
func (s *session) Fetch(ctx context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	var out []mapping.Draft
	for _, ref := range refs {
		d, err := s.fetch(ctx, ref)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// fetch reads one object. Stripe deletes customers only, and says so; another
// object that it does not know is reported as such.
func (s *session) fetch(ctx context.Context, ref receivables.Ref) (mapping.Draft, error) {
	r, ok := resourceOf(ref.Kind)
	if !ok {
		return mapping.Draft{}, fault(connectors.ClassPermanent, "fetch", fmt.Sprintf("stripe has no objects of kind %q", ref.Kind), nil)
	}
	at := s.reading()
	raw, err := s.get(ctx, "read "+string(ref.Kind), r.path+"/"+pathID(ref.ID))
	if missing(err) {
		return mapping.Draft{Kind: ref.Kind, ID: ref.ID, Order: at.order, Problem: "stripe: Stripe does not know this object"}, nil
	}
	if err != nil {
		return mapping.Draft{}, err
	}
	return draft(ref.Kind, raw, at), nil
}
