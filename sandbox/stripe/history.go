package stripe

import (
	"fmt"
	"sort"
	"time"
)

// PastCharge is a payment of the past that succeeded.
type PastCharge struct {
	At          time.Time
	Amount      int64 // minor units
	Currency    string
	Method      Method // Card when empty, or BankDebit
	Name, Email string
	Customer    string // cus_..., optional
	Description string
	Metadata    map[string]string
}

// ChargeFacts are the ids and figures that a past charge got. Fee and Net are
// in the settlement currency.
type ChargeFacts struct {
	Charge, PaymentIntent, BalanceTransaction string
	Currency                                  string // of the settlement
	Amount, Fee, Net                          int64
	Created, AvailableOn                      time.Time
}

// PayoutFacts are the ids and figures of a past payout.
type PayoutFacts struct {
	ID, BalanceTransaction, Currency, Destination string
	Amount                                        int64
	Created, Arrival                              time.Time
}

// History is what LoadHistory made; Charges stand in the order they were given.
type History struct {
	Charges []ChargeFacts
	Payouts []PayoutFacts
}

// LoadHistory puts a past into an account that has none: charges that
// succeeded, and one automatic payout of everything available at each of the
// given instants. It writes no events, because Stripe's are at most 30 days
// old and a past of years has none left.
func (a *Account) LoadHistory(past []PastCharge, payoutsAt []time.Time) (History, error) {
	now := a.enter()
	defer a.leave()
	if len(a.movements.items) > 0 {
		return History{}, fmt.Errorf("stripe: load history of %s: the account has movements already", a.opts.ID)
	}
	l := loader{Account: a, now: now}
	h := History{Charges: make([]ChargeFacts, len(past))}
	for i, p := range past {
		facts, err := l.charge(p)
		if err != nil {
			return History{}, fmt.Errorf("stripe: load history of %s, charge %d: %w", a.opts.ID, i, err)
		}
		h.Charges[i] = facts
	}
	h.Payouts = l.pay(payoutsAt)
	l.finish()
	return h, nil
}

// loader gathers the objects of a past before they are shelved all at once.
type loader struct {
	*Account
	now                         int64
	charges, intents, movements []object
	payouts                     []object
}

func (l *loader) charge(p PastCharge) (ChargeFacts, error) {
	at := p.At.Unix()
	if p.Method == "" {
		p.Method = Card
	}
	days := l.opts.DelayDays
	if p.Method == BankDebit {
		days = l.opts.DebitDays
	}
	available := l.availableOn(at, days)
	switch e := checkAmount(p.Amount, p.Currency, "amount"); {
	case e != nil:
		return ChargeFacts{}, e
	case at > l.now:
		return ChargeFacts{}, fmt.Errorf("%s is not in the past", p.At)
	case p.Method == CardDeclined, p.Method == BankDebit && available > l.now:
		return ChargeFacts{}, fmt.Errorf("%s has not succeeded by now", p.Method)
	}
	o := l.newIntent(at, p.Amount, p.Currency)
	o.Description, o.ReceiptEmail, o.Metadata, o.Customer = opt(p.Description), opt(p.Email), metadata(p.Metadata).clone(), opt(p.Customer)
	ch := l.newCharge(o, payer{method: p.Method, name: p.Name, email: p.Email}, at)
	o.PaymentMethod, o.LatestCharge = &ch.PaymentMethod, &ch.ID
	l.succeed(o, ch)
	bt := l.movementOf(ch, at, available)
	ch.BalanceTransaction = &bt.ID
	l.intents, l.charges, l.movements = append(l.intents, o), append(l.charges, ch), append(l.movements, bt)
	return ChargeFacts{
		Charge: ch.ID, PaymentIntent: o.ID, BalanceTransaction: bt.ID, Currency: bt.Currency,
		Amount: bt.Amount, Fee: bt.Fee, Net: bt.Net, Created: time.Unix(at, 0).UTC(), AvailableOn: time.Unix(available, 0).UTC(),
	}, nil
}

// pay runs the past payouts over the rows in the order they became available.
func (l *loader) pay(instants []time.Time) []PayoutFacts {
	waiting := append([]object(nil), l.movements...)
	sort.SliceStable(waiting, func(i, j int) bool {
		return waiting[i].(*balanceTransaction).AvailableOn < waiting[j].(*balanceTransaction).AvailableOn
	})
	release := func(until int64) {
		for len(waiting) > 0 && waiting[0].(*balanceTransaction).AvailableOn <= until {
			bt := waiting[0].(*balanceTransaction)
			bt.Status = "available"
			l.funds(bt.Currency).available += bt.Net
			l.ready[bt.Currency] = append(l.ready[bt.Currency], bt)
			waiting = waiting[1:]
		}
	}
	instants = append([]time.Time(nil), instants...)
	sort.Slice(instants, func(i, j int) bool { return instants[i].Before(instants[j]) })
	var facts []PayoutFacts
	for _, t := range instants {
		if t.Unix() > l.now {
			break
		}
		release(t.Unix())
		for _, currency := range sortedKeys(l.balance) {
			if f, ok := l.payout(currency, t.Unix()); ok {
				facts = append(facts, f)
			}
		}
	}
	release(l.now)
	for _, o := range waiting {
		l.weigh(o.(*balanceTransaction))
	}
	return facts
}

func (l *loader) payout(currency string, at int64) (PayoutFacts, bool) {
	bank, ok := l.opts.Banks[currency]
	f := l.funds(currency)
	if !ok || f.available <= 0 {
		return PayoutFacts{}, false
	}
	p := l.newPayout(currency, bank, f.available, at)
	p.Automatic, p.Description, p.ReconciliationStatus = true, opt("STRIPE PAYOUT"), "in_progress"
	bt := l.newMovement("payout", "payout", at, p.ArrivalDate, currency, -p.Amount)
	bt.Status, bt.Source, bt.Description = "available", &p.ID, p.Description
	p.BalanceTransaction = bt.ID
	for _, m := range append(l.ready[currency], bt) {
		l.members[m.ID] = p.ID
	}
	l.ready[currency], f.available = nil, 0
	if p.ArrivalDate <= l.now {
		p.Status, p.ReconciliationStatus = "paid", "completed"
	} else {
		l.at(p.ArrivalDate, rankPayout, func(at int64) { l.arrive(p, at) })
	}
	l.movements, l.payouts = append(l.movements, bt), append(l.payouts, p)
	return PayoutFacts{
		ID: p.ID, BalanceTransaction: bt.ID, Currency: currency, Destination: bank, Amount: p.Amount,
		Created: time.Unix(at, 0).UTC(), Arrival: time.Unix(p.ArrivalDate, 0).UTC(),
	}, true
}

func (l *loader) finish() {
	for _, group := range [][]object{l.intents, l.charges, l.movements, l.payouts} {
		for _, o := range group {
			l.byID[o.ident()] = o
		}
	}
	l.Account.intents.addAll(l.intents, intentKeys)
	l.Account.charges.addAll(l.charges, chargeKeys)
	l.Account.payouts.addAll(l.payouts, func(object) []string { return nil })
	l.Account.movements.addAll(l.movements, func(o object) []string {
		keys := movementKeys(o)
		if p, ok := l.members[o.ident()]; ok {
			keys = append(keys, "payout="+p)
		}
		return keys
	})
}
