package store

import (
	"context"
	"fmt"
	"maps"
	"time"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/schedule"
)

// Destinations are the payouts' destinations seen, with their currency.
func (s *Store) Destinations(ctx context.Context, tenant string, connections []string) (map[string]money.Currency, error) {
	found := map[string]money.Currency{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var destination string
		var currency money.Currency
		if err := scan(&destination, &currency); err != nil {
			return err
		}
		found[destination] = currency
		return nil
	}, `select distinct destination, currency from payout
		where tenant = $1 and connection in list($2) and destination <> '' and not deleted order by destination, currency`, tenant, connections)
	if err != nil {
		return nil, fmt.Errorf("store: destinations: %w", err)
	}
	return found, nil
}

// DestinationsShown are what the processors show of their payouts'
// destinations, by id.
func (s *Store) DestinationsShown(ctx context.Context, tenant string, connections []string) (map[string]receivables.Destination, error) {
	found := map[string]receivables.Destination{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var profile document[connectors.Profile]
		err := scan(&profile)
		maps.Copy(found, profile.value.Destinations)
		return err
	}, `select profile from connection where tenant = $1 and id in list($2)`, tenant, connections)
	if err != nil {
		return nil, fmt.Errorf("store: destinations shown: %w", err)
	}
	return found, nil
}

// PaidTo is what payouts to a destination came to.
type PaidTo struct {
	Destination string
	Currency    money.Currency
	Payouts     int
	// Last is when the newest was made.
	Last time.Time
}

// DestinationsPaid gives what was paid to each destination of payouts.
func (s *Store) DestinationsPaid(ctx context.Context, tenant string, connections []string) ([]PaidTo, error) {
	var list []PaidTo
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var row PaidTo
		var last instant
		err := scan(&row.Destination, &row.Currency, &row.Payouts, &last)
		row.Last = last.time()
		list = append(list, row)
		return err
	}, `select destination, currency, count(*), max(created) from payout
		where tenant = $1 and connection in list($2) and destination <> '' and not deleted group by destination, currency order by destination, currency`, tenant, connections)
	if err != nil {
		return nil, fmt.Errorf("store: destinations paid: %w", err)
	}
	return list, nil
}

// OpeningNet is the sum of net of the movements before the instant, by
// currency; a currency with later movements only has 0.
func (s *Store) OpeningNet(ctx context.Context, tenant string, connections []string, before time.Time) (map[money.Currency]int64, error) {
	sums := map[money.Currency]int64{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var sum int64
		if err := scan(&currency, &sum); err != nil {
			return err
		}
		sums[currency] = sum
		return nil
	}, `select currency, cast(sum(case when created < $3 then net else 0 end) as bigint) from balance_transaction
		where tenant = $1 and connection in list($2) and not deleted group by currency`, tenant, connections, before)
	if err != nil {
		return nil, fmt.Errorf("store: opening net: %w", err)
	}
	return sums, nil
}

// SaveRun writes the record of a round, at its start and again at its end.
func (s *Store) SaveRun(ctx context.Context, l lease.Lease, r schedule.Run) error {
	err := s.fenced(ctx, l, func(t runner) error { return t.saveRun(ctx, r) })
	if err != nil {
		return fmt.Errorf("store: save run: %w", err)
	}
	return nil
}

func (t runner) saveRun(ctx context.Context, r schedule.Run) error {
	_, err := t.run(ctx, `
		insert into run (tenant, id, subject, started, finished, ok, problem, pulled, changed, written, calls)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		on conflict (tenant, id) do update set finished = excluded.finished, ok = excluded.ok, problem = excluded.problem,
			pulled = excluded.pulled, changed = excluded.changed, written = excluded.written, calls = excluded.calls`,
		r.Tenant, r.ID, r.Subject, r.Started, r.Finished, r.OK, r.Problem, kinds{r.Pulled}, kinds{r.Changed}, r.Written, r.Calls)
	return err
}

// kinds is a count by kind, as JSON.
type kinds = document[map[receivables.Kind]int]
