package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"tieout/books"
	"tieout/mapping"
	"tieout/money"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

const bookColumns = `tenant, id, name, ledger, generation, cut_over, from_payout, opening, accounts, settings, writes, zone, created_at`

type bookRow struct {
	Tenant, ID, Name, Ledger string
	Generation               int64
	CutOver                  instant                      `db:"cut_over"`
	From                     document[*books.PayoutStart] `db:"from_payout"`
	Opening                  document[map[money.Currency]int64]
	Accounts                 document[mapping.Accounts]
	Settings                 document[books.Settings]
	Writes                   bool
	Zone                     string
	CreatedAt                instant `db:"created_at"`
}

func (r bookRow) book() books.Book {
	return books.Book{
		Tenant: r.Tenant, ID: r.ID, Name: r.Name, Ledger: r.Ledger, Generation: r.Generation, CutOver: r.CutOver.pointer(), From: r.From.value,
		Opening: r.Opening.value, Accounts: r.Accounts.value, Settings: r.Settings.value, Writes: r.Writes,
		Zone: r.Zone, CreatedAt: r.CreatedAt.time(),
	}
}

// sourcesOf fills in the books' sources.
func (r runner) sourcesOf(ctx context.Context, tenant string, list []books.Book) error {
	var rows []struct{ Book, Connection string }
	ids, at := make([]string, len(list)), map[string]int{}
	for i, b := range list {
		ids[i], at[b.ID] = b.ID, i
	}
	err := r.all(ctx, &rows, `select book, connection from book_source where tenant = $1 and book in list($2) order by book, position`, tenant, ids)
	if err != nil {
		return err
	}
	for _, row := range rows {
		one := &list[at[row.Book]]
		one.Sources = append(one.Sources, row.Connection)
	}
	return nil
}

// Books gives the tenant's books, by id.
func (s *Store) Books(ctx context.Context, tenant string) ([]books.Book, error) {
	var rows []bookRow
	err := s.reader.all(ctx, &rows, `select `+bookColumns+` from book where tenant = $1 order by created_at, id`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: books: %w", err)
	}
	list := make([]books.Book, len(rows))
	for i, r := range rows {
		list[i] = r.book()
	}
	if err := s.reader.sourcesOf(ctx, tenant, list); err != nil {
		return nil, fmt.Errorf("store: books: %w", err)
	}
	return list, nil
}

// Book gives one book; ErrNotFound when there is none.
func (s *Store) Book(ctx context.Context, tenant, id string) (books.Book, error) {
	b, err := s.reader.book(ctx, tenant, id, "")
	if err != nil {
		return books.Book{}, fmt.Errorf("store: book %q: %w", id, err)
	}
	return b, nil
}

// locked ends a select whose rows are about to be changed.
const locked = " /*lock*/"

func (r runner) book(ctx context.Context, tenant, id, lock string) (books.Book, error) {
	var row bookRow
	err := r.one(ctx, &row, `select `+bookColumns+` from book where tenant = $1 and id = $2`+lock, tenant, id)
	if err != nil {
		return books.Book{}, err
	}
	one := []books.Book{row.book()}
	err = r.sourcesOf(ctx, tenant, one)
	return one[0], err
}

// SaveBook makes a book with generation 1, or changes its settings: the
// generation grows when anything differs. The change must have been made on
// the newest generation (reconcile.ErrSettings else). Writes is taken when the
// book is made; later only SwitchWrites changes it. The journal says so.
func (s *Store) SaveBook(ctx context.Context, b books.Book, at time.Time) (books.Book, error) {
	err := s.inTx(ctx, func(t runner) error {
		if err := t.tenant(ctx, b.Tenant); err != nil {
			return err
		}
		old, err := t.book(ctx, b.Tenant, b.ID, locked)
		switch {
		case errors.Is(err, ErrNotFound):
			return t.makeBook(ctx, b, at)
		case err != nil:
			return err
		case old.Generation != b.Generation:
			return reconcile.ErrSettings
		}
		return t.changeBook(ctx, old, b, at)
	})
	if err != nil {
		return books.Book{}, fmt.Errorf("store: save book: %w", err)
	}
	return s.Book(ctx, b.Tenant, b.ID)
}

func bookValues(b books.Book) []any {
	return []any{
		b.Tenant, b.ID, b.Name, b.Ledger, b.CutOver,
		document[*books.PayoutStart]{b.From},
		document[map[money.Currency]int64]{b.Opening},
		document[mapping.Accounts]{b.Accounts},
		document[books.Settings]{b.Settings},
		b.Zone,
	}
}

func (r runner) makeBook(ctx context.Context, b books.Book, at time.Time) error {
	_, err := r.run(ctx, `
		insert into book (tenant, id, name, ledger, cut_over, from_payout, opening, accounts, settings, zone, writes, created_at, generation)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)`, append(bookValues(b), b.Writes, b.CreatedAt)...)
	if err != nil {
		return err
	}
	if err := r.journalBook(ctx, nil, b, at); err != nil {
		return err
	}
	return r.saveSources(ctx, b)
}

func (r runner) changeBook(ctx context.Context, old, b books.Book, at time.Time) error {
	b.Writes, b.CreatedAt, b.Generation = old.Writes, old.CreatedAt, old.Generation
	before, err := encode(old)
	if err != nil {
		return err
	}
	if b.CutOver != nil {
		// The database keeps microseconds in UTC.
		at := b.CutOver.UTC().Truncate(time.Microsecond)
		b.CutOver = &at
	}
	after, err := encode(b)
	if err != nil || bytes.Equal(before, after) {
		return err
	}
	_, err = r.run(ctx, `
		update book set name = $3, ledger = $4, cut_over = $5, from_payout = $6, opening = $7, accounts = $8, settings = $9, zone = $10,
			generation = generation + 1
		where tenant = $1 and id = $2`, bookValues(b)...)
	if err != nil {
		return err
	}
	if err := r.journalBook(ctx, &old, b, at); err != nil {
		return err
	}
	return r.saveSources(ctx, b)
}

// saveSources replaces the book's sources. A source of another book is
// ErrDuplicate: a processor's account feeds one book only.
func (r runner) saveSources(ctx context.Context, b books.Book) error {
	if _, err := r.run(ctx, `delete from book_source where tenant = $1 and book = $2`, b.Tenant, b.ID); err != nil {
		return err
	}
	for i, source := range b.Sources {
		_, err := r.run(ctx, `insert into book_source (tenant, connection, book, position) values ($1, $2, $3, $4)`, b.Tenant, source, b.ID, i)
		if err != nil {
			return err
		}
	}
	return nil
}

// SwitchWrites turns writing on, so that previews become plans, or off, so
// that plans that were not sent become previews again. Nothing happens when
// the book stands so already. An external account that another book of the
// installation writes to is ErrDuplicate.
func (s *Store) SwitchWrites(ctx context.Context, b books.Book, on bool, at time.Time) error {
	err := s.inTx(ctx, func(t runner) error {
		if on {
			if err := t.onlyWriter(ctx, b); err != nil {
				return err
			}
		}
		n, err := t.run(ctx, `update book set writes = $3, generation = generation + 1 where tenant = $1 and id = $2 and writes <> $3`,
			b.Tenant, b.ID, on)
		if err != nil || n == 0 {
			return err
		}
		from, to := push.StatePlanned, push.StatePreview
		if on {
			from, to = to, from
		}
		if err := t.turnPlans(ctx, b, string(from), string(to), at); err != nil {
			return err
		}
		return t.journalWrites(ctx, b, on, at)
	})
	if err != nil {
		return fmt.Errorf("store: switch writes of %q: %w", b.ID, err)
	}
	return nil
}

// turnPlans moves what was never sent from one state to the other. An intent
// that was tried already stays planned: something of it may be on its way.
func (r runner) turnPlans(ctx context.Context, b books.Book, from, to string, at time.Time) error {
	_, err := r.run(ctx, `update part set state = $4 where tenant = $1 and book = $2 and state = $3 and intent in
		(select id from intent where tenant = $1 and book = $2 and state = $3 and attempts = 0)`, b.Tenant, b.ID, from, to)
	if err != nil {
		return err
	}
	_, err = r.run(ctx, `update intent set state = $4, updated_at = $5 where tenant = $1 and book = $2 and state = $3 and attempts = 0`,
		b.Tenant, b.ID, from, to, at)
	return err
}

// onlyWriter makes sure that no other book writes to the book's external
// accounts, in whatever tenant: the one statement that looks beyond its own.
func (r runner) onlyWriter(ctx context.Context, b books.Book) error {
	var others int
	err := r.one(ctx, &others, `
		select count(*) from connection mine
		join connection theirs on theirs.vendor = mine.vendor and theirs.external_id = mine.external_id
		join book o on o.tenant = theirs.tenant and o.writes and (o.ledger = theirs.id or exists
			(select 1 from book_source s where s.tenant = o.tenant and s.book = o.id and s.connection = theirs.id))
		where mine.tenant = $1 and (mine.id = $3 or mine.id in list($4)) and not (o.tenant = $1 and o.id = $2)`,
		b.Tenant, b.ID, b.Ledger, b.Sources)
	if err != nil {
		return err
	}
	if others > 0 {
		return fmt.Errorf("another book writes to an account of this one: %w", ErrDuplicate)
	}
	return nil
}
