package mapping

import (
	"fmt"

	"tieout/money"
	"tieout/receivables"
)

// OpeningCase is what a clearing account lacks, or has too much, the evening
// before the first day of a book.
type OpeningCase struct {
	Book     string
	Currency money.Currency
	// Missing is what the processor held less what the account holds, in minor
	// units, other than 0.
	Missing int64
	// First is the first day; the document is of the day before.
	First receivables.Date
	// Clearing is the account, Counter the one that a person has named for the
	// other side.
	Clearing, Counter string
	// Contact is the ledger's, for one that asks for somebody.
	Contact string
	// Lock is the last closed day; "" when all days are open.
	Lock receivables.Date
	// By is the person; without one nothing is booked.
	By string
}

// Movement is the name under which the parts of the document are kept.
func (c OpeningCase) Movement() string {
	return "opening/" + string(c.Currency) + "/" + string(c.First)
}

// PlanOpening computes the document that brings a clearing account to its
// opening figure. It is money received or spent on the account, as ledgers have
// it on every account of type bank. A closed period does not move it: dated
// later it would not be the opening.
func PlanOpening(c OpeningCase) Plan {
	day := c.First.AddDays(-1)
	switch {
	case c.By == "":
		return waiting("The opening in %s waits for a person.", c.Currency)
	case c.Missing == 0:
		return nothing("The clearing account in %s holds its opening.", c.Currency)
	case c.Clearing == "":
		return exception("no_clearing_account", "The book has no clearing account in %s.", c.Currency)
	case c.Counter == "" || c.Counter == c.Clearing:
		return exception("opening", "The opening in %s needs an account for its other side.", c.Currency)
	case day <= c.Lock:
		return exception("opening", "The books are closed until %s, and the opening would be of %s: choose a later first day, or open the books.", c.Lock.Words(), day.Words())
	}
	return Plan{Verdict: Booked, Bookings: []Booking{{
		Book: c.Book, Kind: receivables.DocumentExpense, Currency: c.Currency, Date: day, From: c.Clearing, To: c.Counter, Contact: c.Contact,
		Source: "opening " + string(c.First), Memo: fmt.Sprintf("Opening of the clearing account, what Stripe held before %s", c.First), By: c.By,
		Parts: []Part{{Movement: c.Movement(), Purpose: PurposeOpening, Amount: -c.Missing}},
	}}}
}
