// Package vendorhttp is the one way in which connectors reach a vendor: an
// *http.Client that adds the authorisation, keeps the vendor's limits and
// budgets, repeats reads that failed for a moment and counts every attempt. It knows no vendor:
// limits, hosts and header names come as values.
//
// It must not repeat a write (only a 401, which was carried out by nobody, is
// answered with one replay), follow a redirect, call a host that was not
// named, or let a secret into an error.
//
// The layers, from the outside: retryablehttp, authorisation, limiter, base. A
// call that is replayed with another token takes a turn of its own.
package vendorhttp

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"tieout/internal/clock"
)

// TokenSource gives access tokens. It is called before every attempt, so it
// must be cheap while the token is fresh, and safe for concurrent use.
type TokenSource interface {
	// Token is an access token believed to be valid.
	Token(ctx context.Context) (string, error)
	// Renew is called once after the vendor refused a token; it gives another
	// one, which somebody else may have fetched already.
	Renew(ctx context.Context, rejected string) (string, error)
}

// Limits is what a vendor's documents allow one connection. A zero field does
// not limit.
type Limits struct {
	// App names the operator's application with the vendor, where calls are
	// counted by application and account.
	App string
	// Rates are all kept, in any stretch of their length.
	Rates []Rate
	// Concurrent is how many calls may be in flight; a call is in flight until
	// its body is closed.
	Concurrent int
	// Daily is how many calls there are in a day. DayLeft reads from an answer's
	// headers how many of them are left, where the vendor says so: false else.
	Daily   int
	DayLeft func(http.Header) (int, bool)
	// Pause is how long to hold all calls after a 429 that names no time.
	Pause time.Duration
	// Hold reads from an answer's headers how long to hold the next call; nil
	// where the vendor sends no such headers.
	Hold func(http.Header) time.Duration
	// RequestID is the header in which the vendor names a call.
	RequestID string
	// Budgets are what the vendor gives for a day or a month.
	Budgets []Budget
}

// Call is one attempt as it is counted.
type Call struct {
	Vendor, Connection string
	// Purpose is what WithPurpose said, "" otherwise.
	Purpose string
	Method  string
	// Status is 0 when no answer came.
	Status    int
	RequestID string
}

// Options say how to reach one connection of a vendor.
type Options struct {
	Vendor, Connection string
	// Base sends; nil means a transport of its own with Go's defaults.
	Base http.RoundTripper
	// Tokens authorise each attempt; nil leaves requests as they are.
	Tokens TokenSource
	Limits Limits
	// Now and Wait are the time; nil means that of the machine. Wait must
	// return ctx's error when ctx ends first.
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error
	// Jitter gives numbers in [0,1); nil spreads nothing.
	Jitter func() float64
	// Meter draws from the budgets; nil counts none.
	Meter *Meter
	// Account is what the vendor counts by: the company, tenant or account.
	// Worker names this process among those that call it. Turns is where they
	// keep what they have called; nil keeps it for this client alone.
	Account, Worker string
	Turns           Turns
	// OnCall is told of every attempt; it may be called concurrently.
	OnCall func(Call)
	// Hosts are the only ones that may be called, with their port where the
	// address has one. An empty list allows none.
	Hosts []string
	// MaxWait bounds every single wait; a longer one is a LaterError. The
	// default is 20 seconds.
	MaxWait time.Duration
	// Retries is how often a read is repeated; 0 means 3, below 0 never.
	Retries int
}

const (
	defaultMaxWait = 20 * time.Second
	defaultRetries = 3
	backoffFirst   = 500 * time.Millisecond
	backoffMost    = 10 * time.Second
)

// New builds the client of one connection. What it has running is the client's
// own: make one client for each connection and share it.
func New(o Options) *http.Client {
	o = o.withDefaults()
	inner := &authorised{options: o, next: &limited{options: o, gate: newGate(o), next: &sent{options: o}}}
	repeat := retryablehttp.NewClient()
	repeat.Logger = nil
	repeat.HTTPClient = &http.Client{Transport: inner, CheckRedirect: stay}
	repeat.RetryMax = max(o.Retries, 0)
	repeat.CheckRetry = checkRetry(o)
	// The wait is made by the layer below, through Options.Wait.
	repeat.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }
	repeat.ErrorHandler = lastAnswer
	outer := &entry{options: o, next: &retryablehttp.RoundTripper{Client: repeat}}
	return &http.Client{Transport: outer, CheckRedirect: stay}
}

func (o Options) withDefaults() Options {
	if o.Base == nil {
		o.Base = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 8,
			IdleConnTimeout:     90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second,
		}
	}
	if o.Now == nil {
		o.Now = clock.System{}.Now
	}
	if o.Wait == nil {
		o.Wait = clock.Wait
	}
	if o.Turns == nil {
		o.Turns = &memory{kept: map[string][]byte{}}
	}
	if o.MaxWait == 0 {
		o.MaxWait = defaultMaxWait
	}
	if o.Retries == 0 {
		o.Retries = defaultRetries
	}
	return o
}

func (o Options) allowed(host string) bool {
	for _, h := range o.Hosts {
		if strings.EqualFold(h, host) {
			return true
		}
	}
	return false
}

// stay refuses to follow redirects: a vendor's API has none, and a token must
// not travel to an address that an answer names.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

type purposeKey struct{}

// WithPurpose tags the calls made under ctx for counting: "pull", "push",
// "proof".
func WithPurpose(ctx context.Context, purpose string) context.Context {
	return context.WithValue(ctx, purposeKey{}, purpose)
}

func purpose(ctx context.Context) string {
	p, _ := ctx.Value(purposeKey{}).(string)
	return p
}
