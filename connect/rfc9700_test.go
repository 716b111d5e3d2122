package connect_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"tieout/connect"
	"tieout/connectors"
)

// TestConsentBelongsToItsBrowser: an answer counts in the browser that the
// consent was begun in and in no other, and a stranger's attempt does not use
// it up (RFC 9700, sections 4.5 and 4.7).
func TestConsentBelongsToItsBrowser(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	plain := r.service
	r.service = plain.In("mine")
	answer := r.consent("allow")
	for name, service := range map[string]*connect.Service{"another's": plain.In("another's"), "none": plain} {
		if _, err := service.Answer(r.ctx, answer); !errors.Is(err, connect.ErrNoConsent) || r.spent() != 0 {
			t.Errorf("%s browser: %v", name, err)
		}
	}
	if made, err := r.service.Answer(r.ctx, answer); err != nil || len(made) != 1 {
		t.Errorf("the same browser: %v, %v", made, err)
	}
	if _, err := r.service.Answer(r.ctx, answer); !errors.Is(err, connect.ErrNoConsent) {
		t.Errorf("the same answer again: %v", err)
	}
}

// TestConsentGoesToItsOwnVendor: the code goes to the vendor that the state was
// made for, whatever the answer says of itself, with the redirect address that
// the consent was asked for with, letter by letter (RFC 9700, sections 2.1 and
// 4.4).
func TestConsentGoesToItsOwnVendor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	address, err := r.service.Begin(r.ctx, "craig", back)
	r.must(err)
	asked, err := url.Parse(address)
	r.must(err)
	if got := asked.Query().Get("redirect_uri"); got != back {
		t.Errorf("redirect %q, want %q", got, back)
	}
	if q := asked.Query(); q.Get("response_type") != "code" || q.Get("state") == "" {
		t.Errorf("asked for with %v", q)
	}
	for _, near := range []string{back + "/", back + "?x=1", strings.Replace(back, "http:", "https:", 1), strings.Replace(back, "cb", "CB", 1)} {
		answer := r.consent("allow")
		config := r.service.Vendors["craig"].(connectors.Authorizer).OAuth(near)
		if _, err := config.Exchange(r.ctx, answer.Get("code")); err == nil {
			t.Errorf("a code was taken with the address %s", near)
		}
	}
	answer := r.consent("allow")
	answer.Set("iss", "https://evil.example")
	answer.Set("vendor", "other")
	r.spent()
	if made, err := r.service.Answer(r.ctx, answer); err != nil || len(made) != 1 || made[0].Vendor != "craig" || r.spent() != 1 {
		t.Errorf("%v, %v", made, err)
	}
}

// challenged is the vendor with a server that takes code challenges.
type challenged struct{ connectors.Vendor }

func (challenged) TakesCodeChallenge() {}

// authorizer of the vendor underneath.
type challengedAuthorizer struct {
	challenged
	connectors.Authorizer
}

// TestCodeIsWorthlessAlone: where the vendor takes a challenge, a code that was
// seen on its way cannot be exchanged without what never left us (RFC 7636).
func TestCodeIsWorthlessAlone(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	vendor := r.service.Vendors["craig"]
	r.service.Vendors = map[string]connectors.Vendor{"craig": challengedAuthorizer{challenged{vendor}, vendor.(connectors.Authorizer)}}
	address, err := r.service.Begin(r.ctx, "craig", back)
	r.must(err)
	asked, err := url.Parse(address)
	r.must(err)
	if q := asked.Query(); q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 {
		t.Fatalf("asked for with %v", q)
	}
	config := vendor.(connectors.Authorizer).OAuth(back)
	for _, proof := range [][]oauth2.AuthCodeOption{nil, {oauth2.VerifierOption(oauth2.GenerateVerifier())}} {
		if _, err := config.Exchange(r.ctx, r.consent("allow").Get("code"), proof...); err == nil {
			t.Error("a code was taken without its proof")
		}
	}
	if made, err := r.service.Answer(r.ctx, r.consent("allow")); err != nil || len(made) != 1 {
		t.Errorf("with the proof: %v, %v", made, err)
	}
}
