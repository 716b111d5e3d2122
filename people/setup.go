package people

import (
	"context"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"tieout/money"
)

// First is what the first person says about itself and the organisation.
type First struct {
	Name, Email, Password string
	Organisation          string
	Zone                  string
	Home                  string
}

// SetUpTicket gives a new one-time address for the first set-up, in place of
// older ones; "" once somebody is there.
func (s *Service) SetUpTicket(ctx context.Context) (string, error) {
	there, err := s.Accounts.HasPeople(ctx)
	if err != nil || there {
		return "", err
	}
	return s.issue(ctx, Ticket{Kind: TicketSetUp, CreatedBy: "cli"}, setUpLife, s.event(EventSetUp, "", "", "cli", "address made"))
}

// SetUp makes the first person, who owns the first organisation.
func (s *Service) SetUp(ctx context.Context, token string, f First) (Person, error) {
	ticket, err := s.Ticket(ctx, token, TicketSetUp)
	if err != nil {
		return Person{}, err
	}
	person, err := s.newPerson(ctx, f.Name, f.Email, f.Password)
	if err != nil {
		return Person{}, err
	}
	organisation, err := checkOrganisation(Organisation{Tenant: s.Tenant, Name: f.Organisation, Zone: f.Zone, Home: f.Home, CreatedAt: s.Now()})
	if err != nil {
		return Person{}, err
	}
	err = s.redeem(ctx, ticket, Redemption{
		NewPerson: &person, NewOrganisation: &organisation, Tenant: s.Tenant, Person: person.ID, Role: Owner,
	}, s.event(EventSetUp, s.Tenant, person.ID, person.ID, organisation.Name))
	return person, err
}

// newPerson checks what somebody says about itself.
func (s *Service) newPerson(ctx context.Context, name, email, password string) (Person, error) {
	name, err := checkName("name", name)
	if err != nil {
		return Person{}, err
	}
	if email, err = checkEmail(email); err != nil {
		return Person{}, err
	}
	if err := checkPassword(password, email); err != nil {
		return Person{}, err
	}
	hash, err := s.Hasher.hash(ctx, password)
	if err != nil {
		return Person{}, err
	}
	return Person{ID: s.NewID(), Email: email, Name: name, Password: hash, CreatedAt: s.Now()}, nil
}

const (
	maxName  = 100
	maxEmail = 254 // RFC 5321, 4.5.3.1.3, less the brackets
)

func checkName(field, name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	switch {
	case name == "":
		return "", InputError{field, "Please fill this in."}
	case utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name):
		return "", InputError{field, "This is too long."}
	}
	return name, nil
}

func checkEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > maxEmail {
		return "", InputError{"email", "This is not an e-mail address."}
	}
	return email, nil
}

func checkOrganisation(o Organisation) (Organisation, error) {
	name, err := checkName("organisation", o.Name)
	if err != nil {
		return o, err
	}
	o.Name = name
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "" || o.Zone == "Local" {
		return o, InputError{"zone", "This is not a time zone of the tz database, such as Europe/Berlin."}
	}
	o.Home = strings.ToUpper(strings.TrimSpace(o.Home))
	if _, ok := money.ISO(money.Currency(o.Home)); !ok {
		return o, InputError{"home", "This is not an ISO 4217 currency, such as USD."}
	}
	return o, nil
}

// EmailKey is what an e-mail address is found by: nobody tells two addresses
// apart by their case.
func EmailKey(email string) string { return strings.ToLower(strings.TrimSpace(email)) }
