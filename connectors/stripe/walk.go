package stripe

import (
	"context"
	"net/url"
	"slices"
	"sort"
	"strconv"
)

// A list of Stripe's is newest first and can only be entered at an object. A
// walk reads it down to its end, page by page, and from then on up from an
// anchor that stays some objects behind the newest: an object that appears
// late, with a neighbour's second, is still seen, and an idle look costs one
// call. Ids behind which nothing is new are remembered, so that no object
// comes twice.
type walk struct {
	Mode mode `json:"mode"`
	// After is the oldest object read on the way down, Created its second.
	After   string `json:"after,omitempty"`
	Created int64  `json:"created,omitempty"`
	// From leaves out what was created earlier on the way down.
	From int64 `json:"from,omitempty"`
	// Anchor is where a look upwards begins, At where a running one stands.
	Anchor string `json:"anchor,omitempty"`
	At     string `json:"at,omitempty"`
	// Seen are the objects above the anchor that were read, newest first.
	Seen []string `json:"seen,omitempty"`
}

type mode string

const (
	down mode = "down"
	up   mode = "up"
	done mode = "done"
)

// behind is how many objects the anchor stays behind the newest, and spread
// how many there may be before it moves: together with them a look upwards
// must fit into one page.
const (
	behind = 20
	spread = 60
)

// running says that a pass stands in the middle of the list.
func (w walk) running() bool { return w.At != "" || w.Mode == down && w.After != "" }

// step reads the next page of a walk: its new rows, the walk after it, and
// whether there is more to read at once.
func (s *session) step(ctx context.Context, op, path string, w walk) ([]row, walk, bool, error) {
	if w.Mode == up {
		return s.stepUp(ctx, op, path, w)
	}
	return s.stepDown(ctx, op, path, w)
}

func (s *session) stepDown(ctx context.Context, op, path string, w walk) ([]row, walk, bool, error) {
	got, err := s.list(ctx, op, path, w.downwards(false))
	if missing(err) && w.Created != 0 {
		// The object that the walk stands at was deleted meanwhile.
		got, err = s.list(ctx, op, path, w.downwards(true))
	}
	if err != nil {
		return nil, w, false, err
	}
	next := w
	if w.After == "" {
		next.Anchor, next.Seen = anchorOf(ids(got.rows))
	}
	if got.more {
		last, ok := got.last()
		created := last.created()
		if !ok || last.id == w.After || w.Created != 0 && created > w.Created {
			return nil, w, false, stuck(op)
		}
		next.After, next.Created = last.id, created
		return got.rows, next, true, nil
	}
	next.After, next.Created = "", 0
	if next.Anchor != "" {
		next.Mode, next.From = up, 0
	}
	return got.rows, next, false, nil
}

func (w walk) downwards(byTime bool) url.Values {
	query := url.Values{}
	if w.From != 0 {
		query.Set("created[gte]", strconv.FormatInt(w.From, 10))
	}
	switch {
	case byTime:
		query.Set("created[lte]", strconv.FormatInt(w.Created, 10))
	case w.After != "":
		query.Set("starting_after", w.After)
	}
	return query
}

func (s *session) stepUp(ctx context.Context, op, path string, w walk) ([]row, walk, bool, error) {
	from := w.At
	if from == "" {
		from = w.Anchor
	}
	got, err := s.list(ctx, op, path, url.Values{"ending_before": {from}})
	if err != nil {
		return nil, w, false, err
	}
	var fresh []row
	for _, r := range got.rows {
		if r.id == "" || !slices.Contains(w.Seen, r.id) {
			fresh = append(fresh, r)
		}
	}
	next, all := w, ids(got.rows)
	if got.more {
		if len(all) == 0 || all[0] == from || len(fresh) == 0 {
			return nil, w, false, stuck(op)
		}
		next.At = all[0]
		next.Anchor, next.Seen = anchorOf(all)
		return fresh, next, true, nil
	}
	if w.At != "" {
		all = append(all, w.Seen...)
	}
	next.At, next.Seen = "", all
	if len(all) > spread {
		next.Anchor, next.Seen = anchorOf(all)
	}
	return fresh, next, false, nil
}

// anchorOf chooses the anchor among ids that stand newest first, and gives
// those above it.
func anchorOf(ids []string) (anchor string, above []string) {
	if len(ids) == 0 {
		return "", nil
	}
	at := min(behind, len(ids)-1)
	return ids[at], slices.Clone(ids[:at])
}

func ids(rows []row) []string {
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		if r.id != "" {
			out = append(out, r.id)
		}
	}
	return out
}

func sortedNames(values url.Values) []string {
	names := make([]string, 0, len(values))
	for n := range values {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}
