package store

import (
	"context"
	"fmt"
	"time"

	"tieout/receivables"
)

// forgetChunk is how many rows one statement deletes, so that other writers of a
// SQLite file hardly wait.
const forgetChunk = 500

// ForgetRuns removes, of all tenants, runs that began before an instant, but for
// the newest of each subject, and gives how many.
func (s *Store) ForgetRuns(ctx context.Context, before time.Time) (int64, error) {
	return s.forget(ctx, "runs", `delete from run where (tenant, id) in (select r.tenant, r.id from run r where r.started < $1
		and exists (select 1 from run n where n.tenant = r.tenant and n.subject = r.subject and (n.started, n.id) > (r.started, r.id)) limit $2)`, before)
}

// ForgetMail removes, of all tenants, e-mails that were written before an
// instant and are not waiting any more, and gives how many.
func (s *Store) ForgetMail(ctx context.Context, before time.Time) (int64, error) {
	return s.forget(ctx, "mail", `delete from mail where (tenant, id) in (select tenant, id from mail where ended and created_at < $1 limit $2)`, before)
}

// ForgetCalls removes, of all tenants, the counts of calls of the days before a
// day, and gives how many.
func (s *Store) ForgetCalls(ctx context.Context, before receivables.Date) (int64, error) {
	return s.forget(ctx, "calls", `delete from call_count where (tenant, connection, purpose, day) in
		(select tenant, connection, purpose, day from call_count where day < $1 limit $2)`, string(before))
}

// forget runs a statement, which ends with a limit, until it deletes nothing
// more.
func (s *Store) forget(ctx context.Context, what, statement string, before any) (int64, error) {
	var gone int64
	for {
		n, err := s.writer.run(ctx, statement, before, forgetChunk)
		if err != nil {
			return gone, fmt.Errorf("store: forget %s: %w", what, err)
		}
		if gone += n; n < forgetChunk {
			return gone, nil
		}
	}
}
