package stripe

import (
	"fmt"
	"strings"
)

// A payout made through the API is pending until it is sent the same day, can
// be cancelled until then, and is on its way afterwards (Stripe docs:
// api/payouts/object, status). How long it stays pending is not documented; an
// hour is ours. Instant
// payouts arrive within 30 minutes (Stripe docs: payouts/instant-payouts).
const (
	sendAfter    = int64(3600)
	instantAfter = int64(1800)
)

// wholeUnits is an amount that a bank can be paid: HUF and TWD in whole units
// only (Stripe docs: currencies, "Special cases").
func wholeUnits(currency string, amount int64) int64 {
	if currency == "huf" || currency == "twd" {
		return amount - amount%100
	}
	return amount
}

func (a *Account) send(p *payout, at int64) {
	if p.Status != "pending" {
		return
	}
	before := body(p)
	p.Status = "in_transit"
	p.touch()
	a.emit(at, "payout.updated", p, before)
}

// payoutFailures are the failures of Stripe's test account numbers (Stripe
// docs: connect/testing, "Account numbers").
func payoutFailure(number string) string {
	return map[string]string{
		"000111111116": "no_account", "000111111113": "account_closed", "000222222227": "insufficient_funds",
		"000333333335": "debit_not_authorized", "000444444440": "invalid_currency",
	}[number]
}

// payoutMessage explains a failure code (Stripe docs: api/payouts/failures).
func payoutMessage(code string) string {
	switch code {
	case "no_account":
		return "The bank account details on file are probably incorrect. No bank account could be located with those details."
	case "account_closed":
		return "The bank account has been closed."
	case "insufficient_funds":
		return "Your Stripe account has insufficient funds to cover the payout."
	case "debit_not_authorized":
		return "Debit transactions are not approved on your bank account. Stripe requires bank accounts to be set up for both credit and debit payouts."
	case "invalid_currency":
		return "The bank was unable to process this payout because of its currency. This is probably because the bank account cannot accept payments in that currency."
	}
	return "This payout could not be processed."
}

func (a *Account) arrive(p *payout, at int64) {
	if p.Status != "in_transit" && p.Status != "pending" {
		return
	}
	if code := payoutFailure(a.opts.BankNumbers[p.Currency]); code != "" {
		a.failPayout(p, code, at)
		return
	}
	before := body(p)
	p.Status = "paid"
	p.touch()
	a.emit(at, "payout.updated", p, before)
	a.emit(at, "payout.paid", p, nil)
	if p.Automatic {
		p.ReconciliationStatus = "completed"
		p.touch()
		a.emit(at, "payout.reconciliation_completed", p, nil)
	}
}

// returnPayout brings a payout's amount back into the balance.
func (a *Account) returnPayout(p *payout, kind string, at int64) {
	back := a.newMovement(kind, "payout_reversal", at, at, p.Currency, p.Amount)
	back.Source, back.Description, back.Status = &p.ID, opt("STRIPE PAYOUT FAILURE"), "available"
	if kind == "payout_cancel" {
		back.Description = opt("STRIPE PAYOUT CANCEL")
	}
	p.FailureBalanceTransaction = &back.ID
	a.addMovement(back)
	a.ready[p.Currency] = append(a.ready[p.Currency], back)
}

// failPayout is a payout that the bank sends back, also after it showed paid.
func (a *Account) failPayout(p *payout, code string, at int64) {
	if p.Status == "failed" || p.Status == "canceled" {
		return
	}
	before, message := body(p), payoutMessage(code)
	p.Status, p.FailureCode, p.FailureMessage = "failed", &code, &message
	a.returnPayout(p, "payout_failure", at)
	p.touch()
	a.emit(at, "payout.updated", p, before)
	a.emit(at, "payout.failed", p, nil)
	if p.Automatic && p.ReconciliationStatus != "completed" {
		p.ReconciliationStatus = "completed"
		p.touch()
		a.emit(at, "payout.reconciliation_completed", p, nil)
	}
}

// FailPayout lets the bank send a payout back now. Code is one of Stripe's
// (Stripe docs: api/payouts/failures); account_closed when empty.
func (a *Account) FailPayout(id, code string) error {
	now := a.enter()
	defer a.leave()
	p, e := find[*payout](a, a.payouts, id, "payout")
	if e != nil {
		return e
	}
	if code == "" {
		code = "account_closed"
	}
	a.failPayout(p, code, now)
	return nil
}

func (c *call) payout() (*payout, *Error) {
	return find[*payout](c.Account, c.payouts, c.req.PathValue("id"), "payout")
}

func (c *call) cancelPayout() *Error {
	p, e := c.payout()
	switch {
	case e != nil:
		return e
	case p.Status != "pending" || p.Automatic:
		return invalid("", "", "Payouts can only be canceled while they are manual and pending; payout %s is %s.", p.ID, p.Status)
	}
	before := body(p)
	p.Status = "canceled"
	c.returnPayout(p, "payout_cancel", c.now)
	p.touch()
	c.emit(c.now, "payout.updated", p, before)
	c.emit(c.now, "payout.canceled", p, nil)
	return c.answer(p)
}

// reversePayout takes a paid payout back from the bank: a second payout of the
// opposite amount (Stripe docs: api/payouts/reverse).
func (c *call) reversePayout() *Error {
	p, e := c.payout()
	switch {
	case e != nil:
		return e
	case p.Status != "paid" || p.OriginalPayout != nil || p.ReversedBy != nil || p.Automatic:
		return invalid("", "", "Payout %s cannot be reversed.", p.ID)
	}
	m, e := c.merge("metadata", metadata{})
	if e != nil {
		return e
	}
	back := c.newPayout(p.Currency, p.Destination, -p.Amount, c.now)
	back.Metadata, back.OriginalPayout, back.Description = m, &p.ID, opt("STRIPE PAYOUT REVERSAL")
	c.readyRow(back)
	before := body(p)
	p.ReversedBy = &back.ID
	p.touch()
	c.emit(c.now, "payout.updated", p, before)
	return c.answer(back)
}

// trace is the reference by which a bank finds a payout (Stripe docs:
// payouts/trace-id); newer versions show it.
func (p *payout) trace() map[string]any {
	if p.Status != "paid" && p.Status != "failed" {
		return map[string]any{"status": "pending", "value": nil}
	}
	return map[string]any{"status": "supported", "value": digits(strings.ToLower(p.ID), 15)}
}

// dailyPayouts pays what is available in every currency, and again the next
// midnight.
func (a *Account) dailyPayouts(at int64) {
	for _, currency := range sortedKeys(a.balance) {
		a.payOut(currency, at)
	}
	a.at(midnight(at, 1), rankPayout, a.dailyPayouts)
}

// SchedulePayouts sets how the account pays out from now on: "daily" lets the
// clock make the payouts, as PaysOut does from the start; "manual" leaves them
// to the API. A clock that makes them already is not stopped.
func (a *Account) SchedulePayouts(schedule string) error {
	now := a.enter()
	defer a.leave()
	switch schedule {
	case "daily":
		if !a.opts.PaysOut {
			a.at(midnight(now, 1), rankPayout, a.dailyPayouts)
		}
		a.opts.PaysOut = true
	case "manual":
	default:
		return fmt.Errorf("stripe: payouts of %s: schedule %q: want daily or manual", a.opts.ID, schedule)
	}
	a.opts.PayoutSchedule = schedule
	return nil
}
