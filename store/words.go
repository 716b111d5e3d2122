package store

import (
	"context"
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/receivables"
)

// wordsTable begins the names of the tables of SQLite's index of words.
const wordsTable = "printed_words"

// searchedWords finds invoices on which all words are printed, by their
// beginnings.
func (s *Store) searchedWords(text string, find func(string, ...any) error) error {
	words := mapping.Words(text)
	if len(words) == 0 {
		return nil
	}
	if s.reader.dialect.arrays {
		return find(`select id from invoice where tenant = $1 and connection = $2 and printed <> '' and to_tsvector('simple', printed) @@ to_tsquery('simple', $3)`,
			strings.Join(words, ":* & ")+":*")
	}
	return find(`select o.invoice from printed_words w join printed_words_owner o on o.n = w.rowid
			where o.tenant = $1 and o.connection = $2 and w.printed_words match $3`, strings.Join(words, "* AND ")+"*")
}

// indexWords brings SQLite's index of words up to what the page has changed, in
// two statements for all its invoices: an index that follows each row by a
// trigger is written to the disk after each of them. PostgreSQL has an index of
// its own on the column.
func (w *pageWriter) indexWords(ctx context.Context) error {
	var ids []string
	for _, ref := range w.order {
		if ref.Kind == receivables.KindInvoice {
			ids = append(ids, ref.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return w.t.indexWords(ctx, `i.tenant = $1 and i.connection = $2 and i.id in list($3)`, w.page.Tenant, w.page.Connection, ids)
}

// indexWords indexes the invoices that the condition chooses.
func (r runner) indexWords(ctx context.Context, chosen string, args ...any) error {
	if r.dialect.arrays {
		return nil
	}
	for _, statement := range []string{
		`insert into printed_words_owner (tenant, connection, invoice)
			select i.tenant, i.connection, i.id from invoice i where i.printed <> '' and ` + chosen + ` on conflict do nothing`,
		`insert or replace into printed_words (rowid, printed)
			select o.n, i.printed from invoice i join printed_words_owner o on o.tenant = i.tenant and o.connection = i.connection and o.invoice = i.id
			where ` + chosen,
	} {
		if _, err := r.run(ctx, statement, args...); err != nil {
			return fmt.Errorf("store: index words: %w", err)
		}
	}
	return nil
}
