package app

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/sync/schedule"
	"tieout/web"
)

// connector makes connections for pages.
type connector struct{ connectionReader }

// inWords makes of an error that a person can act on one that a page shows.
func inWords(err error) error {
	for _, known := range []error{
		connect.ErrNoConsent, connect.ErrDeclined, connect.ErrNotOffered, connect.ErrBadKey, connect.ErrScopes, connect.ErrNoApp, connect.ErrOther,
		connect.ErrNotReached, connect.ErrLiveMix, connect.ErrOpening, connect.ErrIncomplete, connect.ErrNoAccount, books.ErrPinned,
		connect.ErrNoPayout, connect.ErrNotItemised, connect.ErrHasWritten,
	} {
		if errors.Is(err, known) {
			return web.FieldError{Text: plainly(err)}
		}
	}
	switch {
	case errors.Is(err, connect.ErrNoVendor):
		return web.ErrNotFound
	case errors.Is(err, ErrSecond):
		return web.ErrSecondPerson
	case errors.Is(err, ErrConfirm):
		return web.ErrOtherShown
	case errors.Is(err, schedule.ErrBusy):
		return web.ErrBusy
	}
	if _, ok := connectors.AsFailure(err); ok {
		return web.FieldError{Text: plainly(err)}
	}
	return err
}

// appSettings says which settings configure an operator's app, by vendor.
func appSettings() map[string]string {
	return map[string]string{
		"quickbooks": "TIEOUT_QUICKBOOKS_CLIENT_ID and TIEOUT_QUICKBOOKS_CLIENT_SECRET",
		"xero":       "TIEOUT_XERO_CLIENT_ID and TIEOUT_XERO_CLIENT_SECRET",
		"stripe":     "TIEOUT_STRIPE_CLIENT_ID and TIEOUT_STRIPE_PLATFORM_KEY",
	}
}

// Offers are the vendors, ledgers first.
func (r connector) Offers(ctx context.Context, tenant string) ([]web.Offer, error) {
	a := r.of(tenant)
	loose, err := a.Store.LooseGrants(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Offer
	for _, name := range slices.Sorted(maps.Keys(a.Vendors)) {
		v := a.Vendors[name]
		o := web.Offer{Vendor: name, Title: v.Title(), Role: v.Role(), Setting: appSettings()[name]}
		if authorizer, ok := v.(connectors.Authorizer); ok {
			config := authorizer.OAuth("")
			o.Consent, o.App = true, config.ClientID != "" && config.ClientSecret != ""
		}
		_, o.Key = v.(connectors.KeyHolder)
		if asker, ok := v.(connectors.Asker); ok {
			o.Asks = asker.Asks()
		}
		for _, grant := range slices.Sorted(maps.Keys(loose)) {
			if loose[grant] == name {
				o.Loose = append(o.Loose, grant)
			}
		}
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(x, y web.Offer) int { return rankOf(x.Role) - rankOf(y.Role) })
	return out, nil
}

func rankOf(r connectors.Role) int {
	return slices.Index([]connectors.Role{connectors.RoleLedger, connectors.RoleProcessor}, r)
}

// Begin starts a consent.
func (r connector) Begin(ctx context.Context, tenant, browser, vendor, redirect string) (string, error) {
	address, err := r.of(tenant).Connect.In(browser).Begin(ctx, vendor, redirect)
	return address, inWords(err)
}

// Answer takes the answer to a consent. One that reaches several companies
// connects none yet: a person chooses.
func (r connector) Answer(ctx context.Context, tenant, browser string, query url.Values, again string) (web.Answered, error) {
	service := r.of(tenant).Connect.In(browser)
	if again != "" {
		c, err := r.found(ctx, tenant, again)
		if err != nil {
			return web.Answered{}, err
		}
		made, err := service.AnswerAgain(ctx, query, c)
		return answered(made, inWords(err))
	}
	made, grant, err := service.AnswerOne(ctx, query)
	if err == nil && grant != "" {
		return web.Answered{Choose: grant}, nil
	}
	return answered(made, inWords(err))
}

func answered(made []books.Connection, err error) (web.Answered, error) {
	out := web.Answered{}
	for _, c := range made {
		out.Names = append(out.Names, c.Profile.Name)
		if c.Why != "" {
			out.Notice += sentenceOf(c.Why)
		}
	}
	if len(made) > 0 {
		return out, nil // what was refused besides is not connected, and can be tried again
	}
	return out, err
}

// Key connects by a secret key.
func (r connector) Key(ctx context.Context, tenant, vendor, key, again string) (web.Answered, error) {
	a := r.of(tenant)
	if key == "" {
		return web.Answered{}, web.FieldError{Text: "Paste the key first."}
	}
	var made books.Connection
	var err error
	if again == "" {
		made, err = a.Connect.WithKey(ctx, vendor, key)
	} else {
		var c books.Connection
		if c, err = r.found(ctx, tenant, again); err != nil {
			return web.Answered{}, err
		}
		made, err = a.Connect.WithKeyAgain(ctx, key, c)
	}
	if err != nil {
		return web.Answered{}, inWords(err)
	}
	got := web.Answered{Names: []string{made.Profile.Name}}
	if a.Connect.KeyNotice(vendor, key) != "" {
		got.Notice = "This key may do everything in the account; a restricted key is safer."
	}
	return got, nil
}

// granted stands for a consent whose companies are asked for.
func (r connector) granted(ctx context.Context, tenant, grant string) (books.Connection, error) {
	g, err := r.of(tenant).Store.LooseGrants(ctx, tenant)
	if err != nil {
		return books.Connection{}, err
	}
	if vendor, ok := g[grant]; ok {
		return books.Connection{Tenant: tenant, GrantID: grant, Vendor: vendor}, nil
	}
	all, err := r.app.Store.Connections(ctx, tenant)
	for _, c := range all {
		if c.GrantID == grant {
			return c, err
		}
	}
	return books.Connection{}, errors.Join(err, web.FieldError{Text: "This consent has ended, or was never given here. Start again."})
}

// Companies are those that a consent reaches.
func (r connector) Companies(ctx context.Context, tenant, grant string) ([]web.Company, error) {
	c, err := r.granted(ctx, tenant, grant)
	if err != nil {
		return nil, err
	}
	reached, err := r.of(tenant).Connect.Reach(ctx, c)
	if err != nil {
		return nil, inWords(err)
	}
	known, err := r.app.Store.Connections(ctx, tenant)
	out := make([]web.Company, len(reached))
	for i, one := range reached {
		out[i] = web.Company{ID: one.ExternalID, Name: one.Name}
		for _, k := range known {
			if k.Vendor == c.Vendor && k.ExternalID == one.ExternalID {
				out[i].Connected = k.ID
			}
		}
	}
	return out, err
}

// Take connects companies of a consent.
func (r connector) Take(ctx context.Context, tenant, grant string, companies []string) (web.Answered, error) {
	c, err := r.granted(ctx, tenant, grant)
	if err != nil {
		return web.Answered{}, err
	}
	var made []books.Connection
	for _, company := range companies {
		one, err := r.of(tenant).Connect.Add(ctx, c, company)
		if err != nil {
			return answered(made, inWords(err))
		}
		made = append(made, one)
	}
	return answered(made, nil)
}
