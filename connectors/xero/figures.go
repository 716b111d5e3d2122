package xero

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// wireReport is a report: rows within sections, cells that name their account
// in an attribute (Xero docs: accounting/reports).
type wireReport struct{ Rows []wireReportRow }

type wireReportRow struct {
	RowType string
	Cells   []wireCell
	Rows    []wireReportRow
}

type wireCell struct {
	Value      string
	Attributes []struct{ ID, Value string }
}

// Figures reads the trial balance's accounts-receivable line, which is one
// figure in the base currency, and the bank summary's closing balances of the
// clearing accounts in the base currency. The summary converts accounts of
// other currencies, so that their documents have to be summed instead.
func (s *session) Figures(ctx context.Context, q connectors.FigureQuery) (connectors.Figures, error) {
	f := connectors.Figures{
		Receivable: map[money.Currency]int64{}, ReceivableHome: true, Clearing: map[money.Currency]int64{},
	}
	home, err := s.figureHome(ctx, &f)
	if err != nil {
		return f, err
	}
	debtors, err := s.debtors(ctx, &f)
	if err != nil {
		return f, err
	}
	if f.Receivable[home], err = s.receivable(ctx, &f, q.AsOf, home, debtors); err != nil {
		return f, err
	}
	for currency := range q.Clearing {
		if currency != home {
			f.OwnSum = append(f.OwnSum, currency)
		}
	}
	sortCurrencies(f.OwnSum)
	if account, ok := q.Clearing[home]; ok {
		return f, s.clearing(ctx, &f, q.AsOf, home, account)
	}
	return f, nil
}

// figureHome is the base currency, asked for if the session was not told.
func (s *session) figureHome(ctx context.Context, f *connectors.Figures) (money.Currency, error) {
	if s.access.Home != "" {
		return s.access.Home, nil
	}
	f.Calls++
	p, err := s.Profile(ctx)
	return p.Home, err
}

// debtors are the ids of the accounts-receivable accounts; users may rename
// and renumber them, the system's mark stays.
func (s *session) debtors(ctx context.Context, f *connectors.Figures) (map[string]bool, error) {
	all, called, err := s.accounts(ctx)
	if called {
		f.Calls++
	}
	ids := map[string]bool{}
	for id, w := range all {
		if w.SystemAccount == systemReceivable {
			ids[id] = true
		}
	}
	if err == nil && len(ids) == 0 {
		err = fault(connectors.ClassPermanent, "read accounts", "the organisation shows no accounts-receivable account", nil)
	}
	return ids, err
}

// receivable is the balance of the line: debit less credit of the year's
// columns, which for a balance-sheet account are its balance. The first pair
// of columns is the month's movement. An account without a balance has no
// line.
func (s *session) receivable(
	ctx context.Context, f *connectors.Figures, asOf receivables.Date, home money.Currency, debtors map[string]bool,
) (int64, error) {
	f.Calls++
	report, err := s.report(ctx, "TrialBalance", url.Values{"date": {string(asOf)}})
	if err != nil {
		return 0, err
	}
	var sum int64
	for id := range debtors {
		for column, sign := range map[string]int64{"YTD Debit": 1, "YTD Credit": -1} {
			value, _, err := report.cell(id, column, home)
			if err != nil {
				return 0, err
			}
			sum += sign * value
		}
	}
	return sum, nil
}

// clearing is the closing balance of the account. An account that the summary
// does not list is left to the sum of its documents.
func (s *session) clearing(
	ctx context.Context, f *connectors.Figures, asOf receivables.Date, home money.Currency, account string,
) error {
	f.Calls++
	first := asOf
	if len(asOf) == len("2006-01-02") {
		first = asOf[:len("2006-01-")] + "01"
	}
	report, err := s.report(ctx, "BankSummary", url.Values{"fromDate": {string(first)}, "toDate": {string(asOf)}})
	if err != nil {
		return err
	}
	value, found, err := report.cell(account, "Closing Balance", home)
	if err != nil {
		return err
	}
	if !found {
		f.OwnSum = append(f.OwnSum, home)
		return nil
	}
	f.Clearing[home] = value
	return nil
}

func (s *session) report(ctx context.Context, name string, query url.Values) (wireReport, error) {
	op := "report " + name
	rows, _, err := s.all(ctx, call{op: op, method: http.MethodGet, path: "Reports/" + name, query: query}, "Reports")
	if err != nil {
		return wireReport{}, err
	}
	if len(rows) != 1 {
		return wireReport{}, fault(connectors.ClassPermanent, op, "the answer does not hold one report", nil)
	}
	report, err := decode[wireReport](rows[0])
	if err != nil {
		return wireReport{}, bodyFailure(op, false, err)
	}
	return report, nil
}

// cell finds the account's value in the column with the given title. A column
// that is not there is an error: a figure is never guessed.
func (r wireReport) cell(account, column string, currency money.Currency) (value int64, found bool, err error) {
	at := -1
	for _, row := range r.Rows {
		if row.RowType != "Header" {
			continue
		}
		for i, c := range row.Cells {
			if strings.EqualFold(c.Value, column) {
				at = i
			}
		}
	}
	if at < 0 {
		return 0, false, fault(connectors.ClassPermanent, "read report", "the report has no column "+column, nil)
	}
	row, found := findRow(r.Rows, account)
	if !found || at >= len(row.Cells) || row.Cells[at].Value == "" {
		return 0, found, nil
	}
	text := strings.ReplaceAll(row.Cells[at].Value, ",", "")
	amount, err := money.Parse(text, currency, money.ISO)
	if err != nil {
		return 0, true, fault(connectors.ClassPermanent, "read report", "a figure cannot be read", err)
	}
	return amount.Minor, true, nil
}

// findRow looks for the account in the attributes of the rows' cells, whose
// ids are spelt "account" and "accountID".
func findRow(rows []wireReportRow, account string) (wireReportRow, bool) {
	for _, row := range rows {
		for _, c := range row.Cells {
			for _, a := range c.Attributes {
				if (a.ID == "account" || a.ID == "accountID") && strings.EqualFold(a.Value, account) {
					return row, true
				}
			}
		}
		if hit, ok := findRow(row.Rows, account); ok {
			return hit, true
		}
	}
	return wireReportRow{}, false
}
