package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"tieout/people"
)

// Visit is one request of a person to a page.
type Visit struct {
	w http.ResponseWriter
	r *http.Request
	// Person is who is signed in; the zero Person is nobody.
	Person people.Person
	// Member is the organisation that is looked at and what the person is in
	// it, of all in Members.
	Member  people.Membership
	Members []people.Membership
	site    *Site
	// about says, for the audit log, more than the address and the form do.
	about string
}

// Errors that a page ends with.
var (
	errNothing = errors.New("there is no such page")
	// ErrForbidden says that somebody's role does not allow what was asked.
	ErrForbidden = errors.New("this role may not do that")
)

// ErrNotFound is what a reader says of what is not there, or not this
// organisation's.
var ErrNotFound = errors.New("not found")

func (v *Visit) ctx() context.Context { return v.r.Context() }

// tenant is that of the organisation that is looked at.
func (v *Visit) tenant() string { return v.Member.Organisation.Tenant }

func (v *Visit) signedIn() bool { return v.Person.ID != "" }

// own is whose customers alone are shown; "" for all.
func (v *Visit) own() string {
	if v.Member.Role.May(people.See) {
		return ""
	}
	return v.Person.ID
}

// maxForm bounds what a form may send, unless it takes a file.
const maxForm = 1 << 20

// most is how many bytes a form of the route may send.
func (r Route) most() int64 {
	if r.Pattern == "/bank/read" || r.Pattern == "/bank/import" {
		return maxUpload
	}
	return maxForm
}

// serve finds out who asks, whether they may, and gives the page.
func (s *Site) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, route.most())
		v := &Visit{w: w, r: r, site: s}
		err := s.recognise(v) //nolint:contextcheck // a visit carries its request's context
		if err == nil {
			err = s.admit(v, route) //nolint:contextcheck // a visit carries its request's context
		}
		if err != nil {
			s.failed(v, err) //nolint:contextcheck // as above
		}
	})
}

// recognise finds the person and the organisation of a session.
func (s *Site) recognise(v *Visit) error {
	id := s.sessions.GetString(v.ctx(), keyPerson)
	if id == "" {
		return nil
	}
	person, err := s.People.Accounts.Person(v.ctx(), id)
	if err != nil && !errors.Is(err, people.ErrNotFound) {
		return err
	}
	now, seen := s.Wall().Unix(), s.sessions.GetInt64(v.ctx(), keySeen)
	if err != nil || s.sessions.GetInt64(v.ctx(), keyEpoch) != person.Epoch || now-seen > int64(idleLife.Seconds()) {
		return s.sessions.Destroy(v.ctx())
	}
	if now-seen > int64(seenEvery.Seconds()) {
		s.sessions.Put(v.ctx(), keySeen, now)
	}
	v.Person = person
	if v.Members, err = s.People.Organisations.Memberships(v.ctx(), id); err != nil || len(v.Members) == 0 {
		return err
	}
	v.Member = v.Members[0]
	tenant := s.sessions.GetString(v.ctx(), keyTenant)
	for _, m := range v.Members {
		if m.Organisation.Tenant == tenant {
			v.Member = m
		}
	}
	return nil
}

// fieldsFit reads a form's fields, and refuses one that is larger than is read: its
// fields would be empty, and said to be missing. Files are left to their page.
func fieldsFit(r *http.Request) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return nil
	}
	var tooLarge *http.MaxBytesError
	if err := r.ParseForm(); errors.As(err, &tooLarge) {
		return fmt.Errorf("web: form: %w", err)
	}
	return nil
}

// admit lets a visit to its page when the route's need is met.
func (s *Site) admit(v *Visit, route Route) error {
	switch {
	case route.Need == people.Public:
	case !v.signedIn():
		return s.askToSignIn(v)
	case route.Need == people.SignedIn:
	case !v.Member.Role.May(route.Need):
		return ErrForbidden
	}
	if err := fieldsFit(v.r); err != nil {
		return err
	}
	switch {
	case route.recorded():
		return s.recorded(v, route)
	case route.Method == http.MethodGet && v.signedIn() && v.r.Header.Get(fragmentHeader) == freshness:
		return s.render(v, "problem", "", nil)
	}
	return route.page(s, v)
}

// askToSignIn sends a page's reader to the log-in and back; a script is told
// plainly.
func (s *Site) askToSignIn(v *Visit) error {
	if v.r.Method != http.MethodGet || v.r.Header.Get(fragmentHeader) != "" || v.r.URL.Path == "/events" {
		v.w.Header().Set("X-Sign-In", "/login")
		http.Error(v.w, "Please sign in again.", http.StatusUnauthorized)
		return nil
	}
	address := "/login"
	if next := v.r.URL.RequestURI(); next != "/" {
		address += "?next=" + url.QueryEscape(next)
	}
	return v.redirect(address)
}

// redirect sends the browser to another page of the site.
func (v *Visit) redirect(to string) error {
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

// done goes on to a page and says a word there, once.
func (v *Visit) done(to, word string) error {
	v.site.sessions.Put(v.ctx(), keyFlash, word)
	return v.redirect(to)
}

// address is where the request came from.
func (v *Visit) address() string { return Caller(v.r, v.site.Proxied) }

// Caller is where a request came from; proxied says that a proxy of ours stands
// before the program, which adds it to X-Forwarded-For.
func Caller(r *http.Request, proxied bool) string {
	if proxied {
		// The last one was added by our proxy; the others are anybody's claim.
		list := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(list[len(list)-1]); last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// origin is the site's address as links to it begin.
func (v *Visit) origin() string {
	if v.site.URL != "" {
		return strings.TrimSuffix(v.site.URL, "/")
	}
	return "http://" + v.r.Host
}

// failed gives the page of an error. What went wrong inside is logged and not
// shown.
func (s *Site) failed(v *Visit, err error) {
	page := problemPage{view: v.view(), Code: http.StatusInternalServerError, Title: "Something went wrong"}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errNothing), errors.Is(err, ErrNotFound), errors.Is(err, people.ErrNotFound):
		page.Code, page.Title, page.Text = http.StatusNotFound, "There is nothing here", "The address may be mistyped, or what it showed is gone."
	case errors.Is(err, ErrForbidden):
		page.Code, page.Title = http.StatusForbidden, "Your role does not allow this"
		page.Text = fmt.Sprintf("You are %s of %s. An owner can change that under Settings.", article(string(v.Member.Role)), v.Member.Organisation.Name)
		if len(v.Members) == 0 {
			page.Text = "You belong to no organisation. Ask an owner for an invitation."
		}
	case errors.As(err, &tooLarge):
		page.Code, page.Title, page.Text = http.StatusRequestEntityTooLarge, "That was too much", "The form is larger than this page takes."
	case v.ctx().Err() != nil:
		return // nobody waits for the answer any more
	default:
		page.Reference = rand.Text()[:10]
		page.Text = "The page cannot be shown now. Please try again in a moment."
		s.Log(page.Reference, err)
	}
	if shown := s.show(v, page.Code, "problem", page.Title, page); shown != nil {
		http.Error(v.w, page.Title, page.Code)
	}
}

// article puts "a" or "an" before a word.
func article(word string) string {
	switch {
	case word == "":
		return "a stranger"
	case strings.ContainsAny(word[:1], "aeiou"):
		return "an " + word
	}
	return "a " + word
}

// problemPage is the page of an error.
type problemPage struct {
	view
	Code                   int
	Title, Text, Reference string
}
