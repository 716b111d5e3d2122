package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Session gives the data of a session that ends after now, by the hash of its
// secret; false when there is none.
func (s *Store) Session(ctx context.Context, id string, now time.Time) ([]byte, bool, error) {
	var data []byte
	err := s.reader.one(ctx, &data, `select data from session where id = $1 and expires > $2`, id, now)
	if errors.Is(err, ErrNotFound) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("store: session: %w", err)
	}
	return data, true, nil
}

// SaveSession stores a session, and forgets some of those that are over.
func (s *Store) SaveSession(ctx context.Context, id string, data []byte, expires, now time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `insert into session (id, data, expires) values ($1, $2, $3)
			on conflict (id) do update set data = excluded.data, expires = excluded.expires`, id, data, expires)
		if err != nil {
			return err
		}
		_, err = t.run(ctx, `delete from session where id in (select id from session where expires <= $1 order by expires limit 100)`, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: save session: %w", err)
	}
	return nil
}

// EndSession removes a session; one that is not there is no error.
func (s *Store) EndSession(ctx context.Context, id string) error {
	if _, err := s.writer.run(ctx, `delete from session where id = $1`, id); err != nil {
		return fmt.Errorf("store: end session: %w", err)
	}
	return nil
}
