package xero

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"tieout/sandbox/delivery"
)

// Times of webhooks (Xero docs: webhooks/overview and
// configuring-your-server): the answer within 5 seconds; after a failure at
// once again, then every 15 minutes for 24 hours, then the subscription is
// disabled; events are kept 31 days.
const (
	hookTimeout = 5 * time.Second
	hookRetry   = 15 * time.Minute
	hookRetries = 1 + 24*4
	hookKept    = 31 * 24 * time.Hour
	hookEvents  = 100 // events in one post; no document names a number
)

// Webhook is the app's subscription: one URL for all connected organisations.
type Webhook struct {
	URL string
	Key string // signs as text (Xero docs: webhooks/configuring-your-server)
	// Categories are those wanted; empty = all but PAYMENT, which Xero's
	// description has since November 2026 and no app is known to receive.
	Categories []string
}

// event is one change of an object, rendered when the call that made it ends.
type event struct {
	record   *record
	category string
	typ      string // CREATE, UPDATE
}

// hook is the state of the subscription.
type hook struct {
	server *Server
	queue  *delivery.Queue
	batch  *delivery.Batch[sentEvent]

	mu       sync.Mutex
	rnd      *rand.Rand // of entropy
	target   Webhook
	disabled bool
	sequence int64
	kept     []sentEvent // while disabled, oldest first
}

// sentEvent is an event on its way.
type sentEvent struct {
	body []byte
	at   time.Time
}

func (h *hook) open(s *Server) {
	h.server, h.target = s, s.opt.Webhook
	h.rnd = rand.New(rand.NewPCG(uint64(s.opt.Seed), 0x686f6f6b))
	h.queue = delivery.New(delivery.Options{
		Clock: s.opt.Clock, Seed: s.opt.Seed, Timeout: hookTimeout, InOrder: true,
		Retries: func(n int) (time.Duration, bool) {
			if n == 1 {
				return 0, true
			}
			return hookRetry, n <= hookRetries
		},
	})
	h.batch = delivery.NewBatch(h.queue, 0, hookEvents, h.message)
}

// Deliveries is the queue of webhook posts: run it, or step it in tests.
func (s *Server) Deliveries() *delivery.Queue { return s.hook.queue }

// SetWebhook replaces the subscription; a new one counts as validated until an
// intent to receive fails.
func (s *Server) SetWebhook(w Webhook) {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	s.hook.target, s.hook.disabled = w, false
}

// WebhookEnabled tells whether events are delivered.
func (s *Server) WebhookEnabled() bool { return s.hook.live() }

func (h *hook) live() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.target.URL != "" && !h.disabled
}

func (s *Server) listening() bool {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	return s.hook.target.URL != ""
}

func (h *hook) wants(category string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.target.Categories) == 0 {
		return category != "PAYMENT"
	}
	return slices.Contains(h.target.Categories, category)
}

// tell takes the events of one call. While the subscription is disabled they
// are kept for when it is enabled again.
func (h *hook) tell(events []sentEvent) {
	live := h.live()
	for _, e := range events {
		if live {
			h.batch.Add(e)
		} else {
			h.keep([]sentEvent{e})
		}
	}
}

func (h *hook) keep(events []sentEvent) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, events...)
	slices.SortStableFunc(h.kept, func(a, b sentEvent) int { return a.at.Compare(b.at) })
	oldest := h.server.opt.Clock.Now().Add(-hookKept)
	h.kept = slices.DeleteFunc(h.kept, func(e sentEvent) bool { return e.at.Before(oldest) })
}

// message numbers the events of one post and makes it. Entropy and signature
// are new at each attempt.
func (h *hook) message(events []sentEvent) delivery.Message {
	h.mu.Lock()
	first := h.sequence + 1
	h.sequence += int64(len(events))
	last, url := h.sequence, h.target.URL
	h.mu.Unlock()
	var list [][]byte
	for _, e := range events {
		list = append(list, e.body)
	}
	return delivery.Message{
		ID: fmt.Sprintf("%d-%d", first, last), Endpoint: "xero", Label: label(list), URL: url,
		Make: func(int, time.Time) (delivery.Post, bool) {
			if !h.live() {
				h.keep(events)
				return delivery.Post{}, false
			}
			return h.post(list, first, last, false), true
		},
		Done: func(r delivery.Result) {
			if r.Final && !r.OK && !r.Lost {
				h.disable()
				h.keep(events)
			}
		},
	}
}

// label names what a post is about, for people and faults.
func label(list [][]byte) string {
	var out bytes.Buffer
	for i, e := range list {
		if i > 0 {
			out.WriteByte(' ')
		}
		f := split(e)
		out.WriteString(f.str("eventCategory") + "." + f.str("eventType"))
	}
	return out.String()
}

func (h *hook) disable() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.disabled = true
}

// post writes the body with the spacing of a captured delivery, so that only
// the bytes as they came verify (captured 2018, XeroWebhooksReceiver issue 1).
func (h *hook) post(list [][]byte, first, last int64, wrong bool) delivery.Post {
	h.mu.Lock()
	entropy := make([]byte, 20)
	for i := range entropy {
		entropy[i] = byte('A' + h.rnd.IntN(26))
	}
	key := h.target.Key
	h.mu.Unlock()
	body := fmt.Appendf(nil, `{"events":%s,"firstEventSequence": %d,"lastEventSequence": %d, "entropy": "%s"}`, array(list), first, last, entropy)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	sum := mac.Sum(nil)
	if wrong {
		sum[len(sum)-1] ^= 1 // differs in a single character (calcinai/xero-php issue 351)
	}
	return delivery.Post{Body: body, Header: http.Header{
		"Content-Type": {"application/json; charset=utf-8"}, "Accept": {"*/*"},
		"x-xero-signature": {base64.StdEncoding.EncodeToString(sum)},
	}}
}

// Probe is one post of an intent to receive and what came back.
type Probe struct {
	Signed bool   `json:"correctly_signed"`
	Status int    `json:"status"` // 0 = no answer
	Fault  string `json:"fault,omitempty"`
}

// Intent is the outcome of an intent to receive.
type Intent struct {
	URL       string  `json:"url"`
	Validated bool    `json:"validated"`
	Probes    []Probe `json:"probes"`
}

// IntentToReceive validates the webhook URL as Xero does when it is set or
// enabled again: posts without events, some wrongly signed. The right answer
// is 200 to the good and 401 to the bad, without body and cookies, in 5
// seconds. Success enables the subscription and replays what was kept,
// failure disables it.
func (s *Server) IntentToReceive(ctx context.Context) (Intent, error) {
	h := &s.hook
	h.mu.Lock()
	out := Intent{URL: h.target.URL, Validated: true, Probes: []Probe{}}
	h.mu.Unlock()
	if out.URL == "" {
		return Intent{}, fmt.Errorf("xero: intent to receive: no webhook is set")
	}
	for _, signed := range []bool{true, false, true, false} {
		p := h.probe(ctx, out.URL, signed)
		out.Probes = append(out.Probes, p)
		out.Validated = out.Validated && p.Fault == ""
	}
	if !out.Validated {
		h.disable()
		return out, nil
	}
	h.mu.Lock()
	kept := h.kept
	h.disabled, h.kept = false, nil
	h.mu.Unlock()
	h.tell(kept)
	h.queue.Retry("xero")
	return out, nil
}

func (h *hook) probe(ctx context.Context, url string, signed bool) Probe {
	status, header, body, err := h.queue.Probe(ctx, url, h.post(nil, 0, 0, !signed))
	p := Probe{Signed: signed, Status: status}
	want := http.StatusOK
	if !signed {
		want = http.StatusUnauthorized
	}
	switch {
	case err != nil:
		p.Fault = err.Error()
	case status != want:
		p.Fault = "answered " + strconv.Itoa(status) + ", want " + strconv.Itoa(want)
	case len(body) > 0:
		p.Fault = "the answer has a body"
	case header.Get("Set-Cookie") != "":
		p.Fault = "the answer sets a cookie"
	}
	return p
}
