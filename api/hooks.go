package api

import (
	"errors"
	"slices"
	"strings"
	"time"

	"tieout/people"
	"tieout/sync/notify"
	"tieout/web"
)

// hookRoutes are those of the webhooks to the user's own systems.
func hookRoutes() []Route {
	const tag = "Webhooks"
	return []Route{
		as(Route{Method: get, Path: "/webhooks", Need: people.Manage, Tag: tag, Name: "webhooks", Pages: []string{"GET /settings/webhooks"}, Summary: "Addresses of your own systems that are told what has happened"}, hooks),
		as(Route{Method: post, Path: "/webhooks", Need: people.Manage, Tag: tag, Name: "addWebhook", Pages: []string{"POST /settings/webhooks"}, Summary: "Add an address", Doc: "Its secret is shown this once."}, addHook),
		as(Route{Method: del, Path: "/webhooks/{id}", Need: people.Manage, Tag: tag, Name: "removeWebhook", Pages: []string{"POST /settings/webhooks/remove"}, Summary: "Send nothing more to an address"}, removeHook),
		as(Route{Method: post, Path: "/webhooks/{id}/test", Need: people.Manage, Tag: tag, Name: "testWebhook", Pages: []string{"POST /settings/webhooks/test"}, Summary: "Send a test now, and see how it went"}, testHook),
		as(Route{Method: get, Path: "/webhooks/deliveries", Need: people.Manage, Tag: tag, Name: "deliveries", Pages: []string{"GET /settings/webhooks"}, Summary: "What was sent lately, the newest first"}, deliveries),
		as(Route{Method: post, Path: "/webhooks/replay", Need: people.Manage, Tag: tag, Name: "replay", Pages: []string{"POST /settings/webhooks/replay"}, Summary: "Send again what was not taken"}, replay),
	}
}

// Hook is an address that is told what has happened.
type Hook struct {
	ID      string    `json:"id"`
	URL     string    `json:"url"`
	Events  []string  `json:"events" doc:"None is all."`
	State   string    `json:"state"`
	Why     string    `json:"why,omitempty" doc:"Why nothing is sent there."`
	Secret  string    `json:"secret,omitempty" doc:"What deliveries are signed with: in the answer that made it, and nowhere else."`
	Created time.Time `json:"created_at"`
}

func hookOf(h notify.Hook) Hook {
	return Hook{ID: h.ID, URL: h.URL, Events: each(h.Events, func(t notify.Type) string { return string(t) }), State: string(h.State), Why: h.Why, Created: h.CreatedAt}
}

func (h Hook) withoutSecret() any {
	h.Secret = ""
	return h
}

func hooks(c *Call, _ Nothing) (List[Hook], error) {
	list, err := c.Readers.Hooks.Hooks(c.ctx(), c.tenant())
	return List[Hook]{Items: each(list, hookOf)}, err
}

// NewHook is an address to be told.
type NewHook struct {
	URL    string   `json:"url" doc:"Begins with https://, names a host, and holds no user name, password or #."`
	Events []string `json:"events,omitempty" doc:"Types of events; none is all."`
}

func addHook(c *Call, in NewHook) (Hook, error) {
	var events []notify.Type
	for _, name := range in.Events {
		if !slices.Contains(notify.Types(), notify.Type(name)) {
			all := each(notify.Types(), func(t notify.Type) string { return string(t) })
			return Hook{}, wrong("events", "An event is one of: "+strings.Join(all, ", ")+".")
		}
		events = append(events, notify.Type(name))
	}
	made, err := c.Readers.Hooks.AddHook(c.ctx(), c.tenant(), in.URL, events)
	if errors.Is(err, notify.ErrAddress) {
		return Hook{}, wrong("url", "This "+notify.ErrAddress.Error()+".")
	}
	out := hookOf(made)
	out.Secret = made.Secret
	return out, err
}

// HookQuery names a webhook.
type HookQuery struct {
	ID string `json:"-" path:"id"`
}

func removeHook(c *Call, q HookQuery) (Done, error) {
	err := c.Readers.Hooks.RemoveHook(c.ctx(), c.tenant(), q.ID)
	return Done{Done: err == nil}, err
}

// Delivery is one notice on its way to an address.
type Delivery struct {
	Webhook  string     `json:"webhook"`
	ID       string     `json:"id" doc:"The notice's: with it the notice is sent again."`
	Event    string     `json:"event"`
	State    string     `json:"state"`
	Attempts int        `json:"attempts"`
	Status   int        `json:"status,omitempty" doc:"The HTTP status of the last answer."`
	Answer   string     `json:"answer,omitempty" doc:"Its first bytes."`
	Problem  string     `json:"problem,omitempty"`
	TriedAt  *time.Time `json:"tried_at,omitempty"`
}

func deliveryOf(d notify.Delivery) Delivery {
	return Delivery{
		Webhook: d.Hook, ID: d.Notice.ID, Event: string(d.Notice.Type), State: string(d.State), Attempts: d.Attempts, Status: d.Status, Answer: d.Answer, Problem: d.Problem, TriedAt: d.TriedAt,
	}
}

func testHook(c *Call, q HookQuery) (Delivery, error) {
	d, err := c.Readers.Hooks.TestHook(c.ctx(), c.tenant(), q.ID)
	return deliveryOf(d), err
}

// DeliveryQuery asks for the latest deliveries.
type DeliveryQuery struct {
	Paging
	Hook string `query:"webhook" doc:"Of this one alone."`
}

func deliveries(c *Call, q DeliveryQuery) (List[Delivery], error) {
	var out List[Delivery]
	before, err := q.moment()
	if err != nil {
		return out, err
	}
	list, err := c.Readers.Hooks.Deliveries(c.ctx(), c.tenant(), q.Hook, before, q.limit()+1)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		out.Next = web.DeliveryPlace(list[len(list)-1]).String()
	}
	out.Items = each(list, deliveryOf)
	return out, err
}

// Replay names what is sent again.
type Replay struct {
	ID string `json:"id" doc:"A notice's, or a webhook's for all that it has missed."`
}

func replay(c *Call, in Replay) (Retried, error) {
	n, err := c.Readers.Hooks.Replay(c.ctx(), c.tenant(), in.ID)
	return Retried{Count: n}, err
}
