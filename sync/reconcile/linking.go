package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/links"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
)

// linkCandidates are the invoices of the batch whose body may be needed.
func (w *world) linkCandidates() []string {
	ids := slices.Clone(w.wanted)
	for id, l := range w.links {
		if l.State == links.StateActive || l.Shown {
			ids = append(ids, id)
		}
	}
	if w.r.PayURL != nil {
		// A link of our own is made and shown in one go.
		for _, list := range w.ofCharge {
			for _, a := range list {
				ids = append(ids, a.Invoice)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// linkInvoices takes the next step of the link of every invoice that the
// batch is about, and of those that its payments pay.
func (w *world) linkInvoices() error {
	if !w.book.Settings.Links {
		return nil
	}
	for _, m := range w.movements {
		w.useLink(m)
		for _, a := range w.ofCharge[m.Row.ID] {
			w.wanted = append(w.wanted, a.Invoice)
		}
	}
	slices.Sort(w.wanted)
	for _, id := range slices.Compact(w.wanted) {
		if inv, ok := w.invoices[id]; ok {
			if err := w.linkInvoice(inv); err != nil {
				return fmt.Errorf("reconcile: link of invoice %s: %w", id, err)
			}
		}
	}
	return nil
}

// useLink notes that a link has taken its one payment: the processor has
// ended it then, whether or not the payment succeeds in the end.
func (w *world) useLink(m Movement) {
	if m.Checkout == nil || m.Checkout.Link == "" || m.Checkout.Status != "complete" {
		return
	}
	l, ok := w.linkByID[m.Checkout.Link]
	if !ok || l.State != links.StateActive {
		return
	}
	if newest := w.links[l.Invoice]; newest.ID == l.ID {
		l.State = links.StateUsed
		w.setLink(l)
		w.wanted = append(w.wanted, l.Invoice)
	}
}

func (w *world) setLink(l links.Link) {
	w.links[l.Invoice] = l
	for i, other := range w.result.Links {
		if other.Invoice == l.Invoice && other.Generation == l.Generation {
			w.result.Links[i] = l
			return
		}
	}
	w.result.Links = append(w.result.Links, l)
}

func (w *world) linkInvoice(inv receivables.Invoice) error {
	current := w.links[inv.ID]
	payable := int64(0)
	if inv.State == receivables.StateLive {
		payable = w.payable(inv)
	}
	if err := w.endPages(inv, payable); err != nil {
		return err
	}
	step := links.Next(links.Situation{Payable: payable, Own: w.r.PayURL != nil, Allowed: w.linkAllowed(inv), Link: current, OnDocument: inv.Link, Hidden: w.hidden(inv, current)})
	w.withdrawQuestion(inv, step)
	if (step == links.StepShow || step == links.StepRemove) && w.underWay(inv) {
		return nil
	}
	switch step {
	case links.StepMake:
		return w.makeLink(inv, current, payable)
	case links.StepEnd:
		return w.endLink(inv, current)
	case links.StepSeen:
		current.Seen, current.Shown = true, true
		w.setLink(current)
	case links.StepShow:
		return w.writeLink(inv, current, current.URL, push.EffectLinkShown)
	case links.StepRemove:
		return w.writeLink(inv, current, "", push.EffectLinkRemoved)
	case links.StepAsk:
		key := "invoice/" + inv.ID + "#" + DecideLinkRemoved
		if d := w.decisions[key]; d.Answer == answerRestore {
			w.result.Overtaken = append(w.result.Overtaken, d.ID)
			delete(w.decisions, key)
			return w.writeLink(inv, current, current.URL, push.EffectLinkShown)
		}
		w.question("invoice/"+inv.ID, DecideLinkRemoved, fmt.Sprintf("Somebody has taken our payment link off %s. Shall it be put back?", numbers([]receivables.Invoice{inv})),
			Option{Key: answerRestore, Text: "Put it back"}, Option{Key: "leave", Text: "Leave this invoice without a link"})
	}
	return nil
}

// withdrawQuestion closes the question about a link that somebody took off, when
// there is nothing to put one on any more.
func (w *world) withdrawQuestion(inv receivables.Invoice, step links.Step) {
	key := "invoice/" + inv.ID + "#" + DecideLinkRemoved
	if d, asked := w.decisions[key]; asked && step != links.StepAsk && d.Answer == "" {
		w.result.Overtaken = append(w.result.Overtaken, d.ID)
		delete(w.decisions, key)
	}
}

// underWay says whether a receipt for the invoice is being written. It changes
// the invoice, so that a link written now would meet another version; when the
// ledger shows the receipt, the invoice is looked at again.
func (w *world) underWay(inv receivables.Invoice) bool {
	for _, a := range w.ofInvoice[inv.ID] {
		part := mapping.Part{Movement: a.Movement, Purpose: mapping.PurposeReceipt, Target: a.Invoice}
		if p, ok := w.parts[part.Key()]; ok && (p.State == PartPlanned || p.State == PartSent) {
			return true
		}
	}
	return false
}

// hidden says whether a link that the customer saw is there for staff only
// now. A link that never was where customers look has a reason for it.
func (w *world) hidden(inv receivables.Invoice, l links.Link) bool {
	return w.book.Settings.LinkOnDocument && l.Why == "" && inv.Link != "" && !inv.LinkVisible
}

func (w *world) linkAllowed(inv receivables.Invoice) bool {
	s := w.book.Settings
	return !slices.Contains(s.NoLinkInvoices, inv.ID) && !slices.Contains(s.NoLinkCustomers, inv.CustomerID) && len(w.book.Sources) > 0 &&
		!w.collected(inv.ID)
}

// makeOwn gives the invoice an address at our own pay page: nothing is asked
// of the processor until somebody wants to pay.
func (w *world) makeOwn(inv receivables.Invoice, old links.Link, payable int64) error {
	token := w.r.NewID()
	w.setLink(links.Link{
		Tenant: w.book.Tenant, Book: w.book.ID, Invoice: inv.ID, Generation: old.Generation + 1, State: links.StateActive, Own: true,
		ID: token, URL: w.r.PayURL(token), Amount: payable, Currency: inv.Currency, SentBefore: inv.Sent, CreatedAt: w.r.Now(),
	})
	return w.linkInvoice(inv)
}

func (w *world) makeLink(inv receivables.Invoice, old links.Link, payable int64) error {
	if w.r.PayURL != nil {
		return w.makeOwn(inv, old, payable)
	}
	source := w.book.Sources[0]
	processor, err := w.r.Processor(source)
	if err != nil {
		return err
	}
	next := links.Link{
		Tenant: w.book.Tenant, Book: w.book.ID, Invoice: inv.ID, Generation: old.Generation + 1, State: links.StateMaking,
		Amount: payable, Currency: inv.Currency, SentBefore: inv.Sent, CreatedAt: w.r.Now(),
	}
	write, ok, why, err := processor.LowerPaymentLink(connectors.PaymentLink{
		Book: w.book.ID, InvoiceID: inv.ID, Number: inv.Number, Title: "Invoice " + numbers([]receivables.Invoice{inv}),
		Amount: payable, Currency: inv.Currency, Generation: next.Generation,
	})
	if err != nil {
		return err
	}
	if !ok {
		if old.Why != why || old.State != links.StateOff {
			next.State, next.Why, next.Shown = links.StateOff, why, inv.Link != ""
			w.setLink(next)
		}
		return nil
	}
	w.setLink(next)
	w.linkIntent(inv, source, write, push.PriorityLink, push.EffectLinkMade, next.Generation,
		"A payment link over "+money.Money{Minor: payable, Currency: inv.Currency}.String()+" for "+numbers([]receivables.Invoice{inv}))
	return nil
}

func (w *world) endLink(inv receivables.Invoice, l links.Link) error {
	if l.Own {
		l.State, l.Shown = links.StateOff, l.Shown || inv.Link != ""
		w.setLink(l)
		return w.linkInvoice(inv)
	}
	processor, err := w.r.Processor(w.book.Sources[0])
	if err != nil {
		return err
	}
	write, err := processor.LowerDeactivate(l.ID, l.Generation)
	if err != nil {
		return err
	}
	// An older link that still stands on the document goes with this one.
	l.State, l.Shown = links.StateEnding, l.Shown || inv.Link != ""
	w.setLink(l)
	w.linkIntent(inv, w.book.Sources[0], write, push.PriorityLinkOff, push.EffectLinkOff, l.Generation,
		"What is payable has changed: the old link must not be paid any more")
	return nil
}

// writeLink brings the link onto the ledger's document, or takes it off.
func (w *world) writeLink(inv receivables.Invoice, l links.Link, url string, effect push.Effect) error {
	raw, ok := w.raws[inv.Ref()]
	if !ok {
		return nil
	}
	write, needed, why, err := w.r.Ledger.LowerLink(connectors.LinkChange{
		Invoice: inv, Raw: raw, URL: url, StaffURL: w.staffURL(inv), OnDocument: w.book.Settings.LinkOnDocument, Generation: l.Generation,
	})
	if err != nil {
		return err
	}
	if !needed {
		if effect == push.EffectLinkRemoved {
			l.Shown = false
		}
		if l.Why != why || effect == push.EffectLinkRemoved {
			l.Why = why
			w.setLink(l)
		}
		return nil
	}
	// The row says that the write is under way, so that it is planned once.
	l.Shown, l.Seen, l.Why = effect == push.EffectLinkShown, false, why
	w.setLink(l)
	reason := "The customer shall see the payment link"
	if url == "" {
		reason = "Nothing is payable any more: the payment link goes"
	}
	w.linkIntent(inv, w.book.Ledger, write, push.PriorityLinkSet, effect, l.Generation, reason)
	w.result.Intents[len(w.result.Intents)-1].Before = raw
	return nil
}

func (w *world) staffURL(inv receivables.Invoice) string {
	if w.book.Settings.StaffURL == "" {
		return ""
	}
	return strings.TrimSuffix(w.book.Settings.StaffURL, "/") + "/" + inv.ID
}

func (w *world) linkIntent(inv receivables.Invoice, connection string, write connectors.Write, priority push.Priority, effect push.Effect, generation int, why string) {
	w.result.Intents = append(w.result.Intents, push.Intent{
		Tenant: w.book.Tenant, ID: w.r.NewID(), Book: w.book.ID, Connection: connection, Generation: generation,
		State: w.intentState(), Priority: priority, Sort: newestFirst(inv.Due) + inv.ID, Write: write, Why: why,
		Invoice: inv.ID, Effect: effect, CreatedAt: w.r.Now(), UpdatedAt: w.r.Now(),
	})
}

// newestFirst turns a date into text that sorts the newest first.
func newestFirst(d receivables.Date) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '9' - (r - '0')
		}
		return r
	}, string(d))
}
