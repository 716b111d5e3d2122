package quickbooks

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// salesLines checks and numbers the lines, appends the subtotal and sums up.
func (ch *change) salesLines() *Fault {
	d, t := ch.doc, ch.txn
	var kept []*document
	var sub, discount amount
	lines := d.list("Line")
	if fault := ch.includeTax(lines, true); fault != nil {
		return fault
	}
	next := nextLineID(lines)
	for _, line := range lines {
		typ := line.str("DetailType")
		if typ == "" {
			return faultMissing("Line.DetailType")
		}
		if typ == "SubTotalLineDetail" {
			continue
		}
		amt, fault := ch.salesLine(line, typ, sub)
		if fault != nil {
			return fault
		}
		if typ == "DiscountLineDetail" {
			discount += amt
		} else {
			sub += amt
		}
		kept = append(kept, line)
		if !line.has("Id") {
			line.setStr("Id", strconv.Itoa(next))
			next++
		}
		line.set("LineNum", []byte(strconv.Itoa(len(kept))))
	}
	if len(kept) == 0 {
		return faultMissing("Line")
	}
	total := &document{}
	total.setAmount("Amount", sub)
	total.setStr("DetailType", "SubTotalLineDetail")
	total.set("SubTotalLineDetail", []byte("{}"))
	d.set("Line", joinArray(append(kept, total)))
	tax, fault := ch.tax(kept, true, discount)
	if fault != nil {
		return fault
	}
	t.total = (sub - discount + tax).cents()
	if t.total < 0 {
		return faultBusiness("Transaction amount must be 0 or greater.")
	}
	d.setAmount("TotalAmt", t.total)
	if ch.c.multi {
		d.setAmount("HomeTotalAmt", t.rate.home(t.total))
	}
	return nil
}

func nextLineID(lines []*document) int {
	next := 1
	for _, l := range lines {
		if n, err := strconv.Atoi(l.str("Id")); err == nil && n >= next {
			next = n + 1
		}
	}
	return next
}

func (ch *change) salesLine(line *document, typ string, sub amount) (amount, *Fault) {
	switch typ {
	case "DescriptionOnly":
		return 0, nil
	case "DiscountLineDetail":
		return ch.discountLine(line, sub)
	case "SalesItemLineDetail", "GroupLineDetail":
	default:
		return 0, faultEnum("Line.DetailType", typ)
	}
	if !line.has("Amount") {
		return 0, faultMissing("Line.Amount")
	}
	amt, err := line.amount("Amount")
	if err != nil {
		return 0, faultNumber("Line.Amount", err)
	}
	if typ != "SalesItemLineDetail" {
		return amt, nil
	}
	if fault := ch.checkProduct(line, amt); fault != nil {
		return 0, fault
	}
	return amt, ch.itemDetail(line)
}

func (ch *change) discountLine(line *document, sub amount) (amount, *Fault) {
	detail := line.sub("DiscountLineDetail")
	if detail.isTrue("PercentBased") && !line.has("Amount") {
		pct, err := readDecimal(detail.str("DiscountPercent"))
		if err != nil {
			return 0, faultNumber("DiscountPercent", err)
		}
		a, err := amountOf(sub.decimal().Mul(pct).Shift(-2).Round(2))
		if err != nil {
			return 0, faultNumber("DiscountPercent", err)
		}
		line.setAmount("Amount", a)
		return a, nil
	}
	a, err := line.amount("Amount")
	if err != nil {
		return 0, faultNumber("Line.Amount", err)
	}
	return a, nil
}

// itemDetail resolves the item and writes the income account it books to.
func (ch *change) itemDetail(line *document) *Fault {
	c := ch.c
	detail := line.sub("SalesItemLineDetail")
	id, _ := detail.ref("ItemRef")
	if id == "" {
		id = c.settings().defaultItem
	}
	o := c.find("Item", id)
	switch {
	case o == nil && id != "" && detail.has("ItemRef") && id != "SHIPPING_ITEM_ID":
		return faultReference("ItemRef", "Items", id)
	case o != nil && !o.active:
		return faultNotFound()
	case o != nil:
		detail.setRef("ItemRef", o.id, o.name)
		if acct := c.find("Account", o.item.income); acct != nil {
			detail.setRef("ItemAccountRef", acct.id, acct.name)
		}
	}
	if c.settings().american {
		detail.setDefault("TaxCodeRef", []byte(`{"value":"NON"}`))
	}
	line.set("SalesItemLineDetail", detail.bytes())
	line.setDefault("CustomExtensions", []byte("[]"))
	return nil
}

// checkProduct: an amount that is stated must be quantity times price, to the
// cent (Intuit error 6070). Prices that contain tax are not compared, nor
// zeros, which client libraries send for "not given" and Intuit accepts.
func (ch *change) checkProduct(line *document, amt amount) *Fault {
	detail := line.sub("SalesItemLineDetail")
	if !detail.has("Qty") || !detail.has("UnitPrice") || detail.has("TaxInclusiveAmt") {
		return nil
	}
	qty, err := readDecimal(detail.str("Qty"))
	if err != nil {
		return faultNumber("Qty", err)
	}
	price, err := readDecimal(detail.str("UnitPrice"))
	if err != nil {
		return faultNumber("UnitPrice", err)
	}
	if qty.IsZero() || price.IsZero() {
		return nil
	}
	if off := qty.Mul(price).Round(2).Sub(amt.cents().decimal()).Abs(); off.GreaterThan(decimal.New(1, -2)) {
		return validation("6070", "Amount calculation incorrect in the request", "Amount is not equal to UnitPrice * Qty. Supplied value:"+line.str("Amount")).at("Line.Amount")
	}
	return nil
}
