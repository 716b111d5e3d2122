package quickbooks

import (
	"bytes"
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
)

// changes is the cursor of the changes.
type changes struct {
	V int `json:"v"`
	// Since is where the next change-data call begins.
	Since string `json:"since"`
	// Listing holds what one answer could not hold, or what changed too long
	// ago: it is read entity by entity before Since counts.
	Listing []listing `json:"listing,omitempty"`
	// Gone are the deletions within the overlap that have been confirmed, so
	// that they are not asked about again.
	Gone []string `json:"gone,omitempty"`
}

// listing is one step of reading an entity.
type listing struct {
	Entity string `json:"entity"`
	// Changes asks for change data of this entity alone, which also tells
	// deletions; a query does not.
	Changes bool `json:"changes,omitempty"`
	// Later says that From is later than what is to be read: the rows before
	// it are listed by another step.
	Later bool `json:"later,omitempty"`
	// Compare asks for what the caller holds after the id After.
	Compare bool   `json:"compare,omitempty"`
	After   string `json:"after,omitempty"`
	place
}

// pullChanges makes the one call of an idle pass, or reads the next page of an
// entity for which that call was not enough.
func (s *Session) pullChanges(ctx context.Context, cursor connectors.Cursor) (connectors.Page, error) {
	at := changes{V: changesVersion}
	if len(cursor) > 0 {
		if err := readCursor(changesStream, cursor, &at, &at.V, changesVersion); err != nil {
			return connectors.Page{}, err
		}
	}
	switch {
	case len(at.Listing) > 0:
		return s.pullListing(ctx, at)
	case at.Since == "": // the baseline: everything older is the backfill's
		at.Since = s.access.Now().Add(-overlap).UTC().Format(timeLayout)
	}
	old := s.access.Now().Sub(instant(at.Since)) > changesReach
	since := at.Since
	if old {
		// Change data does not reach back so far. One short call takes the new
		// baseline, and every entity is listed from the old one.
		since = s.access.Now().Add(-overlap).UTC().Format(timeLayout)
	}
	found, err := s.changesSince(ctx, since, entities())
	if err != nil {
		return connectors.Page{}, err
	}
	next := changes{V: changesVersion, Since: found.time.Add(-overlap).Format(timeLayout)}
	// The limit is that of the whole answer: nobody says whose rows are left
	// out of a full one.
	full := found.rows >= changesMost
	for _, e := range entities() {
		step := listing{Entity: e.name, place: place{From: at.Since, Start: 1}}
		switch {
		case old:
			next.Listing = append(next.Listing, step)
			next.Listing = append(next.Listing, s.comparison(e)...)
		case full:
			step.Changes = true
			next.Listing = append(next.Listing, step)
		}
	}
	drafts, gone, err := s.confirm(ctx, found, at.Gone)
	if err != nil {
		return connectors.Page{}, err
	}
	next.Gone = gone
	return changesPage(drafts, next)
}

func changesPage(drafts []mapping.Draft, next changes) (connectors.Page, error) {
	raw, err := json.Marshal(next)
	if err != nil {
		return connectors.Page{}, fmt.Errorf("quickbooks: save cursor: %w", err)
	}
	return connectors.Page{Drafts: drafts, Cursor: raw, More: len(next.Listing) > 0}, nil
}

func (s *Session) pullListing(ctx context.Context, at changes) (connectors.Page, error) {
	current := at.Listing[0]
	e, ok := entityNamed(current.Entity)
	if !ok {
		return connectors.Page{}, badCursor(changesStream, nil)
	}
	at.Listing = slices.Clone(at.Listing)
	switch {
	case current.Changes:
		return s.pullNarrow(ctx, e, at)
	case current.Compare:
		return s.compare(ctx, e, at)
	}
	drafts, next, more, err := s.list(ctx, e, current.place)
	if err != nil {
		return connectors.Page{}, err
	}
	at.Listing[0].place = next
	if !more {
		at.Listing = at.Listing[1:]
	}
	return changesPage(drafts, at)
}

// pullNarrow reads the change data of one entity. When even that is full, the
// entity is listed by query, which tells no deletion: those of the later half
// of the time are asked for by change data again, and again of its later half,
// until an answer is not full. What was deleted before that is found by
// comparing.
func (s *Session) pullNarrow(ctx context.Context, e entity, at changes) (connectors.Page, error) {
	current := at.Listing[0]
	found, err := s.changesSince(ctx, current.From, []entity{e})
	if err != nil {
		return connectors.Page{}, err
	}
	drafts, gone, err := s.confirm(ctx, found, at.Gone)
	if err != nil {
		return connectors.Page{}, err
	}
	for _, key := range gone {
		if !slices.Contains(at.Gone, key) {
			at.Gone = append(at.Gone, key)
		}
	}
	var steps []listing
	if found.rows >= changesMost {
		steps = s.narrower(e, current, found.time)
	}
	at.Listing = append(steps, at.Listing[1:]...)
	return changesPage(drafts, at)
}

// narrower is what to do after a full answer that reached from a step's time to
// the end.
func (s *Session) narrower(e entity, full listing, end time.Time) []listing {
	var steps []listing
	if !full.Later {
		steps = append(steps, listing{Entity: e.name, place: full.place})
	}
	if left := end.Sub(instant(full.From)); left >= 2*time.Second {
		from := instant(full.From).Add(left / 2).Truncate(time.Second).Format(timeLayout)
		steps = append(steps, listing{Entity: e.name, Changes: true, Later: true, place: place{From: from, Start: 1}})
	}
	if !full.Later {
		steps = append(steps, s.comparison(e)...)
	}
	return steps
}

// comparison is the step that compares an entity, where the caller can be
// asked.
func (s *Session) comparison(e entity) []listing {
	if s.held == nil {
		return nil
	}
	return []listing{{Entity: e.name, Compare: true}}
}

// changeData is what a change-data call gave.
type changeData struct {
	time   time.Time
	drafts []mapping.Draft
	// deleted are the objects that are said to be deleted, by entity.
	deleted map[string][]mapping.Draft
	rows    int
}

func (s *Session) changesSince(ctx context.Context, since string, of []entity) (changeData, error) {
	names := make([]string, 0, len(of))
	for _, e := range of {
		names = append(names, e.name)
	}
	op := "changes since " + since
	a, err := s.get(ctx, op, "/cdc", url.Values{"entities": {strings.Join(names, ",")}, "changedSince": {since}})
	if err != nil {
		return changeData{}, err
	}
	found := changeData{deleted: map[string][]mapping.Draft{}}
	seen := false
	err = walkObject(a.body, func(key, value []byte) error {
		switch string(key) {
		case "time":
			found.time = instant(string(bytes.Trim(value, `"`)))
		case "CDCResponse":
			seen = true
			_, err := elements(value, func(response []byte) error { return s.changeBlocks(op, a, response, &found) })
			return err
		}
		return nil
	})
	if _, ok := connectors.AsFailure(err); ok {
		return changeData{}, err
	}
	if err != nil || !seen || found.time.IsZero() {
		return changeData{}, malformed(op, a, errors.Join(err, errSyntax))
	}
	return found, nil
}

// changeBlocks reads one element of CDCResponse: a list of QueryResponse
// blocks in any order, {} for an entity without changes. A fault can stand in
// place of the blocks.
func (s *Session) changeBlocks(op string, a answer, response []byte, found *changeData) error {
	return walkObject(response, func(key, value []byte) error {
		if string(key) != "QueryResponse" {
			return nil
		}
		_, err := elements(value, func(data []byte) error {
			if known, ok := parseFault(data[:min(len(data), maxFault)]); ok {
				return s.faultFailure(op, http.MethodGet, a, known)
			}
			_, err := block(data, func(name string, raw []byte) {
				e, ok := entityNamed(name)
				if !ok {
					return
				}
				found.rows++
				if d := s.mapper().draft(e, raw); d.Deleted {
					found.deleted[name] = append(found.deleted[name], d)
				} else {
					found.drafts = append(found.drafts, d)
				}
			})
			return err
		})
		return err
	})
}

// confirm asks for the objects that are said to be deleted, because change
// data has been seen to report "Deleted" for objects that had only been
// updated (DotNET SDK issue 189). What a query still gives is taken as it is;
// what neither knows is deleted. known are those confirmed before; the list
// that comes back holds only what this answer still repeats.
func (s *Session) confirm(ctx context.Context, found changeData, known []string) ([]mapping.Draft, []string, error) {
	ask := ids{}
	for _, e := range entities() {
		for _, d := range found.deleted[e.name] {
			if !slices.Contains(known, keyOf(e, d)) {
				ask[e.name] = append(ask[e.name], bareID(e, d.ID))
			}
		}
	}
	alive, missing, err := s.byID(ctx, ask)
	if err != nil {
		return nil, nil, err
	}
	drafts := slices.Concat(found.drafts, alive)
	var gone []string
	for _, e := range entities() {
		for _, d := range found.deleted[e.name] {
			if key := keyOf(e, d); slices.Contains(known, key) || slices.Contains(missing[e.name], bareID(e, d.ID)) {
				gone = append(gone, key)
				drafts = append(drafts, d)
			}
		}
	}
	return drafts, gone, nil
}

func keyOf(e entity, d mapping.Draft) string { return e.name + ":" + bareID(e, d.ID) }

// bareID is Intuit's id of a draft.
func bareID(e entity, id string) string { return strings.TrimPrefix(id, e.prefix()) }
