package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/listing"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// maxFound bounds how many invoices a search gives: whoever finds more narrows
// it down.
const maxFound = 1000

// InvoicePage gives a page of a list of invoices over several connections.
// Each connection is asked for as many rows as the page takes, in order, along
// an index; the page is what comes first of all of them.
func (s *Store) InvoicePage(ctx context.Context, tenant string, sources []listing.Source, f listing.Filter) (listing.Page, error) {
	var page listing.Page
	totals := map[money.Currency]*listing.Total{}
	for _, src := range sources {
		q, some, err := s.invoiceQuery(ctx, tenant, src, f)
		if err != nil {
			return page, fmt.Errorf("store: list invoices: %w", err)
		}
		if !some {
			continue
		}
		page.Cut = page.Cut || q.cut
		rows, err := s.invoiceRows(ctx, q, src, f)
		if err == nil {
			err = s.invoiceTotals(ctx, q, totals)
		}
		if err != nil {
			return page, fmt.Errorf("store: list invoices: %w", err)
		}
		page.Rows = append(page.Rows, rows...)
	}
	slices.SortStableFunc(page.Rows, func(a, b listing.Row) int { return comparePlaces(a.Place(f.Sort), b.Place(f.Sort), f.Desc) })
	if len(page.Rows) > f.Limit {
		page.Rows = page.Rows[:f.Limit]
		next := page.Rows[f.Limit-1].Place(f.Sort)
		page.Next = &next
	}
	for _, t := range totals {
		page.Totals = append(page.Totals, *t)
	}
	slices.SortFunc(page.Totals, func(a, b listing.Total) int { return strings.Compare(string(a.Currency), string(b.Currency)) })
	return page, nil
}

// comparePlaces orders by date or amount, then by connection. Within a
// connection rows keep the order in which the database gave them.
func comparePlaces(a, b listing.Place, desc bool) int {
	order := cmp.Or(strings.Compare(string(a.Date), string(b.Date)), cmp.Compare(a.Amount, b.Amount))
	if desc {
		order = -order
	}
	return cmp.Or(order, strings.Compare(a.Connection, b.Connection))
}

// EachInvoice calls yield for every invoice that a filter lists, connection by
// connection, without holding them all.
func (s *Store) EachInvoice(ctx context.Context, tenant string, sources []listing.Source, f listing.Filter, yield func(listing.Row) error) error {
	f.After = nil
	for _, src := range sources {
		q, some, err := s.invoiceQuery(ctx, tenant, src, f)
		if err == nil && some {
			err = s.eachInvoice(ctx, q, src, f, 0, yield)
		}
		if err != nil {
			return fmt.Errorf("store: each invoice of a list: %w", err)
		}
	}
	return nil
}

// invoiceQuery is the condition of a list in one connection.
type invoiceQuery struct {
	where []string
	args  []any
	cut   bool
}

// bind adds a parameter and gives its number.
func (q *invoiceQuery) bind(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *invoiceQuery) and(condition string) { q.where = append(q.where, condition) }

// aged is the date that an invoice's age is counted from; the index has it so.
const aged = `coalesce(i.due, i.issued)`

// invoiceQuery makes the condition; false when nothing of this connection can
// be listed.
func (s *Store) invoiceQuery(ctx context.Context, tenant string, src listing.Source, f listing.Filter) (*invoiceQuery, bool, error) {
	if f.Connection != "" && f.Connection != src.Connection {
		return nil, false, nil
	}
	q := &invoiceQuery{args: []any{tenant, src.Connection}, where: []string{"i.tenant = $1", "i.connection = $2"}}
	q.standing(f)
	from, to := f.Age.Between(f.Today)
	if from != "" {
		q.and(aged + " >= " + q.bind(date(from)))
	}
	if to != "" {
		q.and(aged + " <= " + q.bind(date(to)))
	}
	if f.Currency != "" {
		q.and("i.currency = " + q.bind(string(f.Currency)))
	}
	if f.Customer != "" {
		q.and("i.customer = " + q.bind(f.Customer))
	}
	if f.Own != "" {
		q.and(ownCustomers("i", q.bind(f.Own)))
	}
	if src.Book != "" {
		q.and(`not exists (select 1 from mirror m where m.tenant = i.tenant and m.book = ` + q.bind(src.Book) + `
			and m.connection = i.connection and m.invoice = i.id and m.state = 'mirrored')`)
	}
	if f.Query == "" {
		return q, true, nil
	}
	ids, err := s.searched(ctx, tenant, src.Connection, f.Query)
	q.cut = len(ids) > maxFound
	q.and("i.id in list(" + q.bind(ids) + ")")
	return q, len(ids) > 0, err
}

// standing adds the condition of a status. A bucket of days is of what is open.
func (q *invoiceQuery) standing(f listing.Filter) {
	const open = "i.state = 'live' and i.balance <> 0"
	switch {
	case f.Status == listing.Open, f.Age != "":
		q.and(open)
	case f.Status == listing.Overdue:
		q.and(open)
		q.and(aged + " < " + q.bind(date(f.Today)))
	case f.Status == listing.Paid:
		q.and("i.state = 'live' and i.balance = 0")
	case f.Status == listing.Void:
		q.and("i.state <> 'live'")
	}
}

// searched are the invoices of a connection that what somebody typed may mean:
// by the beginning of the number, by reference, by a part of the customer's
// name or address, by a total or balance. Each way goes along an index.
func (s *Store) searched(ctx context.Context, tenant, connection, text string) ([]string, error) {
	ids := map[string]bool{}
	find := func(statement string, args ...any) error {
		if len(ids) > maxFound {
			return nil
		}
		var list []string
		err := s.reader.all(ctx, &list, statement+fmt.Sprintf(" limit %d", maxFound+1), append([]any{tenant, connection}, args...)...)
		for _, id := range list {
			ids[id] = true
		}
		return err
	}
	if number := mapping.NumberKey(text); number != "" {
		// The number's own characters end below "~", whatever the collation says
		// of letters: so the prefix is compared as well.
		if err := find(`select id from invoice where tenant = $1 and connection = $2 and number_key <> '' and substr(number_key, 1, length(cast($3 as text))) = $3`, number); err != nil {
			return nil, err
		}
		if err := find(`select id from invoice where tenant = $1 and connection = $2 and reference_key <> '' and reference_key = $3`, number); err != nil {
			return nil, err
		}
	}
	if err := s.searchedNames(text, find); err != nil {
		return nil, err
	}
	for _, minor := range amountsOf(text) {
		if err := find(`select id from invoice where tenant = $1 and connection = $2 and balance <> 0 and (balance = $3 or total = $3)`, minor); err != nil {
			return nil, err
		}
	}
	out := make([]string, 0, len(ids))
	for id := range ids {
		out = append(out, id)
	}
	slices.Sort(out)
	return out, nil
}

// searchedNames finds invoices by customer. What is made of letters only is a
// name, too; what holds none is not.
func (s *Store) searchedNames(text string, find func(string, ...any) error) error {
	for kind, key := range map[string]string{"name": mapping.NameKey(text), "email": mapping.EmailKey(text)} {
		const shortest = 2
		if len(key) < shortest {
			continue
		}
		err := find(`select i.id from invoice i where i.tenant = $1 and i.connection = $2 and i.customer in (
				select k.customer from customer_key k where k.tenant = $1 and k.connection = $2 and k.kind = $3 and k.lookup like $4 escape '!')`,
			kind, "%"+strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(key)+"%")
		if err != nil {
			return err
		}
	}
	return nil
}

// amountsOf are the minor units that a number may mean, in currencies with two
// digits and with none.
func amountsOf(text string) []int64 {
	text = strings.ReplaceAll(strings.TrimSpace(text), ",", "")
	var out []int64
	for _, digits := range []int{2, 0} {
		if minor, err := money.ParseMinor(text, digits); err == nil && minor != 0 && !slices.Contains(out, minor) {
			out = append(out, minor)
		}
	}
	return out
}

// sortColumn is what a list is ordered by, as the database has it.
func sortColumn(s listing.Sort) string {
	switch s {
	case listing.ByIssued:
		return "i.issued"
	case listing.ByBalance:
		return "i.balance"
	case listing.ByTotal:
		return "i.total"
	}
	return aged
}

// invoiceRows gives one row more than the page takes, so that it is known
// whether another one follows.
func (s *Store) invoiceRows(ctx context.Context, q *invoiceQuery, src listing.Source, f listing.Filter) ([]listing.Row, error) {
	var rows []listing.Row
	err := s.eachInvoice(ctx, q, src, f, f.Limit+1, func(r listing.Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

func (s *Store) eachInvoice(ctx context.Context, q *invoiceQuery, src listing.Source, f listing.Filter, limit int, yield func(listing.Row) error) error {
	page := &invoiceQuery{where: slices.Clone(q.where), args: slices.Clone(q.args)}
	column, way, beyond := sortColumn(f.Sort), "asc", ">"
	if f.Desc {
		way, beyond = "desc", "<"
	}
	if f.After != nil {
		page.after(*f.After, column, beyond, src, f)
	}
	statement := `select i.doc, coalesce(c.doc, p.doc) from (
			select i.tenant, i.connection, i.id, i.customer, i.doc, ` + column + ` as ranked from invoice i
			where ` + strings.Join(page.where, " and ") + ` order by ` + column + " " + way + ", i.id" + limited(limit) + `) i
		left join customer c on c.tenant = i.tenant and c.connection = i.connection and c.id = i.customer
		left join payer p on p.tenant = i.tenant and p.connection = i.connection and p.id = i.customer
		order by i.ranked ` + way + ", i.id"
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Invoice]
		var who document[counterparty]
		if err := scan(&doc, &who); err != nil {
			return err
		}
		return yield(rowOf(doc.value, who.value, src.Connection))
	}, statement, page.args...)
}

func limited(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" limit %d", n)
}

// after goes on behind a place. Rows of one rank come by connection, then by
// id.
func (q *invoiceQuery) after(at listing.Place, column, beyond string, src listing.Source, f listing.Filter) {
	var rank any = at.Amount
	if f.Sort.Dated() {
		rank = date(at.Date)
	}
	n := q.bind(rank)
	switch {
	case src.Connection < at.Connection:
		q.and(column + " " + beyond + " " + n)
	case src.Connection > at.Connection:
		q.and(column + " " + beyond + "= " + n)
	default:
		q.and("(" + column + " " + beyond + " " + n + " or " + column + " = " + n + " and i.id > " + q.bind(at.ID) + ")")
	}
}

// counterparty is what a customer and a payer have in common.
type counterparty struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func rowOf(i receivables.Invoice, who counterparty, connection string) listing.Row {
	return listing.Row{
		Connection: connection, ID: i.ID, Number: i.Number, CustomerID: i.CustomerID, Customer: cmp.Or(who.Name, who.Email),
		State: i.State, Currency: i.Currency, Issued: i.Issued, Due: i.Due, Total: i.Total, Balance: i.Balance,
		Link: i.Link, LinkVisible: i.LinkVisible, Billed: i.Billed != nil,
	}
}

func (s *Store) invoiceTotals(ctx context.Context, q *invoiceQuery, totals map[money.Currency]*listing.Total) error {
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var t listing.Total
		if err := scan(&t.Currency, &t.Count, &t.Total, &t.Balance); err != nil {
			return err
		}
		if sum := totals[t.Currency]; sum != nil {
			sum.Count, sum.Total, sum.Balance = sum.Count+t.Count, sum.Total+t.Total, sum.Balance+t.Balance
			return nil
		}
		totals[t.Currency] = &t
		return nil
	}, `select i.currency, count(*), cast(sum(i.total) as bigint), cast(sum(i.balance) as bigint) from invoice i
		where `+strings.Join(q.where, " and ")+` group by i.currency`, q.args...)
}
