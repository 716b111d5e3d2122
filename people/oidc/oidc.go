// Package oidc lets people sign in at an OpenID Connect issuer, with the
// authorisation code flow and PKCE (OpenID Connect Core 1.0, section 3.1; RFC
// 9700, section 2.1.1). It finds out who somebody is; whether that person may
// come in is decided elsewhere.
package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"tieout/people"
)

// Config says who the issuer is, and who we are there.
type Config struct {
	// Issuer is its identifier, the address below which its configuration stands.
	Issuer       string
	ClientID     string
	ClientSecret string
	// Redirect is where the issuer sends the browser back to, exactly as it is
	// registered there.
	Redirect string
	// Name is what people call it.
	Name string
}

const (
	// callTime bounds a call to the issuer.
	callTime = 10 * time.Second
	// maxAnswer bounds what it may answer: keys and tokens are a few kilobytes.
	maxAnswer = 1 << 20
	// flowLife is how long somebody has to sign in there.
	flowLife = 15 * time.Minute
)

// algorithms are the signatures that are taken: both are asymmetric, so that
// knowing our secret or a public key makes nobody an issuer.
func algorithms() []string { return []string{oidc.RS256, oidc.ES256} }

// ErrConfig says what is wrong with a configuration.
var ErrConfig = errors.New("the single sign-on cannot be used")

// Provider signs people in at one issuer. Its configuration is read when it is
// needed first, so that an issuer that is away keeps nothing else from working.
type Provider struct {
	config Config
	client *http.Client
	now    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
}

// New prepares a provider. transport carries the calls; nil is Go's own.
func New(c Config, transport http.RoundTripper, now func() time.Time) (*Provider, error) {
	if c.ClientID == "" {
		return nil, fmt.Errorf("%w: no client id", ErrConfig)
	}
	for what, address := range map[string]string{"issuer": c.Issuer, "redirect": c.Redirect} {
		u, err := url.Parse(address)
		if err != nil || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || !private(u) {
			return nil, fmt.Errorf("%w: the %s %q is no https:// address", ErrConfig, what, address)
		}
	}
	if transport == nil {
		transport = http.DefaultTransport
	}
	return &Provider{config: c, now: now, client: &http.Client{
		Transport: bounded{transport}, Timeout: callTime,
		// An issuer's addresses are what its configuration says.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// private says that nobody reads on the way: TLS, or this machine itself.
func private(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	here := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && here
}

// bounded reads no more of an answer than an issuer has to say.
type bounded struct{ next http.RoundTripper }

// RoundTrip cuts a long answer off.
func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.next.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, maxAnswer), answer.Body}
	}
	return answer, err //nolint:wrapcheck // a transport passes on what its own says
}

// Name is what people call the issuer.
func (p *Provider) Name() string { return p.config.Name }

// flow is what the browser's session keeps between leaving and coming back.
type flow struct {
	State, Nonce, Verifier string
	Begun                  time.Time
}

// Begin gives the address to send the browser to, and what its session has to
// keep until it comes back.
func (p *Provider) Begin(ctx context.Context) (address, kept string, err error) {
	config, _, err := p.open(ctx)
	if err != nil {
		return "", "", err
	}
	f := flow{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Begun: p.now()}
	text, err := json.Marshal(f)
	if err != nil {
		return "", "", fmt.Errorf("oidc: keep the flow: %w", err)
	}
	return config.AuthCodeURL(f.State, oidc.Nonce(f.Nonce), oauth2.S256ChallengeOption(f.Verifier)), string(text), nil
}

// Finish takes the query that the browser came back with, and what its session
// kept, and says who it is. What is not right is people.ErrRefused with the
// reason.
func (p *Provider) Finish(ctx context.Context, kept string, query url.Values) (people.Identity, error) {
	var f flow
	if kept == "" || json.Unmarshal([]byte(kept), &f) != nil || p.now().Sub(f.Begun) > flowLife {
		return people.Identity{}, refused("it was not begun in this browser, or too long ago: sign in again")
	}
	if f.State == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(f.State)) != 1 {
		return people.Identity{}, refused("the answer belongs to another attempt: sign in again")
	}
	// An answer of another issuer is not ours (RFC 9207, section 2.4).
	if iss := query.Get("iss"); iss != "" && iss != p.config.Issuer {
		return people.Identity{}, refused("another issuer has answered")
	}
	if problem := query.Get("error"); problem != "" {
		return people.Identity{}, refused("it was declined there")
	}
	config, provider, err := p.open(ctx)
	if err != nil {
		return people.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(f.Verifier))
	if failed, ok := errors.AsType[*oauth2.RetrieveError](err); ok && failed.Response.StatusCode < http.StatusInternalServerError {
		return people.Identity{}, refused("the issuer does not take its code back: sign in again")
	}
	if err != nil {
		return people.Identity{}, fmt.Errorf("oidc: exchange the code: %w", plain(err))
	}
	raw, _ := token.Extra("id_token").(string)
	verifier := provider.VerifierContext(ctx, &oidc.Config{ClientID: config.ClientID, SupportedSigningAlgs: algorithms(), Now: p.now})
	id, err := verifier.Verify(ctx, raw)
	if err != nil {
		return people.Identity{}, refused("the issuer's statement does not hold: " + plain(err).Error())
	}
	return p.identity(id, f)
}

// identity reads who a verified token is of.
func (p *Provider) identity(id *oidc.IDToken, f flow) (people.Identity, error) {
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.Nonce)) != 1 {
		return people.Identity{}, refused("the issuer's statement is of another attempt: sign in again")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"`
		Name     string `json:"name"`
		Party    string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return people.Identity{}, refused("the issuer's statement cannot be read")
	}
	switch {
	// With several audiences it has to say for whom it was made (OpenID Connect
	// Core 1.0, section 3.1.3.7, 4 and 5).
	case claims.Party != "" && claims.Party != p.config.ClientID, claims.Party == "" && len(id.Audience) > 1:
		return people.Identity{}, refused("the issuer's statement was made for another program")
	case id.Subject == "":
		return people.Identity{}, refused("the issuer does not say who it is")
	}
	return people.Identity{
		Issuer: p.config.Issuer, Subject: id.Subject, Email: claims.Email, Name: claims.Name,
		// Some issuers write the truth as a text.
		Verified: claims.Verified == true || claims.Verified == "true",
	}, nil
}

// open reads the issuer's configuration, once.
func (p *Provider) open(ctx context.Context) (*oauth2.Config, *oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.provider == nil {
		// The library keeps this context for the issuer's keys: it must not end
		// with the request.
		provider, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
		if err != nil {
			return nil, nil, fmt.Errorf("oidc: the configuration of %s: %w", p.config.Issuer, plain(err))
		}
		p.provider = provider
	}
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: p.provider.Endpoint(), RedirectURL: p.config.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}, p.provider, nil
}

func refused(why string) error { return people.Refusal(why) }

// plain is an error without the issuer's own words, and without an address that
// may hold a code.
func plain(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	if failed, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return fmt.Errorf("the issuer answered %d", failed.Response.StatusCode) //nolint:err113 // says what was seen
	}
	return err
}
