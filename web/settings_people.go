package web

import (
	"net/http"

	"tieout/people"
)

// peoplePage is who is in an organisation, and who is invited.
type peoplePage struct {
	form
	tabs
	Members []people.Member
	Invited []people.Ticket
	Roles   []people.Role
	// Link is a new invitation's address, shown once.
	Link string
	You  string
}

func (s *Site) peoplePage(v *Visit) (peoplePage, error) {
	page := peoplePage{form: v.form("email", "role"), tabs: v.tabs(), Roles: people.Roles(), You: v.Person.ID}
	var err error
	if page.Members, err = s.People.Organisations.Members(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	page.Invited, err = s.People.Tickets.Tickets(v.ctx(), v.tenant(), s.Wall())
	return page, err
}

// members is the page of who is in an organisation.
func (s *Site) members(v *Visit) error {
	page, err := s.peoplePage(v)
	if err != nil {
		return err
	}
	return s.render(v, "people", "People", page)
}

// membersChanged answers a change of who is in the organisation.
func (s *Site) membersChanged(v *Visit, err error, word string) error {
	if err == nil {
		return v.done("/settings/people", word)
	}
	page, problem := s.peoplePage(v)
	if problem != nil || !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "people", "People", page)
}

// invite shows the invitation's address on the page itself: it is kept
// nowhere, and so cannot be shown again.
func (s *Site) invite(v *Visit) error {
	token, err := s.People.Invite(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("email"), people.Role(v.r.PostFormValue("role")))
	if err != nil {
		return s.membersChanged(v, err, "")
	}
	page, err := s.peoplePage(v)
	if err != nil {
		return err
	}
	page.Link = v.origin() + "/join?token=" + token
	page.Values = map[string]string{}
	return s.render(v, "people", "People", page)
}

func (s *Site) invitationWithdraw(v *Visit) error {
	return s.membersChanged(v, s.People.Withdraw(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("ticket")), "The invitation is withdrawn.")
}

func (s *Site) memberRole(v *Visit) error {
	role := people.Role(v.r.PostFormValue("role"))
	if v.r.PostFormValue("remove") != "" {
		role = ""
	}
	return s.membersChanged(v, s.People.SetRole(v.ctx(), v.Person.ID, v.tenant(), v.r.PostFormValue("person"), role), "The role is changed.")
}
