package stripe

import (
	"encoding/json"

	"github.com/shopspring/decimal"
)

// amountText is an amount in major units with its currency, for messages.
func amountText(amount int64, currency string) string {
	exp, _ := exponent(currency)
	return decimal.New(amount, -exp).StringFixed(exp) + " " + currency
}

// creditLines reads the lines of a credit note; without lines there is one
// over the whole amount.
func (c *call) creditLines(o *creditNote, in *invoice) *Error {
	names := c.elements("lines")
	var sum int64
	for _, name := range names {
		l, e := c.creditLine(name, in)
		if e != nil {
			return e
		}
		sum += l.Amount
		o.lines = append(o.lines, l)
	}
	switch {
	case len(names) > 0 && o.Amount > 0 && o.Amount != sum:
		return invalid("", "amount", "The credit note amount (%s) must equal the sum of its lines (%s).", amountText(o.Amount, o.Currency), amountText(sum, o.Currency))
	case len(names) > 0:
		o.Amount = sum
	}
	return nil
}

func (c *call) newCreditLine(kind string) *creditLine {
	return &creditLine{
		ID: c.id("cnli"), Object: "credit_note_line_item", DiscountAmounts: []json.RawMessage{}, Livemode: c.opts.Livemode,
		TaxAmounts: []json.RawMessage{}, TaxRates: []json.RawMessage{}, Type: kind,
	}
}

func (c *call) creditLine(name string, in *invoice) (*creditLine, *Error) {
	switch kind := c.str(name + "[type]"); kind {
	case "invoice_line_item":
		return c.creditOfLine(name, in)
	case "custom_line_item":
		return c.customCredit(name)
	case "":
		return nil, missingParam(name + "[type]")
	}
	return nil, c.oneOf(name+"[type]", "custom_line_item", "invoice_line_item")
}

// creditOfLine credits a quantity or an amount of one of the invoice's lines.
func (c *call) creditOfLine(name string, in *invoice) (*creditLine, *Error) {
	source, e := c.lineOn(in, c.str(name+"[invoice_line_item]"), name+"[invoice_line_item]")
	if e != nil {
		e.Status = 400
		return nil, e
	}
	l := c.newCreditLine("invoice_line_item")
	l.InvoiceLineItem, l.Description = source.ID, source.Description
	if c.has(name + "[description]") {
		l.Description = opt(c.str(name + "[description]"))
	}
	if e := c.creditSize(l, source, name); e != nil {
		return nil, e
	}
	if l.Amount > source.Amount || l.Amount < 0 {
		return nil, invalid("", name+"[amount]", "The amount of a credit note line must not be greater than that of the invoice line.")
	}
	return l, nil
}

// creditSize reads what is credited of a line: an amount, or a quantity, which
// is all of it by default.
func (c *call) creditSize(l *creditLine, source *invoiceLine, name string) (e *Error) {
	if c.has(name + "[amount]") {
		amount, e := c.integer(name + "[amount]")
		l.set(amount, nil, nil)
		return e
	}
	quantity := source.Quantity
	if c.has(name + "[quantity]") {
		if quantity, e = c.integer(name + "[quantity]"); e != nil {
			return e
		}
	}
	unit := source.UnitAmountExcludingTax
	amount, ok := extended(unit, quantity)
	if !ok || quantity < 1 || quantity > source.Quantity {
		return invalid("", name+"[quantity]", "The quantity of a credit note line must be between 1 and that of the invoice line (%d).", source.Quantity)
	}
	l.set(amount, &quantity, &unit)
	return nil
}

// customCredit is a line of its own: description, unit amount and quantity.
func (c *call) customCredit(name string) (*creditLine, *Error) {
	if c.str(name+"[description]") == "" {
		return nil, missingParam(name + "[description]")
	}
	l := c.newCreditLine("custom_line_item")
	l.Description = opt(c.str(name + "[description]"))
	quantity := int64(1)
	var e *Error
	if c.has(name + "[quantity]") {
		if quantity, e = c.integer(name + "[quantity]"); e != nil {
			return nil, e
		}
	}
	unit := c.str(name+"[unit_amount]") + c.str(name+"[unit_amount_decimal]")
	if unit == "" {
		return nil, missingParam(name + "[unit_amount]")
	}
	amount, ok := extended(unit, quantity)
	if !ok {
		return nil, invalid("parameter_invalid_integer", name+"[unit_amount]", "Invalid decimal: %s", unit)
	}
	l.set(amount, &quantity, &unit)
	return l, nil
}

// set fills the amounts; a line that credits an amount has no quantity.
func (l *creditLine) set(amount int64, quantity *int64, unit *string) {
	l.Amount, l.AmountExcludingTax, l.Quantity, l.UnitAmountDecimal, l.UnitAmountExcludingTax = amount, amount, quantity, unit, unit
	if unit == nil {
		return
	}
	if d, err := decimal.NewFromString(*unit); err == nil && d.IsInteger() {
		l.UnitAmount = new(d.IntPart())
	}
}
