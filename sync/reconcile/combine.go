package reconcile

import (
	"slices"
	"strings"

	"tieout/receivables"
	matcher "tieout/sync/match"
)

// sortInvoices puts the oldest first.
func sortInvoices(list []receivables.Invoice) {
	slices.SortFunc(list, func(a, b receivables.Invoice) int {
		if olderInvoice(a, b) {
			return -1
		}
		return 1
	})
}

// combine finds the payer's open invoices whose payable amounts add up to
// exactly the payment, if it is sure that they are meant, and says why. An
// answer that another one contradicts is none.
func (w *world) combine(m Movement, payer string, open []receivables.Invoice) (found []receivables.Invoice, rule Rule, why string) {
	p := matcher.Payment{
		ID: m.Row.ID, On: w.dayOf(m), Amount: m.Charge.Amount, Payers: []matcher.Payer{{Customer: payer, Fit: 1}},
	}
	answer := matcher.One(p, w.items(p.On, payer, open), w.habits[payer])
	if !answer.Sure {
		return nil, "", answer.Why
	}
	for _, inv := range open {
		if slices.Contains(answer.Items, inv.ID) {
			found = append(found, inv)
		}
	}
	if len(found) == 1 {
		return found, RuleExact, answer.Why
	}
	return found, RuleCombination, answer.Why
}

// items are open invoices as the matcher sees them, whoever of the payer's
// family owes them. One that is dated after the payment was agreed on before:
// it is open, so it can be meant.
func (w *world) items(on receivables.Date, payer string, open []receivables.Invoice) []matcher.Item {
	items := make([]matcher.Item, len(open))
	for i, inv := range open {
		items[i] = matcher.Item{ID: inv.ID, Customer: payer, Amount: w.payable(inv), Issued: min(inv.Issued, on), Due: inv.Due}
	}
	return items
}

func (w *world) dayOf(m Movement) receivables.Date { return receivables.DateIn(m.Row.Created, w.zone) }

// inside is a sentence as a part of another one.
func inside(sentence string) string {
	sentence = strings.TrimSuffix(sentence, ".")
	if sentence == "" {
		return ""
	}
	return strings.ToLower(sentence[:1]) + sentence[1:]
}
