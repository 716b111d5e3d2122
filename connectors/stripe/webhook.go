package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

var (
	_ connectors.HookVendor   = (*Vendor)(nil)
	_ connectors.NamedFetcher = (*session)(nil)
)

// headerSignature carries the time and the signatures of a delivery (Stripe
// docs: webhooks/signature).
const headerSignature = "Stripe-Signature"

// signatureLife is how far the time of a signature may lie from ours. Stripe's
// libraries look at the past alone; a time ahead is as wrong (Stripe docs:
// webhooks/signature, "default tolerance of five minutes").
const signatureLife = 5 * time.Minute

// objectEvent and objectThin tell the two forms of events apart: one with a
// snapshot of its object, and one that only names it (Stripe docs:
// api/v2/core/events).
const (
	objectEvent = "event"
	objectThin  = "v2.core.event"
)

// hookEvent is what every API version shares of an event's envelope: the
// version of the event is not looked at, because nothing but ids is taken from
// its object.
type hookEvent struct {
	ID       string `json:"id"`
	Object   string `json:"object"`
	Type     string `json:"type"`
	Account  string `json:"account"`
	Livemode *bool  `json:"livemode"`
	// Created is a number of seconds, and a text in thin events.
	Created json.RawMessage `json:"created"`
	Data    struct {
		Object struct {
			ID     string `json:"id"`
			Object string `json:"object"`
		} `json:"object"`
	} `json:"data"`
}

// ReadHook reads one event. Only of a Connect platform's endpoint does it name
// its account; that of an account's own endpoint does not.
func (v *Vendor) ReadHook(d connectors.Delivery) ([]connectors.Event, error) {
	if !hookSigned(d) {
		return nil, fmt.Errorf("stripe: read webhook: %w", connectors.ErrForged)
	}
	var e hookEvent
	if err := json.Unmarshal(d.Body, &e); err != nil {
		return nil, fmt.Errorf("stripe: read webhook: %w: %w", connectors.ErrHook, err)
	}
	if e.Object == objectThin {
		return nil, fmt.Errorf("stripe: read webhook: %w: this is a thin event; give the event destination the payload style \"snapshot\"", connectors.ErrRefused)
	}
	if e.Object != objectEvent || e.ID == "" || e.Type == "" {
		return nil, fmt.Errorf("stripe: read webhook: an event has an id and a type: %w", connectors.ErrHook)
	}
	return []connectors.Event{e.event()}, nil
}

// hookSigned tries every signature of the header with every secret: while a
// secret is changed Stripe signs with both (Stripe docs: webhooks/signature).
// The time that is signed must be near.
func hookSigned(d connectors.Delivery) bool {
	var at string
	var given [][]byte
	for part := range strings.SplitSeq(d.Header.Get(headerSignature), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			at = value
		case "v1":
			if signature, err := hex.DecodeString(value); err == nil {
				given = append(given, signature)
			}
		}
	}
	unix, err := strconv.ParseInt(at, 10, 64)
	if err != nil || d.At.Sub(time.Unix(unix, 0)).Abs() > signatureLife {
		return false
	}
	ok := false
	for _, secret := range d.Secrets {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(at + "."))
		mac.Write(d.Body)
		want := mac.Sum(nil)
		for _, signature := range given {
			ok = hmac.Equal(signature, want) || ok
		}
	}
	return ok
}

func (e hookEvent) event() connectors.Event {
	out := connectors.Event{ID: e.ID, ExternalID: e.Account, Type: e.Type, Live: e.Livemode}
	if seconds, err := strconv.ParseInt(string(e.Created), 10, 64); err == nil {
		out.At = instant(seconds)
	}
	object := e.Data.Object
	if kind, ok := kindOfObject(object.Object); ok && object.ID != "" {
		out.Ref = receivables.Ref{Kind: kind, ID: object.ID}
		out.Deleted = e.Type == eventInvoiceDeleted
	}
	return out
}

// maxHook is four times what an entry of Amazon EventBridge could hold, where
// Stripe sends the same events one by one (Stripe docs: event-destinations,
// Amazon EventBridge; AWS docs: PutEvents, 256 KB). Stripe states no limit of
// its own: see README.md, Unknown.
const maxHook = 1 << 20

// MaxHook bounds a delivery.
func (v *Vendor) MaxHook() int64 { return maxHook }
