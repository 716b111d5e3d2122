package xero

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sort"
	"time"

	"tieout/connectors"
	"tieout/mapping"
)

// cursorVersion changes when older cursors can no longer be read.
const cursorVersion = 1

const (
	// seekBack is how far a walk steps back for its next page: the header is
	// cut to the second, and whether it includes its instant is not documented.
	seekBack = time.Second
	// overlap is how far the next pass looks back, for rows that became
	// visible late.
	overlap = 5 * time.Minute
	// maxEdge bounds how many rows of the overlap the cursor remembers. More
	// are brought again, which is harmless.
	maxEdge = 500
)

// cursor is where a stream stands. Pages of a moving list drop rows, because a
// row that changes moves to the end. So a first walk lists by id where Xero can
// (an order that changes do not move, and nothing leaves a list), and later ones
// ask for page 1 of what changed since the last row read. Of the latter only
// inside one second, and where the list is not in order, are pages counted.
type cursor struct {
	V int `json:"v"`
	// Began is when a walk by id began, by Xero's clock in unix milliseconds:
	// what changed since then is read afterwards. 0 is a walk by time.
	Began int64 `json:"began,omitempty"`
	// Count is how many rows the list had. A shorter one has moved.
	Count int `json:"count,omitempty"`
	// Since is the If-Modified-Since in unix milliseconds; 0 sends none, so
	// that rows dated in 2008, as in demo companies, are found.
	Since int64 `json:"since,omitempty"`
	Page  int   `json:"page"`
	// High is the newest change read, never our own clock.
	High int64 `json:"high,omitempty"`
	// Walk says that this walk counts pages to its end.
	Walk bool `json:"walk,omitempty"`
	// First and Last are the ends of the page before, to see a list that
	// stands still.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	// Edge are rows that the next answer will hold again.
	Edge []edge `json:"edge,omitempty"`
}

// edge is a row as it was brought: Sum is of its whole content.
type edge struct {
	ID  string `json:"id"`
	At  int64  `json:"at"`
	Sum string `json:"sum"`
}

func parseCursor(raw connectors.Cursor) (cursor, error) {
	if len(raw) == 0 {
		return cursor{V: cursorVersion, Page: 1}, nil
	}
	var c cursor
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, fmt.Errorf("xero: cursor: %w", err)
	}
	if c.V != cursorVersion || c.Page < 1 {
		return c, fmt.Errorf("xero: cursor of version %d, page %d", c.V, c.Page)
	}
	return c, nil
}

func (c cursor) encode() connectors.Cursor {
	raw, err := json.Marshal(c)
	if err != nil {
		// Numbers and strings always marshal.
		return nil
	}
	return raw
}

// walk follows one page's rows.
type walk struct {
	from     cursor
	known    map[string]edge
	rows     []edge
	high     int64
	lowest   int64
	ordered  bool
	previous int64
}

func newWalk(from cursor) *walk {
	w := &walk{from: from, known: map[string]edge{}, high: from.High, ordered: true}
	for _, e := range from.Edge {
		w.known[e.ID] = e
	}
	return w
}

// fresh notes a row and says whether it is new or other than it was.
func (w *walk) fresh(d mapping.Draft) bool {
	sum := sha256.Sum256(d.Raw)
	e := edge{ID: d.ID, At: d.Order, Sum: hex.EncodeToString(sum[:8])}
	if e.At > 0 {
		w.ordered = w.ordered && e.At >= w.previous
		w.previous = e.At
		w.high = max(w.high, e.At)
		if w.lowest == 0 || e.At < w.lowest {
			w.lowest = e.At
		}
	}
	w.rows = append(w.rows, e)
	return w.known[e.ID] != e
}

// errStill is a list that shows the same page again.
var errStill = errors.New("xero: the same page came twice")

// next is where to go on, and whether there is more to read at once.
func (w *walk) next(paged bool, p *pages) (cursor, bool, error) {
	next := cursor{V: cursorVersion, Page: 1, High: w.high}
	if w.from.Began > 0 {
		// What changed while we read is still to be read.
		next.High = min(w.high, w.from.Began)
	}
	since := secondBefore(next.High, overlap)
	next.Edge = w.edge(since)
	if !paged || w.ended(p) {
		next.Since = since
		return next, false, nil
	}
	next.First, next.Last = w.rows[0].ID, w.rows[len(w.rows)-1].ID
	if w.from.Page > 1 && next.First == w.from.First && next.Last == w.from.Last || w.from.Page >= maxPages {
		return next, false, errStill
	}
	if w.from.Began > 0 {
		next.Began, next.Page = w.from.Began, w.from.Page+1
		if p != nil {
			next.Count = p.ItemCount
			next.Page = max(1, next.Page-pagesBack(w.from.Count-p.ItemCount))
		}
		return next, true, nil
	}
	// A row older than asked for means that the list ignores the date, a
	// row out of order that its last row is not the newest.
	next.Walk = w.from.Walk || !w.ordered || w.from.Since > 0 && w.lowest < w.from.Since-seekBack.Milliseconds()
	next.Since = secondBefore(w.previous, seekBack)
	if next.Walk || next.Since <= w.from.Since {
		next.Since, next.Page = w.from.Since, w.from.Page+1
	}
	return next, true, nil
}

// pagesBack is how many pages a walk by id goes back when rows have left the
// list, which none is known to do: what stood behind them has moved forward.
func pagesBack(gone int) int {
	if gone <= 0 {
		return 0
	}
	return 2 + gone/defaultPageSize
}

// ended says whether the page was the last of its list.
func (w *walk) ended(p *pages) bool {
	if len(w.rows) == 0 {
		return true
	}
	if p != nil && p.PageCount > 0 {
		return w.from.Page >= p.PageCount
	}
	return len(w.rows) < defaultPageSize
}

// edge are the rows that later answers will hold again: those of the overlap,
// from this page and, where it did not show them, from the pages before.
func (w *walk) edge(since int64) []edge {
	all := w.known
	for _, e := range w.rows {
		all[e.ID] = e
	}
	var out []edge
	for _, e := range all {
		if e.At >= since && e.At > 0 {
			out = append(out, e)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].At != out[j].At {
			return out[i].At > out[j].At
		}
		return out[i].ID < out[j].ID
	})
	return out[:min(len(out), maxEdge)]
}

// secondBefore steps back from ms and cuts to the second, as the header is.
func secondBefore(ms int64, back time.Duration) int64 {
	return max(0, (ms-back.Milliseconds())/1000*1000)
}
