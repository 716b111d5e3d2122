package proof

import (
	"fmt"
	"slices"

	"tieout/money"
	"tieout/receivables"
)

// bankDays is how long after its arrival a payout must stand on the bank
// account: five business days, which seven days hold anywhere.
const bankDays = 7

// fine says whether a payout needs no look: its members add up, and it stands
// on its bank account once, or need not yet.
func (in Inputs) fine(p PayoutCheck) bool {
	if p.Itemised && p.Amount != p.Members || p.Returned || p.Rest != 0 {
		return false
	}
	return !in.due(p) || in.onBank(p) == 1 && (p.Lines == nil || *p.Lines == 1)
}

// due says whether a payout must stand on the bank account by now.
func (in Inputs) due(p PayoutCheck) bool {
	return p.Status == "paid" && p.Arrival >= in.Since && in.Today.DaysSince(p.Arrival) > bankDays
}

// onBank counts the documents of a payout on the bank account that is chosen
// for its destination.
func (in Inputs) onBank(p PayoutCheck) int {
	account, ok := in.Accounts.Bank(p.Destination, p.Currency)
	n := 0
	for _, d := range p.Documents {
		if !ok || slices.Contains(d.Accounts, account) {
			n++
		}
	}
	return n
}

// summarise counts the payouts that are as they should be, and keeps the
// others.
func (in *Inputs) summarise(list []PayoutCheck) {
	sums := map[money.Currency]*PayoutSums{}
	keys := map[money.Currency]int64{}
	for _, p := range list {
		s := sums[p.Currency]
		if s == nil {
			s = &PayoutSums{Currency: p.Currency}
			sums[p.Currency], keys[p.Currency] = s, 0
		}
		if !in.fine(p) {
			in.Payouts = append(in.Payouts, p)
			continue
		}
		s.Count++
		s.OnBank += in.onBank(p)
		if p.Lines != nil {
			s.Seen += *p.Lines
		}
		if !p.Itemised {
			s.Lumps++
			continue
		}
		s.Amount += p.Amount
		s.Members += p.Members
	}
	for _, c := range currencies(keys) {
		in.PayoutSums = append(in.PayoutSums, *sums[c])
	}
}

// payouts proves that every automatic payout is the sum of the movements that
// it took out, and that one that came back and its reversal add up to nothing.
func payouts(in Inputs) []Line {
	var lines []Line
	for _, s := range in.PayoutSums {
		amounts, members, lumps, back := s.Amount, s.Members, s.Lumps, int64(0)
		line := Line{Check: CheckPayouts, Currency: s.Currency, Stripe: &amounts, Tieout: &members, Measured: true}
		reversal := Line{Check: CheckReversals, Currency: s.Currency, Measured: true}
		for _, p := range in.Payouts {
			if p.Currency != s.Currency {
				continue
			}
			if p.Returned {
				back++
				reversal.add(p.Rest, payoutRef(p.ID), fmt.Sprintf("The payout %s came back, and leaves %s in the balance.", p.ID, amount(p.Rest, p.Currency)),
					"Look at the payout and its reversal in Stripe's dashboard; "+readAnew+" if the reversal is there.")
			}
			if !p.Itemised {
				lumps++
				continue
			}
			amounts += p.Amount
			members += p.Members
			if p.Amount != p.Members {
				line.add(p.Amount-p.Members, payoutRef(p.ID), fmt.Sprintf("The payout %s is %s; the movements that Stripe names for it add up to %s.",
					p.ID, amount(p.Amount, p.Currency), amount(p.Members, p.Currency)),
					"First "+readAnew+"; if it stays, compare it with Stripe's payout reconciliation report.")
			}
		}
		if lumps > 0 {
			line.Why = fmt.Sprintf("%d payouts are not itemised by Stripe; the clearing account alone proves them", lumps)
		}
		lines = append(lines, line)
		if back > 0 {
			reversal.Why = fmt.Sprintf("%d payouts came back", back)
			lines = append(lines, reversal)
		}
	}
	return lines
}

func payoutRef(id string) receivables.Ref {
	return receivables.Ref{Kind: receivables.KindPayout, ID: id}
}

// add adds a difference with its cause. Two differences never cancel each
// other: each counts with its size.
func (l *Line) add(difference int64, ref receivables.Ref, text, action string) {
	if difference == 0 {
		return
	}
	l.Difference += max(difference, -difference)
	l.Causes = append(l.Causes, Cause{Ref: ref, Amount: difference, Text: text, Action: action})
}

// bank proves the bank's side: every payout that should have arrived stands
// there once, and nobody else has entered it too. One that waits for a
// person's decision is named.
func bank(in Inputs) []Line {
	lines := map[money.Currency]*Line{}
	keys := map[money.Currency]int64{}
	of := func(c money.Currency) *Line {
		if lines[c] == nil {
			lines[c], keys[c] = &Line{Check: CheckBank, Currency: c, Measured: true}, 0
		}
		return lines[c]
	}
	for _, s := range in.PayoutSums {
		of(s.Currency)
	}
	for _, p := range in.Payouts {
		if in.due(p) {
			in.missing(of(p.Currency), p)
		}
	}
	for _, s := range in.Suspects {
		of(s.Currency).add(s.Amount, s.Document,
			fmt.Sprintf("The %s %s of %s looks like the payout %s entered a second time.", s.Document.Kind, s.Document.ID, s.Date.Words(), s.Payout),
			"If it is the payout, remove it; if it is another receipt of the same amount, answer the question about it under Decisions.")
	}
	var out []Line
	for _, c := range currencies(keys) {
		lines[c].Why = firstCauses(lines[c].Causes)
		out = append(out, *lines[c])
	}
	return out
}

// missing is a payout that does not stand on its bank account once.
func (in Inputs) missing(l *Line, p PayoutCheck) {
	n := in.onBank(p)
	switch {
	case n == 1 && p.Lines != nil && *p.Lines != 1:
		l.add(p.Amount, payoutRef(p.ID), fmt.Sprintf("The payout %s stands in the ledger; the bank's statement shows it %s.", p.ID, times(*p.Lines)),
			"Ask the bank, or look for the line under another amount or date.")
		return
	case n == 1:
		return
	case n == 0 && len(p.Documents) > 0:
		l.add(p.Amount, receivables.Ref{Kind: receivables.KindDocument, ID: p.Documents[0].ID},
			fmt.Sprintf("The document for the payout %s does not stand on the bank account that is chosen for it.", p.ID),
			"Put the bank account back in the document, or choose the other account for this destination.")
		return
	}
	l.add(p.Amount, payoutRef(p.ID), fmt.Sprintf("The payout %s of %s stands %s in the ledger.", p.ID, p.Arrival.Words(), times(n)),
		"If it was entered by hand, answer the question about it; if it is there twice, remove one.")
	for _, o := range in.Open {
		if bt, ok := in.Read[o.ID]; ok && o.Source == p.ID && kindOf(o) == ItemDecision && n == 0 {
			l.Explained = append(l.Explained, in.item(o, -bt.Amount, bt.Created))
		}
	}
}

func times(n int) string {
	switch n {
	case 0:
		return "not at all"
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
