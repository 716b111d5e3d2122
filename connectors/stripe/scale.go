package stripe

import (
	"fmt"

	"tieout/money"
)

// Scale gives the digits of Stripe's own minor unit, which are not those of
// ISO 4217 (stripe docs: currencies, "Zero-decimal currencies", "Three-decimal
// currencies", "Special cases"). ISK and UGX have no decimals but are sent in
// hundredths; MGA has two by ISO 4217 and none here.
func Scale(c money.Currency) (digits int, ok bool) {
	if _, known := money.ISO(c); !known {
		return 0, false
	}
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0, true
	case "BHD", "JOD", "KWD", "OMR", "TND":
		return 3, true
	}
	return 2, true
}

// fromStripe turns Stripe's minor units into the model's, those of ISO 4217.
func fromStripe(amount int64, c money.Currency) (int64, error) {
	stripe, known := Scale(c)
	iso, _ := money.ISO(c)
	if !known {
		return 0, fmt.Errorf("stripe: %w %q", money.ErrCurrency, string(c))
	}
	return money.ParseMinor(money.Text(amount, stripe), iso)
}

// toStripe turns the model's minor units into what Stripe charges: exactly,
// or not at all.
func toStripe(amount int64, c money.Currency) (int64, error) {
	stripe, known := Scale(c)
	iso, _ := money.ISO(c)
	if !known {
		return 0, fmt.Errorf("stripe: %w %q", money.ErrCurrency, string(c))
	}
	n, err := money.ParseMinor(money.Text(amount, iso), stripe)
	if err != nil {
		return 0, fmt.Errorf("stripe: %s: %w", money.Money{Minor: amount, Currency: c}, err)
	}
	if stripe == 3 && n%10 != 0 {
		return 0, fmt.Errorf("stripe: %s: the third decimal must be 0", money.Money{Minor: amount, Currency: c})
	}
	return n, nil
}

// minimum is the smallest charge in Stripe's minor units; 0 where Stripe's
// table has no line for the currency and the limit is what converts to 0.50
// USD (stripe docs: currencies, "Minimum and maximum charge amounts").
func minimum(c money.Currency) int64 {
	switch c {
	case "USD", "EUR", "AUD", "CAD", "CHF", "NZD", "SGD", "BRL", "INR", "JPY":
		return 50
	case "GBP":
		return 30
	case "SEK", "NOK":
		return 300
	case "DKK":
		return 250
	case "HKD":
		return 400
	case "BGN":
		return 100
	case "PLN", "RON", "AED", "MYR":
		return 200
	case "MXN", "THB":
		return 1000
	case "CZK":
		return 1500
	case "HUF":
		return 17500
	}
	return 0
}

// chargeable gives the amount as Stripe takes it, or why it cannot.
func chargeable(amount int64, c money.Currency) (minor int64, why string) {
	shown := money.Money{Minor: amount, Currency: c}
	minor, err := toStripe(amount, c)
	switch least := minimum(c); {
	case err != nil:
		return 0, "Stripe cannot take " + shown.String() + ": " + err.Error()
	case minor <= 0:
		return 0, "there is nothing to pay"
	case minor < least:
		return 0, fmt.Sprintf("%s is below Stripe's smallest charge of %s", shown, money.Money{Minor: least, Currency: c}.Text(Scale)+" "+string(c))
	case minor > maxCharge:
		return 0, fmt.Sprintf("%s is above Stripe's largest charge", shown)
	}
	return minor, ""
}
