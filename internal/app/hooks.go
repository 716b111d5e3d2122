package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"tieout/books"
	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/inbox"
	"tieout/sync/schedule"
	"tieout/web"
)

const (
	// hookedAtOnce is how many books a process works on side by side for webhooks:
	// one whose vendor is slow holds up no other.
	hookedAtOnce = 4
	// countDays is how far back a status counts events.
	countDays = 7
)

// Hooks is the handler of the vendors' webhooks, below /hooks/. hint is called
// when there may be something to do, refused now and then when deliveries are
// not taken.
func (a *App) Hooks(hint func(), refused func(vendor string, why error)) http.Handler {
	return &inbox.Receiver{
		Vendors: a.Vendors, Secrets: a.config.HookSecrets, Store: a.Store, Now: a.config.Clock.Now,
		Received: hint, Refused: refused,
	}
}

// hookedWork is what webhooks have asked of a book: its task, and since when each
// of its connections waits.
type hookedWork struct {
	task    dispatch.Task
	waiting map[string]time.Time
}

// Hooked does what webhooks have asked for since, of all organisations, for some
// books side by side. Books whose connections rest are left alone until those run
// again.
func (a *App) Hooked(ctx context.Context) ([]BookRun, error) {
	now := a.config.Clock.Now()
	tenants, err := a.Store.TenantsHooked(ctx, now)
	if err != nil || len(tenants) == 0 {
		return nil, err
	}
	var work []hookedWork
	var failed []error
	for _, tenant := range tenants {
		one, err := a.hookedOf(ctx, tenant, now)
		work, failed = append(work, one...), append(failed, err)
	}
	all, errs := make([]BookRun, len(work)), make([]error, len(work))
	var working sync.WaitGroup
	free := make(chan struct{}, hookedAtOnce)
	for i, one := range work {
		free <- struct{}{}
		working.Go(func() {
			defer func() { <-free }()
			all[i], errs[i] = a.hookedTask(ctx, one.task, one.waiting)
		})
	}
	working.Wait()
	var runs []BookRun
	for _, run := range all {
		if run.Book.ID != "" {
			runs = append(runs, run)
		}
	}
	return runs, errors.Join(slices.Concat(failed, errs, []error{a.saveCalls(context.WithoutCancel(ctx))})...)
}

// hookedOf is what one organisation's webhooks have asked for.
func (a *App) hookedOf(ctx context.Context, tenant string, now time.Time) ([]hookedWork, error) {
	waiting, err := a.Store.Hooked(ctx, tenant, now)
	if err != nil {
		return nil, err
	}
	// Only what is waited for is read: there may be very many others.
	tasks, err := a.Store.TasksOf(ctx, tenant, slices.Sorted(maps.Keys(waiting)))
	work := make([]hookedWork, len(tasks))
	for i, t := range tasks {
		work[i] = hookedWork{t, waiting}
	}
	return work, err
}

// hookedTask does it for one book, or for a connection without one.
func (a *App) hookedTask(ctx context.Context, t dispatch.Task, waiting map[string]time.Time) (BookRun, error) {
	byID, hooked := map[string]books.Connection{}, []string{}
	for _, id := range t.Connections {
		c, err := a.Store.Connection(ctx, t.Tenant, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return BookRun{}, err
		}
		byID[id] = c
		first, waits := waiting[id]
		if v, ok := a.Vendors[c.Vendor]; ok && waits && a.hooks.Takes(c, v.Role(), first) {
			hooked = append(hooked, id)
		}
	}
	if len(hooked) == 0 {
		return BookRun{}, nil
	}
	if t.Kind == dispatch.KindBook {
		b, err := a.Store.Book(ctx, t.Tenant, t.ID)
		if err != nil {
			return BookRun{}, err
		}
		result, err := a.hooks.Hooked(ctx, b, byID, hooked)
		return BookRun{Book: b, Result: result, Err: err, Names: names(b, byID)}, nil
	}
	c := byID[t.ID]
	if _, err := a.hooks.TakeEvents(ctx, c); err != nil && !errors.Is(err, schedule.ErrBusy) {
		return BookRun{}, fmt.Errorf("%s %s: %w", c.Vendor, c.Profile.Name, err)
	}
	return BookRun{}, nil
}

// received says what webhooks have brought.
func (a *App) received(ctx context.Context, now time.Time) ([]web.Hooks, error) {
	counts, err := a.Store.InboxCounts(ctx, a.Tenant, now.AddDate(0, 0, -countDays))
	if err != nil {
		return nil, err
	}
	out := make([]web.Hooks, len(counts))
	for i, c := range counts {
		out[i] = web.Hooks{
			Vendor: c.Vendor, Received: c.Received, Waiting: c.New, Unknown: c.Unknown, Ignored: c.Ignored, Echoes: c.Echoes,
			Last: c.Last, UnknownType: c.Type, IgnoredWhy: c.Why,
		}
	}
	return out, nil
}
