package app_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors/all"
	"tieout/connectors/stripe"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/internal/secret"
	standin "tieout/sandbox/stripe"
	"tieout/sync/schedule"
)

const back = "http://localhost:8081/connect/callback"

// payments is an installation beside Stripe alone: a merchant, and an operator
// with a Connect platform.
type payments struct {
	*testing.T
	*app.App
	server             *standin.Server
	merchant, operator *standin.Account
}

func newPayments(t *testing.T, platformKey string) *payments {
	t.Helper()
	now := clock.At(testNow)
	p := &payments{T: t, server: standin.New(standin.Options{Clock: now, Seed: 3})}
	http := httptest.NewServer(p.server)
	t.Cleanup(http.Close)
	p.server.SetBaseURL(http.URL)
	var err error
	if p.merchant, err = p.server.AddAccount(standin.AccountOptions{SecretKey: "sk_test_merchant000", Name: "Merchant", DefaultCurrency: "usd"}); err == nil {
		p.operator, err = p.server.AddAccount(standin.AccountOptions{
			SecretKey: "sk_test_operator000", Name: "Operator", ClientID: "ca_1", RedirectURIs: []string{back}, DefaultCurrency: "usd",
		})
	}
	if err == nil {
		p.App, err = app.Open(t.Context(), app.Config{
			Database: filepath.Join(t.TempDir(), "tieout.db"), Key: secret.Key{1}, Clock: now, Random: rand.NewChaCha8([32]byte{9}),
			Unlimited: true, Schedule: "@hourly", Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			Vendors: all.Config{Stripe: stripe.Config{BaseURL: http.URL, ConnectURL: http.URL, ClientID: "ca_1", PlatformKey: platformKey}},
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// consent has the merchant decide about the operator's platform.
func (p *payments) consent(decision string) url.Values {
	p.Helper()
	address := must1[string](p.T)(p.Connect.Begin(p.Context(), "stripe", back))
	browser := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := must1[*http.Response](p.T)(browser.PostForm(address, url.Values{"decision": {decision}, "account": {p.merchant.ID()}}))
	_ = answer.Body.Close()
	return must1[*url.URL](p.T)(answer.Location()).Query()
}

// TestRestrictedKey: a key that lacks something is refused with all that it
// lacks, one that lacks nothing is taken without a word, a secret key with one.
func TestRestrictedKey(t *testing.T) {
	t.Parallel()
	p := newPayments(t, "")
	var enough []string
	for _, s := range stripe.New(stripe.Config{}).Scopes() {
		enough = append(enough, s.ID)
	}
	if err := errors.Join(p.server.AddRestrictedKey(p.merchant.ID(), "rk_test_enough00", enough),
		p.server.AddRestrictedKey(p.merchant.ID(), "rk_test_few00000", []string{"charge_read", "balance_transaction_source_read", "checkout_session_write"})); err != nil {
		t.Fatal(err)
	}
	_, err := p.Connect.WithKey(t.Context(), "stripe", "rk_test_few00000")
	if !errors.Is(err, connect.ErrScopes) {
		t.Fatalf("a key without permissions: %v", err)
	}
	for _, part := range []string{"Account: Read (connected_account_read)", "Invoices: Read (invoice_read)", "Prices: Write (plan_write)"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
	if strings.Contains(err.Error(), "charge_read") || strings.Contains(err.Error(), "rk_test") {
		t.Errorf("it names what the key has, or the key: %v", err)
	}
	if all := must1[[]books.Connection](t)(p.Store.Connections(t.Context(), books.Tenant)); len(all) != 0 {
		t.Errorf("connected all the same: %+v", all)
	}
	if _, err := p.Connect.WithKey(t.Context(), "stripe", "rk_test_unknown0"); !errors.Is(err, connect.ErrBadKey) {
		t.Errorf("a key that is none: %v", err)
	}
	made := must1[books.Connection](t)(p.Connect.WithKey(t.Context(), "stripe", "rk_test_enough00"))
	if made.ExternalID != p.merchant.ID() || made.Profile.Live {
		t.Errorf("connected %+v", made)
	}
	if notice := p.Connect.KeyNotice("stripe", "rk_test_enough00"); notice != "" {
		t.Errorf("a restricted key is warned of: %s", notice)
	}
	if notice := p.Connect.KeyNotice("stripe", p.merchant.SecretKey()); !strings.Contains(notice, "restricted key") || !strings.Contains(notice, "Prices: Write") {
		t.Errorf("a secret key: %q", notice)
	}
	if p.Connect.KeyNotice("xero", "sk_test_1") != "" {
		t.Error("a vendor without keys warns of one")
	}
}

// TestPlatform: by consent to the operator's platform, calls are made with the
// operator's key in the merchant's name, and nothing of the consent is kept.
func TestPlatform(t *testing.T) {
	t.Parallel()
	p := newPayments(t, "sk_test_operator000")
	if _, err := p.Connect.Answer(t.Context(), p.consent("deny")); !errors.Is(err, connect.ErrDeclined) {
		t.Errorf("declined: %v", err)
	}
	for range 3 {
		if _, err := p.merchant.PayDirect(standin.DirectPayment{Amount: 700, Currency: "usd"}); err != nil {
			t.Fatal(err)
		}
	}
	made := must(t)(p.Connect.Answer(t.Context(), p.consent("allow")))
	if len(made) != 1 || made[0].ExternalID != p.merchant.ID() || made[0].Profile.Name != "Merchant" || !connect.ByPlatform(made[0]) {
		t.Fatalf("connected %+v", made)
	}
	grant, err := p.Store.Grant(t.Context(), books.Tenant, made[0].GrantID)
	if err != nil || grant.Access != "" || grant.Refresh != "" || grant.Key {
		t.Errorf("kept of the consent: access %d bytes, refresh %d bytes, %v", len(grant.Access), len(grant.Refresh), err)
	}
	if _, err := p.Sync(t.Context(), schedule.Options{}); err != nil {
		t.Fatal(err)
	}
	counts, err := p.Store.Counts(t.Context(), books.Tenant, made[0].ID)
	if err != nil || counts["charge"] != 3 {
		t.Errorf("pulled %v %v, want the merchant's three charges", counts, err)
	}
	p.server.Disconnect(p.operator.ID(), p.merchant.ID())
	if _, err := p.Sync(t.Context(), schedule.Options{}); err == nil || !strings.Contains(err.Error(), "Application access may have been revoked") {
		t.Errorf("after the merchant has left: %v", err)
	}
	// A consent again finds the same connection.
	again := must(t)(p.Connect.Answer(t.Context(), p.consent("allow")))
	if len(again) != 1 || again[0].ID != made[0].ID {
		t.Errorf("connected again: %+v", again)
	}
}

// TestNoPlatform: an operator without a platform is told so.
func TestNoPlatform(t *testing.T) {
	t.Parallel()
	p := newPayments(t, "")
	if _, err := p.Connect.Begin(t.Context(), "stripe", back); !errors.Is(err, connect.ErrNoApp) {
		t.Errorf("begin: %v", err)
	}
}
