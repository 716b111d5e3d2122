package app

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/connect"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
	"tieout/web"
)

// fromPayout is the beginning with a payout. What stands in the clearing
// accounts today is not the book's, all of it, and has to be what all movements
// came to that are not the book's either.
func (a *App) fromPayout(ctx context.Context, b books.Book, payout string) (CutOver, error) {
	out := CutOver{Start: books.Start{Payout: payout}}
	written, err := a.Store.HasWritten(ctx, b)
	if err != nil {
		return out, err
	}
	if written {
		return out, fmt.Errorf("app: %w", connect.ErrHasWritten)
	}
	d, err := a.Connect.Divide(ctx, b, payout)
	if err != nil {
		return out, err
	}
	first, today := d.First.Payout, receivables.DateIn(a.config.Clock.Now(), b.Location())
	out.At, out.Day = d.At, receivables.DateIn(first.Created, b.Location())
	out.From = &books.PayoutStart{Connection: d.First.Connection, Payout: first.ID, Made: first.Created, Compared: today}
	b.CutOver, b.From = &d.At, out.From
	if out.Entered, err = a.entered(ctx, b, d); err != nil {
		return out, err
	}
	for _, x := range out.Entered {
		d.LeaveOut(connect.Settled{Connection: x.Connection, Movement: x.Movement, Net: x.Net}, books.CauseReceipt)
	}
	out.Earlier = d.Earlier
	out.Openings, err = a.Connect.PayoutOpenings(ctx, b, d, today)
	return out, err
}

// entered are the payments of a proposed book for which receipts stand in the
// ledger.
func (a *App) entered(ctx context.Context, b books.Book, d connect.Division) ([]reconcile.Entered, error) {
	payments, err := a.Store.PaymentsSince(ctx, b.Tenant, b.Sources, d.At)
	if err != nil {
		return nil, err
	}
	ledger, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	r := &reconcile.Reconciler{
		Store: a.Store, Now: a.config.Clock.Now, NewID: a.ids.next, Home: ledger.Profile.Home, Earlier: map[string]books.Cause{},
	}
	for _, e := range d.Earlier {
		r.Earlier[e.Movement] = e.Cause
	}
	ids := make([]string, len(payments))
	for i, p := range payments {
		ids[i] = p.Movement
	}
	return r.Entered(ctx, b, ids)
}

// begun says in words what a book begins with.
func begun(b books.Book) string {
	switch {
	case b.From != nil:
		return fmt.Sprintf("payout %s, made on %s", b.From.Payout, receivables.DateIn(b.From.Made, b.Location()).Words())
	case b.CutOver != nil:
		return receivables.DateIn(*b.CutOver, b.Location()).Words()
	}
	return ""
}

// payoutsShown bounds the payouts to choose a first one from.
const payoutsShown = 60

// firstPayouts are the payouts that a book may begin with, the newest first.
func (m bookMaker) firstPayouts(ctx context.Context, b books.Book) ([]web.PayoutOption, error) {
	list, err := m.app.Store.PayoutsUntil(ctx, b.Tenant, b.Sources, m.app.config.Clock.Now(), payoutsShown)
	if err != nil {
		return nil, err
	}
	var out []web.PayoutOption
	for _, p := range list {
		if p.Payout.Automatic {
			out = append(out, web.PayoutOption{
				ID: p.Payout.ID, Day: receivables.DateIn(p.Payout.Created, b.Location()), Amount: money.Money{Minor: p.Payout.Amount, Currency: p.Payout.Currency},
			})
		}
	}
	return out, nil
}

// enteredShown bounds the payments that the page lists.
const enteredShown = 20

// fromShown are the facts of a beginning with a payout.
func fromShown(b books.Book, c CutOver) *web.FromShown {
	out := &web.FromShown{
		Payout: c.From.Payout, Day: c.Day, Oldest: receivables.DateIn(c.At, b.Location()), PaidOut: len(c.Earlier) - len(c.Entered), Entered: len(c.Entered),
	}
	for _, x := range c.Entered[:min(len(c.Entered), enteredShown)] {
		out.Examples = append(out.Examples, fmt.Sprintf("%s of %s: %s", x.Charge, x.Date.Words(), x.Receipt))
	}
	return out
}
