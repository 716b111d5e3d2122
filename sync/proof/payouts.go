package proof

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
)

// bankDays is how long after its arrival a payout must stand on the bank
// account: five business days, which seven days hold anywhere.
const bankDays = 7

// payouts proves that every automatic payout is the sum of the movements that
// it took out.
func (p *Prover) payouts(ctx context.Context, b books.Book, _ measured) ([]Line, error) {
	list, err := p.Store.Payouts(ctx, b)
	if err != nil {
		return nil, err
	}
	type sums struct{ amount, members, differ, lumps int64 }
	by := map[money.Currency]*sums{}
	keys := map[money.Currency]int64{}
	for _, one := range list {
		s := by[one.Currency]
		if s == nil {
			s = &sums{}
			by[one.Currency], keys[one.Currency] = s, 0
		}
		if !one.Itemised {
			s.lumps++
			continue
		}
		s.amount += one.Amount
		s.members += one.Members
		// Differences of two payouts must not cancel each other.
		s.differ += max(one.Amount-one.Members, one.Members-one.Amount)
	}
	var lines []Line
	for _, c := range currencies(keys) {
		s := by[c]
		line := Line{Check: CheckPayouts, Currency: c, Stripe: &s.amount, Tieout: &s.members, Difference: s.differ, Measured: true}
		if s.lumps > 0 {
			line.Why = fmt.Sprintf("%d payouts are not itemised by Stripe; the clearing account alone proves them", s.lumps)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// bank proves the bank's side: every payout that should have arrived stands
// there once, and nobody else has entered it too. One that waits for a
// person's decision is named.
func (p *Prover) bank(ctx context.Context, b books.Book, m measured) ([]Line, error) {
	list, err := p.Store.Payouts(ctx, b)
	if err != nil {
		return nil, err
	}
	suspects, err := p.Store.Suspects(ctx, b)
	if err != nil {
		return nil, err
	}
	today := receivables.DateIn(m.at, b.Location())
	since := receivables.DateIn(*b.CutOver, b.Location())
	decided := map[string]OpenMovement{}
	for _, o := range m.open {
		if kindOf(o.State) == itemDecision {
			decided[o.Source] = o
		}
	}
	items := map[money.Currency][]Item{}
	difference, why, keys := map[money.Currency]int64{}, map[money.Currency]string{}, map[money.Currency]int64{}
	for _, one := range list {
		if one.Status != "paid" || one.Arrival < since {
			continue
		}
		keys[one.Currency] = 0
		if one.Booked != 1 && today.DaysSince(one.Arrival) > bankDays {
			difference[one.Currency] += one.Amount
			if bt, ok := m.read[decided[one.ID].ID]; ok && one.Booked == 0 {
				items[one.Currency] = append(items[one.Currency], Item{
					Kind: itemDecision, ID: bt.ID, Amount: -bt.Amount, Currency: one.Currency, Since: bt.Created,
					Text: text(decided[one.ID]), Overdue: m.at.Sub(bt.Created) > maxDecision,
				})
			}
			why[one.Currency] = fmt.Sprintf("payout %s stands %d times in the ledger", one.ID, one.Booked)
		}
	}
	for _, s := range suspects {
		keys[s.Currency] = 0
		difference[s.Currency] += s.Amount
		why[s.Currency] = fmt.Sprintf("%s %s of %s looks like payout %s entered a second time", s.Document.Kind, s.Document.ID, s.Date, s.Payout)
	}
	var lines []Line
	for _, c := range currencies(keys) {
		lines = append(lines, Line{Check: CheckBank, Currency: c, Difference: difference[c], Explained: items[c], Measured: true, Why: why[c]})
	}
	return lines, nil
}
