package store

import (
	"context"
	"fmt"
	"time"
)

// Clock is what the database's own clock says; false where the database is a
// file, which has none.
func (s *Store) Clock(ctx context.Context) (time.Time, bool, error) {
	if s.dialect.name != "postgres" {
		return time.Time{}, false, nil
	}
	var at time.Time
	if err := s.reader.one(ctx, &at, `select clock_timestamp()`); err != nil {
		return time.Time{}, false, fmt.Errorf("store: the database's clock: %w", err)
	}
	return at, true, nil
}
