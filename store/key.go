package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tieout/people"
)

var _ people.Keys = (*Store)(nil)

const keyColumns = `tenant, id, person, name, hash, scopes, view_id, created_at, expires, used`

type keyRow struct {
	Tenant, ID, Person, Name, Hash, Scopes string
	View                                   string  `db:"view_id"`
	CreatedAt                              instant `db:"created_at"`
	Expires, Used                          instant
}

func (r keyRow) key() people.Key {
	k := people.Key{
		ID: r.ID, Tenant: r.Tenant, Person: r.Person, Name: r.Name, Hash: r.Hash, View: r.View, CreatedAt: r.CreatedAt.time(),
		Expires: r.Expires.pointer(), Used: r.Used.pointer(),
	}
	for p := range strings.SplitSeq(r.Scopes, ",") {
		k.Scopes = append(k.Scopes, people.Permission(p))
	}
	return k
}

// SaveKey stores a new key, and what happened.
func (s *Store) SaveKey(ctx context.Context, k people.Key, e people.Event) error {
	scopes := make([]string, len(k.Scopes))
	for i, p := range k.Scopes {
		scopes[i] = string(p)
	}
	err := s.inTx(ctx, func(t runner) error {
		_, err := t.run(ctx, `insert into api_key (`+keyColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, null)`,
			k.Tenant, k.ID, k.Person, k.Name, k.Hash, strings.Join(scopes, ","), k.View, k.CreatedAt, k.Expires)
		if err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: save key: %w", err)
	}
	return nil
}

// KeyOf gives the key with the hash of a secret.
func (s *Store) KeyOf(ctx context.Context, hash string) (people.Key, error) {
	var row keyRow
	if err := s.reader.one(ctx, &row, `select `+keyColumns+` from api_key where hash = $1`, hash); err != nil {
		return people.Key{}, fmt.Errorf("store: key: %w", known(err))
	}
	return row.key(), nil
}

// Keys are those of a tenant, the oldest first.
func (s *Store) Keys(ctx context.Context, tenant string) ([]people.Key, error) {
	var rows []keyRow
	if err := s.reader.all(ctx, &rows, `select `+keyColumns+` from api_key where tenant = $1 order by created_at, id`, tenant); err != nil {
		return nil, fmt.Errorf("store: keys: %w", err)
	}
	list := make([]people.Key, len(rows))
	for i, r := range rows {
		list[i] = r.key()
	}
	return list, nil
}

// DropKey removes a key with the answers that it was given, and records what
// happened.
func (s *Store) DropKey(ctx context.Context, tenant, id string, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from api_key where tenant = $1 and id = $2`, tenant, id)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err == nil {
			_, err = t.run(ctx, `delete from api_answer where tenant = $1 and api_key = $2`, tenant, id)
		}
		if err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: drop key: %w", known(err))
	}
	return nil
}

// KeyUsed notes that a key was used; one that is gone is no error.
func (s *Store) KeyUsed(ctx context.Context, tenant, id string, at time.Time) error {
	_, err := s.writer.run(ctx, `update api_key set used = $3 where tenant = $1 and id = $2 and (used is null or used < $3)`, tenant, id, at)
	if err != nil {
		return fmt.Errorf("store: use of a key: %w", err)
	}
	return nil
}

// CountRequests adds n to the requests of a key in the window that begins at
// start, and gives how many there are then. Nothing is added, and false given,
// once there are most of them. A machine whose clock lags counts in the window
// that another has begun.
func (s *Store) CountRequests(ctx context.Context, tenant, id string, start time.Time, n, most int) (int, bool, error) {
	var requests int
	err := s.writer.one(ctx, &requests, `update api_key set requests = case when window_start >= $3 then requests + $4 else $4 end,
			window_start = case when window_start >= $3 then window_start else $3 end
		where tenant = $1 and id = $2 and (window_start is null or window_start < $3 or requests < $5) returning requests`, tenant, id, start, n, most)
	if err = known(err); errors.Is(err, ErrNotFound) {
		return most, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("store: count requests of a key: %w", err)
	}
	return requests, true, nil
}
