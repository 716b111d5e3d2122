package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"tieout/books"
	"tieout/internal/app"
	"tieout/people"
	"tieout/sync/proof"
	"tieout/sync/schedule"
	"tieout/web"
)

// act is one round of the simulated world: time passes, customers pay,
// Stripe pays out.
type act struct {
	name string
	days int
	pay  bool
	out  bool
}

// script is the story of the demo. Bank debits settle and payouts arrive days
// after they were made; the last rounds let everything come to rest.
func script() []act {
	return []act{
		{name: "customers pay by link, directly, in part and in batches", pay: true},
		{name: "a day later: more customers pay, Stripe pays out", days: 1, pay: true, out: true},
		{name: "five days later: bank debits settle or fail, Stripe pays out", days: 5, pay: true, out: true},
		{name: "a week later: payouts have arrived", days: 7, pay: true, out: true},
		{name: "another week later: everything has come to rest", days: 7},
	}
}

// Play switches the writing on and plays the story to its end.
func (d *Demo) Play(ctx context.Context) (Summary, error) {
	preview, err := d.preview(ctx)
	if err != nil {
		return Summary{}, err
	}
	if err := d.switchOn(ctx); err != nil {
		return Summary{}, err
	}
	d.options.Say("Putting payment links on the open invoices ...")
	if _, err := d.sync(ctx, true); err != nil {
		return Summary{}, err
	}
	if err := d.countLinks(ctx); err != nil {
		return Summary{}, err
	}
	for _, a := range script() {
		d.options.Say("Then %s ...", a.name)
		if err := d.perform(ctx, a); err != nil {
			return Summary{}, err
		}
		if _, err := d.sync(ctx, true); err != nil {
			return Summary{}, err
		}
	}
	d.options.Say("Syncing once more: nothing may be left to write ...")
	runs, err := d.sync(ctx, true)
	if err != nil {
		return Summary{}, err
	}
	return d.summary(ctx, runs, preview)
}

// preview plans with the writing off: what would be written is shown first.
func (d *Demo) preview(ctx context.Context) (map[string]map[string]int, error) {
	d.options.Say("Looking at what would be written ...")
	if _, err := d.sync(ctx, false); err != nil {
		return nil, err
	}
	return d.previewed(ctx)
}

func (d *Demo) switchOn(ctx context.Context) error {
	all, err := d.App.Store.Books(ctx, books.Tenant)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	for _, b := range all {
		if _, err := d.App.Connect.SwitchWrites(ctx, b, true); err != nil {
			return fmt.Errorf("demo: %w", err)
		}
	}
	return nil
}

func (d *Demo) sync(ctx context.Context, prove bool) ([]app.BookRun, error) {
	runs, err := d.App.Sync(ctx, schedule.Options{Prove: prove})
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	for _, r := range runs {
		if r.Err != nil {
			return nil, fmt.Errorf("demo: sync of %s: %w", r.Book.Name, r.Err)
		}
		for id, problem := range r.Result.Problems {
			return nil, fmt.Errorf("demo: sync of %s: connection %s: %w", r.Book.Name, id, problem)
		}
		d.options.Say("  %s: %s", r.Book.Name, verdict(r.Result.Proof, r.Result.Pushed.Sent))
	}
	return runs, nil
}

func verdict(p *proof.Proof, written int) string {
	text := fmt.Sprintf("%d documents and links written", written)
	switch {
	case p == nil:
		return text
	case p.Unexplained():
		return text + "; a difference is unexplained"
	}
	return text + "; everything agrees to the cent"
}

// perform lets the world go on, through the sandbox's control API.
func (d *Demo) perform(ctx context.Context, a act) error {
	d.options.Clock.Advance(time.Duration(a.days) * 24 * time.Hour)
	if a.pay {
		if err := d.control(ctx, "/economy/act"); err != nil {
			return err
		}
	}
	if !a.out {
		return nil
	}
	for _, l := range d.Ready.Ledgers {
		if err := d.control(ctx, "/stripe/"+l.StripeAccount+"/payouts/run"); err != nil {
			return err
		}
	}
	return nil
}

// Pages are the pages of the demo's installation, and the path of an address
// that signs in.
func (d *Demo) Pages(ctx context.Context, screen app.Screen) (pages *web.Site, enter string, err error) {
	owner, err := d.App.People.Demonstrator(ctx, people.Organisation{Name: "Demonstration", Zone: "UTC", Home: "USD"})
	if err != nil {
		return nil, "", fmt.Errorf("demo: %w", err)
	}
	token, err := d.App.People.EnterTicket(ctx, owner)
	if err != nil {
		return nil, "", fmt.Errorf("demo: %w", err)
	}
	pages, err = d.App.Pages(screen)
	return pages, "/enter?token=" + token, err
}

// Hour lets an hour pass: customers pay, Stripe pays out, and Tieout keeps
// up.
func (d *Demo) Hour(ctx context.Context) error {
	d.options.Clock.Advance(time.Hour)
	if err := d.perform(ctx, act{pay: true, out: true}); err != nil {
		return err
	}
	_, err := d.App.Due(ctx, d.options.Clock.Now())
	return err
}

func (d *Demo) control(ctx context.Context, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Ready.Control.URL+path, bytes.NewReader([]byte("{}")))
	if err != nil {
		return fmt.Errorf("demo: control: %w", err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("demo: control %s: %w", path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	var problem struct {
		Error string `json:"error"`
	}
	_ = json.NewDecoder(io.LimitReader(answer.Body, maxPage)).Decode(&problem)
	return fmt.Errorf("demo: control %s: %s %s", path, answer.Status, problem.Error)
}
