// Package app puts an installation together: the store, the vendors with
// their clients, and the steps of the engine. It decides nothing; commands and
// the demo share it.
package app

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/connectors/all"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/internal/vendorhttp"
	"tieout/pay"
	"tieout/people"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/mail"
	"tieout/sync/notify"
	"tieout/sync/schedule"
)

// Config says how to put an installation together.
type Config struct {
	// Database is a postgres:// address or the path of a SQLite file.
	Database string
	// Keys gives the keys that seal credentials as they are now, the sealing one
	// first; nil means Key alone.
	Keys    func() ([]secret.Key, error)
	Key     secret.Key
	Vendors all.Config
	Clock   clock.Clock
	// CompareClock holds Clock against PostgreSQL's: see ClockRight.
	CompareClock bool
	// Machine is what people call the machine that this runs on.
	Machine string
	// Wall is the time of the people who look at pages; nil is Clock.
	Wall clock.Clock
	// Hasher hashes their passwords; nil is one of full strength.
	Hasher *people.Hasher
	// Random is the source of ids, states, nonces and jitter. Outside of
	// tests it must be cryptographically strong.
	Random io.Reader
	// Transport carries every call to a vendor; nil is Go's own.
	Transport http.RoundTripper
	// PrivateHooks allows webhooks to addresses inside a private network.
	PrivateHooks bool
	// Through stands between the store and its database; nil is nothing.
	Through store.Through
	// Wait is how a client waits for its turn or before another attempt; nil
	// waits as long as it takes.
	Wait func(ctx context.Context, d time.Duration) error
	// Unlimited switches our own limits off, for a sandbox that has none.
	Unlimited bool
	// Schedule is the cron expression of new connections.
	Schedule string
	// PublicURL is where payers reach this installation, such as
	// https://pay.example.com; "" where they do not, and payment links are the
	// processor's.
	PublicURL string
	// HookSecrets are what the vendors' webhooks are signed with, by vendor;
	// several while one is changed.
	HookSecrets map[string][]string
	Progress    func(schedule.Event)
	// Mail is where e-mails go; nil sends none.
	Mail *mail.Server
	// Alarmed hears of every alarm, in a line; nil hears nothing.
	Alarmed func(string)
}

// reachable is what a vendor says about calling it.
type reachable interface {
	// Limits are those of one connection.
	Limits() vendorhttp.Limits
	// Hosts are the only ones that may be called.
	Hosts() []string
}

// consenting is what a vendor says of the calls that a consent needs.
type consenting interface {
	// ConsentHosts are the only ones that may be called for a consent, besides
	// those of connections.
	ConsentHosts() []string
}

// consentHosts are the hosts of all consents.
func consentHosts(vendors map[string]connectors.Vendor) []string {
	var hosts []string
	for _, v := range vendors {
		if r, ok := v.(reachable); ok {
			hosts = append(hosts, r.Hosts()...)
		}
		if c, ok := v.(consenting); ok {
			hosts = append(hosts, c.ConsentHosts()...)
		}
	}
	return hosts
}

// App is an installation, seen from one of its organisations: what speaks of
// connections, books and settings means that one's. What works for all of them
// (Due, Claim, Hooked, Notify, Retain, Metrics) is the same from everywhere.
type App struct {
	*installation
	// Tenant is the organisation's.
	Tenant string
	// Connect makes and keeps its connections.
	Connect *connect.Service
}

// Of is the installation seen from another of its organisations.
func (a *App) Of(tenant string) *App {
	return &App{installation: a.installation, Tenant: tenant, Connect: a.Connect.Of(tenant)}
}

// installation is what all organisations share.
type installation struct {
	Store     *store.Store
	People    *people.Service
	Scheduler *schedule.Scheduler
	// Pay answers payers.
	Pay *pay.Service
	// hooks is the scheduler of what webhooks ask for. It runs beside the other
	// one, and so is another holder of leases.
	hooks   *schedule.Scheduler
	Vendors map[string]connectors.Vendor
	config  Config
	ids     *idSource
	// ring holds the keys that seal credentials.
	ring    *secret.Ring
	mu      sync.Mutex
	clients map[string]*http.Client
	meter   *vendorhttp.Meter
	calls   map[callKey]int
	// called counts all calls of this process, by connection.
	called map[string]int
	// retained is when this process last let go what the retention does not keep.
	retained time.Time
	// notices sends the user's systems what has happened; watched is when
	// connections were last looked at for it.
	notices *notify.Worker
	watched time.Time
	// watcher names this process in the leases of alarms.
	watcher string
	// looked is when each book was last looked at as a whole by a scheduled
	// run of this process.
	looked map[string]time.Time
	// seen is when this process last looked at what is due.
	seen time.Time
	// health is whether the database takes changes.
	health *health
	// clockWatch is how right the clock is.
	clockWatch clockWatch
}

type callKey struct{ tenant, connection, purpose string }

// Open opens the store and brings its schema up to date.
func Open(ctx context.Context, c Config) (*App, error) {
	if c.PublicURL != "" {
		if err := CheckPublic(c.PublicURL); err != nil {
			return nil, fmt.Errorf("app: public address: %w", err)
		}
	}
	if c.Keys == nil {
		c.Keys = func() ([]secret.Key, error) { return []secret.Key{c.Key}, nil }
	}
	ids := &idSource{random: c.Random}
	ring, err := secret.NewRing(drawer{ids}, c.Keys)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	health := &health{}
	s, err := store.Open(ctx, c.Database, store.Options{Key: sealer{ring}, Through: c.Through, Refused: func(err error) { health.refused(c.Clock.Now(), err) }})
	if err != nil {
		return nil, err
	}
	if _, err := s.Migrate(ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	a := assemble(c, s, ids, ring)
	a.health = health
	a.People = a.people()
	return a, nil
}

func assemble(c Config, s *store.Store, ids *idSource, ring *secret.Ring) *App {
	if c.Wait == nil {
		c.Wait = clock.Wait
	}
	a := &App{Tenant: books.Tenant, installation: &installation{
		Store: s, Vendors: all.Vendors(c.Vendors), config: c, ids: ids, ring: ring,
		clients: map[string]*http.Client{}, meter: vendorhttp.NewMeter(s), calls: map[callKey]int{}, called: map[string]int{}, looked: map[string]time.Time{},
	}}
	a.Connect = &connect.Service{
		Store: s, Tenant: a.Tenant, Vendors: a.Vendors, HTTP: vendorhttp.NewFixed(c.Transport, consentHosts(a.Vendors), time.Minute), Now: c.Clock.Now,
		NewID: a.ids.next, Session: a.Session, Schedule: c.Schedule, Wait: c.Wait,
	}
	a.Scheduler = &schedule.Scheduler{
		Store: s, Pull: s, Reconcile: s, Push: s, Proof: s, Evidence: a.evidence(), Inbox: s, Sweeps: s, Open: a.Session, Now: c.Clock.Now, NewID: a.ids.next,
		Jitter: a.ids.fraction, Holder: a.ids.next(), PayURL: payURL(c.PublicURL), Purpose: vendorhttp.WithPurpose, Progress: c.Progress, Calls: a.callsOf,
	}
	a.Pay = a.payService()
	hooks := *a.Scheduler
	hooks.Holder += "-hooks"
	a.hooks = &hooks
	a.watcher = a.ids.next()
	a.notices = a.notifier(notify.Transport(c.PrivateHooks))
	return a
}

// Close closes the store.
func (a *App) Close() error { return a.Store.Close() }

// Session opens a session with a connection. Its client is made once, so that
// all sessions of a connection share its limits.
func (a *App) Session(c books.Connection) (connectors.Session, error) {
	v, ok := a.Vendors[c.Vendor]
	if !ok {
		return nil, fmt.Errorf("app: %s: %w", c.Vendor, connect.ErrNoVendor)
	}
	zone, err := time.LoadLocation(c.Profile.Zone)
	if err != nil {
		return nil, fmt.Errorf("app: the zone of %s: %w", c.Profile.Name, err)
	}
	session := v.Open(connectors.Access{
		Client: a.client(v, c), ExternalID: c.ExternalID, OnBehalf: connect.ByPlatform(c), Home: c.Profile.Home, Zone: zone, Now: a.config.Clock.Now,
	})
	if comparer, ok := session.(connectors.Comparer); ok && c.ID != "" {
		session = comparer.Comparing(func(ctx context.Context, kind receivables.Kind, prefix, after string, n int) ([]string, error) {
			return a.Store.HeldIDs(ctx, c.Tenant, c.ID, kind, prefix, after, n)
		})
	}
	return session, nil
}

func (a *App) client(v connectors.Vendor, c books.Connection) *http.Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	key := c.Tenant + "/" + c.Vendor + "/" + c.ExternalID + "/" + c.GrantID
	if client, ok := a.clients[key]; ok && c.ID != "" {
		return client
	}
	o := vendorhttp.Options{
		Vendor: c.Vendor, Connection: c.ID, Tokens: a.Connect.Of(c.Tenant).Tokens(c.GrantID), Now: a.config.Clock.Now,
		Jitter: a.ids.fraction, OnCall: func(call vendorhttp.Call) { a.count(c.Tenant, call) }, Meter: a.meter, Base: a.config.Transport, Wait: a.config.Wait,
		Account: c.ExternalID, Worker: a.Scheduler.Holder + "/" + c.GrantID,
	}
	if r, ok := v.(reachable); ok {
		o.Hosts, o.Limits = r.Hosts(), r.Limits()
	}
	if c.ExternalID != "" { // who it is may not be known yet, while it is connected
		o.Turns = a.Store
	}
	if a.config.Unlimited {
		o.Limits = vendorhttp.Limits{RequestID: o.Limits.RequestID}
	}
	client := vendorhttp.New(o)
	if c.ID != "" {
		a.clients[key] = client
	}
	return client
}

func (a *App) count(tenant string, call vendorhttp.Call) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls[callKey{tenant, call.Connection, call.Purpose}]++
	a.called[call.Connection]++
}

// callsOf is how many calls this process has made for a connection.
func (a *App) callsOf(connection string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.called[connection]
}

// saveCalls moves the counts of calls into the store.
func (a *App) saveCalls(ctx context.Context) error {
	a.mu.Lock()
	counts := a.calls
	a.calls = map[callKey]int{}
	a.mu.Unlock()
	day := receivables.DateIn(a.config.Clock.Now(), time.UTC)
	for key, n := range counts {
		if key.connection == "" {
			continue
		}
		if err := a.Store.AddCalls(ctx, key.tenant, key.connection, key.purpose, day, n); err != nil {
			return fmt.Errorf("app: count calls: %w", err)
		}
	}
	return nil
}
