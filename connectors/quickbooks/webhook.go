package quickbooks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
)

// signatureHeader carries base64 of HMAC-SHA256 of the raw body with the
// app's verifier token (Intuit docs: configure-webhooks).
const signatureHeader = "intuit-signature"

// ReadHook reads a delivery of either form: the list of CloudEvents, which is
// the only one since July 2026, or the older eventNotifications (Intuit blog
// 2025-11-12). One delivery may speak of several companies. The type of its
// content is not looked at: deliveries of both forms have come under several.
func (v *Vendor) ReadHook(d connectors.Delivery) ([]connectors.Event, error) {
	if !signed(d) {
		return nil, fmt.Errorf("quickbooks: webhook: %w", connectors.ErrForged)
	}
	body := bytes.TrimLeft(bytes.TrimPrefix(d.Body, []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(body) == 0 {
		return nil, fmt.Errorf("quickbooks: webhook: no body: %w", connectors.ErrHook)
	}
	var events []connectors.Event
	var err error
	if body[0] == '[' {
		var list []cloudEvent
		err = json.Unmarshal(body, &list)
		for _, e := range list {
			events = append(events, e.events()...)
		}
	} else {
		events, err = singleBody(body)
	}
	if err != nil {
		return nil, fmt.Errorf("quickbooks: webhook: %w: %w", connectors.ErrHook, err)
	}
	return events, nil
}

// signed compares with every secret, so that the time taken says nothing about
// which of them fits. An empty secret signs nothing.
func signed(d connectors.Delivery) bool {
	given, err := base64.StdEncoding.DecodeString(header(d.Header, signatureHeader))
	if err != nil || len(given) != sha256.Size {
		return false
	}
	ok := false
	for _, secret := range d.Secrets {
		if secret == "" {
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write(d.Body)
		ok = hmac.Equal(mac.Sum(nil), given) || ok
	}
	return ok
}

// header finds a header however it is spelled.
func header(h http.Header, name string) string {
	for key, values := range h {
		if strings.EqualFold(key, name) && len(values) > 0 {
			return strings.TrimSpace(values[0])
		}
	}
	return ""
}

// looseText is an id that may come as text or as a number.
type looseText string

// UnmarshalJSON takes a text, a number or null.
func (t *looseText) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("text: %w", err)
		}
		*t = looseText(s)
		return nil
	}
	if string(raw) == "null" {
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return fmt.Errorf("text: %w", err)
	}
	*t = looseText(n)
	return nil
}

// cloudEvent is one element of the list (Intuit docs: webhooks, data-objects).
// data is there for some types only; its shape is the type's own.
type cloudEvent struct {
	ID      looseText       `json:"id"`
	Type    string          `json:"type"`
	Time    string          `json:"time"`
	Entity  looseText       `json:"intuitentityid"`
	Account looseText       `json:"intuitaccountid"`
	Data    json.RawMessage `json:"data"`
}

// events gives one event, or two for a merger: the object that stays has
// changed, and the other one, which data names, is gone.
func (c cloudEvent) events() []connectors.Event {
	var entity, operation string
	// "qbo.invoice.updated.v1": product, entity, operation, version.
	if parts := strings.Split(c.Type, "."); len(parts) >= 3 {
		entity, operation = parts[1], parts[2]
	}
	e := hookEvent{
		id: string(c.ID), realm: string(c.Account), kind: c.Type, entity: entity, object: string(c.Entity),
		operation: operation, at: c.Time, seed: []string{string(c.Account), c.Type, string(c.Entity), c.Time},
	}
	var data struct {
		Deleted looseText `json:"deletedid"`
	}
	if json.Unmarshal(c.Data, &data) == nil {
		e.merged = string(data.Deleted)
	}
	return e.events()
}

// singleBody is the older form, or one CloudEvent outside of a list.
func singleBody(body []byte) ([]connectors.Event, error) {
	var b struct {
		cloudEvent
		SpecVersion   string `json:"specversion"`
		Notifications *[]struct {
			Realm  looseText `json:"realmId"`
			Change struct {
				Entities []legacyEntity `json:"entities"`
			} `json:"dataChangeEvent"`
		} `json:"eventNotifications"`
	}
	if err := json.Unmarshal(body, &b); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	switch {
	case b.Notifications != nil:
	case b.SpecVersion != "":
		return b.events(), nil
	default:
		return nil, fmt.Errorf("it is neither a CloudEvent nor has it eventNotifications")
	}
	var events []connectors.Event
	for _, n := range *b.Notifications {
		for _, l := range n.Change.Entities {
			events = append(events, l.events(string(n.Realm))...)
		}
	}
	return events, nil
}

// legacyEntity is one change of the older form. It has no id of its own.
type legacyEntity struct {
	Name      string    `json:"name"`
	ID        looseText `json:"id"`
	Operation string    `json:"operation"`
	Updated   string    `json:"lastUpdated"`
	Deleted   looseText `json:"deletedId"`
}

func (l legacyEntity) events(realm string) []connectors.Event {
	return hookEvent{
		realm: realm, kind: l.Name + "." + l.Operation, entity: l.Name, object: string(l.ID),
		operation: l.Operation, at: l.Updated, merged: string(l.Deleted),
		seed: []string{realm, l.Name, string(l.ID), l.Operation, l.Updated},
	}.events()
}

// hookEvent is a change as either form tells it.
type hookEvent struct {
	id, realm, kind, entity, object, operation, at string
	// merged is the object that a merger has made an end of.
	merged string
	// seed is what an id is made of where none is given.
	seed []string
}

func (e hookEvent) events() []connectors.Event {
	if e.id == "" {
		sum := sha256.Sum256([]byte(strings.Join(e.seed, "\n")))
		e.id = "made:" + hex.EncodeToString(sum[:16])
	}
	first := connectors.Event{
		ID: e.id, ExternalID: e.realm, Type: e.kind, Ref: hookRef(e.entity, e.object), At: instant(e.at),
		// A void leaves the document where it was, with zeros.
		Deleted: strings.EqualFold(e.operation, "Delete") || strings.EqualFold(e.operation, "Deleted"),
	}
	if e.merged == "" || e.merged == e.object {
		return []connectors.Event{first}
	}
	gone := first
	gone.ID, gone.Ref, gone.Deleted = e.id+":merged", hookRef(e.entity, e.merged), true
	return []connectors.Event{first, gone}
}

// hookRef is the object of a change; zero for entities that are not pulled.
// The list form writes entities in lower case.
func hookRef(name, id string) receivables.Ref {
	for _, e := range entities() {
		if strings.EqualFold(e.name, name) && id != "" {
			return receivables.Ref{Kind: e.kind, ID: e.externalID(id)}
		}
	}
	return receivables.Ref{}
}

// maxHook is twice what Intuit has told of: lists of a hundred events that come
// near a megabyte (Intuit's webhooks webinar of 2025).
const maxHook = 2 << 20

// MaxHook bounds a delivery.
func (v *Vendor) MaxHook() int64 { return maxHook }
