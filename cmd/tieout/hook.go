package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"tieout/listing"
	"tieout/store"
	"tieout/sync/notify"
)

type hookCommand struct {
	Add    hookAdd    `cmd:"" help:"Send webhooks to an address of yours. The secret that they are signed with is shown this once."`
	List   hookList   `cmd:"" help:"List where webhooks are sent."`
	Remove hookRemove `cmd:"" help:"Send no more webhooks to an address, and forget what was on its way."`
	Log    hookLog    `cmd:"" help:"Show the latest deliveries, and how they went."`
	Replay hookReplay `cmd:"" help:"Deliver a notice again, or all that an address has missed."`
	Test   hookTest   `cmd:"" help:"Send a test now and show the answer."`
}

type hookAdd struct {
	URL   string   `arg:"" name:"url" help:"Address that takes POST requests, with https:// or http://."`
	Event []string `placeholder:"TYPE" help:"Only this type; may be repeated. Default: all. A wrong one lists them."`
	JSON  bool     `name:"json" help:"Print it as JSON."`
}

// hookShown is a hook as it is printed.
type hookShown struct {
	ID     string        `json:"id"`
	URL    string        `json:"url"`
	Events []notify.Type `json:"events"`
	// Secret is shown when the hook is made and never again.
	Secret   string       `json:"secret,omitempty"`
	State    notify.State `json:"state"`
	Why      string       `json:"why,omitempty"`
	Failures int          `json:"failures"`
}

func shown(h notify.Hook) hookShown {
	out := hookShown{ID: h.ID, URL: h.URL, Events: h.Events, Secret: h.Secret, State: h.State, Why: h.Why, Failures: h.Failures}
	if len(out.Events) == 0 {
		out.Events = notify.Types()
	}
	return out
}

// Run adds a hook.
func (k *hookAdd) Run(ctx context.Context, g *Global, c console) error {
	var events []notify.Type
	for _, name := range k.Event {
		for one := range strings.SplitSeq(name, ",") {
			t := notify.Type(strings.TrimSpace(one))
			if !slices.Contains(notify.Types(), t) {
				return usagef("--event %s: there is no such type; there are %s", one, typeNames())
			}
			events = append(events, t)
		}
	}
	if err := notify.CheckAddress(k.URL); err != nil {
		return usagef("%v", err)
	}
	return g.with(ctx, c, func(a opened) error {
		h, err := a.AddHook(ctx, k.URL, events)
		if err != nil {
			return err
		}
		if k.JSON {
			return c.json(shown(h))
		}
		c.say("Webhooks are sent to %s\n  id      %s\n  secret  %s", h.URL, h.ID, h.Secret)
		c.note("The secret is not shown again. Check every signature with it: see docs/webhooks.md. Try it with: tieout hook test %s", h.ID)
		return nil
	})
}

func typeNames() string {
	var names []string
	for _, t := range notify.Types() {
		names = append(names, string(t))
	}
	return strings.Join(names, ", ")
}

type hookList struct {
	JSON bool `name:"json" help:"Print them as JSON."`
}

// Run lists the hooks.
func (k *hookList) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		all, err := a.Store.Hooks(ctx, a.Tenant)
		if err != nil {
			return err
		}
		list := make([]hookShown, len(all))
		for i, h := range all {
			list[i] = shown(h)
		}
		if k.JSON {
			return c.json(list)
		}
		if len(list) == 0 {
			c.say("No webhooks are sent. Add an address with: tieout hook add URL")
		}
		for _, h := range list {
			state := string(h.State)
			if h.Why != "" {
				state += ": " + h.Why
			} else if h.Failures > 0 {
				state += fmt.Sprintf(", %d failed attempts in a row", h.Failures)
			}
			events := "all events"
			if len(h.Events) < len(notify.Types()) {
				events = fmt.Sprint(h.Events)
			}
			c.say("%s  %s\n  %s\n  %s", h.ID, h.URL, state, events)
		}
		return nil
	})
}

type hookRemove struct {
	Hook string `arg:"" help:"Id of the hook, as tieout hook list shows it."`
}

// Run removes a hook.
func (k *hookRemove) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		if err := a.Store.RemoveHook(ctx, a.Tenant, k.Hook); err != nil {
			return noHook(err, k.Hook)
		}
		c.say("No more webhooks are sent to %s.", k.Hook)
		return nil
	})
}

func noHook(err error, id string) error {
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no hook or notice %q; tieout hook list and tieout hook log show them", id)
	}
	return err
}

type hookLog struct {
	Hook  string `placeholder:"ID" help:"Only this one's."`
	Limit int    `default:"50" help:"How many, the latest first."`
	JSON  bool   `name:"json" help:"Print them as JSON, with what was sent."`
}

// deliveryShown is a delivery as it is printed.
type deliveryShown struct {
	Notice   string               `json:"notice"`
	Hook     string               `json:"hook"`
	Type     notify.Type          `json:"type"`
	At       time.Time            `json:"at"`
	State    notify.DeliveryState `json:"state"`
	Attempts int                  `json:"attempts"`
	Status   int                  `json:"status,omitempty"`
	Answer   string               `json:"answer,omitempty"`
	Problem  string               `json:"problem,omitempty"`
	Tried    *time.Time           `json:"tried,omitempty"`
	// Next is when the next attempt is due.
	Next *time.Time      `json:"next,omitempty"`
	Body json.RawMessage `json:"body"`
}

func shownDelivery(d notify.Delivery) deliveryShown {
	out := deliveryShown{
		Notice: d.Notice.ID, Hook: d.Hook, Type: d.Notice.Type, At: d.Notice.At, State: d.State, Attempts: d.Attempts,
		Status: d.Status, Answer: d.Answer, Problem: d.Problem, Tried: d.TriedAt, Body: d.Notice.Body,
	}
	if d.State == notify.DeliveryWaiting {
		out.Next = &d.NotBefore
	}
	return out
}

// Run shows deliveries.
func (k *hookLog) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		all, err := a.Store.Deliveries(ctx, a.Tenant, k.Hook, listing.Moment{}, k.Limit)
		if err != nil {
			return err
		}
		list := make([]deliveryShown, len(all))
		rows := []string{"WHEN\tTYPE\tNOTICE\tSTATE\tTRIES\tSTATUS\tLAST"}
		for i, d := range all {
			list[i] = shownDelivery(d)
			last := d.Problem
			if last == "" {
				last = d.Answer
			}
			rows = append(rows, fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%d\t%s",
				d.Notice.At.UTC().Format(time.RFC3339), d.Notice.Type, d.Notice.ID, d.State, d.Attempts, d.Status, oneLine(last)))
		}
		if k.JSON {
			return c.json(list)
		}
		c.table(rows...)
		return nil
	})
}

// lineRunes is how much of an answer a table shows.
const lineRunes = 60

// oneLine is a text without line ends and other signs that would move the
// terminal's cursor: it comes from a stranger.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > lineRunes {
		text = string(runes[:lineRunes]) + "..."
	}
	return text
}

type hookReplay struct {
	ID string `arg:"" name:"id" help:"Id of a notice, or of a hook: all that it has not taken, and a disabled one is active again."`
}

// Run has deliveries made again.
func (k *hookReplay) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		n, err := a.Store.Replay(ctx, a.Tenant, k.ID, a.Connect.Now())
		if err != nil {
			return noHook(err, k.ID)
		}
		if err := a.NotifyNow(ctx); err != nil {
			return err
		}
		c.say("%d deliveries were begun again; tieout hook log shows how they went.", n)
		return nil
	})
}

type hookTest struct {
	Hook string `arg:"" help:"Id of the hook, as tieout hook list shows it."`
	JSON bool   `name:"json" help:"Print the outcome as JSON."`
}

// errHookTest ends a test that was not taken.
var errHookTest = errors.New("the test was not taken")

// Run sends a test.
func (k *hookTest) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		d, err := a.TestHook(ctx, k.Hook)
		if err != nil {
			return noHook(err, k.Hook)
		}
		switch {
		case k.JSON:
			err = c.json(shownDelivery(d))
		case d.Attempts == 0:
			c.say("Another tieout process sends it; tieout hook log shows how it went.")
		case d.State == notify.DeliveryDelivered:
			c.say("It was taken: status %d. %s", d.Status, oneLine(d.Answer))
		default:
			c.say("%s. %s", d.Problem, oneLine(d.Answer))
		}
		if err == nil && d.Attempts > 0 && d.State != notify.DeliveryDelivered {
			err = errHookTest
		}
		return err
	})
}
