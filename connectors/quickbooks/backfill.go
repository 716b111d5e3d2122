package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"

	"tieout/connectors"
	"tieout/mapping"
)

// backfill is the cursor of a backfill stream. Rows are listed by id, an order
// that no change of a row moves. What a row was changed to meanwhile, or that
// it was deleted, the stream of changes tells: it began earlier.
type backfill struct {
	V int `json:"v"`
	// Start is the 1-based position of the next page. Pages overlap by one
	// row, so that a list from which rows vanished is noticed.
	Start int `json:"start"`
	// First and Last are the ids at the ends of the page before.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	Done  bool   `json:"done,omitempty"`
}

func (s *Session) pullBackfill(ctx context.Context, e entity, cursor connectors.Cursor) (connectors.Page, error) {
	at := backfill{V: backfillVersion, Start: 1}
	if len(cursor) > 0 {
		if err := readCursor(e.stream, cursor, &at, &at.V, backfillVersion); err != nil {
			return connectors.Page{}, err
		}
	}
	if at.Done {
		return connectors.Page{Cursor: cursor}, nil
	}
	op := fmt.Sprintf("list %s from %d", e.stream, at.Start)
	a, err := s.query(ctx, op, listStatement(e, "", "Id", at.Start))
	if err != nil {
		return connectors.Page{}, err
	}
	p, err := s.page(e, op, a)
	if err != nil {
		return connectors.Page{}, err
	}
	next, err := at.next(p.drafts)
	if err != nil {
		return connectors.Page{}, &connectors.Failure{
			Class: connectors.ClassRetry, Vendor: Name, Op: op, Code: "repeats", Text: err.Error(), RequestID: a.requestID,
		}
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return connectors.Page{}, fmt.Errorf("quickbooks: save cursor: %w", err)
	}
	drafts := p.drafts
	if len(drafts) > 0 && at.Last != "" && drafts[0].ID == at.Last {
		drafts = drafts[1:] // brought with the page before
	}
	out := connectors.Page{Drafts: drafts, Cursor: raw, More: !next.Done}
	if len(cursor) == 0 && out.More {
		out.Total = s.count(ctx, e)
	}
	return out, nil
}

// count is how many rows a listing has, for people who wait for it; 0 when
// QuickBooks does not say. It is asked for long listings only: it costs a call.
func (s *Session) count(ctx context.Context, e entity) int64 {
	a, err := s.query(ctx, "count "+e.stream, countStatement(e))
	if err != nil {
		return 0 // what is in the way of this stops the next page too, and is told there
	}
	var said struct {
		QueryResponse struct {
			TotalCount int64 `json:"totalCount"`
		}
	}
	if json.Unmarshal(a.body, &said) != nil {
		return 0
	}
	return said.QueryResponse.TotalCount
}

// next says where to go on after a page. One that shows neither end of the page
// before it may have left rows out, because rows before it are gone: the walk
// then goes back by a page until it meets what it has read.
func (at backfill) next(page []mapping.Draft) (backfill, error) {
	if !at.joins(page) {
		at.Start = max(1, at.Start-pageSize+1)
		return at, nil
	}
	if len(page) < pageSize {
		at.Done = true
		return at, nil
	}
	first, last := page[0].ID, page[len(page)-1].ID
	if first == at.First && last == at.Last {
		return at, fmt.Errorf("the same page came twice: no progress is made")
	}
	return backfill{V: at.V, Start: at.Start + len(page) - 1, First: first, Last: last}, nil
}

// joins says whether nothing lies between a page and the one before it.
func (at backfill) joins(page []mapping.Draft) bool {
	if at.Start == 1 {
		return true
	}
	for _, d := range page {
		if d.ID == at.First || d.ID == at.Last {
			return true
		}
	}
	return false
}
