package xero

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
)

// lowerSettled pays an invoice in another currency out of money that was
// settled in the base currency. The booking is in the invoice's currency; its
// lines, one for each part, say what that takes off the invoice, and the parts
// what has come into the account. Xero takes both, as Amount and BankAmount
// (Xero docs: accounting/payments), and works out the rate, which is not sent:
// two facts cannot contradict each other.
func (s *session) lowerSettled(b mapping.Booking, i, generation int) (connectors.Write, error) {
	part := b.Parts[i]
	if err := s.checkTwoCurrencies(b); err != nil {
		return connectors.Write{}, err
	}
	switch {
	case b.Lines[i].Invoice != part.Target:
		return connectors.Write{}, fmt.Errorf("the line beside part %s is about another invoice", part.Key())
	case part.Target == "":
		return connectors.Write{}, errors.New("what pays no invoice cannot become a credit in another currency than its account")
	case part.Amount <= 0 || b.Lines[i].Amount <= 0 || b.To == "":
		return connectors.Write{}, fmt.Errorf("part %s needs an invoice, an account and amounts above zero", part.Key())
	}
	w, body := paymentOf(b, part, b.Lines[i].Amount, generation)
	body.BankAmount = amount(part.Amount, b.Settlement)
	return w, fillIn(&w, paymentsRequest(body.BankAmount), body)
}

// checkTwoCurrencies: the money has to have come or gone in the base currency,
// and each part needs its line.
func (s *session) checkTwoCurrencies(b mapping.Booking) error {
	switch {
	case b.Settlement == "" || b.Settlement == b.Currency:
		return errors.New("lines beside the parts are for what was settled in another currency")
	case b.Settlement != s.access.Home:
		return fmt.Errorf("two currencies go together only where the money is in the organisation's own, not in %s", b.Settlement)
	case len(b.Lines) != len(b.Parts):
		return errors.New("each of its parts needs a line of its own")
	}
	return nil
}

// rateDigits is how many decimals of a CurrencyRate Xero keeps (Xero spec:
// CurrencyRate, [18].[6]).
const rateDigits = 6

// worthSettled is an invoice in another currency than what went back, at the
// rate that makes it worth just that: the account between them is in base
// currency and stays empty. The rate is foreign units for one of the base
// currency (Xero docs: accounting/currencies).
func (s *session) worthSettled(b mapping.Booking) (mapping.Booking, error) {
	if err := s.checkTwoCurrencies(b); err != nil {
		return b, err
	}
	digits, known := money.ISO(b.Currency)
	homeDigits, alsoKnown := money.ISO(b.Settlement)
	home := decimal.New(b.Total(), -int32(homeDigits))
	b.Parts = slices.Clone(b.Parts)
	for i := range b.Parts {
		b.Parts[i].Amount = b.Lines[i].Amount
	}
	foreign := decimal.New(b.Total(), -int32(digits))
	if !known || !alsoKnown || !home.IsPositive() || !foreign.IsPositive() {
		return b, errors.New("it needs amounts above zero in two known currencies")
	}
	rate := foreign.DivRound(home, rateDigits)
	if !rate.IsPositive() || !foreign.DivRound(rate, int32(homeDigits)).Equal(home) {
		return b, fmt.Errorf("no rate of %d decimals makes %s %s worth %s %s: %w", rateDigits, foreign, b.Currency, home, b.Settlement, connectors.ErrRate)
	}
	b.Settlement, b.Rate = "", rate.String()
	return b, nil
}

// paymentsRequest is that of one payment; bank is what it must put on the
// account where that is said, "" otherwise.
func paymentsRequest(bank json.Number) wireWrite {
	return wireWrite{Method: http.MethodPut, Path: "Payments", Query: perElement(), Plural: "Payments", BankAmount: string(bank)}
}

func bankAmountOf(raw json.RawMessage) number {
	var p struct{ BankAmount number }
	_ = json.Unmarshal(raw, &p)
	return p.BankAmount
}

func settledOtherwise(op string, put number, request wireWrite) *connectors.Failure {
	return fault(connectors.ClassPermanent, op,
		fmt.Sprintf("Xero has put %s on the account instead of the settled %s: the payment must be deleted", put, request.BankAmount), nil)
}

// checkSettled compares what Xero has put on the account with what was settled.
// A payment of another amount is taken back at once: nobody is to find a cent
// in the clearing account that Stripe does not have.
func (s *session) checkSettled(ctx context.Context, w connectors.Write, request wireWrite, made connectors.Answer) error {
	put := bankAmountOf(made.Raw)
	if put == "" {
		st, _ := findStream("payments")
		raw, err := s.one(ctx, st, made.Ref.ID)
		if err != nil {
			// Find reads it again and compares.
			return fault(connectors.ClassUnknown, w.Op, "the payment was made; what it put on the account is not known", err)
		}
		put = bankAmountOf(raw)
	}
	if equal(put, number(request.BankAmount)) {
		return nil
	}
	body, err := json.Marshal(deleted())
	if err != nil {
		return err
	}
	_, _, err = s.all(ctx, call{
		op: w.Op, method: http.MethodPost, path: "Payments/" + url.PathEscape(made.Ref.ID), body: body, key: w.Key + ":back",
	}, "Payments")
	if err != nil {
		return settledOtherwise(w.Op, put, request)
	}
	f := settledOtherwise(w.Op, put, request)
	f.Class = connectors.ClassRequest
	f.Text = fmt.Sprintf("Xero put %s on the account instead of the settled %s; the payment was taken back", put, request.BankAmount)
	return f
}
