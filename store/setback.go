package store

import (
	"context"
	"fmt"
	"time"
)

// waits are where something waits, or is held, until an instant. What is open
// of a table is a part of one of its indexes: the rest may be millions of rows.
var waits = []struct{ table, column, open string }{
	{"lease", "held_until", "holder <> ''"},
	{"connection", "claimed_until", "state = 'active'"},
	{"intent", "not_before", "book in (select id from book where tenant = $1) and state in ('planned', 'sending', 'unknown')"},
	{"inbox", "not_before", "state = 'new'"},
	{"delivery", "not_before", "state = 'waiting'"},
	{"mail", "not_before", "not ended"},
}

// SetBack makes an end of waits that a clock has begun which was far ahead:
// the connections named are due at now, and what waits for an instant after
// beyond, or is held until then, does so until now.
func (s *Store) SetBack(ctx context.Context, tenant string, connections []string, now, beyond time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		if _, err := t.run(ctx, `update connection set due = $2 where tenant = $1 and id in list($3)`, tenant, now, connections); err != nil {
			return err
		}
		for _, wait := range waits {
			_, err := t.run(ctx, `update `+wait.table+` set `+wait.column+` = $2 where tenant = $1 and `+wait.column+` > $3 and `+wait.open,
				tenant, now, beyond)
			if err != nil {
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
