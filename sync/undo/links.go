package undo

import (
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// invoicesAtOnce is how many invoices' bodies are held at once.
const invoicesAtOnce = 200

// links plans that every payment link, or only that of one invoice, ends and
// goes from its invoice, whose own text stays.
func (p *Planner) links(ctx context.Context, b books.Book, only string, under map[receivables.Ref]push.Intent, plan *Plan) error {
	for after := ""; ; {
		list, err := p.Store.LinkedInvoices(ctx, b, only, after, invoicesAtOnce)
		if err != nil {
			return fmt.Errorf("undo: linked invoices: %w", err)
		}
		if len(list) == 0 {
			return nil
		}
		refs := make([]receivables.Ref, len(list))
		for i, l := range list {
			refs[i] = l.Invoice.Ref()
		}
		raws, err := p.Store.Raw(ctx, b, refs)
		if err != nil {
			return fmt.Errorf("undo: invoices: %w", err)
		}
		for _, l := range list {
			if err := p.endLink(b, l, under, plan); err != nil {
				return err
			}
			if err := p.endPages(b, l.Pages, under, plan); err != nil {
				return err
			}
			if err := p.takeOff(b, l, raws[l.Invoice.Ref()], under, plan); err != nil {
				return err
			}
		}
		after = list[len(list)-1].Invoice.ID
	}
}

// endLink plans that a link can be paid no more.
func (p *Planner) endLink(b books.Book, l Linked, under map[receivables.Ref]push.Intent, plan *Plan) error {
	if !l.Active || l.Link == "" || len(b.Sources) == 0 {
		return nil
	}
	processor, err := p.Processor(b.Sources[0])
	if err != nil {
		return err
	}
	write, err := processor.LowerDeactivate(l.Link, l.Generation)
	if err != nil {
		return fmt.Errorf("undo: link %s: %w", l.Link, err)
	}
	if _, waits := under[write.Target]; waits {
		return nil
	}
	in := p.intent(b, b.Sources[0], write, push.EffectLinkOff, "taken back: the payment link ends")
	in.Invoice, in.Generation = l.Invoice.ID, l.Generation
	plan.Links = append(plan.Links, in)
	return nil
}

// endPages plans that pages of the processor that were opened from our own
// page, and are still open, can be paid no more.
func (p *Planner) endPages(b books.Book, pages []reconcile.Page, under map[receivables.Ref]push.Intent, plan *Plan) error {
	for _, page := range pages {
		processor, err := p.Processor(page.Connection)
		if err != nil {
			return err
		}
		checkout, ok := processor.(connectors.Checkouter)
		if !ok {
			continue
		}
		write, err := checkout.LowerExpire(page.Session)
		if err != nil {
			return fmt.Errorf("undo: page %s: %w", page.Session, err)
		}
		_, waits := under[write.Target]
		// A page over several invoices stands under each of them.
		if waits || slices.ContainsFunc(plan.Links, func(in push.Intent) bool { return in.Write.Target == write.Target }) {
			continue
		}
		in := p.intent(b, page.Connection, write, push.EffectPageEnded, "taken back: the open payment page ends")
		in.Invoice = page.Invoice
		plan.Links = append(plan.Links, in)
	}
	return nil
}

// takeOff plans that the invoice stands as it did before it had a link.
func (p *Planner) takeOff(b books.Book, l Linked, raw []byte, under map[receivables.Ref]push.Intent, plan *Plan) error {
	if l.Invoice.State != receivables.StateLive || len(raw) == 0 {
		return nil
	}
	write, needed, why, err := p.Ledger.LowerLink(connectors.LinkChange{Invoice: l.Invoice, Raw: raw, Generation: l.Generation})
	if err != nil {
		return fmt.Errorf("undo: link on invoice %s: %w", l.Invoice.ID, err)
	}
	waiting, waits := under[l.Invoice.Ref()]
	switch {
	case !needed:
		return nil
	case waits && waiting.State == push.StateParked:
		plan.Stays = append(plan.Stays, Stay{
			Document: l.Invoice.Ref(), Kind: receivables.DocumentInvoice, Date: l.Invoice.Issued, Why: "Its link could not be taken off: " + waiting.Problem,
		})
		return nil
	case waits:
		return nil
	}
	reason := "taken back: the payment link goes, the invoice's own text stays"
	if why != "" {
		reason += "; " + why
	}
	in := p.intent(b, b.Ledger, write, push.EffectLinkRemoved, reason)
	in.Invoice, in.Generation, in.Before = l.Invoice.ID, l.Generation, raw
	plan.Links = append(plan.Links, in)
	return nil
}
