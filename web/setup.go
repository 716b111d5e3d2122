package web

import (
	"net/http"

	"tieout/people"
)

// setUp is the first page of an installation: who, and for which organisation.
func (s *Site) setUp(v *Visit) error {
	f := v.form()
	f.Values["zone"], f.Values["home"] = "UTC", "USD"
	if _, err := s.People.Ticket(v.ctx(), f.Token, people.TicketSetUp); err != nil {
		f.Token = ""
		return s.again(v, "setup", "Set up", f, err)
	}
	return s.render(v, "setup", "Set up", f)
}

func (s *Site) setUpPost(v *Visit) error {
	f := v.form("name", "email", "organisation", "zone", "home")
	person, err := s.People.SetUp(v.ctx(), f.Token, people.First{
		Name: f.Values["name"], Email: f.Values["email"], Password: v.r.PostFormValue("password"),
		Organisation: f.Values["organisation"], Zone: f.Values["zone"], Home: f.Values["home"],
	})
	if err != nil {
		return s.again(v, "setup", "Set up", f, err)
	}
	return s.welcome(v, person, "/")
}

// invitation is the page of somebody who was invited.
type invitation struct {
	form
	Ticket people.Ticket
	// Known says that somebody is signed in, to whom the invitation then goes.
	Known people.Person
}

func (s *Site) join(v *Visit) error {
	page := invitation{form: v.form(), Known: v.Person}
	var err error
	if page.Ticket, err = s.People.Ticket(v.ctx(), page.Token, people.TicketInvite); err != nil {
		page.Token = ""
		return s.joinAgain(v, page, err)
	}
	return s.render(v, "join", "Invitation", page)
}

func (s *Site) joinAgain(v *Visit, page invitation, err error) error {
	if !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "join", "Invitation", page)
}

func (s *Site) joinPost(v *Visit) error {
	page := invitation{form: v.form("name"), Known: v.Person}
	var signedIn *people.Person
	if v.signedIn() {
		signedIn = &v.Person
	}
	ticket, err := s.People.Ticket(v.ctx(), page.Token, people.TicketInvite)
	if err != nil {
		page.Token = ""
		return s.joinAgain(v, page, err)
	}
	page.Ticket = ticket
	person, tenant, err := s.People.Join(v.ctx(), page.Token, signedIn, page.Values["name"], v.r.PostFormValue("password"))
	if err != nil {
		return s.joinAgain(v, page, err)
	}
	s.sessions.Put(v.ctx(), keyTenant, tenant)
	return s.welcome(v, person, "/")
}

// forgotPage is the page of somebody who has no password to give.
type forgotPage struct {
	form
	// Mailed says that a link can be mailed, Sent that one was asked for.
	Mailed, Sent bool
}

func (s *Site) forgotPage(v *Visit) forgotPage {
	return forgotPage{form: v.form("email"), Mailed: s.People.Letters != nil}
}

// forgot is the page that asks where to send a link to a new password.
func (s *Site) forgot(v *Visit) error {
	return s.render(v, "forgot", "New password", s.forgotPage(v))
}

// forgotPost says the same whoever has the address.
func (s *Site) forgotPost(v *Visit) error {
	page := s.forgotPage(v)
	err := s.People.AskReset(v.ctx(), page.Values["email"], v.address())
	if err == nil {
		page.Sent = true
		return s.render(v, "forgot", "New password", page)
	}
	if !page.refuse(err) {
		return err
	}
	return s.show(v, http.StatusUnprocessableEntity, "forgot", "New password", page)
}

// reset is the page on which a new password is chosen.
func (s *Site) reset(v *Visit) error {
	f := v.form()
	if _, err := s.People.Ticket(v.ctx(), f.Token, people.TicketReset); err != nil {
		f.Token = ""
		return s.again(v, "reset", "New password", f, err)
	}
	return s.render(v, "reset", "New password", f)
}

// resetPost signs nobody in: a second factor still counts.
func (s *Site) resetPost(v *Visit) error {
	f := v.form()
	if _, err := s.People.Reset(v.ctx(), f.Token, v.r.PostFormValue("password")); err != nil {
		return s.again(v, "reset", "New password", f, err)
	}
	if err := s.sessions.Destroy(v.ctx()); err != nil {
		return err
	}
	return v.redirect("/login")
}
