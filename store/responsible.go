package store

import (
	"context"
	"fmt"

	"tieout/people"
)

// ResponsibleFor says whether a person is responsible for a customer of a
// ledger.
func (s *Store) ResponsibleFor(ctx context.Context, tenant, person, connection, customer string) (bool, error) {
	var n int
	err := s.reader.one(ctx, &n, `select count(*) from responsible where tenant = $1 and person = $2 and connection = $3 and customer = $4`,
		tenant, person, connection, customer)
	if err != nil {
		return false, fmt.Errorf("store: who is responsible for customer %q: %w", customer, err)
	}
	return n > 0, nil
}

// Responsible gives the ids of those who are responsible for a customer of a
// ledger.
func (s *Store) Responsible(ctx context.Context, tenant, connection, customer string) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `select person from responsible where tenant = $1 and connection = $2 and customer = $3 order by person`, tenant, connection, customer)
	if err != nil {
		return nil, fmt.Errorf("store: who is responsible for customer %q: %w", customer, err)
	}
	return ids, nil
}

// SetResponsible makes a member responsible for a customer, or no longer.
func (s *Store) SetResponsible(ctx context.Context, tenant, connection, customer, person string, yes bool, e people.Event) error {
	err := s.inTx(ctx, func(t runner) error {
		var role string
		if err := t.one(ctx, &role, `select role from member where tenant = $1 and person = $2`, tenant, person); err != nil {
			return err
		}
		change := `delete from responsible where tenant = $1 and person = $2 and connection = $3 and customer = $4`
		if yes {
			change = `insert into responsible (tenant, person, connection, customer) values ($1, $2, $3, $4) on conflict do nothing`
		}
		if n, err := t.run(ctx, change, tenant, person, connection, customer); err != nil || n == 0 {
			return err // as it was already
		}
		return t.record(ctx, e)
	})
	if err != nil {
		return fmt.Errorf("store: responsible for customer %q: %w", customer, known(err))
	}
	return nil
}
