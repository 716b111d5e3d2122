package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/sync/dispatch"
)

// ClaimDue takes at most limit active connections that are due at now and that
// nobody else has taken, the longest overdue first, and with each those that
// share its book. It gives what is to be run, each once. Workers that claim at
// the same time pass over each other's rows instead of waiting for them. A
// claim is no right to work: that is the lease.
func (s *Store) ClaimDue(ctx context.Context, tenant, holder string, now, until time.Time, limit int) ([]dispatch.Task, error) {
	var tasks []dispatch.Task
	err := s.inTx(ctx, func(t runner) error {
		tasks = nil
		ids, err := t.claim(ctx, tenant, holder, now, until, limit)
		if err != nil || len(ids) == 0 {
			return err
		}
		tasks, err = t.tasksOf(ctx, tenant, ids)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, `
			with picked as materialized (
				select id from connection where tenant = $1 and id in list($4) and (claimed_until is null or claimed_until <= $5) /*skip*/)
			update connection set claimed_by = $2, claimed_until = $3 where tenant = $1 and id in (select id from picked)`,
			tenant, holder, until, connectionsOf(tasks), now)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: claim what is due: %w", err)
	}
	return tasks, nil
}

// claim takes the rows. A connection that was never run comes first; each kind
// is a range of the index.
func (r runner) claim(ctx context.Context, tenant, holder string, now, until time.Time, limit int) ([]string, error) {
	var all []string
	for _, when := range []string{"due is null", "due <= $4"} {
		var ids []string
		err := r.all(ctx, &ids, `
			with picked as materialized (
				select id from connection
				where tenant = $1 and state = '`+string(books.ConnectionActive)+`' and `+when+` and (claimed_until is null or claimed_until <= $4)
				order by due limit $5 /*skip*/)
			update connection set claimed_by = $2, claimed_until = $3 where tenant = $1 and id in (select id from picked)
			returning id`, tenant, holder, until, now, limit-len(all))
		if err != nil {
			return nil, err
		}
		if all = append(all, ids...); len(all) >= limit {
			break
		}
	}
	return all, nil
}

// TasksOf gives the books of connections, each once with all its connections,
// and the connections without one.
func (s *Store) TasksOf(ctx context.Context, tenant string, connections []string) ([]dispatch.Task, error) {
	tasks, err := s.reader.tasksOf(ctx, tenant, connections)
	if err != nil {
		return nil, fmt.Errorf("store: the books of connections: %w", err)
	}
	return tasks, nil
}

// tasksOf are the books of connections, and the connections without one.
func (r runner) tasksOf(ctx context.Context, tenant string, ids []string) ([]dispatch.Task, error) {
	var rows []struct{ Book, Connection string }
	err := r.all(ctx, &rows, `
		with wanted as (
			select id as book from book where tenant = $1 and ledger in list($2)
			union select book from book_source where tenant = $1 and connection in list($2)
		)
		select b.id as book, b.ledger as connection from book b join wanted w on w.book = b.id where b.tenant = $1
		union all select s.book, s.connection from book_source s join wanted w on w.book = s.book where s.tenant = $1
		order by 1, 2`, tenant, ids)
	if err != nil {
		return nil, err
	}
	var tasks []dispatch.Task
	taken := map[string]bool{}
	for _, row := range rows {
		taken[row.Connection] = true
		if n := len(tasks); n == 0 || tasks[n-1].ID != row.Book {
			tasks = append(tasks, dispatch.Task{Tenant: tenant, Kind: dispatch.KindBook, ID: row.Book})
		}
		one := &tasks[len(tasks)-1]
		one.Connections = append(one.Connections, row.Connection)
	}
	for _, id := range ids {
		if !taken[id] {
			tasks = append(tasks, dispatch.Task{Tenant: tenant, Kind: dispatch.KindConnection, ID: id, Connections: []string{id}})
		}
	}
	return tasks, nil
}

func connectionsOf(tasks []dispatch.Task) []string {
	var ids []string
	for _, t := range tasks {
		ids = append(ids, t.Connections...)
	}
	return ids
}

// ReleaseClaims gives back what a holder has claimed of connections. until is
// when they may be claimed again; zero is at once, if they are due then.
func (s *Store) ReleaseClaims(ctx context.Context, tenant, holder string, connections []string, until time.Time) error {
	_, err := s.writer.run(ctx, `
		update connection set claimed_by = '', claimed_until = $3 where tenant = $1 and claimed_by = $2 and id in list($4)`,
		tenant, holder, until, connections)
	if err != nil {
		return fmt.Errorf("store: give back what was claimed: %w", err)
	}
	return nil
}
