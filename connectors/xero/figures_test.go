package xero

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/money"
)

// TestFiguresWithACreditBalance has more credits than invoices: the line
// stands on the other side.
func TestFiguresWithACreditBalance(t *testing.T) {
	t.Parallel()
	const (
		accounts = `{"Accounts":[{"AccountID":"ar","SystemAccount":"DEBTORS"},{"AccountID":"x","SystemAccount":""}]}`
		header   = `{"RowType":"Header","Cells":[{"Value":"Account"},{"Value":"Debit"},{"Value":"Credit"},{"Value":"YTD Debit"},{"Value":"YTD Credit"}]}`
		line     = `{"RowType":"Row","Cells":[{"Value":"Debtors","Attributes":[{"Id":"account","Value":"AR"}]},{"Value":"5.00"},{"Value":""},{"Value":""},{"Value":"1,212.50"}]}`
		summary  = `{"Reports":[{"Rows":[{"RowType":"Header","Cells":[{"Value":"Bank Accounts"},{"Value":"Closing Balance"}]},{"RowType":"Section","Rows":[]}]}]}`
	)
	trial := `{"Reports":[{"Rows":[` + header + `,{"RowType":"Section","Rows":[` + line + `]}]}]}`
	server := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := map[string]string{"Accounts": accounts, "Reports/TrialBalance": trial, "Reports/BankSummary": summary}[strings.TrimPrefix(r.URL.Path, apiPath)]
		answer(200, nil, body).ServeHTTP(w, r)
	})
	f, err := sessionOf(server).Figures(context.Background(), connectors.FigureQuery{
		AsOf: "2026-05-04", Clearing: map[money.Currency]string{"USD": "clearing", "EUR": "other"},
	})
	if err != nil || f.Receivable["USD"] != -121250 || f.Calls != 3 {
		t.Errorf("figures %+v, %v", f, err)
	}
	// The summary does not list the account: it is not measured as zero.
	if _, measured := f.Clearing["USD"]; measured || len(f.OwnSum) != 2 {
		t.Errorf("clearing %v, own sum %v", f.Clearing, f.OwnSum)
	}
}
