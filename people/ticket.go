package people

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"
)

// TicketKind says what a one-time address is for.
type TicketKind string

// The kinds of tickets.
const (
	// TicketSetUp makes the first person and organisation.
	TicketSetUp TicketKind = "set-up"
	// TicketInvite makes somebody a member of an organisation.
	TicketInvite TicketKind = "invite"
	// TicketReset lets a person choose a new password.
	TicketReset TicketKind = "reset"
	// TicketEnter signs a person in as often as it is opened. Only the
	// demonstration makes one, for its own short life.
	TicketEnter TicketKind = "enter"
)

// Ticket is a one-time address. Its secret is known to nobody but its bearer.
type Ticket struct {
	Hash   string
	Kind   TicketKind
	Tenant string
	// Person is whom it is for, where the person is known already.
	Person string
	Email  string
	Role   Role
	// CreatedBy is the id of who made it, or "cli".
	CreatedBy string
	CreatedAt time.Time
	Expires   time.Time
}

// Redemption is what a used ticket makes: each part may be nil.
type Redemption struct {
	// NewPerson is made, ChangedPerson stored.
	NewPerson, ChangedPerson *Person
	NewOrganisation          *Organisation
	// Identity is what Person is known by at an issuer.
	Identity *Identity
	// Tenant and Role make Person a member.
	Tenant, Person string
	Role           Role
}

// How long tickets live.
const (
	setUpLife  = 7 * 24 * time.Hour
	inviteLife = 7 * 24 * time.Hour
	resetLife  = time.Hour
	enterLife  = 24 * time.Hour
)

// ticketBytes of randomness make an address that nobody guesses.
const ticketBytes = 32

// hashOf is what is kept of a ticket's secret.
func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// issue stores a new ticket and gives its secret.
func (s *Service) issue(ctx context.Context, t Ticket, life time.Duration, e Event) (string, error) {
	secret := make([]byte, ticketBytes)
	if _, err := io.ReadFull(s.Random, secret); err != nil {
		return "", fmt.Errorf("people: make a ticket: %w", err)
	}
	token := base64.RawURLEncoding.EncodeToString(secret)
	t.Hash, t.CreatedAt = hashOf(token), s.Now()
	t.Expires = t.CreatedAt.Add(life)
	if err := s.Tickets.SaveTicket(ctx, t, e); err != nil {
		return "", err
	}
	return token, nil
}

// Ticket gives what a ticket is for, without using it; ErrExpired.
func (s *Service) Ticket(ctx context.Context, token string, kind TicketKind) (Ticket, error) {
	t, err := s.Tickets.Ticket(ctx, hashOf(token), s.Now())
	if errors.Is(err, ErrNotFound) || err == nil && t.Kind != kind {
		return Ticket{}, ErrExpired
	}
	return t, err
}

// redeem uses a ticket up.
func (s *Service) redeem(ctx context.Context, t Ticket, r Redemption, e Event) error {
	err := s.Tickets.Redeem(ctx, t.Hash, s.Now(), r, e)
	if errors.Is(err, ErrNotFound) {
		return ErrExpired
	}
	return err
}
