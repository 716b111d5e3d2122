package stripe

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"tieout/sandbox/delivery"
)

// subscription is what delivery needs of a webhook endpoint.
type subscription struct {
	owner, id, url, secret, version string
	events                          []string
	connect, live                   bool
}

// subscriptions are the endpoints of all accounts and the platforms that each
// account is connected to. An account's events reach its own endpoints and the
// connect endpoints of its platforms. It has a lock of its own, because an
// account that tells of an event is locked itself.
type subscriptions struct {
	mu        sync.Mutex
	queue     *delivery.Queue
	byOwner   map[string][]subscription
	platforms map[string][]string // connected account -> platforms
	failing   map[string]int64    // endpoint -> since when nothing has succeeded
	report    func(owner, endpoint, event string, r delivery.Result)
}

// retryGaps are the waits between attempts. Stripe says: up to three days with
// growing gaps in live mode, three times over a few hours in a sandbox (Stripe
// docs: webhooks, "Retry behavior"); the gaps themselves are ours.
func retryGaps(n int) (time.Duration, bool) {
	gaps := []time.Duration{5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 10 * time.Hour, 12 * time.Hour, 12 * time.Hour, 12 * time.Hour}
	if n < 1 || n > len(gaps) {
		return 0, false
	}
	return gaps[n-1], true
}

// testAttempts is how often a sandbox tries: once, and three times again.
const testAttempts = 4

// disableAfter is how long an endpoint may fail before it is disabled. Stripe
// says "multiple days"; the number is ours.
const disableAfter = 3 * day

func newSubscriptions(q *delivery.Queue) *subscriptions {
	return &subscriptions{queue: q, byOwner: map[string][]subscription{}, platforms: map[string][]string{}, failing: map[string]int64{}}
}

// replace takes over an account's endpoints after a change.
func (s *subscriptions) replace(owner string, endpoints *shelf) {
	var list []subscription
	for _, o := range endpoints.items {
		e := o.(*webhookEndpoint)
		if e.Status != "enabled" {
			continue
		}
		list = append(list, subscription{
			owner: owner, id: e.ID, url: e.URL, secret: e.secret, version: val(e.APIVersion), events: e.EnabledEvents,
			connect: e.connect, live: e.Livemode,
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byOwner[owner] = list
}

// connect and disconnect tie an account to a platform.
func (s *subscriptions) connect(account, platform string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.platforms[account], platform) {
		s.platforms[account] = append(s.platforms[account], platform)
	}
}

func (s *subscriptions) disconnect(account, platform string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.platforms[account] = slices.DeleteFunc(s.platforms[account], func(p string) bool { return p == platform })
}

func (s *subscriptions) connected(account, platform string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Contains(s.platforms[account], platform)
}

// of lists the endpoints that are told of an account's event.
func (s *subscriptions) of(account, kind string) (out []subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add := func(owner string, connect bool) {
		for _, e := range s.byOwner[owner] {
			if e.connect == connect && (slices.Contains(e.events, "*") || slices.Contains(e.events, kind)) {
				out = append(out, e)
			}
		}
	}
	add(account, false)
	for _, p := range s.platforms[account] {
		add(p, true)
	}
	return out
}

// current finds an endpoint as it is now; false when it is disabled or gone.
func (s *subscriptions) current(owner, id string) (subscription, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.byOwner[owner] {
		if e.id == id {
			return e, true
		}
	}
	return subscription{}, false
}

// deliver sends an event to an endpoint. The body is rendered once; time and
// signature are made anew at each attempt (Stripe docs: webhooks/signature).
func (s *subscriptions) deliver(to subscription, account, event, kind string, body []byte) {
	s.queue.Enqueue(delivery.Message{
		ID: event, Endpoint: to.id, Label: kind, URL: to.url,
		Make: func(n int, now time.Time) (delivery.Post, bool) {
			at, ok := s.current(to.owner, to.id)
			if !ok || !at.live && n > testAttempts {
				return delivery.Post{}, false
			}
			return delivery.Post{Header: webhookHeader(body, at.secret, now, at.live), Body: body}, true
		},
		Done: func(r delivery.Result) { s.done(to, account, event, r) },
	})
}

func (s *subscriptions) done(to subscription, account, event string, r delivery.Result) {
	s.mu.Lock()
	now, gone := r.At.Unix(), false
	switch since, failing := s.failing[to.id]; {
	case r.Lost:
	case r.OK:
		delete(s.failing, to.id)
	case !failing:
		s.failing[to.id] = now
	case now-since >= disableAfter:
		delete(s.failing, to.id)
		gone = true
	}
	report := s.report
	s.mu.Unlock()
	if report == nil {
		return
	}
	if r.OK {
		report(account, "", event, r)
	}
	if gone {
		report(to.owner, to.id, event, r)
	}
}

// webhookHeader is the header of one attempt: `t=` and `v1=`, the HMAC-SHA256
// of "t.body" in hex. A sandbox sends a second signature of scheme v0 that is
// not to be checked (Stripe docs: webhooks/signature).
func webhookHeader(body []byte, secret string, now time.Time, live bool) http.Header {
	t := strconv.FormatInt(now.Unix(), 10)
	sign := func(key string) string {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte(t))
		mac.Write([]byte("."))
		mac.Write(body)
		return hex.EncodeToString(mac.Sum(nil))
	}
	signature := "t=" + t + ",v1=" + sign(secret)
	if !live {
		signature += ",v0=" + sign("v0 "+secret)
	}
	return http.Header{
		"Content-Type":     {"application/json; charset=utf-8"},
		"User-Agent":       {"Stripe/1.0 (+https://stripe.com/docs/webhooks)"},
		"Accept":           {"*/*; q=0.5, application/xml"},
		"Cache-Control":    {"no-cache"},
		"Stripe-Signature": {signature},
	}
}

// tell hands an event to the endpoints that want it. The account is locked.
func (a *Account) tell(e *event) {
	if a.subscriptions == nil {
		return
	}
	targets := a.subscriptions.of(a.opts.ID, e.Type)
	if len(targets) == 0 {
		return
	}
	e.PendingWebhooks = int64(len(targets))
	e.touch()
	for _, to := range targets {
		shown := *e
		shown.head = head{}
		if to.owner != a.opts.ID {
			shown.Account = a.opts.ID
		}
		raw, err := json.Marshal(&shown)
		if err != nil { // an event is made of what was rendered already
			continue
		}
		version := to.version
		if version == "" {
			version = a.opts.APIVersion
		}
		if version != e.APIVersion {
			raw = a.eventIn(raw, version)
		}
		var pretty bytes.Buffer
		if json.Indent(&pretty, raw, "", "  ") == nil {
			raw = pretty.Bytes()
		}
		a.subscriptions.deliver(to, a.opts.ID, e.ID, e.Type, raw)
	}
}

// reported takes the outcome of a delivery: the event has one endpoint less to
// wait for, or an endpoint that failed for too long is disabled.
func (s *Server) reported(owner, endpoint, id string, _ delivery.Result) {
	a := s.Account(owner)
	if a == nil {
		return
	}
	a.enter()
	defer a.leave()
	if endpoint != "" {
		if o, ok := a.byID[endpoint].(*webhookEndpoint); ok {
			o.Status = "disabled"
			o.touch()
			a.subscriptions.replace(a.opts.ID, a.endpoints)
		}
		return
	}
	if e, ok := a.byID[id].(*event); ok && e.PendingWebhooks > 0 {
		e.PendingWebhooks--
		e.touch()
	}
}

// Deliveries is the queue of webhook posts; whoever runs the server runs it.
func (s *Server) Deliveries() *delivery.Queue { return s.subscriptions.queue }

// Settle brings every account up to the clock, as after the clock was moved,
// so that events come about without a request.
func (s *Server) Settle() {
	for _, a := range s.Accounts() {
		a.enter()
		a.leave()
	}
}

// Deliver settles all accounts and posts what is due, once.
func (s *Server) Deliver(ctx context.Context) int {
	s.Settle()
	return s.subscriptions.queue.Deliver(ctx)
}
