package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tieout/books"
	"tieout/links"
	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/reconcile"
	"tieout/web"
)

// bulkActor does one thing to many invoices.
type bulkActor struct{ receivablesReader }

// bulkBook is what an action changes of one book.
type bulkBook struct{ before, after books.Book }

// bulkPlan is what an action would do.
type bulkPlan struct {
	books []bulkBook
	parts []web.BulkPart
	many  bool
}

// PreviewBulk says what would happen.
func (r bulkActor) PreviewBulk(ctx context.Context, tenant string, ask web.Bulk) (web.BulkShown, error) {
	plan, err := r.plan(ctx, tenant, ask)
	if err != nil {
		return web.BulkShown{}, err
	}
	out := web.BulkShown{Parts: plan.parts, TooMany: plan.many}
	if len(plan.books) > 0 && !plan.many {
		out.Digest, err = plan.digest(ask)
	}
	return out, err
}

// Bulk does what was shown. Where four eyes are wanted, every book is put before
// the second person first.
func (r bulkActor) Bulk(ctx context.Context, tenant string, ask web.Bulk, digest, page, by string) error {
	plan, err := r.plan(ctx, tenant, ask)
	if err != nil {
		return err
	}
	now, err := plan.digest(ask)
	if err != nil {
		return err
	}
	if plan.many || len(plan.books) == 0 || now != digest {
		return web.ErrOtherShown
	}
	var waits error
	for _, b := range plan.books {
		what := ask.Action.Words() + ", in " + b.before.Name
		asked := r.app.SecondPerson(ctx, b.before, Ask{Subject: ApproveAccounts, Digest: digest, What: what, Page: page, Who: by, Do: &bulkProposal{ask}})
		if asked != nil && !errors.Is(asked, ErrSecond) {
			return forPages(asked)
		}
		waits = cmp.Or(asked, waits)
	}
	if waits != nil {
		return forPages(waits)
	}
	for _, b := range plan.books {
		_, err := r.app.Connect.SaveBook(journal.As(ctx, by), b.after)
		if errors.Is(err, reconcile.ErrSettings) {
			return errors.Join(web.ErrOtherShown, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p bulkPlan) digest(ask web.Bulk) (string, error) {
	shown := []any{ask.Action}
	for _, b := range p.books {
		shown = append(shown, b.after.ID, b.after.Settings)
	}
	return DigestOf(shown)
}

// plan finds the chosen invoices and what the action does to each of them.
func (r bulkActor) plan(ctx context.Context, tenant string, ask web.Bulk) (bulkPlan, error) {
	var plan bulkPlan
	chosen, err := r.chosen(ctx, tenant, ask)
	if err != nil {
		return plan, err
	}
	all, err := r.app.Store.Books(ctx, tenant)
	if err != nil {
		return plan, err
	}
	n := 0
	for _, ids := range chosen {
		n += len(ids)
	}
	if plan.many = n > web.MaxBulk; plan.many {
		return plan, nil
	}
	for _, b := range all {
		ids := chosen[b.Ledger]
		delete(chosen, b.Ledger)
		if len(ids) == 0 {
			continue
		}
		invoices, err := r.app.Store.Invoices(ctx, b, reconcile.InvoiceQuery{IDs: ids})
		if err != nil {
			return plan, err
		}
		current, err := r.app.Store.LinksOf(ctx, b, ids)
		if err != nil {
			return plan, err
		}
		if err := plan.book(b, ask.Action, invoices, current); err != nil {
			return plan, err
		}
	}
	slices.SortStableFunc(plan.parts, func(a, b web.BulkPart) int {
		switch {
		case a.Changes == b.Changes:
			return 0
		case a.Changes:
			return -1
		}
		return 1
	})
	for _, ids := range chosen {
		if err := plan.add(web.BulkPart{Text: "Made by Stripe itself, or of no book: nothing changes", Count: len(ids)}); err != nil {
			return plan, err
		}
	}
	return plan, nil
}

// chosen are the ids of the invoices by connection, at most one more than are
// worked on.
func (r bulkActor) chosen(ctx context.Context, tenant string, ask web.Bulk) (map[string][]string, error) {
	out := map[string][]string{}
	if !ask.All {
		for _, row := range ask.Rows[:min(len(ask.Rows), web.MaxBulk+1)] {
			if !slices.Contains(out[row.Connection], row.ID) {
				out[row.Connection] = append(out[row.Connection], row.ID)
			}
		}
		return out, nil
	}
	n := 0
	err := r.EachInvoice(ctx, tenant, ask.Filter, func(row listing.Row) error {
		out[row.Connection] = append(out[row.Connection], row.ID)
		if n++; n > web.MaxBulk {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return out, err
}

// errEnough ends a walk over a list that is too long anyway.
var errEnough = errors.New("enough")

// book adds what the action does to invoices of one book.
func (p *bulkPlan) book(b books.Book, action web.BulkAction, invoices []receivables.Invoice, current map[string]links.Link) error {
	after := b
	after.Settings.NoLinkInvoices, after.Settings.NoLinkCustomers = slices.Clone(b.Settings.NoLinkInvoices), slices.Clone(b.Settings.NoLinkCustomers)
	for _, inv := range invoices {
		list, id := &after.Settings.NoLinkInvoices, inv.ID
		if action == web.BulkCustomerNone || action == web.BulkCustomerLinks {
			list, id = &after.Settings.NoLinkCustomers, inv.CustomerID
		}
		without := action == web.BulkNoLinks || action == web.BulkCustomerNone
		if at := slices.Index(*list, id); without && at < 0 {
			*list = append(*list, id)
		} else if !without && at >= 0 {
			*list = slices.Delete(*list, at, at+1)
		}
	}
	for _, inv := range invoices {
		part := web.BulkPart{Count: 1, Text: outcome(b.Settings, after.Settings, inv, current[inv.ID])}
		part.Changes = linksAllowed(b.Settings, inv) != linksAllowed(after.Settings, inv)
		if inv.State == receivables.StateLive && inv.Balance != 0 {
			part.Open = []money.Money{{Minor: inv.Balance, Currency: inv.Currency}}
		}
		if err := p.add(part); err != nil {
			return err
		}
	}
	same := slices.Equal(after.Settings.NoLinkInvoices, b.Settings.NoLinkInvoices) && slices.Equal(after.Settings.NoLinkCustomers, b.Settings.NoLinkCustomers)
	if !same {
		p.books = append(p.books, bulkBook{b, after})
	}
	return nil
}

func linksAllowed(s books.Settings, inv receivables.Invoice) bool {
	return !slices.Contains(s.NoLinkInvoices, inv.ID) && !slices.Contains(s.NoLinkCustomers, inv.CustomerID)
}

// outcome says what becomes of an invoice's link.
func outcome(before, after books.Settings, inv receivables.Invoice, current links.Link) string {
	was, will := linksAllowed(before, inv), linksAllowed(after, inv)
	open := inv.State == receivables.StateLive && inv.Balance > 0
	linked := current.State == links.StateActive || current.State == links.StateMaking || inv.Link != ""
	switch {
	case was && !will && linked:
		return "The link is ended at Stripe and taken off the invoice"
	case was && !will && open:
		return "Gets no link"
	case was && !will:
		return "Settled or void: gets no link if it opens again"
	case !was && will && open && before.Links:
		return "Gets a link again"
	case !was && will:
		return "May have a link again, when something is open and the book makes links"
	case !was && slices.Contains(after.NoLinkCustomers, inv.CustomerID):
		return "Left out with its customer: nothing changes for it"
	case !was:
		return "Left out by itself: nothing changes for it"
	}
	return "Not left out: nothing changes"
}

// add adds a part to what happens in the same way.
func (p *bulkPlan) add(part web.BulkPart) error {
	at := slices.IndexFunc(p.parts, func(x web.BulkPart) bool { return x.Text == part.Text })
	if at < 0 {
		p.parts = append(p.parts, part)
		return nil
	}
	p.parts[at].Count += part.Count
	for _, m := range part.Open {
		if err := addTo(&p.parts[at].Open, m); err != nil {
			return err
		}
	}
	return nil
}

// addTo adds to the sum in an amount's currency.
func addTo(sums *[]money.Money, m money.Money) (err error) {
	for i := range *sums {
		if (*sums)[i].Currency == m.Currency {
			(*sums)[i], err = (*sums)[i].Add(m)
			return err
		}
	}
	*sums = append(*sums, m)
	return nil
}
