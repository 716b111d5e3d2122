package main

import (
	"strings"

	"tieout/internal/clock"
	"tieout/internal/secret"
	"tieout/people/oidc"
	"tieout/web"
)

// signOnFlag is an OpenID Connect issuer at which people may sign in.
type signOnFlag struct {
	Issuer string      `name:"oidc-issuer" env:"TIEOUT_OIDC_ISSUER" placeholder:"URL" help:"OpenID Connect issuer at which people may sign in too. Needs --public-url."`
	ID     string      `name:"oidc-client-id" env:"TIEOUT_OIDC_CLIENT_ID" help:"Client id there. Register PUBLIC-URL/login/sso/back as its redirect."`
	Secret secret.Text `name:"oidc-client-secret" env:"TIEOUT_OIDC_CLIENT_SECRET" hidden:""`
	Name   string      `name:"oidc-name" env:"TIEOUT_OIDC_NAME" default:"single sign-on" help:"What people call it."`
}

// provider is the issuer; nil when none is configured.
func (f signOnFlag) provider(public string) (web.SignOn, error) {
	if f.Issuer == "" {
		return nil, nil //nolint:nilnil // nothing is configured, and that is no error
	}
	if public == "" {
		return nil, usagef("--oidc-issuer needs --public-url: the issuer sends people back to it")
	}
	p, err := oidc.New(oidc.Config{
		Issuer: f.Issuer, ClientID: f.ID, ClientSecret: f.Secret.Reveal(), Redirect: strings.TrimSuffix(public, "/") + "/login/sso/back", Name: f.Name,
	}, nil, clock.System{}.Now)
	if err != nil {
		return nil, usagef("--oidc-issuer, --oidc-client-id: %v", err)
	}
	return p, nil
}
