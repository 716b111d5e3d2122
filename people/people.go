// Package people knows who may use an installation: persons with their
// passwords and second factors, organisations, roles and what each role may do,
// one-time tickets, and the gate that slows guessing down. It speaks no HTTP and
// keeps no session; the screen does that.
package people

import (
	"context"
	"errors"
	"io"
	"time"
)

// Person is somebody who may sign in. One person may work for several
// organisations.
type Person struct {
	ID, Email, Name string
	// Password is an argon2id hash; "" lets nobody in.
	Password string
	// Second is the secret of the second factor. It counts once SecondOn is set.
	Second   []byte
	SecondOn bool
	// Epoch ends all older sessions of the person when it grows.
	Epoch     int64
	Theme     Theme
	CreatedAt time.Time
}

// Signature is how a person signs: the name, which may change, and the address,
// which says who it is.
func (p Person) Signature() string { return p.Name + " <" + p.Email + ">" }

// Theme is how pages look to a person.
type Theme string

// The zero Theme follows the system's setting.
const (
	ThemeSystem Theme = ""
	ThemeLight  Theme = "light"
	ThemeDark   Theme = "dark"
)

// Organisation is a tenant as its people know it.
type Organisation struct {
	Tenant, Name string
	// Zone is the time zone that its days are counted in.
	Zone string
	// Home is the currency of its books, an ISO 4217 code.
	Home      string
	CreatedAt time.Time
}

// Membership is a person's place in an organisation.
type Membership struct {
	Organisation Organisation
	Role         Role
}

// Member is a person of an organisation.
type Member struct {
	Person  Person
	Role    Role
	AddedAt time.Time
}

// Event is something that happened to people or access.
type Event struct {
	ID string
	// Tenant is "" for what belongs to no single organisation.
	Tenant string
	At     time.Time
	Kind   EventKind
	// Person is whom it is about, By who did it; ids, or "cli" for the command
	// line.
	Person, By string
	// Address is where the request came from.
	Address string
	// Detail says more, in words.
	Detail string
	// PersonName and ByName are who Person and By are now, where they are people;
	// they are read and not stored.
	PersonName, ByName string
}

// EventQuery says which events are asked for.
type EventQuery struct {
	// Kind is the only one; "" is all.
	Kind EventKind
	// Before are the instant and id of the event that the page before ended with;
	// zero is from the newest on.
	Before   time.Time
	BeforeID string
	Limit    int
}

// EventKind says what happened.
type EventKind string

// What is recorded.
const (
	EventSetUp       EventKind = "set up"
	EventSignedIn    EventKind = "signed in"
	EventFailed      EventKind = "sign-in failed"
	EventLocked      EventKind = "locked out"
	EventInvited     EventKind = "invited"
	EventJoined      EventKind = "joined"
	EventRole        EventKind = "role changed"
	EventResponsible EventKind = "responsible"
	EventRemoved     EventKind = "removed"
	EventPassword    EventKind = "password changed"
	EventReset       EventKind = "password reset asked"
	EventSecondOn    EventKind = "second factor on"
	EventSecondOff   EventKind = "second factor off"
	EventBound       EventKind = "single sign-on bound"
	EventUnbound     EventKind = "single sign-on forgotten"
	EventWithdrawn   EventKind = "invitation withdrawn"
	EventOrgMade     EventKind = "organisation made"
	EventOrgRenamed  EventKind = "organisation changed"
	EventEverywhere  EventKind = "signed out everywhere"
	EventProfileKept EventKind = "profile changed"
	EventKeyMade     EventKind = "API key made"
	EventKeyDropped  EventKind = "API key revoked"
	EventFeedMade    EventKind = "feed made"
	EventExported    EventKind = "exported"
	EventActed       EventKind = "acted"
	EventFeedDropped EventKind = "feed ended"
)

// Errors that callers tell apart.
var (
	// ErrNotFound says that there is no such person, ticket or organisation.
	ErrNotFound = errors.New("not found")
	// ErrRefused says that e-mail, password or code are not right; it does not
	// say which.
	ErrRefused = errors.New("e-mail address, password or code is not right")
	// ErrLocked says that too many attempts failed.
	ErrLocked = errors.New("too many failed attempts: wait a quarter of an hour, or ask for a new password")
	// ErrNobody says that nobody here has the address of a single sign-on.
	ErrNobody = errors.New("nobody here has the e-mail address that you have signed in with: ask an owner for an invitation to it")
	// ErrOften says that too much was asked for.
	ErrOften = errors.New("this was asked for too often: wait an hour")
	// ErrExpired says that a ticket was used, has expired or never was.
	ErrExpired = errors.New("this address was used already or has expired: ask for a new one")
	// ErrLastOwner says that an organisation would be left without an owner.
	ErrLastOwner = errors.New("an organisation keeps at least one owner: make somebody else an owner first")
	// ErrTaken says that there is a person with this e-mail address.
	ErrTaken = errors.New("somebody with this e-mail address is here already: sign in first, then open the invitation again")
	// ErrDone says that the installation has been set up already.
	ErrDone = errors.New("this installation has been set up already: sign in")
)

// InputError says which field of a form is not right, in words for the person
// who filled it in.
type InputError struct{ Field, Text string }

// Error is the text.
func (e InputError) Error() string { return e.Text }

// Accounts keeps persons.
type Accounts interface {
	// HasPeople says whether anybody is there yet.
	HasPeople(ctx context.Context) (bool, error)
	// Person gives one by id, PersonByEmail by e-mail address without regard to
	// case; ErrNotFound.
	Person(ctx context.Context, id string) (Person, error)
	PersonByEmail(ctx context.Context, email string) (Person, error)
	// ChangePerson stores everything but id and e-mail address, and what
	// happened.
	ChangePerson(ctx context.Context, p Person, e Event) error
	// PersonByIdentity gives one by issuer and subject, ErrNotFound; Subject gives
	// what a person is known by at an issuer, "" where that is nothing.
	PersonByIdentity(ctx context.Context, issuer, subject string) (Person, error)
	Subject(ctx context.Context, person, issuer string) (string, error)
	// BindIdentity makes a person known by a subject; ErrTaken where somebody else
	// is, or where the person is known by another one at the issuer.
	BindIdentity(ctx context.Context, person string, id Identity, e Event) error
	ForgetIdentities(ctx context.Context, person string, e Event) error
	// UseSecond takes the code of a time step; false when it, or a later one,
	// was taken before.
	UseSecond(ctx context.Context, person string, step int64) (bool, error)
}

// Organisations keeps organisations and who belongs to them.
type Organisations interface {
	Memberships(ctx context.Context, person string) ([]Membership, error)
	Members(ctx context.Context, tenant string) ([]Member, error)
	// SetRole changes a member's role; "" removes the member. ErrLastOwner
	// where no owner would be left.
	SetRole(ctx context.Context, tenant, person string, role Role, e Event) error
	ChangeOrganisation(ctx context.Context, o Organisation, e Event) error
	// Responsible gives the ids of those who are responsible for a customer of a
	// ledger; SetResponsible makes a member so, or no longer. ErrNotFound for
	// somebody who is no member.
	Responsible(ctx context.Context, tenant, connection, customer string) ([]string, error)
	SetResponsible(ctx context.Context, tenant, connection, customer, person string, yes bool, e Event) error
	// AddOrganisation makes an organisation that a person owns.
	AddOrganisation(ctx context.Context, o Organisation, owner string, e Event) error
}

// Tickets keeps one-time addresses by the hash of their secret.
type Tickets interface {
	// SaveTicket stores a ticket in place of older ones of the same kind for
	// the same tenant and e-mail address.
	SaveTicket(ctx context.Context, t Ticket, e Event) error
	// Ticket gives one that has not expired; ErrNotFound.
	Ticket(ctx context.Context, hash string, now time.Time) (Ticket, error)
	// Tickets are those of a tenant that have not expired.
	Tickets(ctx context.Context, tenant string, now time.Time) ([]Ticket, error)
	// Redeem uses a ticket up and stores what it was for, all or nothing.
	// ErrNotFound when it was used before, ErrDone for a second set-up,
	// ErrTaken where a new person's e-mail address is known.
	Redeem(ctx context.Context, hash string, now time.Time, r Redemption, e Event) error
	DropTicket(ctx context.Context, tenant, hash string, e Event) error
}

// Gate counts what failed and records what happened.
type Gate interface {
	// Failures gives the highest count of each of the subjects in its present
	// window of time.
	Failures(ctx context.Context, subjects []string, now time.Time) (map[string]int, error)
	// CountFailure adds one to each subject. A window that begins ends at until.
	CountFailure(ctx context.Context, subjects []string, now, until time.Time) error
	// Forgive forgets a subject's failures.
	Forgive(ctx context.Context, subject string) error
	Record(ctx context.Context, e Event) error
	// Events are those of a tenant, and of no tenant about its members, the newest
	// first; for "" all of no tenant.
	Events(ctx context.Context, tenant string, q EventQuery) ([]Event, error)
}

// Letters takes what is to be mailed. It must not tell, by its answer or by the
// time that takes, whether somebody has the address.
type Letters interface {
	// Reset mails a link to a new password to whoever has the address. from is
	// where it was asked.
	Reset(ctx context.Context, email, from string) error
}

// Service is all that people may do about themselves and each other.
type Service struct {
	Accounts      Accounts
	Organisations Organisations
	Tickets       Tickets
	Gate          Gate
	Programs      Keys
	// Letters takes what is mailed to people; nil where no mail is sent.
	Letters Letters
	Hasher  *Hasher
	Now     func() time.Time
	// Random must be cryptographically strong outside of tests.
	Random io.Reader
	NewID  func() string
	// Tenant is that of the first organisation.
	Tenant string
}

// event is something that happens now.
func (s *Service) event(kind EventKind, tenant, person, by, detail string) Event {
	return Event{ID: s.NewID(), Tenant: tenant, At: s.Now(), Kind: kind, Person: person, By: by, Detail: detail}
}
