package mapping

import (
	"fmt"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// Match is a decision that an amount of a charge pays an invoice.
type Match struct {
	// Invoice is "" where the amount pays none and becomes the customer's
	// credit, which takes a person (By).
	Invoice  string
	Customer string
	// Amount is in minor units of the payment's currency, Settled the share of
	// the movement that it takes, in minor units of the movement's: the same
	// where there is one currency. PlanFor works Settled out.
	Amount, Settled int64
	// Number and Due are the invoice's; "" where they are not known.
	Number string
	Due    receivables.Date
	// Rate is the invoice's own rate as the ledger states it; "" = none.
	Rate string
	// Adopted says that the ledger's own receipt stands for it already.
	Adopted bool
	// By is the person who decided it, "" for a rule.
	By string
	// Discount is an early-payment discount that DiscountBy has granted on
	// it: a person, or a rule that a person has signed.
	Discount   int64
	DiscountBy string
}

// Case is a movement with all that its booking depends on.
type Case struct {
	Book     string
	Movement receivables.BalanceTransaction
	// Charge is the one that the movement is about, or that its refund or
	// dispute is about.
	Charge *receivables.Charge
	Payout *receivables.Payout
	// PaidTo is what the processor shows of the payout's destination.
	PaidTo  receivables.Destination
	Refund  *receivables.Refund
	Dispute *receivables.Dispute
	// Matches are what the charge pays, or has paid when it comes back.
	Matches []Match
	// Own is the number of the processor's own invoice that the charge pays
	// and that the ledger does not hold; "" where there is none.
	Own string
	// Credit is an open credit of the customer that a refund pays back.
	Credit *Credit
	// Decision is what a person has decided about the movement.
	Decision Decision
	// Stood says whether a document of ours stands, or stood, for the movement
	// that this one takes back, or that was taken back: a payout and its
	// failure, a refund and its failure, a debit and its return.
	Stood Answer
	// WayOfReturn is how the payment that the movement returns can be booked;
	// Dishonoured says of a payment that its return was booked in that way.
	WayOfReturn Way
	Dishonoured bool
	Accounts    Accounts
	Fees        FeeRule
	// Home is the ledger's home currency; "" when it is not known.
	Home money.Currency
	// Sale says that the charge is a sale without an invoice, which the book
	// wants on its day's document.
	Sale bool
	Zone *time.Location
	// Earlier says that the charge is earlier than what the book begins with: a
	// refund, dispute or return of it is a person's decision.
	Earlier bool
	// Lock is the last closed day; "" when all days are open.
	Lock receivables.Date
}

// Answer is what is known about a question of yes or no.
type Answer string

// The answers; the zero value is "not known".
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Choice is what a person decides about money that goes back, or about a
// movement that no rule books.
type Choice string

// The choices. ChoiceAsBooked lets the rule book what is older than the
// cut-over; ChoiceAccount books the movement against Decision.Account.
const (
	ChoiceOwesAgain  Choice = "owes_again"
	ChoiceCreditSale Choice = "credit_sale"
	ChoiceGoodwill   Choice = "goodwill"
	ChoiceBadDebt    Choice = "bad_debt"
	ChoiceAsBooked   Choice = "as_booked"
	ChoiceAccount    Choice = "account"
	// ChoiceReopen takes a returned debit's payment off the invoice, which is
	// open again; ChoiceNewInvoice leaves it and bills the return.
	ChoiceReopen     Choice = "reopen"
	ChoiceNewInvoice Choice = "new_invoice"
)

// Decision is a person's choice. It counts only with a name in By.
type Decision struct {
	Choice Choice
	By     string
	// On is the day of the decision, by which what it writes about a lost
	// dispute is dated; "" leaves it to the movement.
	On receivables.Date
	// Account is the ledger account of ChoiceAccount.
	Account string
	// Invoice is the one that is meant where a charge has paid several.
	Invoice string
	// Amount is the part of a lost dispute that is decided, in minor units; 0
	// means all that was withdrawn.
	Amount int64
}

func (d Decision) is(choice Choice) bool { return d.By != "" && d.Choice == choice }

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
	// Fees are what a document for many movements carries (FeeDocument).
	Fees []FeeItem
	// Sale is what the document for a day's sales carries (SalesDocument); nil
	// for anything that is no sale.
	Sale *Part
	// Held is what leaves the clearing account only after a further step, in
	// minor units of the movement's currency; Why says which.
	Held int64
	// Choices are open to a person now.
	Choices []Choice
	// Kind names an exception; Why is a sentence for a person.
	Kind string
	Why  string
}

// ExceptionOwnInvoice is the kind of the exception of a payment for an invoice
// that only the processor holds. Booking it would take an income account and a
// tax treatment that nobody has chosen.
const ExceptionOwnInvoice = "own_invoice"

// PlanFor computes the documents that a movement calls for. It is pure, and
// the same case always gives the same plan.
func PlanFor(c Case) Plan {
	row, known := rowOf(c.Movement)
	switch {
	case !known || row.plan == nil || c.Movement.Type == "":
		return unplanned(c, name(c.Movement)).outOf(c.Lock)
	case !row.has(c.Movement.Type):
		return unplanned(c, c.Movement.Type).outOf(c.Lock)
	case c.Movement.Amount == 0 && row.Category != "charge":
		return onlyFee(c).outOf(c.Lock)
	}
	return row.plan(c).outOf(c.Lock)
}

// onlyFee is a movement of nothing: at most its fee is booked.
func onlyFee(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok && c.Movement.Fee != 0 {
		return noClearing(c)
	}
	return nothing("The movement %s is of nothing.", c.Movement.ID).withFee(c, clearing)
}

// unplanned is a movement that no rule books: a person may name an account for
// it, until then it is an exception under its own name.
func unplanned(c Case, kind string) Plan {
	if c.Decision.is(ChoiceAccount) && c.Decision.Account != "" {
		return chosen(c)
	}
	p := exception(kind, "Stripe's %q movements are not booked: a person has to decide about %s.", kind, c.Movement.ID)
	p.Choices = []Choice{ChoiceAccount}
	return p
}

// chosen books a movement against the account that a person has named.
func chosen(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	plan := Plan{Verdict: Booked}
	if c.Movement.Amount != 0 {
		b := c.spend(clearing, c.Decision.Account, PurposeChosen, fmt.Sprintf("Stripe %s, %s", name(c.Movement), c.Movement.ID))
		b.By = c.Decision.By
		plan.Bookings = append(plan.Bookings, b)
	}
	return plan.withFee(c, clearing)
}

// spend takes a movement's amount out of the clearing account into another;
// an amount that came in runs the other way.
func (c Case) spend(clearing, to string, purpose Purpose, memo string) Booking {
	return Booking{
		Book: c.Book, Kind: receivables.DocumentExpense, Currency: c.Movement.Currency, Rate: c.rate(), Date: c.day(),
		From: clearing, To: to, Contact: c.Accounts.FeeContact, Source: c.Movement.Source, Memo: memo,
		Parts: []Part{{Movement: c.Movement.ID, Purpose: purpose, Amount: -c.Movement.Amount}},
	}
}

// outOf moves documents out of a closed period to the first open day; they
// then carry both dates.
func (p Plan) outOf(lock receivables.Date) Plan {
	for i := range p.Bookings {
		b := &p.Bookings[i]
		if lock == "" || b.Date > lock {
			continue
		}
		b.Of, b.Date = b.Date, lock.AddDays(1)
		b.Memo += fmt.Sprintf(" (of %s, books closed until %s)", b.Of, lock)
	}
	return p
}

func waiting(format string, args ...any) Plan {
	return Plan{Verdict: Waiting, Why: fmt.Sprintf(format, args...)}
}

func exception(kind, format string, args ...any) Plan {
	return Plan{Verdict: Exception, Kind: kind, Why: fmt.Sprintf(format, args...)}
}

func nothing(format string, args ...any) Plan {
	return Plan{Verdict: Nothing, Why: fmt.Sprintf(format, args...)}
}

func noClearing(c Case) Plan {
	return exception("no_clearing_account", "The book has no clearing account in %s.", c.Movement.Currency)
}
