package xero

import (
	"errors"
	"strings"

	"github.com/shopspring/decimal"
)

// lineSet is what the lines of a document add up to.
type lineSet struct {
	json     []byte
	shares   []share
	subTotal cents
	tax      cents
	discount cents
	fine     bool // a UnitAmount has more than two decimals
}

// total is what the document comes to.
func (l *lineSet) total() cents { return l.subTotal + l.tax }

// lineRules says what lines a document may have.
type lineRules struct {
	sales     bool
	approved  bool // the document is to be AUTHORISED
	types     string
	unitdp4   bool
	accounts  func(*record) bool // which accounts may be coded
	fixedAcct *record            // overpayments: the account that Xero itself codes
}

// priceLines computes the lines of a document. old are its present lines: a
// line sent with a LineItemID of theirs changes that line, the others are new.
// Tax is rounded per line, then summed (Xero docs: rounding-in-xero).
func (o *Organisation) priceLines(sent, old []object, rules lineRules) (*lineSet, error) {
	set := &lineSet{}
	var problems []string
	var out [][]byte
	byAccount := map[*record]int{}
	for _, l := range sent {
		if l == nil {
			return nil, noData()
		}
		p, err := o.priceLine(matchLine(l, old), rules)
		if err != nil {
			var refused *ValidationError
			if !errors.As(err, &refused) {
				return nil, err
			}
			problems = append(problems, refused.Messages...)
			continue
		}
		out = append(out, p.fields.bytes())
		set.subTotal += p.net
		set.tax += p.tax
		set.discount += p.discount
		set.fine = set.fine || p.fine
		if p.account == nil {
			continue
		}
		i, ok := byAccount[p.account]
		if !ok {
			i = len(set.shares)
			byAccount[p.account] = i
			set.shares = append(set.shares, share{account: p.account})
		}
		set.shares[i].amount += p.net
	}
	if len(problems) > 0 {
		return nil, &ValidationError{Messages: problems}
	}
	set.json = array(out)
	return set, nil
}

// matchLine lays a sent line over the present one with the same LineItemID.
func matchLine(l object, old []object) object {
	id := l.str("LineItemID")
	for _, was := range old {
		if id != "" && strings.EqualFold(was.str("LineItemID"), id) {
			return mergeLine(was, l)
		}
	}
	return l
}

// mergeLine keeps what the client did not send, except amounts that the change
// makes stale.
func mergeLine(was, sent object) object {
	l := was.overlay(sent)
	if l.has("UnitAmount") && !sent.has("LineAmount") {
		l.drop("LineAmount")
	}
	if priced(l, was) && !sent.has("TaxAmount") {
		l.drop("TaxAmount")
	}
	return l
}

// priced tells whether the change of a line makes its computed amounts stale.
func priced(l, was object) bool {
	for _, k := range []string{"Quantity", "UnitAmount", "TaxType", "DiscountRate", "DiscountAmount"} {
		if l.str(k) != was.str(k) {
			return true
		}
	}
	return false
}

type pricedLine struct {
	fields             object
	account            *record
	net, tax, discount cents
	fine               bool
}

func (o *Organisation) priceLine(l object, rules lineRules) (*pricedLine, error) {
	l, err := o.itemLine(l, rules.sales)
	if err != nil {
		return nil, err
	}
	p := &pricedLine{fields: append(object(nil), l...)}
	p.fields.drop("ValidationErrors")
	line, unit, full, err := lineAmounts(l, rules.unitdp4)
	if err != nil {
		return nil, err
	}
	if rules.approved && l.str("Description") == "" && !l.has("ItemCode") {
		return nil, invalid("Description is required for each line item.")
	}
	if len(l.str("Description")) > 4000 {
		return nil, invalid("The description field is longer than 4000 characters.")
	}
	p.discount = full - line
	if p.account, err = o.lineAccount(l, rules, line); err != nil {
		return nil, err
	}
	if sent := l.list("Tracking"); len(sent) > 0 {
		tracking, err := o.lineTracking(sent)
		if err != nil {
			return nil, err
		}
		p.fields.set("Tracking", tracking)
	}
	rate, err := o.lineTax(l, p.account, rules)
	if err != nil {
		return nil, err
	}
	p.tax = taxOf(line, rate.percent, rules.types)
	if t, ok := l.dec("TaxAmount"); ok && rules.types != "NoTax" {
		p.tax = toCents(t)
	}
	p.net = line
	if rules.types == "Inclusive" {
		p.net = line - p.tax
	}
	p.fine = !unit.Equal(unit.Round(2))
	o.finishLine(p, line, unit, rate)
	return p, nil
}

// finishLine writes the computed members of a line.
func (o *Organisation) finishLine(p *pricedLine, line cents, unit decimal.Decimal, rate taxRate) {
	f := &p.fields
	f.set("UnitAmount", []byte(twoDecimals(unit)))
	if p.account != nil {
		f.setStr("TaxType", rate.code)
	}
	f.set("TaxAmount", p.tax.json())
	f.set("LineAmount", line.json())
	if p.account != nil {
		f.setStr("AccountCode", p.account.acct.code)
	}
	if !f.has("Tracking") {
		f.set("Tracking", []byte("[]"))
	}
	if q, ok := f.dec("Quantity"); ok {
		f.set("Quantity", []byte(q.StringFixed(4))) // a number, however it was sent
	} else if line != 0 {
		f.set("Quantity", []byte("1.0000"))
	}
	if f.str("LineItemID") == "" {
		f.setStr("LineItemID", o.uuid())
	}
	if p.account != nil {
		f.setStr("AccountID", p.account.id)
	}
}

// twoDecimals prints at least two decimals and no trailing zeros beyond them.
func twoDecimals(d decimal.Decimal) string {
	if d.Equal(d.Round(2)) {
		return d.StringFixed(2)
	}
	return d.String()
}

// lineAmounts gives the line's amount, its unit price and its amount before
// discount. UnitAmount is cut to two decimals unless unitdp=4 was asked for.
func lineAmounts(l object, unitdp4 bool) (line cents, unit decimal.Decimal, full cents, err error) {
	digits := int32(2)
	if unitdp4 {
		digits = 4
	}
	quantity, hasQuantity := l.dec("Quantity")
	unit, hasUnit := l.dec("UnitAmount")
	stated, hasLine := l.dec("LineAmount")
	if !hasQuantity {
		quantity = decimal.New(1, 0)
	}
	unit = unit.Round(digits)
	if !hasUnit && hasLine && !quantity.IsZero() {
		unit = stated.DivRound(quantity, digits)
		return toCents(stated), unit, toCents(stated), nil
	}
	gross := unit.Mul(quantity)
	full = toCents(gross)
	if rate, ok := l.dec("DiscountRate"); ok {
		gross = gross.Sub(gross.Mul(rate).Shift(-2))
	} else if amount, ok := l.dec("DiscountAmount"); ok {
		gross = gross.Sub(amount)
	}
	line = toCents(gross)
	if hasLine && toCents(stated) != line {
		return 0, unit, 0, invalid("The line total %s does not match the expected line total %s", toCents(stated), line)
	}
	return line, unit, full, nil
}

// lineAccount finds the account of a line; nil for one that carries no amount
// and names none (a description-only line).
func (o *Organisation) lineAccount(l object, rules lineRules, amount cents) (*record, error) {
	if rules.fixedAcct != nil {
		return rules.fixedAcct, nil
	}
	code, id := l.str("AccountCode"), l.str("AccountID")
	if code == "" && id == "" {
		if rules.approved && amount != 0 {
			return nil, invalid("Account code must be specified.")
		}
		return nil, nil
	}
	a := o.accountCodes[code]
	if code == "" {
		a, code = o.find("Accounts", id), id
	}
	if a == nil || a.status != "ACTIVE" || !rules.accounts(a) {
		return nil, invalid("Account code '%s' is not a valid code for this document.", code)
	}
	return a, nil
}

// lineTax is the rate of the line: its own tax type, else its account's.
func (o *Organisation) lineTax(l object, a *record, rules lineRules) (taxRate, error) {
	none := o.taxRates[0]
	code := l.str("TaxType")
	if rules.types == "NoTax" || a == nil && code == "" {
		return none, nil
	}
	if code == "" {
		code = a.acct.taxType
	}
	if code == "" {
		return none, nil
	}
	t, ok := o.taxRate(code)
	if !ok {
		return none, invalid("The TaxType code '%s' does not exist or cannot be used for this type of transaction.", code)
	}
	return t, nil
}

// taxOf computes the tax of one line, rounded to two decimals.
func taxOf(line cents, percent decimal.Decimal, types string) cents {
	if percent.IsZero() || types == "NoTax" {
		return 0
	}
	amount := line.decimal().Mul(percent)
	if types == "Inclusive" {
		return toCents(amount.DivRound(percent.Add(decimal.New(100, 0)), 8))
	}
	return toCents(amount.Shift(-2))
}

// codable tells which accounts lines of invoices, credit notes and spend or
// receive money may be coded to: not bank accounts and not the control
// accounts, which Xero posts to by itself.
func codable(a *record) bool {
	switch a.acct.system {
	case "DEBTORS", "CREDITORS", "BANKCURRENCYGAIN", "UNREALISEDCURRENCYGAIN", "REALISEDCURRENCYGAIN", "RETAINEDEARNINGS":
		return false
	}
	return a.typ != "BANK"
}
