package store

import (
	"context"
	"fmt"
	"time"

	"tieout/people"
)

// PersonByIdentity gives the person who is known by a subject at an issuer.
func (s *Store) PersonByIdentity(ctx context.Context, issuer, subject string) (people.Person, error) {
	return s.onePerson(ctx, `p.id = (select i.person from identity i where i.issuer = $1 and i.subject = $2)`, issuer, subject)
}

// Subject gives what a person is known by at an issuer; "" where that is nothing.
func (s *Store) Subject(ctx context.Context, person, issuer string) (string, error) {
	var found []string
	if err := s.reader.all(ctx, &found, `select subject from identity where person = $1 and issuer = $2`, person, issuer); err != nil {
		return "", fmt.Errorf("store: identity of person %s: %w", person, err)
	}
	if len(found) == 0 {
		return "", nil
	}
	return found[0], nil
}

// BindIdentity makes a person known by a subject, once.
func (s *Store) BindIdentity(ctx context.Context, person string, id people.Identity, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		if err := t.bindIdentity(ctx, person, id, e.At); err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: bind person %s: %w", person, known(err))
	}
	return nil
}

func (r runner) bindIdentity(ctx context.Context, person string, id people.Identity, at time.Time) error {
	n, err := r.run(ctx, `insert into identity (issuer, subject, person, bound_at) values ($1, $2, $3, $4) on conflict do nothing`,
		id.Issuer, id.Subject, person, at)
	if err == nil && n == 0 {
		err = people.ErrTaken
	}
	return err
}

// ForgetIdentities takes away all that a person is known by.
func (s *Store) ForgetIdentities(ctx context.Context, person string, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		if _, err := t.run(ctx, `delete from identity where person = $1`, person); err != nil {
			return err
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: forget the identities of person %s: %w", person, known(err))
	}
	return nil
}
