package reconcile

import (
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// bookingCase is all that the booking of a movement depends on.
func (w *world) bookingCase(m Movement, found match) mapping.Case {
	c := mapping.Case{
		Book: w.book.ID, Movement: m.Row, Charge: m.Charge, Payout: m.Payout, PaidTo: w.paidTo(m), Refund: m.Refund, Dispute: m.Dispute,
		Accounts: w.book.Accounts, Fees: w.book.Settings.FeeRule(), Zone: w.zone, Home: w.r.Home, Lock: w.r.Lock, Earlier: w.earlierCharge(m), Own: found.own, Sale: found.sale,
	}
	paid := found.allocations
	if !m.pays() {
		paid = w.paidBy(m)
		c.Credit = w.creditFor(m)
	}
	c.Stood, c.Decision = w.stood(m), w.decided(m)
	c.WayOfReturn, c.Dishonoured = w.wayOfReturn(m), w.dishonoured(m)
	discounts, by := w.granted(m)
	for _, a := range paid {
		if a.Rule == RuleAsked {
			continue
		}
		inv := w.paidInvoice(a.Invoice)
		c.Matches = append(c.Matches, mapping.Match{
			Invoice: a.Invoice, Customer: a.Customer, Amount: a.Amount, Rate: inv.Rate, Adopted: a.Adopted != "",
			Number: inv.Number, Due: inv.Due, By: a.By,
			Discount: discounts[a.Invoice], DiscountBy: by,
		})
	}
	return c
}

// paidTo is what is known of the account that a payout went to.
func (w *world) paidTo(m Movement) receivables.Destination {
	if m.Payout == nil {
		return receivables.Destination{}
	}
	return w.destinations[m.Payout.Destination]
}

// decided is what a person has decided about a movement that goes back, or
// that no rule books.
func (w *world) decided(m Movement) mapping.Decision {
	d, asked := w.decisions[movementSubject(m)+"#"+DecideBooking]
	if !asked || d.Answer == "" {
		return mapping.Decision{}
	}
	choice, about, _ := strings.Cut(d.Answer, ":")
	out := mapping.Decision{Choice: mapping.Choice(choice), By: d.By}
	if !d.At.IsZero() {
		out.On = receivables.DateIn(d.At, w.zone)
	}
	if out.Choice == mapping.ChoiceAccount {
		out.Account = about
	} else {
		out.Invoice = about
	}
	return out
}

// choose asks a person what the booking table leaves open. An answer that
// could not be carried out is set aside, and asked for again.
func (w *world) choose(m Movement, plan mapping.Plan, matches []mapping.Match) *Decision {
	if len(plan.Choices) == 0 {
		return nil
	}
	key := movementSubject(m) + "#" + DecideBooking
	if d, asked := w.decisions[key]; asked && d.Answer != "" {
		w.result.Overtaken = append(w.result.Overtaken, d.ID)
		delete(w.decisions, key)
	}
	d := w.ask(m, DecideBooking, plan.Why, choiceOptions(plan.Choices, matches))
	w.decisions[key] = *d
	return d
}

// choiceText says in words what a choice does.
var choiceText = map[mapping.Choice]string{
	mapping.ChoiceOwesAgain:  "The customer owes it again",
	mapping.ChoiceCreditSale: "Credit the sale, with a credit note that you approve",
	mapping.ChoiceGoodwill:   "Goodwill: a cost of ours, the sale stays",
	mapping.ChoiceBadDebt:    "The money is lost: bad debt",
	mapping.ChoiceAsBooked:   "Book it by the rule, although its payment lies before the cut-over",
	mapping.ChoiceReopen:     "Take the payment off the invoice, which is open again: its money is received and spent over 'Returned payments'",
	mapping.ChoiceNewInvoice: "Leave the payment on the invoice, and write an untaxed invoice of what is owed again",
	mapping.ChoiceAccount:    "Book it against one account: give its name or id behind the colon",
}

// choiceOptions are the answers that the choices come down to: for a charge
// that has paid several invoices, one for each of them where it matters.
func choiceOptions(choices []mapping.Choice, matches []mapping.Match) []Option {
	var options []Option
	for _, c := range choices {
		switch {
		case c == mapping.ChoiceAccount:
			options = append(options, Option{Key: AnswerAccount, Text: choiceText[c]})
		case c == mapping.ChoiceAsBooked || c == mapping.ChoiceBadDebt || c == mapping.ChoiceReopen || c == mapping.ChoiceNewInvoice || len(matches) < 2:
			options = append(options, Option{Key: string(c), Text: choiceText[c]})
		default:
			for _, m := range matches {
				if m.Invoice != "" {
					options = append(options, Option{Key: string(c) + ":" + m.Invoice, Text: fmt.Sprintf("%s: %s", choiceText[c], m.Called())})
				}
			}
		}
	}
	return options
}

// restDecided turns what a payment brought above its invoices into the
// customer's credit, once a person has said so. A rest that is to be refunded
// is the customer's credit until the refund is made, which takes it up again.
func (w *world) restDecided(m Movement, found match) match {
	d, asked := w.decisions[movementSubject(m)+"#"+DecideOverpaid]
	customer := found.customer()
	if found.rest <= 0 || !asked || d.Answer == "" || customer == "" {
		return found
	}
	why := fmt.Sprintf("%s has said that %s stays as the customer's credit", d.By, money.Money{Minor: found.rest, Currency: m.Charge.Currency})
	if d.Answer == overpaidRefund {
		why = fmt.Sprintf("%s refunds %s in Stripe; until then it is the customer's credit", d.By, money.Money{Minor: found.rest, Currency: m.Charge.Currency})
	}
	found.allocations = append(found.allocations, Allocation{
		Connection: m.Connection, Movement: m.Row.ID, Charge: m.Charge.ID, Customer: customer,
		Amount: found.rest, Currency: m.Charge.Currency, Rule: RulePerson, Evidence: why, By: d.By,
	})
	found.rest, found.decision, found.why = 0, nil, why+"."
	return found
}

// The answers about what was paid above the invoices.
const (
	overpaidRefund = "refund"
	overpaidCredit = "credit"
)

// customer is whose money a payment is, where it is one customer's.
func (f match) customer() string {
	one := f.owner
	for _, a := range f.allocations {
		if one != "" && a.Customer != one {
			return ""
		}
		one = a.Customer
	}
	return one
}

// granted is what a person has granted on invoices for paying early, by the
// answer about what the payment pays.
func (w *world) granted(m Movement) (discounts map[string]int64, by string) {
	for _, kind := range []string{DecideMatch, DecidePayer} {
		d := w.decisions[movementSubject(m)+"#"+kind]
		for _, o := range d.Options {
			if d.Answer == "" || o.Key != d.Answer || len(o.Discounts) == 0 {
				continue
			}
			discounts = map[string]int64{}
			for _, a := range o.Discounts {
				discounts[a.Target.ID] += a.Amount
			}
			return discounts, d.By
		}
	}
	return nil, ""
}

// credited are the invoices whose sale a person has decided to credit, or that
// a person may have: their own lines are needed for that.
func (w *world) credited() []string {
	var ids []string
	for _, m := range w.movements {
		discounts, _ := w.granted(m)
		if w.decided(m).Choice != mapping.ChoiceCreditSale && len(discounts) == 0 {
			continue
		}
		for _, a := range w.paidBy(m) {
			ids = add(ids, a.Invoice)
		}
	}
	return ids
}

// answerPost is the answer that a document goes to the first open day.
const answerPost = "post"

// approved are the bookings that may be written. Where the book wants to be
// asked about what belongs to a closed period, that waits for the answer.
func (w *world) approved(m Movement, bookings []mapping.Booking) (open []mapping.Booking, question *Decision) {
	if !w.book.Settings.AskClosed || w.decisions[movementSubject(m)+"#"+DecideClosed].Answer == answerPost {
		return bookings, nil
	}
	for _, b := range bookings {
		if _, missing := b.Only(func(p mapping.Part) bool { return w.absent(m, p) }); b.Of == "" || !missing {
			open = append(open, b)
			continue
		}
		why := fmt.Sprintf("It belongs to %s, and the books are closed until %s. Shall it be posted on the first open day?", b.Of.Words(), w.r.Lock.Words())
		question = w.ask(m, DecideClosed, why, []Option{{Key: answerPost, Text: "Post it on the first open day, with both dates"}})
	}
	return open, question
}
