package mapping

import (
	"fmt"
	"slices"

	"tieout/money"
	"tieout/receivables"
)

// planFailure books a debit that the payer's bank has sent back. Before its
// success there was no receipt and there is nothing to take back; after it, a
// second document says that the customer owes again, and the money of the
// receipt stays where it came in.
func planFailure(c Case) Plan {
	switch {
	case c.Charge == nil:
		return waiting("The charge %s behind this movement has not been pulled yet.", c.Movement.Source)
	case c.Charge.Status == receivables.ChargeFailed && c.Charge.Succeeded == nil && c.Stood != Yes:
		return failedCharge(c)
	}
	return planReturn(c)
}

// planReturn books a debit that came back after it had succeeded.
func planReturn(c Case) Plan {
	kind, amount := "returned_debit", -c.Movement.Amount
	if c.crosses() {
		amount = c.whole()
	}
	if p, old := c.beforeCutOver(); old {
		return p
	}
	var booked int64
	for _, m := range c.Matches {
		booked += m.Amount
	}
	switch {
	case len(c.Matches) == 0:
		return c.undecided(kind, "The debit %s was returned by the payer's bank after it had succeeded.", c.Charge.ID)
	case booked != amount:
		return c.undecided(kind, "The debit %s was returned, but %s of %s stands in the ledger.", c.Charge.ID, c.text(booked), c.text(amount))
	case !c.inWords(), c.crosses() && c.Movement.Amount >= 0:
		return c.noForm("debit", c.Charge.ID)
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	if c.asksDishonour() {
		return c.dishonourOrInvoice(kind)
	}
	bookings, ok := c.owesAgain(clearing, PurposeReturn, c.settle(c.Matches), c.byReturn())
	if !ok {
		return c.undecided(kind, "The debit %s was returned: nobody has chosen the account for returned payments.", c.Charge.ID)
	}
	if c.Dishonours() {
		// The invoices are open again themselves.
		bookings = slices.DeleteFunc(bookings, func(b Booking) bool { return b.Kind == receivables.DocumentInvoice })
	}
	return Plan{Verdict: Booked, Bookings: bookings}.withFee(c, clearing)
}

// owesAgain says that customers owe what has gone back to them: a debit on
// their receivables where the ledger lets it be posted, otherwise spent money
// and an untaxed invoice of the same amount over an account between them, one
// for each invoice and with its due date. False when neither is chosen.
func (c Case) owesAgain(clearing string, purpose Purpose, matches []Match, by string) ([]Booking, bool) {
	receivable, direct := c.Accounts.Receivable[c.paidIn()]
	if !direct && c.Accounts.Returned == "" {
		return nil, false
	}
	var out, invoices []Booking
	at := map[string]int{}
	for _, m := range matches {
		i, ok := at[m.Customer]
		if !ok {
			i = len(out)
			at[m.Customer] = i
			b := c.spend(clearing, c.Accounts.Returned, purpose, fmt.Sprintf("Stripe %s back to the payer, %s", c.Movement.Source, c.Movement.ID))
			b.Parts, b.CustomerID, b.Contact, b.Rate, b.By = nil, m.Customer, m.Customer, m.Rate, by
			if direct {
				b.To = ""
			}
			if direct && c.crosses() {
				b = c.abroad(b)
			}
			out = append(out, b)
		}
		out[i].Parts = append(out[i].Parts, Part{Movement: c.Movement.ID, Purpose: purpose, Target: m.Invoice, Amount: m.Settled})
		if direct {
			out[i].Lines = append(out[i].Lines, BookingLine{Account: receivable, Amount: m.Amount, CustomerID: m.Customer, Invoice: m.Invoice})
			continue
		}
		invoices = append(invoices, c.reopened(m, c.Accounts.Returned, PurposeReopen, "Returned payment of "+m.Called(), by, c.day()))
	}
	return append(out, invoices...), true
}

// reopened is an untaxed invoice against an account: the sale and its tax were
// booked with the first invoice and stay as they are.
func (c Case) reopened(m Match, account string, purpose Purpose, memo, by string, due receivables.Date) Booking {
	line := BookingLine{Account: account, Amount: m.Amount}
	b := Booking{
		Book: c.Book, Kind: receivables.DocumentInvoice, Currency: c.Movement.Currency, Rate: m.Rate, Date: due, Due: m.Due,
		CustomerID: m.Customer, Lines: []BookingLine{line}, Source: c.Movement.Source, Memo: memo, By: by,
		Parts: []Part{{Movement: c.Movement.ID, Purpose: purpose, Target: m.Invoice, Amount: m.Settled}},
	}
	if c.crosses() { // worth what went back, so that the account between stays empty
		return c.abroad(b, line)
	}
	return b
}

// refundChoices are what a person can decide about a refund.
func refundChoices() []Choice {
	return []Choice{ChoiceCreditSale, ChoiceOwesAgain, ChoiceGoodwill}
}

// planRefund books money that goes back to a payer.
func planRefund(c Case) Plan {
	if p, stop := c.refundCheck(); stop {
		return p
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	amount := c.whole()
	plan := Plan{Verdict: Booked}
	switch {
	case c.Credit != nil && c.Credit.Open >= amount && (c.Decision.By == "" || c.Decision.Choice == ChoiceAsBooked):
		plan.Bookings = []Booking{c.refundCredit(clearing, amount)}
	case c.Decision.is(ChoiceAccount) && c.Decision.Account != "":
		return chosen(c)
	case c.direct():
		plan = c.openDebit(clearing, amount)
	default:
		plan = c.decidedRefund(clearing, amount)
	}
	if plan.Verdict != Booked {
		return plan
	}
	return plan.withFee(c, clearing)
}

// refundCheck is what stands in the way of booking a refund.
func (c Case) refundCheck() (Plan, bool) {
	switch {
	case c.Refund == nil:
		return c.undecided(name(c.Movement), "The refund %s is not booked: a person has to decide about %s.", c.Movement.Source, c.Movement.ID), true
	case c.Charge == nil:
		return waiting("The charge %s that was refunded has not been pulled yet.", c.Refund.ChargeID), true
	case undone(c.Refund.Status) && c.Stood == No:
		return nothing("The refund %s failed before it was booked: it and its return add up to nothing.", c.Refund.ID), true
	case undone(c.Refund.Status) && c.Stood != Yes:
		return c.undecided(name(c.Movement), "The refund %s has failed: nobody knows whether it is in the ledger.", c.Refund.ID), true
	case c.Movement.Amount > 0:
		return c.undecided(name(c.Movement), "The refund %s put money into the balance: a person has to decide about %s.", c.Refund.ID, c.Movement.ID), true
	case !c.inWords():
		return c.noForm("refund", c.Refund.ID), true
	}
	return c.beforeCutOver()
}

// direct says whether the ledger lets the receivables of the payment's currency
// be posted to.
func (c Case) direct() bool {
	_, ok := c.Accounts.Receivable[c.paidIn()]
	return ok
}

// undone says whether a refund's money comes back (Stripe docs: refunds/object,
// status).
func undone(status string) bool { return status == "failed" || status == "canceled" }

// refundCredit pays an open credit back.
func (c Case) refundCredit(clearing string, amount int64) Booking {
	receivable := c.Accounts.Receivable[c.paidIn()]
	b := c.spend(clearing, receivable, PurposeRefund, fmt.Sprintf("Stripe refund %s of %s", c.Refund.ID, c.Refund.ChargeID))
	credit := *c.Credit
	b.Credit, b.CustomerID, b.Contact, b.By = &credit, credit.Customer, credit.Customer, c.Decision.By
	b.Parts[0].Target = credit.ID
	if c.crosses() {
		return c.abroad(b, BookingLine{Account: receivable, Amount: amount, CustomerID: credit.Customer})
	}
	return b
}

// openDebit books a refund on the customer's receivables at once; what it was
// for is a person's decision, which adds a document and replaces none.
func (c Case) openDebit(clearing string, amount int64) Plan {
	m, kept := c.keptCredit(amount)
	if !kept {
		var ok bool
		if m, ok = c.meant(amount); !ok {
			return c.whichInvoice(amount)
		}
	}
	bookings, _ := c.owesAgain(clearing, PurposeRefund, []Match{m}, c.Decision.By)
	plan := Plan{Verdict: Booked, Bookings: bookings}
	switch {
	case kept, c.Decision.is(ChoiceOwesAgain), undone(c.Refund.Status):
	case c.Decision.is(ChoiceCreditSale):
		plan.Bookings = append(plan.Bookings, c.creditNote(m, amount, PurposeCredit, "Refund of "+m.Called(), c.Decision.By, c.day()))
	case c.Decision.is(ChoiceGoodwill) && c.Accounts.Goodwill != "":
		b := c.creditNote(m, amount, PurposeCredit, "Goodwill on "+m.Called(), c.Decision.By, c.day())
		b.Draft, b.Lines, b.From = false, []BookingLine{{Account: c.Accounts.Goodwill, Amount: amount}}, c.Accounts.Receivable[c.paidIn()]
		plan.Bookings = append(plan.Bookings, b)
	default:
		plan.Choices = refundChoices()
		plan.Why = fmt.Sprintf("%s went back on %s and stands as an open debit: a person has to decide what it was for.", c.text(amount), m.Called())
		if c.Decision.is(ChoiceGoodwill) {
			plan.Why = fmt.Sprintf("%s went back on %s as goodwill: nobody has chosen the account for it.", c.text(amount), m.Called())
		}
	}
	return plan
}

// decidedRefund books a refund by a person's decision, where the ledger does
// not let receivables be posted to. Until then nothing is booked.
func (c Case) decidedRefund(clearing string, amount int64) Plan {
	switch {
	case c.Decision.is(ChoiceGoodwill) && c.Accounts.Goodwill != "":
		b := c.spend(clearing, c.Accounts.Goodwill, PurposeRefund, fmt.Sprintf("Goodwill: Stripe refund %s of %s", c.Refund.ID, c.Refund.ChargeID))
		b.By = c.Decision.By
		return Plan{Verdict: Booked, Bookings: []Booking{b}}
	case c.Decision.is(ChoiceGoodwill):
		return exception("no_goodwill_account", "Nobody has chosen the account for goodwill: the refund %s waits for it.", c.Refund.ID)
	case !c.Decision.is(ChoiceOwesAgain) && !c.Decision.is(ChoiceCreditSale):
		p := c.undecided(name(c.Movement), "The refund %s of %s is covered by no credit: a person has to decide what it was for.", c.Refund.ID, c.Refund.ChargeID)
		p.Choices = refundChoices()
		return p
	}
	m, ok := c.meant(amount)
	if !ok {
		return c.whichInvoice(amount)
	}
	if c.Decision.is(ChoiceOwesAgain) {
		bookings, ok := c.owesAgain(clearing, PurposeRefund, []Match{m}, c.Decision.By)
		if !ok {
			return c.undecided(name(c.Movement), "The refund %s is owed again: nobody has chosen the account for returned payments.", c.Refund.ID)
		}
		return Plan{Verdict: Booked, Bookings: bookings}
	}
	plan := Plan{Verdict: Booked, Bookings: []Booking{c.creditNote(m, amount, PurposeCredit, "Refund of "+m.Called(), c.Decision.By, c.day())}}
	if c.Credit != nil && c.Credit.Kind == receivables.CreditNote && c.Credit.Open >= amount {
		plan.Bookings = append(plan.Bookings, c.refundCredit(clearing, amount))
		return plan
	}
	plan.Held, plan.Why = -c.Movement.Amount, fmt.Sprintf("The refund %s is paid out of the credit note once somebody has approved it.", c.Refund.ID)
	return plan
}

// keptCredit is the part of the charge that was kept as the customer's credit,
// where it covers a refund that nobody has decided otherwise: it is that money
// that goes back, and no sale.
func (c Case) keptCredit(amount int64) (Match, bool) {
	for _, m := range c.Matches {
		if m.Invoice == "" && m.Amount >= amount && c.Decision.By == "" {
			return c.takeBack(m, amount), true
		}
	}
	return Match{}, false
}

// meant is the invoice that a refund concerns: the only one that the charge has
// paid, or the one that a person has named. A refund is never spread.
func (c Case) meant(amount int64) (Match, bool) {
	if len(c.Matches) != 1 && c.Decision.Invoice == "" {
		return Match{}, false
	}
	for _, m := range c.Matches {
		if c.Decision.Invoice != "" && m.Invoice != c.Decision.Invoice || amount > m.Amount {
			continue
		}
		return c.takeBack(m, amount), true
	}
	return Match{}, false
}

// takeBack is the part of a match that a movement takes back: what it settled
// for the amount.
func (c Case) takeBack(m Match, amount int64) Match {
	m.Amount, m.Settled = amount, amount
	if whole := c.whole(); c.crosses() {
		m.Settled = share(max(c.Movement.Amount, -c.Movement.Amount), amount, whole)
	}
	return m
}

func (c Case) whichInvoice(amount int64) Plan {
	p := c.undecided("refund_of_many", "%s of the charge %s went back: a person has to say for which of its invoices, and no more than it has paid there.",
		c.text(amount), c.Charge.ID)
	p.Choices = append(refundChoices(), p.Choices...)
	return p
}

// planRefundFailure books a refund that came back with a document of its own,
// dated its failure; the refund's stays. Where the refund has used up a credit
// or made an invoice, a person decides.
func planRefundFailure(c Case) Plan {
	kind := name(c.Movement)
	switch {
	case c.Refund == nil:
		return c.undecided(kind, "A failed refund came back with %s: a person has to decide about it.", c.Movement.ID)
	case c.Stood == No:
		return nothing("The refund %s failed before it was booked: it and its return add up to nothing.", c.Refund.ID)
	case c.Stood != Yes || c.Credit != nil || c.Charge == nil || c.Movement.Amount <= 0:
		return c.undecided(kind, "The refund %s came back: a person has to decide what becomes of its document.", c.Refund.ID)
	case !c.inWords():
		return c.noForm("refund", c.Refund.ID)
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	if c.direct() {
		m, ok := c.meant(c.whole())
		if !ok {
			return c.whichInvoice(c.whole())
		}
		m.Amount, m.Settled = -m.Amount, -m.Settled
		bookings, _ := c.owesAgain(clearing, PurposeRefundFailure, []Match{m}, c.Decision.By)
		return Plan{Verdict: Booked, Bookings: bookings}.withFee(c, clearing)
	}
	if c.Decision.is(ChoiceGoodwill) && c.Accounts.Goodwill != "" {
		b := c.spend(clearing, c.Accounts.Goodwill, PurposeRefundFailure, fmt.Sprintf("Goodwill: Stripe refund %s came back", c.Refund.ID))
		b.By = c.Decision.By
		return Plan{Verdict: Booked, Bookings: []Booking{b}}.withFee(c, clearing)
	}
	return c.undecided(kind, "The refund %s came back: a person has to decide what becomes of its document.", c.Refund.ID)
}

// beforeCutOver leaves what goes back of a charge from before the cut-over to
// a person.
func (c Case) beforeCutOver() (Plan, bool) {
	if c.Charge == nil || !c.Earlier || c.Decision.By != "" {
		return Plan{}, false
	}
	p := c.undecided("before_cut_over", "%s takes back the charge %s from before the cut-over.", c.Movement.ID, c.Charge.ID)
	p.Choices = append([]Choice{ChoiceAsBooked}, p.Choices...)
	return p, true
}

// undecided is an exception for which a person may also name an account.
func (c Case) undecided(kind, format string, args ...any) Plan {
	if c.Decision.is(ChoiceAccount) && c.Decision.Account != "" {
		return chosen(c)
	}
	p := exception(kind, format, args...)
	p.Choices = []Choice{ChoiceAccount}
	return p
}

func (c Case) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: c.Movement.Currency}
}
