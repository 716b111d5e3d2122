package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	api "github.com/stripe/stripe-go/v76"

	"tieout/connectors"
	"tieout/receivables"
)

// metaShares names what each of several invoices gets of one payment:
// "id=minor" separated by blanks, in as many numbered keys as it takes.
// maxShareKeys bounds them: Stripe takes 50 keys (stripe docs: metadata).
const (
	metaShares   = "tieout_shares"
	maxShareKeys = 40
)

// OpenCheckout opens a Checkout Session over one line and exactly the order's
// total. Tax, promotion codes and adjustable quantities are off, so that what
// is paid is what was asked for. The ways to pay are those of the account's
// settings, delayed ones among them: payment_method_types is left out (stripe
// docs: payments/dynamic-payment-methods).
func (s *session) OpenCheckout(ctx context.Context, o connectors.CheckoutOrder) (connectors.Checkout, error) {
	const op = "open checkout session"
	minor, why := chargeable(o.Total(), o.Currency)
	if why != "" {
		return connectors.Checkout{}, connectors.AmountError{Why: why}
	}
	meta, err := shareMeta(o)
	if err != nil {
		return connectors.Checkout{}, err
	}
	form, err := url.ParseQuery(encoded(sessionParams(o, minor, meta)))
	if err != nil {
		return connectors.Checkout{}, fmt.Errorf("stripe: %s: %w", op, err)
	}
	got, err := s.post(ctx, op, "/v1/checkout/sessions", o.Key, form)
	if err != nil {
		return connectors.Checkout{}, err
	}
	out, total, err := checkoutOf(op, got.RawMessage)
	if err == nil && total != strconv.FormatInt(minor, 10) {
		err = fault(connectors.ClassPermanent, op, "the page opened asks for "+total+", not for "+strconv.FormatInt(minor, 10), nil)
	}
	return out, err
}

func sessionParams(o connectors.CheckoutOrder, minor int64, meta map[string]string) *api.CheckoutSessionParams {
	title := o.Title
	if runes := []rune(title); len(runes) > maxName {
		title = string(runes[:maxName])
	}
	return &api.CheckoutSessionParams{
		Mode:                new(string(api.CheckoutSessionModePayment)),
		AllowPromotionCodes: new(false),
		AutomaticTax:        &api.CheckoutSessionAutomaticTaxParams{Enabled: new(false)},
		ExpiresAt:           new(o.Until.Unix()),
		SuccessURL:          new(o.Done),
		CancelURL:           new(o.Back),
		ClientReferenceID:   new(clientReference(o)),
		Metadata:            meta,
		LineItems: []*api.CheckoutSessionLineItemParams{{
			Quantity: api.Int64(1),
			PriceData: &api.CheckoutSessionLineItemPriceDataParams{
				Currency: new(strings.ToLower(string(o.Currency))), UnitAmount: new(minor),
				ProductData: &api.CheckoutSessionLineItemPriceDataProductDataParams{Name: new(title)},
			},
		}},
		// A session's metadata does not reach its payment (stripe docs: metadata).
		PaymentIntentData: &api.CheckoutSessionPaymentIntentDataParams{Metadata: meta, Description: new(title)},
	}
}

// maxReference bounds client_reference_id (stripe docs: api/checkout/sessions,
// "a customer ID, a cart ID, or similar", 200 characters by the official spec).
const maxReference = 200

func clientReference(o connectors.CheckoutOrder) string {
	ref := o.Book
	if len(o.Shares) == 1 {
		ref += "/" + o.Shares[0].Invoice
	}
	if runes := []rune(ref); len(runes) > maxReference {
		ref = string(runes[:maxReference])
	}
	return ref
}

// shareMeta is what the payment is known by when it comes back.
func shareMeta(o connectors.CheckoutOrder) (map[string]string, error) {
	meta := map[string]string{metaBook: o.Book, metaKey: o.Key}
	if len(o.Shares) == 1 {
		meta[metaInvoice], meta[metaNumber] = o.Shares[0].Invoice, o.Shares[0].Number
		return bounded(meta)
	}
	var line string
	lines := []string{}
	for _, share := range o.Shares {
		word := share.Invoice + "=" + strconv.FormatInt(share.Amount, 10)
		if line != "" && len(line)+1+len(word) > maxMeta {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	lines = append(lines, line)
	if len(lines) > maxShareKeys {
		return nil, connectors.AmountError{Why: "these are more invoices than one payment can name"}
	}
	for i, line := range lines {
		meta[fmt.Sprintf("%s_%02d", metaShares, i+1)] = line
	}
	return bounded(meta)
}

func bounded(meta map[string]string) (map[string]string, error) {
	for name, v := range meta {
		if len([]rune(v)) > maxMeta {
			return nil, connectors.AmountError{Why: "the invoice's number or id is too long for Stripe's metadata (" + name + ")"}
		}
		if v == "" {
			delete(meta, name)
		}
	}
	return meta, nil
}

// Checkout reads one session.
func (s *session) Checkout(ctx context.Context, id string) (connectors.Checkout, error) {
	const op = "read checkout session"
	raw, err := s.get(ctx, op, sessionPath(id))
	if err != nil {
		return connectors.Checkout{}, err
	}
	out, _, err := checkoutOf(op, raw)
	return out, err
}

// ExpireCheckout ends a session. Stripe refuses it for one that is not open any
// more (stripe docs: api/checkout/sessions/expire): it is read then.
func (s *session) ExpireCheckout(ctx context.Context, id string) (connectors.Checkout, error) {
	const op = "expire checkout session"
	got, err := s.post(ctx, op, sessionPath(id)+"/expire", "expire:"+id, nil)
	if connectors.ClassOf(err) == connectors.ClassRequest {
		return s.Checkout(ctx, id)
	}
	if err != nil {
		return connectors.Checkout{}, err
	}
	out, _, err := checkoutOf(op, got.RawMessage)
	return out, err
}

func sessionPath(id string) string { return "/v1/checkout/sessions/" + pathID(id) }

// checkoutOf reads a session, and the total that it asks for.
func checkoutOf(op string, raw json.RawMessage) (connectors.Checkout, string, error) {
	var w struct {
		wireCheckout
		URL       string `json:"url"`
		ExpiresAt int64  `json:"expires_at"`
	}
	if err := json.Unmarshal(raw, &w); err != nil || w.ID == "" {
		return connectors.Checkout{}, "", fault(connectors.ClassUnknown, op, "the answer is no checkout session", err)
	}
	return connectors.Checkout{
		ID: w.ID, URL: w.URL, Status: connectors.CheckoutStatus(w.Status), Paid: w.PaymentStatus != "unpaid", Until: instant(w.ExpiresAt),
	}, w.AmountTotal.String(), nil
}

// LowerExpire is the write that ends a page.
func (s *session) LowerExpire(id string) (connectors.Write, error) {
	if id == "" {
		return connectors.Write{}, fmt.Errorf("stripe: lower expire: no checkout session is named")
	}
	return connectors.Write{
		Op: opEndPage, Key: "expire:" + id, Body: json.RawMessage("{}"), Target: receivables.Ref{Kind: receivables.KindCheckout, ID: id},
	}, nil
}

// endPage ends a page. One that was paid in between is a warning: the payment
// comes with the next pull.
func (s *session) endPage(ctx context.Context, w connectors.Write) (connectors.Answer, error) {
	page, err := s.ExpireCheckout(ctx, w.Target.ID)
	if err != nil {
		return connectors.Answer{}, err
	}
	return endedPage(w.Target, page), nil
}

func endedPage(target receivables.Ref, page connectors.Checkout) connectors.Answer {
	out := connectors.Answer{Ref: target}
	if page.Status == connectors.CheckoutComplete {
		out.Warnings = []string{"checkout session " + page.ID + " could not be expired: it was paid before"}
	}
	return out
}

func (s *session) findEndedPage(ctx context.Context, id string) (connectors.Answer, bool, error) {
	page, err := s.Checkout(ctx, id)
	if err != nil || page.Status == connectors.CheckoutOpen {
		return connectors.Answer{}, false, err
	}
	return endedPage(receivables.Ref{Kind: receivables.KindCheckout, ID: id}, page), true, nil
}
