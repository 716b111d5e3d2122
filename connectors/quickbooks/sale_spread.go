package quickbooks

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// spreading is a part of an invoice on its way into a credit memo.
type spreading struct {
	lowering
	sale  wireSale
	lines []credited
	// whole and tax are those of the invoice, in minor units.
	whole, tax int64
}

// fill chooses how the tax is said, by how the company says it (Intuit docs:
// manage sales tax for US and for non-US locales): in the United States by one
// code for the form and its sum, elsewhere by a code for each line, with
// amounts that contain the tax, because only those come to the cent.
func (p spreading) fill(body *creditBody) error {
	american := p.american()
	switch {
	case p.total == p.whole:
		p.copied(body, american)
		return nil
	case p.tax == 0:
		p.write(body, p.shares(p.total, credited.netAmount), nil)
	case american:
		p.oneTax(body)
	default:
		gross, ok := p.grossLines()
		if !ok {
			p.write(body, p.shares(p.total-p.taxShare(), credited.netAmount), nil)
			return nil
		}
		p.lines = gross
		body.GlobalTaxCalculation = taxInclusive
		p.write(body, nil, p.shares(p.total, credited.grossAmount))
	}
	if len(body.Line) == 0 {
		return fmt.Errorf("it has no line that could be credited")
	}
	return nil
}

func (c credited) netAmount() decimal.Decimal   { return c.net }
func (c credited) grossAmount() decimal.Decimal { return c.gross }

// copied credits the whole invoice: its lines as they are.
func (p spreading) copied(body *creditBody, american bool) {
	for _, c := range p.lines {
		amount := c.net
		if c.isDiscount() {
			amount = amount.Neg()
		}
		c.line.Amount = p.exact(amount)
		if c.line.Sale != nil && p.sale.GlobalTaxCalculation == taxInclusive && !c.gross.Equal(c.net) {
			c.line.Sale.TaxInclusiveAmt = p.exact(c.gross)
		}
		body.Line = append(body.Line, c.line)
	}
	if american && p.tax != 0 {
		body.TxnTaxDetail = &saleTax{optionalRef(p.sale.TxnTaxDetail.TxnTaxCodeRef.Value), p.text(p.tax)}
	}
}

// exact writes an amount with at least the currency's digits: lines may have
// more.
func (p spreading) exact(d decimal.Decimal) json.Number {
	if d.Exponent() < -int32(p.digits) {
		return json.Number(d.String())
	}
	return json.Number(d.StringFixed(int32(p.digits)))
}

// taxShare is the tax of the part, in the proportion of the whole.
func (p spreading) taxShare() int64 {
	return decimal.NewFromInt(p.tax).Mul(decimal.NewFromInt(p.total)).DivRound(decimal.NewFromInt(p.whole), 0).IntPart()
}

// american says that lines are only marked as taxed or not.
func (p spreading) american() bool {
	marked := func(c credited) bool { return c.code == "TAX" || c.code == "NON" || c.code == "" }
	return p.sale.GlobalTaxCalculation == "" && !slices.ContainsFunc(p.lines, func(c credited) bool { return !marked(c) })
}

// oneTax splits the part into what is taxed, its tax, and what is not, so
// that the tax computed from the rates of the form is what stands there. What
// cannot be met to the cent that way keeps the proportion of the whole; the
// answer is compared.
func (p spreading) oneTax(body *creditBody) {
	taxedNet, plainNet := decimal.Zero, decimal.Zero
	for _, c := range p.lines {
		if c.code == "TAX" {
			taxedNet = taxedNet.Add(c.net)
		} else {
			plainNet = plainNet.Add(c.net)
		}
	}
	base := p.ratio(taxedNet)
	tax := p.taxShare()
	if plainNet.IsZero() {
		base = p.total - tax
		for _, try := range []int64{0, -1, 1, -2, 2} {
			if t, ok := p.computed(base + try); ok && base+try+t == p.total {
				base, tax = base+try, t
				break
			}
		}
	} else if t, ok := p.computed(base); ok {
		tax = t
	}
	rest := p.total - base - tax
	minor := make([]int64, len(p.lines))
	p.shareInto(minor, base, func(c credited) bool { return c.code == "TAX" })
	p.shareInto(minor, rest, func(c credited) bool { return c.code != "TAX" })
	p.write(body, minor, nil)
	body.TxnTaxDetail = &saleTax{optionalRef(p.sale.TxnTaxDetail.TxnTaxCodeRef.Value), p.text(tax)}
}

// ratio is the part of an amount, in minor units.
func (p spreading) ratio(d decimal.Decimal) int64 {
	return d.Shift(int32(p.digits)).Mul(decimal.NewFromInt(p.total)).DivRound(decimal.NewFromInt(p.whole), 0).IntPart()
}

// computed is the tax on an amount by the rates of the form, each rounded;
// false when they are not all percentages.
func (p spreading) computed(base int64) (tax int64, ok bool) {
	for _, l := range p.sale.TxnTaxDetail.TaxLine {
		percent, err := decimal.NewFromString(plain(l.TaxLineDetail.TaxPercent))
		if err != nil || !l.TaxLineDetail.PercentBased {
			return 0, false
		}
		tax += decimal.NewFromInt(base).Mul(percent).Shift(-2).Round(0).IntPart()
	}
	return tax, len(p.sale.TxnTaxDetail.TaxLine) > 0
}

// grossLines gives the lines with their tax: as stated, or by the rates of
// their codes. False when the form leaves those open, or when the lines do not
// come to the whole.
func (p spreading) grossLines() ([]credited, bool) {
	lines := slices.Clone(p.lines)
	if p.sale.GlobalTaxCalculation != taxInclusive {
		rates, ok := p.rates()
		if !ok {
			return nil, false
		}
		for i, c := range lines {
			lines[i].gross = c.net.Add(c.net.Mul(rates[c.code]))
		}
	}
	sum := decimal.Zero
	for _, c := range lines {
		sum = sum.Add(c.gross)
	}
	// Each rate was rounded on the form, so that it may be off by a little.
	off := sum.Shift(int32(p.digits)).Sub(decimal.NewFromInt(p.whole)).Abs()
	return lines, off.LessThanOrEqual(decimal.NewFromInt(int64(max(1, len(p.sale.TxnTaxDetail.TaxLine)))))
}

// rates are the rates of the tax codes: that of a single one from the form's
// tax, those of several from the rates whose base is what the lines of one code
// come to.
func (p spreading) rates() (map[string]decimal.Decimal, bool) {
	base := map[string]decimal.Decimal{}
	for _, c := range p.lines {
		if c.code != "" {
			base[c.code] = base[c.code].Add(c.net)
		}
	}
	rates := map[string]decimal.Decimal{}
	for code, net := range base {
		if len(base) == 1 && !net.IsZero() {
			rates[code] = decimal.New(p.tax, -int32(p.digits)).DivRound(net, 12)
			return rates, true
		}
	}
	for _, l := range p.sale.TxnTaxDetail.TaxLine {
		percent, err := decimal.NewFromString(plain(l.TaxLineDetail.TaxPercent))
		net, netErr := decimal.NewFromString(plain(l.TaxLineDetail.NetAmountTaxable))
		var fit []string
		for code, sum := range base {
			if netErr == nil && sum.Equal(net) {
				fit = append(fit, code)
			}
		}
		if err != nil || len(fit) != 1 {
			return nil, false
		}
		rates[fit[0]] = rates[fit[0]].Add(percent.Shift(-2))
	}
	return rates, len(rates) > 0
}

// shares spreads an amount over all lines in the proportion of what they came
// to.
func (p spreading) shares(amount int64, of func(credited) decimal.Decimal) []int64 {
	minor := make([]int64, len(p.lines))
	share(minor, amount, p.lines, of, func(credited) bool { return true })
	return minor
}

func (p spreading) shareInto(minor []int64, amount int64, which func(credited) bool) {
	share(minor, amount, p.lines, credited.netAmount, which)
}

// share gives each line its part rounded down, and the minor units that are
// left to those that lost most by that: so the parts add up to the amount.
func share(minor []int64, amount int64, lines []credited, of func(credited) decimal.Decimal, which func(credited) bool) {
	sum := decimal.Zero
	var at []int
	for i, c := range lines {
		if which(c) && !of(c).IsZero() {
			sum = sum.Add(of(c))
			at = append(at, i)
		}
	}
	if sum.IsZero() {
		return
	}
	lost := map[int]decimal.Decimal{}
	rest := amount
	for _, i := range at {
		exact := of(lines[i]).Mul(decimal.NewFromInt(amount)).DivRound(sum, 12)
		minor[i] = exact.Floor().IntPart()
		lost[i], rest = exact.Sub(exact.Floor()), rest-minor[i]
	}
	slices.SortStableFunc(at, func(a, b int) int { return lost[b].Cmp(lost[a]) })
	for n := range rest { // fewer than there are lines
		minor[at[n%int64(len(at))]]++
	}
}

// write appends the lines with their parts: net amounts, or gross ones that
// the ledger takes the tax out of.
func (p spreading) write(body *creditBody, net, gross []int64) {
	for i, c := range p.lines {
		line := c.line
		if line.Sale != nil {
			detail := *line.Sale
			line.Sale = &detail
		}
		switch {
		case gross != nil && gross[i] != 0:
			part := decimal.NewFromInt(gross[i]).Mul(c.net).DivRound(c.gross, 0)
			line.Amount = p.text(part.IntPart())
			if line.Sale != nil {
				line.Sale.TaxInclusiveAmt = p.text(gross[i])
			}
		case gross == nil && net[i] != 0:
			line.Amount = p.text(net[i])
		default:
			continue
		}
		if c.isDiscount() {
			line.Amount = json.Number(strings.TrimPrefix(string(line.Amount), "-"))
		}
		body.Line = append(body.Line, line)
	}
}
