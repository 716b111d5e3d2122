package web

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"tieout/listing"
	"tieout/sync/notify"
)

// HookKeeper keeps the addresses of the user's own systems that are told what
// has happened.
type HookKeeper interface {
	// Hooks are those of the organisation, without their secrets.
	Hooks(ctx context.Context, tenant string) ([]notify.Hook, error)
	// Deliveries are the latest of a hook, or of all for "", behind a DeliveryPlace.
	Deliveries(ctx context.Context, tenant, hook string, before listing.Moment, limit int) ([]notify.Delivery, error)
	// AddHook makes one and gives it with its secret, this once; no events are
	// all. notify.ErrAddress for an address that nothing can be sent to.
	AddHook(ctx context.Context, tenant, address string, events []notify.Type) (notify.Hook, error)
	RemoveHook(ctx context.Context, tenant, hook string) error
	// Replay begins a notice anew, or all that a hook has missed, and says how
	// many deliveries that are.
	Replay(ctx context.Context, tenant, id string) (int, error)
	// TestHook sends a test at once and says how it went.
	TestHook(ctx context.Context, tenant, hook string) (notify.Delivery, error)
}

// shownDeliveries is how many deliveries the page lists at once: each stands
// there with what was answered.
const shownDeliveries = 20

// DeliveryPlace is a delivery's place in the list of them.
func DeliveryPlace(d notify.Delivery) listing.Moment {
	return listing.Moment{At: d.Notice.At, ID: d.Hook + "/" + d.Notice.ID}
}

type hooksPage struct {
	form
	tabs
	Hooks      []notify.Hook
	Deliveries []notify.Delivery
	// Only is the hook whose deliveries are listed; "" for all.
	Only string
	// Older is where the list goes on, "" at its end; Later says that it does not
	// begin with the latest.
	Older string
	Later bool
	// Names are the hooks' addresses by id, Off those that are switched off.
	Names map[string]string
	Off   map[string]bool
	Types []notify.Type
	// Wanted are the types that were asked for in a form that was not right.
	Wanted map[notify.Type]bool
	// Made is a new hook with its secret, shown this once.
	Made notify.Hook
	// Test is how a test went; nil when none was made.
	Test *notify.Delivery
}

func (s *Site) hooksPage(v *Visit) (hooksPage, error) {
	page := hooksPage{form: v.form("url"), tabs: v.tabs(), Only: v.r.URL.Query().Get("hook"), Names: map[string]string{}, Off: map[string]bool{}, Types: notify.Types(), Wanted: map[notify.Type]bool{}}
	var err error
	if page.Hooks, err = s.Readers.Hooks.Hooks(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	for _, h := range page.Hooks {
		page.Names[h.ID], page.Off[h.ID] = h.URL, h.State != notify.HookActive
	}
	page.Later = !v.before().At.IsZero()
	page.Deliveries, err = s.Readers.Hooks.Deliveries(v.ctx(), v.tenant(), page.Only, v.before(), shownDeliveries+1)
	if len(page.Deliveries) > shownDeliveries {
		page.Deliveries = page.Deliveries[:shownDeliveries]
		page.Older = DeliveryPlace(page.Deliveries[shownDeliveries-1]).String()
	}
	return page, err
}

// hooks is the page of where webhooks are sent, and how that went.
func (s *Site) hooks(v *Visit) error {
	page, err := s.hooksPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "hooks", "Webhooks", page)
}

// hookAdd shows the new hook's secret on the page itself: it is shown nowhere
// again.
func (s *Site) hookAdd(v *Visit) error {
	address := v.r.PostFormValue("url")
	var events []notify.Type
	unknown := ""
	for _, name := range v.r.PostForm["event"] {
		if t := notify.Type(name); slices.Contains(notify.Types(), t) {
			events = append(events, t)
		} else {
			unknown = name
		}
	}
	made, err := notify.Hook{}, error(nil)
	if unknown == "" {
		made, err = s.Readers.Hooks.AddHook(v.ctx(), v.tenant(), address, events)
	}
	if err != nil && !errors.Is(err, notify.ErrAddress) {
		return err
	}
	page, problem := s.hooksPage(v)
	if problem != nil {
		return problem
	}
	if err == nil && unknown == "" {
		page.Made, page.Values = made, map[string]string{}
		return s.render(v, "hooks", "Webhooks", page)
	}
	if err != nil {
		page.Problems["url"] = "This " + notify.ErrAddress.Error() + ". It has to begin with https://, name a host, and hold no user name, password or #."
	}
	if unknown != "" {
		page.Problems["event"] = "There is no event " + strconv.Quote(unknown) + "."
	}
	for _, t := range events {
		page.Wanted[t] = true
	}
	return s.show(v, http.StatusUnprocessableEntity, "hooks", "Webhooks", page)
}

func (s *Site) hookRemove(v *Visit) error {
	if err := s.Readers.Hooks.RemoveHook(v.ctx(), v.tenant(), v.r.PostFormValue("hook")); err != nil {
		return err
	}
	return v.done("/settings/webhooks", "Nothing more is sent there.")
}

func (s *Site) hookReplay(v *Visit) error {
	n, err := s.Readers.Hooks.Replay(v.ctx(), v.tenant(), v.r.PostFormValue("id"))
	if err != nil {
		return err
	}
	return v.done("/settings/webhooks", plural(n, "delivery begins", "deliveries begin")+" anew; how it went stands below in a moment.")
}

// hookTest says on the page how the test went.
func (s *Site) hookTest(v *Visit) error {
	d, err := s.Readers.Hooks.TestHook(v.ctx(), v.tenant(), v.r.PostFormValue("hook"))
	if err != nil {
		return err
	}
	page, err := s.hooksPage(v)
	page.Test = &d
	if err != nil {
		return err
	}
	return s.render(v, "hooks", "Webhooks", page)
}
