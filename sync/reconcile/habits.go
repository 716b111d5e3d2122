package reconcile

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"tieout/receivables"
	matcher "tieout/sync/match"
)

const (
	// habitDays is how far back payers' habits are read: half a year shows how
	// somebody pays, and what was before that may have changed.
	habitDays = 182
	// mostLearned bounds the receipts that are learned from, the newest of each
	// payer.
	mostLearned = 60
)

// loadHabits learns how those pay whose payment fits several open invoices
// perhaps: from the receipts that the ledger holds, whoever has entered them.
func (w *world) loadHabits(ctx context.Context) error {
	payers := map[string][]string{}
	var customers []string
	since := receivables.Date("")
	for _, m := range w.movements {
		if !m.pays() || m.State == MovementSettled || !w.ours(m) {
			continue
		}
		found := w.payersOf(m)
		if len(found) != 1 || payers[found[0]] != nil {
			continue
		}
		family := w.relatives(found[0])
		if len(w.openInvoices(family, m.Charge.Currency)) < 2 {
			continue
		}
		payers[found[0]] = family
		customers = add(customers, family...)
		if day := w.dayOf(m).AddDays(-habitDays); since == "" || day < since {
			since = day
		}
	}
	if len(payers) == 0 {
		return nil
	}
	slices.Sort(customers)
	receipts, err := w.r.Store.Receipts(ctx, w.book, customers, nil, since)
	if err != nil {
		return err
	}
	paid, err := w.paidInvoices(ctx, receipts)
	if err != nil {
		return err
	}
	own := map[string][]receivables.Receipt{}
	for _, rc := range receipts {
		own[rc.CustomerID] = append(own[rc.CustomerID], rc)
	}
	owed := byCustomer(paid, w.invoices)
	for payer, family := range payers {
		var theirs []receivables.Receipt
		known := map[string]receivables.Invoice{}
		for _, customer := range family {
			theirs = append(theirs, own[customer]...)
			maps.Copy(known, owed[customer])
		}
		w.habits[payer] = habitsOf(payer, theirs, known)
	}
	return nil
}

// byCustomer sorts live invoices by who owes them; of one that is in several
// maps the last counts.
func byCustomer(all ...map[string]receivables.Invoice) map[string]map[string]receivables.Invoice {
	out := map[string]map[string]receivables.Invoice{}
	for _, list := range all {
		for id, inv := range list {
			if inv.State != receivables.StateLive {
				continue
			}
			if out[inv.CustomerID] == nil {
				out[inv.CustomerID] = map[string]receivables.Invoice{}
			}
			out[inv.CustomerID][id] = inv
		}
	}
	return out
}

// relatives are a payer's family, once all customers of the batch are known.
func (w *world) relatives(payer string) []string {
	if w.families[payer] == nil {
		w.families[payer] = w.family(payer)
	}
	return w.families[payer]
}

// paidInvoices are the invoices that receipts were applied to.
func (w *world) paidInvoices(ctx context.Context, receipts []receivables.Receipt) (map[string]receivables.Invoice, error) {
	var q InvoiceQuery
	seen := map[string]bool{}
	for _, rc := range receipts {
		for _, a := range rc.Allocations {
			if a.Target.Kind == receivables.KindInvoice && !seen[a.Target.ID] {
				seen[a.Target.ID] = true
				q.IDs = append(q.IDs, a.Target.ID)
			}
		}
	}
	paid := map[string]receivables.Invoice{}
	if len(q.IDs) == 0 {
		return paid, nil
	}
	found, err := w.r.Store.Invoices(ctx, w.book, q)
	for _, inv := range found {
		paid[inv.ID] = inv
	}
	return paid, err
}

// habitsOf learns from a payer's receipts: which of the invoices that were
// open on that day were paid, and which were not. known are the invoices of the
// payer's family.
func habitsOf(payer string, own []receivables.Receipt, known map[string]receivables.Invoice) *matcher.Habits {
	lastPaid := map[string]receivables.Date{}
	for _, rc := range own {
		for _, a := range rc.Allocations {
			lastPaid[a.Target.ID] = max(lastPaid[a.Target.ID], rc.Date)
		}
	}
	slices.SortFunc(own, func(a, b receivables.Receipt) int {
		return cmp.Or(-cmp.Compare(a.Date, b.Date), cmp.Compare(a.ID, b.ID))
	})
	habits := matcher.NewHabits()
	for _, rc := range own[:min(len(own), mostLearned)] {
		var now, left []receivables.Date
		for id, inv := range known {
			switch until, was := lastPaid[id]; {
			case applied(rc, id):
				now = append(now, inv.Due)
			case inv.Issued <= rc.Date && (inv.Balance > 0 || was && until > rc.Date):
				left = append(left, inv.Due)
			}
		}
		if len(now) > 0 {
			habits.Learn(payer, rc.Date, now, left)
		}
	}
	return habits
}

func applied(rc receivables.Receipt, invoice string) bool {
	return slices.ContainsFunc(rc.Allocations, func(a receivables.Allocation) bool {
		return a.Target.Kind == receivables.KindInvoice && a.Target.ID == invoice
	})
}
