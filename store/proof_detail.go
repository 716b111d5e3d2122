package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
)

// far is a day after all others.
const far = "9999-12-31"

// maxEntries bounds how many documents a difference is broken down to.
const maxEntries = 50

// ClearingSums adds up what the live documents do to each clearing account up
// to and on a date, by the currency that the account is for. An empty date
// sets no end.
func (s *Store) ClearingSums(ctx context.Context, b books.Book, upTo receivables.Date) (map[money.Currency]int64, error) {
	sums := map[money.Currency]int64{}
	end := string(upTo)
	if end == "" {
		end = far
	}
	for _, currency := range slices.Sorted(maps.Keys(b.Accounts.Clearing)) {
		var sum int64
		err := s.reader.one(ctx, &sum, `
			select cast(coalesce(sum(g.amount), 0) as bigint) from `+accountPosting+` g
			where g.tenant = $1 and g.connection = $2 and g.account = $3 and g.live and g.dated <= $4`,
			b.Tenant, b.Ledger, b.Accounts.Clearing[currency], end)
		if err != nil {
			return nil, fmt.Errorf("store: clearing sums: %w", err)
		}
		sums[currency] = sum
	}
	return sums, nil
}

// LaterEntries gives the live documents on the clearing accounts that are dated
// after a day; those of ours name a movement.
func (s *Store) LaterEntries(ctx context.Context, b books.Book, after receivables.Date) ([]proof.LedgerEntry, error) {
	list, err := s.entries(ctx, `
		select g.kind, g.id, g.currency, cast(sum(g.amount) as bigint), min(g.dated), coalesce(min(a.movement), '')
		from `+accountPosting+` g
		left join (select doc_kind, doc_id, min(movement) as movement from part
			where tenant = $1 and book = $3 and doc_id <> '' group by doc_kind, doc_id) a on a.doc_kind = g.kind and a.doc_id = g.id
		where g.tenant = $1 and g.connection = $2 and g.account in list($4) and g.live and g.dated > $5
		group by g.kind, g.id, g.currency having sum(g.amount) <> 0 order by min(g.dated), g.kind, g.id`,
		b.Tenant, b.Ledger, b.ID, clearingAccounts(b), string(after))
	if err != nil {
		return nil, fmt.Errorf("store: later entries: %w", err)
	}
	return list, nil
}

// Strangers gives live documents on the clearing accounts since the cut-over
// that no part and no adoption stands behind, the largest first.
func (s *Store) Strangers(ctx context.Context, b books.Book, upTo receivables.Date) ([]proof.LedgerEntry, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	list, err := s.entries(ctx, `
		select g.kind, g.id, g.currency, cast(sum(g.amount) as bigint), min(g.dated), '' from `+accountPosting+` g
		where g.tenant = $1 and g.connection = $2 and g.account in list($4) and g.live and g.dated >= $5 and g.dated <= $6
			and `+notOurs("g.kind", "g.id")+`
		group by g.kind, g.id, g.currency having sum(g.amount) <> 0 order by abs(sum(g.amount)) desc, g.kind, g.id limit `+fmt.Sprint(maxEntries),
		b.Tenant, b.Ledger, b.ID, clearingAccounts(b), string(b.Opened()), string(upTo))
	if err != nil {
		return nil, fmt.Errorf("store: strangers on clearing: %w", err)
	}
	return list, nil
}

// notOurs is the condition that no part of the book $3 has a document as its
// own, and that no payment has adopted it.
func notOurs(kind, id string) string {
	return `not exists (select 1 from part a where a.tenant = $1 and a.book = $3 and a.doc_kind = ` + kind + ` and a.doc_id = ` + id + ` and a.doc_id <> '')
		and not exists (select 1 from allocation l where l.tenant = $1 and l.book = $3 and l.adopted = ` + id + ` and l.adopted <> '' and ` + kind + ` = 'receipt')`
}

func (s *Store) entries(ctx context.Context, statement string, args ...any) ([]proof.LedgerEntry, error) {
	var list []proof.LedgerEntry
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.LedgerEntry
		var day date
		if err := scan(&x.Ref.Kind, &x.Ref.ID, &x.Currency, &x.Amount, &day, &x.Movement); err != nil {
			return err
		}
		x.Date = receivables.Date(day)
		list = append(list, x)
		return nil
	}, statement, args...)
	return list, err
}

// AccountSum adds up what live documents do to an account, by their currency.
// An invoice posts to the accounts of its lines, which are not pulled as
// postings: those of ours that take a returned or disputed payment back count
// with their parts, in the currency in which those were settled.
func (s *Store) AccountSum(ctx context.Context, b books.Book, account string) (map[money.Currency]int64, error) {
	sums := map[money.Currency]int64{}
	add := func(scan func(...any) error) error {
		var c money.Currency
		var n int64
		if err := scan(&c, &n); err != nil {
			return err
		}
		sums[c] += n
		return nil
	}
	err := s.reader.each(ctx, add, `select g.currency, cast(sum(g.amount) as bigint) from `+accountPosting+` g
		where g.tenant = $1 and g.connection = $2 and g.account = $3 and g.live group by g.currency`, b.Tenant, b.Ledger, account)
	purpose := "loss"
	if account == b.Accounts.Returned {
		purpose = "reopen"
	}
	if err == nil {
		err = s.reader.each(ctx, add, `select t.currency, cast(-sum(a.amount) as bigint) from part a
			join balance_transaction t on t.tenant = a.tenant and t.connection in list($5) and t.id = a.movement
			join invoice i on i.tenant = a.tenant and i.connection = $2 and i.id = a.doc_id and i.state = 'live'
			where a.tenant = $1 and a.book = $3 and a.purpose = $4 and a.doc_kind = 'invoice' and a.doc_id <> '' group by t.currency`,
			b.Tenant, b.Ledger, b.ID, purpose, b.Sources)
	}
	if err != nil {
		return nil, fmt.Errorf("store: sum of account %s: %w", account, err)
	}
	return sums, nil
}

// Returned gives the movements whose way over the account 'Returned payments'
// is not complete.
func (s *Store) Returned(ctx context.Context, b books.Book) ([]proof.ReturnedCheck, error) {
	var list []proof.ReturnedCheck
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.ReturnedCheck
		var created instant
		if err := scan(&x.Movement, &x.Currency, &x.Spent, &x.Invoiced, &created); err != nil {
			return err
		}
		x.Created = created.time()
		list = append(list, x)
		return nil
	}, `
		select e.movement, t.currency, cast(sum(e.spent) as bigint), cast(sum(e.invoiced) as bigint), min(t.created) from (
			select `+returnOf+`, g.amount as spent, 0 as invoiced from `+accountPosting+` g
				join (select distinct doc_kind, doc_id, movement, purpose from part where tenant = $1 and book = $2 and doc_id <> '') a
					on a.doc_kind = g.kind and a.doc_id = g.id
				where g.tenant = $1 and g.connection = $4 and g.account = $5 and g.live
			union all
			select a.movement, 0, a.amount from part a
				join invoice i on i.tenant = a.tenant and i.connection = $4 and i.id = a.doc_id and i.state = 'live'
				where a.tenant = $1 and a.book = $2 and a.purpose = 'reopen' and a.doc_kind = 'invoice' and a.doc_id <> '') e
		join balance_transaction t on t.tenant = $1 and t.connection in list($3) and t.id = e.movement
		group by e.movement, t.currency having sum(e.spent) <> sum(e.invoiced) order by e.movement`,
		b.Tenant, b.ID, b.Sources, b.Ledger, b.Accounts.Returned)
	if err != nil {
		return nil, fmt.Errorf("store: returned payments: %w", err)
	}
	return list, nil
}

// excessive are the invoices that our payments are said to pay more than once.
// A payment whose receipt the ledger shows counts with what that receipt pays on
// the invoice: a receipt may have been applied anew, because its money went
// back, by a person, or because the invoice was made smaller. What no receipt
// shows yet counts in full, and nothing where received money has taken the
// place of the receipt of a debit that was returned. Only where the plain sum is too much is that looked up.
const excessive = `
	select 'invoice', e.id, e.id as name, cast(sum(e.pays) - e.total as bigint) from (
		select x.id, x.total, case when p.doc_kind = 'document' then 0 when r.id is null then a.amount else
			(select case when coalesce(sum(l.amount), 0) < a.amount then coalesce(sum(l.amount), 0) else a.amount end from ledger_allocation l
				where l.tenant = :tenant and l.connection = :ledger and l.kind = 'receipt' and l.id = r.id
					and l.target_kind = 'invoice' and l.target = x.id and l.live) end as pays
		from (select i.id, i.total, s.currency from invoice i
			join (select invoice, currency, sum(amount) as amount from allocation where tenant = :tenant and book = :book group by invoice, currency) s
				on s.invoice = i.id and s.currency = i.currency
			where i.tenant = :tenant and i.connection = :ledger and i.state = 'live' and s.amount > i.total) x
		join allocation a on a.tenant = :tenant and a.book = :book and a.invoice = x.id and a.currency = x.currency
		left join part p on p.tenant = :tenant and p.book = :book and p.movement = a.movement and p.purpose = 'receipt' and p.target = a.invoice
			and p.doc_kind in ('receipt', 'document') and p.state in ('live', 'adopted', 'gone')
		left join receipt r on r.tenant = :tenant and r.connection = :ledger and r.id = p.doc_id and p.doc_kind = 'receipt') e
	group by e.id, e.total having sum(e.pays) > e.total order by e.id`

// returnOf is the movement that a document on the account 'Returned payments'
// belongs to: what was received there of a payment belongs to its return.
const returnOf = `coalesce(case when a.purpose = 'receipt' then coalesce(
	(select min(c.failure_movement) from charge c where c.tenant = $1 and c.connection in list($3) and c.movement = a.movement and c.failure_movement <> ''),
	(select min(b.id) from charge c join dispute d on d.tenant = $1 and d.connection = c.connection and d.charge = c.id and not d.deleted
		join balance_transaction b on b.tenant = $1 and b.connection = d.connection and b.source = d.id and not b.deleted and b.amount < 0
		where c.tenant = $1 and c.connection in list($3) and c.movement = a.movement)) end, a.movement) as movement`

// Breaches gives parts and markers with more than one live document, and
// allocations that exceed their charge or invoice.
func (s *Store) Breaches(ctx context.Context, b books.Book) ([]proof.Breach, error) {
	const marked = `select 'document' as kind, id, marker from document where tenant = :tenant and connection = :ledger and state = 'live' and marker <> ''
		union all select 'receipt', id, marker from receipt where tenant = :tenant and connection = :ledger and state = 'live' and marker <> ''
`
	var list []proof.Breach
	for _, c := range []struct {
		check           proof.Check
		text, statement string
	}{
		{proof.CheckParts, "the marker %s stands in %d live documents", `
			select min(kind), min(id), marker, count(*) from (` + marked + `
				union all select 'credit', id, marker from credit where tenant = :tenant and connection = :ledger and state = 'live' and marker <> ''
					and type not in ('overpayment', 'prepayment')) m group by marker having count(*) > 1 order by marker`},
		{proof.CheckParts, "the part %s has its document and %d more that carry its marker", `
			select min(m.kind), min(m.id), p.part_key, count(*) from part p
			join (` + marked + `) m on m.marker = p.marker and not (m.kind = p.doc_kind and m.id = p.doc_id)
			where p.tenant = :tenant and p.book = :book and p.state in ('live', 'adopted') and p.doc_id <> ''
			group by p.part_key order by p.part_key`},
		{proof.CheckAllocations, "the allocations of charge %s exceed it by %d", `
			select 'charge', c.id, c.id as name, cast(a.amount - c.amount as bigint) from charge c
			join (select connection, charge, sum(amount) as amount from allocation where tenant = :tenant and book = :book group by connection, charge) a
				on a.charge = c.id and a.connection = c.connection
			where c.tenant = :tenant and a.amount > c.amount order by c.id`},
		{proof.CheckAllocations, "the allocations to invoice %s exceed its total by %d", excessive},
	} {
		statement, args, err := named(c.statement, map[string]any{"tenant": b.Tenant, "ledger": b.Ledger, "book": b.ID})
		if err != nil {
			return nil, fmt.Errorf("store: breaches: %w", err)
		}
		err = s.reader.each(ctx, func(scan func(...any) error) error {
			x := proof.Breach{Check: c.check}
			var name string
			var n int64
			if err := scan(&x.Ref.Kind, &x.Ref.ID, &name, &n); err != nil {
				return err
			}
			x.Text = fmt.Sprintf(c.text, name, n)
			list = append(list, x)
			return nil
		}, statement, args...)
		if err != nil {
			return nil, fmt.Errorf("store: breaches: %w", err)
		}
	}
	return list, nil
}

// CustomerGaps gives the customers whose own balance in the ledger is not what
// their open documents add up to, the largest gaps first.
func (s *Store) CustomerGaps(ctx context.Context, b books.Book) ([]proof.CustomerGap, error) {
	var list []proof.CustomerGap
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Customer]
		var x proof.CustomerGap
		if err := scan(&doc, &x.Documents); err != nil {
			return err
		}
		c := doc.value
		x.ID, x.Name, x.Currency = c.ID, c.Name, c.Currency
		if c.Balance != nil {
			x.Balance = *c.Balance
		}
		list = append(list, x)
		return nil
	}, `
		select c.doc, cast(coalesce(sum(o.amount), 0) as bigint) from customer c
		left join (
			select customer, currency, balance as amount from invoice where tenant = $1 and connection = $2 and state = 'live' and balance <> 0
			union all select customer, currency, -remaining from credit where tenant = $1 and connection = $2 and state = 'live' and remaining <> 0
			union all select customer, currency, -unapplied from receipt where tenant = $1 and connection = $2 and state = 'live' and unapplied <> 0
			union all select g.customer, g.currency, case when abs(g.amount) <= coalesce(u.used, 0) then 0
					when g.amount > 0 then g.amount - coalesce(u.used, 0) else g.amount + coalesce(u.used, 0) end
				from (select p.id, p.customer, p.currency, sum(p.amount) as amount from account a
					join posting p on p.tenant = a.tenant and p.connection = a.connection and p.account = a.id and p.kind = 'document' and p.live
					where a.tenant = $1 and a.connection = $2 and a.use = 'receivable' group by p.id, p.customer, p.currency) g
				left join (select target, sum(abs(amount)) as used from ledger_allocation
					where tenant = $1 and connection = $2 and target_kind = 'document' and live group by target) u on u.target = g.id
		) o on o.customer = c.id and o.currency = c.currency
		where c.tenant = $1 and c.connection = $2 and c.balance is not null and not c.deleted
		group by c.id, c.doc, c.balance having c.balance <> coalesce(sum(o.amount), 0)
		order by abs(c.balance - coalesce(sum(o.amount), 0)) desc, c.id limit `+fmt.Sprint(maxEntries), b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("store: customers' balances: %w", err)
	}
	return list, nil
}
