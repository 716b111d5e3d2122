package proof

import (
	"fmt"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// ledgerSide proves that the open invoices less the open credits are what
// the ledger's control accounts say, that every invoice adds up, and, where the
// ledger keeps customers' balances, that they add up to the same.
func ledgerSide(in Inputs) []Line {
	own := map[money.Currency]int64{}
	var home int64
	var lines []Line
	var foreign []string
	for _, s := range in.Own {
		own[s.Currency] = s.Invoices - s.Credits + s.Journals
		home += s.HomeInvoices - s.HomeCredits + s.HomeJournals
		if s.Journals != 0 && s.HomeJournals == 0 {
			foreign = append(foreign, amount(s.Journals, s.Currency))
		}
		lines = append(lines, invoices(s))
	}
	if in.Ledger.ReceivableHome {
		return append(lines, controlHome(in, home, foreign)...)
	}
	lines = append(lines, compare(CheckReceivables, in.Ledger.Receivable, own, in.Gaps)...)
	if in.Ledger.Customers != nil {
		lines = append(lines, compare(CheckCustomers, in.Ledger.Customers, own, in.Gaps)...)
	}
	return lines
}

// invoices counts the invoices of a currency that do not add up.
func invoices(s LedgerSums) Line {
	line := Line{Check: CheckInvoices, Currency: s.Currency, Difference: int64(s.Broken), Measured: true}
	if s.Broken > 0 {
		line.Why = "invoices that do not add up: " + strings.Join(s.Names, ", ")
	}
	for _, id := range s.Names {
		line.Causes = append(line.Causes, Cause{
			Ref:    receivables.Ref{Kind: receivables.KindInvoice, ID: id},
			Text:   "The total of invoice " + id + " is not its balance and what was paid and credited.",
			Action: "Open the invoice, look at what was applied to it, and " + readAnew + " if it is right there.",
		})
	}
	return line
}

// controlHome compares the one control account of a ledger that carries
// everything in its home currency.
func controlHome(in Inputs, own int64, foreign []string) []Line {
	known := currencies(in.Ledger.Receivable)
	if len(known) == 0 {
		return []Line{{Check: CheckReceivables, Tieout: &own, Why: "the ledger did not give the balance of its receivables"}}
	}
	c := known[0]
	ledger := in.Ledger.Receivable[c]
	line := Line{
		Check: CheckReceivables, Currency: c, Ledger: &ledger, Tieout: &own, Difference: ledger - own, Measured: true,
		Why:    "in the home currency, at the ledger's carrying rates",
		Causes: gaps(in.Gaps, c),
	}
	if len(foreign) > 0 {
		line.Why += "; journals of " + strings.Join(foreign, ", ") + " on receivables are not in it, because the ledger states no home amount for them"
	}
	if line.Difference != 0 && len(line.Causes) == 0 {
		line.Causes = []Cause{unnamed(line.Difference, c)}
	}
	return []Line{line}
}

func compare(check Check, ledger, own map[money.Currency]int64, known []CustomerGap) []Line {
	var lines []Line
	for _, c := range currencies(ledger, own) {
		theirs, ours := ledger[c], own[c]
		line := Line{Check: check, Currency: c, Ledger: &theirs, Tieout: &ours, Difference: theirs - ours, Measured: true}
		if line.Difference != 0 {
			line.Causes = gaps(known, c)
			if len(line.Causes) == 0 {
				line.Causes = []Cause{unnamed(line.Difference, c)}
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// gaps are the customers that a difference on receivables comes from.
func gaps(list []CustomerGap, c money.Currency) []Cause {
	var causes []Cause
	for _, g := range list {
		if g.Currency != c {
			continue
		}
		causes = append(causes, Cause{
			Ref: receivables.Ref{Kind: receivables.KindCustomer, ID: g.ID}, Amount: g.Balance - g.Documents,
			Text: fmt.Sprintf("The ledger says that %s owes %s; the open documents add up to %s.", g.Name, amount(g.Balance, c), amount(g.Documents, c)),
			Action: "Compare the customer's transactions in the ledger with its open documents: " +
				"an entry on receivables without an invoice, or one that was changed a moment ago.",
		})
	}
	return causes
}

// unnamed is a difference that the ledger itself gives no customer for.
func unnamed(difference int64, c money.Currency) Cause {
	return Cause{
		Ref: receivables.Ref{Kind: receivables.KindAccount, ID: "receivable"}, Amount: difference,
		Text: fmt.Sprintf("No document was found that %s on the receivables account comes from.", amount(difference, c)),
		Action: "Compare the ledger's own list of open receivables with its control account; if they differ there too, " +
			"an entry was made on the account without a customer. If they do not, " + readAnew + ".",
	}
}

// billed proves the invoices that the processors make themselves, which are
// their own total: what is open on ours is what the processor says is open,
// and each of them adds up. Those that the ledger holds too are counted in the
// ledger's line and named here.
func billed(in Inputs) []Line {
	own, count := map[money.Currency]int64{}, map[money.Currency]BilledSums{}
	for _, r := range in.BilledSums {
		own[r.Currency], count[r.Currency] = r.Open, r
	}
	var lines []Line
	for _, c := range currencies(in.Billed, own) {
		theirs, ours, r := in.Billed[c], own[c], count[c]
		line := Line{
			Check: CheckBilled, Currency: c, Stripe: &theirs, Tieout: &ours, Difference: theirs - ours, Measured: in.BilledSettled,
			Why: fmt.Sprintf("%d open on invoices that Stripe has made", r.Count),
		}
		if !in.BilledSettled {
			line.Why = "the invoices at Stripe changed while they were measured"
		}
		if r.Mirrored != 0 {
			line.Why += fmt.Sprintf("; %s stands in the ledger too and is counted there", amount(r.Mirrored, c))
		}
		if r.Asked != 0 {
			line.Why += fmt.Sprintf("; whether %s stands there too is asked", amount(r.Asked, c))
		}
		lines = append(lines, line)
		if r.Broken > 0 {
			lines = append(lines, Line{
				Check: CheckInvoices, Currency: c, Difference: int64(r.Broken), Measured: true,
				Why: "invoices of Stripe's own whose figures do not add up",
			})
		}
	}
	return lines
}
