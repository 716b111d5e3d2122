package store

import (
	"context"
	"fmt"
	"time"

	"tieout/sync/lease"
	"tieout/sync/mail"
)

var _ mail.Store = (*Store)(nil)

// AddMail stores a mail that is to be sent.
func (s *Store) AddMail(ctx context.Context, m mail.Mail) error {
	if err := s.writer.addMail(ctx, m.Tenant, m); err != nil {
		return fmt.Errorf("store: add mail: %w", err)
	}
	return nil
}

func (r runner) addMail(ctx context.Context, tenant string, m mail.Mail) error {
	_, err := r.run(ctx, `insert into mail (tenant, id, kind, recipient, subject, body, attempts, not_before, problem, ended, created_at)
		values ($1, $2, $3, $4, $5, $6, 0, $7, '', false, $8)`, tenant, m.ID, string(m.Kind), m.To, m.Subject, m.Body, m.NotBefore, m.CreatedAt)
	return err
}

// TenantsMailing gives the tenants with mails that are due at now; "" for those
// of no tenant.
func (s *Store) TenantsMailing(ctx context.Context, now time.Time) ([]string, error) {
	return s.tenants(ctx, "tenants with mails", `select tenant from mail where not ended and not_before <= $1 group by tenant order by min(not_before), tenant`, now)
}

// DueMail gives the mails that are due at now, the oldest first.
func (s *Store) DueMail(ctx context.Context, tenant string, now time.Time, limit int) ([]mail.Mail, error) {
	var rows []struct {
		ID, Kind, Recipient, Subject, Body, Problem string
		Attempts                                    int
		NotBefore                                   instant `db:"not_before"`
		CreatedAt                                   instant `db:"created_at"`
	}
	err := s.reader.all(ctx, &rows, `select id, kind, recipient, subject, body, attempts, not_before, problem, created_at from mail
		where tenant = $1 and not ended and not_before <= $2 order by not_before, id limit $3`, tenant, now, limit)
	if err != nil {
		return nil, fmt.Errorf("store: due mail: %w", err)
	}
	out := make([]mail.Mail, len(rows))
	for i, r := range rows {
		out[i] = mail.Mail{
			Tenant: tenant, ID: r.ID, Kind: mail.Kind(r.Kind), To: r.Recipient, Subject: r.Subject, Body: r.Body, Attempts: r.Attempts,
			NotBefore: r.NotBefore.time(), Problem: r.Problem, CreatedAt: r.CreatedAt.time(),
		}
	}
	return out, nil
}

// SaveMail writes how an attempt went.
func (s *Store) SaveMail(ctx context.Context, l lease.Lease, m mail.Mail) error {
	return s.change(ctx, l, "save mail "+m.ID, `update mail set attempts = $3, not_before = $4, problem = $5, ended = $6 where tenant = $1 and id = $2`,
		l.Tenant, m.ID, m.Attempts, m.NotBefore, m.Problem, m.Ended)
}
