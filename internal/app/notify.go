package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"tieout/books"
	"tieout/sync/alarm"
	"tieout/sync/notify"
	"tieout/sync/schedule"
)

// watchEvery is how often connections are looked at for what is told of them
// without a row that changes.
const watchEvery = time.Minute

func (a *App) notifier(outgoing http.RoundTripper) *notify.Worker {
	return &notify.Worker{
		Store: a.Store, Client: notify.Client(outgoing), Now: a.config.Clock.Now, Agent: "Tieout",
		Jitter: func(most time.Duration) time.Duration { return time.Duration(a.ids.fraction() * float64(most)) },
	}
}

// Notify starts to send the user's systems what is due, and does not wait for
// it: see NotifyWait.
func (a *App) Notify(ctx context.Context) error {
	now := a.config.Clock.Now()
	a.mu.Lock()
	watch := now.Sub(a.watched).Abs() >= watchEvery // also after a clock was set back
	if watch {
		a.watched = now
	}
	a.mu.Unlock()
	var err error
	if watch {
		err = a.watch(ctx)
	}
	return errors.Join(err, a.notices.Round(ctx))
}

// NotifyWait waits for what Notify has started.
func (a *App) NotifyWait() { a.notices.Wait() }

// NotifyNow sends what is due and waits for it, for commands that end.
func (a *App) NotifyNow(ctx context.Context) error {
	err := a.Notify(ctx)
	a.NotifyWait()
	return errors.Join(err, a.SendMail(ctx))
}

// watch looks at the connections of all organisations.
func (a *App) watch(ctx context.Context) error {
	tenants, err := a.Store.Tenants(ctx)
	if err != nil {
		return err
	}
	off, err := a.clockOff(ctx, true)
	if err != nil {
		return err
	}
	here := alarm.Machine{Name: a.config.Machine}
	if words := clockWords("The clock of "+here.Name, off); words != "" {
		here.Wrong = words + "."
	}
	var failed []error
	for i, tenant := range tenants {
		k := a.Of(tenant).alarms(off)
		k.Here, k.Foremost = here, i == 0
		failed = append(failed, k.Round(ctx))
	}
	return errors.Join(failed...)
}

// alarms are those about the organisation's connections. They go by the
// database's clock, from which this machine's is off.
func (a *App) alarms(off time.Duration) *alarm.Keeper {
	now := func() time.Time { return a.config.Clock.Now().Add(-off) }
	k := &alarm.Keeper{
		Store: a.Store, Tenant: a.Tenant, Holder: a.watcher, Now: now, NewID: a.ids.next, Consents: a.consentWarnings, Log: a.config.Alarmed,
		Every: func(c books.Connection) time.Duration { return schedule.Interval(c.Schedule, now()) },
	}
	k.Mail = a.config.Mail != nil && len(a.config.Mail.To) > 0
	return k
}

// AddHook makes a hook with a secret of its own, which is shown this once.
func (a *App) AddHook(ctx context.Context, address string, events []notify.Type) (notify.Hook, error) {
	if err := notify.CheckAddress(address); err != nil {
		return notify.Hook{}, err
	}
	secret, err := notify.NewSecret(a.config.Random)
	if err != nil {
		return notify.Hook{}, err
	}
	h := notify.Hook{
		Tenant: a.Tenant, ID: a.ids.next(), URL: address, Events: events, Secret: secret, State: notify.HookActive, CreatedAt: a.config.Clock.Now(),
	}
	return h, a.Store.AddHook(ctx, h)
}

// TestHook sends a hook a notice that means nothing, at once, and says how it
// went. It counts like every other delivery.
func (a *App) TestHook(ctx context.Context, hook string) (notify.Delivery, error) {
	now := a.config.Clock.Now()
	n, err := notify.New(a.Tenant, notify.Test, now, hook+"/"+a.ids.next(), map[string]string{"hook": hook})
	if err != nil {
		return notify.Delivery{}, err
	}
	h, err := a.Store.Hook(ctx, a.Tenant, hook)
	if err != nil {
		return notify.Delivery{}, err
	}
	if err := a.Store.TellHook(ctx, hook, n); err != nil {
		return notify.Delivery{}, err
	}
	_, d, err := a.notices.Deliver(ctx, h, notify.Delivery{Hook: hook, Notice: n, State: notify.DeliveryWaiting, NotBefore: now})
	if err != nil {
		return d, fmt.Errorf("app: test hook %s: %w", hook, err)
	}
	return d, nil
}
