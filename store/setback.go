package store

import (
	"context"
	"fmt"
	"time"
)

// SetBack makes an end of waits that a clock has begun which was far ahead:
// the connections named are due at now, and what waits for an instant after
// beyond, or is held until then, does so until now.
func (s *Store) SetBack(ctx context.Context, tenant string, connections []string, now, beyond time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		if _, err := t.run(ctx, `update connection set due = $2 where tenant = $1 and id in list($3)`, tenant, now, connections); err != nil {
			return err
		}
		for _, wait := range []struct{ table, column string }{
			{"lease", "held_until"}, {"connection", "claimed_until"}, {"intent", "not_before"}, {"inbox", "not_before"}, {"delivery", "not_before"}, {"mail", "not_before"},
		} {
			if _, err := t.run(ctx, `update `+wait.table+` set `+wait.column+` = $2 where tenant = $1 and `+wait.column+` > $3`, tenant, now, beyond); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: set back waits: %w", err)
	}
	return nil
}
