package web

import (
	"net/http"

	"tieout/people"
)

// settingsPage is an organisation and its people.
type settingsPage struct {
	form
	Organisation people.Organisation
	Members      []people.Member
	Invited      []people.Ticket
	Events       []people.Event
	Roles        []people.Role
	// Names are those of the people in Events, by id.
	Names map[string]string
	// Link is a new invitation's address, shown once.
	Link string
	You  string
}

// shownEvents is how many events the page lists.
const shownEvents = 50

func (s *Site) settingsPage(v *Visit) (settingsPage, error) {
	page := settingsPage{form: v.form("email", "role"), Organisation: v.Member.Organisation, Roles: people.Roles(), Names: map[string]string{}, You: v.Person.ID}
	var err error
	if page.Members, err = s.People.Organisations.Members(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	for _, m := range page.Members {
		page.Names[m.Person.ID] = m.Person.Name
	}
	if page.Invited, err = s.People.Tickets.Tickets(v.ctx(), v.tenant(), s.Wall()); err != nil {
		return page, err
	}
	page.Events, err = s.People.Gate.Events(v.ctx(), v.tenant(), shownEvents)
	return page, err
}

// settings is the page of an organisation, who is in it, and what happened to
// access.
func (s *Site) settings(v *Visit) error {
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "settings", "Settings", page)
}

// settled answers a change of the settings.
func (s *Site) settled(v *Visit, err error, word string) error {
	if err == nil {
		return v.done("/settings", word)
	}
	page, problem := s.settingsPage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "settings", "Settings", page)
}

func (s *Site) settingsOrganisation(v *Visit) error {
	o := v.Member.Organisation
	o.Name, o.Zone, o.Home = v.r.PostFormValue("organisation"), v.r.PostFormValue("zone"), v.r.PostFormValue("home")
	return s.settled(v, s.People.Rename(v.ctx(), v.Person.ID, o), "The organisation is changed.")
}

// settingsInvite shows the invitation's address on the page itself: it is kept
// nowhere, and so cannot be shown again.
func (s *Site) settingsInvite(v *Visit) error {
	token, err := s.People.Invite(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("email"), people.Role(v.r.PostFormValue("role")))
	if err != nil {
		return s.settled(v, err, "")
	}
	page, err := s.settingsPage(v)
	if err != nil {
		return err
	}
	page.Link = v.origin() + "/join?token=" + token
	page.Values = map[string]string{}
	return s.render(v, "settings", "Settings", page)
}

func (s *Site) settingsWithdraw(v *Visit) error {
	return s.settled(v, s.People.Withdraw(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("ticket")), "The invitation is withdrawn.")
}

func (s *Site) settingsRole(v *Visit) error {
	role := people.Role(v.r.PostFormValue("role"))
	if v.r.PostFormValue("remove") != "" {
		role = ""
	}
	return s.settled(v, s.People.SetRole(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("person"), role), "The role is changed.")
}
