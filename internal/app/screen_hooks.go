package app

import (
	"context"
	"errors"

	"tieout/listing"
	"tieout/store"
	"tieout/sync/notify"
	"tieout/web"
)

// hookKeeper keeps outgoing webhooks for pages.
type hookKeeper struct{ app *App }

// Hooks are those of the organisation.
func (h hookKeeper) Hooks(ctx context.Context, tenant string) ([]notify.Hook, error) {
	return h.app.Store.Hooks(ctx, tenant)
}

// Deliveries are the latest behind a place in their list.
func (h hookKeeper) Deliveries(ctx context.Context, tenant, hook string, before listing.Moment, limit int) ([]notify.Delivery, error) {
	return h.app.Store.Deliveries(ctx, tenant, hook, before, limit)
}

// AddHook makes one.
func (h hookKeeper) AddHook(ctx context.Context, tenant, address string, events []notify.Type) (notify.Hook, error) {
	return h.app.Of(tenant).AddHook(ctx, address, events)
}

// RemoveHook removes one with what was on its way.
func (h hookKeeper) RemoveHook(ctx context.Context, tenant, hook string) error {
	return unknown(h.app.Store.RemoveHook(ctx, tenant, hook))
}

// Replay begins deliveries anew; the next round makes them.
func (h hookKeeper) Replay(ctx context.Context, tenant, id string) (int, error) {
	n, err := h.app.Store.Replay(ctx, tenant, id, h.app.config.Clock.Now())
	return n, unknown(err)
}

// TestHook sends a test.
func (h hookKeeper) TestHook(ctx context.Context, tenant, hook string) (notify.Delivery, error) {
	d, err := h.app.Of(tenant).TestHook(ctx, hook)
	return d, unknown(err)
}

// unknown says to the pages what is not there.
func unknown(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errors.Join(web.ErrNotFound, err)
	}
	return err
}
