package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
)

// How long an item of each kind may explain a difference.
const (
	// A SEPA debit is answered within 14 business days.
	maxWaiting = 21 * 24 * time.Hour
	// A decision is listed at month's end at the latest.
	maxDecision = 35 * 24 * time.Hour
	// A day's sales are booked when it is over.
	maxSaleDay = 3 * 24 * time.Hour
	// A month's fees are booked when the month is over, and those of manual
	// payouts some days later.
	maxFeeLater = 45 * 24 * time.Hour
)

// The kinds of timing items.
const (
	itemWaiting  = "not_final_at_stripe"
	itemDecision = "waits_for_a_decision"
	itemUnderWay = "being_written"
	itemFailed   = "failed_before_success"
	itemFeeLater = "fee_on_shared_document"
	itemSaleDay  = "sale_of_a_day_not_over"
)

// balance proves that our rows are Stripe's: the sum of all movements is the
// balance that Stripe states, and each row adds up.
func (p *Prover) balance(_ context.Context, _ books.Book, m measured) ([]Line, error) {
	var lines []Line
	for _, c := range currencies(m.stripe, sumsOf(m.sums)) {
		stripe, own, broken := m.stripe[c], m.sums[c].All, int64(m.sums[c].Broken)
		lines = append(lines,
			Line{Check: CheckBalance, Currency: c, Stripe: &stripe, Tieout: &own, Difference: stripe - own, Measured: m.settled, Why: m.why},
			Line{Check: CheckMovements, Currency: c, Difference: broken, Measured: true, Why: "movements whose amount less fee is not their net"})
	}
	return lines, nil
}

// clearing proves the clearing account of each currency: what it holds is
// what it was opened with and everything that Stripe has moved since.
func (p *Prover) clearing(ctx context.Context, b books.Book, m measured) ([]Line, error) {
	own, err := p.Store.ClearingSums(ctx, b, asOf(m.at, b))
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, c := range currencies(b.Opening, sumsOf(m.sums), clearingOf(b)) {
		expected := b.Opening[c] + m.sums[c].Since
		line := Line{Check: CheckClearing, Currency: c, Stripe: &expected, Measured: m.settled, Why: m.why}
		if sum, ok := own[c]; ok {
			line.Tieout = &sum
		}
		ledger, ok := m.ledger.Clearing[c]
		if slices.Contains(m.ledger.OwnSum, c) {
			ledger, ok = own[c], true
			line.Why = "the ledger gives no balance by date in this currency: our sum of its documents"
		}
		if _, has := b.Accounts.Clearing[c]; !has {
			ledger, ok = 0, true
			line.Why = "the book has no clearing account in this currency"
		}
		if !ok {
			line.Measured, line.Why = false, "the ledger did not give the balance of the clearing account"
			lines = append(lines, line)
			continue
		}
		line.Ledger, line.Difference = &ledger, ledger-expected
		line.Explained = p.items(c, m.open, m.read, m.at)
		lines = append(lines, line)
	}
	return lines, nil
}

// items are the open movements of a currency as causes of a difference. Each
// amount is the vendor's net, read again, less what our documents have booked
// of it.
func (p *Prover) items(c money.Currency, open []OpenMovement, read map[string]receivables.BalanceTransaction, at time.Time) []Item {
	pairs := map[string]int64{}
	for _, o := range open {
		if o.Currency == c {
			pairs[o.Source] += read[o.ID].Amount
		}
	}
	var list []Item
	for _, o := range open {
		bt, ok := read[o.ID]
		if !ok || o.Currency != c {
			continue
		}
		booked := o.Net - o.Missing
		item := Item{Kind: kindOf(o.State), ID: o.ID, Amount: booked - bt.Net, Currency: c, Since: bt.Created, Text: text(o)}
		age := at.Sub(bt.Created)
		item.Overdue = age > p.maxAge(item.Kind)
		if item.Kind == itemFailed {
			// A failed debit comes in and goes out again. Unless both are
			// there, and all but the amount is booked, the rest has to be as
			// young as anything that is still being written.
			cancelled := pairs[o.Source] == 0 && item.Amount == -bt.Amount
			item.Overdue = !cancelled && age > p.maxAge(itemUnderWay)
		}
		list = append(list, item)
	}
	return list
}

func text(o OpenMovement) string {
	if o.Why != "" {
		return o.Why
	}
	return fmt.Sprintf("The %s %s has not been written to the ledger yet.", o.Category, o.Source)
}

func kindOf(state string) string {
	switch state {
	case "waiting":
		return itemWaiting
	case "held", "exception":
		return itemDecision
	case "empty":
		return itemFailed
	case "fee_later":
		return itemFeeLater
	case "sale_later":
		return itemSaleDay
	}
	return itemUnderWay
}

func (p *Prover) maxAge(kind string) time.Duration {
	switch kind {
	case itemWaiting:
		return maxWaiting
	case itemDecision:
		return maxDecision
	case itemFeeLater:
		return maxFeeLater
	case itemSaleDay:
		return maxSaleDay
	}
	return 2 * p.Interval
}

func sumsOf(sums map[money.Currency]StripeSums) map[money.Currency]int64 {
	out := map[money.Currency]int64{}
	for c := range sums {
		out[c] = 0
	}
	return out
}

func clearingOf(b books.Book) map[money.Currency]int64 {
	out := map[money.Currency]int64{}
	for c := range b.Accounts.Clearing {
		out[c] = 0
	}
	return out
}

// currencies are the keys of all maps, sorted.
func currencies(sets ...map[money.Currency]int64) []money.Currency {
	all := map[money.Currency]bool{}
	for _, set := range sets {
		for c := range set {
			all[c] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
