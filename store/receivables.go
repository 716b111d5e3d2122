package store

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
)

// BookSums is what is open in one currency over a ledger and the processors of
// a book, each invoice counted once.
type BookSums struct {
	// Ledger is what is open in the ledger.
	Ledger OpenSums
	// Billed is open on the processors' own invoices that the ledger does not
	// hold; Asked is the part of it about which a person is asked. Mirrored is
	// open on those that the ledger holds: it is counted there and in no sum.
	Billed, Asked, Mirrored int64
	// Count is how many invoices make up Billed.
	Count int
}

// Total is what customers owe in all: the ledger's invoices less its credits,
// and the processors' own.
func (s BookSums) Total() int64 { return s.Ledger.Net + s.Billed }

// billedOpen joins the processors' open invoices to what they were found to be.
const billedOpen = ` from invoice i
	left join mirror m on m.tenant = i.tenant and m.book = $2 and m.connection = i.connection and m.invoice = i.id
	where i.tenant = $1 and i.connection in list($3) and i.state = 'live' and i.balance <> 0`

// BookReceivables gives what is open in a book, by currency.
func (s *Store) BookReceivables(ctx context.Context, b books.Book) (map[money.Currency]BookSums, error) {
	ledger, err := s.OpenReceivables(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	sums := map[money.Currency]BookSums{}
	for c, open := range ledger {
		sums[c] = BookSums{Ledger: open}
	}
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var state reconcile.MirrorState
		var amount int64
		var count int
		if err := scan(&currency, &state, &amount, &count); err != nil {
			return err
		}
		sum := sums[currency]
		switch state {
		case reconcile.MirrorFound:
			sum.Mirrored += amount
		case reconcile.MirrorAsked:
			sum.Asked += amount
			fallthrough
		default:
			sum.Billed += amount
			sum.Count += count
		}
		sums[currency] = sum
		return nil
	}, `select i.currency, coalesce(m.state, 'own') as standing, cast(sum(i.balance) as bigint), count(*)`+billedOpen+
		` group by i.currency, coalesce(m.state, 'own') order by i.currency, standing`, b.Tenant, b.ID, b.Sources)
	if err != nil {
		return nil, fmt.Errorf("store: open receivables of the book: %w", err)
	}
	return sums, nil
}

// BookAgeing calls yield for every open invoice of a book, those of the
// processors after the ledger's and only where the ledger does not hold them.
// Their customer is the ledger's that the payer is joined to, else the payer.
func (s *Store) BookAgeing(ctx context.Context, b books.Book, yield func(AgeingRow) error) error {
	if err := s.AgeingRows(ctx, b.Tenant, b.Ledger, yield); err != nil {
		return err
	}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		r := AgeingRow{Billed: true}
		var due, issued date
		if err := scan(&r.Customer, &r.Currency, &r.Item.Balance, &due, &issued); err != nil {
			return err
		}
		r.Item.Due, r.Item.Issued = receivables.Date(due), receivables.Date(issued)
		return yield(r)
	}, `select coalesce((select j.customer from payer_join j
			where j.tenant = i.tenant and j.book = $2 and j.connection = i.connection and i.customer = j.payer), i.customer),
		i.currency, i.balance, i.due, i.issued`+billedOpen+` and coalesce(m.state, 'own') <> 'mirrored'`, b.Tenant, b.ID, b.Sources)
	if err != nil {
		return fmt.Errorf("store: ageing of the book: %w", err)
	}
	return nil
}

// BilledSums gives sums over the processors' own invoices, by currency.
func (s *Store) BilledSums(ctx context.Context, b books.Book) ([]proof.BilledSums, error) {
	var list []proof.BilledSums
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.BilledSums
		err := scan(&x.Currency, &x.Open, &x.Mirrored, &x.Asked, &x.Count, &x.Broken)
		list = append(list, x)
		return err
	}, `
		select i.currency, cast(coalesce(sum(i.balance), 0) as bigint),
			cast(coalesce(sum(case when m.state = 'mirrored' then i.balance else 0 end), 0) as bigint),
			cast(coalesce(sum(case when m.state = 'asked' then i.balance else 0 end), 0) as bigint),
			coalesce(sum(case when i.balance <> 0 then 1 else 0 end), 0),
			coalesce(sum(case when i.paid is null or i.credited is null or i.total <> i.balance + i.deposit + i.paid + i.credited then 1 else 0 end), 0)
		from invoice i
		left join mirror m on m.tenant = i.tenant and m.book = $2 and m.connection = i.connection and m.invoice = i.id
		where i.tenant = $1 and i.connection in list($3) and i.state = 'live'
		group by i.currency order by i.currency`, b.Tenant, b.ID, b.Sources)
	if err != nil {
		return nil, fmt.Errorf("store: sums of the processors' invoices: %w", err)
	}
	return list, nil
}
