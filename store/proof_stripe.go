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

// StripeSums gives sums over the balance transactions of the book's sources,
// by currency. Without a cut-over nothing is since then.
func (s *Store) StripeSums(ctx context.Context, b books.Book) ([]proof.StripeSums, error) {
	var list []proof.StripeSums
	broken := 0
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.StripeSums
		if err := scan(&x.Currency, &x.All, &x.Since, &x.Reserved, &x.Broken); err != nil {
			return err
		}
		broken += x.Broken
		list = append(list, x)
		return nil
	}, `
		select currency, cast(sum(net) as bigint), cast(sum(case when b.created >= $3 and not `+earlier("b", "$4")+` then net else 0 end) as bigint),
			cast(sum(case when `+reserve+` then net else 0 end) as bigint), sum(case when amount - fee <> net then 1 else 0 end)
		from balance_transaction b where tenant = $1 and connection in list($2) and not deleted
		group by currency order by currency`, b.Tenant, b.Sources, b.CutOver, b.ID)
	if err == nil && broken > 0 {
		err = s.brokenMovements(ctx, b, list)
	}
	if err != nil {
		return nil, fmt.Errorf("store: stripe sums: %w", err)
	}
	return list, nil
}

// reserve are the types by which Stripe holds money back and lets it go
// (Stripe docs: reports/balance-transaction-types).
const reserve = `type in ('reserve_transaction', 'reserved_funds', 'reserve_hold', 'reserve_release')`

func (s *Store) brokenMovements(ctx context.Context, b books.Book, list []proof.StripeSums) error {
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var id string
		var currency money.Currency
		if err := scan(&id, &currency); err != nil {
			return err
		}
		for i := range list {
			if list[i].Currency == currency && len(list[i].Names) < maxNames {
				list[i].Names = append(list[i].Names, id)
			}
		}
		return nil
	}, `select id, currency from balance_transaction where tenant = $1 and connection in list($2) and not deleted and amount - fee <> net order by id`,
		b.Tenant, b.Sources)
}

// clearingEffect is what a part does to the clearing account: see
// mapping.Purpose.Clearing.
const clearingEffect = `case when purpose = 'receipt' then amount when purpose in ('reopen', 'credit', 'discount', 'loss', 'relink', 'apply') then 0 else -amount end`

// Unbooked gives every movement since the cut-over whose parts in the ledger
// (sent, live or adopted) do not add up to its effect on clearing; fees that take
// each other back count, because there is nothing to book for them. A receipt
// adds its amount; a fee and a payout take theirs away. A document that no
// longer does to the clearing account what its parts were written with, because
// somebody changed it, counts with what it does.
func (s *Store) Unbooked(ctx context.Context, b books.Book) ([]proof.OpenMovement, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	var list []proof.OpenMovement
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var m proof.OpenMovement
		var doc document[receivables.BalanceTransaction]
		var created instant
		if err := scan(&m.Connection, &m.ID, &doc, &m.Source, &m.State, &m.Why, &m.Currency, &m.Missing, &created); err != nil {
			return err
		}
		m.Category, m.Net, m.Created = doc.value.Category, doc.value.Net, created.time()
		list = append(list, m)
		return nil
	}, `
		select b.connection, b.id, b.doc, b.source, coalesce(m.state, 'new'), coalesce(m.why, ''), b.currency,
			b.net - coalesce(p.effect, 0), b.created
		from balance_transaction b
		left join movement_state m on m.tenant = b.tenant and m.connection = b.connection and m.movement = b.id
		left join (select movement, cast(sum(effect) as bigint) as effect from (
				select movement, `+clearingEffect+` as effect
					from part where tenant = $1 and book = $2 and state in ('sent', 'live', 'adopted', 'cancelled')
				union all
				select w.movement, coalesce((select sum(g.amount) from `+accountPosting+` g where g.tenant = $1 and g.connection = $5
						and g.kind = w.doc_kind and g.id = w.doc_id and g.live and g.account in list($6)), 0) - w.effect
					from (select doc_kind, doc_id, min(movement) as movement, sum(`+clearingEffect+`) as effect
						from part where tenant = $1 and book = $2 and state in ('live', 'adopted') and doc_id <> '' group by doc_kind, doc_id) w
			) e group by movement) p on p.movement = b.id
		where b.tenant = $1 and b.connection in list($3) and b.created >= $4 and not b.deleted and b.net <> coalesce(p.effect, 0) and not `+earlier("b", "$2")+`
		order by b.created, b.id`, b.Tenant, b.ID, b.Sources, b.CutOver, b.Ledger, clearingAccounts(b))
	if err != nil {
		return nil, fmt.Errorf("store: unbooked movements: %w", err)
	}
	return list, nil
}

func clearingAccounts(b books.Book) []string {
	return slices.Sorted(maps.Values(b.Accounts.Clearing))
}

// Payouts gives the payouts made since the cut-over, with the sum of their
// members' net and the live documents that stand for them. A payout's own row
// is no member of it; the row of another one may be: what was paid out by hand
// is an advance on the next automatic payout.
func (s *Store) Payouts(ctx context.Context, b books.Book) ([]proof.PayoutCheck, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	var list []proof.PayoutCheck
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Payout]
		var x proof.PayoutCheck
		if err := scan(&doc, &x.Members, &x.Rest); err != nil {
			return err
		}
		p := doc.value
		x.ID, x.Currency, x.Amount, x.Arrival, x.Status, x.Destination = p.ID, p.Currency, p.Amount, p.Arrival, p.Status, p.Destination
		x.Itemised = p.Automatic && p.Reconciled
		x.Returned = p.FailureMovement != "" || p.Status == "failed" || p.Status == "canceled"
		if !x.Returned {
			x.Rest = 0
		}
		list = append(list, x)
		return nil
	}, `
		select p.doc, cast(coalesce(t.net, 0) as bigint),
			case when p.failure_movement = '' and p.status = 'paid' then 0 else
				(select cast(coalesce(sum(r.amount), 0) as bigint) from balance_transaction r where r.tenant = p.tenant and r.connection = p.connection
					and r.id in (p.movement, p.failure_movement) and not r.deleted) end
		from payout p
		left join (select connection, payout, sum(net) as net from balance_transaction
			where tenant = $1 and connection in list($2) and payout <> '' and source <> payout and not deleted
			group by connection, payout) t on t.connection = p.connection and t.payout = p.id
		where p.tenant = $1 and p.connection in list($2) and p.created >= $3 and not p.deleted
			and not exists (select 1 from balance_transaction b where b.tenant = p.tenant and b.connection = p.connection and b.id = p.movement and `+earlier("b", "$4")+`)
		order by p.created, p.id`, b.Tenant, b.Sources, b.CutOver, b.ID)
	if err == nil {
		err = s.payoutDocuments(ctx, b, list)
	}
	if err == nil {
		err = s.payoutLines(ctx, b, list)
	}
	if err != nil {
		return nil, fmt.Errorf("store: payouts: %w", err)
	}
	return list, nil
}

// payoutDocuments finds the live documents of payouts: those that the part
// names, and those that carry its marker.
func (s *Store) payoutDocuments(ctx context.Context, b books.Book, list []proof.PayoutCheck) error {
	at := map[string]int{}
	for i, p := range list {
		at[p.ID] = i
	}
	const from = `
		from part a join balance_transaction t on t.tenant = a.tenant and t.connection = a.connection and t.id = a.movement`
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var payout, id, account string
		if err := scan(&payout, &id, &account); err != nil {
			return err
		}
		i, ok := at[payout]
		if !ok {
			return nil
		}
		docs := list[i].Documents
		if n := len(docs); n == 0 || docs[n-1].ID != id {
			docs = append(docs, proof.PayoutDocument{ID: id, Accounts: []string{}})
		}
		if account != "" {
			docs[len(docs)-1].Accounts = append(docs[len(docs)-1].Accounts, account)
		}
		list[i].Documents = docs
		return nil
	}, `
		select x.source, x.id, coalesce(g.account, '') from (
			select t.source, d.id`+from+`
				join document d on d.tenant = a.tenant and d.connection = $4 and d.id = a.doc_id and d.state = 'live'
				where a.tenant = $1 and a.book = $2 and a.purpose = 'payout' and a.doc_kind = 'document' and a.doc_id <> '' and a.connection in list($3)
			union select t.source, d.id`+from+`
				join document d on d.tenant = a.tenant and d.connection = $4 and d.marker = a.marker and d.marker <> '' and d.state = 'live'
				where a.tenant = $1 and a.book = $2 and a.purpose = 'payout' and a.marker <> '' and a.connection in list($3)) x
		left join posting g on g.tenant = $1 and g.connection = $4 and g.kind = 'document' and g.id = x.id and g.live
		order by x.source, x.id, g.line`, b.Tenant, b.ID, b.Sources, b.Ledger)
}

// statementDays is how many days after its arrival a payout's line is looked
// for in a bank statement.
const statementDays = 5

// payoutLines counts the lines of bank statements that were found to be a
// payout, where statements of its account cover the days around its arrival.
func (s *Store) payoutLines(ctx context.Context, b books.Book, list []proof.PayoutCheck) error {
	type period struct{ from, to receivables.Date }
	covered := map[string][]period{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var account string
		var from, to date
		err := scan(&account, &from, &to)
		covered[account] = append(covered[account], period{receivables.Date(from), receivables.Date(to)})
		return err
	}, `select account, period_from, period_to from statement where tenant = $1 and book = $2 and period_from is not null and period_to is not null`,
		b.Tenant, b.ID)
	if err != nil || len(covered) == 0 {
		return err
	}
	found := map[string]int{}
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var payout string
		var n int
		err := scan(&payout, &n)
		found[payout] = n
		return err
	}, `select payout, count(*) from statement_line where tenant = $1 and book = $2 and payout <> '' and meaning = 'payout' group by payout`, b.Tenant, b.ID)
	if err != nil {
		return err
	}
	for i, p := range list {
		account, ok := b.Accounts.Bank(p.Destination, p.Currency)
		if ok && slices.ContainsFunc(covered[account], func(x period) bool { return x.from <= p.Arrival && x.to >= p.Arrival.AddDays(statementDays) }) {
			n := found[p.ID]
			list[i].Lines = &n
		}
	}
	return nil
}

// Disputes gives the disputes whose money was moved since the cut-over, and
// what people have decided about it; not those that were booked as returned
// debits, which never reach the account for disputed money.
func (s *Store) Disputes(ctx context.Context, b books.Book) ([]proof.DisputeCheck, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	var list []proof.DisputeCheck
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.DisputeCheck
		var created instant
		if err := scan(&x.ID, &x.Status, &x.Currency, &x.Withdrawn, &x.Decided, &x.Posted, &x.State, &x.Why, &x.Movement, &created); err != nil {
			return err
		}
		x.Created = created.time()
		list = append(list, x)
		return nil
	}, `
		select d.id, d.status, t.currency, cast(-sum(t.amount) as bigint), cast(coalesce(sum(l.amount), 0) as bigint), cast(coalesce(sum(g.amount), 0) as bigint),
			coalesce(max(case when m.state in ('held', 'exception') then m.state end), 'settled'),
			coalesce(max(case when m.state in ('held', 'exception') then m.why end), ''), min(t.id), min(t.created)
		from dispute d
		join balance_transaction t on t.tenant = d.tenant and t.connection = d.connection and t.source = d.id and not t.deleted and t.created >= $4 and not `+earlier("t", "$2")+`
		left join movement_state m on m.tenant = t.tenant and m.connection = t.connection and m.movement = t.id
		left join (select movement, sum(amount) as amount from part where tenant = $1 and book = $2 and purpose = 'loss'
			and state in ('sent', 'live', 'adopted') group by movement) l on l.movement = t.id
		left join (select w.movement, sum(p.amount) as amount
			from (select distinct movement, doc_kind, doc_id from part where tenant = $1 and book = $2
					and purpose in ('dispute', 'dispute_reversal') and state in ('live', 'adopted') and doc_id <> '') w
			join `+accountPosting+` p on p.tenant = $1 and p.connection = $5 and p.kind = w.doc_kind and p.id = w.doc_id and p.live and p.account in list($6)
			group by w.movement) g on g.movement = t.id
		where d.tenant = $1 and d.connection in list($3) and not d.deleted
			and not exists (select 1 from part r where r.tenant = $1 and r.book = $2 and r.movement = t.id and r.purpose = 'return' and r.state in ('planned', 'sent', 'live', 'adopted'))
		group by d.id, d.status, t.currency order by d.id, t.currency`, b.Tenant, b.ID, b.Sources, b.CutOver, b.Ledger,
		slices.Sorted(maps.Values(b.Accounts.Disputes)))
	if err != nil {
		return nil, fmt.Errorf("store: disputes: %w", err)
	}
	return list, nil
}
