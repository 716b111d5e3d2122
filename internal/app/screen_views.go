package app

import (
	"context"

	"tieout/listing"
	"tieout/web"
)

// viewKeeper keeps saved views.
type viewKeeper struct{ app *App }

var _ web.ViewKeeper = viewKeeper{}

// Views are those that a person sees.
func (k viewKeeper) Views(ctx context.Context, tenant, person string) ([]listing.View, error) {
	return k.app.Store.Views(ctx, tenant, person)
}

// View is one, whoever's it is.
func (k viewKeeper) View(ctx context.Context, tenant, id string) (listing.View, error) {
	v, err := k.app.Store.View(ctx, tenant, id)
	return v, missing(err)
}

// SaveView stores one.
func (k viewKeeper) SaveView(ctx context.Context, tenant string, v listing.View) error {
	return k.app.Store.SaveView(ctx, tenant, v)
}

// DeleteView removes one and ends its feeds.
func (k viewKeeper) DeleteView(ctx context.Context, tenant, id string) error {
	return missing(k.app.Store.DeleteView(ctx, tenant, id))
}
