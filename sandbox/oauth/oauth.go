// Package oauth is the authorisation-code half of a vendor stand-in: a consent
// page, codes, access and refresh tokens, revocation. The vendor packages give
// it their lifetimes, the choices their consent page offers and what they add
// to answers; it must not know any vendor's name, paths or scopes.
package oauth

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"time"

	"tieout/internal/clock"
)

// Errors of Check.
var (
	// ErrExpired is returned for an access token that was good once.
	ErrExpired = errors.New("oauth: access token expired")
	// ErrUnknown is returned for an access token that was never issued or whose
	// grant was revoked.
	ErrUnknown = errors.New("oauth: access token unknown")
)

// Choice is one thing the user can give access to on the consent page: a
// company, an organisation.
type Choice struct {
	ID   string // what comes back as the form's "choice"
	Name string // what the user reads
}

// Grant is one consent: who may be reached with its tokens, and for what.
type Grant struct {
	ID       string
	Subjects []string // ids of the choices that were allowed
	Scopes   []string
	Created  time.Time
}

// Issue is one token answer in the making.
type Issue struct {
	*Grant
	Access string
	// Nonce is the authorisation request's, on the exchange of its code only.
	Nonce string
}

// Options configures a Server. The durations must be positive, except Grace.
type Options struct {
	Clock        clock.Clock
	Seed         int64 // of codes, tokens and grant ids
	ClientID     string
	ClientSecret string // empty = a public client that must use PKCE
	// RedirectURIs are matched exactly. Empty allows any http URI on localhost
	// or 127.0.0.1.
	RedirectURIs []string
	CodeLife     time.Duration
	AccessLife   time.Duration
	RefreshLife  time.Duration // counted from the issue of each refresh token
	// Grace is how long a used refresh token still works. 0 = dies at once.
	Grace time.Duration
	// GrantLife is the hard end of all refresh tokens of a grant, counted from
	// the consent. 0 = none.
	GrantLife time.Duration
	Choices   func() []Choice // what consent offers; asked on every page
	Single    bool            // exactly one choice may be allowed
	// OnGrant gives extra parameters of the redirect back. May be nil.
	OnGrant func(g *Grant) url.Values
	// OnRevoke is told after a grant was ended at the revocation endpoint. May be
	// nil.
	OnRevoke func(g *Grant)
	// TokenExtra gives extra members of a token answer; a nil value removes a
	// standard member. May be nil.
	TokenExtra func(i Issue) map[string]any
	// Machine gives what a client reaches by its own credentials, without a
	// user, or the OAuth error code. nil = the grant type is not supported.
	Machine func(scopes []string) (subjects []string, problem string)
	// BadClientStatus is the status of invalid_client; 0 is 401.
	BadClientStatus int
	// Describe is the error_description of an OAuth error code at the token
	// endpoint, or "". May be nil.
	Describe func(problem string) string
	// Mint makes the access token's text; it must be unique. nil = opaque text.
	Mint func(g *Grant, expires time.Time) string
	// ScopeError names the OAuth error code for scopes that this vendor refuses,
	// or "" when they are fine. May be nil.
	ScopeError func(scopes []string) string
}

// Server issues and checks tokens for one registered client. It is safe for
// concurrent use.
type Server struct {
	opt     Options
	mu      sync.Mutex
	rnd     *rand.Rand
	codes   map[string]*code
	access  map[string]accessToken
	refresh map[string]*refreshToken
	grants  map[string]*grantState
	order   []string // grant ids, oldest first
}

type code struct {
	grant       string
	redirectURI string
	challenge   string
	nonce       string
	expires     time.Time
	used        bool
}

type accessToken struct {
	grant   string
	expires time.Time
}

type refreshToken struct {
	grant   string
	expires time.Time
	used    bool
	usedAt  time.Time
}

// grantState is a grant with what was issued under it, oldest first.
type grantState struct {
	Grant
	access  []string
	refresh []string
}

// keptTokens bounds the tokens remembered per grant, so that a stand-in that
// runs for weeks does not grow; an older token answers ErrUnknown.
const keptTokens = 64

// NewServer returns a server without grants.
func NewServer(opt Options) *Server {
	return &Server{
		opt:     opt,
		rnd:     rand.New(rand.NewPCG(uint64(opt.Seed), 0x6f61757468)),
		codes:   map[string]*code{},
		access:  map[string]accessToken{},
		refresh: map[string]*refreshToken{},
		grants:  map[string]*grantState{},
	}
}

// Check finds the grant behind an access token. The error is ErrExpired or
// ErrUnknown.
func (s *Server) Check(token string) (*Grant, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, ok := s.access[token]
	if !ok {
		return nil, ErrUnknown
	}
	if !s.opt.Clock.Now().Before(t.expires) {
		return nil, ErrExpired
	}
	g := s.grants[t.grant].Grant
	return &g, nil
}

// RevokeGrant forgets a grant and all its tokens; false when it is unknown.
func (s *Server) RevokeGrant(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoke(id)
}

func (s *Server) revoke(id string) bool {
	g, ok := s.grants[id]
	if !ok {
		return false
	}
	for _, t := range g.access {
		delete(s.access, t)
	}
	for _, t := range g.refresh {
		delete(s.refresh, t)
	}
	delete(s.grants, id)
	s.order = slices.DeleteFunc(s.order, func(o string) bool { return o == id })
	return true
}

// Grants lists the live grants, oldest first.
func (s *Server) Grants() []*Grant {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Grant, 0, len(s.order))
	for _, id := range s.order {
		g := s.grants[id].Grant
		out = append(out, &g)
	}
	return out
}

// addGrant records a consent. The caller holds the lock.
func (s *Server) addGrant(subjects, scopes []string) *Grant {
	g := &grantState{Grant: Grant{ID: s.uuid(), Subjects: subjects, Scopes: scopes, Created: s.opt.Clock.Now()}}
	s.grants[g.ID] = g
	s.order = append(s.order, g.ID)
	out := g.Grant
	return &out
}

// uuid makes a version 4 UUID from the seeded source.
func (s *Server) uuid() string {
	hi, lo := s.rnd.Uint64(), s.rnd.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}

// text makes n characters of token text from the seeded source.
func (s *Server) text(n int) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[s.rnd.IntN(len(letters))]
	}
	return string(b)
}
