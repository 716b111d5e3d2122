package stripe

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
)

func wanted() connectors.PaymentLink {
	return connectors.PaymentLink{
		Book: "book-1", InvoiceID: "inv-77", Number: "INV-1001", Title: "Invoice INV-1001",
		Amount: 12345, Currency: "USD", Generation: 1,
	}
}

func (b *bench) lowerLink(r connectors.PaymentLink) connectors.Write {
	b.t.Helper()
	w, ok, why, err := b.session.LowerPaymentLink(r)
	if err != nil || !ok {
		b.t.Fatalf("lower: %v %q %v", ok, why, err)
	}
	return w
}

func TestLowerPaymentLinkIsPure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := b.lowerLink(wanted())
	for range 20 {
		if again := b.lowerLink(wanted()); string(again.Body) != string(first.Body) || again.Key != first.Key {
			t.Fatalf("the same link lowers differently:\n%s\n%s", first.Body, again.Body)
		}
	}
	if b.calls != 0 {
		t.Errorf("lowering made %d calls", b.calls)
	}
	other := wanted()
	other.Amount++
	if b.lowerLink(other).Key == first.Key {
		t.Error("another amount has the same idempotency key")
	}
	var body linkBody
	b.must(json.Unmarshal(first.Body, &body))
	price, err := url.ParseQuery(body.Price)
	b.must(err)
	link, err := url.ParseQuery(body.Link)
	b.must(err)
	for form, wants := range map[*url.Values]map[string]string{
		&price: {"unit_amount": "12345", "currency": "usd", "product_data[name]": "Invoice INV-1001"},
		&link: {
			"restrictions[completed_sessions][limit]":      "1",
			"allow_promotion_codes":                        "false",
			"automatic_tax[enabled]":                       "false",
			"line_items[0][quantity]":                      "1",
			"line_items[0][adjustable_quantity][enabled]":  "false",
			"metadata[tieout_invoice]":                     "inv-77",
			"metadata[tieout_book]":                        "book-1",
			"metadata[tieout_number]":                      "INV-1001",
			"payment_intent_data[metadata][tieout_number]": "INV-1001",
			"payment_intent_data[metadata][tieout_book]":   "book-1",
		},
	} {
		for field, want := range wants {
			if got := form.Get(field); got != want {
				t.Errorf("%s = %q, want %q", field, got, want)
			}
		}
	}
}

func TestLowerPaymentLinkRefuses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, c := range []struct {
		amount   int64
		currency string
		why      string
	}{
		{49, "USD", "below"},
		{50, "USD", ""},
		{0, "USD", "nothing"},
		{-1, "EUR", "nothing"},
		{99_999_999, "USD", ""},
		{100_000_000, "USD", "above"},
		{29, "GBP", "below"},
		{5125, "KWD", "third decimal"},
		{5120, "KWD", ""},
		{1, "ISK", ""},
		{12345, "MGA", "cannot take"},
		{12300, "MGA", ""},
		{100, "XXQ", "unknown currency"},
	} {
		r := wanted()
		r.Amount, r.Currency = c.amount, money.Currency(c.currency)
		_, ok, why, err := b.session.LowerPaymentLink(r)
		if err != nil || ok != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%d %s: ok %v, why %q, error %v", c.amount, c.currency, ok, why, err)
		}
	}
	r := wanted()
	r.InvoiceID = ""
	if _, _, _, err := b.session.LowerPaymentLink(r); err == nil {
		t.Error("a link without an invoice was lowered")
	}
}

func TestLinkIsMadePaidAndRead(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	w := b.lowerLink(wanted())
	if _, found, err := b.session.Find(t.Context(), w); err != nil || found {
		t.Fatalf("found before it was made: %v %v", found, err)
	}
	made, err := b.session.Send(t.Context(), w)
	b.must(err)
	if made.Ref.Kind != KindPaymentLink || made.URL == "" || made.RequestID == "" {
		t.Errorf("answer %+v", made)
	}
	again, err := b.session.Send(t.Context(), w)
	b.must(err)
	if again.Ref != made.Ref || again.URL != made.URL {
		t.Errorf("the same key made another link: %v and %v", made.Ref, again.Ref)
	}
	found, ok, err := b.session.Find(t.Context(), w)
	if err != nil || !ok || found.Ref != made.Ref || found.URL != made.URL {
		t.Errorf("find: %+v %v %v", found, ok, err)
	}
	paid, err := b.account.PayLink(made.URL, standin.PayOptions{Name: "Ada", Email: "ada@example.com"})
	b.must(err)
	b.pass(all, cursors, false)
	charge := as[receivables.Charge](t, all[receivables.Ref{Kind: receivables.KindCharge, ID: paid.Charge}])
	if charge.Amount != 12345 || charge.Metadata[metaInvoice] != "inv-77" || charge.Status != receivables.ChargeSucceeded {
		t.Errorf("charge %+v", charge)
	}
	session := as[receivables.Checkout](t, all[receivables.Ref{Kind: receivables.KindCheckout, ID: paid.Session}])
	if session.Link != made.Ref.ID || session.PaymentStatus != "paid" || session.Metadata[metaNumber] != "INV-1001" {
		t.Errorf("session %+v", session)
	}
}

func TestDeactivateExpiresOpenSessions(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	made, err := b.session.Send(t.Context(), b.lowerLink(wanted()))
	b.must(err)
	open, err := b.account.OpenLink(made.URL)
	b.must(err)
	w, err := b.session.LowerDeactivate(made.Ref.ID, 1)
	b.must(err)
	if _, found, err := b.session.Find(t.Context(), w); err != nil || found {
		t.Fatalf("found before it was sent: %v %v", found, err)
	}
	ended, err := b.session.Send(t.Context(), w)
	b.must(err)
	if len(ended.Warnings) != 0 {
		t.Errorf("warnings %v", ended.Warnings)
	}
	if _, err := b.account.CompleteSession(open, standin.PayOptions{}); err == nil {
		t.Error("the open session could still be paid")
	}
	if _, err := b.account.PayLink(made.URL, standin.PayOptions{}); err == nil {
		t.Error("the link could still be paid")
	}
	if _, found, err := b.session.Find(t.Context(), w); err != nil || !found {
		t.Errorf("not found after it was sent: %v %v", found, err)
	}
}

func TestWriteWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, lost := range []string{"/v1/prices", "/v1/payment_links"} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			inner := b.meddle
			b.meddle = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost && r.URL.Path == lost {
					b.meddle = inner
					panic(http.ErrAbortHandler)
				}
				return false
			}
			w := b.lowerLink(wanted())
			if _, err := b.session.Send(t.Context(), w); connectors.ClassOf(err) != connectors.ClassUnknown {
				t.Fatalf("class %s: %v", connectors.ClassOf(err), err)
			}
			if _, found, err := b.session.Find(t.Context(), w); err != nil || found {
				t.Fatalf("found a link that was not made: %v %v", found, err)
			}
			_, err := b.session.Send(t.Context(), w)
			b.must(err)
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vendor.config.BaseURL = "http://127.0.0.1:1"
	s := b.open(b.account.ID(), testKey)
	if _, err := s.Pull(t.Context(), "charges", nil); connectors.ClassOf(err) != connectors.ClassRetry {
		t.Errorf("reading: %v", err)
	}
	if _, err := s.Send(t.Context(), b.lowerLink(wanted())); connectors.ClassOf(err) != connectors.ClassRetry {
		t.Errorf("writing, when no connection can be made: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.session.Pull(ended, "charges", nil); connectors.ClassOf(err) != connectors.ClassRetry {
		t.Errorf("an ended call: %v", err)
	}
}
