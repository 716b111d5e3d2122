package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors/stripe"
	"tieout/internal/app"
)

type connectCommand struct {
	Vendor   string   `arg:"" enum:"quickbooks,xero,stripe" help:"quickbooks, xero or stripe."`
	Again    string   `placeholder:"ID" help:"Renew this connection; another company or account is refused."`
	Company  []string `placeholder:"ID|NAME" help:"Connect only this company of those that the consent reaches; may be given several times."`
	Under    string   `placeholder:"ID" help:"Connect the companies of --company under the consent of this connection, without a new one."`
	Platform bool     `help:"Stripe: by consent to your own Connect platform instead of a key."`
	KeyFile  string   `name:"secret-file" type:"existingfile" placeholder:"FILE" help:"File with the Stripe key; without it the key is read from standard input."`
	Listen   string   `default:"localhost:8081" help:"Where the vendor sends the consent's answer to. Register http://ADDRESS/connect/callback with the vendor."`
}

// Help says what is needed before the command can work.
func (k *connectCommand) Help() string {
	return "QuickBooks and Xero: make an app at developer.intuit.com or developer.xero.com, register the address http://localhost:8081/connect/callback with it, " +
		"and put its keys into TIEOUT_QUICKBOOKS_CLIENT_ID and TIEOUT_QUICKBOOKS_CLIENT_SECRET (or TIEOUT_XERO_CLIENT_ID and TIEOUT_XERO_CLIENT_SECRET). " +
		"The command prints an address to open in a browser and waits for the consent.\n\n" +
		"Stripe: make a restricted key in the dashboard and give it on standard input or in a file. It needs " + stripeScopes() + ". " +
		"An operator with a Connect platform sets TIEOUT_STRIPE_CLIENT_ID and TIEOUT_STRIPE_PLATFORM_KEY, registers the callback address with it " +
		"and connects with --platform."
}

// stripeScopes are the permissions of a restricted key, as the dashboard shows
// them.
func stripeScopes() string {
	var names []string
	for _, s := range stripe.New(stripe.Config{}).Scopes() {
		names = append(names, s.Name+": "+s.Access)
	}
	return strings.Join(names, ", ")
}

// Run connects a company: by consent in a browser, or by a key.
func (k *connectCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		var again *books.Connection
		if k.Again != "" {
			found, err := a.connection(ctx, k.Again)
			if err != nil {
				return err
			}
			if found.Vendor != k.Vendor {
				return usagef("connection %s is with %s, not with %s", found.ID, found.Vendor, k.Vendor)
			}
			again = &found
		}
		if k.Under != "" {
			return k.under(ctx, a, c)
		}
		if k.Platform && k.Vendor != "stripe" {
			return usagef("--platform is for stripe")
		}
		if k.Vendor == "stripe" && !k.Platform {
			return k.byKey(ctx, a.App, c, again)
		}
		return k.byConsent(ctx, a.App, c, again)
	})
}

func (k *connectCommand) byKey(ctx context.Context, a *app.App, c console, again *books.Connection) error {
	key, err := k.readKey(c)
	if err != nil {
		return err
	}
	var made books.Connection
	if again != nil {
		made, err = a.Connect.WithKeyAgain(ctx, key, *again)
	} else {
		made, err = a.Connect.WithKey(ctx, k.Vendor, key)
	}
	if err != nil {
		return err
	}
	if notice := a.Connect.KeyNotice(k.Vendor, key); notice != "" {
		c.note("%s", notice)
	}
	return c.connected(ctx, a, made)
}

func (k *connectCommand) readKey(c console) (string, error) {
	if k.KeyFile != "" {
		text, err := os.ReadFile(k.KeyFile)
		if err != nil {
			return "", fmt.Errorf("connect: read the key: %w", err)
		}
		return strings.TrimSpace(string(text)), nil
	}
	if c.terminal() {
		c.note("Paste the secret or restricted key, then press Enter:")
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("connect: no key on standard input; give it there or with --secret-file: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// under connects further companies that a consent reaches already.
func (k *connectCommand) under(ctx context.Context, a opened, c console) error {
	one, err := a.connection(ctx, k.Under)
	if err != nil {
		return err
	}
	if one.Vendor != k.Vendor {
		return usagef("connection %s is with %s, not with %s", one.ID, one.Vendor, k.Vendor)
	}
	if len(k.Company) == 0 {
		return usagef("--under needs --company; tieout connection companies %s lists them", one.ID)
	}
	var made []books.Connection
	for _, company := range k.Company {
		added, err := a.Connect.Add(ctx, one, company)
		if err != nil {
			return errors.Join(err, c.connected(ctx, a.App, made...))
		}
		made = append(made, added)
	}
	return c.connected(ctx, a.App, made...)
}

// answered is what the callback page hands back.
type answered struct {
	made []books.Connection
	err  error
}

func (k *connectCommand) byConsent(ctx context.Context, a *app.App, c console, again *books.Connection) error {
	listener, err := net.Listen("tcp", k.Listen)
	if err != nil {
		return fmt.Errorf("connect: %w (choose another address with --listen)", err)
	}
	here, browser, door := "http://"+k.reached(listener), rand.Text(), rand.Text()
	service := a.Connect.In(browser)
	address, err := service.Begin(ctx, k.Vendor, here+"/connect/callback")
	if err != nil {
		return errors.Join(k.explain(err), listener.Close())
	}
	done := make(chan answered, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connect/"+door, func(w http.ResponseWriter, r *http.Request) {
		//nolint:gosec // not Secure: this page is on the operator's own machine, over http
		http.SetCookie(w, &http.Cookie{Name: consentCookie, Value: browser, Path: "/connect/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, address, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /connect/callback", func(w http.ResponseWriter, r *http.Request) {
		var result answered
		service := a.Connect.In(cookieOf(r))
		if again != nil {
			result.made, result.err = service.AnswerAgain(r.Context(), r.URL.Query(), *again)
		} else {
			result.made, result.err = service.AnswerChosen(r.Context(), r.URL.Query(), connect.Only(k.Company...))
		}
		result.page(w)
		if errors.Is(result.err, connect.ErrNoConsent) {
			return // somebody else's or an old answer: go on waiting
		}
		select {
		case done <- result:
		default:
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	c.say("Open this address in a browser and give consent:\n\n  %s\n", here+"/connect/"+door)
	c.note("Waiting for the consent. Stop with Ctrl-C.")
	var result answered
	select {
	case result = <-done:
	case <-ctx.Done():
		result.err = ctx.Err()
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	stopped := server.Shutdown(stop)
	if len(result.made) > 0 {
		stopped = errors.Join(stopped, c.connected(ctx, a, result.made...))
	}
	return errors.Join(result.err, stopped)
}

// consentCookie ties a consent to the browser that began it.
const consentCookie = "tieout_consent"

// cookieOf is what the browser holds; a text that no consent is bound to
// without one.
func cookieOf(r *http.Request) string {
	c, err := r.Cookie(consentCookie)
	if err != nil || c.Value == "" {
		return "none"
	}
	return c.Value
}

// reached is the address given, with the port that was really opened.
func (k *connectCommand) reached(l net.Listener) string {
	host, port, err := net.SplitHostPort(k.Listen)
	if err != nil || port != "0" {
		return k.Listen
	}
	if _, port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		return k.Listen
	}
	return net.JoinHostPort(host, port)
}

// explain adds where the operator's own keys come from.
func (k *connectCommand) explain(err error) error {
	if !errors.Is(err, connect.ErrNoApp) {
		return err
	}
	where := "developer.intuit.com and set TIEOUT_QUICKBOOKS_CLIENT_ID and TIEOUT_QUICKBOOKS_CLIENT_SECRET"
	switch k.Vendor {
	case "xero":
		where = "developer.xero.com and set TIEOUT_XERO_CLIENT_ID and TIEOUT_XERO_CLIENT_SECRET"
	case "stripe":
		where = "dashboard.stripe.com/settings/connect and set TIEOUT_STRIPE_CLIENT_ID and TIEOUT_STRIPE_PLATFORM_KEY"
	}
	return fmt.Errorf("%w: make an app at %s to its keys", err, where)
}

// page answers the browser.
func (r answered) page(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	if r.err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintln(w, "Not connected:", withoutQuery(r.err))
		return
	}
	_, _ = fmt.Fprintln(w, "Connected. You can close this window.")
}

// withoutQuery is an error's text; an address in it loses its query, which
// may hold a code.
func withoutQuery(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err.Error()
	}
	return err.Error()
}

// connected reports what was made, and what comes next.
func (c console) connected(ctx context.Context, a *app.App, made ...books.Connection) error {
	for _, one := range made {
		kind := "test"
		if one.Profile.Live {
			kind = "live"
		}
		c.say("Connected %s: %s (%s, %s), connection %s", one.Vendor, one.Profile.Name, one.ExternalID, kind, one.ID)
		if one.Why != "" {
			c.note("%s: %s", one.Profile.Name, one.Why)
		}
	}
	return c.next(ctx, a)
}
