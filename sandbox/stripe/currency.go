package stripe

import (
	"strings"

	"github.com/shopspring/decimal"
)

// zeroDecimal and threeDecimal are the currencies whose minor unit is not a
// hundredth (Stripe docs: currencies, "Zero-decimal currencies" and
// "Three-decimal currencies"). ISK and UGX have no decimals but are sent in
// hundredths ("Special cases").
const (
	zeroDecimal  = " bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf "
	threeDecimal = " bhd jod kwd omr tnd "
	twoDecimal   = " aed aud bgn brl cad chf czk dkk eur gbp hkd huf idr ils inr isk mxn myr nok nzd php pln ron sar sek sgd thb try twd uah ugx usd zar "
)

// maxAmount is the largest amount of a charge: eight digits (Stripe docs:
// api/payment_intents, amount).
const maxAmount = 99_999_999

// exponent is the number of decimals of the minor unit; ok is false for a
// currency that the stand-in does not take.
func exponent(currency string) (exp int32, ok bool) {
	word := " " + currency + " "
	switch {
	case currency == "" || strings.Contains(currency, " "):
		return 0, false
	case strings.Contains(zeroDecimal, word):
		return 0, true
	case strings.Contains(threeDecimal, word):
		return 3, true
	case strings.Contains(twoDecimal, word):
		return 2, true
	}
	return 0, false
}

// minimumOf is the smallest chargeable amount in minor units (Stripe docs:
// currencies, "Minimum and maximum charge amounts"); 0 where the table has no
// line, because then Stripe converts to the settlement currency first.
func minimumOf(currency string) int64 {
	return map[string]int64{
		"usd": 50, "eur": 50, "aud": 50, "cad": 50, "chf": 50, "nzd": 50, "sgd": 50, "brl": 50, "inr": 50,
		"gbp": 30, "sek": 300, "nok": 300, "dkk": 250, "hkd": 400, "jpy": 50, "mxn": 1000, "czk": 1500,
		"pln": 200, "ron": 200, "aed": 200, "myr": 200, "huf": 17500, "thb": 1000, "bgn": 100,
	}[currency]
}

// checkAmount refuses what Stripe refuses about an amount to be charged.
func checkAmount(amount int64, currency, param string) *Error {
	exp, ok := exponent(currency)
	switch {
	case !ok:
		return invalid("", "currency", "Invalid currency: %s. Stripe currently supports these currencies:%s", currency,
			strings.ReplaceAll(strings.TrimRight(twoDecimal+zeroDecimal[1:]+threeDecimal[1:], " "), " ", ", ")[1:])
	case amount < 1:
		return invalid("parameter_invalid_integer", param, "This value must be greater than or equal to 1.")
	case amount > maxAmount:
		return invalid("amount_too_large", param, "Amount must be no more than %s %s",
			decimal.New(maxAmount, -exp).StringFixed(exp), currency)
	case amount < minimumOf(currency):
		return invalid("amount_too_small", param, "Amount must be at least %s %s",
			decimal.New(minimumOf(currency), -exp).StringFixed(exp), currency)
	case exp == 3 && amount%10 != 0:
		return invalid("invalid_charge_amount", param, "The last digit of a three-decimal amount must be 0.")
	case (currency == "isk" || currency == "ugx") && amount%100 != 0:
		return invalid("invalid_charge_amount_no_decimal_compatible", param, "The amount must be divisible by 100.")
	}
	return nil
}

// convert turns an amount of one currency into another by Stripe's
// exchange_rate, which relates major units; halves go away from zero.
func convert(amount int64, from, to string, rate decimal.Decimal) int64 {
	fromExp, _ := exponent(from)
	toExp, _ := exponent(to)
	return decimal.New(amount, -fromExp).Mul(rate).Shift(toExp).Round(0).IntPart()
}

// symbol is what Stripe puts before an amount in its messages.
func symbol(currency string) string {
	switch currency {
	case "usd":
		return "$"
	case "eur":
		return "€"
	case "gbp":
		return "£"
	case "jpy":
		return "¥"
	}
	return ""
}
