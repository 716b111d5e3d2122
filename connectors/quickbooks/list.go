package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// changesStream follows what changes, for ever. It is pulled before the
// backfill, so that what changes meanwhile is seen.
const changesStream = "changes"

// Streams are the changes and one backfill for each entity.
func (s *Session) Streams() []connectors.Stream {
	out := []connectors.Stream{{Name: changesStream}}
	for _, e := range entities() {
		out = append(out, connectors.Stream{Name: e.stream, Once: true})
	}
	return out
}

// Pull reads the next page of a stream with one call; "changes" may need
// further calls to confirm deletions.
func (s *Session) Pull(ctx context.Context, stream string, cursor connectors.Cursor) (connectors.Page, error) {
	if stream == changesStream {
		return s.pullChanges(ctx, cursor)
	}
	for _, e := range entities() {
		if e.stream == stream {
			return s.pullBackfill(ctx, e, cursor)
		}
	}
	return connectors.Page{}, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "pull", Text: fmt.Sprintf("there is no stream %q", stream)}
}

// The versions written into cursors; another one is not understood.
const (
	changesVersion  = 1
	backfillVersion = 2
)

// place is where a listing by time of change stands. It is sought by time, so
// that rows which move to the end while we read, or vanish, make us miss
// nothing; Start counts only within rows of one instant.
type place struct {
	// From is the time of change to read from; "" is the beginning.
	From string `json:"from,omitempty"`
	// Start is the 1-based position from there.
	Start int `json:"start"`
	// First and Last are the ids at the ends of the page before: a page that
	// comes again shows that no progress is made.
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
}

func readCursor(stream string, cursor connectors.Cursor, into any, version *int, want int) error {
	if err := json.Unmarshal(cursor, into); err != nil || *version != want {
		return badCursor(stream, err)
	}
	return nil
}

func badCursor(stream string, err error) error {
	return &connectors.Failure{
		Class: connectors.ClassPermanent, Vendor: Name, Op: "pull " + stream, Code: "cursor",
		Text: "the saved position cannot be read: a full sync is needed", Err: err,
	}
}

// list reads the page at a place and says where the next one begins.
func (s *Session) list(ctx context.Context, e entity, at place) ([]mapping.Draft, place, bool, error) {
	a, err := s.query(ctx, at.op(e), changedStatement(e, at))
	if err != nil {
		return nil, at, false, err
	}
	return s.listed(e, at, a)
}

func (at place) op(e entity) string {
	return fmt.Sprintf("list %s from %q, %d", e.stream, at.From, at.Start)
}

// listed takes the answer to the statement of a place.
func (s *Session) listed(e entity, at place, a answer) ([]mapping.Draft, place, bool, error) {
	op := at.op(e)
	p, err := s.page(e, op, a)
	if err != nil || len(p.drafts) < pageSize {
		return p.drafts, at, false, err
	}
	first, last := p.drafts[0].ID, p.drafts[len(p.drafts)-1].ID
	next := place{From: at.From, Start: at.Start + len(p.drafts), First: first, Last: last}
	switch {
	case first == at.First && last == at.Last:
		return nil, at, false, &connectors.Failure{
			Class: connectors.ClassRetry, Vendor: Name, Op: op, Code: "repeats",
			Text: "the same page came twice: no progress is made", RequestID: a.requestID,
		}
	case p.lastTime.IsZero(): // no time to seek by: count positions
	case at.From == "" || p.lastTime.After(instant(at.From)):
		next.From, next.Start = p.lastText, startWithin(p.tied)
	}
	return p.drafts, next, true, nil
}

// startWithin is where to go on among the rows of the last instant, of which
// tied have been read. A few are read again whole. Of many (a bulk import has
// one time of change) only the last ones are, so that each page gets further.
func startWithin(tied int) int {
	if tied <= tiedWhole {
		return 1
	}
	return tied - tiedAgain + 1
}

// changedStatement lists what changed since a place, in the order of change.
func changedStatement(e entity, at place) string {
	condition := ""
	if at.From != "" {
		condition = "MetaData.LastUpdatedTime >= " + quote(at.From)
	}
	return listStatement(e, condition, "MetaData.LastUpdatedTime", at.Start)
}

// listStatement is a page of an entity's list, rows that are not active included.
func listStatement(e entity, condition, order string, start int) string {
	return fmt.Sprintf("SELECT * FROM %s%s ORDERBY %s STARTPOSITION %d MAXRESULTS %d", e.name, where(e, condition), order, start, pageSize)
}

// countStatement asks how many rows a listing has (Intuit docs: data-queries).
func countStatement(e entity) string { return "SELECT COUNT(*) FROM " + e.name + where(e, "") }

func where(e entity, condition string) string {
	var conditions []string
	if e.list {
		conditions = append(conditions, "Active IN (true, false)")
	}
	if condition != "" {
		conditions = append(conditions, condition)
	}
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// quote writes a string of the query language (Intuit docs: data-queries).
func quote(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}

// page is what a query gave.
type page struct {
	drafts []mapping.Draft
	// lastText and lastTime are the time of change of the last row that has
	// one.
	lastText string
	lastTime time.Time
	// tied counts the rows that share it.
	tied int
}

// page maps the rows of one entity in the answer to a query.
func (s *Session) page(e entity, op string, a answer) (page, error) {
	var p page
	err := s.rows(a, e.name, op, func(raw []byte) {
		d := s.mapper().draft(e, raw)
		p.drafts = append(p.drafts, d)
		switch at := d.Changed.Truncate(time.Second); {
		case d.Changed.IsZero():
		case at.Equal(p.lastTime):
			p.tied++
		default:
			p.lastTime, p.tied = at, 1
		}
	})
	if err == nil && !p.lastTime.IsZero() {
		p.lastText = p.lastTime.Format(timeLayout)
	}
	return p, err
}

// block visits the rows of a QueryResponse at the start of data: every array in
// it is named after its entity; what is not an array is paging.
func block(data []byte, visit func(entity string, raw []byte)) ([]byte, error) {
	return members(data, func(key, data []byte) ([]byte, error) {
		if len(data) == 0 || data[0] != '[' {
			_, rest, err := cut(data)
			return rest, err
		}
		name := string(key)
		return elements(data, func(raw []byte) error {
			visit(name, raw)
			return nil
		})
	})
}

// rows visits the objects of one entity in the answer to a query.
func (s *Session) rows(a answer, entity, op string, visit func(raw []byte)) error {
	found := false
	_, err := members(a.body, func(key, data []byte) ([]byte, error) {
		if string(key) != "QueryResponse" {
			_, rest, err := cut(data)
			return rest, err
		}
		found = true
		return block(data, func(name string, raw []byte) {
			if name == entity {
				visit(raw)
			}
		})
	})
	if err != nil || !found {
		return malformed(op, a, errors.Join(err, errSyntax))
	}
	return nil
}

func (s *Session) mapper() mapper { return mapper{home: s.access.Home} }

// Fetch reads single objects, of whatever entities: one query for each hundred
// of an entity, all with one call, and one read for each that the queries do
// not give, because absence from a query is no deletion.
func (s *Session) Fetch(ctx context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	wanted := ids{}
	for _, ref := range refs {
		e, id, ok := entityOf(ref)
		if !ok {
			return nil, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "fetch", Text: fmt.Sprintf("there is no %s %q", ref.Kind, ref.ID)}
		}
		wanted[e.name] = append(wanted[e.name], id)
	}
	return s.fetch(ctx, wanted)
}

func (s *Session) fetch(ctx context.Context, wanted ids) ([]mapping.Draft, error) {
	out, missing, err := s.byID(ctx, wanted)
	if err != nil {
		return nil, err
	}
	for _, e := range entities() {
		for _, id := range missing[e.name] {
			d, err := s.read(ctx, e, id)
			if err != nil {
				return nil, err
			}
			out = append(out, d)
		}
	}
	return out, nil
}

// ids are Intuit's ids by entity.
type ids map[string][]string

// byID gives the objects that queries find, and the ids of the others.
func (s *Session) byID(ctx context.Context, wanted ids) (found []mapping.Draft, missing ids, err error) {
	type chunk struct {
		entity
		ids []string
	}
	var chunks []chunk
	var statements []string
	for _, e := range entities() {
		for part := range slices.Chunk(wanted[e.name], inMost) {
			chunks = append(chunks, chunk{e, part})
			statements = append(statements, idStatement(e, part))
		}
	}
	missing = ids{}
	if len(chunks) == 0 {
		return nil, missing, nil
	}
	op := fmt.Sprintf("fetch by %d queries", len(statements))
	answers, err := s.queries(ctx, op, statements)
	if err != nil {
		return nil, nil, err
	}
	for i, c := range chunks {
		p, err := s.page(c.entity, op, answers[i])
		if err != nil {
			return nil, nil, err
		}
		seen := map[string]bool{}
		for _, d := range p.drafts {
			seen[d.ID] = true
		}
		found = append(found, p.drafts...)
		for _, id := range c.ids {
			if !seen[c.externalID(id)] {
				missing[c.name] = append(missing[c.name], id)
			}
		}
	}
	return found, missing, nil
}

func idStatement(e entity, ids []string) string {
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = quote(id)
	}
	active := ""
	if e.list {
		active = " AND Active IN (true, false)"
	}
	return fmt.Sprintf("SELECT * FROM %s WHERE Id IN (%s)%s MAXRESULTS %d", e.name, strings.Join(quoted, ", "), active, pageSize)
}

// read reads one object; "object not found" is a deletion that the vendor
// states.
func (s *Session) read(ctx context.Context, e entity, id string) (mapping.Draft, error) {
	op := "read " + e.stream
	raw, err := s.readRaw(ctx, op, e, id)
	if connectors.ClassOf(err) == connectors.ClassGone && err != nil {
		return mapping.Draft{Kind: e.kind, ID: e.externalID(id), Order: deletedOrder, Deleted: true}, nil
	}
	if err != nil {
		return mapping.Draft{}, err
	}
	return s.mapper().draft(e, raw), nil
}

func (s *Session) readRaw(ctx context.Context, op string, e entity, id string) ([]byte, error) {
	a, err := s.call(ctx, op, http.MethodGet, "/"+strings.ToLower(e.name)+"/"+url.PathEscape(id), nil, nil)
	if err != nil {
		return nil, err
	}
	return single(op, e.name, a)
}

// single takes the one object out of the answer to a read or a write.
func single(op, name string, a answer) ([]byte, error) {
	var raw []byte
	err := walkObject(a.body, func(key, value []byte) error {
		if string(key) == name {
			raw = value
		}
		return nil
	})
	if err != nil || raw == nil {
		return nil, malformed(op, a, errors.Join(err, errSyntax))
	}
	return raw, nil
}
