package stripe

// Method is how a payer pays.
type Method string

// The ways to pay that the stand-in knows.
const (
	Card         Method = "card"          // succeeds at once
	CardDeclined Method = "card_declined" // fails at once, nothing enters the balance
	BankDebit    Method = "bank_debit"    // the bank debit of the currency; succeeds or fails days later
)

// FeeRate is one price of Stripe: a share in hundredths of a percent, a fixed
// part and, unless 0, a cap, both in the settlement currency's minor unit.
type FeeRate struct {
	BasisPoints int64 `json:"basis_points"`
	Fixed       int64 `json:"fixed"`
	Cap         int64 `json:"cap,omitempty"`
}

// of is the fee of an amount, halves rounded up, never above the amount.
func (r FeeRate) of(amount int64) int64 {
	fee := (amount*r.BasisPoints+5000)/10000 + r.Fixed
	if r.Cap > 0 && fee > r.Cap {
		fee = r.Cap
	}
	return min(fee, amount)
}

// cardRate is the list price of a domestic card (Stripe's pricing pages of the
// country that has the currency; elsewhere 2.9 % + 30).
func cardRate(currency string) FeeRate {
	switch currency {
	case "eur":
		return FeeRate{BasisPoints: 150, Fixed: 25}
	case "gbp":
		return FeeRate{BasisPoints: 150, Fixed: 20}
	case "jpy":
		return FeeRate{BasisPoints: 360}
	}
	return FeeRate{BasisPoints: 290, Fixed: 30}
}

// debitRate is the list price of a bank debit: ACH 0.8 % capped at 5.00 USD,
// SEPA 0.35 EUR, Bacs 1 % capped at 2.00 GBP, BECS 1 % + 0.30 capped at
// 3.50 AUD (Stripe's pricing pages).
func debitRate(currency string) FeeRate {
	switch currency {
	case "eur":
		return FeeRate{Fixed: 35}
	case "gbp":
		return FeeRate{BasisPoints: 100, Cap: 200}
	case "aud":
		return FeeRate{BasisPoints: 100, Fixed: 30, Cap: 350}
	}
	return FeeRate{BasisPoints: 80, Cap: 500}
}

// debitType is Stripe's name of the bank debit of a currency, "" where the
// stand-in has none.
func debitType(currency string) string {
	switch currency {
	case "usd":
		return "us_bank_account"
	case "eur":
		return "sepa_debit"
	case "gbp":
		return "bacs_debit"
	case "aud":
		return "au_becs_debit"
	}
	return ""
}

// feeFor is the account's price for a method in a settlement currency.
func (a *Account) feeFor(m Method, currency string) FeeRate {
	if m == BankDebit {
		if r, ok := a.opts.DebitFees[currency]; ok {
			return r
		}
		return debitRate(currency)
	}
	if r, ok := a.opts.CardFees[currency]; ok {
		return r
	}
	return cardRate(currency)
}
