package people

import (
	"context"
	"encoding/base32"
	"errors"
	"fmt"
	"time"
)

// secretText is a secret as authenticators write it.
func secretText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// Invite makes an address that makes whoever has this e-mail address a member.
// by is the id of who invites.
func (s *Service) Invite(ctx context.Context, by, tenant, email string, role Role) (string, error) {
	email, err := checkEmail(email)
	if err != nil {
		return "", err
	}
	if !role.Known() {
		return "", InputError{"role", "There is no such role."}
	}
	members, err := s.Organisations.Members(ctx, tenant)
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if sameEmail(m.Person.Email, email) {
			return "", InputError{"email", "This person is here already."}
		}
	}
	return s.issue(ctx, Ticket{Kind: TicketInvite, Tenant: tenant, Email: email, Role: role, CreatedBy: by}, inviteLife,
		s.event(EventInvited, tenant, "", by, fmt.Sprintf("%s as %s", email, role)))
}

// Join uses an invitation: for somebody new with a name and a password, for
// somebody signed in with signedIn, whose e-mail address must be the invited
// one.
func (s *Service) Join(ctx context.Context, token string, signedIn *Person, name, password string) (Person, string, error) {
	ticket, err := s.Ticket(ctx, token, TicketInvite)
	if err != nil {
		return Person{}, "", err
	}
	r := Redemption{Tenant: ticket.Tenant, Role: ticket.Role}
	var person Person
	if signedIn != nil {
		if person = *signedIn; !sameEmail(person.Email, ticket.Email) {
			return Person{}, "", InputError{"email", "This invitation is for " + ticket.Email + "."}
		}
	} else {
		if person, err = s.newPerson(ctx, name, ticket.Email, password); err != nil {
			return Person{}, "", err
		}
		r.NewPerson = &person
	}
	r.Person = person.ID
	err = s.redeem(ctx, ticket, r, s.event(EventJoined, ticket.Tenant, person.ID, person.ID, string(ticket.Role)))
	return person, ticket.Tenant, err
}

// Withdraw makes an invitation useless.
func (s *Service) Withdraw(ctx context.Context, by, tenant, hash string) error {
	return s.Tickets.DropTicket(ctx, tenant, hash, s.event(EventWithdrawn, tenant, "", by, ""))
}

// SetRole changes what a member is; "" removes the member.
func (s *Service) SetRole(ctx context.Context, by, tenant, person string, role Role) error {
	kind := EventRole
	if role == "" {
		kind = EventRemoved
	} else if !role.Known() {
		return InputError{"role", "There is no such role."}
	}
	return s.Organisations.SetRole(ctx, tenant, person, role, s.event(kind, tenant, person, by, string(role)))
}

// Rename changes an organisation's name, zone and home currency.
func (s *Service) Rename(ctx context.Context, by string, o Organisation) error {
	o, err := checkOrganisation(o)
	if err != nil {
		return err
	}
	return s.Organisations.ChangeOrganisation(ctx, o, s.event(EventOrgRenamed, o.Tenant, "", by, o.Name))
}

// Assign makes a member responsible for a customer of a ledger, or no longer. name
// is the customer's, for the record.
func (s *Service) Assign(ctx context.Context, by, tenant, connection, customer, name, person string, yes bool) error {
	detail := "for " + name
	if !yes {
		detail = "no longer " + detail
	}
	return s.Organisations.SetResponsible(ctx, tenant, connection, customer, person, yes, s.event(EventResponsible, tenant, person, by, detail))
}

// NewOrganisation makes one that a person owns. by is the id of who makes it, or
// "cli".
func (s *Service) NewOrganisation(ctx context.Context, by string, owner Person, o Organisation) (Organisation, error) {
	o, err := checkOrganisation(o)
	if err != nil {
		return o, err
	}
	o.Tenant, o.CreatedAt = s.NewID(), s.Now()
	return o, s.Organisations.AddOrganisation(ctx, o, owner.ID, s.event(EventOrgMade, o.Tenant, owner.ID, by, o.Name))
}

// How often a new password may be asked for in an hour: for one address, and
// from one place.
const (
	resetWindow  = time.Hour
	resetsByMail = 3
	resetsByHost = 20
)

// AskReset mails a link to a new password to whoever has an e-mail address. It
// does and says the same where nobody has. ErrOften.
func (s *Service) AskReset(ctx context.Context, email, from string) error {
	email, err := checkEmail(email)
	if err != nil {
		return err
	}
	if s.Letters == nil {
		return InputError{"email", "This installation sends no e-mails: ask an owner for a link."}
	}
	now := s.Now()
	account, host := "reset/"+hashOf(EmailKey(email)), "reset-from/"+network(from)
	asked, err := s.Gate.Failures(ctx, []string{account, host}, now)
	if err != nil {
		return err
	}
	if asked[account] >= resetsByMail || asked[host] >= resetsByHost {
		return ErrOften
	}
	if err := s.Gate.CountFailure(ctx, []string{account, host}, now, now.Add(resetWindow)); err != nil {
		return err
	}
	return s.Letters.Reset(ctx, email, from)
}

// ResetTicket makes an address with which a person chooses a new password. by
// is "cli", or "mail" where the person asked for it, from somewhere.
func (s *Service) ResetTicket(ctx context.Context, email, by, from string) (string, error) {
	person, err := s.Accounts.PersonByEmail(ctx, email)
	if err != nil {
		return "", err
	}
	e := s.event(EventReset, "", person.ID, by, "")
	e.Address = from
	return s.issue(ctx, Ticket{Kind: TicketReset, Person: person.ID, Email: person.Email, CreatedBy: by}, resetLife, e)
}

// EnterTicket makes an address that signs a person in, for the demonstration.
func (s *Service) EnterTicket(ctx context.Context, person Person) (string, error) {
	return s.issue(ctx, Ticket{Kind: TicketEnter, Person: person.ID, Email: person.Email, CreatedBy: "demo"}, enterLife,
		s.event(EventReset, "", person.ID, "demo", "address of the demonstration"))
}

// Reset uses a reset ticket: the new password counts, and every session of the
// person ends.
func (s *Service) Reset(ctx context.Context, token, password string) (Person, error) {
	ticket, err := s.Ticket(ctx, token, TicketReset)
	if err != nil {
		return Person{}, err
	}
	person, err := s.Accounts.Person(ctx, ticket.Person)
	if err != nil {
		return Person{}, err
	}
	if err := s.setPassword(ctx, &person, password); err != nil {
		return Person{}, err
	}
	if err := s.redeem(ctx, ticket, Redemption{ChangedPerson: &person}, s.event(EventPassword, "", person.ID, ticket.CreatedBy, "")); err != nil {
		return Person{}, err
	}
	return person, s.Gate.Forgive(ctx, gateOf(person.Email, "").account)
}

// ChangePassword is for who knows the old one; every other session ends.
func (s *Service) ChangePassword(ctx context.Context, id, old, password string) (Person, error) {
	person, err := s.confirmed(ctx, id, old)
	if err != nil {
		return Person{}, err
	}
	if err := s.setPassword(ctx, &person, password); err != nil {
		return Person{}, err
	}
	return person, s.Accounts.ChangePerson(ctx, person, s.event(EventPassword, "", id, id, ""))
}

// SignOutEverywhere ends every session of a person.
func (s *Service) SignOutEverywhere(ctx context.Context, id string) error {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return err
	}
	person.Epoch++
	return s.Accounts.ChangePerson(ctx, person, s.event(EventEverywhere, "", id, id, ""))
}

// ChangeProfile changes a person's name and how pages look.
func (s *Service) ChangeProfile(ctx context.Context, id, name string, theme Theme) error {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return err
	}
	if person.Name, err = checkName("name", name); err != nil {
		return err
	}
	if theme != ThemeSystem && theme != ThemeLight && theme != ThemeDark {
		return InputError{"theme", "There is no such appearance."}
	}
	person.Theme = theme
	return s.Accounts.ChangePerson(ctx, person, s.event(EventProfileKept, "", id, id, ""))
}

// DropSecond switches a second factor off from the command line, for somebody
// who has lost the authenticator, and ends every session.
func (s *Service) DropSecond(ctx context.Context, email string) error {
	person, err := s.Accounts.PersonByEmail(ctx, email)
	if err != nil {
		return err
	}
	person.Second, person.SecondOn = nil, false
	person.Epoch++
	return s.Accounts.ChangePerson(ctx, person, s.event(EventSecondOff, "", person.ID, "cli", ""))
}

func (s *Service) setPassword(ctx context.Context, p *Person, password string) error {
	if err := checkPassword(password, p.Email); err != nil {
		return err
	}
	hash, err := s.Hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	p.Password = hash
	p.Epoch++
	return nil
}

// confirmed gives a person who knows the password. Attempts count as those of
// signing in do, from nowhere.
func (s *Service) confirmed(ctx context.Context, id, password string) (Person, error) {
	person, err := s.Accounts.Person(ctx, id)
	if err != nil {
		return Person{}, err
	}
	g := gateOf(person.Email, "")
	if err := s.open(ctx, g); err != nil {
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
		if err := s.fail(ctx, g, person, ""); !errors.Is(err, ErrRefused) {
			return Person{}, err
		}
		return Person{}, InputError{"old", "This is not the present password."}
	}
	return person, nil
}

// Demonstrator makes a person without a password, who owns an organisation, for
// the demonstration.
func (s *Service) Demonstrator(ctx context.Context, o Organisation) (Person, error) {
	token, err := s.SetUpTicket(ctx)
	if err != nil {
		return Person{}, err
	}
	ticket, err := s.Ticket(ctx, token, TicketSetUp)
	if err != nil {
		return Person{}, err
	}
	if o, err = checkOrganisation(o); err != nil {
		return Person{}, err
	}
	o.Tenant, o.CreatedAt = s.Tenant, s.Now()
	p := Person{ID: s.NewID(), Email: "demo@localhost", Name: "Demo", CreatedAt: s.Now()}
	err = s.redeem(ctx, ticket, Redemption{NewPerson: &p, NewOrganisation: &o, Tenant: s.Tenant, Person: p.ID, Role: Owner},
		s.event(EventSetUp, s.Tenant, p.ID, "demo", o.Name))
	return p, err
}

// sameEmail compares addresses as their owners do.
func sameEmail(a, b string) bool { return EmailKey(a) == EmailKey(b) }
