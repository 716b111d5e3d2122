package xero

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"tieout/connectors"
	"tieout/mapping"
)

// lowerSettled pays an invoice in another currency out of money that was
// settled in the base currency. The booking is in the invoice's currency; its
// lines, one for each part, say what that takes off the invoice, and the parts
// what has come into the account. Xero takes both, as Amount and BankAmount
// (Xero docs: accounting/payments), and works out the rate, which is not sent:
// two facts cannot contradict each other.
func (s *session) lowerSettled(b mapping.Booking, i, generation int) (connectors.Write, error) {
	part := b.Parts[i]
	switch {
	case len(b.Lines) != len(b.Parts) || b.Lines[i].Invoice != part.Target:
		return connectors.Write{}, fmt.Errorf("part %s needs a line of its own, about its invoice", part.Key())
	case s.access.Home == "" || b.Currency == s.access.Home:
		return connectors.Write{}, errors.New("lines are for invoices in another currency than the organisation's")
	case part.Target == "":
		return connectors.Write{}, errors.New("what pays no invoice cannot become a credit in another currency than its account")
	case part.Amount <= 0 || b.Lines[i].Amount <= 0 || b.To == "":
		return connectors.Write{}, fmt.Errorf("part %s needs an invoice, an account and amounts above zero", part.Key())
	}
	w, body := paymentOf(b, part, b.Lines[i].Amount, generation)
	body.BankAmount = amount(part.Amount, s.access.Home)
	return w, fillIn(&w, wireWrite{
		Method: http.MethodPut, Path: "Payments", Query: perElement(), Plural: "Payments", BankAmount: string(body.BankAmount),
	}, body)
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
