// Package api lets programs do what people do on the pages: the same readers,
// the same permissions, with JSON in place of HTML; and it feeds spreadsheets.
// One table of routes (routes.go) is what is served and what the OpenAPI
// document describes. It never touches the database or a vendor.
package api

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tieout/people"
	"tieout/web"
)

// Options are what an API is made of.
type Options struct {
	People  *people.Service
	Readers web.Readers
	Answers Answers
	Counter Counter
	// Now is the engine's time, Wall that of the people and programs who ask.
	Now, Wall func() time.Time
	// Proxied says that requests come through a proxy that adds the address of
	// its caller to X-Forwarded-For.
	Proxied bool
	// Log is told what went wrong; the program sees a reference to it.
	Log func(reference string, err error)
}

// Answers keeps what was answered to requests with an Idempotency-Key.
type Answers interface {
	// Take begins a request of a key: true where it has to be done now, else what
	// was answered before, with Status 0 while that is worked at.
	Take(ctx context.Context, tenant, key, request, digest string, now time.Time) (Answer, bool, error)
	// Keep stores an answer; one without a Status gives the request up, so that
	// it may be sent again at once.
	Keep(ctx context.Context, tenant, key, request string, a Answer) error
}

// Answer is what a request was answered.
type Answer struct {
	// Digest is that of the request's content.
	Digest string
	Status int
	Body   string
}

// API serves programs.
type API struct {
	Options
	limits   *limits
	document []byte
	page     []byte
	mux      *http.ServeMux
}

// Base is where the API stands.
const Base = "/api/v1"

// maxBody bounds what a request may send, unless its route takes more.
const maxBody = 64 << 10

// New prepares an API.
func New(o Options) (*API, error) {
	a := &API{Options: o, mux: http.NewServeMux()}
	if a.Log == nil {
		a.Log = func(string, error) {}
	}
	a.limits = newLimits(o.Wall, o.Counter, a.Log)
	routes := Routes()
	var err error
	if a.document, err = json.MarshalIndent(document(routes), "", " "); err != nil {
		return nil, fmt.Errorf("api: document: %w", err)
	}
	if a.page, err = page(routes); err != nil {
		return nil, err
	}
	for _, r := range routes {
		a.mux.Handle(r.Method+" "+Base+r.Path, a.serve(r))
	}
	a.mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) { a.give(w, "application/json", a.document) })
	a.mux.HandleFunc("GET /api/{$}", func(w http.ResponseWriter, _ *http.Request) { a.give(w, "text/html; charset=utf-8", a.page) })
	a.mux.HandleFunc("GET /api/style.css", func(w http.ResponseWriter, _ *http.Request) { a.give(w, "text/css; charset=utf-8", []byte(style)) })
	a.mux.Handle("GET /feeds/{file}", http.HandlerFunc(a.feed))
	a.mux.HandleFunc("/", a.nothing)
	return a, nil
}

// ServeHTTP serves what begins with /api/ or /feeds/.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	a.mux.ServeHTTP(w, r)
}

func (a *API) give(w http.ResponseWriter, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body)
}

// nothing answers an address that there is none for, or not with this method.
func (a *API) nothing(w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	if allowed == nil {
		problem(w, errNothing)
		return
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	problem(w, errMethod)
}

// Call is one request of a program.
type Call struct {
	w http.ResponseWriter
	r *http.Request
	people.Bearer
	*API
	// about says, for the audit log, more than the address does.
	about string
}

func (c *Call) ctx() context.Context { return c.r.Context() }

// tenant is the organisation's whose key it is.
func (c *Call) tenant() string { return c.Key.Tenant }

// own is whose customers alone are shown; "" for all.
func (c *Call) own() string {
	if c.May(people.See) {
		return ""
	}
	return c.Person.ID
}

// by is who does something, as journals name it: a signature of the person's with
// the key's name in it.
func (c *Call) by() string {
	p := c.Person
	p.Name += " (API key " + c.Key.Name + ")"
	return p.Signature()
}

// serve lets a request to its route when the key allows what the route needs.
func (a *API) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, cmp.Or(route.most, maxBody))
		c := &Call{w: w, r: r, API: a}
		err := c.admit(route) //nolint:contextcheck // a call carries its request's context
		if err == nil {
			err = c.answer(route) //nolint:contextcheck // a call carries its request's context
		}
		if err != nil {
			c.failed(err)
		}
	})
}

// admit finds out who asks and whether they may.
func (c *Call) admit(route Route) error {
	if err := c.bearer(); err != nil {
		return err
	}
	if !c.May(route.Need) {
		return errScope.with(fmt.Sprintf("This needs the permission %q, of the key as well as of %s's role, which is %s.", route.Need, c.Person.Name, c.Member.Role))
	}
	return nil
}

// answer does what is asked, once where the request says by what it is known.
func (c *Call) answer(route Route) error {
	in, digest, err := decode(c.r, route.in)
	if err != nil {
		return err
	}
	request := c.r.Header.Get("Idempotency-Key")
	if request == "" || route.Method == http.MethodGet {
		out, err := c.done(route, in)
		if err != nil || route.files != nil {
			return err
		}
		return c.send(http.StatusOK, "application/json", out)
	}
	return c.once(route, in, request, digest)
}

// send gives an answer as JSON.
func (c *Call) send(status int, kind string, out any) error {
	body, err := text(out)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", kind)
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body)
	return nil
}

// text is JSON without the escapes that only HTML needs.
func text(out any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(out); err != nil {
		return nil, fmt.Errorf("api: encode: %w", err)
	}
	return body.Bytes(), nil
}

// failed answers an error. What went wrong inside is logged and not shown.
func (c *Call) failed(err error) {
	known := known(err)
	if known.Status == http.StatusInternalServerError {
		if c.ctx().Err() != nil {
			return // nobody waits for the answer any more
		}
		const enough = 10
		known.Reference = rand.Text()[:enough]
		c.Log(known.Reference, err)
	}
	problem(c.w, known)
}

// missing says whether an error means that there is no such thing.
func missing(err error) bool {
	return errors.Is(err, web.ErrNotFound) || errors.Is(err, people.ErrNotFound)
}
