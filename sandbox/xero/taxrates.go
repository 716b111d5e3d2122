package xero

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// taxRateRow is a rate as TaxRates shows it; the single component carries the
// whole percentage.
func taxRateRow(t taxRate) []byte {
	var f, c object
	f.setStr("Name", t.name)
	f.setStr("TaxType", t.code)
	f.setStr("ReportTaxType", t.report)
	f.setBool("CanApplyToAssets", true)
	f.setBool("CanApplyToEquity", true)
	f.setBool("CanApplyToExpenses", !t.sales || t.code == "NONE")
	f.setBool("CanApplyToLiabilities", true)
	f.setBool("CanApplyToRevenue", t.sales)
	f.set("DisplayTaxRate", []byte(t.percent.StringFixed(4)))
	f.set("EffectiveRate", []byte(t.percent.StringFixed(4)))
	f.setStr("Status", "ACTIVE")
	c.setStr("Name", "Tax")
	c.set("Rate", []byte(t.percent.StringFixed(4)))
	c.setBool("IsCompound", false)
	c.setBool("IsNonRecoverable", false)
	f.set("TaxComponents", array([][]byte{c.bytes()}))
	return f.bytes()
}

func (o *Organisation) readTaxRates(path []string) (*answer, error) {
	var out [][]byte
	for _, t := range o.taxRates {
		if len(path) == 0 || len(path) == 1 && strings.EqualFold(t.code, path[0]) {
			out = append(out, taxRateRow(t))
		}
	}
	if len(path) > 0 && out == nil {
		return nil, notFound()
	}
	return o.envelope("TaxRates", out), nil
}

// writeTaxRates adds rates of the user's own, named TAX001 and on, and changes
// those (Xero docs: accounting/taxrates).
func (o *Organisation) writeTaxRates(method string, path []string, sent []object) (*answer, error) {
	if len(path) > 0 || len(sent) == 0 || method == "DELETE" {
		return nil, missing()
	}
	var out [][]byte
	for _, f := range sent {
		t, err := o.readTaxRate(f)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(o.taxRates, func(old taxRate) bool {
			return f.str("TaxType") != "" && old.code == f.str("TaxType") || strings.EqualFold(old.name, t.name)
		})
		switch {
		case i < 0 && method == "POST" && f.str("TaxType") != "":
			return nil, invalid("The TaxType code '%s' does not exist or cannot be used for this type of transaction.", f.str("TaxType"))
		case i >= 0 && method == "PUT":
			return nil, invalid("A tax rate with the name '%s' already exists.", t.name)
		case i >= 0:
			t.code = o.taxRates[i].code
			o.taxRates[i] = t
		default:
			t.code = o.freeTaxType()
			o.taxRates = append(o.taxRates, t)
		}
		out = append(out, taxRateRow(t))
	}
	return o.envelope("TaxRates", out), nil
}

func (o *Organisation) readTaxRate(f object) (taxRate, error) {
	t := taxRate{name: f.str("Name"), report: orElse(f.str("ReportTaxType"), "OUTPUT")}
	t.sales = t.report != "INPUT"
	components := f.list("TaxComponents")
	if t.name == "" || len(components) == 0 {
		return t, invalid("A tax rate needs a Name and at least one TaxComponent.")
	}
	for _, c := range components {
		rate, ok := c.dec("Rate")
		if !ok || rate.IsNegative() || rate.GreaterThan(decimal.New(100, 0)) {
			return t, invalid("The Rate of a TaxComponent must be from 0 to 100.")
		}
		t.percent = t.percent.Add(rate)
	}
	return t, nil
}

func (o *Organisation) freeTaxType() string {
	for n := 1; ; n++ {
		code := fmt.Sprintf("TAX%03d", n)
		if _, taken := o.taxRate(code); !taken {
			return code
		}
	}
}
