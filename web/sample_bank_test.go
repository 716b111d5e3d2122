package web

import (
	"context"
	"slices"
	"strconv"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/statement"
)

// Bank has a line of each kind.
func (s *sample) Bank(_ context.Context, _, book string, q BankQuery) (Bank, error) {
	if book != "1" {
		return Bank{}, s.err
	}
	usd := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: "USD"} }
	out := Bank{
		Writes: true, Older: "2026-11-01 35 " + evil,
		Accounts: []BankAccount{{ID: "35", Name: evil, Currency: "USD", Lines: 1234, Confirm: 2, Open: 1, From: "2026-01-01", To: "2026-11-20"}, {ID: "36", Name: "New", Currency: "USD"}},
		Lines: []BankLine{
			{Account: "35", AccountName: evil, ID: "l1", On: "2026-11-19", Amount: usd(100_00), Name: evil, Text: evil, Meaning: "receipt", Sure: true, Why: evil, Open: true, Found: true, Shown: "d1", Invoices: []MovementInvoice{{InvoiceRef: InvoiceRef{Connection: "c1", ID: "1", Number: evil}, Amount: usd(90_00)}, {InvoiceRef: InvoiceRef{Number: evil}, Amount: usd(10_00)}}},
			{Account: "35", ID: "l2", On: "2026-11-18", Amount: usd(50_00), Meaning: "payout", Sure: true, Payout: evil},
			{Account: "35", ID: "l3", On: "2026-11-17", Amount: usd(-4_50), Text: evil, Meaning: "fee"},
			{Account: "35", ID: "l4", On: "2026-11-16", Amount: usd(7_00), Meaning: "unknown", Near: []string{evil}, Open: true},
			{Account: "35", ID: "l5", On: "2026-11-15", Amount: usd(8_00), Meaning: "receipt", By: evil, At: start, Documents: []MovementDocument{{What: "Receipt", State: "planned"}}},
			{Account: "35", ID: "l6", On: "2026-11-14", Amount: usd(9_00), Meaning: "receipt", By: "Bo", At: start, Documents: []MovementDocument{{What: "Receipt", State: "live", Document: receivables.Ref{Kind: receivables.KindReceipt, ID: evil}}}},
			{Account: "35", ID: "l7", On: "2026-11-13", Amount: usd(1_00)},
		},
	}
	if q.Line != "" {
		out.Lines = slices.DeleteFunc(out.Lines, func(l BankLine) bool { return l.ID != q.Line })
	}
	if s.empty {
		return Bank{}, s.err
	}
	return out, s.err
}

// ReadStatement finds a CSV file in everything but a wrong file and XML.
func (s *sample) ReadStatement(_ context.Context, _, _ string, f BankFile) (StatementShown, error) {
	out := StatementShown{Account: AccountOption{ID: f.Account, Name: evil}, Currency: "USD", Format: statement.FormatCAMT}
	switch string(f.Content) {
	case "wrong":
		return out, FieldError{evil}
	case "<xml>":
	default:
		out.Format, out.Columns, out.Forms, out.Map = statement.FormatCSV, []string{evil, "Day", "Sum"}, []string{"YYYY-MM-DD"}, &statement.ColumnMap{Date: "Day", Decimal: ".", Text: []string{evil, "more"}}
		if f.Map == nil {
			out.Ask = []string{evil}
			return out, s.err
		}
		out.Map = f.Map
		if f.Map.Amount == "" {
			out.Problem = evil
			return out, s.err
		}
	}
	sum := money.Money{Minor: 5_00, Currency: "USD"}
	out.Parts = []StatementPart{{Number: evil, From: "2026-11-01", To: "2026-11-20", Opening: &sum, Closing: &sum, Lines: 3, New: 2, Pending: 1}, {Lines: 1}}
	out.First = []BankLine{{On: "2026-11-01", Name: evil, Text: evil, Amount: sum}}
	return out, s.err
}

// ImportStatement remembers what was imported.
func (s *sample) ImportStatement(_ context.Context, _, _ string, f BankFile, by string) (int, error) {
	s.answered = by + " " + f.Account + " " + strconv.Quote(string(f.Content))
	if f.Map != nil {
		s.answered += " " + f.Map.Amount
	}
	return 2, s.err
}

// MatchBank knows one account.
func (s *sample) MatchBank(_ context.Context, _, _, account string) error {
	if account != "35" {
		return ErrNotFound
	}
	return s.err
}

// ConfirmLine knows two lines.
func (s *sample) ConfirmLine(_ context.Context, _, _ string, c LineChoice, by string) error {
	switch {
	case c.ID != "l1" && c.ID != "l4":
		return ErrNotFound
	case c.ID == "l1" && c.Shown != "d1":
		return ErrOtherShown
	case s.answered == by+" "+c.ID:
		return ErrAnswered
	case slices.Contains(c.Invoices, "none"):
		return FieldError{evil}
	}
	s.answered = by + " " + c.ID
	return s.err
}

// ReopenLine takes back what was confirmed last.
func (s *sample) ReopenLine(_ context.Context, _, _, _, line string) error {
	if line == "l6" {
		return ErrActed
	}
	s.answered = "reopened " + line
	return s.err
}
