package store

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/links"
	"tieout/money"
)

const linkColumns = `tenant, book, invoice, generation, state, id, url, amount, currency, shown, seen, sent_before, why, created_at, own`

var linkTable = newTable("link", 4, "tenant text, book text, invoice text, generation bigint, state text, id text, url text,"+
	" amount bigint, currency text, shown boolean, seen boolean, sent_before boolean, why text, created_at timestamptz, own boolean")

type linkRow struct {
	Tenant, Book, Invoice string
	Generation            int
	State, ID, URL        string
	Amount                int64
	Currency              string
	Shown, Seen           bool
	SentBefore            bool `db:"sent_before"`
	Why                   string
	CreatedAt             instant `db:"created_at"`
	Own                   bool
}

func (r linkRow) link() links.Link {
	return links.Link{
		Tenant: r.Tenant, Book: r.Book, Invoice: r.Invoice, Generation: r.Generation, State: links.State(r.State), ID: r.ID, URL: r.URL,
		Amount: r.Amount, Currency: money.Currency(r.Currency), Shown: r.Shown, Seen: r.Seen, SentBefore: r.SentBefore,
		Why: r.Why, CreatedAt: r.CreatedAt.time(), Own: r.Own,
	}
}

func linkValues(l links.Link) []any {
	return []any{
		l.Tenant, l.Book, l.Invoice, l.Generation, string(l.State), l.ID, l.URL, l.Amount, string(l.Currency),
		l.Shown, l.Seen, l.SentBefore, l.Why, instant(l.CreatedAt), l.Own,
	}
}

// LinksByID gives link rows by the processor's ids.
func (s *Store) LinksByID(ctx context.Context, b books.Book, ids []string) ([]links.Link, error) {
	return s.links(ctx, `id in list($3) and id <> ''`, b, ids)
}

// LinksOf gives the newest link of each of the invoices that have one, by
// invoice.
func (s *Store) LinksOf(ctx context.Context, b books.Book, invoices []string) (map[string]links.Link, error) {
	list, err := s.linksOf(ctx, b, invoices)
	out := map[string]links.Link{}
	for _, l := range list {
		if l.Generation >= out[l.Invoice].Generation {
			out[l.Invoice] = l
		}
	}
	return out, err
}

// linksOf gives every generation of the links of invoices, the newest last.
func (s *Store) linksOf(ctx context.Context, b books.Book, invoices []string) ([]links.Link, error) {
	return s.links(ctx, `invoice in list($3)`, b, invoices)
}

func (s *Store) links(ctx context.Context, where string, b books.Book, list []string) ([]links.Link, error) {
	if len(list) == 0 {
		return nil, nil
	}
	var rows []linkRow
	err := s.reader.all(ctx, &rows, `select `+linkColumns+` from link where tenant = $1 and book = $2 and `+where+
		` order by invoice, generation`, b.Tenant, b.ID, list)
	if err != nil {
		return nil, fmt.Errorf("store: links: %w", err)
	}
	out := make([]links.Link, len(rows))
	for i, r := range rows {
		out[i] = r.link()
	}
	return out, nil
}
