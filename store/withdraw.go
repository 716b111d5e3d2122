package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// WithdrawAnswer takes an answer back on which nothing has acted yet; the
// question is open again. ErrState once a pass has acted or is acting on it: what
// that has done is undone, not withdrawn.
func (s *Store) WithdrawAnswer(ctx context.Context, tenant, book, id, by string, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		b, err := t.book(ctx, tenant, book, "")
		if err != nil {
			return err
		}
		// With its row locked nobody takes the lease until this is done.
		var held struct {
			Holder string
			Until  instant `db:"held_until"`
		}
		err = t.one(ctx, &held, `select holder, held_until from lease where tenant = $1 and name = $2 /*lock*/`, tenant, "book/"+book)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if held.Holder != "" && held.Until.time().After(at) {
			return ErrState
		}
		var row decisionRow
		if err := t.one(ctx, &row, `select `+decisionColumns+` from decision where tenant = $1 and book = $2 and id = $3`, tenant, book, id); err != nil {
			return err
		}
		// The answer has marked what the question is about; a pass removes the
		// mark.
		var marked int
		about := row.Subject[strings.LastIndexByte(row.Subject, '/')+1:]
		err = t.one(ctx, &marked, `select count(*) from mark where tenant = $1 and connection in list($2) and external_id in list($3)`,
			tenant, append([]string{b.Ledger}, b.Sources...), []string{about, b.ID})
		if err == nil && marked == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		n, err := t.run(ctx, `update decision set answer = '', decided_by = '', answered_at = null
			where tenant = $1 and book = $2 and id = $3 and answer <> '' and closed_at is null`, tenant, book, id)
		if err == nil && n == 0 {
			err = ErrState
		}
		if err != nil {
			return err
		}
		said := optionOf(row.Options.value, row.Answer)
		said.Key, said.Text = "withdrawn: "+said.Key, "withdrawn: "+cmp.Or(said.Text, said.Key)
		return t.journalAnswer(ctx, b, row, said, by, at)
	})
	if err != nil {
		return fmt.Errorf("store: withdraw the answer to %s: %w", id, err)
	}
	return nil
}
