package app

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/listing"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/preview"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/web"
)

// examplesAmong is among how many of the newest payments and payouts an example
// is looked for.
const examplesAmong = 200

// maker makes the examples of what a change of rules does.
type maker struct {
	app  *App
	lock receivables.Date
	// now and then are the book under either rules, as if they had always counted.
	now, then books.Book
}

// examples are the newest things of each kind that the rules are about, with
// their documents under the rules as they stand and as they would be. Nothing is
// written.
func (r bookingReader) examples(ctx context.Context, now, then books.Book) ([]web.RuleExample, error) {
	if now.CutOver == nil {
		return nil, nil
	}
	ledger, err := r.app.Store.Connection(ctx, now.Tenant, now.Ledger)
	if err != nil {
		return nil, err
	}
	m := maker{app: r.app, lock: ledger.Profile.Lock, now: always(now), then: always(then)}
	payments, err := r.app.Store.MovementTraces(ctx, now, store.TraceQuery{Limit: examplesAmong})
	if err != nil {
		return nil, err
	}
	var out []web.RuleExample
	add := func(one web.RuleExample, found bool, err error) error {
		if found {
			one.Same = reflect.DeepEqual(one.Now, one.Then)
			out = append(out, one)
		}
		return err
	}
	matched := func(t store.Trace) bool { return len(t.Invoices) > 0 && !t.At.Before(*now.CutOver) }
	stray := func(t store.Trace) bool {
		return len(t.Invoices) == 0 && !t.At.Before(*now.CutOver) && (t.State == reconcile.MovementHeld || t.State == reconcile.MovementSaleLater)
	}
	if err := add(m.payment(ctx, payments, "Payment", matched)); err != nil {
		return nil, err
	}
	if err := add(m.payment(ctx, payments, "Payment without an invoice", stray)); err != nil {
		return nil, err
	}
	if err := add(m.payout(ctx)); err != nil {
		return nil, err
	}
	return out, add(m.discount(ctx, payments))
}

// always is a book whose choices count from the beginning: an example of
// yesterday shows what they do to tomorrow's.
func always(b books.Book) books.Book {
	b.Settings.FeeSince, b.Settings.Sales.Since = time.Time{}, time.Time{}
	return b
}

// payment is the newest payment of a kind.
func (m maker) payment(ctx context.Context, list []store.Trace, what string, fits func(store.Trace) bool) (web.RuleExample, bool, error) {
	for _, t := range list {
		if !fits(t) {
			continue
		}
		detail := "on " + day(m.now, t.At)
		var numbers []string
		for _, inv := range t.Invoices {
			numbers = append(numbers, inv.Number)
		}
		if len(numbers) > 0 {
			detail += " for " + strings.Join(numbers, ", ")
		}
		one := web.RuleExample{Title: what, Detail: detail, Amount: money.Money{Minor: t.Charge.Amount, Currency: t.Charge.Currency}, Path: "/payments/" + url.PathEscape(t.Movement) + "?book=" + url.QueryEscape(m.now.ID)}
		err := m.both(ctx, &one, func(b books.Book) ([]push.Intent, error) { return m.booked(ctx, b, t.Movement) })
		return one, true, err
	}
	return web.RuleExample{}, false, nil
}

func day(b books.Book, at time.Time) string { return receivables.DateIn(at, b.Location()).Words() }

// both fills in the documents of an example, with names.
func (m maker) both(ctx context.Context, one *web.RuleExample, of func(books.Book) ([]push.Intent, error)) error {
	for b, lines := range map[*books.Book]*[]preview.Line{&m.now: &one.Now, &m.then: &one.Then} {
		intents, err := of(*b)
		if err != nil {
			return err
		}
		names, err := m.app.names(ctx, *b, intents)
		if err != nil {
			return err
		}
		for _, in := range intents {
			*lines = append(*lines, preview.LineOf(in, names))
		}
	}
	return nil
}

// booked is what a book's rules make of a movement.
func (m maker) booked(ctx context.Context, b books.Book, movement string) ([]push.Intent, error) {
	cases, err := m.reconciler(b).Cases(ctx, b, []string{movement})
	if err != nil || len(cases) == 0 {
		return nil, err
	}
	plan := mapping.PlanFor(cases[0])
	out := m.documents(b, plan)
	if plan.Verdict != mapping.Booked {
		return []push.Intent{word("left to you", plan.Why)}, nil
	}
	if plan.Sale != nil {
		at := receivables.DateIn(cases[0].Movement.Created, b.Location())
		day := mapping.SalesDocument(mapping.SalesGroup{
			Book: b.ID, Currency: cases[0].Movement.Currency, Parts: []mapping.Part{*plan.Sale}, Day: at, Rule: b.Settings.Sales.Rule(), Accounts: b.Accounts, Lock: cases[0].Lock,
		})
		out = append(out, m.documents(b, day)...)
	}
	for _, fee := range plan.Fees {
		out = append(out, word("fee", fmt.Sprintf("%s, on the one document of its %s", money.Money{Minor: fee.Part.Amount, Currency: cases[0].Movement.Currency}, b.Settings.FeeMode)))
	}
	return out, nil
}

func (m maker) reconciler(b books.Book) *reconcile.Reconciler {
	return &reconcile.Reconciler{Store: m.app.Store, Now: m.app.config.Clock.Now, NewID: m.app.ids.next, Lock: b.Settings.Lock(m.lock)}
}

// documents are a plan's, as intents that nothing will send.
func (m maker) documents(b books.Book, p mapping.Plan) []push.Intent {
	var out []push.Intent
	for _, one := range p.Bookings {
		in := push.Intent{Booking: &one, Why: one.Memo, Write: connectors.Write{Parts: one.Parts}}
		if b.Settings.AskClosed && one.Of != "" {
			in.Why = "waits for your answer, because its period is closed: " + in.Why
		}
		out = append(out, in)
	}
	return out
}

// word is something that happens without a document of its own.
func word(what, why string) push.Intent {
	return push.Intent{Write: connectors.Write{Op: what}, Why: why}
}

// payout is the newest one that was paid, with the fees of what left with it.
func (m maker) payout(ctx context.Context) (web.RuleExample, bool, error) {
	list, err := m.app.Store.PayoutList(ctx, m.now, "", listing.Moment{}, examplesAmong)
	if err != nil {
		return web.RuleExample{}, false, err
	}
	for _, p := range list {
		if p.Status != "paid" || p.Members == 0 || p.Movement == "" || p.Created.Before(*m.now.CutOver) {
			continue
		}
		members, err := m.members(ctx, p.ID)
		if err != nil {
			return web.RuleExample{}, false, err
		}
		one := web.RuleExample{
			Title: "Payout", Detail: "arrived on " + p.Arrival.Words(), Amount: money.Money{Minor: p.Amount, Currency: p.Currency},
			Path: "/payouts/" + url.PathEscape(p.ID) + "?book=" + url.QueryEscape(m.now.ID),
		}
		err = m.both(ctx, &one, func(b books.Book) ([]push.Intent, error) {
			own, err := m.booked(ctx, b, p.Movement)
			return append(own, m.fees(b, p, members)...), err
		})
		return one, true, err
	}
	return web.RuleExample{}, false, nil
}

// members are the movements that left with a payout and have a fee.
func (m maker) members(ctx context.Context, payout string) ([]reconcile.Movement, error) {
	traces, err := m.app.Store.MovementTraces(ctx, m.now, store.TraceQuery{Payout: payout, Limit: maxMembers})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, t := range traces {
		if t.Fee != 0 {
			ids = append(ids, t.Movement)
		}
	}
	return m.app.Store.Movements(ctx, m.now, ids)
}

// fees are the documents of the fees of a payout's members.
func (m maker) fees(b books.Book, p store.PayoutRow, members []reconcile.Movement) []push.Intent {
	group := mapping.FeeGroup{
		Book: b.ID, Currency: p.Currency, Source: p.ID, Date: p.Arrival, Accounts: b.Accounts, Lock: b.Settings.Lock(m.lock),
	}
	var sum money.Money
	sum.Currency = p.Currency
	for _, one := range members {
		if item, whole := mapping.SharedFee(one.Row, b.Accounts); whole {
			group.Items, sum.Minor = append(group.Items, item), sum.Minor+item.Part.Amount
		}
	}
	switch {
	case len(group.Items) == 0:
		return nil
	case b.Settings.FeeMode == mapping.FeePerPayout:
		return m.documents(b, mapping.FeeDocument(group))
	case b.Settings.FeeMode == mapping.FeePerMonth:
		return []push.Intent{word("fees", fmt.Sprintf("%s of %d movements, on the one document of the month", sum, len(group.Items)))}
	}
	return []push.Intent{word("fees", fmt.Sprintf("%s, one document for each movement, %d in all", sum, len(group.Items)))}
}

// discount is what may be kept of the newest invoice that was paid.
func (m maker) discount(ctx context.Context, list []store.Trace) (web.RuleExample, bool, error) {
	if m.now.Settings.Discount.Percent == "" && m.then.Settings.Discount.Percent == "" {
		return web.RuleExample{}, false, nil
	}
	for _, t := range list {
		if len(t.Invoices) == 0 {
			continue
		}
		found, err := m.app.Store.Invoices(ctx, m.now, reconcile.InvoiceQuery{IDs: []string{t.Invoices[0].ID}})
		if err != nil || len(found) == 0 {
			return web.RuleExample{}, false, err
		}
		inv := found[0]
		one := web.RuleExample{
			Title: "Invoice " + inv.Number, Detail: "issued on " + inv.Issued.Words(), Amount: money.Money{Minor: inv.Total, Currency: inv.Currency},
			Path: "/invoices/" + url.PathEscape(m.now.Ledger) + "/" + url.PathEscape(inv.ID),
		}
		err = m.both(ctx, &one, func(b books.Book) ([]push.Intent, error) {
			keep, until := b.Settings.Discount.Of(inv.Total, inv.Issued)
			if keep == 0 {
				return []push.Intent{word("no discount", "what is paid short stays open")}, nil
			}
			return []push.Intent{word("discount", fmt.Sprintf("%s may be kept until %s: who pays %s by then is proposed to you as paid in full",
				money.Money{Minor: keep, Currency: inv.Currency}, until.Words(), money.Money{Minor: inv.Total - keep, Currency: inv.Currency}))}, nil
		})
		return one, true, err
	}
	return web.RuleExample{}, false, nil
}
