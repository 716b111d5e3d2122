package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/proof"
)

// StripeSums gives sums over the balance transactions of the book's sources,
// by currency. Without a cut-over nothing is since then.
func (s *Store) StripeSums(ctx context.Context, b books.Book) ([]proof.StripeSums, error) {
	var list []proof.StripeSums
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.StripeSums
		if err := scan(&x.Currency, &x.All, &x.Since, &x.Broken); err != nil {
			return err
		}
		list = append(list, x)
		return nil
	}, `
		select currency, cast(sum(net) as bigint), cast(sum(case when created >= $3 then net else 0 end) as bigint),
			sum(case when amount - fee <> net then 1 else 0 end)
		from balance_transaction where tenant = $1 and connection in list($2) and not deleted
		group by currency order by currency`, b.Tenant, b.Sources, b.CutOver)
	if err != nil {
		return nil, fmt.Errorf("store: stripe sums: %w", err)
	}
	return list, nil
}

// clearingEffect is what a part does to the clearing account: see
// mapping.Purpose.Clearing.
const clearingEffect = `case when purpose = 'receipt' then amount when purpose in ('reopen', 'credit', 'discount', 'loss', 'relink', 'apply') then 0 else -amount end`

// Unbooked gives every movement since the cut-over whose parts in the ledger
// (sent, live or adopted) do not add up to its effect on clearing. A receipt
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
					from part where tenant = $1 and book = $2 and state in ('sent', 'live', 'adopted')
				union all
				select w.movement, coalesce((select sum(g.amount) from posting g where g.tenant = $1 and g.connection = $5
						and g.kind = w.doc_kind and g.id = w.doc_id and g.live and g.account in list($6)), 0) - w.effect
					from (select doc_kind, doc_id, min(movement) as movement, sum(`+clearingEffect+`) as effect
						from part where tenant = $1 and book = $2 and state in ('live', 'adopted') and doc_id <> '' group by doc_kind, doc_id) w
			) e group by movement) p on p.movement = b.id
		where b.tenant = $1 and b.connection in list($3) and b.created >= $4 and not b.deleted and b.net <> coalesce(p.effect, 0)
		order by b.created, b.id`, b.Tenant, b.ID, b.Sources, b.CutOver, b.Ledger, slices.Sorted(maps.Values(b.Accounts.Clearing)))
	if err != nil {
		return nil, fmt.Errorf("store: unbooked movements: %w", err)
	}
	return list, nil
}

// ClearingSums adds up what the live documents do to each clearing account up
// to and on a date, by the currency that the account is for. An empty date
// sets no end.
func (s *Store) ClearingSums(ctx context.Context, b books.Book, upTo receivables.Date) (map[money.Currency]int64, error) {
	sums := map[money.Currency]int64{}
	for _, currency := range slices.Sorted(maps.Keys(b.Accounts.Clearing)) {
		end := upTo
		if end == "" {
			end = "9999-12-31"
		}
		var sum int64
		err := s.reader.one(ctx, &sum, `
			select cast(coalesce(sum(amount), 0) as bigint) from posting
			where tenant = $1 and connection = $2 and account = $3 and live and dated <= $4`,
			b.Tenant, b.Ledger, b.Accounts.Clearing[currency], string(end))
		if err != nil {
			return nil, fmt.Errorf("store: clearing sums: %w", err)
		}
		sums[currency] = sum
	}
	return sums, nil
}

// Payouts gives the payouts made since the cut-over, with the sum of their
// members' net and the number of live documents that stand for them.
func (s *Store) Payouts(ctx context.Context, b books.Book) ([]proof.PayoutCheck, error) {
	if b.CutOver == nil {
		return nil, nil
	}
	var list []proof.PayoutCheck
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Payout]
		var x proof.PayoutCheck
		if err := scan(&doc, &x.Members, &x.Booked); err != nil {
			return err
		}
		p := doc.value
		x.ID, x.Currency, x.Amount, x.Arrival, x.Status = p.ID, p.Currency, p.Amount, p.Arrival, p.Status
		x.Itemised = p.Automatic && p.Reconciled
		list = append(list, x)
		return nil
	}, `
		select p.doc, cast(coalesce(t.net, 0) as bigint),
			(select count(distinct d.id) from part a
				join document d on d.tenant = a.tenant and d.connection = $4 and d.state = 'live'
					and (d.id = a.doc_id and a.doc_kind = 'document' or d.marker = a.marker and a.marker <> '')
				where a.tenant = p.tenant and a.book = $2 and a.movement = p.movement and a.purpose = 'payout')
		from payout p
		left join (select connection, payout, sum(net) as net from balance_transaction
			where tenant = $1 and connection in list($3) and payout <> '' and type <> 'payout' and not deleted
			group by connection, payout) t on t.connection = p.connection and t.payout = p.id
		where p.tenant = $1 and p.connection in list($3) and p.created >= $5 and not p.deleted
		order by p.created, p.id`, b.Tenant, b.ID, b.Sources, b.Ledger, b.CutOver)
	if err != nil {
		return nil, fmt.Errorf("store: payouts: %w", err)
	}
	return list, nil
}

// suspectBefore and suspectAfter are the days around a payout's arrival within
// which a document of the same amount on the bank is suspected.
const suspectBefore, suspectAfter = 3, 7

// Suspects gives live documents on the book's bank accounts that no part
// stands for, and that look like a payout since the cut-over.
func (s *Store) Suspects(ctx context.Context, b books.Book) ([]proof.Suspect, error) {
	payouts, err := s.Payouts(ctx, b)
	if err != nil || len(payouts) == 0 {
		return nil, err
	}
	byAmount := map[money.Money][]proof.PayoutCheck{}
	for _, p := range payouts {
		key := money.Money{Minor: p.Amount, Currency: p.Currency}
		byAmount[key] = append(byAmount[key], p)
	}
	var list []proof.Suspect
	banks := slices.Sorted(maps.Values(b.Accounts.Banks))
	since := receivables.DateIn(*b.CutOver, b.Location()).AddDays(-suspectBefore)
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var day date
		x := proof.Suspect{Document: receivables.Ref{Kind: receivables.KindDocument}}
		if err := scan(&x.Document.ID, &x.Amount, &x.Currency, &day); err != nil {
			return err
		}
		x.Date = receivables.Date(day)
		for _, p := range byAmount[money.Money{Minor: x.Amount, Currency: x.Currency}] {
			if days := x.Date.DaysSince(p.Arrival); p.Arrival != "" && days >= -suspectBefore && days <= suspectAfter {
				x.Payout = p.ID
				list = append(list, x)
			}
		}
		return nil
	}, `
		select g.id, g.amount, g.currency, g.dated from posting g
		join document d on d.tenant = g.tenant and d.connection = g.connection and d.id = g.id
		where g.tenant = $1 and g.connection = $2 and g.kind = 'document' and g.live and g.account in list($4) and g.dated >= $5
			and not exists (select 1 from part a where a.tenant = g.tenant and a.book = $3
				and (a.doc_kind = 'document' and a.doc_id = g.id or a.marker = d.marker and a.marker <> ''))
		order by g.dated, g.id, g.line`, b.Tenant, b.Ledger, b.ID, banks, string(since))
	if err != nil {
		return nil, fmt.Errorf("store: suspects: %w", err)
	}
	return list, nil
}

var proofLineTable = newTable("proof_line", 3, "tenant text, proof text, line bigint, name text, currency text, ledger bigint, stripe bigint,"+
	" tieout bigint, difference bigint, explained jsonb, unexplained bigint, measured boolean, why text, measured_at timestamptz")

// SaveProof appends a measurement under the book's lease.
func (s *Store) SaveProof(ctx context.Context, l lease.Lease, p proof.Proof) error {
	err := s.fenced(ctx, l, func(t runner) error {
		_, err := t.run(ctx, `insert into proof (tenant, id, book, proven_at, calls) values ($1, $2, $3, $4, $5)`,
			p.Tenant, p.ID, p.Book, p.At, p.Calls)
		if err != nil {
			return err
		}
		rows := make([][]any, len(p.Lines))
		for i, x := range p.Lines {
			rows[i] = []any{
				p.Tenant, p.ID, i, string(x.Check), string(x.Currency), x.Ledger, x.Stripe, x.Tieout, x.Difference,
				document[[]proof.Item]{x.Explained},
				x.Unexplained, x.Measured, x.Why, instant(x.MeasuredAt),
			}
		}
		return t.write(ctx, proofLineTable, fail, rows)
	})
	if err != nil {
		return fmt.Errorf("store: save proof: %w", err)
	}
	return nil
}

// LatestProof gives the newest proof of a book; false when there is none.
func (s *Store) LatestProof(ctx context.Context, tenant, book string) (proof.Proof, bool, error) {
	p := proof.Proof{Tenant: tenant, Book: book}
	var row struct {
		ID    string
		At    instant `db:"proven_at"`
		Calls int
	}
	err := s.reader.one(ctx, &row, `select id, proven_at, calls from proof where tenant = $1 and book = $2 order by proven_at desc, id desc limit 1`, tenant, book)
	if errors.Is(err, ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, fmt.Errorf("store: latest proof: %w", err)
	}
	p.ID, p.At, p.Calls = row.ID, row.At.time(), row.Calls
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var x proof.Line
		var explained document[[]proof.Item]
		var at instant
		err := scan(&x.Check, &x.Currency, &x.Ledger, &x.Stripe, &x.Tieout, &x.Difference, &explained, &x.Unexplained, &x.Measured, &x.Why, &at)
		x.Explained, x.MeasuredAt = explained.value, at.time()
		p.Lines = append(p.Lines, x)
		return err
	}, `select name, currency, ledger, stripe, tieout, difference, explained, unexplained, measured, why, measured_at
		from proof_line where tenant = $1 and proof = $2 order by line`, tenant, p.ID)
	if err != nil {
		return p, false, fmt.Errorf("store: latest proof: %w", err)
	}
	return p, true, nil
}
