package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"tieout/people"
)

// SignOn is an issuer at which people may sign in instead of here.
type SignOn interface {
	// Name is what people call it.
	Name() string
	// Begin gives the address to send the browser to, and what its session keeps
	// until it is back.
	Begin(ctx context.Context) (address, kept string, err error)
	// Finish says who it is; people.ErrRefused with the reason.
	Finish(ctx context.Context, kept string, query url.Values) (people.Identity, error)
}

// signOn sends the browser to the issuer. It is a link and not a form, whose
// redirect to elsewhere the policy of the pages would stop.
func (s *Site) signOn(v *Visit) error {
	if s.SignOn == nil {
		return errNothing
	}
	address, kept, err := s.SignOn.Begin(v.ctx())
	if err != nil {
		return err
	}
	s.sessions.Put(v.ctx(), keySignOn, kept)
	s.sessions.Put(v.ctx(), keyNext, safeNext(v.r.URL.Query().Get("next")))
	s.sessions.Put(v.ctx(), keyInvited, v.r.URL.Query().Get("token"))
	return v.redirect(address)
}

// signOnBack is where the browser comes back to. What its session kept counts
// once.
func (s *Site) signOnBack(v *Visit) error {
	if s.SignOn == nil {
		return errNothing
	}
	kept, invited := s.sessions.PopString(v.ctx(), keySignOn), s.sessions.PopString(v.ctx(), keyInvited)
	next := safeNext(s.sessions.PopString(v.ctx(), keyNext))
	who, err := s.SignOn.Finish(v.ctx(), kept, v.r.URL.Query())
	if err != nil {
		return s.again(v, "login", "Sign in", v.form(), err)
	}
	person, bind, err := s.People.SignInAs(v.ctx(), who, invited, v.address())
	if err != nil {
		return s.again(v, "login", "Sign in", v.form(), err)
	}
	// Somebody who was here already takes the invitation up next.
	if _, err := s.People.Ticket(v.ctx(), invited, people.TicketInvite); invited != "" && err == nil {
		next = "/join?token=" + url.QueryEscape(invited)
	}
	if !bind {
		return s.enterAs(v, person, next, "")
	}
	text, err := json.Marshal(who)
	if err != nil {
		return fmt.Errorf("web: keep who signs in: %w", err)
	}
	return s.enterAs(v, person, next, string(text))
}

// bind makes somebody whose second factor was right known at the issuer at which
// the session began, where it is for the first time.
func (s *Site) bind(v *Visit, person people.Person) error {
	kept := s.sessions.PopString(v.ctx(), keyBind)
	if kept == "" {
		return nil
	}
	var who people.Identity
	if err := json.Unmarshal([]byte(kept), &who); err != nil {
		return fmt.Errorf("web: who signed in: %w", err)
	}
	return s.People.Bind(v.ctx(), person, who, v.address())
}
