package app

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"tieout/books"
	"tieout/connect"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/web"
)

// What a page of the set-up lists.
const (
	shownWriters = 10
	shownLines   = 200
)

// bookMaker sets books up for pages.
type bookMaker struct{ connectionReader }

func (m bookMaker) book(ctx context.Context, tenant, id string) (books.Book, error) {
	b, err := m.app.Store.Book(ctx, tenant, id)
	if errors.Is(err, store.ErrNotFound) {
		err = web.ErrNotFound
	}
	return b, err
}

// BookStates are the books with how far each is.
func (m bookMaker) BookStates(ctx context.Context, tenant string) ([]web.BookState, error) {
	all, err := m.of(tenant).Store.Books(ctx, tenant)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	connections, err := m.Connections(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]web.BookState, len(all))
	for i, b := range all {
		out[i] = web.BookState{ID: b.ID, Name: b.Name, Accounts: chosen(b), CutOver: b.CutOver, Writes: b.Writes}
		for _, c := range connections {
			if c.ID == b.Ledger {
				out[i].Ledger = c
			}
			if slices.Contains(b.Sources, c.ID) {
				out[i].Sources = append(out[i].Sources, c)
			}
		}
	}
	return out, nil
}

// chosen says that a book knows the accounts without which it cannot write.
func chosen(b books.Book) bool { return b.Accounts.Fees != "" && len(b.Accounts.Clearing) > 0 }

// NewBook joins a ledger and its accounts.
func (m bookMaker) NewBook(ctx context.Context, tenant, ledger string, sources []string, demo bool, by string) (string, error) {
	l, err := m.found(ctx, tenant, ledger)
	if err != nil {
		return "", err
	}
	all, err := m.app.Store.Books(ctx, tenant)
	if err != nil {
		return "", err
	}
	var list []books.Connection
	for _, id := range sources {
		c, err := m.found(ctx, tenant, id)
		if err != nil {
			return "", err
		}
		for _, b := range all {
			if b.Ledger == ledger || slices.Contains(b.Sources, id) {
				return "", web.FieldError{Text: "One of these belongs to the book " + b.Name + " already."}
			}
		}
		list = append(list, c)
	}
	a := m.of(tenant)
	b, err := a.Connect.NewBook(journal.As(ctx, by), l, list, demo)
	if err != nil {
		return "", inWords(err)
	}
	return b.ID, nil
}

// Accounts are the places of a book with what fits each.
func (m bookMaker) Accounts(ctx context.Context, tenant, book string) (web.AccountsShown, error) {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return web.AccountsShown{}, err
	}
	a := m.of(tenant)
	plan, err := a.AccountPlan(ctx, b)
	if err != nil {
		return web.AccountsShown{}, inWords(err)
	}
	accounts, err := a.Store.LedgerAccounts(ctx, tenant, b.Ledger)
	if err != nil {
		return web.AccountsShown{}, err
	}
	var out web.AccountsShown
	for _, missing := range plan.Missing {
		out.Missing = append(out.Missing, missing.Text)
	}
	paid, err := a.Store.DestinationsPaid(ctx, tenant, b.Sources)
	if err != nil {
		return web.AccountsShown{}, err
	}
	shown, err := a.Store.DestinationsShown(ctx, tenant, b.Sources)
	if err != nil {
		return web.AccountsShown{}, err
	}
	for _, p := range connect.Places(plan) {
		one := web.AccountPlace{Key: p.Key(), Use: p.Use, Currency: p.Currency, Chosen: p.ID, Name: p.ID, Listed: p.Type != "", Optional: p.Optional(), Unknown: p.Unknown}
		one.Destination, one.Sole = cmp.Or(p.Destination, p.Sole), p.Sole != ""
		for _, to := range paid {
			if one.Destination != "" && to.Destination == one.Destination && to.Currency == p.Currency {
				one.Payouts, one.Last = to.Payouts, receivables.DateIn(to.Last, b.Location())
				one.Called = shown[to.Destination].Called(to.Destination)
			}
		}
		if p.Proposed != nil {
			one.Made = p.Proposed.Name
		}
		for _, x := range accounts {
			if x.ID == p.ID {
				one.Name = named(x)
			}
			if p.Fits(x) || x.ID == p.ID {
				one.Accounts = append(one.Accounts, web.AccountOption{ID: x.ID, Name: named(x)})
			}
		}
		slices.SortFunc(one.Accounts, func(x, y web.AccountOption) int { return cmp.Compare(x.Name, y.Name) })
		out.Places = append(out.Places, one)
	}
	return out, nil
}

// named is an account as people know it.
func named(x receivables.Account) string {
	if x.Code == "" {
		return x.Name
	}
	return x.Code + " " + x.Name
}

// ChooseAccounts takes the choices, and has the book looked at under them.
func (m bookMaker) ChooseAccounts(ctx context.Context, tenant, book string, choices map[string]string, by string) error {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return err
	}
	b, _, err = m.of(tenant).ChooseAccounts(journal.As(ctx, by), b, choices, by)
	if err != nil {
		return inWords(err)
	}
	if !chosen(b) {
		return web.FieldError{Text: "A clearing account and an account for fees are needed before Tieout can book anything."}
	}
	return nil
}

// CutOver shows a beginning; without one, the book's own, or today where it is.
func (m bookMaker) CutOver(ctx context.Context, tenant, book string, start web.Start) (web.CutOverShown, error) {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return web.CutOverShown{}, err
	}
	today := receivables.DateIn(m.app.config.Clock.Now(), b.Location())
	out := web.CutOverShown{Start: web.Start{Day: today}, Begun: begun(b), Zone: b.Location().String(), Latest: today}
	if out.Payouts, err = m.firstPayouts(ctx, b); err != nil {
		return out, err
	}
	switch {
	case start != web.Start{}:
		out.Start = start
	case b.From != nil && !b.Writes:
		out.Start = web.Start{Payout: b.From.Payout}
	case b.From == nil && b.CutOver != nil:
		out.Start = web.Start{Day: receivables.DateIn(*b.CutOver, b.Location())}
	}
	if err := m.starts(out.Start, today); err != nil {
		out.Start = web.Start{Day: today}
		return out, err
	}
	shown, err := m.of(tenant).CutOver(ctx, b, books.Start(out.Start))
	if err != nil {
		return out, inWords(err)
	}
	if shown.From != nil {
		out.From = fromShown(b, shown)
	}
	for _, o := range shown.Openings {
		out.Openings = append(out.Openings, openingOf(o))
	}
	for _, w := range shown.Writers[:min(len(shown.Writers), shownWriters)] {
		out.Writers = append(out.Writers, web.WriterShown{Text: w.Text(), Action: w.Action()})
	}
	out.MoreWriters = len(shown.Writers) - len(out.Writers)
	if out.Digest, err = shown.Digest(); err != nil {
		return out, err
	}
	among, err := m.of(tenant).Counters(ctx, b)
	for _, x := range among {
		out.Counters = append(out.Counters, web.AccountOption{ID: x.ID, Name: named(x)})
	}
	return out, err
}

// starts refuses what is no day, or one that nobody can know the figures of.
func (m bookMaker) starts(start web.Start, today receivables.Date) error {
	if start.Payout != "" && start.Day != "" {
		return web.FieldError{Text: "Choose a first day or a first payout, not both."}
	}
	if start.Payout != "" {
		return nil
	}
	if _, err := receivables.ParseDate(string(start.Day)); err != nil {
		return web.FieldError{Text: "That is not a day. Choose one from the calendar, or write it as 2026-11-30."}
	}
	if start.Day > today {
		return web.FieldError{Text: "The first day cannot lie ahead: what Stripe and the ledger will hold then is not known yet."}
	}
	return nil
}

func openingOf(o connect.Opening) web.OpeningShown {
	out := web.OpeningShown{Stripe: money.Money{Minor: o.Stripe, Currency: o.Currency}, Missing: money.Money{Currency: o.Currency}}
	if o.Ledger != nil {
		out.Ledger = &money.Money{Minor: *o.Ledger, Currency: o.Currency}
		out.Missing.Minor = o.Stripe - *o.Ledger
	}
	return out
}

// ConfirmCutOver lets the book begin with what was shown.
func (m bookMaker) ConfirmCutOver(ctx context.Context, tenant, book string, start web.Start, digest string, counters map[money.Currency]string, by string) error {
	return m.confirmCutOver(ctx, tenant, book, books.Start(start), counters, by, func(shown CutOver) error {
		now, err := shown.Digest()
		if err == nil && now != digest {
			err = web.ErrOtherShown
		}
		return err
	})
}

// confirmCutOver lets a book begin, unless the figures are refused.
func (m bookMaker) confirmCutOver(ctx context.Context, tenant, book string, start books.Start, counters map[money.Currency]string, by string, seen func(CutOver) error) error {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return err
	}
	a := m.of(tenant)
	if err := m.starts(web.Start(start), receivables.DateIn(a.config.Clock.Now(), b.Location())); err != nil {
		return err
	}
	ctx = journal.As(ctx, by)
	shown, err := a.CutOver(ctx, b, start)
	if err != nil {
		return inWords(err)
	}
	if err := seen(shown); err != nil {
		return err
	}
	among, err := a.Counters(ctx, b)
	if err != nil {
		return err
	}
	if shown, err = shown.Enter(counters, among); err != nil {
		return inWords(err)
	}
	if b, err = a.ConfirmCutOver(ctx, b, shown, by); err != nil {
		return inWords(err)
	}
	return a.hurry(ctx, tenant, append([]string{b.Ledger}, b.Sources...)...)
}

// FirstWrites are the writes that wait for the writing to be switched on.
func (m bookMaker) FirstWrites(ctx context.Context, tenant, book string) (web.FirstWrites, error) {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return web.FirstWrites{}, err
	}
	a := m.of(tenant)
	shown, ready, err := a.Planned(ctx, b)
	if err != nil {
		return web.FirstWrites{}, err
	}
	held, err := a.Store.Held(ctx, tenant, []string{"book/" + b.ID}, a.config.Clock.Now())
	return web.FirstWrites{
		Ready: ready && connect.Ready(b) == nil, Running: held["book/"+b.ID], Lines: shown.Lines[:min(len(shown.Lines), shownLines)], All: len(shown.Lines),
		Totals: shown.Totals, Digest: shown.Digest,
	}, err
}

// Switch lets the book write what was shown, at once, or stops it.
func (m bookMaker) Switch(ctx context.Context, tenant, book string, on bool, digest, by string) error {
	b, err := m.book(ctx, tenant, book)
	if err != nil {
		return err
	}
	a := m.of(tenant)
	ctx = journal.As(ctx, by)
	if !on {
		_, err := a.Connect.SwitchWrites(ctx, b, false)
		return inWords(err)
	}
	shown, ready, err := a.Planned(ctx, b)
	if err != nil {
		return err
	}
	if !ready {
		return web.ErrOtherShown
	}
	if _, err := a.SwitchOn(ctx, b, shown, digest, by); err != nil {
		return inWords(err)
	}
	return a.hurry(ctx, tenant, append([]string{b.Ledger}, b.Sources...)...)
}
