package reconcile

import (
	"fmt"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/push"
)

// Page is a page of the processor that was opened from our pay page and can
// still be paid.
type Page struct {
	// Session is the processor's id, Invoice one that it pays.
	Session    string
	Connection string
	Invoice    string
	// Payable is what was payable on the invoice when the page was opened.
	Payable int64
}

// endPages plans the end of every open page over an invoice on which another
// amount is payable now than when the page was opened: nobody shall pay an old
// amount.
func (w *world) endPages(inv receivables.Invoice, payable int64) error {
	for _, page := range w.pages[inv.ID] {
		if page.Payable == payable || w.ending[page.Session] {
			continue
		}
		processor, err := w.r.Processor(page.Connection)
		if err != nil {
			return err
		}
		checkout, ok := processor.(connectors.Checkouter)
		if !ok {
			continue
		}
		write, err := checkout.LowerExpire(page.Session)
		if err != nil {
			return fmt.Errorf("reconcile: page %s: %w", page.Session, err)
		}
		w.ending[page.Session] = true
		w.result.EndPages = append(w.result.EndPages, page.Session)
		w.linkIntent(inv, page.Connection, write, push.PriorityLinkOff, push.EffectPageEnded, 0,
			"What is payable has changed while a payment page was open: it must not be paid any more")
	}
	return nil
}
