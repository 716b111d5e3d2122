package app_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/money"
	"tieout/receivables"
	"tieout/sandbox"
	"tieout/store/storetest"
	"tieout/sync/schedule"
)

// testNow stands still until a test moves it.
var testNow = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// errCut is a connection that breaks before an answer came.
var errCut = errors.New("connection reset by peer")

// wire stands between the program and the sandbox. fault may answer in the
// sandbox's place or change its answer.
type wire struct {
	mu    sync.Mutex
	fault func(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error)
	calls map[string]int
}

// RoundTrip counts the call by host and lets the fault have its way.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	w.calls[r.URL.Host]++
	fault := w.fault
	w.mu.Unlock()
	answer := func() (*http.Response, error) { return http.DefaultTransport.RoundTrip(r) }
	if fault == nil {
		return answer()
	}
	return fault(r, answer)
}

func (w *wire) set(fault func(*http.Request, func() (*http.Response, error)) (*http.Response, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fault = fault
}

func (w *wire) count(address string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := url.Parse(address)
	if err != nil {
		return -1
	}
	return w.calls[u.Host]
}

// rewriting is a fault that changes the bodies of answers whose address holds
// part.
func rewriting(part string, change func(body []byte) []byte) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return func(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		got, err := answer()
		address, unescapeErr := url.QueryUnescape(r.URL.String())
		if err != nil || unescapeErr != nil || !strings.Contains(address, part) {
			return got, err
		}
		body, err := io.ReadAll(got.Body)
		if err != nil {
			return nil, err
		}
		return answering(r, got.StatusCode, string(change(body))), got.Body.Close()
	}
}

func answering(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// failing is a fault of one host.
func failing(address string, fail func(*http.Request) (*http.Response, error)) func(*http.Request, func() (*http.Response, error)) (*http.Response, error) {
	return func(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if strings.HasPrefix(address, "http://"+r.URL.Host) {
			return fail(r)
		}
		return answer()
	}
}

// files are migrated SQLite files, copied from one.
var files = storetest.New()

// rig is an installation on a sandbox, with a wire in between.
type rig struct {
	*testing.T
	*app.App
	box            *sandbox.Sandbox
	ready          sandbox.Ready
	wire           *wire
	clock          *clock.Adjustable
	config         app.Config
	company        sandbox.ReadyLedger
	ledger, stripe books.Connection
	book           books.Book
}

// newRig connects the vendor's company and its Stripe account. Nothing is
// pulled yet.
func newRig(t *testing.T, vendor string) *rig {
	t.Helper()
	return newRigOn(t, vendor, "off")
}

// newRigOn is newRig on a sandbox whose limits are "vendor" or "off".
func newRigOn(t *testing.T, vendor, limits string) *rig {
	t.Helper()
	return newRigIn(t, vendor, limits, files.File(t))
}

// newRigIn is newRigOn with a database of its own, given by its address.
func newRigIn(t *testing.T, vendor, limits, database string) *rig {
	t.Helper()
	r := &rig{T: t, wire: &wire{calls: map[string]int{}}, clock: clock.At(testNow)}
	box, err := sandbox.Start(t.Context(), sandbox.Config{
		Seed: 5, Invoices: 8, NoHistory: true, Limits: limits,
		Stripe: sandbox.StripeConfig{Accounts: []sandbox.StripeAccount{{SecretKey: "sk_live_real", Name: "Real money", Country: "US", Currency: "USD", Livemode: true}}},
	}, r.clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	r.box, r.ready = box, box.Ready()
	q, x := r.ready.QuickBooks, r.ready.Xero
	r.config = app.Config{
		Database: database, Key: secret.Key{1}, Clock: r.clock, Random: rand.NewChaCha8([32]byte{9}),
		Transport: r.wire, PrivateHooks: true, Unlimited: limits == "off", Schedule: "@hourly", Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Vendors: all.Config{
			QuickBooks: quickbooks.Config{
				ClientID: q.ClientID, ClientSecret: q.ClientSecret, API: q.URL, App: q.URL, Sandbox: true,
				Authorize: q.URL + "/connect/oauth2", Token: q.URL + "/oauth2/v1/tokens/bearer",
			},
			Xero:   xero.Config{ClientID: x.ClientID, ClientSecret: x.ClientSecret, LoginURL: x.URL, IdentityURL: x.URL, APIURL: x.URL, AppURL: x.URL},
			Stripe: stripe.Config{BaseURL: r.ready.Stripe.URL},
		},
	}
	r.App = r.open()
	for _, l := range r.ready.Ledgers {
		if l.Vendor == vendor {
			r.company = l
		}
	}
	for _, c := range must(t)(r.Connect.Answer(t.Context(), r.consent())) {
		r.ledger = c
	}
	r.stripe = must1[books.Connection](t)(r.Connect.WithKey(t.Context(), "stripe", r.company.StripeKey))
	return r
}

// open opens another process's view of the same installation.
func (r *rig) open() *app.App {
	r.Helper()
	a, err := app.Open(r.Context(), r.config)
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() { _ = a.Close() })
	return a
}

func must(t *testing.T) func([]books.Connection, error) []books.Connection {
	return must1[[]books.Connection](t)
}

func must1[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// consent allows the access in the vendor's page and gives the query that the
// browser is sent back with.
func (r *rig) consent() url.Values {
	r.Helper()
	return r.allow(must1[string](r.T)(r.Connect.Begin(r.Context(), r.company.Vendor, "http://localhost:8081/connect/callback")))
}

// allow is consent to what was begun at an address.
func (r *rig) allow(address string) url.Values {
	r.Helper()
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page := must1[*http.Response](r.T)(browser.Get(address))
	body := must1[[]byte](r.T)(io.ReadAll(page.Body))
	form := url.Values{"decision": {"allow"}, "choice": {r.company.ID}}
	for _, field := range hidden.FindAllSubmatch(body, -1) {
		form.Add(html.UnescapeString(string(field[1])), html.UnescapeString(string(field[2])))
	}
	target, _, _ := strings.Cut(address, "?")
	back := must1[*http.Response](r.T)(browser.PostForm(target, form))
	return must1[*url.URL](r.T)(back.Location()).Query()
}

// set makes the book, reads everything, and switches the writing on.
func (r *rig) set() {
	r.Helper()
	ctx := r.Context()
	r.unopened()
	at, openings, err := r.Connect.CutOver(ctx, r.book, receivables.DateIn(r.clock.Now(), r.book.Location()))
	if err != nil {
		r.Fatal(err)
	}
	r.book = must1[books.Book](r.T)(r.Connect.Confirm(ctx, r.book, at, openings))
	r.book = must1[books.Book](r.T)(r.Connect.SwitchWrites(ctx, r.book, true))
}

func must1s(r *rig) func([]money.Currency, error) []money.Currency {
	return must1[[]money.Currency](r.T)
}

// sync runs the one book by hand and gives what happened.
func (r *rig) sync() app.BookRun {
	r.Helper()
	runs, err := r.Sync(r.Context(), schedule.Options{Prove: true})
	if err != nil {
		r.Fatal(err)
	}
	return runs[0]
}

// due runs what is due now.
func (r *rig) due() []app.BookRun {
	r.Helper()
	runs, err := r.Due(r.Context(), r.clock.Now())
	if err != nil {
		r.Fatal(err)
	}
	return runs
}

// clean runs the book and wants it to go well and tie out.
func (r *rig) clean() app.BookRun {
	r.Helper()
	run := r.sync()
	if run.Err != nil || len(run.Result.Problems) > 0 {
		r.Fatalf("sync: %v %v", run.Err, run.Result.Problems)
	}
	if run.Result.Proof == nil || run.Result.Proof.Unexplained() {
		r.Fatalf("does not tie out: %+v", run.Result.Proof)
	}
	return run
}

// row is a connection as it is stored.
func (r *rig) row(id string) books.Connection {
	r.Helper()
	return must1[books.Connection](r.T)(r.Store.Connection(r.Context(), r.Tenant, id))
}

// pay lets the sandbox's customers pay.
func (r *rig) pay() {
	r.Helper()
	answer := must1[*http.Response](r.T)(http.Post(r.ready.Control.URL+"/economy/act", "application/json", bytes.NewReader([]byte("{}"))))
	if answer.StatusCode != http.StatusOK {
		r.Fatalf("customers cannot pay: %s", answer.Status)
	}
}
