package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/reconcile"
)

// Invoices gives the union of what the query names: by id whatever their
// state, by number those that were not deleted, by customer and balance the
// live ones with a balance.
func (s *Store) Invoices(ctx context.Context, b books.Book, q reconcile.InvoiceQuery) ([]receivables.Invoice, error) {
	found := map[string]receivables.Invoice{}
	find := func(where string, list any, more ...any) error {
		rows, err := values[receivables.Invoice](ctx, s.reader.runner, `select doc from invoice where tenant = $1 and connection = $2 and `+where,
			append([]any{b.Tenant, b.Ledger, list}, more...)...)
		for _, inv := range rows {
			found[inv.ID] = inv
		}
		return err
	}
	const open = ` and state = 'live' and balance <> 0`
	var err error
	if len(q.IDs) > 0 {
		err = find(`id in list($3)`, q.IDs)
	}
	if err == nil && len(q.Numbers) > 0 {
		err = find(`number_key in list($3) and number_key <> '' and state <> 'deleted'`, q.Numbers)
	}
	if err == nil && len(q.Customers) > 0 {
		err = find(`customer in list($3)`+open, q.Customers)
	}
	if err == nil && len(q.Mirrors) > 0 {
		err = find(`mirrors in list($3) and mirrors <> '' and state <> 'deleted'`, q.Mirrors)
	}
	if err == nil && len(q.References) > 0 {
		err = find(`reference_key in list($3) and reference_key <> '' and state <> 'deleted'`, q.References)
	}
	for currency, balances := range balancesOf(q.Balances) {
		if err == nil {
			err = find(`balance in numbers($3) and currency = $4`+open, balances, string(currency))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("store: invoices: %w", err)
	}
	return sorted(found, func(i receivables.Invoice) string { return i.ID }), nil
}

func balancesOf(list []money.Money) map[money.Currency][]int64 {
	out := map[money.Currency][]int64{}
	for _, m := range list {
		out[m.Currency] = append(out[m.Currency], m.Minor)
	}
	return out
}

// sorted gives the values in the order of their ids.
func sorted[T any](found map[string]T, id func(T) string) []T {
	list := make([]T, 0, len(found))
	for _, v := range found {
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(id(a), id(b)) })
	return list
}

// InvoiceIDs walks the ids of live invoices with a balance, and of those that
// have a link row which is neither off nor used, in the order of ids.
func (s *Store) InvoiceIDs(ctx context.Context, b books.Book, after string, limit int) ([]string, error) {
	// Each branch is cut to the limit by its own index before the two are
	// merged.
	var ids []string
	err := s.reader.all(ctx, &ids, `
		select id from (
			select id from (select id from invoice
				where tenant = $1 and connection = $2 and balance <> 0 and state = 'live' and id > $4 order by id limit $5) i
			union
			select id from (select invoice as id from link
				where tenant = $1 and book = $3 and state in ('making', 'active', 'ending') and invoice > $4 order by invoice limit $5) l
		) u order by id limit $5`, b.Tenant, b.Ledger, b.ID, after, limit)
	if err != nil {
		return nil, fmt.Errorf("store: invoice ids: %w", err)
	}
	return ids, nil
}

// Customers gives customers by any of what the query names, with the Stripe
// customers that are joined to them.
func (s *Store) Customers(ctx context.Context, b books.Book, q reconcile.CustomerQuery) ([]reconcile.Customer, error) {
	found := map[string]reconcile.Customer{}
	find := func(list []string, from string) error {
		if len(list) == 0 {
			return nil
		}
		rows, err := values[receivables.Customer](ctx, s.reader.runner, from, b.Tenant, b.Ledger, list)
		for _, c := range rows {
			found[c.ID] = reconcile.Customer{Customer: c}
		}
		return err
	}
	const byKey = `select c.doc from customer_key k
		join customer c on c.tenant = k.tenant and c.connection = k.connection and c.id = k.customer
		where k.tenant = $1 and k.connection = $2 and not c.deleted and k.lookup in list($3) and k.kind = `
	ids := slices.Clone(q.IDs)
	joined, err := s.joinedTo(ctx, b, q.Payers)
	if err == nil {
		err = find(append(ids, joined...), `select doc from customer where tenant = $1 and connection = $2 and id in list($3)`)
	}
	if err == nil {
		err = find(q.Emails, byKey+`'`+keyEmail+`'`)
	}
	if err == nil {
		err = find(q.Names, byKey+`'`+keyName+`'`)
	}
	if err == nil {
		err = find(q.Parents, `select doc from customer where tenant = $1 and connection = $2 and parent in list($3) and parent <> '' and not deleted`)
	}
	if err == nil {
		err = s.addPayers(ctx, b, found)
	}
	if err != nil {
		return nil, fmt.Errorf("store: customers: %w", err)
	}
	return sorted(found, func(c reconcile.Customer) string { return c.ID }), nil
}

func (s *Store) joinedTo(ctx context.Context, b books.Book, payers []string) ([]string, error) {
	if len(payers) == 0 {
		return nil, nil
	}
	var ids []string
	err := s.reader.all(ctx, &ids, `select distinct customer from payer_join
		where tenant = $1 and book = $2 and connection in list($3) and payer in list($4)`, b.Tenant, b.ID, b.Sources, payers)
	return ids, err
}

func (s *Store) addPayers(ctx context.Context, b books.Book, found map[string]reconcile.Customer) error {
	if len(found) == 0 {
		return nil
	}
	ids := make([]string, 0, len(found))
	for id := range found {
		ids = append(ids, id)
	}
	return s.reader.each(ctx, func(scan func(...any) error) error {
		var customer, payer string
		var apart bool
		if err := scan(&customer, &payer, &apart); err != nil {
			return err
		}
		c := found[customer]
		if apart {
			c.Apart = append(c.Apart, payer)
		} else {
			c.Payers = append(c.Payers, payer)
		}
		found[customer] = c
		return nil
	}, `select customer, payer, false as apart from payer_join where tenant = $1 and book = $2 and customer in list($3)
		union all
		select customer, payer, true as apart from payer_apart where tenant = $1 and book = $2 and customer in list($3)
		order by customer, payer`, b.Tenant, b.ID, ids)
}

// Receipts gives live receipts of the customers, and those applied to the
// invoices, dated on or after since.
func (s *Store) Receipts(ctx context.Context, b books.Book, customers, invoices []string, since receivables.Date) ([]receivables.Receipt, error) {
	found := map[string]receivables.Receipt{}
	find := func(list []string, from string) error {
		if len(list) == 0 {
			return nil
		}
		rows, err := values[receivables.Receipt](ctx, s.reader.runner, from, b.Tenant, b.Ledger, list, string(since))
		for _, r := range rows {
			found[r.ID] = r
		}
		return err
	}
	err := find(customers, `select doc from receipt
		where tenant = $1 and connection = $2 and customer in list($3) and dated >= $4 and state = 'live'`)
	if err == nil {
		err = find(invoices, `select r.doc from ledger_allocation a
			join receipt r on r.tenant = a.tenant and r.connection = a.connection and r.id = a.id
			where a.tenant = $1 and a.connection = $2 and a.kind = 'receipt' and a.target_kind = 'invoice' and a.target in list($3)
				and r.dated >= $4 and r.state = 'live'`)
	}
	if err != nil {
		return nil, fmt.Errorf("store: receipts: %w", err)
	}
	return sorted(found, func(r receivables.Receipt) string { return r.ID }), nil
}

// Credits gives the live credits of the customers that are open, and those with
// the ids, open or not, by id.
func (s *Store) Credits(ctx context.Context, b books.Book, customers, ids []string) ([]receivables.Credit, error) {
	found := map[string]receivables.Credit{}
	for _, find := range []struct {
		list      []string
		condition string
	}{{customers, `customer in list($3) and remaining <> 0`}, {ids, `id in list($3)`}} {
		if len(find.list) == 0 {
			continue
		}
		rows, err := values[receivables.Credit](ctx, s.reader.runner,
			`select doc from credit where tenant = $1 and connection = $2 and state = 'live' and `+find.condition, b.Tenant, b.Ledger, find.list)
		if err != nil {
			return nil, fmt.Errorf("store: credits: %w", err)
		}
		for _, r := range rows {
			found[r.ID] = r
		}
	}
	return sorted(found, func(r receivables.Credit) string { return r.ID }), nil
}

// LedgerAccounts gives the chart of accounts as pulled, by id.
func (s *Store) LedgerAccounts(ctx context.Context, tenant, connection string) ([]receivables.Account, error) {
	list, err := values[receivables.Account](ctx, s.reader.runner,
		`select doc from account where tenant = $1 and connection = $2 and not deleted order by id`, tenant, connection)
	if err != nil {
		return nil, fmt.Errorf("store: accounts: %w", err)
	}
	return list, nil
}

// documentTables say how a ledger object shows itself as a document: its kind
// there, its table, and the columns of its day and of its markers.
var documentTables = map[receivables.Kind]struct {
	kind receivables.DocumentKind
	day  string
}{
	receivables.KindInvoice:  {receivables.DocumentInvoice, "issued"},
	receivables.KindCredit:   {receivables.DocumentCredit, "issued"},
	receivables.KindReceipt:  {receivables.DocumentReceipt, "dated"},
	receivables.KindDocument: {"", "dated"},
}

// Documents gives ledger documents by marker or ref as they stand now,
// deleted and voided ones included.
func (s *Store) Documents(ctx context.Context, b books.Book, markers []string, refs []receivables.Ref) ([]reconcile.LedgerDocument, error) {
	found := map[string]reconcile.LedgerDocument{}
	ids := byKind(refs)
	for kind := range documentTables {
		if len(ids[kind]) > 0 {
			if err := s.documents(ctx, b, kind, `id in list($3)`, ids[kind], found); err != nil {
				return nil, err
			}
		}
		if len(markers) > 0 && kind != receivables.KindInvoice {
			if err := s.documents(ctx, b, kind, `marker in list($3) and marker <> ''`, markers, found); err != nil {
				return nil, err
			}
		}
	}
	list := sorted(found, func(d reconcile.LedgerDocument) string { return subjectOf(d.Ref) })
	return list, s.addAccounts(ctx, b, list)
}

func (s *Store) documents(ctx context.Context, b books.Book, kind receivables.Kind, where string, list []string, found map[string]reconcile.LedgerDocument) error {
	shape := documentTables[kind]
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc []byte
		var day date
		d := reconcile.LedgerDocument{Ref: receivables.Ref{Kind: kind}, Kind: shape.kind}
		if err := scan(&d.Ref.ID, &doc, &d.State, &d.Currency, &day, &d.Total, &d.Customer); err != nil {
			return err
		}
		var more struct {
			Kind       receivables.DocumentKind
			Marker     string
			Reconciled bool
			Pays       []receivables.Allocation `json:"allocations"`
		}
		if err := json.Unmarshal(doc, &more); err != nil {
			return err
		}
		d.Date, d.Marker, d.Reconciled, d.Pays = receivables.Date(day), more.Marker, more.Reconciled, more.Pays
		if d.Kind == "" {
			d.Kind = more.Kind
		}
		if kind == receivables.KindReceipt && d.Pays == nil {
			d.Pays = []receivables.Allocation{} // it is applied to nothing
		}
		found[subjectOf(d.Ref)] = d
		return nil
	}, `select id, doc, state, currency, `+shape.day+`, total, customer from `+string(kind)+`
		where tenant = $1 and connection = $2 and `+where, b.Tenant, b.Ledger, list)
	if err != nil {
		return fmt.Errorf("store: documents: %w", err)
	}
	return nil
}

// addAccounts names the accounts that the documents post to, and adds up what
// they do to those of each currency.
func (s *Store) addAccounts(ctx context.Context, b books.Book, list []reconcile.LedgerDocument) error {
	places := map[receivables.Ref]int{}
	refs := make([]receivables.Ref, len(list))
	for i, d := range list {
		places[d.Ref], refs[i] = i, d.Ref
	}
	for kind, ids := range byKind(refs) {
		err := s.reader.each(ctx, func(scan func(...any) error) error {
			var id, account string
			var currency money.Currency
			var amount int64
			if err := scan(&id, &account, &currency, &amount); err != nil {
				return err
			}
			d := &list[places[receivables.Ref{Kind: kind, ID: id}]]
			if !slices.Contains(d.Accounts, account) {
				d.Accounts = append(d.Accounts, account)
			}
			if d.Posted == nil {
				d.Posted = map[money.Currency]int64{}
			}
			d.Posted[currency] += amount
			return nil
		}, `select g.id, g.account, g.currency, g.amount from `+accountPosting+` g
			where g.tenant = $1 and g.connection = $2 and g.kind = $3 and g.id in list($4) order by g.id, g.line`,
			b.Tenant, b.Ledger, string(kind), ids)
		if err != nil {
			return fmt.Errorf("store: accounts of documents: %w", err)
		}
	}
	return nil
}
