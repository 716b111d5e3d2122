package quickbooks

import (
	"context"
	"fmt"
	"maps"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// Figures reads what QuickBooks itself says: the A/R accounts, the clearing
// accounts and the customers. CurrentBalance includes documents dated later
// than as-of, so those on clearing accounts are read and taken off. One call
// asks for the first thousand of all of it.
func (s *Session) Figures(ctx context.Context, q connectors.FigureQuery) (connectors.Figures, error) {
	f := connectors.Figures{
		Receivable: map[money.Currency]int64{}, Customers: map[money.Currency]int64{}, Clearing: map[money.Currency]int64{},
	}
	if _, err := receivables.ParseDate(string(q.AsOf)); err != nil {
		return f, fmt.Errorf("quickbooks: figures: %w", err)
	}
	m := &measuring{Session: s, calls: &f.Calls}
	first, err := m.ask(ctx, q)
	if err != nil {
		return f, err
	}
	if err := m.accountFigures(ctx, first["Account"], q, &f); err != nil {
		return f, err
	}
	if err := m.customerFigures(ctx, first["Customer"], &f); err != nil {
		return f, err
	}
	if len(q.Clearing) == 0 {
		return f, nil
	}
	later, err := m.laterPostings(ctx, first, q)
	if err != nil {
		return f, err
	}
	for c := range maps.Keys(f.Clearing) {
		if f.Clearing[c], err = money.AddMinor(f.Clearing[c], -later[q.Clearing[c]]); err != nil {
			return f, fmt.Errorf("quickbooks: figures: clearing %s: %w", c, err)
		}
	}
	return f, nil
}

// measuring is one reading of the figures; it counts its calls.
type measuring struct {
	*Session
	calls *int
}

// ask reads the first page of everything that the figures need, by entity.
func (m *measuring) ask(ctx context.Context, q connectors.FigureQuery) (map[string]answer, error) {
	var names, statements []string
	for _, name := range []string{"Account", "Customer"} {
		e, _ := entityNamed(name)
		names, statements = append(names, name), append(statements, changedStatement(e, place{Start: 1}))
	}
	if len(q.Clearing) > 0 {
		for _, name := range moneyEntities() {
			names, statements = append(names, name), append(statements, laterStatement(name, q.AsOf, 0))
		}
	}
	answers, err := m.queries(ctx, "figures", statements)
	if err != nil {
		return nil, err
	}
	*m.calls++
	first := map[string]answer{}
	for i, name := range names {
		first[name] = answers[i]
	}
	return first, nil
}

// each goes through all rows of an entity after its first page; a row that is
// read twice counts once, with its later state.
func (m *measuring) each(ctx context.Context, name string, first answer) (map[string]mapping.Draft, error) {
	e, _ := entityNamed(name)
	all := map[string]mapping.Draft{}
	at := place{Start: 1}
	for a := first; ; {
		drafts, next, more, err := m.listed(e, at, a)
		if err != nil {
			return nil, err
		}
		for _, d := range drafts {
			d.Raw = nil // thousands of bodies need not be kept
			all[d.ID] = d
		}
		if !more {
			return all, nil
		}
		at = next
		if a, err = m.query(ctx, at.op(e), changedStatement(e, at)); err != nil {
			return nil, err
		}
		*m.calls++
	}
}

// accepted checks a row; a figure that would leave one out is not measured.
func accepted[T receivables.Entity](d mapping.Draft) (T, error) {
	record := mapping.Accept(d)
	value, ok := record.Entity.(T)
	if record.Rejection != nil {
		return value, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "figures", Text: "not measured: " + record.Rejection.Text}
	}
	if !ok {
		return value, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "figures", Text: fmt.Sprintf("not measured: %s %s has no value", d.Kind, d.ID)}
	}
	return value, nil
}

func (m *measuring) accountFigures(ctx context.Context, first answer, q connectors.FigureQuery, f *connectors.Figures) error {
	rows, err := m.each(ctx, "Account", first)
	if err != nil {
		return err
	}
	byID := map[string]receivables.Account{}
	for id, d := range rows {
		a, err := accepted[receivables.Account](d)
		if err != nil {
			return err
		}
		byID[id] = a
		if a.Type == receivables.AccountReceivable && a.Balance != nil {
			if err := addTo(f.Receivable, a.Currency, *a.Balance); err != nil {
				return err
			}
		}
	}
	for c, id := range q.Clearing {
		// An account that is gone, or in another currency, is not measured.
		if a, ok := byID[id]; ok && a.Balance != nil && a.Currency == c {
			f.Clearing[c] = *a.Balance
		}
	}
	return nil
}

// customerFigures adds up Balance, never BalanceWithJobs, which counts
// sub-customers twice.
func (m *measuring) customerFigures(ctx context.Context, first answer, f *connectors.Figures) error {
	rows, err := m.each(ctx, "Customer", first)
	if err != nil {
		return err
	}
	for _, d := range rows {
		c, err := accepted[receivables.Customer](d)
		if err != nil {
			return err
		}
		if c.Balance == nil {
			continue
		}
		if err := addTo(f.Customers, c.Currency, *c.Balance); err != nil {
			return err
		}
	}
	return nil
}

func addTo(sums map[money.Currency]int64, c money.Currency, amount int64) error {
	sum, err := money.AddMinor(sums[c], amount)
	if err != nil {
		return fmt.Errorf("quickbooks: figures: %s: %w", c, err)
	}
	sums[c] = sum
	return nil
}

// moneyEntities are those whose documents can touch a bank account.
func moneyEntities() []string {
	return []string{"Payment", "Purchase", "Transfer", "Deposit", "JournalEntry", "SalesReceipt", "RefundReceipt"}
}

// laterPostings adds up, by account, what documents dated after as-of do to
// the clearing accounts.
func (m *measuring) laterPostings(ctx context.Context, first map[string]answer, q connectors.FigureQuery) (map[string]int64, error) {
	wanted := map[string]bool{}
	for _, id := range q.Clearing {
		wanted[id] = true
	}
	sums := map[string]int64{}
	for _, name := range moneyEntities() {
		rows, err := m.later(ctx, name, q.AsOf, first[name])
		if err != nil {
			return nil, err
		}
		for _, d := range rows {
			if err := addLater(sums, wanted, d); err != nil {
				return nil, err
			}
		}
	}
	return sums, nil
}

func addLater(sums map[string]int64, wanted map[string]bool, d mapping.Draft) error {
	var postings []receivables.Posting
	if d.Receipt != nil {
		r, err := accepted[receivables.Receipt](d)
		if err != nil {
			return err
		}
		postings = []receivables.Posting{{AccountID: r.AccountID, Amount: r.Total}}
	} else {
		doc, err := accepted[receivables.Document](d)
		if err != nil {
			return err
		}
		postings = doc.Postings
	}
	for _, p := range postings {
		if !wanted[p.AccountID] {
			continue
		}
		sum, err := money.AddMinor(sums[p.AccountID], p.Amount)
		if err != nil {
			return fmt.Errorf("quickbooks: figures: %w", err)
		}
		sums[p.AccountID] = sum
	}
	return nil
}

// laterStatement is a page of the documents of an entity dated after a day.
func laterStatement(name string, day receivables.Date, n int) string {
	return fmt.Sprintf("SELECT * FROM %s WHERE TxnDate > %s ORDERBY Id STARTPOSITION %d MAXRESULTS %d", name, quote(string(day)), n*pageSize+1, pageSize)
}

// later reads the documents of an entity dated after a day, after their first
// page.
func (m *measuring) later(ctx context.Context, name string, day receivables.Date, first answer) (map[string]mapping.Draft, error) {
	e, _ := entityNamed(name)
	all, op := map[string]mapping.Draft{}, fmt.Sprintf("list %s after %s", e.stream, day)
	a := first
	for n := range findPages {
		if n > 0 {
			var err error
			if a, err = m.query(ctx, op, laterStatement(name, day, n)); err != nil {
				return nil, err
			}
			*m.calls++
		}
		p, err := m.page(e, op, a)
		if err != nil {
			return nil, err
		}
		for _, d := range p.drafts {
			all[d.ID] = d
		}
		if len(p.drafts) < pageSize {
			return all, nil
		}
	}
	return nil, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "figures", Text: fmt.Sprintf("not measured: more than %d %s are dated after %s", findPages*pageSize, name, day.Words())}
}
