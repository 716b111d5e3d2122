package store

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// OpenSums is what is open in one currency, in minor units.
type OpenSums struct {
	Invoices, Credits, Net int64
}

// LinkCounts counts the payment links of a book by their newest generation.
type LinkCounts struct {
	// Active links can be paid. Shown ones have been written into their
	// document, Visible ones stand where the customer sees them.
	Active, Shown, Visible int
	// SentBefore are active links of invoices that had gone to the customer
	// without one.
	SentBefore int
}

// MatchCounts counts what became of the payments of a book.
type MatchCounts struct {
	// Matched movements are settled by allocations. Suggested ones have an
	// open decision with options. Held ones wait for a person.
	Matched, Suggested, Held int
}

// Exception is an open exception of a connection or book.
type Exception struct {
	reconcile.Exception
	// Scope is "connection/<id>" or "book/<id>".
	Scope string
}

// CallCount is how many calls a connection has cost on a day.
type CallCount struct {
	Connection, Purpose string
	Day                 receivables.Date
	Calls               int
}

// Counts gives how many objects of each kind the model holds of a connection,
// without deleted ones.
func (s *Store) Counts(ctx context.Context, tenant, connection string) (map[receivables.Kind]int, error) {
	counts := map[receivables.Kind]int{}
	for kind, p := range projections {
		where := `not deleted`
		if slices.Contains(p.table.names(), "state") {
			where += ` and state <> 'deleted'`
		}
		var n int
		err := s.reader.one(ctx, &n, `select count(*) from `+p.table.name+` where tenant = $1 and connection = $2 and `+where, tenant, connection)
		if err != nil {
			return nil, fmt.Errorf("store: count %s: %w", kind, err)
		}
		if n > 0 {
			counts[kind] = n
		}
	}
	return counts, nil
}

// OpenReceivables gives what is open in a ledger as pulled, by currency: its
// invoices as their sums are kept, less its credits.
func (s *Store) OpenReceivables(ctx context.Context, tenant, connection string) (map[money.Currency]OpenSums, error) {
	sums := map[money.Currency]OpenSums{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var amount int64
		if err := scan(&currency, &amount); err != nil {
			return err
		}
		sums[currency] = OpenSums{Invoices: amount, Net: amount}
		return nil
	}, `select currency, cast(sum(balance) as bigint) from tally where tenant = $1 and connection = $2 and kind = 'open' group by currency`, tenant, connection)
	if err != nil {
		return nil, fmt.Errorf("store: open receivables: %w", err)
	}
	credits, err := s.OpenCredits(ctx, tenant, connection)
	for currency, amount := range credits {
		sum := sums[currency]
		sum.Credits, sum.Net = amount, sum.Net-amount
		sums[currency] = sum
	}
	return sums, err
}

// LinkCounts counts the book's payment links.
func (s *Store) LinkCounts(ctx context.Context, b books.Book) (LinkCounts, error) {
	var c LinkCounts
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		return scan(&c.Active, &c.Shown, &c.Visible, &c.SentBefore)
	}, `
		select coalesce(sum(case when l.state = 'active' then 1 else 0 end), 0), coalesce(sum(case when l.shown then 1 else 0 end), 0),
			coalesce(sum(case when l.shown and i.link_visible and i.link = l.url and l.url <> '' then 1 else 0 end), 0),
			coalesce(sum(case when l.state = 'active' and l.sent_before then 1 else 0 end), 0)
		from link l
		join (select invoice, max(generation) as generation from link where tenant = $1 and book = $2 group by invoice) n
			on n.invoice = l.invoice and n.generation = l.generation
		left join invoice i on i.tenant = l.tenant and i.connection = $3 and i.id = l.invoice
		where l.tenant = $1 and l.book = $2`, b.Tenant, b.ID, b.Ledger)
	if err != nil {
		return LinkCounts{}, fmt.Errorf("store: count links: %w", err)
	}
	return c, nil
}

// MatchCounts counts what became of the book's payments.
func (s *Store) MatchCounts(ctx context.Context, b books.Book) (MatchCounts, error) {
	var c MatchCounts
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		return scan(&c.Matched, &c.Suggested, &c.Held)
	}, `
		select
			(select count(*) from movement_state m where m.tenant = $1 and m.connection in list($3) and m.state = 'settled'
				and exists (select 1 from allocation a where a.tenant = m.tenant and a.book = $2 and a.movement = m.movement)),
			(select count(*) from decision d where d.tenant = $1 and d.book = $2 and d.closed_at is null and d.answer = ''
				and cast(d.options as text) not in ('[]', 'null') and substr(d.subject, 1, 9) = 'movement/'),
			(select count(*) from movement_state m where m.tenant = $1 and m.connection in list($3) and m.state = 'held')`,
		b.Tenant, b.ID, b.Sources)
	if err != nil {
		return MatchCounts{}, fmt.Errorf("store: count matches: %w", err)
	}
	return c, nil
}

// WrittenDocuments counts the documents that we wrote and that stand, by what
// they book.
func (s *Store) WrittenDocuments(ctx context.Context, b books.Book) (map[mapping.Purpose]int, error) {
	counts := map[mapping.Purpose]int{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var purpose mapping.Purpose
		var n int
		if err := scan(&purpose, &n); err != nil {
			return err
		}
		counts[purpose] = n
		return nil
	}, `select purpose, count(distinct doc_kind || '/' || doc_id) from part
		where tenant = $1 and book = $2 and state in ('sent', 'live') and doc_id <> '' group by purpose`, b.Tenant, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: count documents: %w", err)
	}
	return counts, nil
}

// OpenDecisions gives the questions that wait for a person, oldest first.
func (s *Store) OpenDecisions(ctx context.Context, tenant, book string) ([]reconcile.Decision, error) {
	list, err := s.openDecisions(ctx, tenant, book, math.MaxInt64)
	if err != nil {
		return nil, fmt.Errorf("store: open decisions: %w", err)
	}
	return list, nil
}

func (s *Store) openDecisions(ctx context.Context, tenant, book string, limit int) ([]reconcile.Decision, error) {
	var rows []decisionRow
	err := s.reader.all(ctx, &rows, `select `+decisionColumns+` from decision
		where tenant = $1 and book = $2 and closed_at is null and answer = '' order by opened_at, id limit $3`, tenant, book, limit)
	list := make([]reconcile.Decision, len(rows))
	for i, r := range rows {
		list[i] = r.decision()
	}
	return list, err
}

// Waiting counts what waits for a person in a book, and what waits to be written.
type Waiting struct {
	Questions, Writes, Parked int
	// First are the oldest questions.
	First []reconcile.Decision
}

// Waiting counts the book's open questions and writes, and gives the first of
// the questions.
func (s *Store) Waiting(ctx context.Context, tenant, book string, limit int) (Waiting, error) {
	var w Waiting
	err := s.reader.one(ctx, &w.Questions, `select count(*) from decision where tenant = $1 and book = $2 and closed_at is null and answer = ''`, tenant, book)
	if err == nil {
		w.First, err = s.openDecisions(ctx, tenant, book, limit)
	}
	if err == nil {
		err = s.reader.each(ctx, func(scan func(...any) error) error {
			var parked bool
			var n int
			err := scan(&parked, &n)
			if parked {
				w.Parked += n
			} else {
				w.Writes += n
			}
			return err
		}, `select state = 'parked', count(*) from intent
			where tenant = $1 and book = $2 and state in ('preview', 'planned', 'sending', 'unknown', 'parked') group by state`, tenant, book)
	}
	if err != nil {
		return Waiting{}, fmt.Errorf("store: what waits: %w", err)
	}
	return w, nil
}

// OpenExceptions gives the tenant's open exceptions, oldest first.
func (s *Store) OpenExceptions(ctx context.Context, tenant string) ([]Exception, error) {
	var list []Exception
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var e Exception
		if err := scan(&e.Scope, &e.Subject, &e.Kind, &e.Text, &e.Action); err != nil {
			return err
		}
		list = append(list, e)
		return nil
	}, `select scope, subject, kind, message, action from exception
		where tenant = $1 and closed_at is null order by opened_at, scope, subject, kind`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: open exceptions: %w", err)
	}
	return list, nil
}

// LastRuns gives the newest runs of the tenant, the newest first.
func (s *Store) LastRuns(ctx context.Context, tenant string, limit int) ([]schedule.Run, error) {
	return s.runs(ctx, "started is not null", tenant, limit)
}

// RunsOf gives the newest runs of a subject, the newest first.
func (s *Store) RunsOf(ctx context.Context, tenant, subject string, limit int) ([]schedule.Run, error) {
	return s.runs(ctx, "subject = $3", tenant, limit, subject)
}

func (s *Store) runs(ctx context.Context, which, tenant string, args ...any) ([]schedule.Run, error) {
	var rows []struct {
		ID, Subject    string
		Started        instant
		Finished       instant
		OK             bool
		Problem        string
		Pulled         kinds
		Changed        kinds
		Written, Calls int
	}
	err := s.reader.all(ctx, &rows, `select id, subject, started, finished, ok, problem, pulled, changed, written, calls from run
		where tenant = $1 and `+which+` order by started desc, id desc limit $2`, append([]any{tenant}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("store: last runs: %w", err)
	}
	list := make([]schedule.Run, len(rows))
	for i, r := range rows {
		list[i] = schedule.Run{
			Tenant: tenant, ID: r.ID, Subject: r.Subject, Started: r.Started.time(), Finished: r.Finished.pointer(), OK: r.OK,
			Problem: r.Problem, Pulled: r.Pulled.value, Changed: r.Changed.value, Written: r.Written, Calls: r.Calls,
		}
	}
	return list, nil
}

// CallCounts gives the calls of the tenant's connections on and after a day.
func (s *Store) CallCounts(ctx context.Context, tenant string, since receivables.Date) ([]CallCount, error) {
	var list []CallCount
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var c CallCount
		var day date
		if err := scan(&c.Connection, &c.Purpose, &day, &c.Calls); err != nil {
			return err
		}
		c.Day = receivables.Date(day)
		list = append(list, c)
		return nil
	}, `select connection, purpose, day, calls from call_count where tenant = $1 and day >= $2 order by connection, purpose, day`,
		tenant, string(since))
	if err != nil {
		return nil, fmt.Errorf("store: call counts: %w", err)
	}
	return list, nil
}

// Intents gives the book's intents in one of the states, in the order in
// which they are sent, at most limit.
func (s *Store) Intents(ctx context.Context, tenant, book string, states []push.State, limit int) ([]push.Intent, error) {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	var rows []intentRow
	err := s.reader.all(ctx, &rows, `select `+intentColumns+` from intent
		where tenant = $1 and book = $2 and state in list($3) order by priority, sort_key, id limit $4`, tenant, book, names, limit)
	if err != nil {
		return nil, fmt.Errorf("store: intents: %w", err)
	}
	list := make([]push.Intent, len(rows))
	for i, r := range rows {
		list[i] = r.intent()
	}
	return list, nil
}

// AgeingRow is one open invoice with what its age depends on.
type AgeingRow struct {
	Customer string
	// Billed marks an invoice of a processor's own.
	Billed   bool
	Currency money.Currency
	Item     receivables.OpenItem
}

// AgeingRows calls yield for every live invoice of a ledger with a balance,
// without holding them all.
func (s *Store) AgeingRows(ctx context.Context, tenant, connection string, yield func(AgeingRow) error) error {
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var r AgeingRow
		var due, issued date
		if err := scan(&r.Customer, &r.Currency, &r.Item.Balance, &due, &issued); err != nil {
			return err
		}
		r.Item.Due, r.Item.Issued = receivables.Date(due), receivables.Date(issued)
		return yield(r)
	}, `select customer, currency, balance, due, issued from invoice
		where tenant = $1 and connection = $2 and state = 'live' and balance <> 0`, tenant, connection)
	if err != nil {
		return fmt.Errorf("store: ageing: %w", err)
	}
	return nil
}
