package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

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
	refunds, disputes, err := s.takenBack(ctx, b, sources)
	if err != nil {
		return err
	}
	for _, r := range refunds {
		sources = append(sources, r.ChargeID)
	}
	for _, d := range disputes {
		sources = append(sources, d.ChargeID)
	}
	charges, err := values[receivables.Charge](ctx, s.reader.runner, byMovement("charge"), b.Tenant, b.Sources, sources, ids)
	if err != nil {
		return err
	}
	payouts, err := values[receivables.Payout](ctx, s.reader.runner, byMovement("payout"), b.Tenant, b.Sources, sources, ids)
	if err != nil {
		return err
	}
	attachBack(list, refunds, disputes)
	attach(list, charges, payouts)
	return s.joinPayers(ctx, b, list)
}

// takenBack reads the refunds and disputes among the sources of movements.
func (s *Store) takenBack(ctx context.Context, b books.Book, sources []string) ([]receivables.Refund, []receivables.Dispute, error) {
	refunds, err := values[receivables.Refund](ctx, s.reader.runner,
		`select doc from refund where tenant = $1 and connection in list($2) and id in list($3) and not deleted`, b.Tenant, b.Sources, sources)
	if err != nil {
		return nil, nil, err
	}
	disputes, err := values[receivables.Dispute](ctx, s.reader.runner,
		`select doc from dispute where tenant = $1 and connection in list($2) and id in list($3) and not deleted`, b.Tenant, b.Sources, sources)
	return refunds, disputes, err
}

// attachBack gives each movement the refund or dispute that is its source.
func attachBack(list []reconcile.Movement, refunds []receivables.Refund, disputes []receivables.Dispute) {
	refund, dispute := map[string]*receivables.Refund{}, map[string]*receivables.Dispute{}
	for i := range refunds {
		refund[refunds[i].ID] = &refunds[i]
	}
	for i := range disputes {
		dispute[disputes[i].ID] = &disputes[i]
	}
	for i := range list {
		list[i].Refund, list[i].Dispute = refund[list[i].Row.Source], dispute[list[i].Row.Source]
	}
}

// Later gives the movements in a state that waits for a document of many, by
// id, each with the payout that took it out.
func (s *Store) Later(ctx context.Context, b books.Book, state reconcile.MovementState) ([]reconcile.Movement, error) {
	var list []reconcile.Movement
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		m := reconcile.Movement{State: state}
		var row document[receivables.BalanceTransaction]
		var payout []byte
		if err := scan(&m.Connection, &row, &payout); err != nil {
			return err
		}
		m.Row = row.value
		list = append(list, m)
		if payout == nil {
			return nil
		}
		list[len(list)-1].Payout = &receivables.Payout{}
		return json.Unmarshal(payout, list[len(list)-1].Payout)
	}, `
		select m.connection, b.doc, p.doc from movement_state m
		join balance_transaction b on b.tenant = m.tenant and b.connection = m.connection and b.id = m.movement and not b.deleted
		left join payout p on p.tenant = b.tenant and p.connection = b.connection and p.id = b.payout and b.payout <> ''
		where m.tenant = $1 and m.connection in list($2) and m.state = $3 order by m.movement`, b.Tenant, b.Sources, string(state))
	if err != nil {
		return nil, fmt.Errorf("store: what is booked together: %w", err)
	}
	return list, nil
}

// Returns gives the movements by which charges were taken back, by a refund, a
// dispute or the payer's bank, in part or in whole. The cross join is for SQLite, which keeps its
// order: the few refunds first, by their charges.
func (s *Store) Returns(ctx context.Context, b books.Book, charges []string) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `
		select b.id from refund r cross join balance_transaction b
			where r.tenant = $1 and r.connection in list($2) and r.charge in list($3)
				and b.tenant = r.tenant and b.connection = r.connection and b.source = r.id
				and b.type <> 'charge' and b.type <> 'payment' and b.source <> '' and not b.deleted
		union select b.id from dispute d cross join balance_transaction b
			where d.tenant = $1 and d.connection in list($2) and d.charge in list($3)
				and b.tenant = d.tenant and b.connection = d.connection and b.source = d.id
				and b.type <> 'charge' and b.type <> 'payment' and b.source <> '' and not b.deleted
		union select failure_movement from charge where tenant = $1 and connection in list($2) and id in list($3) and failure_movement <> ''`,
		b.Tenant, b.Sources, charges)
	if err != nil {
		return nil, fmt.Errorf("store: returns: %w", err)
	}
	slices.Sort(ids)
	return ids, nil
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
		for _, key := range []string{list[i].ChargeID(), list[i].Row.Source, list[i].Row.ID} {
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
