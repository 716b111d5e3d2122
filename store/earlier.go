package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/money"
	"tieout/receivables"
)

var earlierTable = newTable("earlier_movement", 4, "tenant text, book text, connection text, movement text, cause text")

// earlier is the condition that a row of balance_transaction, under an alias, is
// kept as earlier than what the book in a parameter begins with.
func earlier(alias, book string) string {
	return `exists (select 1 from earlier_movement e where e.tenant = ` + alias + `.tenant and e.book = ` + book +
		` and e.connection = ` + alias + `.connection and e.movement = ` + alias + `.id)`
}

// Earlier gives those of the movements that are not the book's though they were
// made since its cut-over, with why.
func (s *Store) Earlier(ctx context.Context, b books.Book, movements []string) (map[string]books.Cause, error) {
	found := map[string]books.Cause{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var movement string
		var cause books.Cause
		err := scan(&movement, &cause)
		found[movement] = cause
		return err
	}, `select movement, cause from earlier_movement where tenant = $1 and book = $2 and connection in list($3) and movement in list($4)`,
		b.Tenant, b.ID, b.Sources, movements)
	if err != nil {
		return nil, fmt.Errorf("store: earlier movements: %w", err)
	}
	return found, nil
}

// saveEarlier replaces the earlier movements of a book.
func (r runner) saveEarlier(ctx context.Context, b books.Book, list []books.Earlier) error {
	if _, err := r.run(ctx, `delete from earlier_movement where tenant = $1 and book = $2`, b.Tenant, b.ID); err != nil {
		return err
	}
	rows := make([][]any, len(list))
	for i, e := range list {
		rows[i] = []any{b.Tenant, b.ID, e.Connection, e.Movement, string(e.Cause)}
	}
	return r.write(ctx, earlierTable, fail, rows)
}

// HasWritten says whether anything that the book has written stands, or is on
// its way.
func (s *Store) HasWritten(ctx context.Context, b books.Book) (bool, error) {
	written, err := s.reader.hasWritten(ctx, b)
	if err != nil {
		return false, fmt.Errorf("store: what the book has written: %w", err)
	}
	return written, nil
}

func (r runner) hasWritten(ctx context.Context, b books.Book) (bool, error) {
	var n int
	err := r.one(ctx, &n, `select count(*) from (select 1 from part p where p.tenant = $1 and p.book = $2 and (p.state in ('sent', 'live')
		or exists (select 1 from intent i where i.tenant = p.tenant and i.id = p.intent and i.state in ('sending', 'unknown'))) limit 1) w`, b.Tenant, b.ID)
	return n > 0, err
}

// PayoutsUntil gives the payouts that connections made until an instant, the
// newest first, at most limit; 0 means all.
func (s *Store) PayoutsUntil(ctx context.Context, tenant string, connections []string, until time.Time, limit int) ([]connect.PayoutMade, error) {
	statement := `select p.connection, p.doc, coalesce(t.payout, '') from payout p
		left join balance_transaction t on t.tenant = p.tenant and t.connection = p.connection and t.id = p.movement and p.movement <> '' and not t.deleted
		where p.tenant = $1 and p.connection in list($2) and p.created <= $3 and not p.deleted order by p.created desc, p.id desc`
	if limit > 0 {
		statement += fmt.Sprintf(` limit %d`, limit)
	}
	var list []connect.PayoutMade
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Payout]
		var p connect.PayoutMade
		err := scan(&p.Connection, &doc, &p.AdvanceOn)
		p.Payout = doc.value
		list = append(list, p)
		return err
	}, statement, tenant, connections, until)
	if err != nil {
		return nil, fmt.Errorf("store: payouts: %w", err)
	}
	return list, nil
}

// Loose calls yield for each movement made before an instant that belongs to no
// payout and is none, the oldest first.
func (s *Store) Loose(ctx context.Context, tenant string, connections []string, before time.Time, yield func(connection string, m receivables.BalanceTransaction) error) error {
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var connection string
		var doc document[receivables.BalanceTransaction]
		if err := scan(&connection, &doc); err != nil {
			return err
		}
		return yield(connection, doc.value)
	}, `
		select b.connection, b.doc from balance_transaction b
		where b.tenant = $1 and b.connection in list($2) and b.created < $3 and b.payout = '' and not b.deleted
			and not exists (select 1 from payout p where p.tenant = b.tenant and p.connection = b.connection and p.movement = b.id)
		order by b.created, b.id`, tenant, connections, before)
	if err != nil {
		return fmt.Errorf("store: movements of no payout: %w", err)
	}
	return nil
}

// paidBefore is the condition that a movement had been paid out by a payout
// made before $3, or is that payout itself.
const paidBefore = `exists (select 1 from payout p where p.tenant = b.tenant and p.connection = b.connection and p.created < $3
	and (p.movement = b.id or p.id = b.payout and not exists (select 1 from payout o where o.tenant = b.tenant and o.connection = b.connection and o.movement = b.id)))`

// OldestFrom is when the oldest movement was made that a payout at an instant,
// or a later one, has paid out; nil when there is none.
func (s *Store) OldestFrom(ctx context.Context, tenant string, connections []string, from time.Time) (*time.Time, error) {
	var oldest instant
	err := s.reader.one(ctx, &oldest, `
		select min(b.created) from payout q
		join balance_transaction b on b.tenant = q.tenant and b.connection = q.connection and b.payout = q.id and not b.deleted
		where q.tenant = $1 and q.connection in list($2) and q.created >= $3 and not q.deleted and not `+paidBefore, tenant, connections, from)
	if err != nil {
		return nil, fmt.Errorf("store: the oldest movement of a payout: %w", err)
	}
	return oldest.pointer(), nil
}

// PaidOutBefore gives the movements made since an instant that a payout made
// before another had paid out, and those payouts themselves.
func (s *Store) PaidOutBefore(ctx context.Context, tenant string, connections []string, since, payout time.Time) ([]connect.Settled, error) {
	return s.settled(ctx, `
		select b.connection, b.id, b.currency, b.net from balance_transaction b
		where b.tenant = $1 and b.connection in list($2) and b.created >= $4 and b.created < $3 and not b.deleted and `+paidBefore+`
		order by b.created, b.id`, tenant, connections, payout, since)
}

// PaymentsSince gives the payments made since an instant.
func (s *Store) PaymentsSince(ctx context.Context, tenant string, connections []string, since time.Time) ([]connect.Settled, error) {
	return s.settled(ctx, `
		select b.connection, b.id, b.currency, b.net from balance_transaction b
		where b.tenant = $1 and b.connection in list($2) and b.created >= $3 and not b.deleted and b.type in ('charge', 'payment')
		order by b.created, b.id`, tenant, connections, since)
}

func (s *Store) settled(ctx context.Context, statement string, args ...any) ([]connect.Settled, error) {
	var list []connect.Settled
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x connect.Settled
		var currency money.Currency
		err := scan(&x.Connection, &x.Movement, &currency, &x.Net.Minor)
		x.Net.Currency = currency
		list = append(list, x)
		return err
	}, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("store: movements for a first payout: %w", err)
	}
	return list, nil
}
