package stripe

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// eventsCursor is where the stream of events stands: the place in the list,
// what its events named and is still to be read, and, after a gap, the full
// read that closes it.
type eventsCursor struct {
	V    int  `json:"v"`
	Walk walk `json:"walk"`
	// Checked is the day of the last look, as the Unix time of its start:
	// events older than 30 days are gone.
	Checked int64    `json:"checked"`
	Errands []errand `json:"errands,omitempty"`
	// Full is how many backfills are still to be read again after a gap,
	// and FullAt where the present one stands.
	Full   int  `json:"full,omitempty"`
	FullAt walk `json:"full_at,omitzero"`
}

// more says that the next page can be read at once.
func (c *eventsCursor) more() bool { return len(c.Errands) > 0 || c.Full > 0 || c.Walk.running() }

// pullEvents turns events into objects read anew. An event is a hint: it is
// rendered in the account's own API version and may be old when it is read.
func (s *session) pullEvents(ctx context.Context, cursor connectors.Cursor) (connectors.Page, error) {
	c := eventsCursor{V: cursorVersion}
	if err := readCursor(streamEvents, cursor, &c, &c.V); err != nil {
		return connectors.Page{}, err
	}
	var drafts []mapping.Draft
	var err error
	switch {
	case c.Walk.Mode == "":
		err = s.baseline(ctx, &c)
	case len(c.Errands) > 0:
		drafts, err = s.work(ctx, &c)
	case c.Full > 0:
		drafts, err = s.fullPage(ctx, &c)
	default:
		drafts, err = s.look(ctx, &c)
	}
	if err != nil {
		return connectors.Page{}, err
	}
	saved, err := writeCursor(c)
	return connectors.Page{Drafts: drafts, Cursor: saved, More: c.more()}, err
}

// baseline takes the newest events as read: what they name is in the backfill
// that follows.
func (s *session) baseline(ctx context.Context, c *eventsCursor) error {
	now := s.access.Now()
	got, err := s.list(ctx, "list events", "/v1/events", map[string][]string{})
	if err != nil {
		return err
	}
	c.Checked = dayOf(now)
	c.Walk = walk{Mode: down}
	if anchor, above := anchorOf(ids(got.rows)); anchor != "" {
		c.Walk = walk{Mode: up, Anchor: anchor, Seen: above}
	}
	return nil
}

// look reads the next page of events and starts on what they name. Where the
// last look is too long ago for the list to be whole, everything is read
// again; where only its anchor is gone, the events since that look.
func (s *session) look(ctx context.Context, c *eventsCursor) ([]mapping.Draft, error) {
	now := s.access.Now()
	checked := time.Unix(c.Checked, 0)
	if now.Sub(checked) > eventLife-eventMargin && !c.Walk.running() {
		c.Full, c.FullAt = len(backfills()), walk{Mode: down}
		return nil, s.baseline(ctx, c)
	}
	rows, next, _, err := s.step(ctx, "list events", "/v1/events", c.Walk)
	if missing(err) && c.Walk.Mode == up {
		next = walk{Mode: down, From: checked.Add(-eventMargin).Unix()}
		rows, next, _, err = s.step(ctx, "list events", "/v1/events", next)
	}
	if err != nil {
		return nil, err
	}
	c.Walk = next
	if !next.running() {
		c.Checked = dayOf(now)
	}
	for _, r := range rows {
		c.note(r.raw)
	}
	if len(c.Errands) == 0 {
		return nil, nil
	}
	return s.work(ctx, c)
}

// fullPage reads a page of the backfill that a gap has made necessary again.
func (s *session) fullPage(ctx context.Context, c *eventsCursor) ([]mapping.Draft, error) {
	all := backfills()
	r := all[max(0, len(all)-c.Full)]
	page, err := s.pullOnce(ctx, r, listCursor{V: cursorVersion, Walk: c.FullAt})
	if err != nil {
		return nil, err
	}
	var next listCursor
	if err := json.Unmarshal(page.Cursor, &next); err != nil {
		return nil, unreadable("list "+r.stream, err)
	}
	c.FullAt = next.Walk
	if !page.More {
		c.Full, c.FullAt = c.Full-1, walk{Mode: down}
	}
	if c.Full == 0 {
		c.FullAt = walk{}
	}
	since := s.access.Now().Add(-memberWindow)
	for _, d := range page.Drafts {
		if d.Payout != nil && d.Payout.Created.After(since) {
			c.noteMembers(d)
		}
	}
	return page.Drafts, nil
}

// errand is something that an event names and that is to be read.
type errand struct {
	What string `json:"w"`
	ID   string `json:"i"`
	// Created is the object's own second, for reading many in one list.
	Created int64 `json:"c,omitempty"`
	// After is where a list of several pages stands.
	After string `json:"a,omitempty"`
	// Single marks an object that a list has not shown.
	Single bool `json:"s,omitempty"`
	// Succeeded is when a charge succeeded, from the event that said so: the
	// charge itself never does.
	Succeeded int64 `json:"t,omitempty"`
	// Gone marks an object whose event says that it was deleted, and that
	// cannot be read any more.
	Gone bool `json:"g,omitempty"`
}

// What is read beside the objects themselves: a charge's refunds, for which
// 2023-10-16 has no event of their own, and a payout's members.
const (
	whatRefunds = "refunds_of_charge"
	whatMembers = "members_of_payout"
)

// kindOfObject are the objects that events name, by Stripe's word.
func kindOfObject(word string) (receivables.Kind, bool) {
	switch word {
	case "customer":
		return receivables.KindPayer, true
	case "charge":
		return receivables.KindCharge, true
	case "checkout.session":
		return receivables.KindCheckout, true
	case "refund":
		return receivables.KindRefund, true
	case "dispute":
		return receivables.KindDispute, true
	case "payout":
		return receivables.KindPayout, true
	case "invoice":
		return receivables.KindInvoice, true
	case "credit_note":
		return receivables.KindCredit, true
	}
	return "", false
}

// note puts down what an event names, once. Events about other objects, and
// those of a form that is not known, name nothing.
func (c *eventsCursor) note(raw json.RawMessage) {
	var e wireEvent
	if json.Unmarshal(raw, &e) != nil || e.Data.Object.ID == "" {
		return
	}
	kind, ok := kindOfObject(e.Data.Object.Object)
	if !ok {
		return
	}
	t := errand{What: string(kind), ID: e.Data.Object.ID, Created: e.Data.Object.Created}
	if e.Type == eventSucceeded {
		t.Succeeded = e.Created
	}
	t.Gone = e.Type == eventInvoiceDeleted
	c.add(t)
	if kind == receivables.KindCharge && strings.HasPrefix(e.Type, "charge.refund") {
		c.add(errand{What: whatRefunds, ID: e.Data.Object.ID})
	}
}

// noteMembers has the members of a payout read once their list is whole.
func (c *eventsCursor) noteMembers(d mapping.Draft) {
	if d.Payout != nil && d.Payout.Automatic && (d.Payout.Reconciled || d.Payout.Status == "paid") {
		c.add(errand{What: whatMembers, ID: d.ID})
	}
}

func (c *eventsCursor) add(t errand) {
	i := slices.IndexFunc(c.Errands, func(o errand) bool { return o.What == t.What && o.ID == t.ID })
	if i < 0 {
		c.Errands = append(c.Errands, t)
		return
	}
	if t.Succeeded != 0 {
		c.Errands[i].Succeeded = t.Succeeded
	}
	c.Errands[i].Gone = c.Errands[i].Gone || t.Gone
}

// eventInvoiceDeleted is sent when a draft is deleted: unlike a deleted
// customer it cannot be read afterwards (stripe docs: api/invoices/delete).
const eventInvoiceDeleted = "invoice.deleted"

// eventSucceeded is sent when a charge succeeds: for a delayed payment method
// days after the charge was made (stripe docs: api/events/types,
// delayed-notification payment methods).
const eventSucceeded = "charge.succeeded"

// tell gives a charge the moment that its event has told. Cards succeed when
// they are charged, so theirs says nothing new; and a charge that is no longer
// a success is left as Stripe has it now.
func (t errand) tell(d mapping.Draft) mapping.Draft {
	if c := d.Charge; t.Succeeded != 0 && c != nil && c.Method != "card" && c.Status == receivables.ChargeSucceeded {
		at := instant(t.Succeeded)
		c.Succeeded = &at
	}
	return d
}

func dayOf(at time.Time) int64 { return at.UTC().Truncate(24 * time.Hour).Unix() }
