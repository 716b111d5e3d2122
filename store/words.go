package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"strings"

	"tieout/mapping"
	"tieout/receivables"
)

// wordsTable begins the names of the tables of SQLite's index of words.
const wordsTable = "printed_words"

// searchedWords finds invoices on which all words are printed; where no invoice
// has them whole, by their beginnings, which all have to be brought together
// before the first is found.
func (s *Store) searchedWords(ctx context.Context, tenant, connection, text string, ids map[string]bool, find func(string, ...any) error) error {
	words := mapping.Words(text)
	if len(words) == 0 {
		return nil
	}
	if !s.reader.dialect.arrays {
		var printed bool
		err := s.reader.one(ctx, &printed, `select exists (select 1 from printed_words_owner where tenant = $1 and connection = $2)`, tenant, connection)
		if err != nil || !printed {
			return err
		}
	}
	before := len(ids)
	for _, ending := range []string{"", "*"} {
		var err error
		if s.reader.dialect.arrays {
			ending = strings.Replace(ending, "*", ":*", 1)
			err = find(`select id from invoice where tenant = $1 and connection = $2 and printed <> '' and to_tsvector('simple', printed) @@ to_tsquery('simple', $3)`,
				strings.Join(words, ending+" & ")+ending)
		} else {
			err = find(`select o.invoice from printed_words w join printed_words_owner o on o.n = w.rowid
				where o.tenant = $1 and o.connection = $2 and w.printed_words match $3`,
				ownerWord(tenant, connection)+" AND "+strings.Join(words, ending+" AND ")+ending)
		}
		if err != nil || len(ids) > before {
			return err
		}
	}
	return nil
}

// ownerWord stands among the words of every invoice of a connection, so that
// SQLite looks at no other's.
func ownerWord(tenant, connection string) string {
	return "c" + hex.EncodeToString([]byte(tenant+"/"+connection))
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
			select o.n, 'c' || lower(hex(o.tenant || '/' || o.connection)) || ' ' || i.printed from invoice i join printed_words_owner o on o.tenant = i.tenant and o.connection = i.connection and o.invoice = i.id
			where ` + chosen,
	} {
		if _, err := r.run(ctx, statement, args...); err != nil {
			return fmt.Errorf("store: index words: %w", err)
		}
	}
	return nil
}
