package stripe

import (
	"fmt"
	"strings"
	"time"
)

type payout struct {
	head
	ID                        string   `json:"id"`
	Object                    string   `json:"object"`
	Amount                    int64    `json:"amount"`
	ArrivalDate               int64    `json:"arrival_date"`
	Automatic                 bool     `json:"automatic"`
	BalanceTransaction        string   `json:"balance_transaction"`
	Created                   int64    `json:"created"`
	Currency                  string   `json:"currency"`
	Description               *string  `json:"description"`
	Destination               string   `json:"destination"`
	FailureBalanceTransaction *string  `json:"failure_balance_transaction"`
	FailureCode               *string  `json:"failure_code"`
	FailureMessage            *string  `json:"failure_message"`
	Livemode                  bool     `json:"livemode"`
	Metadata                  metadata `json:"metadata"`
	Method                    string   `json:"method"`
	OriginalPayout            *string  `json:"original_payout"`
	ReconciliationStatus      string   `json:"reconciliation_status"`
	ReversedBy                *string  `json:"reversed_by"`
	SourceType                string   `json:"source_type"`
	StatementDescriptor       *string  `json:"statement_descriptor"`
	Status                    string   `json:"status"`
	Type                      string   `json:"type"`
}

func (o *payout) ident() string { return o.ID }
func (o *payout) madeAt() int64 { return o.Created }

// arrivalDays is how long a payout travels; weekends are skipped (Stripe docs:
// payouts, "arrival_date").
const arrivalDays = 2

// arrival is the day a payout of this instant reaches the bank, at midnight UTC.
func arrival(now int64) int64 {
	at := time.Unix(midnight(now, arrivalDays), 0).UTC()
	for at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
		at = at.AddDate(0, 0, 1)
	}
	return at.Unix()
}

// RunPayouts pays the available balance of every currency that has a bank
// account, as Stripe's daily schedule does, and answers the payouts' ids. It
// refuses an account with the manual schedule.
func (a *Account) RunPayouts() ([]string, error) {
	now := a.enter()
	defer a.leave()
	if a.opts.PayoutSchedule == "manual" {
		return nil, fmt.Errorf("stripe: run payouts of %s: the schedule is manual", a.opts.ID)
	}
	var ids []string
	for _, currency := range sortedKeys(a.balance) {
		if p := a.payOut(currency, now); p != nil {
			ids = append(ids, p.ID)
		}
	}
	return ids, nil
}

// payOut is one automatic payout: its members are all rows that became
// available since the last one, and their net is its amount.
func (a *Account) payOut(currency string, now int64) *payout {
	bank, ok := a.opts.Banks[currency]
	amount := wholeUnits(currency, a.funds(currency).available)
	if !ok || amount == 0 {
		return nil
	}
	p := a.newPayout(currency, bank, amount, now)
	p.Automatic, p.ReconciliationStatus, p.Description = true, "in_progress", opt("STRIPE PAYOUT")
	bt := a.bookPayout(p)
	for _, member := range append(a.ready[currency], bt) {
		a.members[member.ID] = p.ID
		a.movements.link("payout="+p.ID, member)
	}
	a.ready[currency] = nil
	return p
}

func (a *Account) newPayout(currency, bank string, amount, now int64) *payout {
	return &payout{
		ID: a.id("po"), Object: "payout", Amount: amount, ArrivalDate: arrival(now), Created: now, Currency: currency,
		Destination: bank, Livemode: a.opts.Livemode, Metadata: metadata{}, Method: "standard", SourceType: "card",
		ReconciliationStatus: "not_applicable", Status: "in_transit", Type: "bank_account",
	}
}

// bookPayout takes the amount out of the available balance at once and lets
// the clock bring it to the bank.
func (a *Account) bookPayout(p *payout) *balanceTransaction {
	bt := a.newMovement("payout", "payout", p.Created, p.ArrivalDate, p.Currency, -p.Amount)
	bt.Status, bt.Source, bt.Description = "available", &p.ID, p.Description
	p.BalanceTransaction = bt.ID
	a.register(a.payouts, p)
	a.addMovement(bt)
	a.emit(p.Created, "payout.created", p, nil)
	if p.Status == "pending" {
		a.at(p.Created+sendAfter, rankPayout, func(at int64) { a.send(p, at) })
	}
	a.at(p.ArrivalDate, rankPayout, func(at int64) { a.arrive(p, at) })
	return bt
}

// ManualPayout pays an amount of the available balance, as a person would from
// the Dashboard. Its row is not itemised; it becomes a member of the next
// automatic payout, if there is one.
func (a *Account) ManualPayout(currency string, amount int64, description string) (string, error) {
	now := a.enter()
	defer a.leave()
	p, e := a.payManually(strings.ToLower(currency), amount, now)
	if e != nil {
		return "", e
	}
	p.Description = opt(description)
	a.readyRow(p)
	return p.ID, nil
}

func (a *Account) payManually(currency string, amount, now int64) (*payout, *Error) {
	bank, ok := a.opts.Banks[currency]
	switch {
	case amount < 1:
		return nil, invalid("parameter_invalid_integer", "amount", "This value must be greater than or equal to 1.")
	case !ok:
		return nil, invalid("", "", "Sorry, you don't have any external accounts in that currency (%s).", currency)
	case wholeUnits(currency, amount) != amount:
		return nil, invalid("invalid_charge_amount", "amount", "Payouts in %s must be a whole amount: divisible by 100.", currency)
	case a.funds(currency).available < amount:
		return nil, invalid("balance_insufficient", "", "You have insufficient funds in your Stripe account for this transfer. Your card balance is too low. "+
			" You can use the /v1/balance endpoint to view your Stripe balance (for more details, see stripe.com/docs/api#balance).")
	}
	return a.newPayout(currency, bank, amount, now), nil
}

func (a *Account) readyRow(p *payout) {
	bt := a.bookPayout(p)
	a.ready[p.Currency] = append(a.ready[p.Currency], bt)
}

func (c *call) createPayout() *Error {
	for _, name := range []string{"amount", "currency"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	amount, e := c.integer("amount")
	if e != nil {
		return e
	}
	method := c.str("method")
	if method != "" && method != "standard" && method != "instant" {
		return invalid("", "method", "Invalid method: must be one of instant or standard")
	}
	p, e := c.payManually(strings.ToLower(c.str("currency")), amount, c.now)
	if e != nil {
		return e
	}
	if d := c.str("destination"); d != "" && d != p.Destination {
		return missing("external account", d, "destination")
	}
	if p.Status = "pending"; method == "instant" {
		p.Method, p.ArrivalDate = "instant", c.now+instantAfter
	}
	p.Description, p.StatementDescriptor = opt(c.str("description")), opt(c.str("statement_descriptor"))
	if p.Metadata, e = c.merge("metadata", p.Metadata); e != nil {
		return e
	}
	c.readyRow(p)
	return c.answer(p)
}

func (c *call) getPayout() *Error { return get[*payout](c, c.payouts, "payout") }

func (c *call) updatePayout() *Error {
	o, e := find[*payout](c.Account, c.payouts, c.req.PathValue("id"), "payout")
	if e != nil {
		return e
	}
	m, e := c.merge("metadata", o.Metadata)
	if e != nil {
		return e
	}
	before := body(o)
	o.Metadata = m
	o.touch()
	c.emit(c.now, "payout.updated", o, before)
	return c.answer(o)
}

func (c *call) listPayouts() *Error {
	from, to, e := c.window("arrival_date")
	if e != nil {
		return e
	}
	_, keep := c.pick(nil,
		filter{"status", func(o object) string { return o.(*payout).Status }},
		filter{"destination", func(o object) string { return o.(*payout).Destination }})
	return c.answerList(c.payouts, "/v1/payouts", "", func(o object) bool {
		at := o.(*payout).ArrivalDate
		return from <= at && at <= to && (keep == nil || keep(o))
	})
}
