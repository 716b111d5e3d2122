package people

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Identity is who somebody is at an issuer of a single sign-on. Issuer and
// subject alone never become somebody else's; an e-mail address may (OpenID
// Connect Core 1.0, section 5.7).
type Identity struct {
	Issuer, Subject, Email, Name string
	// Verified says that the issuer has verified the e-mail address.
	Verified bool
}

// Refusal is ErrRefused with a reason that a person may read.
type Refusal string

// Error is the reason.
func (r Refusal) Error() string { return "the sign-in did not work: " + string(r) }

// Unwrap makes it ErrRefused.
func (r Refusal) Unwrap() error { return ErrRefused }

// SignInAs signs in whoever an issuer says it is: the person who is known by the
// subject, whatever address it has by now. Who comes for the first time is found
// by the verified address or, with the secret of an invitation to it, is a new
// person without a password. Where the person has a second factor, its code has
// to follow, as after a password, and then Bind where bind says so. ErrNobody.
func (s *Service) SignInAs(ctx context.Context, id Identity, invitation, from string) (person Person, bind bool, err error) {
	person, err = s.Accounts.PersonByIdentity(ctx, id.Issuer, id.Subject)
	if errors.Is(err, ErrNotFound) {
		return s.meet(ctx, id, invitation, from)
	}
	if err != nil || person.SecondOn {
		return person, false, err
	}
	return person, false, s.signedIn(ctx, gateOf(person.Email, from), person, from, "at "+id.Issuer)
}

// meet is the first sign-in of somebody whose subject nobody knows.
func (s *Service) meet(ctx context.Context, id Identity, invitation, from string) (person Person, bind bool, err error) {
	switch {
	case id.Email == "":
		return Person{}, false, Refusal("the issuer does not say which e-mail address it is")
	case !id.Verified:
		return Person{}, false, Refusal("the issuer has not verified the e-mail address")
	}
	person, err = s.Accounts.PersonByEmail(ctx, id.Email)
	if errors.Is(err, ErrNotFound) {
		person, err = s.joinAs(ctx, id, invitation, from)
		return person, false, err
	}
	if err != nil {
		return Person{}, false, err
	}
	// Addresses that are found as one may still be two people's at the issuer.
	if !exactly(person.Email, id.Email) {
		return Person{}, false, s.strange(ctx, id, from)
	}
	known, err := s.Accounts.Subject(ctx, person.ID, id.Issuer)
	switch {
	case err != nil:
		return Person{}, false, err
	case known != "":
		return Person{}, false, s.replaced(ctx, person, id, from)
	case person.SecondOn:
		return person, true, nil
	}
	if err := s.Bind(ctx, person, id, from); err != nil {
		return Person{}, false, err
	}
	return person, false, s.signedIn(ctx, gateOf(person.Email, from), person, from, "at "+id.Issuer)
}

// Bind makes somebody who has signed in known by the subject alone from now on.
func (s *Service) Bind(ctx context.Context, person Person, id Identity, from string) error {
	e := s.event(EventBound, "", person.ID, person.ID, "at "+id.Issuer)
	e.Address = from
	err := s.Accounts.BindIdentity(ctx, person.ID, id, e)
	if errors.Is(err, ErrTaken) {
		return s.replaced(ctx, person, id, from)
	}
	return err
}

// replaced records that an address came back with another subject: it may be
// somebody else's now.
func (s *Service) replaced(ctx context.Context, person Person, id Identity, from string) error {
	e := s.event(EventFailed, "", person.ID, "", "another account of this address, at "+id.Issuer)
	e.Address = from
	if err := s.Gate.Record(ctx, e); err != nil {
		return err
	}
	return Refusal("this account is not the one that you have signed in with before, though its address is. Sign in here, or ask whoever runs the installation to forget the old account")
}

// ForgetIdentities lets a person be met anew at every issuer.
func (s *Service) ForgetIdentities(ctx context.Context, email string) error {
	person, err := s.Accounts.PersonByEmail(ctx, email)
	if err != nil {
		return err
	}
	return s.Accounts.ForgetIdentities(ctx, person.ID, s.event(EventUnbound, "", person.ID, "cli", ""))
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
	return person, s.redeem(ctx, ticket, Redemption{NewPerson: &person, Identity: &id, Tenant: ticket.Tenant, Person: person.ID, Role: ticket.Role}, e)
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
