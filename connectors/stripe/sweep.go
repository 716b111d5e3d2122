package stripe

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

var _ connectors.Sweeper = (*session)(nil)

// sweepDays is how far back objects are compared: Stripe keeps events for 30
// days (Stripe docs: api/events), so that what they have not told by then is
// told by nothing else.
const sweepDays = 30

// sweepCursor is which list is read, and after which object.
type sweepCursor struct {
	V     int    `json:"v"`
	List  int    `json:"list"`
	After string `json:"after,omitempty"`
}

// sweepLists are what is compared. Of refunds and disputes only those that are
// missing are found; nothing of Stripe's but test data and customers is ever
// deleted.
func sweepLists() []receivables.Kind {
	return []receivables.Kind{receivables.KindCharge, receivables.KindPayout, receivables.KindRefund, receivables.KindDispute}
}

func sweepSince(now time.Time) time.Time { return now.AddDate(0, 0, -sweepDays).Truncate(time.Second) }

// Swept are the charges and payouts of the last 30 days.
func (s *session) Swept(now time.Time) []connectors.Swept {
	made := sweepSince(now)
	return []connectors.Swept{{Kind: receivables.KindCharge, Made: made}, {Kind: receivables.KindPayout, Made: made}}
}

// Sweep reads a page of a list with one call. It holds the objects whole, so
// that what has changed without an event is found at no further cost.
func (s *session) Sweep(ctx context.Context, now time.Time, cursor connectors.Cursor) (connectors.SweepPage, error) {
	c := sweepCursor{V: cursorVersion}
	if err := readCursor("sweep", cursor, &c, &c.V); err != nil {
		return connectors.SweepPage{}, err
	}
	lists := sweepLists()
	if c.List < 0 || c.List >= len(lists) {
		return connectors.SweepPage{}, fault(connectors.ClassPermanent, "sweep", "the cursor cannot be used", nil)
	}
	r, _ := resourceOf(lists[c.List])
	query := url.Values{"created[gte]": {strconv.FormatInt(sweepSince(now).Unix(), 10)}}
	if c.After != "" {
		query.Set("starting_after", c.After)
	}
	at, op := s.reading(), "compare "+r.stream
	got, err := s.list(ctx, op, r.path, query)
	if err != nil {
		return connectors.SweepPage{}, err
	}
	page := connectors.SweepPage{Drafts: drafts(r.kind, got.rows, at)}
	for _, row := range got.rows {
		page.Seen = append(page.Seen, connectors.Seen{Ref: receivables.Ref{Kind: r.kind, ID: row.id}})
	}
	next := sweepCursor{V: cursorVersion, List: c.List + 1}
	if got.more {
		last, ok := got.last()
		if !ok || last.id == c.After {
			return connectors.SweepPage{}, stuck(op)
		}
		next = sweepCursor{V: cursorVersion, List: c.List, After: last.id}
	}
	page.More = next.List < len(lists)
	page.Cursor, err = writeCursor(next)
	return page, err
}
