package stripe

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/shopspring/decimal"
)

// balanceTransaction is a movement of the balance, in the settlement currency.
type balanceTransaction struct {
	head
	ID                string       `json:"id"`
	Object            string       `json:"object"`
	Amount            int64        `json:"amount"`
	AvailableOn       int64        `json:"available_on"`
	Created           int64        `json:"created"`
	Currency          string       `json:"currency"`
	Description       *string      `json:"description"`
	ExchangeRate      *json.Number `json:"exchange_rate"`
	Fee               int64        `json:"fee"`
	FeeDetails        []feeDetail  `json:"fee_details"`
	Net               int64        `json:"net"`
	ReportingCategory string       `json:"reporting_category"`
	Source            *string      `json:"source"`
	Status            string       `json:"status"`
	Type              string       `json:"type"`
}

func (o *balanceTransaction) ident() string { return o.ID }
func (o *balanceTransaction) madeAt() int64 { return o.Created }

type feeDetail struct {
	Amount      int64  `json:"amount"`
	Application null   `json:"application"`
	Currency    string `json:"currency"`
	Description string `json:"description"`
	Type        string `json:"type"`
}

// newMovement is a row without fee.
func (a *Account) newMovement(kind, category string, now, availableOn int64, currency string, amount int64) *balanceTransaction {
	return &balanceTransaction{
		ID: a.id("txn"), Object: "balance_transaction", Amount: amount, AvailableOn: availableOn, Created: now, Currency: currency,
		FeeDetails: []feeDetail{}, Net: amount, ReportingCategory: category, Status: "pending", Type: kind,
	}
}

// movementOf is the row of a charge, with Stripe's fee, in the currency in
// which it settles.
func (a *Account) movementOf(ch *charge, now, availableOn int64) *balanceTransaction {
	kind := "charge"
	if ch.method == BankDebit {
		kind = "payment"
	}
	currency, amount, rate := a.settlement(ch.Currency, ch.Amount)
	bt := a.newMovement(kind, "charge", now, availableOn, currency, amount)
	bt.ExchangeRate, bt.Description, bt.Source = rate, ch.Description, &ch.ID
	if fee := a.feeFor(ch.method, currency).of(amount); fee != 0 {
		bt.Fee, bt.Net = fee, amount-fee
		bt.FeeDetails = []feeDetail{{Amount: fee, Currency: currency, Description: "Stripe processing fees", Type: "stripe_fee"}}
	}
	return bt
}

// settlement turns a charge's amount into its settlement currency. Each
// currency settles in itself unless the account says otherwise.
func (a *Account) settlement(currency string, amount int64) (string, int64, *json.Number) {
	to, ok := a.opts.SettleIn[currency]
	if !ok || to.Currency == currency {
		return currency, amount, nil
	}
	rate, err := decimal.NewFromString(to.Rate)
	if err != nil {
		return currency, amount, nil // AddAccount refuses a rate that is no decimal
	}
	n := json.Number(rate.String())
	return to.Currency, convert(amount, currency, to.Currency, rate), &n
}

func (c Conversion) possible() bool {
	rate, err := decimal.NewFromString(c.Rate)
	_, known := exponent(c.Currency)
	return err == nil && known && rate.IsPositive()
}

// SettleIn lets a currency settle in another one from now on, at a rate, as it
// does once the merchant has no bank account in it; in itself, it stays there.
func (a *Account) SettleIn(currency string, to Conversion) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if _, known := exponent(currency); !known || !to.possible() {
		return fmt.Errorf("stripe: settlement of %q in %q at rate %q", currency, to.Currency, to.Rate)
	}
	all := map[string]Conversion{}
	maps.Copy(all, a.opts.SettleIn)
	all[currency] = to
	a.opts.SettleIn = all
	return nil
}

// addMovement books a row: pending until the clock reaches available_on.
func (a *Account) addMovement(bt *balanceTransaction) {
	a.register(a.movements, bt, movementKeys(bt)...)
	a.weigh(bt)
}

func movementKeys(o object) []string {
	bt := o.(*balanceTransaction)
	keys := []string{"type=" + bt.Type}
	if bt.Source != nil {
		keys = append(keys, "source="+*bt.Source)
	}
	return keys
}

func (a *Account) funds(currency string) *funds {
	f := a.balance[currency]
	if f == nil {
		f = &funds{}
		a.balance[currency] = f
	}
	return f
}

// weigh adds a new row to the balance.
func (a *Account) weigh(bt *balanceTransaction) {
	f := a.funds(bt.Currency)
	if bt.Status == "available" {
		f.available += bt.Net
		return
	}
	f.pending += bt.Net
	a.at(bt.AvailableOn, rankAvailable, func(int64) { a.makeAvailable(bt) })
}

func (a *Account) makeAvailable(bt *balanceTransaction) {
	f := a.funds(bt.Currency)
	f.pending -= bt.Net
	f.available += bt.Net
	bt.Status = "available"
	bt.touch()
	a.ready[bt.Currency] = append(a.ready[bt.Currency], bt)
}

type balance struct {
	Object          string  `json:"object"`
	Available       []money `json:"available"`
	ConnectReserved []money `json:"connect_reserved"`
	Livemode        bool    `json:"livemode"`
	Pending         []money `json:"pending"`
}

type money struct {
	Amount      int64            `json:"amount"`
	Currency    string           `json:"currency"`
	SourceTypes map[string]int64 `json:"source_types,omitempty"`
}

// balanceNow is the balance per currency; the account's default currency is
// always there.
func (a *Account) balanceNow() balance {
	a.funds(a.opts.DefaultCurrency)
	b := balance{Object: "balance", Livemode: a.opts.Livemode, ConnectReserved: []money{}}
	for _, currency := range sortedKeys(a.balance) {
		f := a.balance[currency]
		b.Available = append(b.Available, money{f.available, currency, map[string]int64{"card": f.available}})
		b.Pending = append(b.Pending, money{f.pending, currency, map[string]int64{"card": f.pending}})
	}
	return b
}

func (c *call) getBalance() *Error { return c.answer(c.balanceNow()) }

func (c *call) getMovement() *Error {
	return get[*balanceTransaction](c, c.movements, "id")
}

func (c *call) listMovements() *Error {
	if id := c.str("payout"); id != "" {
		p, e := find[*payout](c.Account, c.payouts, id, "payout")
		if e != nil {
			e.Status = 400
			return e
		}
		if !p.Automatic {
			// Stripe docs: api/balance_transactions/list, payout: "For automatic Stripe payouts only".
			return invalid("", "payout", "Balance transaction history can only be filtered on automatic transfers, not manual.")
		}
	}
	key, keep := c.pick([]string{"payout", "source", "type"},
		filter{"payout", func(o object) string { return c.members[o.ident()] }},
		filter{"source", func(o object) string { return val(o.(*balanceTransaction).Source) }},
		filter{"type", func(o object) string { return o.(*balanceTransaction).Type }},
		filter{"currency", func(o object) string { return o.(*balanceTransaction).Currency }})
	return c.answerList(c.movements, "/v1/balance_transactions", key, keep)
}
