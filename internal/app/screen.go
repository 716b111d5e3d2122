package app

import (
	"context"
	"errors"
	"time"

	"tieout/books"
	"tieout/internal/clock"
	"tieout/people"
	"tieout/web"
)

// Screen says how the pages are reached.
type Screen struct {
	// URL is the site's address, "" for this machine only.
	URL string
	// Proxied says that a proxy of ours stands before it.
	Proxied bool
	// SignOn is where people may sign in instead; nil is nowhere.
	SignOn web.SignOn
	// Log is told what went wrong in a page.
	Log func(reference string, err error)
}

// Pages are the pages of the screen. Close ends those that are kept live.
func (a *App) Pages(s Screen) (*web.Site, error) {
	return web.New(web.Options{
		People: a.People, Sessions: a.Store, Readers: a.readers(), Now: a.config.Clock.Now, Wall: a.wall().Now,
		URL: s.URL, Proxied: s.Proxied, SignOn: s.SignOn, Log: s.Log,
	})
}

// wall is the time of people, who do not live faster where the engine's clock
// is moved.
func (a *App) wall() clock.Clock {
	if a.config.Wall != nil {
		return a.config.Wall
	}
	return a.config.Clock
}

// people are those who may use the installation.
func (a *App) people() *people.Service {
	hasher := a.config.Hasher
	if hasher == nil {
		hasher = people.NewHasher()
	}
	return &people.Service{
		Accounts: a.Store, Organisations: a.Store, Tickets: a.Store, Gate: a.Store, Programs: a.Store, Letters: a.letters(), Hasher: hasher, Now: a.wall().Now,
		Random: drawer{a.ids}, NewID: a.ids.next, Tenant: a.Tenant,
	}
}

func (a *App) readers() web.Readers {
	return web.Readers{
		Pulse:       pulse{a},
		Home:        homeReader{a},
		Receivables: receivablesReader{a},
		Bulk:        bulkActor{receivablesReader{a}},
		Decisions:   decisionReader{a},
		Approvals:   approvalReader{a},
		Proofs:      proofReader{a},
		Journal:     journalReader{proofReader{a}},
		Payments:    paymentReader{proofReader{a}},
		Bank:        bankKeeper{a},
		Records:     recordReader{a},
		Views:       viewKeeper{a},
		Booking:     bookingReader{a},
		Hooks:       hookKeeper{a},
		Control:     controlKeeper{a},
		Months:      monthReader{a},
		Learned:     learnedKeeper{a},
		Clients:     clientReader{homeReader{a}},
		Notes:       recordReader{a},
		Connections: connectionReader{a},
		Connector:   connector{connectionReader{a}},
		Books:       bookMaker{connectionReader{a}},
	}
}

// pulse says how new everything is.
type pulse struct{ app *App }

// Healthy is nil when the database answers and takes changes, and the clock is
// right.
func (p pulse) Healthy(ctx context.Context) error {
	err := p.app.Healthy(ctx)
	if errors.Is(err, ErrClock) {
		err = errors.Join(web.ErrClock, err)
	}
	return err
}

// Versions change whenever something of the tenant did.
func (p pulse) Versions(ctx context.Context, tenant string) (web.Versions, error) {
	v, err := p.app.Store.TenantVersions(ctx, tenant)
	return web.Versions{Connections: v.Connections, Books: v.Books}, err
}

// Freshness is that of the connection that was read the longest ago.
func (p pulse) Freshness(ctx context.Context, tenant string) (web.Freshness, error) {
	list, err := p.app.Store.Connections(ctx, tenant)
	if err != nil {
		return web.Freshness{}, err
	}
	out := web.Freshness{None: len(list) == 0}
	var oldest time.Time
	for i, c := range list {
		if c.State == books.ConnectionReconnect {
			out.Broken = append(out.Broken, web.BrokenConnection{ID: c.ID, Vendor: c.Vendor, Name: c.Profile.Name})
		}
		var fresh time.Time
		if c.Fresh != nil {
			fresh = *c.Fresh
		}
		if i == 0 || fresh.Before(oldest) {
			oldest, out.Oldest = fresh, c.Profile.Name
		}
	}
	out.At = instant(oldest)
	return out, nil
}
