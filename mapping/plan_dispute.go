package mapping

import (
	"fmt"

	"tieout/receivables"
)

// planDispute books money that a payer's bank has taken back, and its return:
// over a current asset, whose balance is what is disputed or undecided. An
// inquiry moves no money and has no movement.
func planDispute(c Case) Plan {
	purpose, memo := PurposeDispute, "Disputed at Stripe, %s, %s"
	if c.Movement.Category == "dispute_reversal" {
		purpose, memo = PurposeDisputeReversal, "Dispute at Stripe returned, %s, %s"
	}
	if c.returnedDebit() {
		return planReturn(c)
	}
	if p, old := c.beforeCutOver(); old {
		return p
	}
	clearing, ok := c.Accounts.Clearing[c.Movement.Currency]
	if !ok {
		return noClearing(c)
	}
	account := c.Accounts.Disputes[c.Movement.Currency]
	if account == "" {
		return c.undecided(c.Movement.Category, "Nobody has chosen the account for disputed money in %s: %s is not booked.", c.Movement.Currency, c.Movement.ID)
	}
	plan := Plan{Verdict: Booked, Bookings: []Booking{c.spend(clearing, account, purpose, fmt.Sprintf(memo, c.Movement.Source, c.Movement.ID))}}
	if purpose == PurposeDispute && c.Dispute != nil && c.Dispute.Status == "lost" {
		plan = c.lost(plan, account)
	}
	if plan.Verdict != Booked {
		return plan
	}
	return plan.withFee(c, clearing)
}

// lost takes a lost dispute out of the asset, the way that a person decides.
// Until then, or as long as the decision cannot be carried out, it stays there.
func (c Case) lost(plan Plan, account string) Plan {
	withdrawn, amount := -c.Movement.Amount, c.Decision.Amount
	if amount == 0 {
		amount = withdrawn
	}
	m, found := c.meant(c.paid(amount))
	m.Settled = amount
	bad, credit := c.Decision.is(ChoiceBadDebt), c.Decision.is(ChoiceCreditSale)
	again := credit || c.Decision.is(ChoiceOwesAgain)
	switch {
	case !bad && !again:
		plan.Why = fmt.Sprintf("The dispute %s is lost: a person has to decide whether the customer owes %s again, gets a credit note, or the money is lost.",
			c.Dispute.ID, c.money(withdrawn))
	case amount < 0 || amount > withdrawn:
		plan.Why = fmt.Sprintf("%s was decided about the dispute %s, which took %s.", c.money(amount), c.Dispute.ID, c.money(withdrawn))
	case bad && c.Accounts.BadDebt == "":
		plan.Why = fmt.Sprintf("The dispute %s is bad debt: nobody has chosen the account for it.", c.Dispute.ID)
	case again && (!c.inWords() || c.crosses() && c.whole() == 0):
		plan.Why = fmt.Sprintf("The dispute %s took %s of a payment in %s: no document of the ledger says both, so that a person enters what the customer owes again.",
			c.Dispute.ID, c.money(withdrawn), c.paidIn())
	case again && !found:
		plan.Why = fmt.Sprintf("The dispute %s concerns a charge for several invoices: a person has to say which.", c.Dispute.ID)
	case bad:
		plan.Bookings = append(plan.Bookings, c.outOfDisputes(account, "", amount, BookingLine{Account: c.Accounts.BadDebt, Amount: amount}))
		return plan
	default:
		plan.Bookings = append(plan.Bookings, c.lostAgain(account, m))
		if credit {
			plan.Bookings = append(plan.Bookings, c.creditNote(m, m.Amount, PurposeCredit, "Lost dispute about "+m.Called(), c.Decision.By, c.decidedOn()))
		}
		return plan
	}
	plan.Choices = []Choice{ChoiceOwesAgain, ChoiceCreditSale, ChoiceBadDebt}
	return plan
}

// decidedOn is the day of the decision.
func (c Case) decidedOn() receivables.Date {
	if c.Decision.On != "" {
		return c.Decision.On
	}
	return c.day()
}

// lostAgain moves disputed money back to what the customer owes.
func (c Case) lostAgain(account string, m Match) Booking {
	if receivable, ok := c.Accounts.Receivable[c.paidIn()]; ok {
		line := BookingLine{Account: receivable, Amount: m.Amount, CustomerID: m.Customer, Invoice: m.Invoice}
		b := c.outOfDisputes(account, m.Invoice, m.Settled, line)
		if c.crosses() {
			b = c.abroad(b, line)
		}
		return b
	}
	return c.reopened(m, account, PurposeLoss, "Disputed payment of "+m.Called(), c.Decision.By, c.decidedOn())
}

func (c Case) outOfDisputes(account, target string, amount int64, line BookingLine) Booking {
	return Booking{
		Book: c.Book, Kind: receivables.DocumentJournal, Currency: c.Movement.Currency, Date: c.decidedOn(), CustomerID: line.CustomerID,
		From: account, Lines: []BookingLine{line}, Source: c.Movement.Source, Memo: "Lost dispute " + c.Dispute.ID, By: c.Decision.By,
		Parts: []Part{{Movement: c.Movement.ID, Purpose: PurposeLoss, Target: target, Amount: amount}},
	}
}
