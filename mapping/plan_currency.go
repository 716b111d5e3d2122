package mapping

import (
	"cmp"
	"slices"

	"github.com/shopspring/decimal"

	"tieout/money"
)

// ExceptionCurrency is the kind of the exception of a payment or refund that no
// document of the ledger can say: neither of its currencies is the ledger's
// own, or the ledger has no form for it.
const ExceptionCurrency = "fx"

// paidIn is the currency in which the payer paid, or gets back.
func (c Case) paidIn() money.Currency {
	switch {
	case c.Refund != nil:
		return c.Refund.Currency
	case c.Charge != nil:
		return c.Charge.Currency
	}
	return c.Movement.Currency
}

// crosses says whether the movement was settled in another currency than that
// of the payment. The documents of it are then in the payment's currency, with
// what was settled as their worth: their parts are in the movement's currency,
// their lines, one for each part, in their own.
func (c Case) crosses() bool { return c.paidIn() != c.Movement.Currency }

// inWords says whether a document can say both amounts: one of them has to be
// in the ledger's home currency, which is that of the clearing account.
func (c Case) inWords() bool { return !c.crosses() || c.Home != "" && c.Movement.Currency == c.Home }

// whole is all that was paid, or goes back, in the payment's currency; 0 where
// Stripe does not say it in that currency.
func (c Case) whole() int64 {
	switch {
	case !c.crosses():
		return max(c.Movement.Amount, -c.Movement.Amount)
	case c.Refund != nil:
		return c.Refund.Amount
	case c.Dispute != nil && c.Dispute.Currency != c.Charge.Currency:
		return 0
	case c.Dispute != nil:
		return c.Dispute.Amount
	}
	return c.Charge.Amount
}

// paid is a part of the movement in the payment's currency.
func (c Case) paid(settled int64) int64 {
	if !c.crosses() {
		return settled
	}
	return share(c.whole(), settled, max(c.Movement.Amount, -c.Movement.Amount))
}

// share is amount * part / whole, rounded; 0 of nothing.
func share(amount, part, whole int64) int64 {
	if whole == 0 {
		return 0
	}
	return decimal.New(amount, 0).Mul(decimal.New(part, 0)).DivRound(decimal.New(whole, 0), 0).IntPart()
}

// Settle gives each match its share of what was settled for a whole payment.
// The shares of a payment that is matched to its end add up to it exactly: each
// takes what rounding has left to it, in the order of the invoices' ids, with
// what pays none last, so that a rest that is decided later changes no share
// that is booked.
func Settle(matches []Match, settled, whole int64) []Match {
	out := slices.Clone(matches)
	order := make([]*Match, len(out))
	for i := range out {
		order[i] = &out[i]
	}
	slices.SortStableFunc(order, func(a, b *Match) int {
		if none := cmp.Compare(len(b.Invoice), 0) - cmp.Compare(len(a.Invoice), 0); none != 0 {
			return none
		}
		return cmp.Compare(a.Invoice, b.Invoice)
	})
	var taken, given int64
	for _, m := range order {
		taken += m.Amount
		m.Settled = share(settled, taken, whole) - given
		given += m.Settled
	}
	return out
}

// settle gives the matches their shares of the movement: what they take of the
// payment itself, where both are in one currency.
func (c Case) settle(matches []Match) []Match {
	if c.crosses() {
		return Settle(matches, max(c.Movement.Amount, -c.Movement.Amount), c.whole())
	}
	out := slices.Clone(matches)
	for i := range out {
		out[i].Settled = out[i].Amount
	}
	return out
}

// rate is the ledger's rate for documents of the movement: that of what the
// payment pays first, so that a fee is worth what its receipt is worth. A
// payment in another currency has none to lend, and one for no invoice none.
func (c Case) rate() string {
	if len(c.Matches) == 0 || c.crosses() {
		return ""
	}
	return c.Matches[0].Rate
}

// abroad turns a booking of the movement into one in the payment's currency:
// its parts stay what was settled, and the lines say the same in its own.
func (c Case) abroad(b Booking, lines ...BookingLine) Booking {
	b.Currency, b.Settlement, b.Lines, b.Rate = c.paidIn(), c.Movement.Currency, lines, ""
	return b
}

// noCredit says that a match would be a customer's credit in a foreign currency
// that was settled in home currency, which takes receivables that can be posted
// to: an overpayment is in the currency of the account that holds its money.
func (c Case) noCredit(m Match) bool { return m.Invoice == "" && c.crosses() && !c.direct() }

// noForm is a payment or refund whose two currencies no document can say.
func (c Case) noForm(what, id string) Plan {
	return c.undecided(ExceptionCurrency, "The %s %s was made in %s and settled in %s: no document of the ledger says both, so that a person has to decide about %s.",
		what, id, c.paidIn(), c.Movement.Currency, c.Movement.ID)
}

// text is an amount in the payment's currency.
func (c Case) text(minor int64) money.Money { return money.Money{Minor: minor, Currency: c.paidIn()} }
