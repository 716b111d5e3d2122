package store

import (
	"cmp"
	"context"
	"fmt"

	"tieout/books"
	"tieout/receivables"
)

// LineState is which lines of statements are asked for.
type LineState string

// All lines are asked for by "". A line to confirm is a payment of invoices that
// nobody has confirmed, an open one any other that nothing explains for sure.
const (
	LinesToConfirm LineState = "confirm"
	LinesOpen      LineState = "open"
)

// where is the condition of a state, on rows of statement_line.
func (s LineState) where() string {
	switch s {
	case LinesToConfirm:
		return ` and decided_by = '' and meaning = 'receipt'`
	case LinesOpen:
		return ` and decided_by = '' and not sure and meaning <> 'receipt'`
	}
	return ""
}

// LinePlace is a line's place among all of a book, the newest first.
type LinePlace struct {
	On          receivables.Date
	Account, ID string
}

// LineQuery asks for lines of statements; what is empty asks for all.
type LineQuery struct {
	Account, Line, Payout string
	State                 LineState
	// Before is where the list goes on; its zero value is its beginning.
	Before LinePlace
	Limit  int
}

// ListBankLines gives lines of a book's statements, the newest first.
func (s *Store) ListBankLines(ctx context.Context, b books.Book, query LineQuery) ([]BankLine, error) {
	var list []BankLine
	before := query.Before
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		row, err := scanLine(scan)
		list = append(list, row)
		return err
	}, `select `+lineColumns+` from statement_line
		where tenant = $1 and book = $2 and ($3 = '' or account = $3) and ($4 = '' or id = $4) and ($5 = '' or payout = $5)
			and (dated, account, id) < ($6, $7, $8)`+query.State.where()+` order by dated desc, account desc, id desc limit $9`,
		b.Tenant, b.ID, query.Account, query.Line, query.Payout, string(cmp.Or(before.On, "9999-12-31")), before.Account, before.ID, query.Limit)
	if err != nil {
		return nil, fmt.Errorf("store: list bank lines: %w", err)
	}
	return list, nil
}

// BankSummary is what was imported of an account.
type BankSummary struct {
	Account string
	// Lines are all, Confirm and Open those of the states of that name.
	Lines, Confirm, Open int
	From, To             receivables.Date
}

// BankSummaries gives those of all accounts of a book that have lines.
func (s *Store) BankSummaries(ctx context.Context, b books.Book) ([]BankSummary, error) {
	var list []BankSummary
	count := func(state LineState) string {
		return `coalesce(sum(case when true` + state.where() + ` then 1 else 0 end), 0)`
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var row BankSummary
		var from, to date
		err := scan(&row.Account, &row.Lines, &row.Confirm, &row.Open, &from, &to)
		row.From, row.To = receivables.Date(from), receivables.Date(to)
		list = append(list, row)
		return err
	}, `select account, count(*), `+count(LinesToConfirm)+`, `+count(LinesOpen)+`, min(dated), max(dated) from statement_line
		where tenant = $1 and book = $2 group by account order by account`, b.Tenant, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: bank summaries: %w", err)
	}
	return list, nil
}
