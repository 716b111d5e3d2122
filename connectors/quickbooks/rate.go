package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"

	"github.com/shopspring/decimal"

	"tieout/connectors"
)

// unrated is what of a document says whether it needs a rate.
type unrated struct {
	TxnDate      string
	CurrencyRef  wireRef
	ExchangeRate json.Number
}

// withRate gives the body of a document in a foreign currency for which nobody
// knew a rate the company's own rate of its day (Intuit docs: exchangerate):
// without one QuickBooks would store 1 (WordPress/wordcamp.org pull 1325). Where
// the company has none either the body stays as it is.
func (s *Session) withRate(ctx context.Context, w connectors.Write, body json.RawMessage) (json.RawMessage, error) {
	if !makesDocument(w.Op) {
		return body, nil
	}
	d, err := decode[unrated](body)
	foreign := s.access.Home != "" && d.CurrencyRef.Value != "" && d.CurrencyRef.Value != string(s.access.Home)
	if err != nil || !foreign || d.ExchangeRate != "" || len(body) == 0 || body[0] != '{' {
		return body, nil //nolint:nilerr // a body that cannot be read is the vendor's to refuse
	}
	rate, err := s.rateOn(ctx, d.CurrencyRef.Value, d.TxnDate)
	if err != nil || rate == "" {
		return body, err
	}
	return bytes.Join([][]byte{[]byte(`{"ExchangeRate":` + rate), body[1:]}, []byte(",")), nil
}

// rateOn is home units for one foreign unit on a day; "" where the company
// knows none.
func (s *Session) rateOn(ctx context.Context, currency, day string) (string, error) {
	const op = "read exchange rate"
	a, err := s.get(ctx, op, "/exchangerate", url.Values{"sourcecurrencycode": {currency}, "asofdate": {day}})
	if class := connectors.ClassOf(err); err != nil && (class == connectors.ClassGone || class == connectors.ClassRequest) {
		return "", nil // no such currency, or no rate
	}
	if err != nil {
		return "", err
	}
	raw, err := single(op, "ExchangeRate", a)
	if err != nil {
		return "", err
	}
	found, err := decode[struct{ Rate json.Number }](raw)
	if err != nil {
		return "", malformed(op, a, err)
	}
	rate, err := decimal.NewFromString(plain(found.Rate))
	if err != nil || !rate.IsPositive() {
		return "", nil //nolint:nilerr // none is stated
	}
	return rate.String(), nil
}
