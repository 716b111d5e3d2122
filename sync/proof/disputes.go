package proof

import (
	"fmt"

	"tieout/money"
	"tieout/receivables"
)

// ownSum says where the ledger's side of an account comes from for which no
// vendor is asked.
const ownSum = "the ledger's side is our sum of its documents"

// disputes proves the account for disputed money: it holds what was withdrawn
// for disputes that are open, or lost and undecided.
func disputes(in Inputs) []Line {
	keys, expected := map[money.Currency]int64{}, map[money.Currency]int64{}
	for c := range in.Accounts.Disputes {
		keys[c] = 0
	}
	for _, d := range in.Disputes {
		expected[d.Currency] += d.Withdrawn - d.Decided
	}
	var lines []Line
	for _, c := range currencies(keys, expected) {
		account, chosen := in.Accounts.Disputes[c]
		if !chosen {
			continue // its movements are exceptions, and items of the clearing line
		}
		stripe, ledger := expected[c], in.AccountSums[account][c]
		line := Line{
			Check: CheckDisputes, Currency: c, Ledger: &ledger, Stripe: &stripe, Difference: ledger - stripe, Measured: in.Settled, Why: ownSum,
		}
		if !in.Settled {
			line.Why = in.Moved
		}
		line.Explained = in.openDisputes(c)
		if line.Difference != 0 {
			line.Causes = disputeCauses(in, c)
		}
		lines = append(lines, line)
	}
	return lines
}

// openDisputes are disputes of which our documents do not hold on the account
// what they should: one is not written yet, or somebody has removed or changed
// it.
func (in Inputs) openDisputes(c money.Currency) []Item {
	var list []Item
	for _, d := range in.Disputes {
		if rest := d.Posted - d.Withdrawn; d.Currency == c && rest != 0 {
			o := OpenMovement{ID: d.Movement, Source: d.ID, Category: "dispute", State: d.State, Why: d.Why, Currency: c}
			list = append(list, in.item(o, rest, d.Created))
		}
	}
	return list
}

func disputeCauses(in Inputs, c money.Currency) []Cause {
	var causes []Cause
	for _, d := range in.Disputes {
		if rest := d.Withdrawn - d.Decided; d.Currency == c && rest != 0 {
			causes = append(causes, Cause{
				Ref: receivables.Ref{Kind: receivables.KindDispute, ID: d.ID}, Amount: rest,
				Text:   fmt.Sprintf("The dispute %s (%s) should hold %s on the account.", d.ID, d.Status, amount(rest, c)),
				Action: "Compare it with the account's entries in the ledger: what was entered there by hand belongs elsewhere.",
			})
		}
	}
	return causes
}

// returned proves the account 'Returned payments' of a ledger that needs one:
// what was spent there has been taken back by an invoice.
func returned(in Inputs) []Line {
	if in.Accounts.Returned == "" {
		return nil
	}
	sums := in.AccountSums[in.Accounts.Returned]
	open := map[money.Currency]int64{}
	for _, r := range in.Returned {
		open[r.Currency] += r.Spent - r.Invoiced
	}
	var lines []Line
	for _, c := range currencies(sums, open) {
		ledger, zero := sums[c], int64(0)
		line := Line{Check: CheckReturned, Currency: c, Ledger: &ledger, Tieout: &zero, Difference: ledger, Measured: true, Why: ownSum}
		for _, r := range in.Returned {
			rest := r.Spent - r.Invoiced
			if r.Currency != c || rest == 0 {
				continue
			}
			o := OpenMovement{ID: r.Movement, Currency: c}
			item := in.item(o, rest, r.Created)
			item.Text = fmt.Sprintf("%s of the movement %s stand on the account, %s were invoiced again.", amount(r.Spent, c), r.Movement, amount(r.Invoiced, c))
			line.Explained = append(line.Explained, item)
		}
		lines = append(lines, line)
	}
	return lines
}
