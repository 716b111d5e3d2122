package store

import (
	"context"
	"fmt"

	"tieout/sync/alarm"
	"tieout/sync/lease"
	"tieout/sync/mail"
	"tieout/sync/notify"
)

var _ alarm.Store = (*Store)(nil)

// Alarms gives the tenant's alarms, also those that are over.
func (s *Store) Alarms(ctx context.Context, tenant string) ([]alarm.Row, error) {
	var rows []struct {
		Connection, Kind, Name, Text string
		Since, Raised, Told          instant
		Times                        int
		Cleared                      instant
	}
	err := s.reader.all(ctx, &rows, `select connection, kind, name, text, since, raised, told, times, cleared from alarm
		where tenant = $1 order by connection, kind`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: alarms: %w", err)
	}
	out := make([]alarm.Row, len(rows))
	for i, r := range rows {
		out[i] = alarm.Row{
			Tenant: tenant, Connection: r.Connection, Kind: alarm.Kind(r.Kind), Name: r.Name, Text: r.Text, Since: r.Since.time(),
			Raised: r.Raised.time(), Told: r.Told.time(), Times: r.Times, Cleared: r.Cleared.pointer(),
		}
	}
	return out, nil
}

// SaveAlarms writes alarms with the notices and mails that tell of them.
func (s *Store) SaveAlarms(ctx context.Context, l lease.Lease, rows []alarm.Row, notices []notify.Notice, mails []mail.Mail) error {
	err := s.fenced(ctx, l, func(t runner) error {
		for _, r := range rows {
			_, err := t.run(ctx, `insert into alarm (tenant, connection, kind, name, text, since, raised, told, times, cleared)
				values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
				on conflict (tenant, connection, kind) do update set name = excluded.name, text = excluded.text, since = excluded.since,
					raised = excluded.raised, told = excluded.told, times = excluded.times, cleared = excluded.cleared`,
				l.Tenant, r.Connection, string(r.Kind), r.Name, r.Text, r.Since, r.Raised, r.Told, r.Times, r.Cleared)
			if err != nil {
				return err
			}
		}
		for _, m := range mails {
			if err := t.addMail(ctx, l.Tenant, m); err != nil {
				return err
			}
		}
		return t.tell(ctx, l.Tenant, func() ([]notify.Notice, error) { return notices, nil })
	})
	if err != nil {
		return fmt.Errorf("store: save alarms: %w", err)
	}
	return nil
}
