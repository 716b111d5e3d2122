package store

import (
	"context"
	"fmt"
	"time"

	"tieout/sync/monthend"
)

// retentionChunk is how many rows one transaction deletes: some milliseconds, so
// that writers of a SQLite file hardly wait.
const retentionChunk = 500

// versioned is the key of one version of a vendor's object.
type versioned struct {
	Connection, Kind string
	ExternalID       string `db:"external_id"`
	Seq              int64
}

// replaced says of a row x of a table keyed by version that an accepted version
// after it was there before an instant, $2.
const replaced = ` x.tenant = $1 and exists (select 1 from version v where v.tenant = x.tenant and v.connection = x.connection and v.kind = x.kind
	and v.external_id = x.external_id and v.seq > x.seq and not v.rejected and v.recorded_at < $2)`

// outlived says it of a row of past, which knows itself until when it was so.
const outlived = ` x.tenant = $1 and x.until_at < $2`

// Expired counts what a tenant's retention lets go of: what was replaced before
// an instant, of all its connections, those that were disconnected included.
func (s *Store) Expired(ctx context.Context, tenant string, before time.Time) (monthend.Expired, error) {
	var e monthend.Expired
	var bodies struct{ N, Bytes int64 }
	err := s.reader.one(ctx, &bodies, `select count(*) as n, cast(coalesce(sum(length(x.body)), 0) as bigint) as bytes from raw x where`+replaced, tenant, before)
	if err == nil {
		err = s.reader.one(ctx, &e.Versions, `select count(*) from past x where`+outlived, tenant, before)
	}
	if err != nil {
		return e, fmt.Errorf("store: what the retention lets go: %w", err)
	}
	e.Bodies, e.Bytes = bodies.N, bodies.Bytes
	return e, nil
}

// DeleteExpired deletes what Expired counts, a chunk at a time; what was deleted
// before an error stays deleted, and is in the answer.
func (s *Store) DeleteExpired(ctx context.Context, tenant string, before time.Time) (monthend.Expired, error) {
	var e monthend.Expired
	err := s.deleteVersions(ctx, `raw`, replaced, `length(x.body)`, tenant, before, func(rows, bytes int64) { e.Bodies += rows; e.Bytes += bytes })
	if err == nil {
		err = s.deleteVersions(ctx, `past`, outlived, `0`, tenant, before, func(rows, _ int64) { e.Versions += rows })
	}
	if err != nil {
		return e, fmt.Errorf("store: let go what the retention does not keep: %w", err)
	}
	return e, nil
}

// deleteVersions walks a table by its key, so that each row is looked at once,
// and deletes what a condition holds for.
func (s *Store) deleteVersions(ctx context.Context, table, condition, size, tenant string, before time.Time, done func(rows, bytes int64)) error {
	var last versioned
	for {
		var rows []struct {
			versioned
			Bytes int64
		}
		err := s.reader.all(ctx, &rows, `select x.connection, x.kind, x.external_id, x.seq, cast(`+size+` as bigint) as bytes from `+table+` x
			where`+condition+` and (x.connection, x.kind, x.external_id, x.seq) > ($3, $4, $5, $6)
			order by x.connection, x.kind, x.external_id, x.seq limit `+fmt.Sprint(retentionChunk),
			tenant, before, last.Connection, last.Kind, last.ExternalID, last.Seq)
		if err != nil || len(rows) == 0 {
			return err
		}
		var deleted, bytes int64
		err = s.inTx(ctx, func(t runner) error {
			deleted, bytes = 0, 0
			for _, r := range rows {
				n, err := t.run(ctx, `delete from `+table+` where tenant = $1 and connection = $2 and kind = $3 and external_id = $4 and seq = $5`,
					tenant, r.Connection, r.Kind, r.ExternalID, r.Seq)
				if err != nil {
					return err
				}
				deleted, bytes = deleted+n, bytes+n*r.Bytes
			}
			return nil
		})
		if err != nil {
			return err
		}
		done(deleted, bytes)
		last = rows[len(rows)-1].versioned
	}
}
