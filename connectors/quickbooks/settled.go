package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// rateDigits bound the digits of a rate: the fewest that give the settled
// amount to the cent are sent.
const (
	rateDigitsLeast = 6
	rateDigitsMost  = 12
)

// atSettlement gives a document in a foreign currency that was settled in home
// currency the rate of the settlement. Its parts are what arrived or left, its
// lines the same in the document's currency, one for each part.
func (l lowering) atSettlement() (lowering, error) {
	homeDigits, ok := money.ISO(l.home)
	switch {
	case l.Settlement == "" && l.Kind == receivables.DocumentReceipt && len(l.Lines) > 0:
		return l, fmt.Errorf("a receipt has lines only when it was settled in home currency")
	case l.Settlement == "":
		return l, nil
	case !ok || l.Settlement != l.home || l.Currency == l.home || len(l.Lines) != len(l.Parts):
		return l, fmt.Errorf("what was settled in %s has a line for each part in another currency, and %s is the company's own", l.Settlement, l.home)
	}
	home := l.total
	l.total = 0
	for i, line := range l.Lines {
		receipt := l.Kind == receivables.DocumentReceipt
		if receipt && line.Invoice != l.Parts[i].Target || receipt != (line.Account == "") {
			return l, fmt.Errorf("the line of part %s names another invoice, or an account too many", l.Parts[i].Key())
		}
		var err error
		if l.total, err = money.AddMinor(l.total, line.Amount); err != nil {
			return l, fmt.Errorf("add up: %w", err)
		}
	}
	if l.total == 0 || l.total > 0 != (home > 0) {
		return l, fmt.Errorf("%s was settled as %s", l.text(l.total), money.Text(home, homeDigits))
	}
	foreign, worth := decimal.New(l.total, -int32(l.digits)), decimal.New(home, -int32(homeDigits))
	for digits := int32(rateDigitsLeast); digits <= rateDigitsMost; digits++ {
		rate := worth.DivRound(foreign, digits)
		if rate.IsPositive() && foreign.Mul(rate).Round(int32(homeDigits)).Equal(worth) {
			l.Rate, l.settled = rate.String(), money.Text(max(home, -home), homeDigits)
			return l, nil
		}
	}
	return l, fmt.Errorf("no rate makes %s %s of %s %s", money.Text(home, homeDigits), l.home, l.text(l.total), l.Currency)
}

// checkSettled takes a document back whose home amount, at the rate that was
// kept, is not what arrived: a wrong amount must not stand in the clearing
// account.
func (s *Session) checkSettled(ctx context.Context, w connectors.Write, r stored, raw []byte) error {
	got, err := decode[documentFigures](raw)
	digits, ok := money.ISO(s.access.Home)
	if err != nil || !ok {
		return brokenAnswer(w.Op, r.Method, answer{}, "the home amount cannot be read", err)
	}
	total, totalErr := decimal.NewFromString(got.total())
	rate, rateErr := decimal.NewFromString(plain(got.ExchangeRate))
	if totalErr == nil && rateErr == nil && sameAmount(total.Mul(rate).Round(int32(digits)).String(), r.Settled) {
		return nil
	}
	text := fmt.Sprintf("QuickBooks keeps the rate %s, by which the document is not worth %s: it was taken back", orElse(plain(got.ExchangeRate), "1"), r.Settled)
	if err := s.takeBack(ctx, w, r, got.wireHead); err != nil {
		text += fmt.Sprintf(", which failed: void %s %s by hand", r.Entity, got.ID)
	}
	return &connectors.Failure{Class: connectors.ClassRequest, Vendor: Name, Op: w.Op, Text: text, Err: err}
}

// takeBack removes what was just written.
func (s *Session) takeBack(ctx context.Context, w connectors.Write, r stored, made wireHead) error {
	operation := url.Values{"operation": {"delete"}}
	change := map[string]any{"Id": made.ID, "SyncToken": made.SyncToken}
	if r.Entity == "Payment" {
		operation, change["sparse"] = url.Values{"operation": {"update"}, "include": {"void"}}, true
	}
	operation.Set("requestid", w.Key+":v")
	body, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("quickbooks: take back %s %s: %w", r.Entity, made.ID, err)
	}
	_, err = s.call(ctx, "take back", http.MethodPost, r.Path, operation, body)
	return err
}
