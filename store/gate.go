package store

import (
	"context"
	"fmt"
	"time"

	"tieout/people"
)

// Failures gives the count of each of the subjects in its present window.
func (s *Store) Failures(ctx context.Context, subjects []string, now time.Time) (map[string]int, error) {
	out := map[string]int{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var subject string
		var n int
		err := scan(&subject, &n)
		out[subject] = n
		return err
	}, `select subject, failures from attempt where subject in list($1) and until > $2`, subjects, now)
	if err != nil {
		return nil, fmt.Errorf("store: failed attempts: %w", err)
	}
	return out, nil
}

// CountFailure adds one to each subject, in an order that keeps two of them
// from waiting for each other, and forgets windows that are over.
func (s *Store) CountFailure(ctx context.Context, subjects []string, now, until time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		for _, subject := range subjects {
			_, err := t.run(ctx, `insert into attempt (subject, failures, until) values ($1, 1, $2)
				on conflict (subject) do update set
					failures = case when attempt.until > $3 then attempt.failures + 1 else 1 end,
					until = case when attempt.until > $3 then attempt.until else excluded.until end`, subject, until, now)
			if err != nil {
				return err
			}
		}
		_, err := t.run(ctx, `delete from attempt where until <= $1`, now)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: count a failed attempt: %w", err)
	}
	return nil
}

// Forgive forgets a subject's failures.
func (s *Store) Forgive(ctx context.Context, subject string) error {
	if _, err := s.writer.run(ctx, `delete from attempt where subject = $1`, subject); err != nil {
		return fmt.Errorf("store: forgive: %w", err)
	}
	return nil
}

// Record appends what happened.
func (s *Store) Record(ctx context.Context, e people.Event) error {
	if err := s.writer.record(ctx, e); err != nil {
		return fmt.Errorf("store: record: %w", err)
	}
	return nil
}

func (r runner) record(ctx context.Context, e people.Event) error {
	_, err := r.run(ctx, `insert into person_event (id, tenant, at, kind, person, by_whom, address, detail) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		e.ID, e.Tenant, e.At, string(e.Kind), e.Person, e.By, e.Address, e.Detail)
	return err
}

// Events are those of a tenant, and of no tenant about its members, the newest
// first; for "" all of no tenant.
func (s *Store) Events(ctx context.Context, tenant string, q people.EventQuery) ([]people.Event, error) {
	var rows []struct {
		ID, Tenant, Kind, Person, Address, Detail string
		At                                        instant
		By                                        string `db:"by_whom"`
		PersonName                                string `db:"person_name"`
		ByName                                    string `db:"by_name"`
	}
	before := q.Before
	if before.IsZero() {
		before = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC) // after all others
	}
	err := s.reader.all(ctx, &rows, `
		select e.id, e.tenant, e.at, e.kind, e.person, e.by_whom, e.address, e.detail, coalesce(p.name, '') as person_name, coalesce(b.name, '') as by_name
		from person_event e left join person p on p.id = e.person left join person b on b.id = e.by_whom
		where (e.tenant = $1 or e.tenant = '' and e.person in (select m.person from member m where m.tenant = $1)) and ($2 = '' or e.kind = $2)
			and (e.at < $3 or e.at = $3 and e.id < $4)
		order by e.at desc, e.id desc limit $5`, tenant, string(q.Kind), before, q.BeforeID, q.Limit)
	if err != nil {
		return nil, fmt.Errorf("store: events of people: %w", err)
	}
	list := make([]people.Event, len(rows))
	for i, r := range rows {
		list[i] = people.Event{
			ID: r.ID, Tenant: r.Tenant, At: r.At.time(), Kind: people.EventKind(r.Kind), Person: r.Person, By: r.By, Address: r.Address, Detail: r.Detail,
			PersonName: r.PersonName, ByName: r.ByName,
		}
	}
	return list, nil
}
