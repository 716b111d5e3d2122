package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tieout/books"
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

// Hooked does what webhooks have asked for since. Books whose connections rest
// are left alone until those run again.
func (a *App) Hooked(ctx context.Context) ([]BookRun, error) {
	now := a.config.Clock.Now()
	waiting, err := a.Store.Hooked(ctx, books.Tenant, now)
	if err != nil {
		return nil, err
	}
	if err := a.forget(ctx, now); err != nil || len(waiting) == 0 {
		return nil, err
	}
	connections, err := a.Store.Connections(ctx, books.Tenant)
	if err != nil {
		return nil, err
	}
	byID, hooked := map[string]books.Connection{}, []string{}
	for _, c := range connections {
		byID[c.ID] = c
		first, waits := waiting[c.ID]
		if v, ok := a.Vendors[c.Vendor]; ok && waits && a.hooks.Takes(c, v.Role(), first) {
			hooked = append(hooked, c.ID)
		}
	}
	if len(hooked) == 0 {
		return nil, nil
	}
	runs, err := a.hookedBooks(ctx, byID, hooked)
	return runs, errors.Join(err, a.saveCalls(context.WithoutCancel(ctx)))
}

func (a *App) hookedBooks(ctx context.Context, byID map[string]books.Connection, hooked []string) ([]BookRun, error) {
	all, err := a.Store.Books(ctx, books.Tenant)
	if err != nil {
		return nil, err
	}
	var runs []BookRun
	taken := map[string]bool{}
	for _, b := range all {
		members := append([]string{b.Ledger}, b.Sources...)
		for _, id := range members {
			taken[id] = true
		}
		if !slices.ContainsFunc(members, func(id string) bool { return slices.Contains(hooked, id) }) {
			continue
		}
		result, err := a.hooks.Hooked(ctx, b, byID, hooked)
		runs = append(runs, BookRun{Book: b, Result: result, Err: err, Names: names(b, byID)})
	}
	var failed []error
	for _, id := range hooked {
		if taken[id] {
			continue
		}
		if _, err := a.hooks.TakeEvents(ctx, byID[id]); err != nil && !errors.Is(err, schedule.ErrBusy) {
			failed = append(failed, fmt.Errorf("%s %s: %w", byID[id].Vendor, byID[id].Profile.Name, err))
		}
	}
	return runs, errors.Join(failed...)
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
	counts, err := a.Store.InboxCounts(ctx, books.Tenant, now.AddDate(0, 0, -countDays))
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
