package stripe

import (
	"strconv"

	"github.com/shopspring/decimal"
)

// invoiceItem is an amount to be billed: pending until an invoice takes it.
type invoiceItem struct {
	head
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Amount            int64    `json:"amount"`
	Currency          string   `json:"currency"`
	Customer          string   `json:"customer"`
	Date              int64    `json:"date"`
	Description       *string  `json:"description"`
	Discountable      bool     `json:"discountable"`
	Discounts         []string `json:"discounts"`
	Invoice           *string  `json:"invoice"`
	Livemode          bool     `json:"livemode"`
	Metadata          metadata `json:"metadata"`
	Period            period   `json:"period"`
	Price             *price   `json:"price"`
	Proration         bool     `json:"proration"`
	Quantity          int64    `json:"quantity"`
	Subscription      null     `json:"subscription"`
	TaxRates          []string `json:"tax_rates"`
	TestClock         null     `json:"test_clock"`
	UnitAmount        *int64   `json:"unit_amount"`
	UnitAmountDecimal string   `json:"unit_amount_decimal"`

	line       *invoiceLine
	wasPending bool // made without an invoice
	made       []object
}

func (o *invoiceItem) ident() string { return o.ID }
func (o *invoiceItem) madeAt() int64 { return o.Date }

func itemKeys(o *invoiceItem) []string {
	keys := []string{"customer=" + o.Customer}
	if o.Invoice != nil {
		keys = append(keys, "invoice="+*o.Invoice)
	}
	return keys
}

// pendingItems are the items of a customer that are on no invoice, oldest first.
func (a *Account) pendingItems(customer string) (items []*invoiceItem) {
	for _, o := range a.invoiceItems.index["customer="+customer] {
		if it := o.(*invoiceItem); it.Invoice == nil {
			items = append(items, it)
		}
	}
	return items
}

func (a *Account) addItem(it *invoiceItem) {
	for _, o := range it.made { // kept by id only: the lists show what the merchant made
		a.byID[o.ident()] = o
	}
	a.register(a.invoiceItems, it, "customer="+it.Customer)
	a.emit(it.Date, "invoiceitem.created", it, nil)
}

func (c *call) createItem() *Error {
	var o *invoice
	if id := c.str("invoice"); id != "" {
		var e *Error
		if o, e = find[*invoice](c.Account, c.invoices, id, "invoice"); e != nil {
			e.Status = 400
			return e
		}
		if o.Status != "draft" {
			return invalid("invoice_not_editable", "invoice", "The invoice %s is no longer editable", o.ID)
		}
		if !c.has("customer") {
			c.values["customer"] = o.Customer
		}
		if c.str("customer") != o.Customer {
			return invalid("", "invoice", "The invoice %s does not belong to the customer %s.", o.ID, c.str("customer"))
		}
	}
	owner, e := c.payingCustomer("customer")
	if e != nil {
		return e
	}
	it, e := c.itemFrom("", owner, o)
	if e != nil {
		return e
	}
	it.wasPending = o == nil
	if o == nil {
		c.addItem(it)
		return c.answer(it)
	}
	before := body(o)
	it.Invoice = &o.ID
	c.addItem(it)
	c.putOn(o, it)
	c.refresh(o)
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(it)
}

// under is a parameter's name inside a group: under("lines[0]", "amount") is
// lines[0][amount], under("", "amount") amount, under("a", "b[c]") a[b][c].
func under(group, name string) string {
	if group == "" {
		return name
	}
	for i := range len(name) {
		if name[i] == '[' {
			return group + "[" + name[:i] + "]" + name[i:]
		}
	}
	return group + "[" + name + "]"
}

func (a *Account) newInvoiceItem(owner *customer, currency string, now int64) *invoiceItem {
	return &invoiceItem{
		ID: a.id("ii"), Object: "invoiceitem", Customer: owner.ID, Date: now, Discountable: true, Discounts: []string{}, Livemode: a.opts.Livemode,
		Metadata: metadata{}, Period: period{now, now}, Quantity: 1, TaxRates: []string{}, Currency: currency,
	}
}

// itemFrom makes an item from the parameters of a group.
func (c *call) itemFrom(group string, owner *customer, o *invoice) (*invoiceItem, *Error) {
	it := c.newInvoiceItem(owner, lower(c.str(under(group, "currency"))), c.now)
	if it.Currency == "" && o != nil {
		it.Currency = o.Currency
	}
	if it.Currency == "" {
		it.Currency = c.invoiceCurrency(owner, nil)
	}
	if e := c.priceItem(it, group); e != nil {
		return nil, e
	}
	if e := c.fillItem(it, group); e != nil {
		return nil, e
	}
	if o != nil && it.Currency != o.Currency {
		return nil, invalid("", under(group, "currency"), "The currency of the invoice item (%s) does not match the currency of the invoice (%s).", it.Currency, o.Currency)
	}
	return it, nil
}

// priceItem reads what an item costs: a price, price_data, a unit amount with
// a quantity, or one amount (Stripe docs: api/invoiceitems/create).
func (c *call) priceItem(it *invoiceItem, group string) (e *Error) {
	name := func(s string) string { return under(group, s) }
	if c.has(name("quantity")) {
		if it.Quantity, e = c.integer(name("quantity")); e != nil {
			return e
		}
	}
	if q := c.str(name("quantity_decimal")); q != "" {
		if it.Quantity, e = wholeQuantity(q, name("quantity_decimal")); e != nil {
			return e
		}
	}
	id := c.str(name("price")) + c.str(name("pricing[price]"))
	switch {
	case id != "":
		return c.itemOfPrice(it, id, group)
	case c.hasGroup(name("price_data")):
		return c.itemOfPriceData(it, name("price_data"))
	case c.has(name("unit_amount")), c.has(name("unit_amount_decimal")):
		unit := c.str(name("unit_amount_decimal")) + c.str(name("unit_amount"))
		return c.setUnit(it, unit, name("unit_amount"))
	case c.has(name("amount")):
		amount, e := c.integer(name("amount"))
		if e != nil {
			return e
		}
		if c.has(name("quantity")) {
			return invalid("", name("quantity"), "You may only specify one of these parameters: amount, quantity.")
		}
		return c.setUnit(it, unitText(amount), name("amount"))
	}
	return invalid("parameter_missing", name("amount"), "You must specify one of `amount`, `price`, `price_data` or `unit_amount_decimal`.")
}

func wholeQuantity(s, param string) (int64, *Error) {
	d, err := decimal.NewFromString(s)
	if err != nil {
		return 0, invalid("", param, "Invalid decimal: %s", s)
	}
	if !d.IsInteger() {
		return 0, notModelled(param)
	}
	return d.IntPart(), nil
}

func (c *call) itemOfPrice(it *invoiceItem, id, group string) *Error {
	p, e := find[*price](c.Account, c.prices, id, under(group, "price"))
	switch {
	case e != nil:
		e.Status = 400
		return e
	case !p.Active:
		return invalid("", under(group, "price"), "The price specified is inactive. This field only accepts active prices.")
	case p.Type != "one_time":
		return invalid("", under(group, "price"), "The price specified is set to `type=recurring` but this field only accepts prices with `type=one_time`.")
	}
	it.Currency, it.Description = p.Currency, opt(c.productName(p.Product))
	return it.bill(p, under(group, "price"))
}

func (c *call) itemOfPriceData(it *invoiceItem, data string) *Error {
	for _, name := range []string{"[currency]", "[product]"} {
		if c.str(data+name) == "" && (name != "[product]" || !c.hasGroup(data+"[product_data]")) {
			return missingParam(data + name)
		}
	}
	owner := c.str(data + "[product]")
	if owner == "" {
		o, e := c.productOfData(data + "[product_data]")
		if e != nil {
			return e
		}
		it.made, owner = append(it.made, o), o.ID
	} else if _, e := find[*product](c.Account, c.products, owner, data+"[product]"); e != nil {
		e.Status = 400
		return e
	}
	it.Currency = lower(c.str(data + "[currency]"))
	it.Description = opt(c.productName(owner))
	p, e := c.priceOf(c.str(data+"[unit_amount]")+c.str(data+"[unit_amount_decimal]"), it.Currency, owner, data+"[unit_amount]")
	if e != nil {
		return e
	}
	p.Active = false
	it.made = append(it.made, p)
	return it.bill(p, data)
}

// setUnit prices an item without a price: Stripe makes one of its own, with a
// product, both inactive, as recorded answers show.
func (c *call) setUnit(it *invoiceItem, unit, param string) *Error {
	o := c.newProduct(c.now, "Invoice item")
	o.Active = false
	p, e := c.priceOf(unit, it.Currency, o.ID, param)
	if e != nil {
		return e
	}
	p.Active = false
	it.made = []object{o, p}
	return it.bill(p, param)
}

// bill sets price and amount.
func (o *invoiceItem) bill(p *price, param string) *Error {
	amount, ok := extended(p.UnitAmountDecimal, o.Quantity)
	if _, known := exponent(p.Currency); !known || !ok {
		return invalid("", param, "Invalid amount or currency: %s %s", p.UnitAmountDecimal, p.Currency)
	}
	if amount > maxAmount || amount < -maxAmount {
		return invalid("amount_too_large", param, "Amount must be no more than %s", strconv.Itoa(maxAmount))
	}
	o.Price, o.Amount, o.UnitAmount, o.UnitAmountDecimal = p, amount, p.UnitAmount, p.UnitAmountDecimal
	return nil
}

func (c *call) fillItem(it *invoiceItem, group string) (e *Error) {
	name := func(s string) string { return under(group, s) }
	if c.has(name("description")) {
		it.Description = opt(c.str(name("description")))
	}
	if it.Discountable, e = c.boolean(name("discountable"), it.Discountable); e != nil {
		return e
	}
	if c.hasGroup(name("period")) {
		if it.Period.Start, e = c.integer(name("period[start]")); e != nil {
			return e
		}
		if it.Period.End, e = c.integer(name("period[end]")); e != nil {
			return e
		}
		if it.Period.End < it.Period.Start {
			return invalid("", name("period[end]"), "The period's end must be at or after its start.")
		}
	}
	it.Metadata, e = c.merge(name("metadata"), it.Metadata)
	return e
}

// changeItem applies an update to an item and to the line that shows it.
func (c *call) changeItem(it *invoiceItem, group string) *Error {
	changed := *it
	priced := false
	for _, n := range []string{"amount", "price", "pricing[price]", "unit_amount", "unit_amount_decimal"} {
		priced = priced || c.has(under(group, n))
	}
	priced = priced || c.hasGroup(under(group, "price_data"))
	switch {
	case priced:
		if e := c.priceItem(&changed, group); e != nil {
			return e
		}
	case c.has(under(group, "quantity")):
		quantity, e := c.integer(under(group, "quantity"))
		if e != nil {
			return e
		}
		changed.Quantity = quantity
		if e := changed.bill(it.Price, under(group, "quantity")); e != nil {
			return e
		}
	}
	if e := c.fillItem(&changed, group); e != nil {
		return e
	}
	for _, o := range changed.made {
		c.byID[o.ident()] = o
	}
	before := body(it)
	*it = changed
	it.touch()
	c.emit(c.now, "invoiceitem.updated", it, before)
	if it.line != nil {
		it.line.follow(it)
		if o, ok := c.byID[val(it.Invoice)].(*invoice); ok {
			c.refresh(o)
		}
	}
	return nil
}

func (c *call) item() (*invoiceItem, *Error) {
	return find[*invoiceItem](c.Account, c.invoiceItems, c.req.PathValue("id"), "invoiceitem")
}

func (c *call) getItem() *Error { return get[*invoiceItem](c, c.invoiceItems, "invoiceitem") }

// editableItem is the item of the path, pending or on a draft.
func (c *call) editableItem(verb string) (*invoiceItem, *Error) {
	it, e := c.item()
	if e != nil {
		return nil, e
	}
	if o, ok := c.byID[val(it.Invoice)].(*invoice); ok && o.Status != "draft" {
		return nil, invalid("invoice_not_editable", "", "You can only %s invoice items that are not attached to a finalized invoice", verb)
	}
	return it, nil
}

func (c *call) updateItem() *Error {
	it, e := c.editableItem("update")
	if e != nil {
		return e
	}
	if e := c.changeItem(it, ""); e != nil {
		return e
	}
	return c.answer(it)
}

func (c *call) deleteItem() *Error {
	it, e := c.editableItem("delete")
	if e != nil {
		return e
	}
	if o, ok := c.byID[val(it.Invoice)].(*invoice); ok {
		before := body(o)
		c.takeOff(o, it.line)
		c.refresh(o)
		c.emit(c.now, "invoice.updated", o, before)
	}
	c.emit(c.now, "invoiceitem.deleted", it, nil)
	return c.answer(c.forget(c.invoiceItems, it, itemKeys(it)...))
}

func (c *call) listItems() *Error {
	if _, e := c.boolean("pending", false); e != nil {
		return e
	}
	key, keep := c.pick([]string{"invoice", "customer"},
		filter{"customer", func(o object) string { return o.(*invoiceItem).Customer }},
		filter{"invoice", func(o object) string { return val(o.(*invoiceItem).Invoice) }},
		filter{"pending", func(o object) string { return strconv.FormatBool(o.(*invoiceItem).Invoice == nil) }})
	return c.answerList(c.invoiceItems, "/v1/invoiceitems", key, keep)
}
