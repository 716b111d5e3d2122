package quickbooks

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// filtersOf are the properties of a kind that WHERE and ORDERBY take (Intuit
// docs: entity pages, "filterable, sortable").
func filtersOf(k *kind) map[string]propType {
	out := map[string]propType{"Id": propID, "MetaData.CreateTime": propTime, "MetaData.LastUpdatedTime": propTime}
	add := func(typ propType, names string) {
		for n := range strings.FieldsSeq(names) {
			if k.known[strings.SplitN(n, ".", 2)[0]] {
				out[n] = typ
			}
		}
	}
	if k.txn {
		add(propDate, "TxnDate DueDate")
		add(propText, "DocNumber PaymentRefNum PaymentType EmailStatus")
		add(propNumber, "TotalAmt Balance UnappliedAmt Amount RemainingCredit")
		add(propRef, "CustomerRef SalesTermRef DepositToAccountRef PaymentMethodRef AccountRef CurrencyRef FromAccountRef ToAccountRef VendorRef")
		return out
	}
	switch k.name {
	case exchangeRateName:
		add(propText, "SourceCurrencyCode TargetCurrencyCode")
		add(propDate, "AsOfDate")
	case "Attachable":
		add(propText, "FileName Note ContentType Category AttachableRef.EntityRef.type AttachableRef.EntityRef.value")
		add(propBool, "AttachableRef.IncludeOnSend")
	case "CompanyInfo":
		add(propText, "CompanyName LegalName Country")
	}
	if k.named {
		add(propBool, "Active Job SubAccount Taxable TaxGroup BillWithParent")
		add(propText, "Code PrimaryEmailAddr.Address MiddleName Suffix Title SpecialTaxType")
		add(propText, "Name DisplayName FullyQualifiedName GivenName MiddleName FamilyName CompanyName PrintOnCheckName "+
			"AccountType AccountSubType Classification AcctNum Type Sku Description")
		add(propNumber, "Balance CurrentBalance UnitPrice")
		add(propRef, "ParentRef CurrencyRef IncomeAccountRef")
	}
	return out
}

// operand is a value of a condition, read once for the property's type.
type operand struct {
	text string
	num  amount
	unix int64
	flag bool
	any  []string // of a path through a list: every value
}

// operandOf reads a value; numbers, dates and booleans work quoted and bare.
func (c *Company) operandOf(p property, op, text string) (operand, *Fault) {
	v := operand{text: text}
	if op == "LIKE" {
		if p.typ != propText && p.typ != propDate {
			return v, faultQuery("operator LIKE is not allowed for property '" + p.path + "'")
		}
		v.text = strings.ToLower(text)
		return v, nil
	}
	var err error
	switch p.typ {
	case propNumber:
		v.num, err = parseAmount([]byte(text))
	case propTime:
		v.unix, err = c.parseInstant(text)
	case propBool:
		v.flag = strings.EqualFold(text, "true")
		if !v.flag && !strings.EqualFold(text, "false") {
			err = fmt.Errorf("not a boolean")
		}
	case propDate:
		if _, err = time.Parse(time.DateOnly, text); err != nil && len(text) > 10 {
			v.text = text[:10]
			_, err = time.Parse(time.DateOnly, v.text)
		}
	case propText:
		v.text = strings.ToLower(text)
	}
	if err != nil {
		return v, faultQuery("invalid value '" + text + "' for property '" + p.path + "'")
	}
	return v, nil
}

// parseInstant reads a time with an offset, or in the company's zone.
func (c *Company) parseInstant(text string) (int64, error) {
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.Unix(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, text, c.zone); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf("%q is not a time", text)
}

// value is what an object has for a property.
func (c *Company) value(o *object, p property) operand {
	switch p.path {
	case "Id":
		return operand{text: o.id}
	case "MetaData.LastUpdatedTime":
		return operand{unix: o.updated}
	case "MetaData.CreateTime":
		return operand{unix: o.created}
	case "Active":
		return operand{flag: o.active}
	}
	if t := o.txn; t != nil {
		switch p.path {
		case "TxnDate":
			return operand{text: t.date}
		case "TotalAmt":
			return operand{num: t.total}
		case "Balance":
			if o.kind.name == "Invoice" {
				return operand{num: t.open}
			}
		case "CustomerRef":
			if t.customer != nil {
				return operand{text: t.customer.id}
			}
		}
	}
	return textValue(splitObject(o.text(c.zone)), p)
}

// within finds what a path means below the top level, in lists every value.
func within(d *document, path string) []string {
	top, below, nested := strings.Cut(path, ".")
	if !nested {
		if v := d.str(top); v != "" {
			return []string{v}
		}
		return nil
	}
	var out []string
	for _, sub := range append(d.list(top), d.sub(top)) {
		out = append(out, within(sub, below)...)
	}
	return out
}

func textValue(d *document, p property) operand {
	if p.typ == propText && strings.Contains(p.path, ".") {
		v := operand{any: within(d, p.path)}
		if len(v.any) > 0 {
			v.text = strings.ToLower(v.any[0])
		}
		return v
	}
	switch p.typ {
	case propRef:
		id, _ := d.ref(p.path)
		return operand{text: id}
	case propNumber:
		a, err := d.amount(p.path)
		if err != nil {
			return operand{}
		}
		return operand{num: a}
	case propBool:
		return operand{flag: d.isTrue(p.path)}
	case propText:
		return operand{text: strings.ToLower(d.str(p.path))}
	}
	return operand{text: d.str(p.path)}
}

func compareOperands(typ propType, a, b operand) int {
	switch typ {
	case propID:
		return compareIDs(a.text, b.text)
	case propNumber:
		return cmp.Compare(a.num, b.num)
	case propTime:
		return cmp.Compare(a.unix, b.unix)
	case propBool:
		return cmp.Compare(boolInt(a.flag), boolInt(b.flag))
	}
	return cmp.Compare(a.text, b.text)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *Company) matches(o *object, conds []condition) bool {
	for i := range conds {
		if !conds[i].holds(c.value(o, conds[i].prop)) {
			return false
		}
	}
	return true
}

func (cond *condition) holds(v operand) bool {
	for i, one := range v.any {
		if i > 0 && cond.holds(operand{text: strings.ToLower(one)}) {
			return true
		}
	}
	if cond.op == "LIKE" {
		return like(strings.ToLower(v.text), cond.values[0].text)
	}
	if cond.op == "IN" {
		for _, w := range cond.values {
			if compareOperands(cond.prop.typ, v, w) == 0 {
				return true
			}
		}
		return false
	}
	n := compareOperands(cond.prop.typ, v, cond.values[0])
	switch cond.op {
	case "<":
		return n < 0
	case ">":
		return n > 0
	case "<=":
		return n <= 0
	case ">=":
		return n >= 0
	}
	return n == 0
}

// like matches with % for any run of characters, the only wildcard there is.
func like(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return text == pattern
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(text, part)
		if i < 0 {
			return false
		}
		text = text[i+len(part):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}
