package web

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"tieout/people"
)

// ClientReader gives an organisation as one of many that a person works for.
type ClientReader interface {
	// Client is as of today in zone.
	Client(ctx context.Context, tenant string, zone *time.Location) (Client, error)
}

// Client is an organisation in a line.
type Client struct {
	Proofs  []ProofSentence
	Ageing  []AgeingLine
	Waiting Waiting
	Fresh   Freshness
}

// Need is how much an organisation needs somebody.
type Need int

// The needs, the most urgent first.
const (
	// NeedNow is for books that differ, and connections that wait for consent.
	NeedNow Need = iota
	// NeedAnswer is for questions, refused writes, and what was not measured.
	NeedAnswer
	// NeedSetUp is for organisations that are not proven yet.
	NeedSetUp
	// NeedNothing is for those where all agree.
	NeedNothing
)

// Need is the most urgent one of the client.
func (c Client) Need() Need {
	has := func(state ProofState) bool {
		return slices.ContainsFunc(c.Proofs, func(p ProofSentence) bool { return p.State == state })
	}
	switch {
	case has(ProofDiffers), len(c.Fresh.Broken) > 0:
		return NeedNow
	case c.Waiting.Count() > 0, has(ProofUnmeasured):
		return NeedAnswer
	case len(c.Proofs) == 0, has(ProofNone):
		return NeedSetUp
	}
	return NeedNothing
}

// Count is how much waits for a person.
func (w Waiting) Count() int { return w.Questions + w.Exceptions + w.Parked }

// clientLine is a client as its line on the page shows it.
type clientLine struct {
	people.Membership
	Client
	// Seen says that the person's role shows the whole of it.
	Seen bool
	// Here says that it is the one looked at now.
	Here bool
}

// clientsPage is every organisation of a person, the neediest first.
type clientsPage struct {
	form
	Clients []clientLine
	// Owner says that the person may add another one.
	Owner bool
}

// clients is the page of a firm: its clients at a glance, by need.
func (s *Site) clients(v *Visit) error {
	page, err := s.clientsPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "clients", "Clients", page)
}

func (s *Site) clientsPage(v *Visit) (clientsPage, error) {
	page := clientsPage{form: v.form("organisation", "zone", "home"), Owner: v.Member.Role.May(people.Manage)}
	if page.Values["zone"] == "" {
		page.Values["zone"], page.Values["home"] = v.Member.Organisation.Zone, v.Member.Organisation.Home
	}
	for _, m := range v.Members {
		line := clientLine{Membership: m, Seen: m.Role.May(people.See), Here: m.Organisation.Tenant == v.tenant()}
		if line.Seen {
			zone, err := time.LoadLocation(m.Organisation.Zone)
			if err != nil {
				zone = time.UTC
			}
			if line.Client, err = s.Readers.Clients.Client(v.ctx(), m.Organisation.Tenant, zone); err != nil {
				return page, err
			}
		}
		page.Clients = append(page.Clients, line)
	}
	slices.SortStableFunc(page.Clients, func(a, b clientLine) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), -cmp.Compare(a.Waiting.Count(), b.Waiting.Count()), a.older(b),
			strings.Compare(a.Organisation.Name, b.Organisation.Name))
	})
	return page, nil
}

// rank puts what a person may not see in full last.
func (l clientLine) rank() Need {
	if !l.Seen {
		return NeedNothing + 1
	}
	return l.Need()
}

// older puts what was read the longest ago first.
func (l clientLine) older(o clientLine) int {
	if l.Fresh.At == nil || o.Fresh.At == nil {
		return 0
	}
	return l.Fresh.At.Compare(*o.Fresh.At)
}

// clientAdd makes another organisation, which the person owns and looks at next.
func (s *Site) clientAdd(v *Visit) error {
	o, err := s.People.NewOrganisation(v.ctx(), v.Person.ID, v.Person, people.Organisation{
		Name: v.r.PostFormValue("organisation"), Zone: v.r.PostFormValue("zone"), Home: v.r.PostFormValue("home"),
	})
	if err == nil {
		s.sessions.Put(v.ctx(), keyTenant, o.Tenant)
		return v.done("/", o.Name+" is there. Connect its ledger and Stripe next.")
	}
	page, problem := s.clientsPage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "clients", "Clients", page)
}
