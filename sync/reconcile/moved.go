package reconcile

import (
	"context"
	"fmt"
	"slices"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
)

// loadWritten reads what the documents were written as whose account is not the
// one that the book would choose today: somebody has moved them, or the choice
// has changed since.
func (w *world) loadWritten(ctx context.Context) error {
	var ids []string
	for _, m := range w.movements {
		for _, p := range w.partsOf(m.Row.ID) {
			doc, ok := w.documentOf(p)
			if ok && p.Intent != "" && doc.State == receivables.StateLive && !w.chosenToday(m, p, doc) {
				ids = add(ids, p.Intent)
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	slices.Sort(ids)
	found, err := w.r.Store.IntentsByID(ctx, w.book.Tenant, ids)
	w.bookings = make(map[string]mapping.Booking, len(found))
	for _, in := range found {
		if in.Booking != nil && in.State == push.StateDone {
			w.bookings[in.ID] = *in.Booking
		}
	}
	return err
}

// chosenToday says whether a document stands on the accounts that would be
// chosen for it now.
func (w *world) chosenToday(m Movement, p PartRow, doc LedgerDocument) bool {
	if p.Part.Purpose.Clearing() == 0 || len(doc.Accounts) == 0 {
		return true
	}
	if m.Payout != nil {
		bank, ok := w.book.Accounts.Bank(m.Payout.Destination, m.Row.Currency)
		if ok && !slices.Contains(doc.Accounts, bank) {
			return false
		}
	}
	return slices.Contains(doc.Accounts, w.book.Accounts.Clearing[m.Row.Currency])
}

// moved says how a document of ours stands otherwise than it was written though
// its amount is the same: on another account, with another customer, or not on
// the invoices that it paid. All is "" when it stands as it was.
func (w *world) moved(m Movement, p PartRow, doc LedgerDocument) (before, now string) {
	b := w.bookings[p.Intent]
	for _, account := range bookedOn(b) {
		if !slices.Contains(doc.Accounts, account) {
			return "on the account " + w.accountsNamed(account), "on " + w.accountsNamed(doc.Accounts...)
		}
	}
	if doc.Ref.Kind != receivables.KindReceipt || doc.Currency != m.Row.Currency {
		return "", ""
	}
	for _, part := range w.partsOf(m.Row.ID) {
		if part.Marker != p.Marker || part.Part.Purpose != mapping.PurposeReceipt || part.Part.Target == "" {
			continue
		}
		inv := w.paidInvoice(part.Part.Target)
		if inv.CustomerID != "" && doc.Customer != "" && inv.CustomerID != doc.Customer && !w.owned(m, part, doc.Customer) {
			return "of the customer " + w.customerNamed(inv.CustomerID), "of " + w.customerNamed(doc.Customer)
		}
		if off := doc.takenOff(part.Part.Target, part.Part.Amount); off > 0 {
			return fmt.Sprintf("applied to %s with %s", w.called(part.Part.Target), money.Money{Minor: part.Part.Amount, Currency: doc.Currency}),
				"with " + money.Money{Minor: part.Part.Amount - off, Currency: doc.Currency}.String()
		}
	}
	return "", ""
}

// bookedOn are the accounts of a booking that have to stay: the clearing
// account, and a payout's bank. What a fee is an expense of is the
// bookkeeper's choice.
func bookedOn(b mapping.Booking) []string {
	switch b.Kind {
	case receivables.DocumentReceipt, receivables.DocumentIncome:
		return add(nil, b.To)
	case receivables.DocumentExpense:
		return add(nil, b.From)
	case receivables.DocumentTransfer:
		return add(nil, b.From, b.To)
	}
	return nil
}

// owned says whether the receipt was written for the customer that it has: it
// is the invoice that has gone to another one.
func (w *world) owned(m Movement, p PartRow, customer string) bool {
	for _, a := range w.ofCharge[m.Row.ID] {
		if a.Invoice == p.Part.Target {
			return a.Customer == customer
		}
	}
	return true
}

// takenOff is what a receipt no longer pays of an amount on an invoice, in the
// receipt's currency. One that pays a document of the ledger was applied there
// by ourselves, because its money went back.
func (d LedgerDocument) takenOff(invoice string, amount int64) int64 {
	if d.Ref.Kind != receivables.KindReceipt || d.State != receivables.StateLive || invoice == "" || d.Pays == nil {
		return 0
	}
	left := amount
	for _, a := range d.Pays {
		switch {
		case a.Target.Kind == receivables.KindDocument:
			return 0
		case a.Target.Kind == receivables.KindInvoice && a.Target.ID == invoice:
			left -= a.Amount
		}
	}
	return max(left, 0)
}

// called is what people call an invoice.
func (w *world) called(id string) string {
	if inv := w.paidInvoice(id); inv.ID != "" {
		return numbers([]receivables.Invoice{inv})
	}
	return "the invoice with id " + id
}
