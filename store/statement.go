package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/reconcile"
	"tieout/sync/statement"
)

// ErrOverlap says that a statement covers days that were imported in another
// format: its lines would stand there twice, because formats name them
// differently.
var ErrOverlap = errors.New("these days were imported in another format")

// ErrWrongAccount says that the statements of one account name two.
var ErrWrongAccount = errors.New("the statement is of another bank account")

// ErrDecided says that a line is no longer open: a person has decided about it,
// or there is none.
var ErrDecided = errors.New("there is no open line of this id")

// Imported is what an import has led to.
type Imported struct {
	Statement string
	// New lines were stored, Known ones stood there already.
	New, Known int
}

var lineTable = newTable("statement_line", 4, "tenant text, book text, account text, id text, statement text, ord bigint, dated date, amount bigint,"+
	" currency text, meaning text, sure bool, payout text, doc jsonb, decided_by text")

// SaveStatements stores statements of a ledger's bank account and those of their
// lines that are new: all of them, or none.
func (s *Store) SaveStatements(ctx context.Context, b books.Book, account string, list []statement.Statement, by string, at time.Time) ([]Imported, error) {
	var out []Imported
	err := s.inTx(ctx, func(t runner) (err error) {
		out, err = t.saveStatements(ctx, b, account, list, by, at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store: save statements: %w", err)
	}
	return out, nil
}

// errTried ends a transaction that only tried something.
var errTried = errors.New("tried")

// TryStatements says what SaveStatements would lead to, and stores nothing.
func (s *Store) TryStatements(ctx context.Context, b books.Book, account string, list []statement.Statement, at time.Time) ([]Imported, error) {
	var out []Imported
	err := s.inTx(ctx, func(t runner) (err error) {
		if out, err = t.saveStatements(ctx, b, account, list, "", at); err == nil {
			err = errTried
		}
		return err
	})
	if !errors.Is(err, errTried) {
		return nil, fmt.Errorf("store: try statements: %w", err)
	}
	return out, nil
}

func (r runner) saveStatements(ctx context.Context, b books.Book, account string, list []statement.Statement, by string, at time.Time) ([]Imported, error) {
	out := make([]Imported, len(list))
	for i, st := range list {
		text, err := encode(st)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(append([]byte(account+"\x00"), text...))
		out[i].Statement = hex.EncodeToString(sum[:8])
		if err := r.overlap(ctx, b, account, st); err != nil {
			return nil, err
		}
		from, to := st.Period()
		_, err = r.run(ctx, `insert into statement (tenant, book, id, account, format, number, currency, period_from, period_to, opening, closing, hash, made_by, made_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) on conflict (tenant, book, id) do nothing`,
			b.Tenant, b.ID, out[i].Statement, account, string(st.Format), clean(st.Account), string(st.Currency), date(from), date(to),
			balanceOf(st.Opening), balanceOf(st.Closing), hex.EncodeToString(sum[:]), by, at)
		if err != nil {
			return nil, err
		}
		if out[i].New, err = r.newLines(ctx, b, account, out[i].Statement, st); err != nil {
			return nil, err
		}
		out[i].Known = len(st.Lines) - out[i].New
	}
	return out, nil
}

// newLines stores those lines of a statement that are not there yet, and says
// how many those were.
func (r runner) newLines(ctx context.Context, b books.Book, account, id string, st statement.Statement) (int, error) {
	before, err := r.countLines(ctx, b, account)
	if err != nil {
		return 0, err
	}
	rows := make([][]any, len(st.Lines))
	for i, l := range st.Lines {
		rows[i] = lineValues(b, account, id, i, l, st.Currency)
	}
	if err := r.write(ctx, lineTable, ` on conflict (tenant, book, account, id) do nothing`, rows); err != nil {
		return 0, err
	}
	after, err := r.countLines(ctx, b, account)
	return after - before, err
}

// lineValues are the columns of a line that nobody has looked at yet.
func lineValues(b books.Book, account, st string, ord int, l statement.Line, currency money.Currency) []any {
	var found statement.Finding
	return []any{
		b.Tenant, b.ID, account, clean(l.ID), st, int64(ord), date(l.On), l.Amount, string(currency),
		string(found.Meaning), found.Sure, found.Payout,
		document[statement.Line]{l},
		"",
	}
}

func balanceOf(b *statement.Balance) any {
	if b == nil {
		return nil
	}
	return b.Amount
}

func (r runner) countLines(ctx context.Context, b books.Book, account string) (int, error) {
	var n int
	err := r.one(ctx, &n, `select count(*) from statement_line where tenant = $1 and book = $2 and account = $3`, b.Tenant, b.ID, account)
	return n, err
}

// overlap refuses what was imported in another format, or of another bank
// account into the same ledger account.
func (r runner) overlap(ctx context.Context, b books.Book, account string, st statement.Statement) error {
	var others []struct{ Format, Number string }
	from, to := st.Period()
	err := r.all(ctx, &others, `select format, number from statement
		where tenant = $1 and book = $2 and account = $3 and (number <> $4 and number <> '' and $4 <> '' or format <> $5 and period_from <= $7 and period_to >= $6) limit 1`,
		b.Tenant, b.ID, account, clean(st.Account), string(st.Format), date(from), date(to))
	switch {
	case err != nil || len(others) == 0:
		return err
	case others[0].Format != string(st.Format):
		return fmt.Errorf("%w: %s, not %s", ErrOverlap, others[0].Format, st.Format)
	}
	return fmt.Errorf("%w: %s, not %s", ErrWrongAccount, st.Account, others[0].Number)
}

// StatementRow is an imported statement.
type StatementRow struct {
	ID, Account, Format, Number string
	Currency                    money.Currency
	From, To                    receivables.Date
	Opening, Closing            *int64
	By                          string
	At                          time.Time
}

// Statements gives what was imported, by account and time.
func (s *Store) Statements(ctx context.Context, b books.Book) ([]StatementRow, error) {
	var list []StatementRow
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var row StatementRow
		var from, to date
		var at instant
		err := scan(&row.ID, &row.Account, &row.Format, &row.Number, &row.Currency, &from, &to, &row.Opening, &row.Closing, &row.By, &at)
		row.From, row.To, row.At = receivables.Date(from), receivables.Date(to), at.time()
		list = append(list, row)
		return err
	}, `select id, account, format, number, currency, period_from, period_to, opening, closing, made_by, made_at from statement
		where tenant = $1 and book = $2 order by account, period_to, id`, b.Tenant, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: statements: %w", err)
	}
	return list, nil
}

// BankLine is a stored line with what was found out about it.
type BankLine struct {
	statement.Line
	// AccountID is the ledger's account.
	AccountID string
	Statement string
	Currency  money.Currency
	Finding   statement.Finding
	// DecidedBy is the person who confirmed it, "" when nobody has.
	DecidedBy string
	DecidedAt time.Time
}

const lineColumns = `account, statement, currency, doc, finding, decided_by, decided_at`

// scanLine reads the columns of lineColumns.
func scanLine(scan func(...any) error) (BankLine, error) {
	var row BankLine
	var line document[statement.Line]
	var finding document[statement.Finding]
	var at instant
	err := scan(&row.AccountID, &row.Statement, &row.Currency, &line, &finding, &row.DecidedBy, &at)
	row.Line, row.Finding, row.DecidedAt = line.value, finding.value, at.time()
	return row, err
}

// BankLines gives the lines of an account between two days, both included; an
// empty account is every one, an empty day no end.
func (s *Store) BankLines(ctx context.Context, b books.Book, account string, from, to receivables.Date) ([]BankLine, error) {
	if to == "" {
		to = "9999-12-31"
	}
	if from == "" {
		from = "0001-01-01"
	}
	var list []BankLine
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		row, err := scanLine(scan)
		list = append(list, row)
		return err
	}, `select `+lineColumns+` from statement_line
		where tenant = $1 and book = $2 and ($3 = '' or account = $3) and dated >= $4 and dated <= $5 order by account, dated, statement, ord, id`,
		b.Tenant, b.ID, account, string(from), string(to))
	if err != nil {
		return nil, fmt.Errorf("store: bank lines: %w", err)
	}
	return list, nil
}

// PayoutLine is a line of a statement in which a payout was seen.
type PayoutLine struct {
	Payout, Account, Line string
	On                    receivables.Date
	Amount                int64
	Currency              money.Currency
	Sure                  bool
}

// PayoutLines gives the lines in which payouts were seen, by payout.
func (s *Store) PayoutLines(ctx context.Context, b books.Book) ([]PayoutLine, error) {
	var list []PayoutLine
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var row PayoutLine
		var on date
		err := scan(&row.Payout, &row.Account, &row.Line, &on, &row.Amount, &row.Currency, &row.Sure)
		row.On = receivables.Date(on)
		list = append(list, row)
		return err
	}, `select payout, account, id, dated, amount, currency, sure from statement_line
		where tenant = $1 and book = $2 and payout <> '' and meaning = 'payout' order by payout, dated, id`, b.Tenant, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: payout lines: %w", err)
	}
	return list, nil
}

// SaveFindings notes what lines stand for. Those that a person has decided stay
// as they are.
func (s *Store) SaveFindings(ctx context.Context, b books.Book, account string, list []statement.Finding) error {
	err := s.inTx(ctx, func(t runner) error {
		for _, f := range list {
			_, err := t.run(ctx, `update statement_line set meaning = $5, sure = $6, payout = $7, finding = $8
				where tenant = $1 and book = $2 and account = $3 and id = $4 and decided_by = ''`,
				b.Tenant, b.ID, account, f.Line, string(f.Meaning), f.Sure, f.Payout, document[statement.Finding]{f})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store: save findings: %w", err)
	}
	return nil
}

// ConfirmLine stores a person's decision about a line, the rules that are
// learned from it, and what it plans, in one transaction under the book's
// lease. A line that was decided before is ErrDecided.
func (s *Store) ConfirmLine(ctx context.Context, l lease.Lease, b books.Book, c statement.Confirmation) error {
	err := s.fenced(ctx, l, func(t runner) error {
		now, err := t.book(ctx, b.Tenant, b.ID, locked)
		if err != nil {
			return err
		}
		if now.Generation != b.Generation {
			return reconcile.ErrSettings
		}
		n, err := t.run(ctx, `update statement_line set meaning = $5, sure = $6, payout = '', finding = $7, decided_by = $8, decided_at = $9
			where tenant = $1 and book = $2 and account = $3 and id = $4 and decided_by = ''`,
			b.Tenant, b.ID, c.Account, c.Finding.Line, string(c.Finding.Meaning), true, document[statement.Finding]{c.Finding}, c.By, c.At)
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrDecided
		}
		if err := t.saveRules(ctx, b, c.Rules); err != nil {
			return err
		}
		p := pass{t: t, book: b, result: reconcile.Result{At: c.At, Parts: c.Parts, Intents: c.Intents}}
		if err := p.parts(ctx); err != nil {
			return err
		}
		return p.intents(ctx)
	})
	if err != nil {
		return fmt.Errorf("store: confirm line: %w", err)
	}
	return nil
}
