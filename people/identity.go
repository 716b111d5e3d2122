package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Identity is who somebody is at an issuer of a single sign-on. The issuer has
// verified the e-mail address.
type Identity struct{ Issuer, Subject, Email, Name string }

// Refusal is ErrRefused with a reason that a person may read.
type Refusal string

// Error is the reason.
func (r Refusal) Error() string { return "the sign-in did not work: " + string(r) }

// Unwrap makes it ErrRefused.
func (r Refusal) Unwrap() error { return ErrRefused }

// SignInAs signs in whoever an issuer says it is: a person who is here under the
// very address or, with the secret of an invitation to it, a new one, without a
// password. Where the person has a second factor, its code has to follow, as
// after a password. ErrNobody.
func (s *Service) SignInAs(ctx context.Context, id Identity, invitation, from string) (Person, error) {
	person, err := s.Accounts.PersonByEmail(ctx, id.Email)
	if errors.Is(err, ErrNotFound) {
		return s.joinAs(ctx, id, invitation, from)
	}
	if err != nil {
		return Person{}, err
	}
	// Addresses that are found as one may still be two people's at the issuer.
	if !exactly(person.Email, id.Email) {
		return Person{}, s.strange(ctx, id, from)
	}
	if person.SecondOn {
		return person, nil
	}
	return person, s.signedIn(ctx, gateOf(person.Email, from), person, from, "at "+id.Issuer)
}

// joinAs makes a person of an invitation to the address.
func (s *Service) joinAs(ctx context.Context, id Identity, invitation, from string) (Person, error) {
	if invitation == "" {
		return Person{}, s.strange(ctx, id, from)
	}
	ticket, err := s.Ticket(ctx, invitation, TicketInvite)
	if err != nil {
		return Person{}, err
	}
	if !exactly(ticket.Email, id.Email) {
		return Person{}, Refusal("the invitation is for " + ticket.Email + ", and you have signed in there as somebody else")
	}
	name, err := checkName("name", id.Name)
	if err != nil {
		name = ticket.Email
	}
	person := Person{ID: s.NewID(), Email: ticket.Email, Name: name, CreatedAt: s.Now()}
	e := s.event(EventJoined, ticket.Tenant, person.ID, person.ID, fmt.Sprintf("%s, at %s", ticket.Role, id.Issuer))
	e.Address = from
	return person, s.redeem(ctx, ticket, Redemption{NewPerson: &person, Tenant: ticket.Tenant, Person: person.ID, Role: ticket.Role}, e)
}

// strange records that somebody came who is not here.
func (s *Service) strange(ctx context.Context, id Identity, from string) error {
	e := s.event(EventFailed, "", "", "", "nobody here, at "+id.Issuer)
	e.Address = from
	if err := s.Gate.Record(ctx, e); err != nil {
		return err
	}
	return ErrNobody
}

// exactly compares addresses letter by letter, but for the case of the letters
// of ASCII.
func exactly(a, b string) bool {
	lower := func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}
	return strings.Map(lower, a) == strings.Map(lower, b)
}
