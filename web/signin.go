package web

import (
	"errors"
	"net/http"

	"tieout/people"
)

// form is what a page with a form shows: what was filled in, and what of it is
// not right.
type form struct {
	view
	// Values are what was filled in, without passwords.
	Values map[string]string
	// Problems are words about fields; "" is the form as a whole.
	Problems map[string]string
	Token    string
	Next     string
	// SignOn is what a single sign-on is called; "" where there is none.
	SignOn string
}

func (v *Visit) form(fields ...string) form {
	f := form{view: v.view(), Values: map[string]string{}, Problems: map[string]string{}, Next: safeNext(v.r.FormValue("next")), Token: v.r.FormValue("token")}
	for _, name := range fields {
		f.Values[name] = v.r.FormValue(name)
	}
	if v.site.SignOn != nil {
		f.SignOn = v.site.SignOn.Name()
	}
	return f
}

// Form is the form itself, for templates of pages that hold one.
func (f form) Form() form { return f }

// refuse puts an error of the people's service into a form; false when it is
// none that a form can show.
func (f form) refuse(err error) bool {
	if wrong, ok := errors.AsType[people.InputError](err); ok {
		f.Problems[wrong.Field] = wrong.Text
		return true
	}
	if refusal, ok := errors.AsType[people.Refusal](err); ok {
		f.Problems[""] = sentence(refusal.Error())
		return true
	}
	for _, known := range []error{people.ErrNobody, people.ErrRefused, people.ErrLocked, people.ErrOften, people.ErrExpired, people.ErrTaken, people.ErrDone, people.ErrLastOwner} {
		if errors.Is(err, known) {
			f.Problems[""] = sentence(known.Error())
			return true
		}
	}
	return false
}

// sentence begins with a capital and ends with a full stop.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return string(text[0]-'a'+'A') + text[1:] + "."
}

// again shows a form that was not right.
func (s *Site) again(v *Visit, name, title string, f form, err error) error {
	if !f.refuse(err) {
		return err
	}
	code := http.StatusUnprocessableEntity
	if errors.Is(err, people.ErrLocked) || errors.Is(err, people.ErrOften) {
		code = http.StatusTooManyRequests
	}
	return s.show(v, code, name, title, f)
}

// signIn is the page that asks who somebody is.
func (s *Site) signIn(v *Visit) error {
	f := v.form()
	if v.signedIn() {
		return v.redirect(f.Next)
	}
	return s.render(v, "login", "Sign in", f)
}

func (s *Site) signInPost(v *Visit) error {
	f := v.form("email")
	person, err := s.People.SignIn(v.ctx(), v.r.FormValue("email"), v.r.PostFormValue("password"), v.address())
	if err != nil {
		return s.again(v, "login", "Sign in", f, err)
	}
	return s.enterAs(v, person, f.Next, "")
}

// enterAs lets somebody in whose first factor was right, or asks for the second;
// bind is then kept for after it.
func (s *Site) enterAs(v *Visit, person people.Person, next, bind string) error {
	if !person.SecondOn {
		return s.welcome(v, person, next)
	}
	// What the browser held before is no longer worth anything to others.
	if err := s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	s.sessions.Remove(v.ctx(), keyPerson)
	s.sessions.Put(v.ctx(), keyBind, bind)
	s.sessions.Put(v.ctx(), keyPending, person.ID)
	s.sessions.Put(v.ctx(), keyNext, next)
	s.sessions.Put(v.ctx(), keySeen, s.Wall().Unix())
	return v.redirect("/login/code")
}

// codeSeconds is how long a password counts before its code has to come.
const codeSeconds = 5 * 60

// pending is the person whose code is awaited; "" when none is.
func (s *Site) pending(v *Visit) string {
	if s.Wall().Unix()-s.sessions.GetInt64(v.ctx(), keySeen) > codeSeconds {
		return ""
	}
	return s.sessions.GetString(v.ctx(), keyPending)
}

// code is the page that asks for the second factor's code.
func (s *Site) code(v *Visit) error {
	if s.pending(v) == "" {
		return v.redirect("/login")
	}
	return s.render(v, "code", "Code", v.form())
}

func (s *Site) codePost(v *Visit) error {
	id := s.pending(v)
	if id == "" {
		return v.redirect("/login")
	}
	f := v.form()
	person, err := s.People.Second(v.ctx(), id, v.r.PostFormValue("code"), v.address())
	if err == nil {
		err = s.bind(v, person)
	}
	if err != nil {
		return s.again(v, "code", "Code", f, err)
	}
	return s.welcome(v, person, safeNext(s.sessions.PopString(v.ctx(), keyNext)))
}

// welcome begins a session of a person: with a new secret, so that one that
// somebody has slipped to the browser before is worth nothing.
func (s *Site) welcome(v *Visit, p people.Person, next string) error {
	if err := s.sessions.RenewToken(v.ctx()); err != nil {
		return err
	}
	s.sessions.Remove(v.ctx(), keyPending)
	s.sessions.Put(v.ctx(), keyPerson, p.ID)
	s.sessions.Put(v.ctx(), keyEpoch, p.Epoch)
	s.sessions.Put(v.ctx(), keySeen, s.Wall().Unix())
	return v.redirect(next)
}

func (s *Site) signOut(v *Visit) error {
	if err := s.sessions.Destroy(v.ctx()); err != nil {
		return err
	}
	return v.redirect("/login")
}

// switchOrganisation looks at another of the person's organisations.
func (s *Site) switchOrganisation(v *Visit) error {
	wanted := v.r.PostFormValue("tenant")
	for _, m := range v.Members {
		if m.Organisation.Tenant == wanted {
			s.sessions.Put(v.ctx(), keyTenant, wanted)
			return v.redirect("/")
		}
	}
	return ErrNotFound
}

// enter asks once more before a demonstration's address signs in, so that no
// picture or link elsewhere does it unasked.
func (s *Site) enter(v *Visit) error {
	f := v.form()
	if _, err := s.People.Ticket(v.ctx(), f.Token, people.TicketEnter); err != nil {
		return s.again(v, "enter", "Demonstration", f, err)
	}
	return s.render(v, "enter", "Demonstration", f)
}

func (s *Site) enterPost(v *Visit) error {
	f := v.form()
	person, err := s.People.Enter(v.ctx(), f.Token)
	if err != nil {
		return s.again(v, "enter", "Demonstration", f, err)
	}
	return s.welcome(v, person, "/")
}
