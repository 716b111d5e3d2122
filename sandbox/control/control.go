// Package control is the sandbox's own HTTP API, on a port of its own: it
// moves the clock, plays the customers and the bookkeeper, runs payouts, and
// shows the complete state. It must never be served on a vendor's port, and
// changes nothing but through the stand-ins' own rules.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// Clock is the sandbox's adjustable clock.
type Clock interface {
	Now() time.Time
	Advance(d time.Duration)
}

// Records are a ledger's objects in the vendor's own JSON.
type Records interface {
	Create(kind string, body []byte) ([]byte, error)
	Update(kind string, body []byte) ([]byte, error)
	Delete(kind, id string) ([]byte, error)
	Read(kind, id string) ([]byte, error)
	List(kind string) [][]byte
	Load(kind string, bodies [][]byte) error
}

// voider is a ledger with a void operation of its own; in others a void is an
// update of the status.
type voider interface {
	Void(kind, id string) ([]byte, error)
}

// merger is a ledger whose users can join two customers; the API cannot.
type merger interface {
	Merge(kind, winner, loser string) error
}

// locker is a ledger with lock dates that its users set outside the API.
type locker interface {
	SetLockDates(period, endOfYear string) error
}

// Ledger is one company with its bookkeeper and its customers.
type Ledger struct {
	ID      string // realm or tenant id
	Vendor  string // also the first segment of its paths
	Records Records
	Books   economy.Books
	Payers  *economy.Payers
	// Pays says whether a URL is a payment page of the ledger's Stripe.
	Pays func(url string) bool
	// Disconnect removes the app from the company, as its user may.
	Disconnect func()
}

// Sandbox is what the control API moves. Package sandbox implements it.
type Sandbox interface {
	Ledgers() []Ledger
	Account(id string) (Account, bool)
	Stripe() *stripe.Server
	Vendors() []Vendor
	Dump() any
	// LoadFolder adds the company recorded in a folder and returns what Ready
	// would have said of it.
	LoadFolder(ctx context.Context, folder string) (any, error)
	// Open adds an empty company and returns the same of it.
	Open(ctx context.Context, c Company) (any, error)
	// Reset starts the configured world anew.
	Reset(ctx context.Context) error
	// Pulse makes happen what a moved clock brings about.
	Pulse()
}

// New is the handler of the control API.
func New(clock Clock, box Sandbox) http.Handler {
	a := &api{clock: clock, box: box, mux: http.NewServeMux(), refuses: map[string]bool{}}
	a.routes()
	return a.mux
}

type api struct {
	clock Clock
	box   Sandbox
	mux   *http.ServeMux

	mu      sync.Mutex
	refuses map[string]bool // limits as they were switched, by vendor
}

// operation handles one request: what it returns is the answer as JSON.
type operation func(r *http.Request, body []byte) (any, error)

// route is an operation and what the index says of it.
type route struct {
	pattern, does string
	run           operation
}

func (a *api) routes() {
	all := append(a.worldRoutes(), a.frameRoutes()...)
	index := make([]map[string]string, len(all))
	for i, r := range all {
		a.mux.HandleFunc(r.pattern, a.serve(r.run))
		index[i] = map[string]string{"call": r.pattern, "does": r.does}
	}
	a.mux.HandleFunc("GET /{$}", a.serve(func(*http.Request, []byte) (any, error) {
		return map[string]any{"routes": index}, nil
	}))
	a.mux.HandleFunc("/", a.serve(func(r *http.Request, _ []byte) (any, error) {
		return nil, fmt.Errorf("%w: %s %s; GET / lists the routes", errNotFound, r.Method, r.URL.Path)
	}))
}

// worldRoutes move the clock, the companies and their customers.
func (a *api) worldRoutes() []route {
	return []route{
		{"GET /healthz", "lives", func(*http.Request, []byte) (any, error) { return map[string]bool{"ok": true}, nil }},
		{"GET /clock", "the time", func(*http.Request, []byte) (any, error) { return a.now(), nil }},
		{"POST /clock/advance", `moves the clock forward: {"days","hours","minutes","seconds"}; debits are decided, payouts arrive, webhooks go out`, a.advance},
		{"POST /clock/set", `moves the clock forward to an instant: {"now":"2026-12-24T00:00:00Z"}`, a.moveTo},
		{"GET /dump", "the complete state", func(*http.Request, []byte) (any, error) { return a.box.Dump(), nil }},
		{"POST /load", `adds a recorded company: {"folder"}; or puts objects in as they are: {"ledger","kind","bodies"}`, a.load},
		{"GET /economy", "what all rounds of the payers did", a.acted},
		{"POST /economy/act", `one round of the payers: {"ledger"} optional`, a.act},

		{"GET /{vendor}/{ledger}/{kind}", "the bookkeeper's objects in the vendor's own JSON", a.list},
		{"GET /{vendor}/{ledger}/{kind}/{id}", "one of them", a.read},
		{"POST /{vendor}/{ledger}/{path...}", "{kind}/create and {kind}/update with the vendor's JSON, {kind}/void and {kind}/delete with {\"id\"}", a.write},
		{"POST /ledgers/{ledger}/remove-link", `takes the payment link off: {"invoice"}`, a.removeLink},
		{"POST /ledgers/{ledger}/enter-payment", `a payment by hand: {"invoice","amount","into","note"}`, a.enterPayment},
		{"POST /ledgers/{ledger}/journal", `a journal on receivables: {"customer","currency","amount","note"}`, a.journal},

		{"POST /ledgers/{ledger}/merge", `joins two customers: {"kind":"Customer or Contacts","winner","loser"}`, a.merge},
		{"POST /ledgers/{ledger}/lock", `Xero's lock dates, or QuickBooks' closing date as the period: {"period":"2026-06-30","end_of_year":""}`, a.lock},

		{"POST /stripe/{account}/{act}", "an act of payer, bank or owner: " + strings.Join(actNames(), ", "), a.stripe},
		{"POST /stripe/{account}/payouts/run", "pays out what is available", func(r *http.Request, _ []byte) (any, error) {
			return a.onAccount(r, func(s Account) (any, error) {
				ids, err := s.RunPayouts()
				return map[string][]string{"payouts": ids}, err
			})
		}},
		{"POST /stripe/{account}/restricted-key", `a key that may do only what is named: {"key":"rk_test_x","permissions":["charge_read","customer_write"]}`, a.restrictedKey},
		{"POST /stripe/{account}/revoke-key", `ends a key: {"key"}; left out, the account's own`, a.revokeKey},
		{"POST /stripe/{account}/platform", `ties the account to a platform, or ends it: {"platform":"acct_...","end":false}`, a.platform},
		{"GET /stripe/{account}/debits", "bank debits that are not decided yet", func(r *http.Request, _ []byte) (any, error) {
			return a.onAccount(r, func(s Account) (any, error) {
				return map[string][]string{"pending": s.PendingDebits()}, nil
			})
		}},
	}
}

// Errors of the control API and the statuses they become.
var (
	errNotFound = errors.New("not found")
	errBadInput = errors.New("bad input")
)

// maxBody bounds what one call may send; loading 100,000 objects fits.
const maxBody = 512 << 20

func (a *api) serve(run operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			answer(w, http.StatusBadRequest, failure(err))
			return
		}
		out, err := run(r, body)
		switch {
		case err == nil:
			answer(w, http.StatusOK, out)
		case errors.Is(err, errNotFound):
			answer(w, http.StatusNotFound, failure(err))
		case errors.Is(err, errBadInput):
			answer(w, http.StatusBadRequest, failure(err))
		default: // the stand-in's own rules said no
			answer(w, http.StatusUnprocessableEntity, failure(err))
		}
	}
}

func failure(err error) any { return map[string]string{"error": err.Error()} }

func answer(w http.ResponseWriter, status int, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		status, raw = http.StatusInternalServerError, []byte(`{"error":"the answer could not be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has gone away needs no answer.
	_, _ = w.Write(append(raw, '\n'))
}

// decode reads a JSON body; an empty one leaves the defaults.
func decode(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", errBadInput, err)
	}
	return nil
}

type clockAnswer struct {
	Now time.Time `json:"now"`
}

func (a *api) now() clockAnswer { return clockAnswer{a.clock.Now()} }

// strict is decode that refuses names it does not know.
func strict(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errBadInput, err)
	}
	return nil
}

// advance moves the clock forward only: a vendor's time never runs back.
func (a *api) advance(_ *http.Request, body []byte) (any, error) {
	var by struct{ Seconds, Minutes, Hours, Days int64 }
	if err := strict(body, &by); err != nil {
		return nil, err
	}
	const most = 100 * 365 * 24 * time.Hour
	var sum time.Duration
	for _, part := range []struct {
		count int64
		unit  time.Duration
	}{{by.Seconds, time.Second}, {by.Minutes, time.Minute}, {by.Hours, time.Hour}, {by.Days, 24 * time.Hour}} {
		if part.count < 0 || part.count > int64(most/part.unit) {
			return nil, fmt.Errorf("%w: seconds, minutes, hours and days must be positive and below a hundred years", errBadInput)
		}
		sum += time.Duration(part.count) * part.unit
	}
	a.clock.Advance(sum)
	a.box.Pulse()
	return a.now(), nil
}

func (a *api) load(r *http.Request, body []byte) (any, error) {
	var what struct {
		Folder string
		Ledger string
		Kind   string
		Bodies []json.RawMessage
	}
	if err := decode(body, &what); err != nil {
		return nil, err
	}
	if what.Folder != "" {
		return a.box.LoadFolder(r.Context(), what.Folder)
	}
	l, err := a.ledger("", what.Ledger)
	if err != nil {
		return nil, err
	}
	bodies := make([][]byte, len(what.Bodies))
	for i, b := range what.Bodies {
		bodies[i] = b
	}
	if err := l.Records.Load(what.Kind, bodies); err != nil {
		return nil, fmt.Errorf("load %s: %w", what.Kind, err)
	}
	return map[string]int{"loaded": len(bodies)}, nil
}

// act lets the payers of every ledger act, or of the one named in the body.
func (a *api) act(r *http.Request, body []byte) (any, error) {
	var only struct{ Ledger string }
	if err := decode(body, &only); err != nil {
		return nil, err
	}
	return a.summaries(only.Ledger, func(l Ledger) (economy.Summary, error) { return l.Payers.Act(r.Context(), a.clock) })
}

// acted is what all rounds so far did.
func (a *api) acted(*http.Request, []byte) (any, error) {
	return a.summaries("", func(l Ledger) (economy.Summary, error) { return l.Payers.Done(), nil })
}

type rounds struct {
	Ledgers map[string]economy.Summary `json:"ledgers"`
	Total   economy.Summary            `json:"total"`
}

func (a *api) summaries(only string, of func(Ledger) (economy.Summary, error)) (any, error) {
	out := rounds{Ledgers: map[string]economy.Summary{}}
	var all []economy.Summary
	for _, l := range a.box.Ledgers() {
		if only != "" && only != l.ID {
			continue
		}
		sum, err := of(l)
		if err != nil {
			return nil, err
		}
		out.Ledgers[l.ID] = sum
		all = append(all, sum)
	}
	if only != "" && len(all) == 0 {
		return nil, fmt.Errorf("%w: ledger %s", errNotFound, only)
	}
	out.Total = economy.Total(all...)
	return out, nil
}
