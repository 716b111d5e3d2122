package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"tieout/books"
	"tieout/internal/app"
)

type connectCommand struct {
	Vendor  string `arg:"" enum:"quickbooks,xero,stripe" help:"quickbooks, xero or stripe."`
	KeyFile string `name:"secret-file" type:"existingfile" placeholder:"FILE" help:"File with the Stripe key; without it the key is read from standard input."`
	Listen  string `default:"localhost:8081" help:"Where the vendor sends the consent's answer to. Register http://ADDRESS/connect/callback with the vendor."`
}

// Run connects a company: by consent in a browser, or by a key.
func (k *connectCommand) Run(ctx context.Context, g *Global, c console) error {
	a, err := g.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = a.Close() }()
	if k.Vendor == "stripe" {
		return k.byKey(ctx, a, c)
	}
	return k.byConsent(ctx, a, c)
}

func (k *connectCommand) byKey(ctx context.Context, a *app.App, c console) error {
	key, err := k.readKey(c)
	if err != nil {
		return err
	}
	made, err := a.Connect.WithKey(ctx, k.Vendor, key)
	if err != nil {
		return err
	}
	c.connected(made)
	return nil
}

func (k *connectCommand) readKey(c console) (string, error) {
	if k.KeyFile != "" {
		text, err := os.ReadFile(k.KeyFile)
		return strings.TrimSpace(string(text)), err
	}
	if c.terminal() {
		c.note("Paste the secret or restricted key, then press Enter:")
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("no key on standard input: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// answered is what the callback page hands back.
type answered struct {
	made []books.Connection
	err  error
}

func (k *connectCommand) byConsent(ctx context.Context, a *app.App, c console) error {
	listener, err := net.Listen("tcp", k.Listen)
	if err != nil {
		return fmt.Errorf("connect: %w (choose another address with --listen)", err)
	}
	address, err := a.Connect.Begin(ctx, k.Vendor, "http://"+k.Listen+"/connect/callback")
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	done := make(chan answered, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /connect/callback", func(w http.ResponseWriter, r *http.Request) {
		made, err := a.Connect.Answer(r.Context(), r.URL.Query())
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintln(w, "Not connected:", err)
		} else {
			_, _ = fmt.Fprintln(w, "Connected. You can close this window.")
		}
		select {
		case done <- answered{made, err}:
		default:
		}
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	c.say("Open this address in a browser and give consent:\n\n  %s\n", address)
	var result answered
	select {
	case result = <-done:
	case <-ctx.Done():
		result.err = ctx.Err()
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	if err := server.Shutdown(stop); err != nil && result.err == nil {
		result.err = err
	}
	c.connected(result.made...)
	return result.err
}

func (c console) connected(made ...books.Connection) {
	for _, one := range made {
		kind := "test"
		if one.Profile.Live {
			kind = "live"
		}
		c.say("Connected %s: %s (%s, %s), connection %s", one.Vendor, one.Profile.Name, one.ExternalID, kind, one.ID)
	}
}
