package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors/all"
	"tieout/connectors/quickbooks"
	"tieout/connectors/stripe"
	"tieout/connectors/xero"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/sandbox"
)

// clinic is an installation beside a sandbox, in this process and without
// waiting for limits.
type clinic struct {
	*testing.T
	app   *app.App
	ready sandbox.Ready
}

func newClinic(t *testing.T) *clinic {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Config{Seed: 3, Invoices: 12}, clock.NewAdjustable(clock.System{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	c := &clinic{T: t, ready: box.Ready()}
	q, x := c.ready.QuickBooks, c.ready.Xero
	c.app, err = app.Open(t.Context(), app.Config{
		Database: filepath.Join(t.TempDir(), "tieout.db"), Key: secret.Key{1}, Clock: clock.System{}, Random: rand.NewChaCha8([32]byte{9}),
		Unlimited: true, Schedule: "@hourly", Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Vendors: all.Config{
			QuickBooks: quickbooks.Config{
				ClientID: q.ClientID, ClientSecret: q.ClientSecret, API: q.URL, App: q.URL, Sandbox: true,
				Authorize: q.URL + "/connect/oauth2", Token: q.URL + "/oauth2/v1/tokens/bearer",
			},
			Xero:   xero.Config{ClientID: x.ClientID, ClientSecret: x.ClientSecret, LoginURL: x.URL, IdentityURL: x.URL, APIURL: x.URL, AppURL: x.URL},
			Stripe: stripe.Config{BaseURL: c.ready.Stripe.URL},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.app.Close() })
	return c
}

// connected connects the vendor's company, by consent or by key.
func (c *clinic) connected(vendor string) books.Connection {
	c.Helper()
	for _, ledger := range c.ready.Ledgers {
		if vendor == "stripe" {
			made, err := c.app.Connect.WithKey(c.Context(), vendor, ledger.StripeKey)
			if err != nil {
				c.Fatal(err)
			}
			return made
		}
		if ledger.Vendor != vendor {
			continue
		}
		made, err := c.app.Connect.Answer(c.Context(), c.consent(vendor, ledger.ID))
		if err != nil || len(made) != 1 {
			c.Fatalf("%d connections: %v", len(made), err)
		}
		return made[0]
	}
	c.Fatalf("the sandbox has no %s", vendor)
	return books.Connection{}
}

func (c *clinic) consent(vendor, company string) url.Values {
	c.Helper()
	address, err := c.app.Connect.Begin(c.Context(), vendor, "http://localhost:8081/connect/callback")
	if err != nil {
		c.Fatal(err)
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := stay.PostForm(address, url.Values{"decision": {"allow"}, "choice": {company}})
	if err != nil {
		c.Fatal(err)
	}
	_ = answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		c.Fatalf("consent answers %s: %v", answer.Status, err)
	}
	return back.Query()
}

// TestDoctorLive takes the closer look at a company of each vendor.
func TestDoctorLive(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	for _, one := range []struct {
		vendor      string
		read, write []string
	}{
		{"quickbooks", []string{
			`  company: .*, home currency USD, zone America/Los_Angeles`, `  stream invoices: \d+ rows read, none rejected`, `  invoice \S+ alone: as in the list`,
			`  figures: .* USD owed on `, `\? figures: compare`, `\? invoice: open http`, `  link: a link would be written: true`,
		}, []string{`  token: renewed twice, and the new one works`, `  contact: made once as \S+, found again`}},
		{"xero", []string{
			`  company: .*, home currency GBP, zone Europe/London`, `\? company: this is real money`, `  stream payments: \d+ rows read, none rejected`,
			`  receipt \S+ alone: as in the list`, `  figures: .* GBP owed on `,
		}, []string{`writing: refused, because this is real money`}},
		{"stripe", []string{
			`  permissions: nothing is missing`, `  stream charges: \d+ rows read, none rejected`, `  charge \S+ alone: as in the list`,
			`  balance: .* USD`, `  payouts go to: STRIPE TEST BANK …6789 \([A-Z]{3}\)`, `  payout \S+: \d+ members add up to it`,
		}, []string{`!token`, `  payment link: made once as plink_\S+, found again`, `  payment link's end: made once as plink_`}},
	} {
		t.Run(one.vendor, func(t *testing.T) {
			connection := c.connected(one.vendor)
			for _, write := range []bool{false, true} {
				var out bytes.Buffer
				well, err := examine(t.Context(), console{out: &out, err: &out, clock: clock.System{}}, c.app, connection, write)
				if err != nil {
					t.Fatal(err)
				}
				expect(t, one.vendor, out.String(), one.read)
				switch {
				case write:
					expect(t, one.vendor+", writing", out.String(), one.write)
				case !well:
					t.Errorf("reading %s is not well:\n%s", one.vendor, out.String())
				default:
					expect(t, one.vendor+", reading", out.String(), []string{`!made once`, `!renewed`, `!refused`})
				}
			}
		})
	}
}

// TestDoctorLiveFails disconnects the company before the look.
func TestDoctorLiveFails(t *testing.T) {
	t.Parallel()
	c := newClinic(t)
	connection := c.connected("quickbooks")
	other := connection
	other.ExternalID = "1"
	var out bytes.Buffer
	well, err := examine(t.Context(), console{out: &out, err: &out, clock: clock.System{}}, c.app, other, false)
	if err != nil || well {
		t.Errorf("well %v, %v", well, err)
	}
	expect(t, "another company", out.String(), []string{`^! company: .*; `})
}

func TestDoctorLiveUsage(t *testing.T) {
	t.Parallel()
	newMachine(t, nil).steps(t, []step{
		{args: "doctor --write", code: exitUsage, err: []string{`--write goes with --live`}},
		{args: "doctor --live", out: []string{`no connection yet`, `going-live\.md`}},
	})
}
