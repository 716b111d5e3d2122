package store

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/links"
	"tieout/receivables"
)

// CustomerRecord is what the ledger has of a customer: what is open, and the
// newest invoices, receipts and credits, each bounded.
type CustomerRecord struct {
	Customer receivables.Customer
	// Open are the open invoices, the oldest first; Invoices all, the newest
	// first. Cut says that either is not all there is.
	Open, Invoices []receivables.Invoice
	Cut            bool
	Receipts       []receivables.Receipt
	Credits        []receivables.Credit
	// Joined are the processor's customers that are taken for this one, Apart
	// those that a person has taken apart from it.
	Joined, Apart []Joined
}

// Joined is a processor's customer that is taken for one of the ledger's.
type Joined struct {
	Connection, Payer, Evidence string
	Name, Email                 string
	// By and At are who has taken the two apart, and when.
	By string
	At time.Time
}

// CustomerRecord reads a customer of the book's ledger with at most limit of
// each kind of document, the newest first; ErrNotFound when there is none.
func (s *Store) CustomerRecord(ctx context.Context, b books.Book, id string, limit int) (CustomerRecord, error) {
	var out CustomerRecord
	var doc document[receivables.Customer]
	err := s.reader.one(ctx, &doc, `select doc from customer where tenant = $1 and connection = $2 and id = $3`, b.Tenant, b.Ledger, id)
	out.Customer = doc.value
	if err == nil {
		out.Invoices, err = values[receivables.Invoice](ctx, s.reader.runner, `select doc from invoice where tenant = $1 and connection = $2 and customer = $3
			and not deleted order by issued desc, id desc limit $4`, b.Tenant, b.Ledger, id, limit)
	}
	if err == nil {
		out.Open, err = values[receivables.Invoice](ctx, s.reader.runner, `select doc from invoice where tenant = $1 and connection = $2 and customer = $3
			and state = 'live' and balance <> 0 order by coalesce(due, issued), id limit $4`, b.Tenant, b.Ledger, id, limit)
		out.Cut = len(out.Open) == limit || len(out.Invoices) == limit
	}
	if err == nil {
		out.Receipts, err = values[receivables.Receipt](ctx, s.reader.runner, `select doc from receipt where tenant = $1 and connection = $2 and customer = $3
			and not deleted order by dated desc, id desc limit $4`, b.Tenant, b.Ledger, id, limit)
	}
	if err == nil {
		out.Credits, err = values[receivables.Credit](ctx, s.reader.runner, `select doc from credit where tenant = $1 and connection = $2 and customer = $3
			and not deleted order by id desc limit $4`, b.Tenant, b.Ledger, id, limit)
	}
	if err == nil {
		err = s.reader.each(ctx, func(scan func(...any) error) error {
			var j Joined
			var payer document[receivables.Payer]
			var at instant
			err := scan(&j.Connection, &j.Payer, &j.Evidence, &j.By, &at, &payer)
			j.Name, j.Email, j.At = payer.value.Name, payer.value.Email, at.time()
			if j.By == "" {
				out.Joined = append(out.Joined, j)
			} else {
				out.Apart = append(out.Apart, j)
			}
			return err
		}, `select j.connection, j.payer, j.evidence, j.by_whom, j.at, p.doc from (
				select tenant, connection, payer, evidence, '' as by_whom, null as at from payer_join where tenant = $1 and book = $2 and customer = $3
				union all
				select tenant, connection, payer, '', decided_by, decided_at from payer_apart where tenant = $1 and book = $2 and customer = $3) j
			left join payer p on p.tenant = j.tenant and p.connection = j.connection and p.id = j.payer
			order by j.connection, j.payer`, b.Tenant, b.ID, id)
	}
	if err != nil {
		return out, fmt.Errorf("store: customer %q: %w", id, err)
	}
	return out, nil
}

// Recorded is a version of a vendor's object.
type Recorded struct {
	At time.Time
	// Changed is when the vendor says that it changed; nil where it does not say.
	Changed           *time.Time
	Deleted, Rejected bool
	// Invoice is what it said; nil where that version is not kept.
	Invoice *receivables.Invoice
}

// InvoiceHistory gives the versions of an invoice, the oldest first.
func (s *Store) InvoiceHistory(ctx context.Context, tenant, connection, id string) ([]Recorded, error) {
	var out []Recorded
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var r Recorded
		var at, changed instant
		var now, past document[*receivables.Invoice]
		err := scan(&at, &changed, &r.Deleted, &r.Rejected, &now, &past)
		r.At, r.Changed, r.Invoice = at.time(), changed.pointer(), now.value
		if r.Invoice == nil {
			r.Invoice = past.value
		}
		out = append(out, r)
		return err
	}, `select v.recorded_at, v.changed_at, v.deleted, v.rejected, i.doc, p.doc from version v
		left join invoice i on i.tenant = v.tenant and i.connection = v.connection and i.id = v.external_id and i.seq = v.seq
		left join past p on p.tenant = v.tenant and p.connection = v.connection and p.kind = v.kind and p.external_id = v.external_id and p.seq = v.seq
		where v.tenant = $1 and v.connection = $2 and v.kind = 'invoice' and v.external_id = $3 order by v.seq`, tenant, connection, id)
	if err != nil {
		return nil, fmt.Errorf("store: versions of invoice %q: %w", id, err)
	}
	return out, nil
}

// Asked is a question that somebody was asked, closed or not.
type Asked struct {
	Subject, Kind string
	// Text is the question with what it is about.
	Text string
	// Answer is in the words of the option chosen; "" while there is none.
	Answer, By string
	At         time.Time
	AnsweredAt *time.Time
}

// QuestionsAbout gives all questions about subjects ("invoice/42",
// "movement/txn_1"), the oldest first, closed ones included.
func (s *Store) QuestionsAbout(ctx context.Context, b books.Book, subjects []string) ([]Asked, error) {
	var rows []decisionRow
	err := s.reader.all(ctx, &rows, `select `+decisionColumns+` from decision where tenant = $1 and book = $2 and subject in list($3) order by opened_at, id`,
		b.Tenant, b.ID, subjects)
	if err != nil {
		return nil, fmt.Errorf("store: questions: %w", err)
	}
	out := make([]Asked, len(rows))
	for i, r := range rows {
		out[i] = Asked{Subject: r.Subject, Kind: r.Kind, Text: r.decision().Text(), By: r.By, At: r.OpenedAt.time(), AnsweredAt: r.AnsweredAt.pointer()}
		if r.Answer != "" {
			option := optionOf(r.Options.value, r.Answer)
			out[i].Answer = cmp.Or(option.Text, option.Key)
		}
	}
	return out, nil
}

// BookOfLedger is the book that a ledger's connection belongs to; ErrNotFound
// when there is none.
func (s *Store) BookOfLedger(ctx context.Context, tenant, connection string) (books.Book, error) {
	all, err := s.Books(ctx, tenant)
	if err != nil {
		return books.Book{}, err
	}
	for _, b := range all {
		if b.Ledger == connection {
			return b, nil
		}
	}
	return books.Book{}, fmt.Errorf("store: book of ledger %q: %w", connection, ErrNotFound)
}

// InvoiceMovements are the ids of the payments that were found to pay an
// invoice.
func (s *Store) InvoiceMovements(ctx context.Context, b books.Book, invoice string) ([]string, error) {
	var ids []string
	err := s.reader.all(ctx, &ids, `select distinct movement from allocation where tenant = $1 and book = $2 and invoice = $3 order by movement`, b.Tenant, b.ID, invoice)
	if err != nil {
		return nil, fmt.Errorf("store: payments of invoice %q: %w", invoice, err)
	}
	return ids, nil
}

// InvoiceLinks are all generations of an invoice's payment link, the oldest
// first.
func (s *Store) InvoiceLinks(ctx context.Context, b books.Book, invoice string) ([]links.Link, error) {
	return s.linksOf(ctx, b, []string{invoice})
}
