package quickbooks

import (
	"slices"

	"github.com/shopspring/decimal"
)

// taxPart is one rate of a tax code.
type taxPart struct {
	rate    string // id of the TaxRate
	percent decimal.Decimal
}

// taxParts are the rates of a code in one direction; nil when there is no such
// code here or nothing is due under it.
func (c *Company) taxParts(code string, sales bool) []taxPart {
	o := c.find("TaxCode", code)
	if o == nil {
		return nil
	}
	list := "SalesTaxRateList"
	if !sales {
		list = "PurchaseTaxRateList"
	}
	var out []taxPart
	for _, part := range splitObject(o.raw).sub(list).list("TaxRateDetail") {
		id, _ := part.ref("TaxRateRef")
		rate := c.find("TaxRate", id)
		if rate == nil {
			continue
		}
		if p, err := readDecimal(splitObject(rate.raw).str("RateValue")); err == nil {
			out = append(out, taxPart{id, p})
		}
	}
	return out
}

// taxable is one line with what it is taxed by.
type taxable struct {
	net, gross amount
	parts      []taxPart
}

// lineDetail is the property of a line that carries its tax code.
func lineDetail(line *document) string {
	switch typ := line.str("DetailType"); typ {
	case "SalesItemLineDetail", "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail":
		return typ
	}
	return ""
}

// includeTax turns the amounts of lines that contain their tax into net ones,
// before they are added up (Intuit docs: GlobalTaxCalculation TaxInclusive,
// SalesItemLineDetail.TaxInclusiveAmt). US companies know no such forms.
func (ch *change) includeTax(lines []*document, sales bool) *Fault {
	if ch.doc.str("GlobalTaxCalculation") != "TaxInclusive" || ch.c.settings().american {
		return nil
	}
	for _, line := range lines {
		name := lineDetail(line)
		if name == "" {
			continue
		}
		detail := line.sub(name)
		code, _ := detail.ref("TaxCodeRef")
		field, from := "Amount", line
		if detail.has("TaxInclusiveAmt") {
			field, from = "TaxInclusiveAmt", detail
		}
		gross, err := from.amount(field)
		if err != nil {
			return faultNumber("Line."+field, err)
		}
		share := decimal.NewFromInt(1)
		for _, p := range ch.c.taxParts(code, sales) {
			share = share.Add(p.percent.Shift(-2))
		}
		net, err := amountOf(gross.decimal().DivRound(share, 2))
		if err != nil {
			return faultNumber("Line.Amount", err)
		}
		detail.setAmount("TaxInclusiveAmt", gross)
		line.set(name, detail.bytes())
		line.setAmount("Amount", net)
	}
	return nil
}

// tax settles TxnTaxDetail and gives its total: what the client states, else
// what the codes of the form come to, else what it was.
func (ch *change) tax(lines []*document, sales bool, discount amount) (amount, *Fault) {
	detail := ch.doc.sub("TxnTaxDetail")
	sent := ch.req.sub("TxnTaxDetail")
	if !sent.has("TotalTax") && len(sent.list("TaxLine")) == 0 {
		rows := ch.taxables(lines, sales, discount)
		if len(rows) > 0 && !ch.taxedAlike(rows, sales, discount) {
			total := taxLines(detail, rows, ch.doc.str("GlobalTaxCalculation") == "TaxInclusive")
			ch.doc.set("TxnTaxDetail", detail.bytes())
			return total, nil
		}
	}
	total, err := detail.amount("TotalTax")
	if err != nil {
		return 0, faultNumber("TxnTaxDetail.TotalTax", err)
	}
	if !detail.has("TotalTax") {
		for _, l := range detail.list("TaxLine") {
			a, err := l.amount("Amount")
			if err != nil {
				return 0, faultNumber("TxnTaxDetail.TaxLine.Amount", err)
			}
			total += a
		}
		detail.setAmount("TotalTax", total)
	}
	ch.doc.set("TxnTaxDetail", detail.bytes())
	return total, nil
}

// taxedAlike reports that an update leaves alone what is taxed: then the tax
// stays as it is too, recorded ones included, whatever the codes come to.
func (ch *change) taxedAlike(rows []taxable, sales bool, discount amount) bool {
	if ch.old == nil || ch.req.has("TxnTaxDetail") {
		return false
	}
	was := splitObject(ch.old.raw)
	if !ch.doc.sub("TxnTaxDetail").has("TotalTax") || was.str("GlobalTaxCalculation") != ch.doc.str("GlobalTaxCalculation") {
		return false
	}
	before := ch.taxables(was.list("Line"), sales, discount)
	return slices.EqualFunc(before, rows, func(a, b taxable) bool {
		return a.net == b.net && a.gross == b.gross && slices.EqualFunc(a.parts, b.parts, func(x, y taxPart) bool { return x.rate == y.rate })
	})
}

// taxables are the lines that are taxed: in the US those marked TAX, by the
// one code of the form; elsewhere each by its own code (Intuit docs: tax
// calculation, US and global models).
func (ch *change) taxables(lines []*document, sales bool, discount amount) []taxable {
	c := ch.c
	if ch.doc.str("GlobalTaxCalculation") == "NotApplicable" && !c.settings().american {
		return nil
	}
	formCode, _ := ch.doc.sub("TxnTaxDetail").ref("TxnTaxCodeRef")
	var out []taxable
	for _, line := range lines {
		name := lineDetail(line)
		if name == "" {
			continue
		}
		detail := line.get(name)
		code := textOf(member(member(detail, "TaxCodeRef"), "value"))
		if c.settings().american {
			if !sales || code != "TAX" {
				continue
			}
			code = formCode
		}
		parts := c.taxParts(code, sales)
		net, err := line.amount("Amount")
		if len(parts) == 0 || err != nil {
			continue
		}
		gross, err := amountIn(detail, "TaxInclusiveAmt")
		if err != nil {
			continue
		}
		out = append(out, taxable{net: net, gross: gross, parts: parts})
	}
	if discount != 0 && ch.doc.isTrue("ApplyTaxAfterDiscount") {
		lowerBase(out, lines, discount)
	}
	return out
}

// lowerBase spreads a discount over the lines in proportion; what belongs to
// untaxed lines is left out.
func lowerBase(rows []taxable, lines []*document, discount amount) {
	var all amount
	for _, line := range lines {
		if a, err := line.amount("Amount"); err == nil && lineDetail(line) != "" {
			all += a
		}
	}
	if all == 0 {
		return
	}
	for i := range rows {
		share := rows[i].net.decimal().Mul(discount.decimal()).DivRound(all.decimal(), 2)
		if a, err := amountOf(share); err == nil {
			rows[i].net -= a
		}
	}
}

// taxLines writes one TaxLine for each rate and the total. Where prices contain
// the tax the total is what was taken out of them, to the cent.
func taxLines(detail *document, rows []taxable, inclusive bool) amount {
	net, percent := map[string]amount{}, map[string]decimal.Decimal{}
	var order []string
	var contained amount
	for _, row := range rows {
		contained += row.gross - row.net
		for _, p := range row.parts {
			if !slices.Contains(order, p.rate) {
				order = append(order, p.rate)
			}
			net[p.rate] += row.net
			percent[p.rate] = p.percent
		}
	}
	var lines []*document
	var total amount
	for i, rate := range order {
		due, err := amountOf(net[rate].decimal().Mul(percent[rate]).Shift(-2).Round(2))
		if err != nil {
			continue
		}
		if inclusive && i == len(order)-1 {
			due = contained - total
		}
		total += due
		lines = append(lines, taxLine(rate, percent[rate], net[rate], due))
	}
	detail.setAmount("TotalTax", total)
	detail.set("TaxLine", joinArray(lines))
	return total
}

func taxLine(rate string, percent decimal.Decimal, net, due amount) *document {
	inner := &document{}
	inner.setRef("TaxRateRef", rate, "")
	inner.setBool("PercentBased", true)
	inner.set("TaxPercent", []byte(percent.String()))
	inner.setAmount("NetAmountTaxable", net.cents())
	line := &document{}
	line.setAmount("Amount", due)
	line.setStr("DetailType", "TaxLineDetail")
	line.set("TaxLineDetail", inner.bytes())
	return line
}
