package store

import (
	"context"
	"fmt"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/statement"
)

var ruleTable = newTable("payer_rule", 3, "tenant text, book text, id text, kind text, lookup text, customer text, line text, doc jsonb")

func (r runner) saveRules(ctx context.Context, b books.Book, rules []statement.Rule) error {
	rows := make([][]any, len(rules))
	for i, rule := range rules {
		rows[i] = []any{b.Tenant, b.ID, rule.ID, string(rule.Kind), clean(rule.Key), rule.Customer, clean(rule.Line), document[statement.Rule]{rule}}
	}
	return r.write(ctx, ruleTable, ruleTable.replace(), rows)
}

// Rules gives what was learned from confirmations, by id.
func (s *Store) Rules(ctx context.Context, b books.Book) ([]statement.Rule, error) {
	list, err := values[statement.Rule](ctx, s.reader.runner, `select doc from payer_rule where tenant = $1 and book = $2 order by id`, b.Tenant, b.ID)
	if err != nil {
		return nil, fmt.Errorf("store: rules: %w", err)
	}
	return list, nil
}

// DeleteRule forgets a rule; ErrNotFound when there is none.
func (s *Store) DeleteRule(ctx context.Context, b books.Book, id string) error {
	n, err := s.writer.run(ctx, `delete from payer_rule where tenant = $1 and book = $2 and id = $3`, b.Tenant, b.ID, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("store: delete rule: %w", err)
	}
	return nil
}

// SaveColumnMap keeps a column map under a name; one that is there is replaced.
func (s *Store) SaveColumnMap(ctx context.Context, tenant, name string, m statement.ColumnMap, by string, at time.Time) error {
	_, err := s.writer.run(ctx, `insert into column_map (tenant, name, doc, made_by, made_at) values ($1, $2, $3, $4, $5)
		on conflict (tenant, name) do update set doc = excluded.doc, made_by = excluded.made_by, made_at = excluded.made_at`,
		tenant, name, document[statement.ColumnMap]{m}, by, at)
	if err != nil {
		return fmt.Errorf("store: save column map: %w", err)
	}
	return nil
}

// ColumnMaps gives the column maps by name.
func (s *Store) ColumnMaps(ctx context.Context, tenant string) (map[string]statement.ColumnMap, error) {
	out := map[string]statement.ColumnMap{}
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var name string
		var doc document[statement.ColumnMap]
		err := scan(&name, &doc)
		out[name] = doc.value
		return err
	}, `select name, doc from column_map where tenant = $1 order by name`, tenant)
	if err != nil {
		return nil, fmt.Errorf("store: column maps: %w", err)
	}
	return out, nil
}

// BankPayout is a payout that should have come to a bank account.
type BankPayout struct {
	receivables.Payout
	// ReturnedAt is when the processor took it back after it had failed, zero
	// when it did not.
	ReturnedAt time.Time
}

// BankPayouts gives the payouts whose destination is a bank account, with when
// those that failed were taken back.
func (s *Store) BankPayouts(ctx context.Context, b books.Book, account string) ([]BankPayout, error) {
	var list []BankPayout
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var doc document[receivables.Payout]
		var back instant
		if err := scan(&doc, &back); err != nil {
			return err
		}
		if bank, ok := b.Accounts.Bank(doc.value.Destination, doc.value.Currency); ok && bank == account {
			list = append(list, BankPayout{doc.value, back.time()})
		}
		return nil
	}, `select p.doc, r.created from payout p
		left join balance_transaction r on r.tenant = p.tenant and r.connection = p.connection and r.id = p.failure_movement
			and p.failure_movement <> '' and not r.deleted
		where p.tenant = $1 and p.connection in list($2) and not p.deleted order by p.id`, b.Tenant, b.Sources)
	if err != nil {
		return nil, fmt.Errorf("store: payouts: %w", err)
	}
	return list, nil
}

// OpenInvoices gives every live invoice of the ledger with a balance in a
// currency that stands to be paid.
func (s *Store) OpenInvoices(ctx context.Context, b books.Book, currency string) ([]receivables.Invoice, error) {
	list, err := values[receivables.Invoice](ctx, s.reader.runner,
		`select doc from invoice where tenant = $1 and connection = $2 and currency = $3 and state = 'live' and balance > 0 order by id`, b.Tenant, b.Ledger, currency)
	if err != nil {
		return nil, fmt.Errorf("store: open invoices: %w", err)
	}
	return list, nil
}

// AllCustomers gives every customer of the ledger that was not deleted, by id.
func (s *Store) AllCustomers(ctx context.Context, b books.Book) ([]receivables.Customer, error) {
	list, err := values[receivables.Customer](ctx, s.reader.runner,
		`select doc from customer where tenant = $1 and connection = $2 and not deleted order by id`, b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("store: customers: %w", err)
	}
	return list, nil
}
