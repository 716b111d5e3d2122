package people

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Key lets a program in, in a person's name. It never may what the person may
// not, whatever was true when it was made. Its secret is known to nobody but its
// bearer.
type Key struct {
	ID, Tenant, Person, Name string
	Hash                     string
	// Scopes are what it may at most.
	Scopes []Permission
	// View is the saved view that it is a feed of, and of nothing else; "" for a
	// key of the API.
	View      string
	CreatedAt time.Time
	// Expires is nil where it does not. Used is roughly when it was last used.
	Expires, Used *time.Time
}

// Feed says that the key is a feed's.
func (k Key) Feed() bool { return k.View != "" }

// May says whether the key allows something to somebody in this role.
func (k Key) May(r Role, p Permission) bool {
	return p == Public || p == SignedIn && r.Known() || r.May(p) && slices.Contains(k.Scopes, p)
}

// Keys keeps keys by the hash of their secret.
type Keys interface {
	SaveKey(ctx context.Context, k Key, e Event) error
	// KeyOf gives the key with this hash, expired or not; ErrNotFound.
	KeyOf(ctx context.Context, hash string) (Key, error)
	// Keys are those of a tenant, the oldest first.
	Keys(ctx context.Context, tenant string) ([]Key, error)
	DropKey(ctx context.Context, tenant, id string, e Event) error
	// KeyUsed notes that a key was used.
	KeyUsed(ctx context.Context, tenant, id string, at time.Time) error
}

// Bearer is a key with the person in whose name it acts.
type Bearer struct {
	Key    Key
	Person Person
	Member Membership
	// Noted says that this use was noted: those of a quarter of an hour are noted
	// as one.
	Noted bool
}

// May says whether the bearer has a permission now.
func (b Bearer) May(p Permission) bool { return b.Key.May(b.Member.Role, p) }

// A secret says what it is for, so that one that has got into a file or a
// message is found by those who look for such.
const (
	keyPrefix  = "tieout_key_"
	feedPrefix = "tieout_feed_"
)

// usedEvery is how exactly it is known when a key was last used: not every
// request writes.
const usedEvery = 15 * time.Minute

// maxKeyLife is the longest that a key can be given; without an end it has none.
const maxKeyLife = 10 * 366 * 24 * time.Hour

// MakeKey stores a new key and gives its secret, once. Of k, Tenant, Person,
// Name, Scopes, View and Expires are taken. by is the id of who makes it, or
// "cli".
func (s *Service) MakeKey(ctx context.Context, by string, k Key) (Key, string, error) {
	var err error
	if k.Name, err = checkName("name", k.Name); err != nil {
		return k, "", err
	}
	member, err := s.membership(ctx, k.Person, k.Tenant)
	if err != nil {
		return k, "", err
	}
	if len(k.Scopes) == 0 {
		return k, "", InputError{"scopes", "Please choose what it may do."}
	}
	for _, p := range k.Scopes {
		if !slices.Contains(Permissions(), p) || !member.Role.May(p) {
			return k, "", InputError{"scopes", fmt.Sprintf("A role of %s does not have the permission %q.", member.Role, p)}
		}
	}
	now := s.Now()
	if k.Expires != nil && (!k.Expires.After(now) || k.Expires.After(now.Add(maxKeyLife))) {
		return k, "", InputError{"expires", "The end has to lie in the future, within ten years."}
	}
	secret := make([]byte, ticketBytes)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return k, "", fmt.Errorf("people: make a key: %w", err)
	}
	token, kind := keyPrefix+base64.RawURLEncoding.EncodeToString(secret), EventKeyMade
	if k.Feed() {
		token, kind = feedPrefix+base64.RawURLEncoding.EncodeToString(secret), EventFeedMade
	}
	k.ID, k.Hash, k.CreatedAt, k.Used = s.NewID(), hashOf(token), now, nil
	if err := s.Programs.SaveKey(ctx, k, s.event(kind, k.Tenant, k.Person, by, k.Name)); err != nil {
		return k, "", err
	}
	return k, token, nil
}

// DropKey makes a key useless.
func (s *Service) DropKey(ctx context.Context, by string, k Key) error {
	kind := EventKeyDropped
	if k.Feed() {
		kind = EventFeedDropped
	}
	return s.Programs.DropKey(ctx, k.Tenant, k.ID, s.event(kind, k.Tenant, k.Person, by, k.Name))
}

// Admit finds out who comes with a secret; ErrRefused where it is none, has
// expired, or its person is no member any more.
func (s *Service) Admit(ctx context.Context, token string) (Bearer, error) {
	const longest = 200
	if len(token) > longest {
		return Bearer{}, ErrRefused
	}
	k, err := s.Programs.KeyOf(ctx, hashOf(token))
	now := s.Now()
	if errors.Is(err, ErrNotFound) || err == nil && k.Expires != nil && !k.Expires.After(now) {
		return Bearer{}, ErrRefused
	}
	if err != nil {
		return Bearer{}, err
	}
	b := Bearer{Key: k}
	if b.Person, err = s.Accounts.Person(ctx, k.Person); err == nil {
		b.Member, err = s.membership(ctx, k.Person, k.Tenant)
	}
	if errors.Is(err, ErrNotFound) {
		return Bearer{}, ErrRefused
	}
	if b.Noted = k.Used == nil || now.Sub(*k.Used) >= usedEvery; err == nil && b.Noted {
		err = s.Programs.KeyUsed(ctx, k.Tenant, k.ID, now)
	}
	return b, err
}

// membership is a person's place in one organisation; ErrNotFound.
func (s *Service) membership(ctx context.Context, person, tenant string) (Membership, error) {
	all, err := s.Organisations.Memberships(ctx, person)
	if err != nil {
		return Membership{}, err
	}
	for _, m := range all {
		if m.Organisation.Tenant == tenant {
			return m, nil
		}
	}
	return Membership{}, fmt.Errorf("people: a member of the organisation: %w", ErrNotFound)
}
