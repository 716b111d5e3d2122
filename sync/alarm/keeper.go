package alarm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/sync/lease"
	"tieout/sync/mail"
	"tieout/sync/notify"
)

// Store is what alarms need of the database.
type Store interface {
	lease.Store
	Connections(ctx context.Context, tenant string) ([]books.Connection, error)
	// Alarms gives the tenant's alarms, also those that are over.
	Alarms(ctx context.Context, tenant string) ([]Row, error)
	// SaveAlarms writes alarms with the notices and mails that tell of them.
	SaveAlarms(ctx context.Context, l lease.Lease, rows []Row, notices []notify.Notice, mails []mail.Mail) error
}

// Keeper keeps the alarms of a tenant.
type Keeper struct {
	Store  Store
	Tenant string
	// Holder names this worker in leases.
	Holder string
	Now    func() time.Time
	NewID  func() string
	Every  func(books.Connection) time.Duration
	// Consents are the words about consents that end soon, by connection.
	Consents func(ctx context.Context) (map[string]string, error)
	// Log hears of every message; nil hears nothing.
	Log func(text string)
	// Mail says that alarms are mailed too.
	Mail bool
	// Here is the machine that looks.
	Here Machine
	// Foremost says that this organisation's keeper tells those who run the machine
	// of it, whom there is one of, by log and e-mail.
	Foremost bool
}

// quiet says that a message goes to nobody who runs the machine.
func (k *Keeper) quiet(m Message) bool { return m.Row.Kind == Clock && !k.Foremost }

// leaseLife bounds how long a dead keeper stands in the way.
const leaseLife = 5 * time.Minute

// Round looks once. Of several workers one
// does it; the others leave it to that one.
func (k *Keeper) Round(ctx context.Context) error {
	now := k.Now()
	l, ok, err := k.Store.AcquireLease(ctx, lease.Lease{Tenant: k.Tenant, Name: "alarms", Holder: k.Holder, Until: now.Add(leaseLife)}, now)
	if err != nil {
		return fmt.Errorf("alarm: lease: %w", err)
	}
	if !ok {
		return nil
	}
	return errors.Join(k.look(ctx, l), k.Store.ReleaseLease(context.WithoutCancel(ctx), l))
}

func (k *Keeper) look(ctx context.Context, l lease.Lease) error {
	connections, err := k.Store.Connections(ctx, k.Tenant)
	if err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	consents, err := k.Consents(ctx)
	if err != nil {
		return fmt.Errorf("alarm: consents: %w", err)
	}
	known, err := k.Store.Alarms(ctx, k.Tenant)
	if err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	now := k.Now()
	standing := append(Standing(connections, consents, now, k.Every), k.Here.standing(k.Tenant, now)...)
	changed, tell := Step(k.Here, connections, known, standing, now)
	if len(changed) == 0 {
		return nil
	}
	var notices []notify.Notice
	var mails []mail.Mail
	for _, m := range tell {
		n, err := m.notice(now)
		if err != nil {
			return err
		}
		notices = append(notices, n)
		if k.Mail && !k.quiet(m) {
			mails = append(mails, mail.Mail{Tenant: k.Tenant, ID: k.NewID(), Subject: "Tieout: " + m.Subject(), Body: m.Body(), NotBefore: now, CreatedAt: now})
		}
	}
	if err := k.Store.SaveAlarms(ctx, l, changed, notices, mails); err != nil {
		return fmt.Errorf("alarm: %w", err)
	}
	for _, m := range tell {
		if k.Log != nil && !k.quiet(m) {
			k.Log(m.Subject() + ": " + m.Row.Text)
		}
	}
	return nil
}

// connectionNotice is what the user's systems are told of a connection.
type connectionNotice struct {
	Connection string `json:"connection"`
	Vendor     string `json:"vendor"`
	Name       string `json:"name"`
	State      string `json:"state"`
	Why        string `json:"why"`
	// AsOf is when all that it holds was last known here; null before the
	// first time.
	AsOf *time.Time `json:"as_of"`
	// Alarm is the alarm's kind, Since when it began, Times how often it was
	// told.
	Alarm Kind      `json:"alarm"`
	Since time.Time `json:"since"`
	Times int       `json:"times"`
}

// machineNotice is what the user's systems are told of a machine.
type machineNotice struct {
	Machine string `json:"machine"`
	// Text is what is wrong with its clock; Over that it is right again.
	Text string `json:"text"`
	Over bool   `json:"over"`
	// Since is when that began, Times how often it was told.
	Since time.Time `json:"since"`
	Times int       `json:"times"`
}

func (m Message) notice(now time.Time) (notify.Notice, error) {
	if m.Row.Kind == Clock {
		about := fmt.Sprint(m.Row.Kind, "/", m.Row.Connection, "/", m.Row.Raised.UnixMicro(), "/", m.Row.Times, "/", m.Event)
		return notify.New(m.Row.Tenant, notify.MachineClock, now, about, machineNotice{
			Machine: m.Row.Name, Text: m.Row.Text, Over: m.Event == Over, Since: m.Row.Raised, Times: m.Row.Times,
		})
	}
	t := map[Kind]notify.Type{Stale: notify.ConnectionStale, Reconnect: notify.ConnectionReconnect, ConsentEnds: notify.ConnectionConsent}[m.Row.Kind]
	if m.Event == Over {
		t = notify.ConnectionRecovered
	}
	c := m.Connection
	about := fmt.Sprint(m.Row.Kind, "/", m.Row.Connection, "/", m.Row.Raised.UnixMicro(), "/", m.Row.Times)
	return notify.New(m.Row.Tenant, t, now, about, connectionNotice{
		Connection: m.Row.Connection, Vendor: c.Vendor, Name: c.Profile.Name, State: string(c.State), Why: c.Why, AsOf: c.Fresh,
		Alarm: m.Row.Kind, Since: m.Row.Raised, Times: m.Row.Times,
	})
}
