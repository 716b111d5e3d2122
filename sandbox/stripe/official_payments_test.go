package stripe_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"tieout/internal/clock"
	"tieout/sandbox/stripe"
)

// official is the official library against a stand-in with one account.
func official(t *testing.T) (*client.API, *stripe.Server, *clock.Adjustable) {
	t.Helper()
	now := clock.At(time.Now().UTC()) // the library judges a signature's age by the wall clock
	s := stripe.New(stripe.Options{Clock: now, Seed: 3})
	if _, err := s.AddAccount(stripe.AccountOptions{SecretKey: "sk_test_1"}); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.SetBaseURL(h.URL)
	backend := stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL: new(h.URL), MaxNetworkRetries: stripego.Int64(0), EnableTelemetry: new(false),
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
	})
	return client.New("sk_test_1", &stripego.Backends{API: backend, Connect: backend, Uploads: backend}), s, now
}

func TestOfficialClientVerifiesWebhooks(t *testing.T) {
	t.Parallel()
	c, s, _ := official(t)
	heard := make(chan stripego.Event, 10)
	var secret string
	l := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e, err := webhook.ConstructEvent(raw, r.Header.Get("Stripe-Signature"), secret)
		if err != nil {
			t.Error(err)
		}
		heard <- e
	}))
	defer l.Close()
	we, err := c.WebhookEndpoints.New(&stripego.WebhookEndpointParams{
		URL: new(l.URL), EnabledEvents: []*string{new("payment_intent.succeeded")}, APIVersion: new(stripego.APIVersion),
	})
	if err != nil {
		t.Fatal(err)
	}
	secret = we.Secret
	pi, err := c.PaymentIntents.New(&stripego.PaymentIntentParams{
		Amount: stripego.Int64(2000), Currency: new("usd"), Confirm: new(true), PaymentMethod: new("pm_card_visa"),
		PaymentMethodTypes: []*string{new("card")},
	})
	if err != nil || pi.Status != stripego.PaymentIntentStatusSucceeded {
		t.Fatal(pi, err)
	}
	if n := s.Deliver(context.Background()); n != 1 {
		t.Fatalf("%d posts", n)
	}
	if e := <-heard; e.Type != "payment_intent.succeeded" || e.Data.Object["id"] != pi.ID {
		t.Errorf("%+v", e)
	}
}

func TestOfficialClientPays(t *testing.T) {
	t.Parallel()
	c, _, now := official(t)
	cus, err := c.Customers.New(&stripego.CustomerParams{Name: new("A")})
	if err != nil {
		t.Fatal(err)
	}
	si, err := c.SetupIntents.New(&stripego.SetupIntentParams{
		Customer: &cus.ID, Confirm: new(true), PaymentMethod: new("pm_usBankAccount_success"), PaymentMethodTypes: []*string{new("us_bank_account")},
		MandateData: &stripego.SetupIntentMandateDataParams{CustomerAcceptance: &stripego.SetupIntentMandateDataCustomerAcceptanceParams{
			Type: stripego.MandateCustomerAcceptanceTypeOffline, Offline: &stripego.SetupIntentMandateDataCustomerAcceptanceOfflineParams{},
		}},
	})
	if err != nil || si.Mandate == nil {
		t.Fatal(si, err)
	}
	pi, err := c.PaymentIntents.New(&stripego.PaymentIntentParams{
		Amount: stripego.Int64(2000), Currency: new("usd"), Confirm: new(true), OffSession: new(true), Customer: &cus.ID,
		PaymentMethod: &si.PaymentMethod.ID, PaymentMethodTypes: []*string{new("us_bank_account")},
	})
	if err != nil || pi.Status != stripego.PaymentIntentStatusProcessing {
		t.Fatal(pi, err)
	}
	now.Advance(5 * 24 * time.Hour)
	if pi, err = c.PaymentIntents.Get(pi.ID, nil); err != nil || pi.Status != stripego.PaymentIntentStatusSucceeded {
		t.Fatal(pi, err)
	}
	_, err = c.PaymentIntents.New(&stripego.PaymentIntentParams{
		Amount: stripego.Int64(900), Currency: new("usd"), Confirm: new(true), PaymentMethod: new("pm_card_chargeDeclinedLostCard"),
		PaymentMethodTypes: []*string{new("card")},
	})
	if e, ok := err.(*stripego.Error); !ok || e.DeclineCode != stripego.DeclineCodeLostCard || e.PaymentIntent == nil || e.HTTPStatusCode != http.StatusPaymentRequired {
		t.Errorf("%v", err)
	}
	disputed, err := c.PaymentIntents.New(&stripego.PaymentIntentParams{
		Amount: stripego.Int64(900), Currency: new("usd"), Confirm: new(true), PaymentMethod: new("pm_card_createDispute"), PaymentMethodTypes: []*string{new("card")},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := c.Disputes.List(&stripego.DisputeListParams{Charge: &disputed.LatestCharge.ID})
	if !list.Next() || list.Dispute().BalanceTransactions[0].Net != -2400 {
		t.Errorf("%+v %v", list.Dispute(), list.Err())
	}
	if _, err := c.Accounts.GetByID("acct_none", nil); err == nil {
		t.Error("a foreign account is shown")
	}
	if _, err := c.OAuth.New(&stripego.OAuthTokenParams{GrantType: new("authorization_code"), Code: new("ac_none")}); err == nil {
		t.Error("an unknown code is exchanged")
	}
}
