package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// AgedSum is what is open in one currency and bucket of a book.
type AgedSum struct {
	Currency money.Currency
	// Bucket counts from 0, not due, to 4, more than 90 days past the due date.
	Bucket int
	Amount int64
	Count  int
}

// buckets is how many there are.
const buckets = 5

// ageBounds are the days past which an invoice falls into the next bucket; see
// receivables.Age, which the tests compare this with.
func ageBounds(asOf receivables.Date) []receivables.Date {
	return []receivables.Date{asOf, asOf.AddDays(-30), asOf.AddDays(-60), asOf.AddDays(-90)}
}

// AgedSums shares what is open in a book among buckets of days past the due
// date, each invoice counted once. own limits it to the customers that a person
// is responsible for; "" is all. All of a ledger is kept as sums by day; the rest
// is added up.
func (s *Store) AgedSums(ctx context.Context, b books.Book, asOf receivables.Date, own string) ([]AgedSum, error) {
	sums := map[AgedSum]AgedSum{}
	read := func(scan func(...any) error) error {
		var a AgedSum
		if err := scan(&a.Currency, &a.Bucket, &a.Amount, &a.Count); err != nil {
			return err
		}
		key := AgedSum{Currency: a.Currency, Bucket: a.Bucket}
		a.Amount, a.Count = a.Amount+sums[key].Amount, a.Count+sums[key].Count
		sums[key] = a
		return nil
	}
	counted := b.Sources
	var err error
	if own != "" {
		counted = append([]string{b.Ledger}, b.Sources...)
	} else {
		bounds := make([]any, 0, buckets-1)
		for _, day := range ageBounds(asOf) {
			bounds = append(bounds, string(day))
		}
		err = s.reader.each(ctx, read, `select currency, bucket, cast(sum(balance) as bigint), cast(sum(count) as bigint) from (
				select currency, balance, count, case when day = '' then 0 else `+bucketOf("day", 3)+` end as bucket
				from tally where tenant = $1 and connection = $2 and kind = 'open') x group by currency, bucket`, append([]any{b.Tenant, b.Ledger}, bounds...)...)
	}
	if err == nil {
		args := []any{b.Tenant, b.ID, counted, b.Ledger, own}
		for _, day := range ageBounds(asOf) {
			args = append(args, date(day))
		}
		err = s.reader.each(ctx, read, `select currency, bucket, cast(sum(balance) as bigint), count(*) from (
				select i.currency, i.balance, case when coalesce(i.due, i.issued) is null then 0 else `+bucketOf("coalesce(i.due, i.issued)", 6)+` end as bucket
				from invoice i
				left join mirror m on m.tenant = i.tenant and m.book = $2 and m.connection = i.connection and m.invoice = i.id
				where i.tenant = $1 and i.connection in list($3) and i.state = 'live' and i.balance <> 0
					and (i.connection = $4 or coalesce(m.state, 'own') <> 'mirrored') and `+ownCustomers("i", "$5")+`
			) x group by currency, bucket`, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("store: ages of what is open: %w", err)
	}
	list := slices.Collect(maps.Values(sums))
	slices.SortFunc(list, func(a, b AgedSum) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Bucket, b.Bucket))
	})
	return list, nil
}

// CustomerAges shares what a customer of a ledger owes among the same buckets. The
// currency is an expression, so that SQLite looks for the customer and does not
// take an index by currency for grouping.
func (s *Store) CustomerAges(ctx context.Context, tenant, connection, customer string, asOf receivables.Date) ([]AgedSum, error) {
	args := []any{tenant, connection, customer}
	for _, day := range ageBounds(asOf) {
		args = append(args, date(day))
	}
	var list []AgedSum
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var a AgedSum
		err := scan(&a.Currency, &a.Bucket, &a.Amount, &a.Count)
		list = append(list, a)
		return err
	}, `select currency, bucket, cast(sum(balance) as bigint), count(*) from (
			select i.currency || '' as currency, i.balance, case when coalesce(i.due, i.issued) is null then 0 else `+bucketOf("coalesce(i.due, i.issued)", 4)+` end as bucket
			from invoice i where i.tenant = $1 and i.connection = $2 and i.customer = $3 and i.state = 'live' and i.balance <> 0
		) x group by currency, bucket order by currency, bucket`, args...)
	if err != nil {
		return nil, fmt.Errorf("store: ages of customer %q: %w", customer, err)
	}
	return list, nil
}

// bucketOf is the bucket of a day, compared with the bounds from a parameter on.
func bucketOf(day string, from int) string {
	var text strings.Builder
	text.WriteString("case")
	for i := range buckets - 1 {
		fmt.Fprintf(&text, " when %s >= $%d then %d", day, from+i, i)
	}
	fmt.Fprintf(&text, " else %d end", buckets-1)
	return text.String()
}

// ownCustomers limits documents to the customers of a person; all for "".
func ownCustomers(of, person string) string {
	return `(` + person + ` = '' or exists (select 1 from responsible r
		where r.tenant = ` + of + `.tenant and r.connection = ` + of + `.connection and r.customer = ` + of + `.customer and r.person = ` + person + `))`
}

// OpenCredits gives, by currency, what customers have paid or been credited in a
// ledger that is applied to nothing yet.
func (s *Store) OpenCredits(ctx context.Context, tenant, connection string) (map[money.Currency]int64, error) {
	out := map[money.Currency]int64{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var c money.Currency
		var amount int64
		err := scan(&c, &amount)
		out[c] += amount
		return err
	}, `select currency, cast(sum(remaining) as bigint) from credit where tenant = $1 and connection = $2 and state = 'live' and remaining <> 0 group by currency
		union all
		select currency, cast(sum(unapplied) as bigint) from receipt where tenant = $1 and connection = $2 and state = 'live' and unapplied <> 0 group by currency`,
		tenant, connection)
	if err != nil {
		return nil, fmt.Errorf("store: open credits: %w", err)
	}
	return out, nil
}

// Arrival is a payment that came in, and what has become of it.
type Arrival struct {
	Connection, Movement string
	At                   time.Time
	Amount               money.Money
	Charge               receivables.Charge
	Payer                receivables.Payer
	State                reconcile.MovementState
	// Asked says that an open question is about it.
	Asked bool
	// Invoices are the ledger's that it pays.
	Invoices []ArrivalInvoice
}

// ArrivalInvoice is an invoice that a payment pays.
type ArrivalInvoice struct{ ID, Number, Customer string }

// Arrivals gives the newest payments of a book since an instant, the newest
// first, at most limit; with their number and sums by currency in all.
func (s *Store) Arrivals(ctx context.Context, b books.Book, since time.Time, limit int) (list []Arrival, sums []money.Money, count int, err error) {
	err = s.reader.each(ctx, func(scan func(...any) error) error {
		var m money.Money
		var n int
		err := scan(&m.Currency, &m.Minor, &n)
		sums, count = append(sums, m), count+n
		return err
	}, `select currency, cast(sum(amount) as bigint), count(*) from balance_transaction
		where tenant = $1 and connection in list($2) and created >= $3 and type in ('charge', 'payment') and not deleted
		group by currency order by currency`, b.Tenant, b.Sources, since)
	if err == nil {
		list, err = s.arrivals(ctx, b, since, limit)
	}
	if err == nil {
		err = s.arrivalInvoices(ctx, b, list)
	}
	if err != nil {
		return nil, nil, 0, fmt.Errorf("store: arrivals: %w", err)
	}
	return list, sums, count, nil
}

func (s *Store) arrivals(ctx context.Context, b books.Book, since time.Time, limit int) ([]Arrival, error) {
	var list []Arrival
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var a Arrival
		var at instant
		var charge document[receivables.Charge]
		var payer document[receivables.Payer]
		err := scan(&a.Connection, &a.Movement, &at, &a.Amount.Minor, &a.Amount.Currency, &charge, &payer, &a.State, &a.Asked)
		a.At, a.Charge, a.Payer = at.time(), charge.value, payer.value
		list = append(list, a)
		return err
	}, `
		select t.connection, t.id, t.created, t.amount, t.currency, c.doc, p.doc, coalesce(m.state, 'new'),
			exists (select 1 from decision d where d.tenant = t.tenant and d.book = $4 and d.subject = 'movement/' || t.id and d.closed_at is null and d.answer = '')
		from balance_transaction t
		left join charge c on c.tenant = t.tenant and c.connection = t.connection and c.id = t.source
		left join payer p on p.tenant = t.tenant and p.connection = t.connection and p.id = c.payer
		left join movement_state m on m.tenant = t.tenant and m.connection = t.connection and m.movement = t.id
		where t.tenant = $1 and t.connection in list($2) and t.created >= $3 and t.type in ('charge', 'payment') and not t.deleted
		order by t.created desc, t.id desc limit $5`, b.Tenant, b.Sources, since, b.ID, limit)
	return list, err
}

func (s *Store) arrivalInvoices(ctx context.Context, b books.Book, list []Arrival) error {
	at, ids := map[string]int{}, make([]string, len(list))
	for i, a := range list {
		at[a.Movement], ids[i] = i, a.Movement
	}
	if len(ids) == 0 {
		return nil
	}
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var movement string
		var v ArrivalInvoice
		var doc document[receivables.Invoice]
		if err := scan(&movement, &v.ID, &v.Customer, &doc); err != nil {
			return err
		}
		v.Number = doc.value.Number
		list[at[movement]].Invoices = append(list[at[movement]].Invoices, v)
		return nil
	}, `select a.movement, a.invoice, a.customer, i.doc from allocation a
		left join invoice i on i.tenant = a.tenant and i.connection = $3 and i.id = a.invoice
		where a.tenant = $1 and a.book = $2 and a.movement in list($4) order by a.movement, a.invoice`, b.Tenant, b.ID, b.Ledger, ids)
}
