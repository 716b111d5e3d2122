package xero

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

var _ connectors.HookVendor = (*Vendor)(nil)

// headerSignature carries the signature of a webhook (Xero docs:
// webhooks/configuring-your-server).
const headerSignature = "X-Xero-Signature"

// wireHook is one webhook request (Xero spec: xero-webhooks, WebhookEvent).
type wireHook struct {
	Events *[]wireEvent `json:"events"`
}

// wireEvent names an object and nothing of what changed in it. Its resourceUrl
// is not read: whoever fetches makes the address from category and id.
type wireEvent struct {
	ResourceID    string `json:"resourceId"`
	EventDateUTC  string `json:"eventDateUtc"`
	EventType     string `json:"eventType"`
	EventCategory string `json:"eventCategory"`
	TenantID      string `json:"tenantId"`
	// Data comes with the categories that are newer than 2025.
	Data struct{ Type string } `json:"data"`
}

// ReadHook checks the signature, base64 of HMAC-SHA256 over the raw bytes with
// the webhook key as text (Xero docs: webhooks/configuring-your-server), before
// anything is read. An intent to receive, some of which Xero signs wrongly on
// purpose, holds no events.
func (v *Vendor) ReadHook(d connectors.Delivery) ([]connectors.Event, error) {
	if !hookSigned(d) {
		return nil, fmt.Errorf("xero: read webhook: %w", connectors.ErrForged)
	}
	var body wireHook
	if err := json.Unmarshal(d.Body, &body); err != nil || body.Events == nil {
		return nil, fmt.Errorf("xero: read webhook: %w", connectors.ErrHook)
	}
	events := make([]connectors.Event, 0, len(*body.Events))
	for _, e := range *body.Events {
		events = append(events, e.event())
	}
	return events, nil
}

// hookSigned compares the signatures as text: the last letter of a base64 text has
// bits that decoding ignores, and Xero's test changes just that letter
// (calcinai/xero-php issue 351).
func hookSigned(d connectors.Delivery) bool {
	got := []byte(strings.TrimSpace(d.Header.Get(headerSignature)))
	ok := false
	for _, secret := range d.Secrets {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(d.Body)
		want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
		ok = hmac.Equal(got, []byte(want)) || ok
	}
	return ok
}

// event names what has changed. Xero gives events no id; entropy and sequence
// are those of a delivery, so that the id is made of the event's own fields.
// Nothing is ever deleted: a void, a deletion and an archiving come as UPDATE,
// and the object can still be read (Xero docs: webhooks/overview).
func (e wireEvent) event() connectors.Event {
	return connectors.Event{
		ID: strings.ToLower(strings.Join([]string{
			"xero", e.TenantID, e.EventCategory, e.ResourceID, e.EventType, e.EventDateUTC,
		}, ":")),
		ExternalID: e.TenantID, Type: e.EventCategory + "." + e.EventType, Ref: e.ref(), At: instantOf(e.EventDateUTC),
	}
}

// ref is the object to read: none for what the suppliers' side is known to be
// about, for subscriptions of the app itself, and for categories to come.
func (e wireEvent) ref() receivables.Ref {
	kind := map[string]receivables.Kind{
		"INVOICE": receivables.KindInvoice, "CONTACT": receivables.KindCustomer, "CREDITNOTE": receivables.KindCredit,
		"PREPAYMENT": receivables.KindCredit, "OVERPAYMENT": receivables.KindCredit, "PAYMENT": receivables.KindReceipt,
	}[e.EventCategory]
	if kind == "" || e.ResourceID == "" || kind == receivables.KindCredit && suppliers(e.Data.Type) {
		return receivables.Ref{}
	}
	return receivables.Ref{Kind: kind, ID: e.ResourceID}
}

// suppliers says whether a credit is one that a supplier has given.
func suppliers(kind string) bool {
	return kind == "ACCPAYCREDIT" || strings.HasPrefix(kind, "SPEND-") || strings.HasPrefix(kind, "AP")
}

// maxHook has room for some 2,000 events of about 500 bytes each, which name an
// object and hold nothing of it (Xero spec: xero-webhooks). Xero states no limit
// of its own: see README.md, Unknown.
const maxHook = 1 << 20

// MaxHook bounds a delivery.
func (v *Vendor) MaxHook() int64 { return maxHook }
