package mapping

import (
	"fmt"
	"time"

	"tieout/receivables"
)

// Match is a decision that an amount of a charge pays an invoice.
type Match struct {
	Invoice  string
	Customer string
	Amount   int64
	// Rate is the invoice's own rate as the ledger states it; "" = none.
	Rate string
	// Adopted says that the ledger's own receipt stands for it already.
	Adopted bool
}

// Case is a movement with all that its booking depends on.
type Case struct {
	Book     string
	Movement receivables.BalanceTransaction
	Charge   *receivables.Charge
	Payout   *receivables.Payout
	Matches  []Match
	// Own is the number of the processor's own invoice that the charge pays
	// and that the ledger does not hold; "" where there is none.
	Own      string
	Accounts Accounts
	Zone     *time.Location
	// Lock is the last closed day; "" when all days are open.
	Lock receivables.Date
}

// Verdict says what follows from a movement.
type Verdict string

// The verdicts. A booked movement's documents are in Plan.Bookings; one with
// nothing to book has none and is done.
const (
	Booked    Verdict = "booked"
	Nothing   Verdict = "nothing"
	Waiting   Verdict = "waiting"
	Exception Verdict = "exception"
)

// Plan is what should stand in the ledger for one movement.
type Plan struct {
	Verdict  Verdict
	Bookings []Booking
	// Kind names an exception; Why is a sentence for a person.
	Kind string
	Why  string
}

// ExceptionOwnInvoice is the kind of the exception of a payment for an invoice
// that only the processor holds. Booking it would take an income account and a
// tax treatment that nobody has chosen.
const ExceptionOwnInvoice = "own_invoice"

// row is one line of the booking table.
type row func(Case) Plan

// bookingTable says what each reporting category of Stripe is booked as. A
// category that is not in it is an exception under its own name: nothing is
// ever guessed.
// Source: Stripe docs, reports/reporting-categories.
func bookingTable() map[string]row {
	return map[string]row{
		"charge":         planCharge,
		"charge_failure": planFailure,
		"payout":         planPayout,
	}
}

// PlanFor computes the documents that a movement calls for. It is pure, and
// the same case always gives the same plan.
func PlanFor(c Case) Plan {
	plan, ok := bookingTable()[c.Movement.Category]
	if !ok {
		return exception(c.Movement.Category, "Stripe's %q movements are not booked: a person has to decide about %s.", c.Movement.Category, c.Movement.ID)
	}
	return plan(c)
}

func planCharge(c Case) Plan {
	switch {
	case c.Charge == nil:
		return waiting("The charge %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Charge.Status == receivables.ChargePending:
		return waiting("The bank has not yet answered the debit %s.", c.Charge.ID)
	case c.Charge.Status == receivables.ChargeFailed:
		return failedCharge(c)
	case c.Charge.Currency != c.Movement.Currency:
		return exception("fx", "The charge %s was paid in %s and settled in %s.", c.Charge.ID, c.Charge.Currency, c.Movement.Currency)
	case len(c.Matches) == 0 && c.Own != "":
		return exception(ExceptionOwnInvoice, "The charge %s pays Stripe's own invoice %s, which the ledger does not hold: nothing is booked for it.", c.Charge.ID, c.Own)
	case len(c.Matches) == 0:
		return waiting("No invoice has been found for the charge %s.", c.Charge.ID)
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return exception("no_clearing_account", "The book has no clearing account in %s.", c.Movement.Currency)
	}
	due, guess := chargeDate(c)
	date, note := postingDate(due, c.Lock)
	plan := Plan{Verdict: Booked}
	plan.Bookings = append(plan.Bookings, receipts(c, clearing, date, guess+note)...)
	if c.Movement.Fee < 0 {
		return exception("returned_fee", "Stripe returned a fee with %s.", c.Movement.ID)
	}
	if c.Movement.Fee > 0 {
		plan.Bookings = append(plan.Bookings, feeBooking(c, clearing))
	}
	return plan
}

// receipts makes one receipt for each customer whose invoices are paid: in a
// ledger a receipt belongs to one customer. It carries the rate of the first
// of its invoices: paid at its own rate, an invoice leaves no difference in
// home currency.
func receipts(c Case, clearing string, date receivables.Date, note string) []Booking {
	var out []Booking
	at := map[string]int{}
	for _, m := range c.Matches {
		if m.Adopted {
			continue
		}
		i, ok := at[m.Customer]
		if !ok {
			i = len(out)
			at[m.Customer] = i
			out = append(out, Booking{
				Book: c.Book, Kind: receivables.DocumentReceipt, Currency: c.Movement.Currency, Rate: m.Rate, Date: date,
				CustomerID: m.Customer, To: clearing, Method: c.Accounts.Method, Source: c.Charge.ID,
				Memo: fmt.Sprintf("Stripe %s, %s%s", c.Charge.ID, c.Movement.ID, note),
			})
		}
		out[i].Parts = append(out[i].Parts, Part{Movement: c.Movement.ID, Purpose: PurposeReceipt, Target: m.Invoice, Amount: m.Amount})
	}
	return out
}

func feeBooking(c Case, clearing string) Booking {
	date, note := postingDate(receivables.DateIn(c.Movement.Created, c.Zone), c.Lock)
	return Booking{
		Book: c.Book, Kind: receivables.DocumentExpense, Currency: c.Movement.Currency, Rate: firstRate(c.Matches), Date: date,
		From: clearing, To: c.Accounts.Fees, Contact: c.Accounts.FeeContact, Source: c.Movement.Source,
		Memo:  fmt.Sprintf("Stripe fee, %s, %s%s", c.Movement.Source, c.Movement.ID, note),
		Parts: []Part{{Movement: c.Movement.ID, Purpose: PurposeFee, Amount: c.Movement.Fee}},
	}
}

// firstRate is the rate of what a charge pays first, so that its fee is worth
// what its receipt is worth; "" for a movement that pays no invoice.
func firstRate(matches []Match) string {
	if len(matches) == 0 {
		return ""
	}
	return matches[0].Rate
}

// failedCharge is a debit that failed before it succeeded: there was no
// receipt, so only a fee that Stripe kept is booked. What Stripe put into the
// balance and took out again adds up to nothing by itself.
func failedCharge(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	switch {
	case c.Movement.Fee == 0:
		return Plan{Verdict: Nothing, Why: fmt.Sprintf("The debit %s failed: no money moved.", c.Movement.Source)}
	case c.Movement.Fee < 0:
		return exception("returned_fee", "Stripe returned a fee with %s.", c.Movement.ID)
	case !ok:
		return exception("no_clearing_account", "The book has no clearing account in %s.", c.Movement.Currency)
	}
	return Plan{Verdict: Booked, Bookings: []Booking{feeBooking(c, clearing)}}
}

func planFailure(c Case) Plan {
	if c.Charge == nil {
		return waiting("The charge %s behind this movement has not been pulled yet.", c.Movement.Source)
	}
	if c.Charge.Status != receivables.ChargeFailed {
		return exception("returned_debit", "The debit %s was returned by the payer's bank after it had succeeded.", c.Charge.ID)
	}
	return failedCharge(c)
}

func planPayout(c Case) Plan {
	switch {
	case c.Payout == nil:
		return waiting("The payout %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Payout.Status == "failed" || c.Payout.Status == "canceled":
		return exception("payout_"+c.Payout.Status, "Stripe reports the payout %s as %s.", c.Payout.ID, c.Payout.Status)
	case c.Payout.Status != "paid":
		return waiting("The payout %s is on its way to the bank.", c.Payout.ID)
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return exception("no_clearing_account", "The book has no clearing account in %s.", c.Movement.Currency)
	}
	bank, ok := c.Accounts.Bank(c.Payout.Destination, c.Payout.Currency)
	if !ok {
		return exception("unknown_destination", "Nobody has said which bank account the payouts to %s in %s go to.", c.Payout.Destination, c.Payout.Currency)
	}
	date, note := postingDate(c.Payout.Arrival, c.Lock)
	plan := Plan{Verdict: Booked, Bookings: []Booking{{
		Book: c.Book, Kind: receivables.DocumentTransfer, Currency: c.Movement.Currency, Date: date,
		From: clearing, To: bank, Source: c.Payout.ID,
		Memo:  fmt.Sprintf("Stripe payout %s%s", c.Payout.ID, note),
		Parts: []Part{{Movement: c.Movement.ID, Purpose: PurposePayout, Amount: -c.Movement.Amount}},
	}}}
	if c.Movement.Fee < 0 {
		return exception("returned_fee", "Stripe returned a fee with %s.", c.Movement.ID)
	}
	if c.Movement.Fee > 0 {
		plan.Bookings = append(plan.Bookings, feeBooking(c, clearing))
	}
	return plan
}

// chargeDate is the day on which the money became real: a card's on the day
// of its movement; a delayed debit's when it succeeded or, where that moment
// is not known, when Stripe made the money available, which the document then
// says.
func chargeDate(c Case) (receivables.Date, string) {
	switch {
	case c.Movement.Type != "payment":
		return receivables.DateIn(c.Movement.Created, c.Zone), ""
	case c.Charge.Succeeded != nil:
		return receivables.DateIn(*c.Charge.Succeeded, c.Zone), ""
	}
	return receivables.DateIn(c.Movement.Available, c.Zone), ", dated when Stripe made it available"
}

// postingDate moves a date out of a closed period to the first open day; the
// document then carries both.
func postingDate(due, lock receivables.Date) (receivables.Date, string) {
	if lock == "" || due > lock {
		return due, ""
	}
	return lock.AddDays(1), fmt.Sprintf(" (of %s, books closed until %s)", due, lock)
}

func waiting(format string, args ...any) Plan {
	return Plan{Verdict: Waiting, Why: fmt.Sprintf(format, args...)}
}

func exception(kind, format string, args ...any) Plan {
	return Plan{Verdict: Exception, Kind: kind, Why: fmt.Sprintf(format, args...)}
}
