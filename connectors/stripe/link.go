package stripe

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// The operations of writes.
const (
	opCreateLink = "payment_link.create"
	opEndLink    = "payment_link.deactivate"
	opEndPage    = "checkout_session.expire"
)

// The metadata that we put on prices, links and payment intents. Stripe copies
// a link's to its sessions; that of the payment intent comes to its charge.
const (
	metaBook       = "tieout_book"
	metaInvoice    = "tieout_invoice"
	metaNumber     = "tieout_number"
	metaGeneration = "tieout_generation"
	metaKey        = "tieout_key"
)

// maxMeta and maxName bound a metadata value (stripe docs: metadata) and a
// product's name, for which no limit is documented.
const (
	maxMeta = 500
	maxName = 250
)

// purposeLink names the write of a link in its marker. It is no part of a
// booking: nothing is booked.
const purposeLink mapping.Purpose = "link"

// linkBody is a write as it is stored: forms as they are sent. Price and Link
// make a payment link, End ends one.
type linkBody struct {
	Price string `json:"price,omitempty"`
	// Link lacks only the id of the price, which is known once it is made.
	Link string `json:"link,omitempty"`
	End  string `json:"end,omitempty"`
}

// priceField is where the link names its price.
const priceField = "line_items[0][price]"

// LowerPaymentLink gives the two calls that make a link: a Price, because a
// link takes no amount of its own, and the link. One line, one completed
// session, and nothing that could change the amount.
func (s *session) LowerPaymentLink(r connectors.PaymentLink) (connectors.Write, bool, string, error) {
	minor, why := chargeable(r.Amount, r.Currency)
	if why != "" {
		return connectors.Write{}, false, why, nil
	}
	for _, v := range []string{r.Book, r.InvoiceID, r.Number} {
		if len([]rune(v)) > maxMeta {
			return connectors.Write{}, false, "the invoice's number or id is too long for Stripe's metadata", nil
		}
	}
	if r.Book == "" || r.InvoiceID == "" {
		return connectors.Write{}, false, "", fmt.Errorf("stripe: lower payment link: book %q and invoice %q must be given", r.Book, r.InvoiceID)
	}
	key := linkKey(r)
	body, err := json.Marshal(linkBody{Price: priceForm(r, minor, key), Link: linkForm(r, key)})
	if err != nil {
		return connectors.Write{}, false, "", fmt.Errorf("stripe: lower payment link: %w", err)
	}
	return connectors.Write{
		Op: opCreateLink, Key: key, Body: body,
		Natural: connectors.Natural{InvoiceID: r.InvoiceID, Amount: r.Amount, Currency: r.Currency},
	}, true, "", nil
}

// linkKey is the same for the same link asked for twice, and another as soon
// as its amount is: Stripe refuses a key that comes back with another request.
func linkKey(r connectors.PaymentLink) string {
	part := mapping.Part{Movement: r.InvoiceID, Purpose: purposeLink, Target: r.InvoiceID}
	return fmt.Sprintf("%s:%d%s", connectors.Key(connectors.Marker(r.Book, []mapping.Part{part}), r.Generation), r.Amount, r.Currency)
}

func priceForm(r connectors.PaymentLink, minor int64, key string) string {
	title := r.Title
	if title == "" {
		title = strings.TrimSpace("Invoice " + r.Number)
	}
	if runes := []rune(title); len(runes) > maxName {
		title = string(runes[:maxName])
	}
	params := &api.PriceParams{
		Currency:    new(strings.ToLower(string(r.Currency))),
		UnitAmount:  new(minor),
		ProductData: &api.PriceProductDataParams{Name: new(title)},
		Metadata:    metadata(r, key),
	}
	return encoded(params)
}

func linkForm(r connectors.PaymentLink, key string) string {
	intent := metadata(r, key)
	delete(intent, metaKey) // names the link, not the payment
	params := &api.PaymentLinkParams{
		AllowPromotionCodes: new(false),
		AutomaticTax:        &api.PaymentLinkAutomaticTaxParams{Enabled: new(false)},
		LineItems: []*api.PaymentLinkLineItemParams{{
			Quantity:           api.Int64(1),
			AdjustableQuantity: &api.PaymentLinkLineItemAdjustableQuantityParams{Enabled: new(false)},
		}},
		Metadata:          metadata(r, key),
		PaymentIntentData: &api.PaymentLinkPaymentIntentDataParams{Metadata: intent},
		Restrictions: &api.PaymentLinkRestrictionsParams{
			CompletedSessions: &api.PaymentLinkRestrictionsCompletedSessionsParams{Limit: api.Int64(1)},
		},
	}
	if r.Number != "" {
		params.PaymentIntentData.Description = new("Invoice " + r.Number)
	}
	return encoded(params)
}

func metadata(r connectors.PaymentLink, key string) map[string]string {
	m := map[string]string{
		metaBook: r.Book, metaInvoice: r.InvoiceID, metaKey: key,
		metaGeneration: strconv.Itoa(r.Generation),
	}
	if r.Number != "" {
		m[metaNumber] = r.Number
	}
	return m
}

// encoded is a form with its fields in order of name, so that the same write
// is always the same text.
func encoded(params any) string {
	values := &form.Values{}
	form.AppendTo(values, params)
	return values.ToValues().Encode()
}

// LowerDeactivate gives the calls that end a link: it is made inactive, and
// its open sessions, which stay payable otherwise, are expired.
func (s *session) LowerDeactivate(linkID string, generation int) (connectors.Write, error) {
	if linkID == "" {
		return connectors.Write{}, fmt.Errorf("stripe: lower deactivate: no payment link is named")
	}
	body, err := json.Marshal(linkBody{End: url.Values{"active": {"false"}}.Encode()})
	if err != nil {
		return connectors.Write{}, fmt.Errorf("stripe: lower deactivate: %w", err)
	}
	return connectors.Write{
		Op: opEndLink, Key: fmt.Sprintf("%s:off:g%d", linkID, generation), Body: body,
		Target: receivables.Ref{Kind: KindPaymentLink, ID: linkID},
	}, nil
}
