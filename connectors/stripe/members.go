package stripe

import (
	"context"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// pullMembers reads, once, the members of the automatic payouts of the last
// while, so that their movements carry the payout from the start. The payouts
// of later days are named by events.
func (s *session) pullMembers(ctx context.Context, cursor connectors.Cursor) (connectors.Page, error) {
	c := eventsCursor{V: cursorVersion, Walk: walk{Mode: down, From: s.access.Now().Add(-memberWindow).Unix()}}
	if err := readCursor(streamMembers, cursor, &c, &c.V); err != nil {
		return connectors.Page{}, err
	}
	if len(c.Errands) == 0 && c.Walk.Mode == down {
		if err := s.notePayouts(ctx, &c); err != nil {
			return connectors.Page{}, err
		}
	}
	var drafts []mapping.Draft
	if len(c.Errands) > 0 {
		var err error
		if drafts, err = s.work(ctx, &c); err != nil {
			return connectors.Page{}, err
		}
	}
	saved, err := writeCursor(c)
	return connectors.Page{Drafts: drafts, Cursor: saved, More: len(c.Errands) > 0 || c.Walk.Mode == down}, err
}

// notePayouts reads a page of payouts for what is to be read of them.
func (s *session) notePayouts(ctx context.Context, c *eventsCursor) error {
	rows, next, more, err := s.step(ctx, "list payouts", "/v1/payouts", c.Walk)
	if err != nil {
		return err
	}
	next.Anchor, next.Seen = "", nil
	if !more {
		next = walk{Mode: done}
	}
	c.Walk = next
	for _, r := range rows {
		c.noteMembers(draft(receivables.KindPayout, r.raw, reading{}))
	}
	return nil
}
