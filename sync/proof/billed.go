package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
)

// billed proves the invoices that the processors make themselves, which are
// their own total: what is open on ours is what the processor says is open,
// and each of them adds up. Those that the ledger holds too are counted in the
// ledger's line and named here.
func (p *Prover) billed(_ context.Context, _ books.Book, m measured) ([]Line, error) {
	own, count := map[money.Currency]int64{}, map[money.Currency]BilledSums{}
	for _, r := range m.billedSums {
		own[r.Currency], count[r.Currency] = r.Open, r
	}
	var lines []Line
	for _, c := range currencies(m.billed, own) {
		theirs, ours, r := m.billed[c], own[c], count[c]
		line := Line{
			Check: CheckBilled, Currency: c, Stripe: &theirs, Tieout: &ours, Difference: theirs - ours, Measured: m.billedSettled,
			Why: fmt.Sprintf("%d open on invoices that Stripe has made", r.Count),
		}
		if !m.billedSettled {
			line.Why = "the invoices at Stripe changed while they were measured"
		}
		if r.Mirrored != 0 {
			line.Why += fmt.Sprintf("; %s stands in the ledger too and is counted there", money.Money{Minor: r.Mirrored, Currency: c})
		}
		if r.Asked != 0 {
			line.Why += fmt.Sprintf("; whether %s stands there too is asked", money.Money{Minor: r.Asked, Currency: c})
		}
		lines = append(lines, line)
		if r.Broken > 0 {
			lines = append(lines, Line{
				Check: CheckInvoices, Currency: c, Difference: int64(r.Broken), Measured: true,
				Why: "invoices of Stripe's own whose figures do not add up",
			})
		}
	}
	return lines, nil
}

// measureBilled reads what is open on the processors' own invoices, where we
// know of any (an account that makes none costs no call), and says whether it
// is our sum. A difference that an earlier try has read as well is measured
// all the same: it is one.
func (p *Prover) measureBilled(ctx context.Context, b books.Book, m *measured, again bool) (same bool, err error) {
	before := m.billed
	if m.billedSums, err = p.Store.BilledSums(ctx, b); err != nil {
		return false, err
	}
	own := map[money.Currency]int64{}
	for _, r := range m.billedSums {
		own[r.Currency] = r.Open
	}
	m.billed = map[money.Currency]int64{}
	if len(m.billedSums) > 0 {
		if m.billed, err = p.openInvoices(ctx); err != nil {
			return false, err
		}
	}
	same = sameNonZero(m.billed, own)
	m.billedSettled = same || again && sameNonZero(before, m.billed)
	return same, nil
}

func (p *Prover) openInvoices(ctx context.Context) (map[money.Currency]int64, error) {
	total := map[money.Currency]int64{}
	for _, id := range slices.Sorted(maps.Keys(p.Processors)) {
		biller, ok := p.Processors[id].(connectors.Biller)
		if !ok {
			continue
		}
		open, err := biller.OpenInvoices(ctx)
		if err != nil {
			return nil, fmt.Errorf("proof: read the open invoices of %s: %w", id, err)
		}
		for c, n := range open {
			total[c] += n
		}
	}
	return total, nil
}
