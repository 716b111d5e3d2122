package reconcile

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tieout/mapping"
	"tieout/receivables"
)

// loadReturns adds the movements by which the batch's charges were taken back,
// because what becomes of a refund follows from what its charge pays; and the
// payments that its returned debits take back, because a return may change how
// its payment is booked.
func (w *world) loadReturns(ctx context.Context) error {
	have := map[string]bool{}
	var charges, ids []string
	for _, m := range w.movements {
		have[m.Row.ID] = true
		switch {
		case m.pays() && (m.State != MovementSettled || m.delayed()):
			charges = append(charges, m.Charge.ID)
		case m.Charge != nil && !m.pays() && m.Refund == nil:
			ids = add(ids, m.Charge.Movement)
		}
	}
	if len(charges) > 0 {
		back, err := w.r.Store.Returns(ctx, w.book, charges)
		if err != nil {
			return err
		}
		ids = add(ids, back...)
	}
	return w.loadMovements(ctx, slices.DeleteFunc(ids, func(id string) bool { return have[id] }))
}

// origins are the movements that a movement takes back, or undoes: the
// charge's of a refund, dispute or returned debit, and the payout's.
func (m Movement) origins() []string {
	var ids []string
	if m.Charge != nil {
		ids = add(ids, m.Charge.Movement)
	}
	if m.Payout != nil {
		ids = add(ids, m.Payout.Movement)
	}
	if m.Refund != nil {
		ids = add(ids, m.Refund.Movement)
	}
	return ids
}

// paidBy is what the payment behind a movement pays, or has paid: its own, or
// that of the charge which it takes back.
func (w *world) paidBy(m Movement) []Allocation {
	if m.pays() || m.Charge == nil {
		return w.ofCharge[m.Row.ID]
	}
	return w.ofCharge[m.Charge.Movement]
}

// stood says whether a document of ours stands, or was to stand, for the
// movement that m undoes, or that another has undone. What lies before the
// cut-over is not known.
func (w *world) stood(m Movement) mapping.Answer {
	var purpose mapping.Purpose
	var origin string
	switch {
	case m.Payout != nil:
		purpose, origin = mapping.PurposePayout, m.Payout.Movement
	case m.Refund != nil:
		purpose, origin = mapping.PurposeRefund, cmp.Or(m.Refund.Movement, m.Row.ID)
	case m.Charge != nil && m.Dispute == nil:
		purpose, origin = mapping.PurposeReceipt, m.Charge.Movement
	default:
		return ""
	}
	for _, p := range w.partsOf(origin) {
		if p.Part.Purpose == purpose && p.stands() {
			return mapping.Yes
		}
	}
	if created := originCreated(m); created == nil || w.before(origin, *created) {
		return ""
	}
	return mapping.No
}

// loadCredits reads the open credits of those to whom money goes back, and the
// credits that earlier parts have paid back.
func (w *world) loadCredits(ctx context.Context) error {
	var customers, ids []string
	for _, m := range w.movements {
		for _, p := range w.applicable(m) {
			ids = add(ids, p.Document.ID)
		}
		if m.Refund == nil {
			continue
		}
		for _, a := range w.paidBy(m) {
			customers = add(customers, a.Customer)
		}
		for _, p := range w.partsOf(m.Row.ID) {
			if p.Part.Purpose == mapping.PurposeRefund {
				ids = add(ids, p.Part.Target)
			}
		}
	}
	if len(customers)+len(ids) == 0 {
		return nil
	}
	var err error
	w.credits, err = w.r.Store.Credits(ctx, w.book, customers, ids)
	return err
}

// creditFor is the credit that a refund pays back: the one that it has paid
// back already, else an open one of a customer whose invoice the charge has
// paid. One of the exact amount comes first, then the oldest.
func (w *world) creditFor(m Movement) *mapping.Credit {
	if m.Refund == nil {
		return nil
	}
	amount, currency := m.back()
	for _, p := range w.partsOf(m.Row.ID) {
		if p.Part.Purpose != mapping.PurposeRefund || !p.stands() {
			continue
		}
		for _, c := range w.credits {
			if c.ID == p.Part.Target {
				return &mapping.Credit{ID: c.ID, Kind: c.Kind, Customer: c.CustomerID, Open: amount}
			}
		}
		return nil // it stands as something else, and stays that
	}
	var best *receivables.Credit
	for i, c := range w.credits {
		if c.Currency != currency || c.Remaining < amount || !w.paidFor(m, c.CustomerID) || w.promised(c.ID) {
			continue
		}
		if best == nil || c.Remaining == amount && best.Remaining != amount || (c.Remaining == amount) == (best.Remaining == amount) && c.Issued < best.Issued {
			best = &w.credits[i]
		}
	}
	if best == nil {
		return nil
	}
	return &mapping.Credit{ID: best.ID, Kind: best.Kind, Customer: best.CustomerID, Open: best.Remaining}
}

// paidFor says whether the payment behind a movement has paid for the customer.
func (w *world) paidFor(m Movement, customer string) bool {
	return slices.ContainsFunc(w.paidBy(m), func(a Allocation) bool { return a.Customer == customer })
}

// promised says whether a refund of another movement takes from the credit and
// the ledger does not show it yet.
func (w *world) promised(credit string) bool {
	for _, p := range w.partsFor(credit) {
		if p.Part.Purpose == mapping.PurposeRefund && (p.State == PartPlanned || p.State == PartSent || p.State == PartPreview) {
			return true
		}
	}
	return false
}

// loadPromises reads the parts that take from the credits: another refund may
// have been promised what the ledger still shows as open.
func (w *world) loadPromises(ctx context.Context) error {
	ids := make([]string, len(w.credits))
	for i, c := range w.credits {
		ids[i] = c.ID
	}
	if len(ids) == 0 {
		return nil
	}
	ties, err := w.r.Store.Ties(ctx, w.book, nil, ids)
	for _, p := range ties.Parts {
		w.keepPart(p)
	}
	return err
}

// originCreated is when what a movement undoes was made; nil when it has not
// been pulled.
func originCreated(m Movement) *time.Time {
	switch {
	case m.Payout != nil:
		return &m.Payout.Created
	case m.Refund != nil:
		return &m.Refund.Created
	case m.Charge != nil:
		return &m.Charge.Created
	}
	return nil
}
