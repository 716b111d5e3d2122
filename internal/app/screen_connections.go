package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/schedule"
	"tieout/web"
)

// shownRuns is how many runs of a connection a page lists.
const shownRuns = 15

// connectionReader gives connections to pages, and changes how they run.
type connectionReader struct{ app *App }

// of is the installation seen from an organisation.
func (r connectionReader) of(tenant string) *App { return r.app.Of(tenant) }

// found is a connection of the tenant's; web.ErrNotFound else.
func (r connectionReader) found(ctx context.Context, tenant, id string) (books.Connection, error) {
	c, err := r.app.Store.Connection(ctx, tenant, id)
	if errors.Is(err, store.ErrNotFound) {
		err = web.ErrNotFound
	}
	return c, err
}

// Connections are all, in the order in which they were made.
func (r connectionReader) Connections(ctx context.Context, tenant string) ([]web.Connection, error) {
	list, err := r.app.Store.Connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	return r.shown(ctx, tenant, list)
}

// Connection is one with its last runs.
func (r connectionReader) Connection(ctx context.Context, tenant, id string) (web.Connection, error) {
	all, err := r.Connections(ctx, tenant)
	if err != nil {
		return web.Connection{}, err
	}
	at := slices.IndexFunc(all, func(c web.Connection) bool { return c.ID == id })
	if at < 0 {
		return web.Connection{}, web.ErrNotFound
	}
	all[at].Runs, err = r.app.Store.RunsOf(ctx, tenant, "connection/"+id, shownRuns)
	return all[at], err
}

// shown adds to connections what there is to say of them.
func (r connectionReader) shown(ctx context.Context, tenant string, list []books.Connection) ([]web.Connection, error) {
	a := r.of(tenant)
	now := a.config.Clock.Now()
	status, err := a.connectionStatus(ctx, now)
	if err != nil {
		return nil, err
	}
	budgets, err := a.budgets(ctx, now)
	if err != nil {
		return nil, err
	}
	all, err := a.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var leases []string
	for _, c := range list {
		leases = append(leases, "connection/"+c.ID)
	}
	running, err := a.Store.Held(ctx, tenant, leases, now)
	if err != nil {
		return nil, err
	}
	out := make([]web.Connection, len(list))
	for i, c := range list {
		one := web.Connection{
			Company: c.ExternalID, Home: string(c.Profile.Home), Zone: c.Profile.Zone, Live: c.Profile.Live,
			Schedule: c.Schedule, Every: schedule.Interval(c.Schedule, now), Running: running["connection/"+c.ID],
		}
		for _, s := range status {
			if s.ID == c.ID {
				one.ConnectionStatus = s
			}
		}
		one.Warning, one.Disconnected = cmp.Or(one.Warning, c.Notice()), c.Why == connect.Disconnected
		a.vendorShown(c, &one)
		for _, b := range budgets {
			if b.Vendor == c.Vendor {
				one.Budgets = append(one.Budgets, b)
			}
		}
		for _, b := range all {
			if b.Ledger == c.ID || slices.Contains(b.Sources, c.ID) {
				one.Books = append(one.Books, web.ConnectedBook{ID: b.ID, Name: b.Name, Writes: b.Writes})
			}
		}
		if c.Fresh == nil {
			if one.Reading, err = a.reading(ctx, c); err != nil {
				return nil, err
			}
		}
		out[i] = one
	}
	return out, nil
}

// vendorShown adds what the vendor says of itself.
func (a *App) vendorShown(c books.Connection, one *web.Connection) {
	v, ok := a.Vendors[c.Vendor]
	if !ok {
		return
	}
	one.Title, one.Role = v.Title(), v.Role()
	_, takesKey := v.(connectors.KeyHolder)
	one.ByKey = takesKey && !connect.ByPlatform(c)
	if _, ok := v.(connectors.GrantJoiner); ok && c.State != books.ConnectionReconnect {
		one.Consent = c.GrantID
	}
	if p, ok := v.(connectors.Priced); ok {
		one.Price = p.Price()
	}
}

// reading is how far the first reading of a connection is.
func (a *App) reading(ctx context.Context, c books.Connection) (web.Reading, error) {
	var out web.Reading
	session, err := a.Session(c)
	if err != nil {
		return out, err
	}
	states, err := a.Store.Streams(ctx, c.Tenant, c.ID)
	if err != nil {
		return out, err
	}
	for _, s := range session.Streams() {
		state := states[s.Name]
		l := web.List{Name: s.Name, Done: state.Done, Seen: state.Seen, Total: state.Total}
		if state.Began != nil && state.Moved != nil {
			l.Began, l.Moved = *state.Began, *state.Moved
		}
		out.Lists = append(out.Lists, l)
	}
	return out, nil
}

// Change does what is asked of a connection.
func (r connectionReader) Change(ctx context.Context, tenant, id string, change web.ConnectionChange) error {
	a := r.of(tenant)
	c, err := r.found(ctx, tenant, id)
	if err != nil {
		return err
	}
	every, state := c.Schedule, c.State
	switch {
	case change.Do == "sync" && c.State == books.ConnectionActive:
		return a.hurry(ctx, tenant, id)
	case change.Do == "pause" && c.State == books.ConnectionActive:
		state = books.ConnectionPaused
	case change.Do == "resume" && c.State == books.ConnectionPaused:
		state = books.ConnectionActive
	case change.Do == "schedule":
		if every = strings.TrimSpace(change.Schedule); every == "" {
			return web.FieldError{Text: "Say how often it is to be read."}
		}
		if _, err := schedule.ParseSchedule(every); err != nil {
			return web.FieldError{Text: plainly(err)}
		}
	case c.State == books.ConnectionReconnect:
		return web.FieldError{Text: "It has to be connected again first."}
	default:
		return web.FieldError{Text: "That cannot be done now: the connection is " + string(c.State) + "."}
	}
	_, err = a.Scheduler.Configure(ctx, c, every, state)
	if errors.Is(err, schedule.ErrBusy) {
		err = web.FieldError{Text: "It is being read at this moment. Please try again when that has ended."}
	}
	return err
}

// hurry makes connections due now. Whoever looks for due work next runs them.
func (a *App) hurry(ctx context.Context, tenant string, ids ...string) error {
	return a.Store.Hasten(ctx, tenant, ids, a.config.Clock.Now())
}

// Disconnect gives the company up and lets its books write no more, so that what
// is written after it is connected again is seen first. left is what the vendor
// did not take.
func (a *App) Disconnect(ctx context.Context, c books.Connection) (ended books.Connection, left, err error) {
	all, err := a.Store.Books(ctx, c.Tenant)
	if err != nil {
		return c, nil, err
	}
	for _, b := range all {
		if b.Writes && (b.Ledger == c.ID || slices.Contains(b.Sources, c.ID)) {
			if _, err := a.Connect.SwitchWrites(ctx, b, false); err != nil {
				return c, nil, err
			}
		}
	}
	ended, err = a.Connect.Disconnect(ctx, c)
	if err != nil && ended.Why == connect.Disconnected {
		return ended, err, nil
	}
	return ended, nil, err
}

// Disconnect gives a connection up.
func (r connectionReader) Disconnect(ctx context.Context, tenant, id, by string) (string, error) {
	c, err := r.found(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	if c.Why == connect.Disconnected {
		return "", web.FieldError{Text: "It is disconnected already."}
	}
	_, left, err := r.of(tenant).Disconnect(journal.As(ctx, by), c)
	if left != nil {
		return plainly(left), nil
	}
	return "", err
}

// plainly is an error's text for a page: a sentence without the names of our
// packages, and without the addresses of calls.
func plainly(err error) string {
	if f, ok := connectors.AsFailure(err); ok {
		return sentenceOf(strings.TrimSpace(fmt.Sprintf("%s %s", f.Text, parenthesised(f.Code))))
	}
	text := err.Error()
	for {
		head, rest, found := strings.Cut(text, ": ")
		if !found || strings.Contains(head, `"`) || !slices.Contains([]string{"connect", "schedule", "app", "store"}, strings.Fields(head + " x")[0]) {
			return sentenceOf(text)
		}
		text = rest
	}
}

func parenthesised(code string) string {
	if code == "" {
		return ""
	}
	return "(" + code + ")"
}
