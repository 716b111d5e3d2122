package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/lease"
)

const connectionColumns = `tenant, id, vendor, external_id, grant_id, state, why, profile, schedule, due, failures, fresh, created_at`

type connectionRow struct {
	Tenant, ID, Vendor string
	ExternalID         string `db:"external_id"`
	GrantID            string `db:"grant_id"`
	State, Why         string
	Profile            document[connectors.Profile]
	Schedule           string
	Due                instant
	Failures           int
	Fresh              instant
	CreatedAt          instant `db:"created_at"`
}

func (r connectionRow) connection() books.Connection {
	return books.Connection{
		Tenant: r.Tenant, ID: r.ID, Vendor: r.Vendor, ExternalID: r.ExternalID, GrantID: r.GrantID,
		State: books.ConnectionState(r.State), Why: r.Why, Profile: r.Profile.value, Schedule: r.Schedule,
		Due: r.Due.time(), Failures: r.Failures, Fresh: r.Fresh.pointer(), CreatedAt: r.CreatedAt.time(),
	}
}

func connections(rows []connectionRow) []books.Connection {
	out := make([]books.Connection, len(rows))
	for i, r := range rows {
		out[i] = r.connection()
	}
	return out
}

// tenant makes the tenant's row when it is not there.
func (r runner) tenant(ctx context.Context, id string) error {
	_, err := r.run(ctx, `insert into tenant (id) values ($1) on conflict (id) do nothing`, id)
	return err
}

// SaveConnection makes a connection, or reconnects the one of the same tenant,
// vendor and external id: it gets the new grant and state, and keeps its id,
// its freshness and, where c names none, its schedule and profile.
func (s *Store) SaveConnection(ctx context.Context, c books.Connection) (books.Connection, error) {
	var row connectionRow
	err := s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, c.Tenant); err != nil {
			return err
		}
		return t.one(ctx, &row, `
			insert into connection (`+connectionColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
			on conflict (tenant, vendor, external_id) do update set
				grant_id = excluded.grant_id, state = excluded.state, why = excluded.why,
				profile = case when $14 then excluded.profile else connection.profile end,
				schedule = case when excluded.schedule = '' then connection.schedule else excluded.schedule end,
				due = excluded.due, failures = excluded.failures
			returning `+connectionColumns,
			c.Tenant, c.ID, c.Vendor, c.ExternalID, c.GrantID, string(c.State), c.Why, document[connectors.Profile]{c.Profile},
			c.Schedule, c.Due, c.Failures, c.Fresh, c.CreatedAt, c.Profile.ExternalID != "")
	})
	if err != nil {
		return books.Connection{}, fmt.Errorf("store: save connection: %w", err)
	}
	return row.connection(), nil
}

// Connections gives the tenant's connections, by id.
func (s *Store) Connections(ctx context.Context, tenant string) ([]books.Connection, error) {
	var rows []connectionRow
	err := s.reader.all(ctx, &rows, `select `+connectionColumns+` from connection where tenant = $1 order by created_at, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: connections: %w", err)
	}
	return connections(rows), nil
}

// Connection gives one connection; ErrNotFound when there is none.
func (s *Store) Connection(ctx context.Context, tenant, id string) (books.Connection, error) {
	var row connectionRow
	err := s.reader.one(ctx, &row, `select `+connectionColumns+` from connection where tenant = $1 and id = $2`, tenant, id)
	if err != nil {
		return books.Connection{}, fmt.Errorf("store: connection %q: %w", id, err)
	}
	return row.connection(), nil
}

// DueConnections gives active connections that are due at now, the longest
// overdue first; one that was never scheduled is due.
func (s *Store) DueConnections(ctx context.Context, tenant string, now time.Time, limit int) ([]books.Connection, error) {
	var rows []connectionRow
	err := s.reader.all(ctx, &rows, `
		select `+connectionColumns+` from connection
		where tenant = $1 and state = $2 and (due is null or due <= $3)
		order by due nulls first, id limit $4`, tenant, string(books.ConnectionActive), now, limit)
	if err != nil {
		return nil, fmt.Errorf("store: due connections: %w", err)
	}
	return connections(rows), nil
}

// SaveSchedule writes schedule, failures and due of a connection and, when it
// is still under c's grant, its state and why.
func (s *Store) SaveSchedule(ctx context.Context, l lease.Lease, c books.Connection) error {
	return s.change(ctx, l, "save schedule of "+c.ID, `
		update connection set failures = $5, due = $6, schedule = $7,
			state = case when grant_id = $8 then $3 else state end, why = case when grant_id = $8 then $4 else why end
		where tenant = $1 and id = $2`,
		c.Tenant, c.ID, string(c.State), c.Why, c.Failures, c.Due, c.Schedule, c.GrantID)
}

// Hasten makes connections due at once that would be due later. It waits for
// nobody: a run that is under way plans the next one as it always does.
func (s *Store) Hasten(ctx context.Context, tenant string, connections []string, at time.Time) error {
	_, err := s.writer.run(ctx, `update connection set due = $3 where tenant = $1 and id in list($2) and (due is null or due > $3)`, tenant, connections, at)
	if err != nil {
		return fmt.Errorf("store: hasten: %w", err)
	}
	return nil
}

// SaveProfile writes what the connection says of itself.
func (s *Store) SaveProfile(ctx context.Context, l lease.Lease, connection string, p connectors.Profile) error {
	return s.change(ctx, l, "save profile of "+connection,
		`update connection set profile = $3 where tenant = $1 and id = $2`, l.Tenant, connection, document[connectors.Profile]{p})
}

// change runs, under a lease, a statement that must find its row; ErrNotFound
// else.
func (s *Store) change(ctx context.Context, l lease.Lease, what, statement string, args ...any) error {
	err := s.fenced(ctx, l, func(t runner) error {
		n, err := t.run(ctx, statement, args...)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}

// AddCalls adds to the count of calls of a connection by purpose and day.
func (s *Store) AddCalls(ctx context.Context, tenant, connection, purpose string, day receivables.Date, n int) error {
	_, err := s.writer.run(ctx, `
		insert into call_count (tenant, connection, purpose, day, calls) values ($1, $2, $3, $4, $5)
		on conflict (tenant, connection, purpose, day) do update set calls = call_count.calls + excluded.calls`,
		tenant, connection, purpose, string(day), n)
	if err != nil {
		return fmt.Errorf("store: count calls: %w", err)
	}
	return nil
}
