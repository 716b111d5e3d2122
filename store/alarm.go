package store

import (
	"context"
	"fmt"
	"time"

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
			_, err := t.run(ctx, `insert into mail (tenant, id, subject, body, attempts, not_before, problem, ended, created_at)
				values ($1, $2, $3, $4, 0, $5, '', false, $6)`, l.Tenant, m.ID, m.Subject, m.Body, m.NotBefore, m.CreatedAt)
			if err != nil {
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

// DueMail gives the mails that are due at now, the oldest first.
func (s *Store) DueMail(ctx context.Context, tenant string, now time.Time, limit int) ([]mail.Mail, error) {
	var rows []struct {
		ID, Subject, Body, Problem string
		Attempts                   int
		NotBefore                  instant `db:"not_before"`
		CreatedAt                  instant `db:"created_at"`
	}
	err := s.reader.all(ctx, &rows, `select id, subject, body, attempts, not_before, problem, created_at from mail
		where tenant = $1 and not ended and not_before <= $2 order by not_before, id limit $3`, tenant, now, limit)
	if err != nil {
		return nil, fmt.Errorf("store: due mail: %w", err)
	}
	out := make([]mail.Mail, len(rows))
	for i, r := range rows {
		out[i] = mail.Mail{
			Tenant: tenant, ID: r.ID, Subject: r.Subject, Body: r.Body, Attempts: r.Attempts, NotBefore: r.NotBefore.time(), Problem: r.Problem, CreatedAt: r.CreatedAt.time(),
		}
	}
	return out, nil
}

// SaveMail writes how an attempt went.
func (s *Store) SaveMail(ctx context.Context, l lease.Lease, m mail.Mail) error {
	return s.change(ctx, l, "save mail "+m.ID, `update mail set attempts = $3, not_before = $4, problem = $5, ended = $6 where tenant = $1 and id = $2`,
		l.Tenant, m.ID, m.Attempts, m.NotBefore, m.Problem, m.Ended)
}
