package stripe

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// event holds an object as it was when the event happened.
type event struct {
	head
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	Account         string       `json:"account,omitempty"` // of a connected account's event at its platform
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Data            eventData    `json:"data"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int64        `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Type            string       `json:"type"`
}

func (o *event) ident() string { return o.ID }
func (o *event) madeAt() int64 { return o.Created }

type eventData struct {
	Object   json.RawMessage `json:"object"`
	Previous json.RawMessage `json:"previous_attributes,omitempty"`
}

type eventRequest struct {
	ID             *string `json:"id"`
	IdempotencyKey *string `json:"idempotency_key"`
}

// eventLife is how long events can be listed (Stripe docs: api/events, "going
// back up to 30 days").
const eventLife = 30 * day

// emit writes an event; before is the object's JSON before an update, from
// which previous_attributes are taken.
func (a *Account) emit(at int64, kind string, o object, before []byte) {
	e := &event{
		ID: a.id("evt"), Object: "event", APIVersion: APIVersion, Created: at, Livemode: a.opts.Livemode,
		Data: eventData{Object: body(o)}, Request: a.cause, Type: kind,
	}
	if before != nil {
		e.Data.Previous = previous(before, body(o))
	}
	a.register(a.events, e)
	a.tell(e)
	// Without a reader events would pile up; a day's worth at a time is cheap.
	if a.events.items[0].madeAt() < at-eventLife-day {
		a.forgetEvents(at)
	}
	a.hear(at, kind, o)
}

// previous are the top-level attributes of before that now read otherwise.
func previous(before, after []byte) json.RawMessage {
	var was, is map[string]json.RawMessage
	if json.Unmarshal(before, &was) != nil || json.Unmarshal(after, &is) != nil {
		return nil
	}
	for k, v := range was {
		if bytes.Equal(v, is[k]) {
			delete(was, k)
		}
	}
	out, err := json.Marshal(was)
	if err != nil {
		return nil
	}
	return out
}

// forgetEvents drops what is too old to be listed.
func (a *Account) forgetEvents(now int64) {
	n := 0
	for n < len(a.events.items) && a.events.items[n].madeAt() < now-eventLife {
		delete(a.byID, a.events.items[n].ident())
		n++
	}
	if n > 0 {
		a.events.dropOldest(n)
	}
}

func (c *call) getEvent() *Error {
	c.forgetEvents(c.now)
	if e := get[*event](c, c.events, "id"); e != nil {
		return e
	}
	c.body = c.ownEvents(c.body)
	return nil
}

func (c *call) listEvents() *Error {
	c.forgetEvents(c.now)
	types := c.array("types")
	if t := c.str("type"); t != "" {
		if len(types) > 0 {
			return invalid("", "", "You may only specify one of these parameters: type, types.")
		}
		types = []string{t}
	}
	const maxTypes = 20 // Stripe docs: api/events/list, types
	if len(types) > maxTypes {
		return invalid("", "types", "You may pass up to %d event types.", maxTypes)
	}
	delivered, e := c.boolean("delivery_success", true)
	if e != nil {
		return e
	}
	e = c.answerList(c.events, "/v1/events", "", func(o object) bool {
		kind := o.(*event).Type
		fits := func(t string) bool {
			prefix, wild := strings.CutSuffix(t, "*")
			return t == kind || wild && strings.HasPrefix(kind, prefix)
		}
		// Stripe docs: api/events/list, delivery_success: whether all webhooks
		// were delivered; without endpoints nothing is left to deliver.
		ok := !c.has("delivery_success") || delivered == (o.(*event).PendingWebhooks == 0)
		return ok && (len(types) == 0 || slices.ContainsFunc(types, fits))
	})
	c.body = c.ownEvents(c.body)
	return e
}
