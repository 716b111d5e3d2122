package people

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// What failed sign-ins are counted by. Guessing one account from one place is
// stopped first; a whole account, or a whole address behind which many people
// may sit, only far later, so that strangers cannot lock anybody out cheaply.
const (
	window       = 15 * time.Minute
	pairLimit    = 5
	accountLimit = 50
	addressLimit = 100
)

// SignIn checks an e-mail address and a password that came from an address of
// the network. The person is signed in when SecondOn is off; otherwise a code
// has to follow. ErrRefused, ErrLocked.
func (s *Service) SignIn(ctx context.Context, email, password, from string) (Person, error) {
	email = strings.TrimSpace(email)
	g := gateOf(email, from)
	if err := s.open(ctx, g); err != nil {
		return Person{}, err
	}
	person, err := s.Accounts.PersonByEmail(ctx, email)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Person{}, err
	}
	if len(password) > maxPassword {
		password = ""
	}
	ok, err := s.Hasher.matches(ctx, password, person.Password)
	if err != nil {
		return Person{}, err
	}
	if !ok {
		return Person{}, s.fail(ctx, g, person, from)
	}
	if person.SecondOn {
		return person, nil
	}
	return person, s.signedIn(ctx, g, person, from, "")
}

// Second checks the code of the second factor of somebody whose password was
// right.
func (s *Service) Second(ctx context.Context, id, code, from string) (Person, error) {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return Person{}, err
	}
	g := gateOf(person.Email, from)
	if err := s.open(ctx, g); err != nil {
		return Person{}, err
	}
	step, ok, err := stepOf(person.Second, code, s.Now())
	if err != nil {
		return Person{}, err
	}
	if ok {
		// A code opens once, whoever saw it being typed.
		if ok, err = s.Accounts.UseSecond(ctx, person.ID, step); err != nil {
			return Person{}, err
		}
	}
	if !ok || !person.SecondOn {
		return Person{}, s.fail(ctx, g, person, from)
	}
	return person, s.signedIn(ctx, g, person, from, "")
}

// Enter signs in with a ticket of the demonstration.
func (s *Service) Enter(ctx context.Context, token string) (Person, error) {
	t, err := s.Ticket(ctx, token, TicketEnter)
	if err != nil {
		return Person{}, err
	}
	return s.Accounts.Person(ctx, t.Person)
}

func (s *Service) signedIn(ctx context.Context, g gate, p Person, from, detail string) error {
	if err := s.Gate.Forgive(ctx, g.pair); err != nil {
		return err
	}
	e := s.event(EventSignedIn, "", p.ID, p.ID, detail)
	e.Address = from
	return s.Gate.Record(ctx, e)
}

// gate is what an attempt is counted by.
type gate struct{ account, address, pair string }

func gateOf(email, from string) gate {
	account, address := "account/"+hashOf(strings.ToLower(email)), "address/"+network(from)
	return gate{account, address, account + "@" + network(from)}
}

// network is the part of an address that one customer of a provider has: the
// whole of IPv4, the first 64 bits of IPv6.
func network(from string) string {
	address, err := netip.ParseAddr(from)
	if err != nil {
		return "unknown"
	}
	if address = address.Unmap(); address.Is6() {
		if prefix, err := address.WithZone("").Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return address.String()
}

func (g gate) subjects() []string { return []string{g.account, g.address, g.pair} }

// open is ErrLocked while too much has failed.
func (s *Service) open(ctx context.Context, g gate) error {
	failures, err := s.Gate.Failures(ctx, g.subjects(), s.Now())
	if err != nil {
		return err
	}
	if failures[g.pair] >= pairLimit || failures[g.account] >= accountLimit || failures[g.address] >= addressLimit {
		return ErrLocked
	}
	return nil
}

// fail counts and records a failure.
func (s *Service) fail(ctx context.Context, g gate, p Person, from string) error {
	now := s.Now()
	if err := s.Gate.CountFailure(ctx, g.subjects(), now, now.Add(window)); err != nil {
		return err
	}
	e := s.event(EventFailed, "", p.ID, "", "")
	e.Address = from
	if s.open(ctx, g) != nil {
		e.Kind, e.Detail = EventLocked, fmt.Sprintf("for %s", window)
	}
	if err := s.Gate.Record(ctx, e); err != nil {
		return err
	}
	return ErrRefused
}
