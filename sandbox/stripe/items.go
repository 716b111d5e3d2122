package stripe

import (
	"encoding/json"
	"net/http"
	"slices"
)

// item is a line of a payment link or checkout session.
type item struct {
	head
	ID             string  `json:"id"`
	Object         string  `json:"object"`
	AmountDiscount int64   `json:"amount_discount"`
	AmountSubtotal int64   `json:"amount_subtotal"`
	AmountTax      int64   `json:"amount_tax"`
	AmountTotal    int64   `json:"amount_total"`
	Currency       string  `json:"currency"`
	Description    *string `json:"description"`
	Price          *price  `json:"price"`
	Quantity       int64   `json:"quantity"`
}

func (o *item) ident() string { return o.ID }
func (o *item) madeAt() int64 { return o.Price.Created }

func (a *Account) newItem(p *price, title string, quantity int64) *item {
	total, _ := extended(p.UnitAmountDecimal, quantity)
	return &item{
		ID: "li_1" + a.letters(23), Object: "item", AmountSubtotal: total, AmountTotal: total,
		Currency: p.Currency, Description: opt(title), Price: p, Quantity: quantity,
	}
}

func (a *Account) productName(id string) string {
	if o, ok := a.byID[id].(*product); ok {
		return o.Name
	}
	return ""
}

func itemList(items []*item, url string) list {
	l := list{Object: "list", Data: make([]json.RawMessage, len(items)), URL: url}
	for i, it := range items {
		it.touch() // the price may have changed
		l.Data[i] = body(it)
	}
	return l
}

func totalOf(items []*item) (amount int64, currency string) {
	for _, it := range items {
		amount += it.AmountTotal
		currency = it.Currency
	}
	return amount, currency
}

// lineItems reads line_items of a new link or session. What price_data makes
// is returned, to be shelved when all is valid.
func (c *call) lineItems() (items []*item, made []object, e *Error) {
	names := c.elements("line_items")
	if len(names) == 0 {
		return nil, nil, missingParam("line_items")
	}
	const maxLines = 20 // Stripe docs: api/payment_links/create, line_items
	if len(names) > maxLines {
		return nil, nil, invalid("", "line_items", "You may only specify up to %d line items.", maxLines)
	}
	for _, name := range names {
		it, fresh, e := c.lineItem(name)
		if e != nil {
			return nil, nil, e
		}
		if len(items) > 0 && items[0].Currency != it.Currency {
			return nil, nil, invalid("", name, "All prices must have the same currency.")
		}
		items, made = append(items, it), append(made, fresh...)
	}
	amount, currency := totalOf(items)
	return items, made, checkAmount(amount, currency, "line_items")
}

func (c *call) lineItem(name string) (*item, []object, *Error) {
	quantity, e := c.integer(name + "[quantity]")
	if e != nil {
		return nil, nil, e
	}
	if quantity < 1 {
		return nil, nil, invalid("parameter_missing", name+"[quantity]", "Quantity is required. Add `quantity` to `%s`", name)
	}
	if _, e := c.boolean(name+"[adjustable_quantity][enabled]", false); e != nil {
		return nil, nil, e
	}
	if !c.has(name + "[price]") {
		return c.itemOfData(name, quantity)
	}
	p, e := find[*price](c.Account, c.prices, c.str(name+"[price]"), name+"[price]")
	if e != nil {
		e.Status = http.StatusBadRequest
		return nil, nil, e
	}
	if !p.Active {
		return nil, nil, invalid("", name+"[price]", "The price specified is inactive. This field only accepts active prices.")
	}
	if p.Type != "one_time" {
		return nil, nil, invalid("", name+"[price]", "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.")
	}
	return c.newItem(p, c.productName(p.Product), quantity), nil, nil
}

// itemOfData is a line whose price, and product unless named, are made for it
// and are inactive afterwards (Stripe docs: api/checkout/sessions/create).
func (c *call) itemOfData(name string, quantity int64) (*item, []object, *Error) {
	data := name + "[price_data]"
	if !c.hasGroup(data) {
		return nil, nil, invalid("parameter_missing", name+"[price]", "You must specify either `price` or `price_data` for each line item.")
	}
	var made []object
	owner, title := c.str(data+"[product]"), ""
	if owner != "" {
		if _, e := find[*product](c.Account, c.products, owner, data+"[product]"); e != nil {
			return nil, nil, e
		}
		title = c.productName(owner)
	} else {
		o, e := c.productOfData(data + "[product_data]")
		if e != nil {
			return nil, nil, e
		}
		made, owner, title = append(made, o), o.ID, o.Name
	}
	p, e := c.priceFrom(data, owner)
	if e != nil {
		return nil, nil, e
	}
	if p.Type != "one_time" {
		return nil, nil, notModelled(data + "[recurring]")
	}
	p.Active = false
	return c.newItem(p, title, quantity), append(made, p), nil
}

func (c *call) productOfData(data string) (*product, *Error) {
	if c.str(data+"[name]") == "" {
		return nil, missingParam(data + "[name]")
	}
	o := c.newProduct(c.now, c.str(data+"[name]"))
	o.Description, o.TaxCode, o.Active = opt(c.str(data+"[description]")), opt(c.str(data+"[tax_code]")), false
	if c.hasGroup(data + "[images]") {
		o.Images = c.array(data + "[images]")
	}
	var e *Error
	o.Metadata, e = c.merge(data+"[metadata]", o.Metadata)
	return o, e
}

// shelve registers products and prices that a request made on the side.
func (a *Account) shelve(made []object) {
	for _, o := range made {
		switch x := o.(type) {
		case *product:
			a.register(a.products, x)
			a.emit(x.Created, "product.created", x, nil)
		case *price:
			a.addPrice(x)
		}
	}
}

// answerItems pages the lines of a link or session.
func (c *call) answerItems(items []*item, url string) *Error {
	s := newShelf("item")
	for _, item := range slices.Backward(items) { // first line first
		item.touch()
		s.items = append(s.items, item)
		item.pos = len(s.items) - 1
	}
	q := query{from: 0, to: forever, limit: defaultLimit}
	for _, it := range items {
		c.byID[it.ID] = it
	}
	if e := c.paging(s, &q); e != nil {
		return e
	}
	out, more := s.page(q)
	return c.answerPage(out, more, url)
}
