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
// than as-of, so those on clearing accounts are read and taken off. Calls: one
// for each thousand accounts and customers, and one for each of the entities
// that can touch a bank account, when a clearing account is asked for.
func (s *Session) Figures(ctx context.Context, q connectors.FigureQuery) (connectors.Figures, error) {
	f := connectors.Figures{
		Receivable: map[money.Currency]int64{}, Customers: map[money.Currency]int64{}, Clearing: map[money.Currency]int64{},
	}
	if _, err := receivables.ParseDate(string(q.AsOf)); err != nil {
		return f, fmt.Errorf("quickbooks: figures: %w", err)
	}
	if err := s.accountFigures(ctx, q, &f); err != nil {
		return f, err
	}
	if err := s.customerFigures(ctx, &f); err != nil {
		return f, err
	}
	if len(q.Clearing) == 0 {
		return f, nil
	}
	later, err := s.laterPostings(ctx, q, &f)
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

// each pages through all rows of an entity once; a row that is read twice
// counts once, with its later state.
func (s *Session) each(ctx context.Context, name string, calls *int) (map[string]mapping.Draft, error) {
	e, _ := entityNamed(name)
	all := map[string]mapping.Draft{}
	at, more := place{Start: 1}, true
	for more {
		drafts, next, again, err := s.list(ctx, e, at)
		if err != nil {
			return nil, err
		}
		*calls++
		for _, d := range drafts {
			d.Raw = nil // thousands of bodies need not be kept
			all[d.ID] = d
		}
		at, more = next, again
	}
	return all, nil
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

func (s *Session) accountFigures(ctx context.Context, q connectors.FigureQuery, f *connectors.Figures) error {
	rows, err := s.each(ctx, "Account", &f.Calls)
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
func (s *Session) customerFigures(ctx context.Context, f *connectors.Figures) error {
	rows, err := s.each(ctx, "Customer", &f.Calls)
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
func (s *Session) laterPostings(ctx context.Context, q connectors.FigureQuery, f *connectors.Figures) (map[string]int64, error) {
	wanted := map[string]bool{}
	for _, id := range q.Clearing {
		wanted[id] = true
	}
	sums := map[string]int64{}
	for _, name := range moneyEntities() {
		rows, err := s.later(ctx, name, q.AsOf, &f.Calls)
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

// later reads the documents of an entity dated after a day.
func (s *Session) later(ctx context.Context, name string, day receivables.Date, calls *int) (map[string]mapping.Draft, error) {
	e, _ := entityNamed(name)
	all := map[string]mapping.Draft{}
	for n := range findPages {
		op := fmt.Sprintf("list %s after %s", e.stream, day)
		text := fmt.Sprintf("SELECT * FROM %s WHERE TxnDate > %s ORDERBY TxnDate STARTPOSITION %d MAXRESULTS %d", name, quote(string(day)), n*pageSize+1, pageSize)
		a, err := s.query(ctx, op, text)
		if err != nil {
			return nil, err
		}
		*calls++
		p, err := s.page(e, op, a)
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
	return nil, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: "figures", Text: fmt.Sprintf("not measured: more than %d %s are dated after %s", findPages*pageSize, name, day)}
}
