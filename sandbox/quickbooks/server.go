package quickbooks

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"tieout/internal/clock"
	"tieout/sandbox/delivery"
	"tieout/sandbox/oauth"
)

// Options configure a Server.
type Options struct {
	Clock        clock.Clock
	Seed         int64 // of realm ids, tokens and request ids
	ClientID     string
	ClientSecret string
	// RedirectURIs are exact; empty allows any loopback URI.
	RedirectURIs []string
	// Limits refuses requests above the documented rates; off, they are only
	// counted.
	Limits bool
	// CorePlus is how many metered calls (query, cdc, read) the app has for a
	// calendar month, over all companies; 0 = unmetered, as Intuit's sandboxes
	// are. With Limits, calls above it are refused until the month ends.
	CorePlus int64
	// Webhook is where events go; empty sends none. SetWebhook changes it.
	Webhook Webhook
	// HookClient sends webhook posts; nil is a client that follows no redirect.
	HookClient delivery.Doer
}

// Server is Intuit's hosts folded into one http.Handler: authorisation at
// /connect/oauth2, tokens at /oauth2/v1/tokens/bearer, the API at
// /v3/company/{realm}/. It is safe for concurrent use.
type Server struct {
	opt   Options
	kinds map[string]*kind
	oauth *oauth.Server
	// signer signs id tokens.
	signer *oauth.Signer
	mux    *http.ServeMux
	hook   *hook
	// limited is Options.Limits, until SetLimits changes it.
	limited atomic.Bool

	mu        sync.Mutex
	base      string
	companies map[string]*Company
	order     []string
	rnd       *rand.Rand
	month     string // of metered, "2006-01" in UTC
	metered   int64
}

// New returns a server without companies.
func New(o Options) *Server {
	s := &Server{opt: o, kinds: newKinds(), companies: map[string]*Company{}, rnd: rand.New(rand.NewPCG(uint64(o.Seed), 0x71626f))}
	s.limited.Store(o.Limits)
	s.oauth, s.signer = s.newOAuth(), oauth.NewSigner("sandbox-intuit")
	s.mux = s.routes()
	s.hook = s.newHook()
	return s
}

// SetBaseURL tells the server under which URL it is reached.
func (s *Server) SetBaseURL(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimRight(url, "/")
}

func (s *Server) baseURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// AddCompany adds a company; unless it is to be loaded from a recording it
// comes with a chart of accounts, an item, terms and payment methods.
func (s *Server) AddCompany(o CompanyOptions) (*Company, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if o.RealmID == "" {
		o.RealmID = strconv.FormatInt(9_341_450_000_000_000+s.rnd.Int64N(9_999_999_999), 10)
	}
	if s.companies[o.RealmID] != nil {
		return nil, fmt.Errorf("quickbooks: company %s exists already", o.RealmID)
	}
	c, err := newCompany(o, s.opt.Clock, s.kinds)
	if err != nil {
		return nil, err
	}
	if !o.Recorded {
		if err := c.furnish(o); err != nil {
			return nil, err
		}
	}
	c.base, c.notify, c.meter = s.baseURL, s.hook.add, func() { s.meter() }
	s.companies[o.RealmID] = c
	s.order = append(s.order, o.RealmID)
	return c, nil
}

// Companies lists the companies in the order they were added.
func (s *Server) Companies() []*Company {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*Company, 0, len(s.order))
	for _, id := range s.order {
		out = append(out, s.companies[id])
	}
	return out
}

// Company finds a company by realm id; nil when there is none.
func (s *Server) Company(realmID string) *Company {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.companies[realmID]
}

// Disconnect ends every grant of a company, as when a user disconnects the app
// inside QuickBooks. It returns how many grants died.
func (s *Server) Disconnect(realmID string) int {
	n := 0
	for _, g := range s.oauth.Grants() {
		if contains(g.Subjects, realmID) {
			s.oauth.RevokeGrant(g.ID)
			n++
		}
	}
	return n
}

// Dump is the complete state of all companies, for JSON.
func (s *Server) Dump() any {
	out := map[string]any{}
	for _, c := range s.Companies() {
		out[c.realm] = c.Dump()
	}
	return map[string]any{"companies": out, "grants": len(s.oauth.Grants())}
}

// ServeHTTP answers as Intuit's hosts do; every answer carries intuit_tid.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.head(w)
	s.mux.ServeHTTP(w, r)
}

// head sets the headers of every answer, errors too.
func (s *Server) head(w http.ResponseWriter) {
	// The name is written as documented, in lower case with an underscore.
	w.Header()["intuit_tid"] = []string{s.requestID()}
	w.Header().Set("QBO-Version", qboVersion)
	w.Header().Set("Service-Time", "total=1, db=1")
	w.Header().Set("Cache-Control", "no-cache, no-store")
}

// qboVersion and the Service-Time header have the names of the real ones
// (recorded headers); their values are ours.
const qboVersion = "2000.100"

func (s *Server) requestID() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("1-%08x-%016x%08x", s.rnd.Uint32(), s.rnd.Uint64(), s.rnd.Uint32())
}

func (s *Server) routes() *http.ServeMux {
	m := http.NewServeMux()
	m.HandleFunc("/.well-known/openid_configuration", s.discovery)
	m.HandleFunc("/.well-known/openid_sandbox_configuration", s.discovery)
	// Intuit's Python SDK asks with a slash at the end.
	m.HandleFunc("/.well-known/openid_configuration/{$}", s.discovery)
	m.HandleFunc("/.well-known/openid_sandbox_configuration/{$}", s.discovery)
	m.HandleFunc("/connect/oauth2", s.oauth.Authorize)
	m.HandleFunc("/oauth2/v1/tokens/bearer", s.token)
	m.HandleFunc("/v2/oauth2/tokens/revoke", s.oauth.Revoke)
	m.HandleFunc("GET /op/v1/jwks", s.keySet)
	m.HandleFunc("GET /v1/openid_connect/userinfo", s.userInfo)
	m.HandleFunc("/v3/company/{realm}/{path...}", s.company)
	m.HandleFunc("GET /attachments/{realm}/{id}/{name}", s.serveFile)
	m.HandleFunc("GET /portal/{realm}/{id}", s.portal)
	m.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.writeFault(w, r, nil, faultUnsupported("Operation "+r.URL.Path+" is not supported."))
	})
	return m
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// uuidFrom makes a version 4 UUID.
func uuidFrom(rnd *rand.Rand) string {
	hi, lo := rnd.Uint64(), rnd.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xfff, 0x8000|lo>>48&0x3fff, lo&0xffffffffffff)
}
