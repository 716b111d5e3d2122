package stripe_test

import (
	"net/http/httptest"
	"testing"
	"time"

	stripego "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"

	"tieout/internal/clock"
	"tieout/sandbox/stripe"
)

// The official library of the version is the judge of what can be decoded.
func TestOfficialClient(t *testing.T) {
	t.Parallel()
	now := clock.At(time.Date(2026, 3, 4, 10, 30, 0, 0, time.UTC))
	s := stripe.New(stripe.Options{Clock: now, Seed: 3})
	acct, err := s.AddAccount(stripe.AccountOptions{SecretKey: "sk_test_1", Banks: map[string]string{"usd": "ba_1"}})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	defer h.Close()
	s.SetBaseURL(h.URL)
	backend := stripego.GetBackendWithConfig(stripego.APIBackend, &stripego.BackendConfig{
		URL: new(h.URL), MaxNetworkRetries: stripego.Int64(0), EnableTelemetry: new(false),
		LeveledLogger: &stripego.LeveledLogger{Level: stripego.LevelNull},
	})
	c := client.New(acct.SecretKey(), &stripego.Backends{API: backend, Connect: backend, Uploads: backend})

	price, err := c.Prices.New(&stripego.PriceParams{
		Currency: new("usd"), UnitAmount: stripego.Int64(4200),
		ProductData: &stripego.PriceProductDataParams{Name: new("Invoice")},
	})
	if err != nil {
		t.Fatal(err)
	}
	params := &stripego.PaymentLinkParams{
		LineItems:         []*stripego.PaymentLinkLineItemParams{{Price: &price.ID, Quantity: stripego.Int64(1)}},
		Restrictions:      &stripego.PaymentLinkRestrictionsParams{CompletedSessions: &stripego.PaymentLinkRestrictionsCompletedSessionsParams{Limit: stripego.Int64(1)}},
		PaymentIntentData: &stripego.PaymentLinkPaymentIntentDataParams{Metadata: map[string]string{"invoice": "9"}},
	}
	params.AddMetadata("invoice", "9")
	params.AddExpand("line_items")
	link, err := c.PaymentLinks.New(params)
	if err != nil {
		t.Fatal(err)
	}
	if len(link.LineItems.Data) != 1 || link.LineItems.Data[0].Price.UnitAmount != 4200 {
		t.Errorf("line items %+v", link.LineItems)
	}
	paid, err := acct.PayLink(link.URL, stripe.PayOptions{Email: "a@b.example"})
	if err != nil {
		t.Fatal(err)
	}
	list := &stripego.ChargeListParams{}
	list.AddExpand("data.balance_transaction")
	n := 0
	for it := c.Charges.List(list); it.Next(); n++ {
		ch := it.Charge()
		if ch.ID != paid.Charge || ch.BalanceTransaction.Net != ch.Amount-ch.BalanceTransaction.Fee || ch.Metadata["invoice"] != "9" {
			t.Errorf("%+v", ch)
		}
	}
	if n != 1 {
		t.Errorf("%d charges", n)
	}
	if _, err := acct.RunPayouts(); err != nil {
		t.Fatal(err)
	}
	payouts := c.Payouts.List(&stripego.PayoutListParams{})
	if !payouts.Next() {
		t.Fatal("no payout", payouts.Err())
	}
	members := c.BalanceTransactions.List(&stripego.BalanceTransactionListParams{Payout: &payouts.Payout().ID})
	var sum int64
	for members.Next() {
		if bt := members.BalanceTransaction(); bt.Type != stripego.BalanceTransactionTypePayout {
			sum += bt.Net
		}
	}
	if members.Err() != nil || sum != payouts.Payout().Amount {
		t.Errorf("members %d of %d, %v", sum, payouts.Payout().Amount, members.Err())
	}
	_, err = c.Refunds.New(&stripego.RefundParams{Charge: new("ch_none")})
	if e, ok := err.(*stripego.Error); !ok || e.Code != stripego.ErrorCodeResourceMissing || e.RequestID == "" {
		t.Errorf("%v", err)
	}
}
