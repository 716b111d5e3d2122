package stripe

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"tieout/internal/clock"
	"tieout/sandbox/delivery"
)

// Options make a Server.
type Options struct {
	Clock  clock.Clock
	Seed   int64
	Limits bool // false: requests are counted but never refused
}

// Server is the stand-in for api.stripe.com and, at the same root, for the
// hosted pages of payment links and checkout sessions.
type Server struct {
	opts Options
	mux  *http.ServeMux

	mu       sync.RWMutex
	base     string
	accounts map[string]*Account // by secret key
	order    []string
	rnd      *rand.Rand
	requests int64

	keys    map[string]secondKey
	revoked map[string]bool
	limited atomic.Bool

	subscriptions *subscriptions
	connections   connections
}

// New makes a server without accounts.
func New(opts Options) *Server {
	s := &Server{
		opts: opts, mux: http.NewServeMux(), accounts: map[string]*Account{},
		rnd: rand.New(rand.NewPCG(uint64(opts.Seed), 0x7374726970650001)),
	}
	s.subscriptions = newSubscriptions(delivery.New(delivery.Options{Clock: opts.Clock, Seed: opts.Seed, Retries: retryGaps}))
	s.subscriptions.report = s.reported
	s.limited.Store(opts.Limits)
	s.connections, s.keys, s.revoked = newConnections(), map[string]secondKey{}, map[string]bool{}
	s.routes()
	return s
}

// SetBaseURL tells the server under which URL it is reached; links and pages
// carry it. Objects made earlier are not rewritten.
func (s *Server) SetBaseURL(base string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.base = strings.TrimRight(base, "/")
}

func (s *Server) baseURL() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.base
}

// AddAccount opens an account; its secret key must be new.
func (s *Server) AddAccount(opts AccountOptions) (*Account, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if opts.SecretKey == "" {
		return nil, fmt.Errorf("stripe: add account %s: no secret key", opts.Name)
	}
	if _, taken := s.accounts[opts.SecretKey]; taken {
		return nil, fmt.Errorf("stripe: add account %s: secret key already in use", opts.Name)
	}
	switch opts.PayoutSchedule {
	case "", "daily", "manual":
	default:
		return nil, fmt.Errorf("stripe: add account %s: payout schedule %q is neither daily nor manual", opts.Name, opts.PayoutSchedule)
	}
	if v := opts.APIVersion; v != "" && (!knownVersion(v) || !since(v, APIVersion)) {
		return nil, fmt.Errorf("stripe: add account %s: API version %q is unknown or older than %s", opts.Name, v, APIVersion)
	}
	for currency, to := range opts.SettleIn {
		if !to.possible() {
			return nil, fmt.Errorf("stripe: add account %s: settlement of %s in %q at rate %q", opts.Name, currency, to.Currency, to.Rate)
		}
	}
	rnd := rand.New(rand.NewPCG(s.rnd.Uint64(), s.rnd.Uint64()))
	a := newAccount(opts, s.opts.Clock, rnd, s.baseURL)
	a.subscriptions = s.subscriptions
	for _, key := range s.order {
		if s.accounts[key].opts.ID == a.opts.ID {
			return nil, fmt.Errorf("stripe: add account %s: id %s already in use", opts.Name, a.opts.ID)
		}
	}
	s.accounts[opts.SecretKey] = a
	s.order = append(s.order, opts.SecretKey)
	return a, nil
}

// Accounts lists the accounts in the order they were added.
func (s *Server) Accounts() []*Account {
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]*Account, len(s.order))
	for i, k := range s.order {
		out[i] = s.accounts[k]
	}
	return out
}

// Account finds an account by its id; nil when there is none.
func (s *Server) Account(id string) *Account {
	for _, a := range s.Accounts() {
		if a.opts.ID == id {
			return a
		}
	}
	return nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// Requests is the number of API requests answered so far.
func (s *Server) Requests() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.requests
}

// call is one API request inside an account, which is locked.
type call struct {
	*Account
	params
	req      *http.Request
	version  string // Stripe-Version of the request
	now      int64
	limited  bool   // the vendor's limits are counted
	body     []byte // the answer
	reshaped bool   // the answer has the shape of the version already
	total    int64  // total_count of a search
}

type handler func(c *call) *Error

// op registers an operation with the parameters that it takes.
func (s *Server) op(pattern, allowed string, run handler) {
	set := map[string]bool{"expand[]": true}
	for name := range strings.FieldsSeq(allowed) {
		set[name] = true
	}
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, set, run) })
}

// maxBody bounds a request body; Stripe's own bound is not documented.
const maxBody = 1 << 20

func (s *Server) serve(w http.ResponseWriter, r *http.Request, allowed map[string]bool, run handler) {
	s.mu.Lock()
	s.requests++
	reqID := "req_" + s.randomText(14)
	s.mu.Unlock()
	h := w.Header()
	h.Set("Request-Id", reqID)
	h.Set("Stripe-Version", versionAsked(r))
	a, e := s.authenticate(r)
	if e == nil {
		h.Set("Stripe-Version", a.versionAsked(r))
		e = checkHeaders(r)
	}
	if id := r.Header.Get("Stripe-Account"); id != "" {
		h.Set("Stripe-Account", id)
	}
	if e != nil {
		writeError(w, e)
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeError(w, invalid("", "", "The request body could not be read: %s", err))
		return
	}
	encoded := r.URL.RawQuery
	if r.Method == http.MethodPost && len(raw) > 0 {
		if e := checkContentType(r.Header.Get("Content-Type")); e != nil {
			writeError(w, e)
			return
		}
		encoded = strings.Trim(encoded+"&"+string(raw), "&")
	}
	s.runIn(w, r, a, encoded, reqID, allowed, run)
}

func (s *Server) runIn(w http.ResponseWriter, r *http.Request, a *Account, encoded, reqID string, allowed map[string]bool, run handler) {
	now := a.enter()
	defer a.leave()
	if why := a.overRate(now, r.Pattern); s.limited.Load() && why != "" {
		writeError(w, rateLimited(why))
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if r.Method == http.MethodGet {
		key = ""
	}
	if key != "" {
		w.Header().Set("Idempotency-Key", key)
		w.Header().Set("Stripe-Should-Retry", "false")
		w.Header().Set("Original-Request", reqID)
		if done := a.replayed(w, r, key, encoded, now); done {
			return
		}
	}
	c := &call{Account: a, req: r, version: a.versionOf(r), now: now, limited: s.limited.Load()}
	a.cause = eventRequest{ID: opt(reqID), IdempotencyKey: opt(key)}
	e := c.execute(encoded, allowed, run)
	a.cause = eventRequest{}
	status, body := http.StatusOK, c.body
	if e != nil {
		e.RequestLogURL = logURL(reqID, a.opts.Livemode, now)
		status, body = e.Status, errorBody(e)
	}
	if e != nil && e.why != "" {
		w.Header().Set("Stripe-Rate-Limited-Reason", e.why)
	}
	// Stripe docs: idempotency. Nothing is kept when validation failed; a
	// declined card or a state that forbids the step is a result like a success.
	if key != "" && (e == nil || e.Type == typeCard || e.Param == "" && e.Status == http.StatusBadRequest) {
		a.remember(key, r, encoded, reqID, status, body, now)
	}
	writeBody(w, status, body)
}

// execute checks the parameters, runs the operation and expands its answer.
func (c *call) execute(encoded string, allowed map[string]bool, run handler) *Error {
	p, e := parseParams(encoded)
	if e != nil {
		return e
	}
	c.params = p
	if bad := append(p.unknown(allowed), c.untimely()...); len(bad) > 0 {
		word := "parameter"
		if len(bad) > 1 {
			word = "parameters"
		}
		return invalid("parameter_unknown", bad[0], "Received unknown %s: %s", word, strings.Join(bad, ", "))
	}
	if e := p.tooLong(); e != nil {
		return e
	}
	tree, e := expansions(p.array("expand"))
	if e != nil {
		return e
	}
	if e := run(c); e != nil {
		for _, inside := range []*json.RawMessage{&e.PaymentIntent, &e.PaymentMethod, &e.SetupIntent} {
			*inside = c.inVersion(*inside, c.version)
		}
		return e
	}
	if !c.reshaped {
		c.body = c.inVersion(c.body, c.version)
	}
	if len(tree) == 0 {
		return nil
	}
	c.body, e = c.expand(c.body, tree, "")
	return e
}

// authenticate finds who calls and the account that the request is about.
func (s *Server) authenticate(r *http.Request) (*Account, *Error) {
	who, e := s.identify(r)
	if e != nil {
		return nil, e
	}
	a, e := s.reach(who, r)
	if e != nil {
		return nil, e
	}
	return a, who.permit(r, a.opts.ID)
}

func checkHeaders(r *http.Request) *Error {
	if v := versionOf(r); !knownVersion(v) {
		return invalid("", "", "Invalid Stripe API version: %s", v)
	}
	return nil
}

func (s *Server) randomText(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[s.rnd.IntN(len(alphabet))])
	}
	return b.String()
}

func writeError(w http.ResponseWriter, e *Error) {
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="Stripe"`)
	}
	if e.why != "" {
		w.Header().Set("Stripe-Rate-Limited-Reason", e.why)
	}
	if e.retry != "" {
		w.Header().Set("Stripe-Should-Retry", e.retry)
	}
	writeBody(w, e.Status, errorBody(e))
}

func errorBody(e *Error) []byte {
	b, err := json.Marshal(map[string]*Error{"error": e})
	if err != nil { // texts and an object that this package rendered: cannot fail
		return []byte(`{"error":{"type":"api_error"}}`)
	}
	return b
}

func writeBody(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has gone away is none of the stand-in's business.
	_, _ = w.Write(body)
}

// sortedKeys gives map keys in a stable order.
func sortedKeys[V any](m map[string]V) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}
