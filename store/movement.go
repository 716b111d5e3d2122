package store

import (
	"context"
	"encoding/json"
	"fmt"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// values reads a column of JSON values.
func values[T any](ctx context.Context, r runner, statement string, args ...any) ([]T, error) {
	var list []T
	err := r.each(ctx, func(scan func(...any) error) error {
		var doc []byte
		if err := scan(&doc); err != nil {
			return err
		}
		var v T
		if err := json.Unmarshal(doc, &v); err != nil {
			return fmt.Errorf("decode %T: %w", v, err)
		}
		list = append(list, v)
		return nil
	}, statement, args...)
	return list, err
}

// Movements gives movements by id, with what each of them moved.
func (s *Store) Movements(ctx context.Context, b books.Book, ids []string) ([]reconcile.Movement, error) {
	var list []reconcile.Movement
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var m reconcile.Movement
		var doc document[receivables.BalanceTransaction]
		if err := scan(&m.Connection, &doc, &m.State); err != nil {
			return err
		}
		m.Row = doc.value
		list = append(list, m)
		return nil
	}, `
		select b.connection, b.doc, coalesce(m.state, 'new') from balance_transaction b
		left join movement_state m on m.tenant = b.tenant and m.connection = b.connection and m.movement = b.id
		where b.tenant = $1 and b.connection in list($2) and b.id in list($3) and not b.deleted
		order by b.id`, b.Tenant, b.Sources, ids)
	if err == nil {
		err = s.join(ctx, b, list)
	}
	if err != nil {
		return nil, fmt.Errorf("store: movements: %w", err)
	}
	return list, nil
}

// join finds the charges, payouts, checkouts and payers of the movements: one
// query for each kind.
func (s *Store) join(ctx context.Context, b books.Book, list []reconcile.Movement) error {
	if len(list) == 0 {
		return nil
	}
	ids, sources := make([]string, len(list)), make([]string, 0, len(list))
	for i, m := range list {
		ids[i] = m.Row.ID
		if m.Row.Source != "" {
			sources = append(sources, m.Row.Source)
		}
	}
	byMovement := func(table string) string {
		return `select doc from ` + table + ` where tenant = $1 and connection in list($2) and id in list($3)
			union all select doc from ` + table + ` where tenant = $1 and connection in list($2) and movement in list($4) and movement <> '' and not id in list($3)
			union all select doc from ` + table + ` where tenant = $1 and connection in list($2) and failure_movement in list($4)
				and failure_movement <> '' and not movement in list($4) and not id in list($3)`
	}
	charges, err := values[receivables.Charge](ctx, s.reader.runner, byMovement("charge"), b.Tenant, b.Sources, sources, ids)
	if err != nil {
		return err
	}
	payouts, err := values[receivables.Payout](ctx, s.reader.runner, byMovement("payout"), b.Tenant, b.Sources, sources, ids)
	if err != nil {
		return err
	}
	attach(list, charges, payouts)
	return s.joinPayers(ctx, b, list)
}

// attach gives each movement its charge or payout: the one that names it, else
// the one that it names as its source.
func attach(list []reconcile.Movement, charges []receivables.Charge, payouts []receivables.Payout) {
	charge, payout := map[string]*receivables.Charge{}, map[string]*receivables.Payout{}
	for i := range charges {
		for _, key := range []string{charges[i].ID, charges[i].Movement, charges[i].FailureMovement} {
			charge[key] = &charges[i]
		}
	}
	for i := range payouts {
		for _, key := range []string{payouts[i].ID, payouts[i].Movement, payouts[i].FailureMovement} {
			payout[key] = &payouts[i]
		}
	}
	for i := range list {
		for _, key := range []string{list[i].Row.Source, list[i].Row.ID} {
			if c := charge[key]; c != nil && key != "" {
				list[i].Charge = c
			}
			if p := payout[key]; p != nil && key != "" {
				list[i].Payout = p
			}
		}
	}
}

func (s *Store) joinPayers(ctx context.Context, b books.Book, list []reconcile.Movement) error {
	var intents, ids []string
	for _, m := range list {
		if m.Charge == nil {
			continue
		}
		if m.Charge.PaymentIntent != "" {
			intents = append(intents, m.Charge.PaymentIntent)
		}
		if m.Charge.PayerID != "" {
			ids = append(ids, m.Charge.PayerID)
		}
	}
	checkouts, err := values[receivables.Checkout](ctx, s.reader.runner, `select doc from checkout
		where tenant = $1 and connection in list($2) and payment_intent in list($3) and payment_intent <> '' order by id`, b.Tenant, b.Sources, intents)
	if err != nil {
		return err
	}
	payers, err := values[receivables.Payer](ctx, s.reader.runner,
		`select doc from payer where tenant = $1 and connection in list($2) and id in list($3)`, b.Tenant, b.Sources, ids)
	if err != nil {
		return err
	}
	checkout, payer := map[string]*receivables.Checkout{}, map[string]*receivables.Payer{}
	for i := range checkouts {
		checkout[checkouts[i].PaymentIntent] = &checkouts[i]
	}
	for i := range payers {
		payer[payers[i].ID] = &payers[i]
	}
	for i := range list {
		if c := list[i].Charge; c != nil {
			list[i].Checkout, list[i].Payer = checkout[c.PaymentIntent], payer[c.PayerID]
		}
	}
	return nil
}
