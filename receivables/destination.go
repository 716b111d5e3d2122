package receivables

import (
	"cmp"
	"strings"

	"tieout/money"
)

// Destination is an account that payouts go to, as far as the processor shows
// it: never its number.
type Destination struct {
	// Name is the bank's, or the card's brand.
	Name string `json:"name,omitempty"`
	// Last4 are the last digits of its number.
	Last4    string         `json:"last4,omitempty"`
	Currency money.Currency `json:"currency,omitempty"`
}

// lastDigits is how much of an account's number is ever shown.
const lastDigits = 4

// Called is what people know the account of an id as: "Chase …6789 (USD)", or
// what it is, and its id, where the processor does not say more.
func (d Destination) Called(id string) string {
	if d.Name == "" && d.Last4 == "" {
		return strings.TrimSpace(destinationType(id) + " " + id)
	}
	text := cmp.Or(d.Name, destinationType(id))
	if last := d.Last4; last != "" {
		text += " …" + last[max(0, len(last)-lastDigits):]
	}
	if d.Currency != "" {
		text += " (" + string(d.Currency) + ")"
	}
	return strings.TrimSpace(text)
}

// destinationType tells by the prefix of Stripe's id what it names (Stripe docs:
// payouts/object, destination).
func destinationType(id string) string {
	prefix, _, _ := strings.Cut(id, "_")
	return map[string]string{"ba": "bank account", "card": "card", "fa": "financial account"}[prefix]
}

// NotABank says whether a destination is a card or a financial account: money
// that goes there is on no bank account yet.
func NotABank(destination string) bool {
	return destinationType(destination) == "card" || destinationType(destination) == "financial account"
}
