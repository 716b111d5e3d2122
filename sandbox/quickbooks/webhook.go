package quickbooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"tieout/sandbox/delivery"
)

// Webhook is the one URL of an app for its events and the token they are
// signed with (Intuit docs: configure webhooks).
type Webhook struct {
	URL      string
	Verifier string
}

const (
	// eventWindow is how long events are gathered into one post: about a second
	// was seen on the sandbox.
	eventWindow = time.Second
	// maxEvents is the most events of a post (Intuit webhooks webinar 2025).
	maxEvents = 100
	// answerTime is how long an endpoint may take (Intuit docs: webhooks best
	// practices).
	answerTime = 3 * time.Second
	// disableAfter is how long an endpoint may fail; the figure is ours.
	disableAfter = 7 * 24 * time.Hour
)

// retryWaits are the documented waits; after the last one every six hours
// (Intuit docs: webhooks best practices).
func retryWait(n int) (time.Duration, bool) {
	waits := []time.Duration{
		10 * time.Second, 20 * time.Second, 30 * time.Second, 5 * time.Minute, 20 * time.Minute,
		2 * time.Hour, 4 * time.Hour, 6 * time.Hour,
	}
	return waits[min(n, len(waits))-1], true
}

// hook posts the events of all companies to the app's URL.
type hook struct {
	queue *delivery.Queue
	batch *delivery.Batch[event]

	mu       sync.Mutex
	target   Webhook
	rnd      *rand.Rand
	failing  time.Time // since when every attempt failed; zero when none did
	disabled bool
}

// wireEvent is a CloudEvent as Intuit writes it (Intuit blog of 2025-11-12:
// upcoming change to webhooks payload structure).
type wireEvent struct {
	SpecVersion string   `json:"specversion"`
	ID          string   `json:"id"`
	Source      string   `json:"source"`
	Type        string   `json:"type"`
	ContentType string   `json:"datacontenttype"`
	Time        string   `json:"time"`
	EntityID    string   `json:"intuitentityid"`
	AccountID   string   `json:"intuitaccountid"`
	Data        struct{} `json:"data"`
}

// eventSource names the app; the real one is as opaque.
const eventSource = "intuit.dGllb3V0LXNhbmRib3gtYXBwbGljYXRpb24tMDAwMDE="

func (s *Server) newHook() *hook {
	h := &hook{target: s.opt.Webhook, rnd: rand.New(rand.NewPCG(uint64(s.opt.Seed), 0x686f6f6b))}
	h.queue = delivery.New(delivery.Options{
		Clock: s.opt.Clock, Seed: s.opt.Seed, Client: s.opt.HookClient, Timeout: answerTime, Retries: retryWait,
		Accept: func(status int) bool { return status == http.StatusOK }, InOrder: true,
	})
	h.batch = delivery.NewBatch(h.queue, eventWindow, maxEvents, func(events []event) delivery.Message { return s.message(h, events) })
	return h
}

// add takes one event; called under a company's lock.
func (h *hook) add(e event) {
	if h.to().URL != "" {
		h.batch.Add(e)
	}
}

func (h *hook) to() Webhook {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.target
}

// message is one post: a list of events, of several companies where several
// changed. Several changes of one kind to one object within the window are one
// event.
func (s *Server) message(h *hook, events []event) delivery.Message {
	h.mu.Lock()
	defer h.mu.Unlock()
	var wire []wireEvent
	var labels []string
	for i, e := range events {
		if i+1 < len(events) && slices.ContainsFunc(events[i+1:], e.same) {
			continue
		}
		typ := "qbo." + strings.ToLower(eventName(e.entity)) + "." + e.op + ".v1"
		wire = append(wire, wireEvent{
			SpecVersion: "1.0", ID: h.uuid(), Source: eventSource, Type: typ, ContentType: "application/json",
			Time: e.at.UTC().Format("2006-01-02T15:04:05.000000000Z"), EntityID: e.id, AccountID: e.realm,
		})
		labels = append(labels, typ)
	}
	id := h.uuid()
	return delivery.Message{
		ID: id, Endpoint: h.target.URL, Label: strings.Join(labels, " "), URL: h.target.URL,
		Make: func(_ int, now time.Time) (delivery.Post, bool) { return s.post(h, id, wire, now) },
		Done: func(r delivery.Result) { h.settle(r) },
	}
}

func (e event) same(other event) bool {
	return e.realm == other.realm && e.entity == other.entity && e.id == other.id && e.op == other.op
}

// uuid makes a version 4 UUID. The caller holds the lock.
func (h *hook) uuid() string {
	return uuidFrom(h.rnd)
}

// post signs what is left of the events: only companies that have authorised
// the app are told of (Intuit docs: configure webhooks).
func (s *Server) post(h *hook, id string, all []wireEvent, now time.Time) (delivery.Post, bool) {
	connected := map[string]bool{}
	for _, g := range s.oauth.Grants() {
		for _, realm := range g.Subjects {
			connected[realm] = true
		}
	}
	var events []wireEvent
	for _, e := range all {
		if connected[e.AccountID] {
			events = append(events, e)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(events) == 0 || h.disabled || h.target.URL == "" {
		return delivery.Post{}, false
	}
	body, err := json.Marshal(events)
	if err != nil {
		return delivery.Post{}, false
	}
	return delivery.Post{Body: body, Header: hookHeader(body, h.target.Verifier, id, h.uuid(), now)}, true
}

// hookHeader are the headers of a captured delivery of 2026-05-04.
func hookHeader(body []byte, verifier, signatureID, tid string, now time.Time) http.Header {
	mac := hmac.New(sha256.New, []byte(verifier))
	mac.Write(body)
	return http.Header{
		"Content-Type":                       {"application/cloudevents-batch+json; charset=utf-8"},
		"Accept":                             {"application/json"},
		"User-Agent":                         {"intuit_notification_server/1.0"},
		"intuit-signature":                   {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		"intuit-signature-algorithm":         {"HMAC-SHA256"},
		"intuit-signature-id":                {signatureID},
		"intuit-created-time":                {now.UTC().Format("2006-01-02T15:04:05.000Z")},
		"intuit-notification-schema-version": {"2.0"},
		"intuit-t-id":                        {tid},
	}
}

// settle disables an endpoint that failed for days on end.
func (h *hook) settle(r delivery.Result) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case r.OK:
		h.failing = time.Time{}
	case r.Lost:
	case h.failing.IsZero():
		h.failing = r.At
	case r.At.Sub(h.failing) >= disableAfter:
		h.disabled = true
	}
}

// Deliveries is the queue of the app's webhook posts.
func (s *Server) Deliveries() *delivery.Queue { return s.hook.queue }

// SetWebhook changes where events go, as in the developer portal, and enables
// the endpoint again. An empty URL ends them.
func (s *Server) SetWebhook(w Webhook) {
	s.hook.mu.Lock()
	s.hook.target, s.hook.disabled, s.hook.failing = w, false, time.Time{}
	s.hook.mu.Unlock()
	s.hook.queue.Retry(w.URL)
}

// WebhookDisabled reports that the endpoint failed for so long that it is no
// longer served.
func (s *Server) WebhookDisabled() bool {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	return s.hook.disabled
}
