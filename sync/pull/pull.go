package pull

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
)

// maxPages bounds one stream of one run: at the smallest page size of any
// vendor it is ten million objects.
const maxPages = 100_000

// Puller pulls one connection.
type Puller struct {
	Store   Store
	Session connectors.Session
	Tenant  string
	// Connection is the connection's id.
	Connection string
	Now        func() time.Time
	// Progress, when set, hears about every page.
	Progress func(stream string, saved Saved)
	// Purpose, when set, tags the calls of a stream's first reading as
	// "backfill": they give way to all others.
	Purpose func(ctx context.Context, purpose string) context.Context
}

// Result counts what a run saw and changed.
type Result struct {
	Seen     map[receivables.Kind]int
	Changed  map[receivables.Kind]int
	Rejected int
	// Backfilled says that a backfill has come to its end in this run.
	Backfilled bool
}

// Any says whether the run changed anything in the model.
func (r Result) Any() bool { return len(r.Changed) > 0 || r.Rejected > 0 }

// Run pulls every stream to its end, each page in a transaction of its own
// under the lease that hold gives. The streams that go on for ever come first,
// so that what changes during a backfill is seen by the next run. Everything
// up to the start of the run is then known to be pulled.
func (p *Puller) Run(ctx context.Context, hold func(context.Context) (lease.Lease, error)) (Result, error) {
	started := p.Now()
	result := Result{Seen: map[receivables.Kind]int{}, Changed: map[receivables.Kind]int{}}
	states, err := p.Store.Streams(ctx, p.Tenant, p.Connection)
	if err != nil {
		return result, fmt.Errorf("pull: streams of %s: %w", p.Connection, err)
	}
	for _, stream := range p.Session.Streams() {
		state := states[stream.Name]
		if stream.Once && state.Done {
			continue
		}
		if err := p.stream(ctx, hold, stream, state, &result); err != nil {
			return result, err
		}
	}
	l, err := hold(ctx)
	if err != nil {
		return result, err
	}
	if result.Backfilled {
		if err := p.Store.MarkBooks(ctx, p.Tenant, p.Connection, p.Now()); err != nil {
			return result, fmt.Errorf("pull: mark books of %s: %w", p.Connection, err)
		}
	}
	return result, p.Store.SetFresh(ctx, l, p.Connection, started)
}

// batchRecords is how many records one transaction gathers from pages that can
// be read at once: what is spread all over the database's trees is then written
// once for several pages. It bounds the memory of a run.
const batchRecords = 2000

// batch is what the next transaction writes; read says that it holds a page,
// maybe one without records.
type batch struct {
	Page
	read bool
}

// stream pulls one stream from where it stands to its end.
func (p *Puller) stream(ctx context.Context, hold func(context.Context) (lease.Lease, error), stream connectors.Stream, state StreamState, result *Result) error {
	first := !state.Done
	if first && p.Purpose != nil {
		ctx = p.Purpose(ctx, "backfill")
	}
	var batch batch
	batch.Page = Page{Tenant: p.Tenant, Connection: p.Connection, Stream: stream.Name, Cursor: state.Cursor, Mark: !first}
	batch.Began = p.began(state)
	var last []mapping.Draft
	for range maxPages {
		l, err := hold(ctx)
		if err != nil {
			return err
		}
		page, err := p.next(ctx, stream, batch.Cursor, last)
		if err != nil {
			// What was read before is kept, so that the next run goes on there.
			return errors.Join(err, p.save(ctx, l, &batch, result))
		}
		last = page.Drafts
		batch.Records = append(batch.Records, accept(page.Drafts)...)
		batch.Cursor, batch.Done, batch.read = page.Cursor, !page.More, true
		batch.Total = max(batch.Total, page.Total)
		if page.More && len(batch.Records) < batchRecords {
			continue
		}
		if err := p.save(ctx, l, &batch, result); err != nil {
			return err
		}
		if !page.More {
			result.Backfilled = result.Backfilled || first
			return nil
		}
	}
	return fmt.Errorf("pull: %s of %s: more than %d pages", stream.Name, p.Connection, maxPages)
}

// began is when a stream would have begun if there had been no pauses in its
// reading until now.
func (p *Puller) began(state StreamState) time.Time {
	now := p.Now()
	if state.Began == nil || state.Moved == nil {
		return now
	}
	return now.Add(-state.Moved.Sub(*state.Began))
}

// next reads the page after a cursor; one that shows no progress is an error.
func (p *Puller) next(ctx context.Context, stream connectors.Stream, cursor connectors.Cursor, last []mapping.Draft) (connectors.Page, error) {
	page, err := p.Session.Pull(ctx, stream.Name, cursor)
	if err != nil {
		return page, fmt.Errorf("pull: %s of %s: %w", stream.Name, p.Connection, err)
	}
	if page.More && (string(page.Cursor) == string(cursor) || repeats(last, page.Drafts)) {
		return page, &connectors.Failure{
			Class: connectors.ClassPermanent, Vendor: p.Connection, Op: "pull " + stream.Name,
			Text: "the same page came again: the vendor's list does not move on",
		}
	}
	return page, nil
}

// save writes what a batch has gathered, if anything was read, and empties it.
func (p *Puller) save(ctx context.Context, l lease.Lease, b *batch, result *Result) error {
	if !b.read {
		return nil
	}
	b.At = p.Now()
	saved, err := p.Store.SavePage(ctx, l, b.Page)
	if err != nil {
		return fmt.Errorf("pull: save %s of %s: %w", b.Stream, p.Connection, err)
	}
	result.add(saved)
	if p.Progress != nil {
		p.Progress(b.Stream, saved)
	}
	b.Records, b.read = nil, false
	return nil
}

// repeats says whether a page holds the very objects of the page before it, in
// the same order and version: a server that forgets where it was would send it
// for ever, with cursors that seem to move on. The cursor of such a page is not
// saved.
func repeats(last, page []mapping.Draft) bool {
	return len(page) > 0 && slices.EqualFunc(last, page, func(a, b mapping.Draft) bool {
		return a.Kind == b.Kind && a.ID == b.ID && a.Order == b.Order && bytes.Equal(a.Raw, b.Raw)
	})
}

// Keep saves objects that were read one by one, whatever the cursors say, and
// marks what changed.
func (p *Puller) Keep(ctx context.Context, l lease.Lease, drafts []mapping.Draft) (Saved, error) {
	return p.Store.SavePage(ctx, l, Page{Tenant: p.Tenant, Connection: p.Connection, Records: accept(drafts), Mark: true, At: p.Now()})
}

func accept(drafts []mapping.Draft) []mapping.Record {
	records := make([]mapping.Record, len(drafts))
	for i, d := range drafts {
		records[i] = mapping.Accept(d)
	}
	return records
}

func (r *Result) add(s Saved) {
	for kind, n := range s.Seen {
		r.Seen[kind] += n
	}
	for kind, n := range s.Changed {
		r.Changed[kind] += n
	}
	r.Rejected += s.Rejected
}
