package proof

import (
	"context"
	"fmt"
	"strings"

	"tieout/books"
	"tieout/money"
)

// receivables proves that the open invoices less the open credits are what
// the ledger's control accounts say, that every invoice adds up, and, where the
// ledger keeps customers' balances, that they add up to the same.
func (p *Prover) receivables(ctx context.Context, b books.Book, m measured) ([]Line, error) {
	rows, err := p.Store.LedgerSums(ctx, b)
	if err != nil {
		return nil, err
	}
	own := map[money.Currency]int64{}
	var home int64
	var lines []Line
	for _, s := range rows {
		own[s.Currency] = s.Invoices - s.Credits + s.Journals
		home += s.HomeInvoices - s.HomeCredits + s.HomeJournals
		line := Line{Check: CheckInvoices, Currency: s.Currency, Difference: int64(s.Broken), Measured: true}
		if s.Broken > 0 {
			line.Why = "invoices that do not add up: " + strings.Join(s.Names, ", ")
		}
		lines = append(lines, line)
	}
	if m.ledger.ReceivableHome {
		return append(lines, controlHome(m, home)...), nil
	}
	lines = append(lines, compare(CheckReceivables, m.ledger.Receivable, own)...)
	if m.ledger.Customers != nil {
		lines = append(lines, compare(CheckCustomers, m.ledger.Customers, own)...)
	}
	return lines, nil
}

// controlHome compares the one control account of a ledger that carries
// everything in its home currency.
func controlHome(m measured, own int64) []Line {
	for _, c := range currencies(m.ledger.Receivable) {
		ledger := m.ledger.Receivable[c]
		return []Line{{
			Check: CheckReceivables, Currency: c, Ledger: &ledger, Tieout: &own, Difference: ledger - own, Measured: true,
			Why: "in the home currency, at the ledger's carrying rates",
		}}
	}
	return []Line{{Check: CheckReceivables, Tieout: &own, Why: "the ledger did not give the balance of its receivables"}}
}

func compare(check Check, ledger, own map[money.Currency]int64) []Line {
	var lines []Line
	for _, c := range currencies(ledger, own) {
		theirs, ours := ledger[c], own[c]
		lines = append(lines, Line{Check: check, Currency: c, Ledger: &theirs, Tieout: &ours, Difference: theirs - ours, Measured: true})
	}
	return lines
}

// documents proves that no part has two live documents and no allocation
// exceeds what it takes from or goes to.
func (p *Prover) documents(ctx context.Context, b books.Book, _ measured) ([]Line, error) {
	doubles, err := p.Store.Doubles(ctx, b)
	if err != nil {
		return nil, err
	}
	line := Line{Check: CheckParts, Difference: int64(len(doubles)), Measured: true}
	if len(doubles) > 0 {
		line.Why = fmt.Sprintf("%d: %s", len(doubles), strings.Join(doubles[:min(len(doubles), 3)], "; "))
	}
	return []Line{line}, nil
}
