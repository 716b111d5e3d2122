package store

import (
	"context"
	"fmt"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/inbox"
	"tieout/sync/lease"
)

// Targets gives the vendor's connections with one of the companies, or two of
// the vendor's of any company: whose event it is shows only here, so that it
// asks for no tenant.
func (s *Store) Targets(ctx context.Context, vendor string, companies []string) ([]inbox.Target, error) {
	statement, args := `select tenant, id, external_id, profile from connection where vendor = $1 and external_id in list($2)`, []any{vendor, companies}
	if len(companies) == 0 {
		statement, args = `select tenant, id, external_id, profile from connection where vendor = $1 order by tenant, id limit 2`, args[:1]
	}
	var rows []struct {
		Tenant, ID string
		ExternalID string `db:"external_id"`
		Profile    document[connectors.Profile]
	}
	if err := s.reader.all(ctx, &rows, statement, args...); err != nil {
		return nil, fmt.Errorf("store: connections of %s: %w", vendor, err)
	}
	out := make([]inbox.Target, len(rows))
	for i, r := range rows {
		out[i] = inbox.Target{Tenant: r.Tenant, Connection: r.ID, ExternalID: r.ExternalID, Live: r.Profile.value.Live}
	}
	return out, nil
}

func inboxTable() table {
	return newTable("inbox", 3, `tenant text, vendor text, event text, connection text, external_id text, type text, kind text, ref text,
		deleted boolean, happened_at timestamptz, received_at timestamptz, state text, why text, changed boolean, tries bigint,
		not_before timestamptz, delivery text, body bytea`)
}

// SaveEvents stores events, each once.
func (s *Store) SaveEvents(ctx context.Context, events []inbox.Row) error {
	rows := make([][]any, len(events))
	for i, r := range events {
		e := r.Event
		rows[i] = []any{
			r.Tenant, r.Vendor, clean(e.ID), r.Connection, clean(e.ExternalID), clean(e.Type), string(e.Ref.Kind), clean(e.Ref.ID),
			e.Deleted, instant(e.At), instant(r.ReceivedAt), string(r.State), clean(r.Why), r.Changed, r.Tries, instant(r.NotBefore), r.Delivery, r.Body,
		}
	}
	return s.inTx(ctx, func(t runner) error {
		return t.write(ctx, inboxTable(), " on conflict do nothing", rows)
	})
}

// Hooked gives the connections with events that can be read at now, each with
// the time that the first of them came in.
func (s *Store) Hooked(ctx context.Context, tenant string, now time.Time) (map[string]time.Time, error) {
	var rows []struct {
		Connection string
		First      instant
	}
	err := s.reader.all(ctx, &rows, `select connection, min(received_at) as first from inbox
		where tenant = $1 and state = 'new' and (not_before is null or not_before <= $2) group by connection`, tenant, now)
	if err != nil {
		return nil, fmt.Errorf("store: connections with events: %w", err)
	}
	out := map[string]time.Time{}
	for _, r := range rows {
		out[r.Connection] = r.First.time()
	}
	return out, nil
}

// NewEvents gives events of a connection that can be read at now, the oldest
// first, without the bodies that they came in.
func (s *Store) NewEvents(ctx context.Context, tenant, connection string, now time.Time, limit int) ([]inbox.Row, error) {
	var rows []struct {
		Vendor, Event, Type, Kind, Ref, Why, Delivery string
		ExternalID                                    string `db:"external_id"`
		Deleted                                       bool
		HappenedAt                                    instant `db:"happened_at"`
		ReceivedAt                                    instant `db:"received_at"`
		NotBefore                                     instant `db:"not_before"`
		Tries                                         int
	}
	err := s.reader.all(ctx, &rows, `select vendor, event, type, kind, ref, why, delivery, external_id, deleted, happened_at, received_at, not_before, tries
		from inbox where tenant = $1 and connection = $2 and state = 'new' and (not_before is null or not_before <= $3)
		order by received_at, event limit $4`, tenant, connection, now, limit)
	if err != nil {
		return nil, fmt.Errorf("store: events of %s: %w", connection, err)
	}
	out := make([]inbox.Row, len(rows))
	for i, r := range rows {
		out[i] = inbox.Row{
			Tenant: tenant, Connection: connection, Vendor: r.Vendor, State: inbox.StateNew, Why: r.Why, Delivery: r.Delivery,
			Tries: r.Tries, NotBefore: r.NotBefore.time(), ReceivedAt: r.ReceivedAt.time(),
			Event: connectors.Event{
				ID: r.Event, ExternalID: r.ExternalID, Type: r.Type, Ref: receivables.Ref{Kind: receivables.Kind(r.Kind), ID: r.Ref},
				At: r.HappenedAt.time(), Deleted: r.Deleted,
			},
		}
	}
	return out, nil
}

// SettleEvents writes what became of events, under the connection's lease.
func (s *Store) SettleEvents(ctx context.Context, l lease.Lease, rows []inbox.Row) error {
	err := s.fenced(ctx, l, func(t runner) error {
		for _, r := range rows {
			_, err := t.run(ctx, `update inbox set state = $4, why = $5, changed = $6, tries = $7, not_before = $8
				where tenant = $1 and vendor = $2 and event = $3`,
				r.Tenant, r.Vendor, r.Event.ID, string(r.State), r.Why, r.Changed, r.Tries, r.NotBefore)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: settle events: %w", err)
	}
	return nil
}

// InboxCounts says what came in since, by vendor: the tenant's own, and what
// belongs to nobody here.
func (s *Store) InboxCounts(ctx context.Context, tenant string, since time.Time) ([]inbox.Count, error) {
	var rows []struct {
		Vendor                                  string
		Received, New, Unknown, Ignored, Echoes int
		Last                                    instant
		Type, Why                               *string
	}
	err := s.reader.all(ctx, &rows, `
		select vendor, count(*) as received,
			sum(case when state = 'new' then 1 else 0 end) as new, sum(case when state = 'unknown' then 1 else 0 end) as unknown,
			sum(case when state = 'ignored' then 1 else 0 end) as ignored,
			sum(case when state = 'done' and not changed then 1 else 0 end) as echoes, max(received_at) as last,
			(select i.type from inbox i where i.tenant in list($1) and i.vendor = inbox.vendor and i.state = 'unknown' order by i.received_at desc, i.type limit 1) as type,
			(select i.why from inbox i where i.tenant in list($1) and i.vendor = inbox.vendor and i.state = 'ignored' order by i.received_at desc, i.why limit 1) as why
		from inbox where tenant in list($1) and received_at >= $2 group by vendor order by vendor`, []string{tenant, ""}, since)
	if err != nil {
		return nil, fmt.Errorf("store: count events: %w", err)
	}
	out := make([]inbox.Count, len(rows))
	for i, r := range rows {
		out[i] = inbox.Count{Vendor: r.Vendor, Received: r.Received, New: r.New, Unknown: r.Unknown, Ignored: r.Ignored, Echoes: r.Echoes, Last: r.Last.time()}
		if r.Type != nil {
			out[i].Type = *r.Type
		}
		if r.Why != nil {
			out[i].Why = *r.Why
		}
	}
	return out, nil
}

// ForgetEvents removes settled events of all tenants that came before an
// instant: vendors do not repeat them any more.
func (s *Store) ForgetEvents(ctx context.Context, before time.Time) error {
	if _, err := s.writer.run(ctx, `delete from inbox where received_at < $1 and state <> 'new'`, before); err != nil {
		return fmt.Errorf("store: forget events: %w", err)
	}
	return nil
}
