package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/web"
)

// shown bounds the questions and intents that a status lists.
const shown = 1000

// callDays is how far back a status counts calls.
const callDays = 30

// Status is the installation at a glance.
func (a *App) Status(ctx context.Context) (web.Status, error) {
	now := a.config.Clock.Now()
	out := web.Status{At: now, Connections: []web.ConnectionStatus{}, Books: []web.BookStatus{}}
	var err error
	if out.Connections, err = a.connectionStatus(ctx, now); err != nil {
		return out, err
	}
	if out.Budgets, err = a.budgets(ctx, now); err != nil {
		return out, err
	}
	if out.Hooks, err = a.received(ctx, now); err != nil {
		return out, err
	}
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return out, err
	}
	for _, b := range all {
		one, err := a.bookStatus(ctx, b)
		if err != nil {
			return out, fmt.Errorf("app: status of book %s: %w", b.ID, err)
		}
		out.Books = append(out.Books, one)
	}
	return out, nil
}

// connectionStatus is what there is to say of each connection.
func (a *App) connectionStatus(ctx context.Context, now time.Time) ([]web.ConnectionStatus, error) {
	connections, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	calls, err := a.Calls(ctx, now)
	if err != nil {
		return nil, err
	}
	today, err := a.callsSince(ctx, now)
	if err != nil {
		return nil, err
	}
	month, err := a.callsSince(ctx, monthOf(now))
	if err != nil {
		return nil, err
	}
	rates, err := a.rates(ctx, now)
	if err != nil {
		return nil, err
	}
	out := []web.ConnectionStatus{}
	for _, c := range connections {
		rate := rates[account{c.Vendor, c.ExternalID}]
		out = append(out, web.ConnectionStatus{
			ID: c.ID, Vendor: c.Vendor, Name: c.Profile.Name, State: string(c.State), Why: c.Why, Fresh: c.Fresh, Due: c.Due,
			Calls: calls[c.ID], CallsToday: today[c.ID], CallsMonth: month[c.ID], Rates: rate.rates, Held: rate.held,
		})
	}
	return out, a.consents(ctx, connections, out)
}

// Calls counts the calls of the last days, by connection and purpose.
func (a *App) Calls(ctx context.Context, now time.Time) (map[string]map[string]int, error) {
	rows, err := a.Store.CallCounts(ctx, a.Tenant, receivables.DateIn(now, time.UTC).AddDays(-callDays))
	if err != nil {
		return nil, err
	}
	out := map[string]map[string]int{}
	for _, r := range rows {
		if out[r.Connection] == nil {
			out[r.Connection] = map[string]int{}
		}
		out[r.Connection][cmp.Or(r.Purpose, "connect")] += r.Calls
	}
	return out, nil
}

// callsSince counts the calls of each connection on a day and after it.
func (a *App) callsSince(ctx context.Context, day time.Time) (map[string]int, error) {
	rows, err := a.Store.CallCounts(ctx, a.Tenant, receivables.DateIn(day, time.UTC))
	out := map[string]int{}
	for _, r := range rows {
		out[r.Connection] += r.Calls
	}
	return out, err
}

func monthOf(now time.Time) time.Time {
	y, m, _ := now.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

func (a *App) bookStatus(ctx context.Context, b books.Book) (web.BookStatus, error) {
	out := web.BookStatus{ID: b.ID, Name: b.Name, Writes: b.Writes, CutOver: b.CutOver}
	matches, err := a.Store.MatchCounts(ctx, b)
	if err != nil {
		return out, err
	}
	out.Matched, out.Suggested, out.Held = matches.Matched, matches.Suggested, matches.Held
	linked, err := a.Store.LinkCounts(ctx, b)
	if err != nil {
		return out, err
	}
	out.Links, out.Visible = linked.Active, linked.Visible
	if linked.Shown > 0 && linked.Visible == 0 {
		out.Notes = append(out.Notes, "No customer-visible link: the ledger has no place for it on these documents. Allow a line with tieout book links "+b.ID+" --on-document.")
	}
	if linked.SentBefore > 0 {
		out.Notes = append(out.Notes, fmt.Sprintf("%d invoices had been sent before they carried their link: send them again from the ledger, if you want.", linked.SentBefore))
	}
	if out.Receivables, err = a.receivables(ctx, b); err != nil {
		return out, err
	}
	if err := a.waiting(ctx, b, &out); err != nil {
		return out, err
	}
	if err := a.questions(ctx, b, &out); err != nil {
		return out, err
	}
	p, ok, err := a.Store.LatestProof(ctx, b.Tenant, b.ID)
	if err != nil || !ok {
		return out, err
	}
	for _, l := range ProofLines(b.Name, p) {
		out.Proof = append(out.Proof, web.Line{
			Check: strings.ReplaceAll(l.Check, "_", " "), Currency: l.Currency, Ledger: deref(l.Ledger), Stripe: deref(l.Stripe), Tieout: deref(l.Tieout),
			Difference: l.Difference, Explained: l.ExplainedSum, Unexplained: l.Unexplained, Open: l.Open(), Measured: l.Measured,
			MeasuredAt: l.MeasuredAt, Why: l.Why,
		})
	}
	return out, nil
}

// receivables are what customers owe in the book, by currency.
func (a *App) receivables(ctx context.Context, b books.Book) ([]web.Receivables, error) {
	sums, err := a.Store.BookReceivables(ctx, b)
	if err != nil {
		return nil, err
	}
	list := []web.Receivables{}
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		s, digits := sums[c], 2
		if n, ok := money.ISO(c); ok {
			digits = n
		}
		list = append(list, web.Receivables{
			Currency: string(c), Total: money.Text(s.Total(), digits), Ledger: money.Text(s.Ledger.Net, digits), Stripe: money.Text(s.Billed, digits),
			InBoth: money.Text(s.Mirrored, digits), Asked: money.Text(s.Asked, digits),
		})
	}
	return list, nil
}

func (a *App) waiting(ctx context.Context, b books.Book, out *web.BookStatus) error {
	list, err := a.Store.Intents(ctx, b.Tenant, b.ID, []push.State{push.StatePreview, push.StatePlanned, push.StateSending, push.StateUnknown, push.StateParked}, shown)
	if err != nil {
		return err
	}
	for _, in := range list {
		if in.State == push.StateParked {
			out.Parked++
			out.Exceptions = append(out.Exceptions, web.Question{ID: in.ID, Kind: "not written", Text: in.Why, Hint: in.Problem})
			continue
		}
		out.Waiting++
	}
	return nil
}

func (a *App) questions(ctx context.Context, b books.Book, out *web.BookStatus) error {
	decisions, err := a.Store.OpenDecisions(ctx, b.Tenant, b.ID)
	if err != nil {
		return err
	}
	for _, d := range decisions {
		out.Decisions = append(out.Decisions, question(d))
	}
	exceptions, err := a.exceptions(ctx, b)
	out.Exceptions = append(out.Exceptions, exceptions...)
	return err
}

func question(d reconcile.Decision) web.Question {
	q := web.Question{ID: d.ID, Kind: d.Kind, About: d.About, Text: d.Question}
	if len(d.Options) > 0 {
		q.Hint = d.Options[0].Text
	}
	return q
}

// exceptions are those of a book and its connections.
func (a *App) exceptions(ctx context.Context, b books.Book) ([]web.Question, error) {
	exceptions, err := a.Store.OpenExceptions(ctx, b.Tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Question
	scopes := []string{"book/" + b.ID, "connection/" + b.Ledger}
	for _, id := range b.Sources {
		scopes = append(scopes, "connection/"+id)
	}
	for _, e := range exceptions {
		if slices.Contains(scopes, e.Scope) {
			out = append(out, web.Question{Kind: e.Kind, Text: e.Text, Hint: e.Action})
		}
	}
	orphans, err := a.orphans(ctx, b)
	return append(out, orphans...), err
}

// orphans are invoices of customers whom the ledger's list does not hold.
func (a *App) orphans(ctx context.Context, b books.Book) ([]web.Question, error) {
	list, err := a.Store.Orphans(ctx, b.Tenant, b.Ledger, shown)
	var out []web.Question
	for _, o := range list {
		out = append(out, web.Question{
			ID: o.Invoice, Kind: "unknown customer", Text: fmt.Sprintf("Invoice %s names the customer %s, whom the ledger's list does not hold.", o.Number, o.Customer),
			Hint: "Look at the customer in the ledger, then have all of them read anew (on the server: tieout sync --full).",
		})
	}
	return out, err
}

// Proofs are the lines of the latest proof of every book.
func (a *App) Proofs(ctx context.Context) ([]ProofLine, error) {
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return nil, err
	}
	lines := []ProofLine{}
	for _, b := range all {
		p, ok, err := a.Store.LatestProof(ctx, b.Tenant, b.ID)
		if err != nil {
			return nil, err
		}
		if ok {
			lines = append(lines, ProofLines(b.Name, p)...)
		}
	}
	return lines, nil
}

// Currencies are those that the book's ledger has open documents in, and its
// home currency: the book needs a clearing account for each.
func (a *App) Currencies(ctx context.Context, b books.Book) ([]money.Currency, error) {
	ledger, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	open, err := a.Store.OpenReceivables(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	all := map[money.Currency]bool{ledger.Profile.Home: true}
	for c := range open {
		all[c] = true
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func deref(s *string) string {
	if s == nil {
		return "-"
	}
	return *s
}
