// Package xero is a stateful stand-in for Xero over HTTP: sign-in, connections
// and the accounting API of one or more organisations, served at the root of
// one port. It is written from Xero's documents alone and must not import the
// client it is there to test; what no document says is listed in its README.
package xero

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/oauth"
	"tieout/sandbox/throttle"
)

// Options configures a Server.
type Options struct {
	Clock        clock.Clock
	Seed         int64 // of ids and tokens
	ClientID     string
	ClientSecret string
	// RedirectURIs are matched exactly; empty allows any loopback URI.
	RedirectURIs []string
	// Limits refuses calls over the limits; false counts and shows them only.
	Limits bool
	// DayLimit is the calls a day per organisation; 0 = what the tier has.
	DayLimit int
	// Tier of the app, TierStarter to TierAdvanced; empty = TierCore.
	Tier string
	// PaymentServices grants the scope paymentservices, which Xero gives to
	// certified payment service partners only.
	PaymentServices bool
	// Webhook receives events; without a URL there are none.
	Webhook Webhook
	// BulkConnections lets one consent cover several organisations, which Xero
	// grants to the Advanced tier only.
	BulkConnections bool
	AppName         string // ProviderName of answers; empty = Tieout Sandbox
}

// Server is the stand-in. It is safe for concurrent use.
type Server struct {
	opt  Options
	auth *oauth.Server
	mux  *http.ServeMux
	// signer signs access and id tokens.
	signer *oauth.Signer

	mu        sync.Mutex
	base      string
	orgs      []*Organisation
	ids       *idSource
	appMinute throttle.Window
	limits    bool
	hook      hook
}

// New returns a server without organisations.
func New(opt Options) *Server {
	if opt.DayLimit == 0 {
		opt.DayLimit = dayLimit(opt.Tier)
	}
	opt.AppName = orElse(opt.AppName, "Tieout Sandbox")
	s := &Server{
		opt: opt, limits: opt.Limits, ids: newIDSource(uint64(opt.Seed)), appMinute: throttle.Window{Length: time.Minute},
		signer: oauth.NewSigner("sandbox-xero"),
	}
	s.hook.open(s)
	s.auth = s.newAuth()
	s.routes()
	return s
}

// SetBaseURL tells the server where it is reached, without a slash at the end.
func (s *Server) SetBaseURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimSuffix(base, "/")
}

func (s *Server) baseURL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.base
}

// AddOrganisation opens an organisation with a chart of accounts.
func (s *Server) AddOrganisation(opt OrganisationOptions) (*Organisation, error) {
	for _, c := range append([]string{orElse(opt.BaseCurrency, "USD")}, opt.Currencies...) {
		if len(c) != 3 || c != strings.ToUpper(c) {
			return nil, fmt.Errorf("xero: add organisation: %q is not a currency code", c)
		}
	}
	if opt.Name == "" && !opt.Empty {
		return nil, fmt.Errorf("xero: add organisation: a name is needed")
	}
	s.mu.Lock()
	n := len(s.orgs)
	s.mu.Unlock()
	o := newOrganisation(s, uint64(s.opt.Seed)*1_000_003+uint64(n)+1, opt)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.orgs = append(s.orgs, o)
	return o, nil
}

// Organisations lists the organisations in the order they were added.
func (s *Server) Organisations() []*Organisation {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]*Organisation(nil), s.orgs...)
}

// Organisation finds an organisation by its tenant id.
func (s *Server) Organisation(id string) (*Organisation, bool) {
	for _, o := range s.Organisations() {
		if strings.EqualFold(o.tenantID(), id) {
			return o, true
		}
	}
	return nil, false
}

func (o *Organisation) tenantID() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.id
}

// ServeHTTP serves sign-in, connections and the API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Server) routes() {
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /.well-known/openid-configuration", s.discovery)
	s.mux.HandleFunc("GET /identity/.well-known/openid-configuration", s.discovery)
	s.mux.HandleFunc("GET /.well-known/openid-configuration/jwks", s.keySet)
	s.mux.HandleFunc("GET /identity/.well-known/openid-configuration/jwks", s.keySet)
	s.mux.HandleFunc("/identity/connect/authorize", s.auth.Authorize)
	s.mux.HandleFunc("/connect/token", s.auth.Token)
	s.mux.HandleFunc("/connect/revocation", s.auth.Revoke)
	s.mux.HandleFunc("GET /connect/userinfo", s.userInfo)
	// Xero's own description and SDKs write the path in both cases.
	for _, path := range []string{"/connections", "/Connections"} {
		s.mux.HandleFunc("GET "+path, s.listConnections)
		s.mux.HandleFunc("DELETE "+path+"/{id}", s.deleteConnection)
	}
	s.mux.HandleFunc("/api.xro/2.0/", s.api)
	s.mux.HandleFunc("GET /online/{id}", s.onlineInvoice)
}
