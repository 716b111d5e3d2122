package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/journal"
)

// Unjoin takes a processor's customer apart from a customer of the book's
// ledger: no rule takes the two for one again, and later payments ask somebody.
// What is booked stays. ErrNotFound when they are not joined.
func (s *Store) Unjoin(ctx context.Context, b books.Book, connection, payer, customer, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		var evidence string
		key := []any{b.Tenant, b.ID, connection, payer, customer}
		err := t.one(ctx, &evidence, `select evidence from payer_join where tenant = $1 and book = $2 and connection = $3 and payer = $4 and customer = $5`, key...)
		if err != nil {
			return err
		}
		if _, err := t.run(ctx, `delete from payer_join where tenant = $1 and book = $2 and connection = $3 and payer = $4 and customer = $5`, key...); err != nil {
			return err
		}
		_, err = t.run(ctx, `insert into payer_apart (tenant, book, connection, payer, customer, decided_by, decided_at) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (tenant, book, connection, payer, customer) do update set decided_by = excluded.decided_by, decided_at = excluded.decided_at`,
			append(key, by, instant(at))...)
		if err != nil {
			return err
		}
		return t.journalApart(ctx, b, payer, customer, "was taken apart from", by, at, "Taken apart", "They were joined because "+evidence+".")
	})
	if err != nil {
		return fmt.Errorf("store: take %s apart from customer %q: %w", payer, customer, err)
	}
	return nil
}

// AllowJoin lets rules join the two again. ErrNotFound when nobody has taken
// them apart.
func (s *Store) AllowJoin(ctx context.Context, b books.Book, connection, payer, customer, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from payer_apart where tenant = $1 and book = $2 and connection = $3 and payer = $4 and customer = $5`,
			b.Tenant, b.ID, connection, payer, customer)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		return t.journalApart(ctx, b, payer, customer, "may be joined again to", by, at, "Rules may join them")
	})
	if err != nil {
		return fmt.Errorf("store: let %s be joined to customer %q: %w", payer, customer, err)
	}
	return nil
}

// journalApart records what a person has said about a join.
func (r runner) journalApart(ctx context.Context, b books.Book, payer, customer, what, by string, at time.Time, answer ...string) error {
	var doc document[receivables.Customer]
	err := r.one(ctx, &doc, `select doc from customer where tenant = $1 and connection = $2 and id = $3`, b.Tenant, b.Ledger, customer)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	text, err := exact(answer[0])
	if err != nil {
		return err
	}
	return r.appendJournal(ctx, journal.Entry{
		Tenant: b.Tenant, Book: b.ID, At: at, Kind: journal.KindDecision, Who: by, Answer: json.RawMessage(text),
		Why: fmt.Sprintf("The Stripe customer %s %s %s.", payer, what, cmp.Or(doc.value.Name, "customer "+customer)), Evidence: append([]string{"payer/" + payer + "#join"}, answer...),
	})
}
