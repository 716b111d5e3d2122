package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/money"
	"tieout/sync/proof"
)

// maxNames is how many broken invoices are named.
const maxNames = 10

// LedgerSums gives sums over the ledger's documents, by currency. Journals are
// what documents other than invoices, receipts and credits post to accounts
// of type receivable and what receipts have not used of it; their home amount
// is known for documents in the home currency only.
func (s *Store) LedgerSums(ctx context.Context, b books.Book) ([]proof.LedgerSums, error) {
	sums := map[money.Currency]*proof.LedgerSums{}
	of := func(c money.Currency) *proof.LedgerSums {
		if sums[c] == nil {
			sums[c] = &proof.LedgerSums{Currency: c}
		}
		return sums[c]
	}
	var home money.Currency
	row, err := s.Connection(ctx, b.Tenant, b.Ledger)
	if err == nil {
		home = row.Profile.Home
		err = s.sumOpen(ctx, b, of)
	}
	if err == nil {
		err = s.sumJournals(ctx, b, home, of)
	}
	if err == nil {
		err = s.brokenInvoices(ctx, b, of)
	}
	if err != nil {
		return nil, fmt.Errorf("store: ledger sums: %w", err)
	}
	list := make([]proof.LedgerSums, 0, len(sums))
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		list = append(list, *sums[c])
	}
	return list, nil
}

// sumOpen adds up open invoices and open credits.
func (s *Store) sumOpen(ctx context.Context, b books.Book, of func(money.Currency) *proof.LedgerSums) error {
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var side string
		var amount, home int64
		var count int
		if err := scan(&side, &currency, &amount, &home, &count); err != nil {
			return err
		}
		sum := of(currency)
		if side == "invoice" {
			sum.Invoices, sum.HomeInvoices, sum.OpenInvoices = amount, home, count
		} else {
			sum.Credits += amount
			sum.HomeCredits += home
		}
		return nil
	}, openSums, b.Tenant, b.Ledger)
}

// openSums gives the open invoices, credits and receipts of a ledger by
// currency. The conditions on the amounts are those of the partial indexes.
const openSums = `
	select 'invoice', currency, cast(sum(balance) as bigint), cast(sum(home_balance) as bigint), count(*) from invoice
		where tenant = $1 and connection = $2 and state = 'live' and balance <> 0 group by currency
	union all
	select 'credit', currency, cast(sum(remaining) as bigint), cast(sum(home_remaining) as bigint), count(*) from credit
		where tenant = $1 and connection = $2 and state = 'live' and remaining <> 0 group by currency
	union all
	select 'receipt', currency, cast(sum(unapplied) as bigint), cast(sum(home_unapplied) as bigint), count(*) from receipt
		where tenant = $1 and connection = $2 and state = 'live' and unapplied <> 0 group by currency`

// sumJournals adds up, document by document, the open rest of what stands on
// receivable accounts: a receipt that applies a journal to an invoice has
// lowered the invoice's balance by it, or has paid it.
func (s *Store) sumJournals(ctx context.Context, b books.Book, home money.Currency, of func(money.Currency) *proof.LedgerSums) error {
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var currency money.Currency
		var amount, used int64
		if err := scan(&currency, &amount, &used); err != nil {
			return err
		}
		open := openRest(amount, used)
		sum := of(currency)
		sum.Journals += open
		if currency == home {
			sum.HomeJournals += open
		}
		return nil
	}, `
		select g.currency, cast(g.amount as bigint), cast(coalesce(u.amount, 0) as bigint) from
			(select g.id, g.currency, sum(g.amount) as amount from account a
				join posting g on g.tenant = a.tenant and g.connection = a.connection and g.account = a.id and g.kind = 'document' and g.live
				where a.tenant = $1 and a.connection = $2 and a.use = 'receivable' group by g.id, g.currency) g
		left join (select target, sum(abs(amount)) as amount from ledger_allocation
			where tenant = $1 and connection = $2 and target_kind = 'document' and live group by target) u on u.target = g.id
		where g.amount <> 0 order by g.id`, b.Tenant, b.Ledger)
}

// openRest takes what was used, which is not negative, off an amount of either
// sign. Using up never turns it around.
func openRest(amount, used int64) int64 {
	switch {
	case amount > 0:
		return max(amount-used, 0)
	default:
		return min(amount+used, 0)
	}
}

// brokenInvoices finds live invoices whose total is not what its parts add up
// to. Where the ledger states what was paid and credited, those are the parts;
// else what live receipts and credits are applied to the invoice.
func (s *Store) brokenInvoices(ctx context.Context, b books.Book, of func(money.Currency) *proof.LedgerSums) error {
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var id string
		var currency money.Currency
		if err := scan(&id, &currency); err != nil {
			return err
		}
		sum := of(currency)
		sum.Broken++
		if len(sum.Names) < maxNames {
			sum.Names = append(sum.Names, id)
		}
		return nil
	}, `
		select i.id, i.currency from invoice i
		left join (select target, sum(amount) as amount from ledger_allocation
			where tenant = $1 and connection = $2 and target_kind = 'invoice' and live group by target) a on a.target = i.id
		where i.tenant = $1 and i.connection = $2 and i.state = 'live' and i.total <> i.balance + i.deposit +
			case when i.paid is not null or i.credited is not null then coalesce(i.paid, 0) + coalesce(i.credited, 0)
				else coalesce(a.amount, 0) end
		order by i.id`, b.Tenant, b.Ledger)
}
