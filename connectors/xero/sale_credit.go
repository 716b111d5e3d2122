package xero

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"strings"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

var _ connectors.SaleCrediter = (*session)(nil)

// soldLine is a line of an invoice, as much of it as a credit repeats. Items
// are left out: crediting one would put stock back on the shelf.
type soldLine struct {
	wireLine
	Tracking json.RawMessage
	// gross is the line with its tax, in minor units.
	gross int64
}

// soldInvoice is an invoice whose sale is credited.
type soldInvoice struct {
	InvoiceNumber, Status string
	Contact               struct{ ContactID string }
	CurrencyCode          money.Currency
	CurrencyRate          number
	LineAmountTypes       string
	LineItems             []soldLine
}

// LowerSaleCredit makes a credit note over the lines of the invoice: their
// accounts, tax types and tracking, each with its share of the amount. The
// amounts contain their tax, which Xero computes from the types, so that the
// credit note comes to the amount whatever the rates round to.
func (s *session) LowerSaleCredit(b mapping.Booking, invoices map[string][]byte, generation int) ([]connectors.Write, error) {
	w, err := s.lowerSaleCredit(b, invoices, generation)
	if err != nil {
		return nil, fmt.Errorf("xero: lower credit for a sale, %s: %w", b.Source, err)
	}
	return []connectors.Write{w}, nil
}

func (s *session) lowerSaleCredit(b mapping.Booking, invoices map[string][]byte, generation int) (connectors.Write, error) {
	if err := checkBooking(b); err != nil {
		return connectors.Write{}, err
	}
	if b.Kind != receivables.DocumentCredit || len(b.Lines) == 0 {
		return connectors.Write{}, errors.New("it is no credit for a sale")
	}
	var lines []bodyLine
	var sum int64
	types := ""
	for _, l := range b.Lines {
		if l.Account != "" || l.Invoice == "" {
			return connectors.Write{}, errors.New("each of its lines has to name an invoice and no account")
		}
		sold, err := readSold(l.Invoice, invoices[l.Invoice], b)
		if err != nil {
			return connectors.Write{}, err
		}
		if types != "" && types != sold.types() {
			return connectors.Write{}, errors.New("it is about invoices with and without tax: they have to be credited one by one")
		}
		shares, err := sold.share(l.Amount, b)
		if err != nil {
			return connectors.Write{}, err
		}
		types, sum, lines = sold.types(), sum+l.Amount, append(lines, shares...)
		if b.Rate == "" {
			b.Rate = rateText(sold.CurrencyRate)
		}
	}
	if sum != b.Total() {
		return connectors.Write{}, fmt.Errorf("its lines come to %s, its parts to %s", said(sum, b), said(b.Total(), b))
	}
	w, body, err := s.document(opCredit, b, generation)
	if err != nil {
		return connectors.Write{}, err
	}
	body.Type, body.LineItems, body.LineAmountTypes = typeCreditNote, lines, types
	return w, fill(&w, http.MethodPut, "CreditNotes", priced(), body)
}

// readSold reads an invoice that can be credited line by line.
func readSold(id string, raw []byte, b mapping.Booking) (soldInvoice, error) {
	if raw == nil {
		return soldInvoice{}, fmt.Errorf("invoice %s is not held", id)
	}
	i, err := decode[soldInvoice](raw)
	if err != nil {
		return i, fmt.Errorf("invoice %s cannot be read: %w", id, err)
	}
	called := i.InvoiceNumber
	switch {
	case i.Status != "AUTHORISED" && i.Status != "PAID":
		return i, fmt.Errorf("invoice %s is %s", called, strings.ToLower(i.Status))
	case i.CurrencyCode != b.Currency:
		return i, fmt.Errorf("invoice %s is in %s, the credit in %s", called, i.CurrencyCode, b.Currency)
	case !strings.EqualFold(i.Contact.ContactID, b.CustomerID):
		return i, fmt.Errorf("invoice %s belongs to another customer by now", called)
	}
	kept := i.LineItems[:0]
	for _, l := range i.LineItems {
		if l.LineAmount.zero() && l.TaxAmount.zero() {
			continue // a line of text
		}
		if l.AccountID == "" && l.AccountCode == "" || l.TaxType == "" && i.types() != noTax {
			return i, fmt.Errorf("a line of invoice %s has no account or no tax type", called)
		}
		if l.gross, err = i.grossOf(l.wireLine); err != nil {
			return i, fmt.Errorf("a line of invoice %s has no amount: %w", called, err)
		}
		kept = append(kept, l)
	}
	i.LineItems = kept
	return i, nil
}

// types says how the lines of the credit state their amounts.
func (i soldInvoice) types() string {
	if i.LineAmountTypes == noTax {
		return noTax
	}
	return inclusive
}

// grossOf is what a line adds to the total.
func (i soldInvoice) grossOf(l wireLine) (int64, error) {
	sum, err := decimal.NewFromString(string(l.LineAmount))
	if err == nil && i.LineAmountTypes == exclusive && l.TaxAmount != "" {
		var tax decimal.Decimal
		tax, err = decimal.NewFromString(string(l.TaxAmount))
		sum = sum.Add(tax)
	}
	if err != nil {
		return 0, err
	}
	m, err := money.Parse(sum.String(), i.CurrencyCode, money.ISO)
	return m.Minor, err
}

// share spreads an amount over the lines in proportion to what they came to.
// Each line gets what the running sum has come to less what was given before,
// so that the shares add up exactly.
func (i soldInvoice) share(wanted int64, b mapping.Booking) ([]bodyLine, error) {
	var total, seen, given int64
	for _, l := range i.LineItems {
		total += l.gross
	}
	if wanted <= 0 || wanted > total {
		return nil, fmt.Errorf("%s cannot be credited on invoice %s, which came to %s", said(wanted, b), i.InvoiceNumber, said(total, b))
	}
	var lines []bodyLine
	for _, l := range i.LineItems {
		seen += l.gross
		upTo := proportion(wanted, seen, total)
		share := upTo - given
		given = upTo
		if share == 0 {
			continue
		}
		line := bodyLine{
			Description: cut(strings.TrimSuffix(describe(b)+": "+l.Description, ": "), maxDescription), Quantity: "1", UnitAmount: amount(share, b.Currency), Tracking: trackingOf(l.Tracking), AccountID: l.AccountID,
		}
		if l.AccountID == "" {
			line.AccountCode = l.AccountCode
		}
		if i.types() != noTax {
			line.TaxType = l.TaxType
		}
		lines = append(lines, line)
	}
	return lines, nil
}

// proportion is wanted * part / whole, rounded half up; whole is above zero.
func proportion(wanted, part, whole int64) int64 {
	n := new(big.Int).Mul(big.NewInt(2*wanted), big.NewInt(part))
	n.Add(n, big.NewInt(whole))
	return n.Div(n, big.NewInt(2*whole)).Int64() // Div rounds down, below zero too
}

// trackingOf leaves an empty list out.
func trackingOf(raw json.RawMessage) json.RawMessage {
	if string(raw) == "[]" || string(raw) == "null" {
		return nil
	}
	return raw
}
