package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/sweep"
)

var _ sweep.Store = (*Store)(nil)

// StoredOrders gives the order of each of the objects that is stored in any
// state, and of those whose body was refused.
func (s *Store) StoredOrders(ctx context.Context, tenant, connection string, kind receivables.Kind, ids []string) (map[string]int64, error) {
	p, known := projectionOf(kind)
	if !known {
		return nil, unknownKind(receivables.Ref{Kind: kind})
	}
	var rows []struct {
		ID  string
		Ord int64
	}
	err := s.reader.all(ctx, &rows, `select id, ord from `+p.table.name+` where tenant = $1 and connection = $2 and id in list($3)
		union all select external_id, ord from rejection where tenant = $1 and connection = $2 and kind = $4 and external_id in list($3)`,
		tenant, connection, ids, string(kind))
	if err != nil {
		return nil, fmt.Errorf("store: orders of %s objects: %w", kind, err)
	}
	out := make(map[string]int64, len(rows))
	for _, r := range rows {
		if old, again := out[r.ID]; !again || r.Ord > old {
			out[r.ID] = r.Ord
		}
	}
	return out, nil
}

// openCondition is what makes a document of a kind an open one.
func openCondition(kind receivables.Kind) string {
	return map[receivables.Kind]string{
		receivables.KindInvoice: " and state = 'live' and balance <> 0",
		receivables.KindCredit:  " and state = 'live' and remaining <> 0",
	}[kind]
}

// dateColumn is the column of a kind's civil date.
func dateColumn(kind receivables.Kind) string {
	return map[receivables.Kind]string{
		receivables.KindInvoice: "issued", receivables.KindCredit: "issued", receivables.KindReceipt: "dated", receivables.KindDocument: "dated",
	}[kind]
}

// errNoSet is a set that a kind has no column for.
var errNoSet = errors.New("objects of this kind cannot be limited so")

// SweptIDs gives ids of a set, of objects that are not deleted, after the id
// after, at most limit.
func (s *Store) SweptIDs(ctx context.Context, tenant, connection string, set connectors.Swept, after string, limit int) ([]string, error) {
	p, known := projectionOf(set.Kind)
	if !known {
		return nil, unknownKind(receivables.Ref{Kind: set.Kind})
	}
	statement := `select id from ` + p.table.name + `
		where tenant = $1 and connection = $2 and id > $3 and not deleted and substr(id, 1, length(cast($4 as text))) = $4`
	args := []any{tenant, connection, after, set.Prefix, limit}
	if set.Open {
		condition := openCondition(set.Kind)
		if condition == "" {
			return nil, fmt.Errorf("store: open %s: %w", set.Kind, errNoSet)
		}
		statement += condition
	}
	if set.Since != "" {
		column := dateColumn(set.Kind)
		if column == "" {
			return nil, fmt.Errorf("store: %s by date: %w", set.Kind, errNoSet)
		}
		args = append(args, date(set.Since))
		statement += fmt.Sprintf(" and %s >= $%d", column, len(args))
	}
	if !set.Made.IsZero() {
		if set.Kind != receivables.KindCharge && set.Kind != receivables.KindPayout {
			return nil, fmt.Errorf("store: %s by time: %w", set.Kind, errNoSet)
		}
		args = append(args, set.Made)
		statement += fmt.Sprintf(" and created >= $%d", len(args))
	}
	var ids []string
	if err := s.reader.all(ctx, &ids, statement+" order by id limit $5", args...); err != nil {
		return nil, fmt.Errorf("store: %s objects of a sweep: %w", set.Kind, err)
	}
	return ids, nil
}

// LastSweep gives when a sweep of the connection was last tried and finished;
// zero times for never.
func (s *Store) LastSweep(ctx context.Context, tenant, connection string) (tried, finished time.Time, err error) {
	var row struct {
		Tried    instant
		Finished instant
	}
	err = s.reader.one(ctx, &row, `select tried, finished from sweep where tenant = $1 and connection = $2`, tenant, connection)
	if errors.Is(err, ErrNotFound) {
		return time.Time{}, time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, time.Time{}, fmt.Errorf("store: last sweep of %s: %w", connection, err)
	}
	return row.Tried.time(), row.Finished.time(), nil
}

// SaveSweep records a sweep under the connection's lease.
func (s *Store) SaveSweep(ctx context.Context, l lease.Lease, connection string, r sweep.Record) error {
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `insert into sweep (tenant, connection, tried, finished, result) values ($1, $2, $3, $4, $5)
			on conflict (tenant, connection) do update
			set tried = excluded.tried, finished = coalesce(excluded.finished, sweep.finished), result = excluded.result`,
			l.Tenant, connection, r.Tried, r.Finished, document[sweep.Result]{r.Result})
		return err
	})
	if err != nil {
		return fmt.Errorf("store: save sweep of %s: %w", connection, err)
	}
	return nil
}
