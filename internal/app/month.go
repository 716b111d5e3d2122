package app

import (
	"context"
	"strings"

	"tieout/books"
	"tieout/sync/monthend"
	"tieout/web"
)

// Packs are the papers of a book's month, one for each currency, with the digest
// that names the figures of all of them.
func (a *App) Packs(ctx context.Context, b books.Book, month monthend.Month) ([]monthend.Pack, string, error) {
	ledger, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, "", err
	}
	packs, err := monthend.Build(ctx, a.Store, b, ledger.Vendor+" "+ledger.Profile.Name, month, a.config.Clock.Now())
	digests := make([]string, len(packs))
	for i, p := range packs {
		digest, err := p.Digest()
		if err != nil {
			return nil, "", err
		}
		digests[i] = string(p.Currency) + " " + digest
	}
	return packs, strings.Join(digests, ", "), err
}

// SignMonth puts a person's name under a month as it is now.
func (a *App) SignMonth(ctx context.Context, b books.Book, month monthend.Month, role, digest, by string) error {
	control, err := a.Store.Control(ctx, b.Tenant)
	if err != nil {
		return err
	}
	sign := monthend.SignOff{Role: role, By: by, At: a.config.Clock.Now(), Pack: digest}
	return monthend.Sign(ctx, a.Store, b, month, sign, control.FourEyes)
}

// monthReader makes the papers of a month for pages.
type monthReader struct{ app *App }

// Month is a book's month.
func (m monthReader) Month(ctx context.Context, tenant, book string, month monthend.Month) (web.Month, error) {
	var out web.Month
	b, err := m.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return out, unknown(err)
	}
	control, err := m.app.Store.Control(ctx, tenant)
	if err != nil {
		return out, err
	}
	out.FourEyes = control.FourEyes
	out.Packs, out.Digest, err = m.app.Packs(ctx, b, month)
	return out, err
}

// SignMonth signs what was shown.
func (m monthReader) SignMonth(ctx context.Context, tenant, book string, month monthend.Month, role, digest, by string) error {
	b, err := m.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return unknown(err)
	}
	_, now, err := m.app.Packs(ctx, b, month)
	if err != nil {
		return err
	}
	if now != digest {
		return web.ErrOtherShown
	}
	return m.app.SignMonth(ctx, b, month, role, digest, by)
}
