// Package sweep compares, once a night, what is held of a connection with what
// its vendor lists: beyond what lists by change tell. What has vanished, and
// what is missing or older here, is fetched singly and goes into the model as
// every pull does; what the vendor does not know any more is deleted. It never
// concludes from a list alone that something is gone, starts no goroutine and
// never sleeps.
package sweep

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

const (
	// maxPages bounds a sweep: at Stripe's pages, the shortest, it is a million
	// objects.
	maxPages = 10_000
	// heldMost are the objects held that are looked at together.
	heldMost = 1000
	// fetchMost are the objects fetched and saved together.
	fetchMost = 100
	// mostFetched bounds what one sweep fetches singly. More than that is no
	// lost change: the rest is left to the next night.
	mostFetched = 2000
)

// ErrUnable says that a vendor cannot be swept.
var ErrUnable = errors.New("the vendor offers no lists to compare with")

// Store is what a sweep needs of the database.
type Store interface {
	// StoredOrders gives the order of each of the objects that is stored in any
	// state, deleted and refused ones too.
	StoredOrders(ctx context.Context, tenant, connection string, kind receivables.Kind, ids []string) (map[string]int64, error)
	// SweptIDs gives ids of a set, of objects that are not deleted, after the id
	// after in one fixed order, at most n.
	SweptIDs(ctx context.Context, tenant, connection string, set connectors.Swept, after string, n int) ([]string, error)
	// LastSweep gives when a sweep was last tried and last finished; zero times
	// for never.
	LastSweep(ctx context.Context, tenant, connection string) (tried, finished time.Time, err error)
	// SaveSweep records a sweep.
	SaveSweep(ctx context.Context, l lease.Lease, connection string, r Record) error
}

// Record is what is kept of a connection's last sweep.
type Record struct {
	Tried time.Time
	// Finished is zero when it did not come to its end; the earlier one is kept
	// then.
	Finished time.Time
	Result   Result
}

// Result counts what a sweep did.
type Result struct {
	// Pages were listed, showing Seen objects; Held were compared with them.
	Pages, Seen, Held int
	// Fetched were read singly: Missing that were not stored, Older of which a
	// newer version was listed, Vanished that were not listed.
	Fetched, Missing, Older, Vanished int
	// Changed is what came into the model, by kind.
	Changed map[receivables.Kind]int
	// Left is what was not fetched for being too much.
	Left int
}

// Sweeper sweeps one connection.
type Sweeper struct {
	Store   Store
	Session connectors.Session
	Puller  *pull.Puller
	Now     func() time.Time
}

// Run makes one sweep under the lease that hold gives. Nothing is concluded
// from a list that was not read to its end.
func (s *Sweeper) Run(ctx context.Context, hold func(context.Context) (lease.Lease, error)) (Result, error) {
	result := Result{Changed: map[receivables.Kind]int{}}
	able, ok := s.Session.(connectors.Sweeper)
	if !ok {
		return result, ErrUnable
	}
	now := s.Now()
	shown := map[receivables.Ref]bool{}
	wanted, err := s.list(ctx, hold, able, now, shown, &result)
	if err != nil {
		return result, err
	}
	vanished, err := s.vanished(ctx, able.Swept(now), shown, &result)
	if err != nil {
		return result, err
	}
	wanted = append(wanted, vanished...)
	if len(wanted) > mostFetched {
		result.Left = len(wanted) - mostFetched
		wanted = wanted[:mostFetched]
	}
	for part := range slices.Chunk(wanted, fetchMost) {
		if err := s.fetch(ctx, hold, part, shown, &result); err != nil {
			return result, err
		}
	}
	return result, nil
}

// list reads the sweep to its end, and gives what is missing or older here.
func (s *Sweeper) list(ctx context.Context, hold func(context.Context) (lease.Lease, error), able connectors.Sweeper, now time.Time,
	shown map[receivables.Ref]bool, result *Result,
) ([]receivables.Ref, error) {
	var wanted []receivables.Ref
	var cursor connectors.Cursor
	for range maxPages {
		l, err := hold(ctx)
		if err != nil {
			return nil, err
		}
		page, err := able.Sweep(ctx, now, cursor)
		if err != nil {
			return nil, fmt.Errorf("sweep: %s: %w", s.Puller.Connection, err)
		}
		result.Pages++
		fresh, err := s.compare(ctx, page.Seen, shown, result)
		if err != nil {
			return nil, err
		}
		if err := s.keep(ctx, l, known(page.Drafts, fresh), result); err != nil {
			return nil, err
		}
		wanted = append(wanted, fresh...)
		if !page.More {
			return wanted, nil
		}
		if string(page.Cursor) == string(cursor) {
			break
		}
		cursor = page.Cursor
	}
	return nil, &connectors.Failure{
		Class: connectors.ClassPermanent, Vendor: s.Puller.Connection, Op: "sweep", Text: "the vendor's lists do not come to an end",
	}
}

// known are the drafts of objects that need not be fetched: what leads to an
// object that is missing is read with it.
func known(drafts []mapping.Draft, fresh []receivables.Ref) []mapping.Draft {
	missing := map[receivables.Ref]bool{}
	for _, ref := range fresh {
		missing[ref] = true
	}
	var out []mapping.Draft
	for _, d := range drafts {
		if !missing[receivables.Ref{Kind: d.Kind, ID: d.ID}] {
			out = append(out, d)
		}
	}
	return out
}

// compare notes what a page shows and gives what is missing or older here.
func (s *Sweeper) compare(ctx context.Context, seen []connectors.Seen, shown map[receivables.Ref]bool, result *Result) ([]receivables.Ref, error) {
	ids := map[receivables.Kind][]string{}
	for _, x := range seen {
		ids[x.Ref.Kind] = append(ids[x.Ref.Kind], x.Ref.ID)
	}
	stored := map[receivables.Kind]map[string]int64{}
	for kind, list := range ids {
		orders, err := s.Store.StoredOrders(ctx, s.Puller.Tenant, s.Puller.Connection, kind, list)
		if err != nil {
			return nil, fmt.Errorf("sweep: what is stored of %s: %w", s.Puller.Connection, err)
		}
		stored[kind] = orders
	}
	var wanted []receivables.Ref
	for _, x := range seen {
		if shown[x.Ref] { // rows move while pages are read
			continue
		}
		shown[x.Ref] = true
		result.Seen++
		order, have := stored[x.Ref.Kind][x.Ref.ID]
		switch {
		case !have:
			result.Missing++
		case x.Order > order:
			result.Older++
		default:
			continue
		}
		wanted = append(wanted, x.Ref)
	}
	return wanted, nil
}

// vanished are the objects held that the sweep should have shown and has not.
func (s *Sweeper) vanished(ctx context.Context, sets []connectors.Swept, shown map[receivables.Ref]bool, result *Result) ([]receivables.Ref, error) {
	var out []receivables.Ref
	for _, set := range sets {
		after := ""
		for {
			ids, err := s.Store.SweptIDs(ctx, s.Puller.Tenant, s.Puller.Connection, set, after, heldMost)
			if err != nil {
				return nil, fmt.Errorf("sweep: what is held of %s: %w", s.Puller.Connection, err)
			}
			for _, id := range ids {
				if ref := (receivables.Ref{Kind: set.Kind, ID: id}); !shown[ref] {
					out = append(out, ref)
				}
			}
			result.Held += len(ids)
			if len(ids) < heldMost {
				break
			}
			after = ids[len(ids)-1]
		}
	}
	result.Vanished += len(out)
	return out, nil
}

// fetch reads objects singly and saves what they are. One that was not listed,
// and that the vendor does not know either, is deleted.
func (s *Sweeper) fetch(ctx context.Context, hold func(context.Context) (lease.Lease, error), refs []receivables.Ref,
	shown map[receivables.Ref]bool, result *Result,
) error {
	drafts, err := s.read(ctx, refs)
	if err != nil {
		return fmt.Errorf("sweep: read what differs of %s: %w", s.Puller.Connection, err)
	}
	for i, d := range drafts {
		if unknown := d.Problem != "" && len(d.Raw) == 0; unknown && !shown[receivables.Ref{Kind: d.Kind, ID: d.ID}] {
			drafts[i] = mapping.Draft{Kind: d.Kind, ID: d.ID, Order: d.Order, Deleted: true}
		}
	}
	result.Fetched += len(refs)
	l, err := hold(ctx)
	if err != nil {
		return err
	}
	return s.keep(ctx, l, drafts, result)
}

// read fetches objects, and what they lead to where the vendor can tell.
func (s *Sweeper) read(ctx context.Context, refs []receivables.Ref) ([]mapping.Draft, error) {
	named, ok := s.Session.(connectors.NamedFetcher)
	if !ok {
		return s.Session.Fetch(ctx, refs)
	}
	events := make([]connectors.Event, len(refs))
	for i, ref := range refs {
		events[i].Ref = ref
	}
	return named.FetchNamed(ctx, events)
}

func (s *Sweeper) keep(ctx context.Context, l lease.Lease, drafts []mapping.Draft, result *Result) error {
	if len(drafts) == 0 {
		return nil
	}
	saved, err := s.Puller.Keep(ctx, l, drafts)
	if err != nil {
		return err
	}
	for kind, n := range saved.Changed {
		result.Changed[kind] += n
	}
	return nil
}
