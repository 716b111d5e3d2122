package reconcile

import (
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// crosses says whether a movement was settled in another currency than the
// payment that it is about was made in.
func (m Movement) crosses() bool { return m.Charge != nil && m.Charge.Currency != m.Row.Currency }

// held is the movement's share of what no invoice takes of a payment.
func (m Movement) held(rest int64) int64 {
	if rest == 0 || !m.crosses() {
		return rest
	}
	taken := mapping.Settle([]mapping.Match{{Amount: m.Charge.Amount - rest}}, m.Row.Amount, m.Charge.Amount)
	return m.Row.Amount - taken[0].Settled
}

// back is what a movement gives back, in minor units of the payment's currency,
// and in which currency that is.
func (m Movement) back() (amount int64, currency money.Currency) {
	if m.Refund != nil && m.Refund.Currency != m.Row.Currency {
		return m.Refund.Amount, m.Refund.Currency
	}
	return -m.Row.Amount, m.Row.Currency
}

// worth is what a document shows of a movement's part, in the currency of its
// parts: the total where that is the document's own currency, else what it does
// to the accounts in the movement's. Credits are never settled.
func worth(m Movement, p PartRow, doc LedgerDocument) (int64, money.Currency) {
	switch {
	case doc.Currency == m.Row.Currency, doc.Kind == receivables.DocumentCredit,
		p.Part.Purpose == mapping.PurposeCredit, p.Part.Purpose == mapping.PurposeDiscount:
		return doc.Total, doc.Currency
	case doc.Kind == receivables.DocumentInvoice: // posts to no account that is pulled
		return p.Part.Amount, m.Row.Currency
	}
	return doc.Posted[m.Row.Currency], m.Row.Currency
}

// applied is what a part moves on its invoice, in the payment's currency: a
// receipt's what the charge pays there, what goes back all of the refund.
func (w *world) applied(m Movement, p mapping.Part) int64 {
	amount, currency := m.back()
	switch {
	case !m.crosses():
		return p.Amount
	case p.Purpose == mapping.PurposeRefund && currency != m.Row.Currency:
		return amount
	}
	for _, a := range w.ofCharge[m.Charge.Movement] {
		if a.Invoice == p.Target {
			return a.Amount
		}
	}
	return 0
}

// sharesOf are what the movement settled on each of a receipt's invoices, where
// somebody else has entered it.
func sharesOf(m Movement, rc receivables.Receipt) map[string]int64 {
	shares := map[string]int64{}
	var matches []mapping.Match
	for _, a := range rc.Allocations {
		if a.Target.Kind == receivables.KindInvoice && a.Amount != 0 {
			matches = append(matches, mapping.Match{Invoice: a.Target.ID, Amount: a.Amount})
			shares[a.Target.ID] = a.Amount
		}
	}
	if m.crosses() {
		for _, s := range mapping.Settle(matches, m.Row.Amount, m.Charge.Amount) {
			shares[s.Invoice] = s.Settled
		}
	}
	return shares
}

// written is what the receipt of an allocation was written with, in its own
// currency: that of its parts, unless its account is in another one.
func (w *world) written(a Allocation, p PartRow, doc LedgerDocument) int64 {
	if _, same := doc.Posted[doc.Currency]; same || len(doc.Posted) == 0 {
		return w.markerTotal(p)
	}
	var sum int64
	for _, other := range w.ofCharge[a.Movement] {
		part := mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: other.Invoice}
		if w.parts[part.Key()].Marker == p.Marker {
			sum += other.Amount
		}
	}
	return sum
}
