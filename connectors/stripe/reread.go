package stripe

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"tieout/mapping"
	"tieout/receivables"
)

// singles bounds the calls that one page of events makes for single objects,
// and listFrom is from how many on a list is worth a call.
const (
	singles  = 20
	listFrom = 4
)

// work does the first things of the list of what is to be read.
func (s *session) work(ctx context.Context, c *eventsCursor) ([]mapping.Draft, error) {
	c.refundsOnce()
	first := c.Errands[0]
	switch first.What {
	case whatMembers:
		return s.workList(ctx, c, movements().path, membersOf(first.ID), func(r row, at reading) (mapping.Draft, bool) {
			return memberOf(r, first.ID, at)
		})
	case whatRefunds:
		return s.workList(ctx, c, "/v1/refunds", url.Values{"charge": {first.ID}}, func(r row, at reading) (mapping.Draft, bool) {
			return draft(receivables.KindRefund, r.raw, at), true
		})
	}
	return s.workObjects(ctx, c, receivables.Kind(first.What))
}

// refundsOnce puts lists of refunds before refunds that are to be read one by
// one: events name a refund in both ways, and reading it twice in a row would
// look like a list that does not move on.
func (c *eventsCursor) refundsOnce() {
	list := slices.IndexFunc(c.Errands, func(t errand) bool { return t.What == whatRefunds })
	if list > 0 && c.Errands[0].What == string(receivables.KindRefund) {
		c.Errands[0], c.Errands[list] = c.Errands[list], c.Errands[0]
	}
}

// memberOf leaves out the payout's own row, which its list contains too.
func memberOf(r row, payout string, at reading) (mapping.Draft, bool) {
	d := member(r.raw, payout, at)
	return d, d.Movement == nil || d.Movement.Source != payout
}

// workList reads a page of the list that the first thing stands for. A list
// that Stripe refuses, for an object gone meanwhile, is left: the object's own
// reading reports it.
func (s *session) workList(ctx context.Context, c *eventsCursor, path string, query url.Values,
	read func(row, reading) (mapping.Draft, bool),
) ([]mapping.Draft, error) {
	first, at, op := &c.Errands[0], s.reading(), "list "+c.Errands[0].What
	if first.After != "" {
		query.Set("starting_after", first.After)
	}
	got, err := s.list(ctx, op, path, query)
	if missing(err) {
		c.Errands = c.Errands[1:]
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []mapping.Draft
	for _, r := range got.rows {
		if d, ok := read(r, at); ok {
			out = append(out, d)
		}
	}
	defer c.done(out)
	last, ok := got.last()
	switch {
	case !got.more:
		c.Errands = c.Errands[1:]
	case !ok || last.id == first.After:
		return nil, stuck(op)
	default:
		first.After = last.id
	}
	return out, nil
}

// done takes off the list what was read with a list of something else.
func (c *eventsCursor) done(drafts []mapping.Draft) {
	c.Errands = slices.DeleteFunc(c.Errands, func(t errand) bool {
		return slices.ContainsFunc(drafts, func(d mapping.Draft) bool { return t.What == string(d.Kind) && t.ID == d.ID })
	})
}

// workObjects reads objects of one kind: many of them in one list by their
// creation, the rest one by one.
func (s *session) workObjects(ctx context.Context, c *eventsCursor, kind receivables.Kind) ([]mapping.Draft, error) {
	var listed, rest []errand
	for _, t := range c.Errands {
		if t.What == string(kind) && t.listable() {
			listed = append(listed, t)
		}
	}
	if len(listed) >= listFrom {
		return s.workSpan(ctx, c, kind, listed)
	}
	var out []mapping.Draft
	for _, t := range c.Errands {
		if t.What != string(kind) || len(out) == singles {
			rest = append(rest, t)
			continue
		}
		if t.Gone {
			out = append(out, mapping.Draft{Kind: kind, ID: t.ID, Order: s.reading().order, Deleted: true})
			continue
		}
		d, err := s.fetch(ctx, receivables.Ref{Kind: kind, ID: t.ID})
		if err != nil {
			return nil, err
		}
		out = append(out, t.tell(d))
	}
	c.Errands = rest
	for _, d := range out {
		c.noteMembers(d)
	}
	return out, nil
}

// workSpan reads the objects created in the span of those that are wanted,
// newest first and page by page while that finds enough of them. What it does
// not show is read one by one afterwards.
func (s *session) workSpan(ctx context.Context, c *eventsCursor, kind receivables.Kind, wanted []errand) ([]mapping.Draft, error) {
	r, _ := resourceOf(kind)
	at := s.reading()
	got, err := s.list(ctx, "list "+r.stream+" named by events", r.path, spanOf(wanted))
	if err != nil && !missing(err) {
		return nil, err
	}
	open := map[string]errand{}
	for _, t := range wanted {
		open[t.ID] = t
	}
	var out []mapping.Draft
	for _, row := range got.rows {
		if t, ok := open[row.id]; ok {
			out = append(out, t.tell(draft(kind, row.raw, at)))
			delete(open, row.id)
		}
	}
	last, ok := got.last()
	goOn := got.more && ok && len(out) >= listFrom
	var rest []errand
	for _, t := range c.Errands {
		if t.What == string(kind) && t.listable() {
			if _, ok := open[t.ID]; !ok {
				continue
			}
			t.Single, t.After = !goOn, last.id
		}
		rest = append(rest, t)
	}
	c.Errands = rest
	for _, d := range out {
		c.noteMembers(d)
	}
	return out, nil
}

// listable says that a list by creation may still show the object.
func (t errand) listable() bool { return t.Created != 0 && !t.Single && !t.Gone }

// spanOf asks for what was created with or between the wanted objects, after
// the page that was read last.
func spanOf(wanted []errand) url.Values {
	from, to := wanted[0].Created, wanted[0].Created
	for _, t := range wanted {
		from, to = min(from, t.Created), max(to, t.Created)
	}
	query := url.Values{
		"created[gte]": {strconv.FormatInt(from, 10)}, "created[lte]": {strconv.FormatInt(to, 10)},
	}
	if after := wanted[0].After; after != "" {
		query.Set("starting_after", after)
	}
	return query
}
