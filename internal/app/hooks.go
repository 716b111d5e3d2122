package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"tieout/books"
	"tieout/store"
	"tieout/sync/dispatch"
	"tieout/sync/inbox"
	"tieout/sync/schedule"
	"tieout/web"
)

const (
	// eventLife is how long events are kept: well beyond the 31 days for which
	// Xero repeats them (Xero docs: webhooks/overview).
	eventLife = 90 * 24 * time.Hour
	// forgetEvery is how often the older ones are removed.
	forgetEvery = 24 * time.Hour
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

// Hooked does what webhooks have asked for since, of all organisations. Books whose connections rest
// are left alone until those run again.
func (a *App) Hooked(ctx context.Context) ([]BookRun, error) {
	now := a.config.Clock.Now()
	tenants, err := a.Store.TenantsHooked(ctx, now)
	if err != nil {
		return nil, err
	}
	if err := a.forget(ctx, now); err != nil || len(tenants) == 0 {
		return nil, err
	}
	var runs []BookRun
	var failed []error
	for _, tenant := range tenants {
		one, err := a.hookedOf(ctx, tenant, now)
		runs, failed = append(runs, one...), append(failed, err)
	}
	return runs, errors.Join(append(failed, a.saveCalls(context.WithoutCancel(ctx)))...)
}

// hookedOf does it for one organisation.
func (a *App) hookedOf(ctx context.Context, tenant string, now time.Time) ([]BookRun, error) {
	waiting, err := a.Store.Hooked(ctx, tenant, now)
	if err != nil {
		return nil, err
	}
	// Only what is waited for is read: there may be very many others.
	tasks, err := a.Store.TasksOf(ctx, tenant, slices.Sorted(maps.Keys(waiting)))
	if err != nil {
		return nil, err
	}
	var runs []BookRun
	var failed []error
	for _, t := range tasks {
		run, err := a.hookedTask(ctx, t, waiting)
		if run.Book.ID != "" {
			runs = append(runs, run)
		}
		failed = append(failed, err)
	}
	return runs, errors.Join(failed...)
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

// forget removes old events, once a day and when a process starts.
func (a *App) forget(ctx context.Context, now time.Time) error {
	a.mu.Lock()
	due := now.Sub(a.forgot) >= forgetEvery
	if due {
		a.forgot = now
	}
	a.mu.Unlock()
	if !due {
		return nil
	}
	return errors.Join(a.Store.ForgetEvents(ctx, now.Add(-eventLife)), a.Store.ForgetNotices(ctx, now.Add(-noticeLife)))
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
