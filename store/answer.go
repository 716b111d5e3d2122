package store

import (
	"context"
	"fmt"
	"time"
)

// KeptAnswer is what was answered to a request that a program may send again.
type KeptAnswer struct {
	// Digest is that of the request's content.
	Digest string
	// Status is an HTTP status, 0 while the request is worked at.
	Status int
	Body   string
}

// How long answers are kept, and how long a request may be worked at before
// another attempt takes it over.
const (
	keepAnswers = 24 * time.Hour
	workAnswer  = 5 * time.Minute
)

// TakeAnswer begins a request of a key: true where it has to be done now, else
// what was answered before. It forgets old answers of the tenant.
func (s *Store) TakeAnswer(ctx context.Context, tenant, key, request, digest string, now time.Time) (kept KeptAnswer, begun bool, err error) {
	err = s.inTx(ctx, func(t runner) error {
		if _, err := t.run(ctx, `delete from api_answer where tenant = $1 and started_at < $2`, tenant, now.Add(-keepAnswers)); err != nil {
			return err
		}
		n, err := t.run(ctx, `insert into api_answer (tenant, api_key, request, digest, status, body, started_at) values ($1, $2, $3, $4, 0, '', $5)
			on conflict (tenant, api_key, request) do update set started_at = excluded.started_at
			where api_answer.status = 0 and api_answer.digest = excluded.digest and api_answer.started_at < $6`,
			tenant, key, request, digest, now, now.Add(-workAnswer))
		if begun = n > 0; err != nil || begun {
			return err
		}
		return t.one(ctx, &kept, `select digest, status, body from api_answer where tenant = $1 and api_key = $2 and request = $3`, tenant, key, request)
	})
	if err != nil {
		return KeptAnswer{}, false, fmt.Errorf("store: begin a request: %w", err)
	}
	return kept, begun, nil
}

// SaveAnswer keeps what a request was answered; status 0 gives it up, so that
// it may be sent again at once.
func (s *Store) SaveAnswer(ctx context.Context, tenant, key, request string, status int, body string) error {
	statement, args := `delete from api_answer where tenant = $1 and api_key = $2 and request = $3`, []any{tenant, key, request}
	if status != 0 {
		statement = `update api_answer set status = $4, body = $5 where tenant = $1 and api_key = $2 and request = $3`
		args = append(args, status, body)
	}
	if _, err := s.writer.run(ctx, statement, args...); err != nil {
		return fmt.Errorf("store: keep an answer: %w", err)
	}
	return nil
}
