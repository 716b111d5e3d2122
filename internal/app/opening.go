package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// Counters are the accounts that the other side of an opening document may go
// to: every account in use that is neither a bank's nor receivables.
func (a *App) Counters(ctx context.Context, b books.Book) ([]receivables.Account, error) {
	all, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x receivables.Account) bool {
		return !x.Active || x.Type == receivables.AccountBank || x.Type == receivables.AccountReceivable || clears(b, x.ID)
	})
	slices.SortFunc(all, func(x, y receivables.Account) int { return cmp.Compare(named(x), named(y)) })
	return all, nil
}

// Enter is the cut-over with opening documents over what differs, against the
// accounts that a person has named, by currency. An account that is none of
// Counters is connect.ErrNoAccount.
func (c CutOver) Enter(counters map[money.Currency]string, among []receivables.Account) (CutOver, error) {
	c.Openings = slices.Clone(c.Openings)
	for currency, id := range counters {
		at := slices.IndexFunc(c.Openings, func(o connect.Opening) bool { return o.Currency == currency && o.Missing() != 0 })
		if at < 0 {
			return c, fmt.Errorf("app: %w: in %s nothing is missing", connect.ErrNoAccount, currency)
		}
		if !slices.ContainsFunc(among, func(x receivables.Account) bool { return x.ID == id }) {
			return c, fmt.Errorf("app: %w: %q cannot take the other side of the opening in %s", connect.ErrNoAccount, id, currency)
		}
		c.Openings[at].Counter = id
	}
	return c, nil
}

// open stores the cut-over with its opening documents, which are written like
// all others: after the preview was seen, and the writing switched on.
func (a *App) open(ctx context.Context, b books.Book, c CutOver, who string) (books.Book, error) {
	opened, err := connect.Opened(b, c.At, c.Openings)
	if err != nil {
		return b, err
	}
	opened.From = c.From
	parts, intents, err := a.planOpenings(ctx, b, c, who)
	if err != nil {
		return b, err
	}
	if len(intents)+len(c.Earlier) == 0 && b.CutOver == nil { // nothing to write, nothing to drop
		return a.Connect.SaveBook(ctx, opened)
	}
	now := a.config.Clock.Now()
	err = a.heldBook(ctx, b, func(l lease.Lease) error {
		opened, err = a.Store.OpenBook(ctx, l, opened, c.Earlier, parts, intents, now)
		return err
	})
	if err != nil {
		return b, err
	}
	return opened, a.Store.MarkBooks(ctx, b.Tenant, b.Ledger, now)
}

// planOpenings makes the intents of the opening documents.
func (a *App) planOpenings(ctx context.Context, b books.Book, c CutOver, who string) (parts []reconcile.PartRow, intents []push.Intent, err error) {
	connection, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, nil, err
	}
	session, err := a.Session(connection)
	if err != nil {
		return nil, nil, err
	}
	ledger, ok := session.(connectors.Ledger)
	if !ok {
		return nil, nil, fmt.Errorf("app: %s is no ledger", connection.Vendor)
	}
	for _, o := range c.Openings {
		if o.Missing() == 0 {
			continue
		}
		one := mapping.OpeningCase{
			Book: b.ID, Currency: o.Currency, Missing: o.Missing(), First: c.Day, Clearing: b.Accounts.Clearing[o.Currency], Counter: o.Counter,
			Contact: b.Accounts.FeeContact, Lock: b.Settings.Lock(connection.Profile.Lock), By: who,
		}
		plan := mapping.PlanOpening(one)
		if plan.Verdict != mapping.Booked {
			return nil, nil, fmt.Errorf("app: %w: %s", connect.ErrOpening, plan.Why)
		}
		ties, err := a.Store.Ties(ctx, b, []string{one.Movement()}, nil)
		if err != nil {
			return nil, nil, err
		}
		p, in, err := a.lowerOpening(b, ledger, plan.Bookings[0], ties.Parts)
		if err != nil {
			return nil, nil, err
		}
		parts, intents = append(parts, p...), append(intents, in...)
	}
	return parts, intents, nil
}

// lowerOpening is a booking as intents. What was written and undone before was
// another document.
func (a *App) lowerOpening(b books.Book, ledger connectors.Ledger, booking mapping.Booking, earlier []reconcile.PartRow) (parts []reconcile.PartRow, intents []push.Intent, err error) {
	generation := 0
	for _, p := range earlier {
		generation = max(generation, p.Generation+1)
	}
	writes, err := ledger.Lower(booking, generation)
	if err != nil {
		return nil, nil, fmt.Errorf("app: the opening: %w", err)
	}
	state, partState := push.StatePreview, reconcile.PartPreview
	if b.Writes {
		state, partState = push.StatePlanned, reconcile.PartPlanned
	}
	now := a.config.Clock.Now()
	for _, write := range writes {
		whole := booking
		whole.Parts = write.Parts
		in := push.Intent{
			Tenant: b.Tenant, ID: a.ids.next(), Book: b.ID, Connection: b.Ledger, Generation: generation, State: state, Priority: push.PriorityReceipt,
			Sort: string(booking.Date) + booking.Source, Write: write, Booking: &whole, Why: booking.Memo + " (by " + booking.By + ")", CreatedAt: now, UpdatedAt: now,
		}
		intents = append(intents, in)
		for _, p := range write.Parts {
			parts = append(parts, reconcile.PartRow{Part: p, Connection: b.Ledger, Marker: write.Marker, Generation: generation, State: partState, Intent: in.ID})
		}
	}
	return parts, intents, nil
}
