package app

import (
	"cmp"
	"context"
	"strings"

	"tieout/books"
	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
	"tieout/web"
)

// paymentReader reads Stripe's movements for pages.
type paymentReader struct{ proofReader }

// maxMembers bounds what a page shows of a payout.
const maxMembers = 1000

// Payments are those of a book behind a place.
func (p paymentReader) Payments(ctx context.Context, tenant, book, state string, before listing.Moment, limit int) ([]web.Movement, error) {
	b, err := p.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return nil, err
	}
	list, err := p.app.Store.MovementTraces(ctx, b, store.TraceQuery{State: reconcile.MovementState(state), Before: before, Limit: limit})
	return movements(b, list), err
}

// Movement is one by its id, or by that of what it moved.
func (p paymentReader) Movement(ctx context.Context, tenant, book, id string) (web.Movement, error) {
	b, err := p.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return web.Movement{}, err
	}
	list, err := p.app.Store.MovementTraces(ctx, b, store.TraceQuery{ID: id, Limit: 1})
	if err == nil && (len(list) == 0 || id == "") {
		err = web.ErrNotFound
	}
	if err != nil {
		return web.Movement{}, err
	}
	return movements(b, list)[0], nil
}

// Payouts are those of a book behind a place.
func (p paymentReader) Payouts(ctx context.Context, tenant, book string, before listing.Moment, limit int) ([]web.Payout, error) {
	b, err := p.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return nil, err
	}
	list, err := p.app.Store.PayoutList(ctx, b, "", before, limit)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	shown, err := p.app.Store.DestinationsShown(ctx, tenant, b.Sources)
	out := make([]web.Payout, len(list))
	for i, r := range list {
		out[i] = payoutOf(r, shown)
	}
	return out, err
}

// Payout is one with what left with it.
func (p paymentReader) Payout(ctx context.Context, tenant, book, id string) (web.Payout, []web.Movement, error) {
	b, err := p.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return web.Payout{}, nil, err
	}
	list, err := p.app.Store.PayoutList(ctx, b, id, listing.Moment{}, 1)
	if err == nil && (len(list) == 0 || id == "") {
		err = web.ErrNotFound
	}
	if err != nil {
		return web.Payout{}, nil, err
	}
	members, err := p.app.Store.MovementTraces(ctx, b, store.TraceQuery{Payout: id, Limit: maxMembers})
	var out []store.Trace
	for _, m := range members {
		if m.Movement != list[0].Movement {
			out = append(out, m)
		}
	}
	if err != nil {
		return web.Payout{}, nil, err
	}
	names, err := p.app.Store.DestinationsShown(ctx, tenant, b.Sources)
	if err != nil {
		return web.Payout{}, nil, err
	}
	shown := payoutOf(list[0], names)
	shown.Bank, err = bankKeeper{p.app}.linesOf(ctx, b, id)
	return shown, movements(b, out), err
}

func payoutOf(r store.PayoutRow, shown map[string]receivables.Destination) web.Payout {
	return web.Payout{
		To: shown[r.Destination].Called(r.Destination), ID: r.ID, Status: r.Status, Amount: money.Money{Minor: r.Amount, Currency: r.Currency}, Created: r.Created, Arrival: r.Arrival,
		Automatic: r.Automatic, Members: r.Members, Transfer: web.MovementDocument{
			What: "Transfer", Amount: money.Money{Minor: r.Transfer.Amount, Currency: r.Currency}, State: string(r.Transfer.State), Document: r.Transfer.Document,
		},
	}
}

func movements(b books.Book, list []store.Trace) []web.Movement {
	out := make([]web.Movement, len(list))
	for i, t := range list {
		of := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: t.Currency} }
		m := web.Movement{
			ID: t.Movement, Type: t.Type, Source: t.Source, At: t.At, Amount: of(t.Amount), Fee: of(t.Fee), Net: of(t.Net), Why: t.Why, Payout: t.Payout,
			Payer: cmp.Or(t.Payer.Name, t.Charge.Name, t.Payer.Email, t.Charge.Email), State: string(t.State),
		}
		for _, v := range t.Invoices {
			m.Invoices = append(m.Invoices, web.MovementInvoice{
				InvoiceRef: web.InvoiceRef{Connection: b.Ledger, ID: v.ID, Number: cmp.Or(v.Number, v.ID)},
				Amount:     money.Money{Minor: v.Amount, Currency: v.Currency}, Evidence: v.Evidence, By: v.By,
			})
		}
		for _, d := range t.Documents {
			m.Documents = append(m.Documents, web.MovementDocument{What: purposeWord(d.Purpose), Amount: of(d.Amount), State: string(d.State), Document: d.Document})
		}
		if t.State == reconcile.MovementSettled && len(t.Invoices) > 0 {
			m.State = "matched"
		}
		out[i] = m
	}
	return out
}

// purposeWord is what a part is for, as a word of a page.
func purposeWord(purpose string) string {
	text := strings.ReplaceAll(purpose, "_", " ")
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
