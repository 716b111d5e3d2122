package mapping

import (
	"fmt"

	"tieout/money"
	"tieout/receivables"
)

func planCharge(c Case) Plan {
	switch {
	case c.Charge == nil:
		return waiting("The charge %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Charge.Status == receivables.ChargePending:
		return waiting("The bank has not yet answered the debit %s.", c.Charge.ID)
	case c.Charge.Status == receivables.ChargeFailed && !returned(c):
		return failedCharge(c)
	case len(c.Matches) == 0 && c.Own != "":
		return exception(ExceptionOwnInvoice, "The charge %s pays Stripe's own invoice %s, which the ledger does not hold: nothing is booked for it.", c.Charge.ID, c.Own)
	case len(c.Matches) == 0 && c.Sale:
		return planSale(c)
	case len(c.Matches) == 0:
		return waiting("No invoice has been found for the charge %s.", c.Charge.ID)
	case !c.inWords(), c.crosses() && c.Movement.Amount <= 0:
		return c.noForm("charge", c.Charge.ID)
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	if p, undecided := unappliedCheck(c); undecided {
		return p
	}
	due, guess := chargeDate(c)
	plan := Plan{Verdict: Booked, Bookings: receipts(c, clearing, due, guess)}
	if c.Dishonoured {
		for i, b := range plan.Bookings {
			plan.Bookings[i] = c.dishonoured(b)
		}
	}
	plan.Bookings = append(plan.Bookings, discounts(c, due)...)
	for _, m := range c.settle(c.Matches) {
		switch {
		case !c.noCredit(m):
		case c.Decision.is(ChoiceAccount) && c.Decision.Account != "":
			plan.Bookings = append(plan.Bookings, c.onAccount(m, clearing, due))
		default:
			plan.Held, plan.Choices = m.Settled, []Choice{ChoiceAccount}
			plan.Why = fmt.Sprintf("%s of the charge %s pay no invoice: the ledger keeps no credit in %s of money in %s. On which account of what is owed to customers do the %s wait?",
				c.text(m.Amount), c.Charge.ID, c.paidIn(), c.Movement.Currency, c.money(m.Settled))
		}
	}
	return plan.withFee(c, clearing)
}

// unappliedCheck lets money become a customer's credit only by a person's
// decision, and only one customer's of one charge: the part has no other name.
func unappliedCheck(c Case) (Plan, bool) {
	var customer string
	for _, m := range c.Matches {
		if m.Invoice != "" {
			continue
		}
		if m.By == "" || customer != "" && customer != m.Customer {
			p := exception("unapplied", "A part of the charge %s pays no invoice: a person has to decide whose credit it becomes.", c.Charge.ID)
			return p, true
		}
		customer = m.Customer
	}
	return Plan{}, false
}

// receipts makes one receipt for each customer whose invoices are paid: in a
// ledger a receipt belongs to one customer. It carries the rate of the first
// of its invoices: paid at its own rate, an invoice leaves no difference in
// home currency. One that was settled in home currency is worth what came.
func receipts(c Case, clearing string, date receivables.Date, note string) []Booking {
	var out []Booking
	at := map[string]int{}
	for _, m := range c.settle(c.Matches) {
		if m.Adopted || c.noCredit(m) {
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
		if m.Invoice == "" {
			out[i].By = m.By
		}
		out[i].Parts = append(out[i].Parts, Part{Movement: c.Movement.ID, Purpose: PurposeReceipt, Target: m.Invoice, Amount: m.Settled})
		if c.crosses() {
			out[i] = c.abroad(out[i], append(out[i].Lines, BookingLine{Invoice: m.Invoice, Amount: m.Amount})...)
		}
	}
	return out
}

// onAccount is what was paid above a foreign invoice, in the currency in which
// it was settled, on an account that a person has named.
func (c Case) onAccount(m Match, clearing string, day receivables.Date) Booking {
	return Booking{
		Book: c.Book, Kind: receivables.DocumentIncome, Currency: c.Movement.Currency, Date: day, CustomerID: m.Customer, Contact: m.Customer,
		From: c.Decision.Account, To: clearing, Source: c.Charge.ID, By: c.Decision.By,
		Memo:  fmt.Sprintf("%s %s paid above the invoices, Stripe %s", c.text(m.Amount).Text(money.ISO), c.paidIn(), c.Charge.ID),
		Parts: []Part{{Movement: c.Movement.ID, Purpose: PurposeReceipt, Amount: m.Settled}},
	}
}

// discounts are the credit notes for early-payment discounts that people have
// granted; what nobody has granted stays open on the invoice.
func discounts(c Case, date receivables.Date) []Booking {
	var out []Booking
	for _, m := range c.Matches {
		if m.Discount > 0 && m.DiscountBy != "" && m.Invoice != "" {
			out = append(out, c.creditNote(m, m.Discount, PurposeDiscount, "Early-payment discount on "+m.Called(), m.DiscountBy, date))
		}
	}
	return out
}

// creditNote is a draft credit for a sale, with the accounts and tax codes of
// the invoice itself: nothing about tax is inferred.
func (c Case) creditNote(m Match, amount int64, purpose Purpose, memo, by string, due receivables.Date) Booking {
	return Booking{
		Book: c.Book, Kind: receivables.DocumentCredit, Currency: c.paidIn(), Rate: m.Rate, Date: due, CustomerID: m.Customer,
		Lines: []BookingLine{{Amount: amount, Invoice: m.Invoice}}, Draft: true, Source: c.Movement.Source, Memo: memo, By: by,
		Parts: []Part{{Movement: c.Movement.ID, Purpose: purpose, Target: m.Invoice, Amount: amount}},
	}
}

// day is the day of the movement in the book's zone.
func (c Case) day() receivables.Date { return receivables.DateIn(c.Movement.Created, c.Zone) }

// Called is what people call the invoice.
func (m Match) Called() string {
	if m.Number != "" {
		return m.Number
	}
	return m.Invoice
}

// failedCharge is a debit that failed before it succeeded: there was no
// receipt, so only a fee that Stripe kept is booked. What Stripe put into the
// balance and took out again adds up to nothing by itself.
func failedCharge(c Case) Plan {
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	switch {
	case c.Movement.Fee == 0:
		return nothing("The debit %s failed: no money moved.", c.Movement.Source)
	case !ok:
		return noClearing(c)
	}
	return Plan{Verdict: Booked}.withFee(c, clearing)
}

// returned says that a debit had succeeded before it failed: the moment was
// seen, or its receipt stands. A receipt needs something that it paid.
func returned(c Case) bool {
	return len(c.Matches) > 0 && (c.Charge.Succeeded != nil || c.Stood == Yes)
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
