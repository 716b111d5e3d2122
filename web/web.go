// Package web is the screen: pages rendered on the server for the people of an
// installation, with a small script that only keeps them live. One file for
// each page, one table of routes with what each asks for (routes.go). It shows
// what readers give it; it never touches the database or a vendor.
package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/alexedwards/scs/v2"

	"tieout/people"
)

// Options are what a site is made of.
type Options struct {
	People   *people.Service
	Sessions SessionStore
	Readers  Readers
	// SignOn is where people may sign in instead; nil is nowhere.
	SignOn SignOn
	// Now is the engine's time, which pages show. Wall is that of the people who
	// look at them: sessions end by it. Outside of the demonstration they are
	// the same.
	Now, Wall func() time.Time
	// URL is where people reach the site, such as https://tieout.example.com;
	// "" for this machine only. With https, cookies are sent over TLS alone.
	URL string
	// Proxied says that requests come through a proxy that adds the address of
	// its caller to X-Forwarded-For.
	Proxied bool
	// Log is told what went wrong; the person sees a reference to it.
	Log func(reference string, err error)
}

// Site serves all pages.
type Site struct {
	Options
	pages    pages
	assets   assets
	sessions *scs.SessionManager
	live     *live
	secure   bool
	handler  http.Handler
}

// New prepares a site: every template is parsed, every route has its
// permission.
func New(o Options) (*Site, error) {
	s := &Site{Options: o}
	if s.Log == nil {
		s.Log = func(string, error) {}
	}
	if o.URL != "" {
		address, err := url.Parse(o.URL)
		if err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
			return nil, fmt.Errorf("web: %q is not the address of a site, such as https://tieout.example.com", o.URL)
		}
		s.secure = address.Scheme == "https"
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.pages, err = parsePages(); err != nil {
		return nil, err
	}
	s.sessions = newSessions(o.Sessions, o.Wall, s.secure)
	s.live = newLive(o.Readers.Pulse)
	s.handler = s.build()
	return s, nil
}

// ServeHTTP serves a request.
func (s *Site) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close ends the connections of live pages, so that a server can stop. They
// come again to whichever machine goes on.
func (s *Site) Close() { s.live.once.Do(func() { close(s.live.over) }) }

// build puts the routes behind what guards all of them.
func (s *Site) build() http.Handler {
	mux := http.NewServeMux()
	for _, route := range Routes() {
		mux.Handle(route.Method+" "+route.Pattern, s.serve(route))
	}
	mux.Handle("GET /assets/{version}/{name}", s.assets)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.Handle("/", s.serve(Route{Need: people.Public, page: (*Site).nothing}))
	return headers(s.secure, crossOrigin(s.sessions.LoadAndSave(mux)))
}

// ErrClock says that this machine's clock is not the database's.
var ErrClock = errors.New("the clock of this machine is not the database's")

// healthz says whether the database answers and takes changes, and the clock is
// right; it tells nothing else to nobody.
func (s *Site) healthz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := s.Readers.Pulse.Healthy(r.Context()); err != nil {
		why := "not ok"
		if errors.Is(err, ErrClock) {
			why += ": " + ErrClock.Error()
		}
		http.Error(w, why, http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

// nothing is the page of an address that there is none for.
func (s *Site) nothing(*Visit) error { return errNothing }
