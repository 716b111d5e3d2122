package mapping

import (
	"fmt"

	"tieout/receivables"
)

// planPayout books a payout when it is paid, on the day of its arrival. A
// negative one is money that Stripe takes from the bank.
func planPayout(c Case) Plan {
	switch {
	case c.Payout == nil:
		return waiting("The payout %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Payout.Status == "canceled":
		// Source: Stripe docs, payouts/cancel: only a pending payout can be.
		return nothing("The payout %s was cancelled before it left: nothing reached the bank.", c.Payout.ID)
	case c.Payout.Status == "failed" && c.Stood == No:
		return nothing("The payout %s failed before it was paid: nothing is booked for it.", c.Payout.ID)
	case c.Payout.Status == "failed" && c.Stood != Yes:
		return exception("payout_failed", "Stripe reports the payout %s as failed.", c.Payout.ID)
	case c.Payout.Status != "paid" && c.Payout.Status != "failed":
		return waiting("The payout %s is on its way to the bank.", c.Payout.ID)
	}
	return transferPayout(c, PurposePayout, c.Payout.Arrival, "Stripe payout "+c.Payout.ID)
}

// planPayoutReversal books the way back of a payout that failed after it was
// paid: a transfer of its own, dated the reversal, because the bank shows both
// lines.
func planPayoutReversal(c Case) Plan {
	switch {
	case c.Payout == nil:
		return waiting("The payout %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Payout.Status == "canceled" || c.Stood == No:
		return nothing("The payout %s never reached the bank: it and its reversal add up to nothing.", c.Payout.ID)
	case c.Stood != Yes:
		return exception("payout_reversal", "Stripe has put the payout %s back: nobody knows whether it had reached the bank.", c.Payout.ID)
	}
	return transferPayout(c, PurposePayoutReversal, receivables.DateIn(c.Movement.Created, c.Zone), "Stripe payout "+c.Payout.ID+" came back")
}

func transferPayout(c Case, purpose Purpose, due receivables.Date, memo string) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	bank, ok := c.Accounts.Bank(c.Payout.Destination, c.Payout.Currency)
	if !ok {
		return unknownDestination(c)
	}
	plan := Plan{Verdict: Booked, Bookings: []Booking{{
		Book: c.Book, Kind: receivables.DocumentTransfer, Currency: c.Movement.Currency, Date: due,
		From: clearing, To: bank, Source: c.Payout.ID, Memo: memo,
		Parts: []Part{{Movement: c.Movement.ID, Purpose: purpose, Amount: -c.Movement.Amount}},
	}}}
	return plan.withFee(c, clearing)
}

// unknownDestination asks for the bank of a payout.
func unknownDestination(c Case) Plan {
	if c.Payout.Destination == "" {
		return exception("unknown_destination", "Stripe does not name the account that the payout %s went to, and nobody has said which bank account payouts in %s go to.", c.Payout.ID, c.Payout.Currency)
	}
	return exception("unknown_destination", "Nobody has said which bank account of the ledger payouts in %s to %s go to.", c.Payout.Currency, c.PaidTo.Called(c.Payout.Destination))
}

// planTopUp books money that was sent from a bank account to the Stripe
// balance, and a top-up that was taken back.
func planTopUp(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	bank := c.Accounts.TopUps[c.Movement.Currency]
	if bank == "" {
		return exception(c.Movement.Category, "Nobody has said which bank account top-ups in %s come from: %s.", c.Movement.Currency, c.Movement.ID)
	}
	b := c.spend(clearing, bank, PurposeTopUp, fmt.Sprintf("Stripe top-up %s, %s", c.Movement.Source, c.Movement.ID))
	b.Kind, b.Contact = receivables.DocumentTransfer, ""
	return Plan{Verdict: Booked, Bookings: []Booking{b}}.withFee(c, clearing)
}
