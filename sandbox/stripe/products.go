package stripe

import (
	"encoding/json"
	"slices"
	"strconv"
)

type product struct {
	head
	ID                  string            `json:"id"`
	Object              string            `json:"object"`
	Active              bool              `json:"active"`
	Created             int64             `json:"created"`
	DefaultPrice        *string           `json:"default_price"`
	Description         *string           `json:"description"`
	Features            []json.RawMessage `json:"features"`
	Images              []string          `json:"images"`
	Livemode            bool              `json:"livemode"`
	Metadata            metadata          `json:"metadata"`
	Name                string            `json:"name"`
	PackageDimensions   null              `json:"package_dimensions"`
	Shippable           null              `json:"shippable"`
	StatementDescriptor null              `json:"statement_descriptor"`
	TaxCode             null              `json:"tax_code"`
	UnitLabel           *string           `json:"unit_label"`
	Updated             int64             `json:"updated"`
	URL                 *string           `json:"url"`
}

func (o *product) ident() string { return o.ID }
func (o *product) madeAt() int64 { return o.Created }

type price struct {
	head
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Active            bool     `json:"active"`
	BillingScheme     string   `json:"billing_scheme"`
	Created           int64    `json:"created"`
	Currency          string   `json:"currency"`
	CustomUnitAmount  null     `json:"custom_unit_amount"`
	Livemode          bool     `json:"livemode"`
	LookupKey         null     `json:"lookup_key"`
	Metadata          metadata `json:"metadata"`
	Nickname          *string  `json:"nickname"`
	Product           string   `json:"product"`
	Recurring         null     `json:"recurring"`
	TaxBehavior       string   `json:"tax_behavior"`
	TiersMode         null     `json:"tiers_mode"`
	TransformQuantity null     `json:"transform_quantity"`
	Type              string   `json:"type"`
	UnitAmount        int64    `json:"unit_amount"`
	UnitAmountDecimal string   `json:"unit_amount_decimal"`
}

func (o *price) ident() string { return o.ID }
func (o *price) madeAt() int64 { return o.Created }

func (a *Account) newProduct(now int64, name string) *product {
	return &product{
		ID: "prod_" + a.letters(14), Object: "product", Active: true, Created: now, Updated: now, Name: name,
		Features: []json.RawMessage{}, Images: []string{}, Livemode: a.opts.Livemode, Metadata: metadata{},
	}
}

func (a *Account) newPrice(now, amount int64, currency, product string) *price {
	return &price{
		ID: a.id("price"), Object: "price", Active: true, BillingScheme: "per_unit", Created: now, Currency: currency,
		Livemode: a.opts.Livemode, Metadata: metadata{}, Product: product, TaxBehavior: "unspecified", Type: "one_time",
		UnitAmount: amount, UnitAmountDecimal: strconv.FormatInt(amount, 10),
	}
}

func (c *call) fillProduct(o *product) *Error {
	if c.has("name") {
		if c.str("name") == "" {
			return invalid("parameter_invalid_empty", "name", "You passed an empty string for 'name'.")
		}
		o.Name = c.str("name")
	}
	for name, field := range map[string]**string{"description": &o.Description, "unit_label": &o.UnitLabel, "url": &o.URL, "default_price": &o.DefaultPrice} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	var e *Error
	if o.Active, e = c.boolean("active", o.Active); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func (c *call) createProduct() *Error {
	if !c.has("name") {
		return missingParam("name")
	}
	o := c.newProduct(c.now, "")
	if id := c.str("id"); id != "" {
		if c.byID[id] != nil {
			return invalid("resource_already_exists", "id", "Product already exists.")
		}
		o.ID = id
	}
	if e := c.fillProduct(o); e != nil {
		return e
	}
	var p *price
	if c.hasGroup("default_price_data") {
		amount, e := c.integer("default_price_data[unit_amount]")
		if e != nil {
			return e
		}
		p = c.newPrice(c.now, amount, c.str("default_price_data[currency]"), o.ID)
		if e := checkPrice(p, "default_price_data[unit_amount]"); e != nil {
			return e
		}
		o.DefaultPrice = &p.ID
	}
	c.register(c.products, o)
	c.emit(c.now, "product.created", o, nil)
	if p != nil {
		c.addPrice(p)
	}
	return c.answer(o)
}

func (c *call) listProducts() *Error {
	ids := c.array("ids")
	_, active := c.pick(nil, filter{"active", func(o object) string { return strconv.FormatBool(o.(*product).Active) }})
	return c.answerList(c.products, "/v1/products", "", func(o object) bool {
		return (active == nil || active(o)) && (len(ids) == 0 || slices.Contains(ids, o.ident()))
	})
}

func (c *call) getProduct() *Error { return get[*product](c, c.products, "id") }

func (c *call) updateProduct() *Error {
	o, e := find[*product](c.Account, c.products, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	changed := *o
	if e := c.fillProduct(&changed); e != nil {
		return e
	}
	before := body(o)
	*o = changed
	o.Updated = c.now
	o.touch()
	c.emit(c.now, "product.updated", o, before)
	return c.answer(o)
}

// checkPrice allows 0, which a price may have though a charge may not.
func checkPrice(p *price, param string) *Error {
	if p.UnitAmount == 0 {
		if _, ok := exponent(p.Currency); ok {
			return nil
		}
	}
	if p.UnitAmount > 0 && p.UnitAmount < minimumOf(p.Currency) {
		return nil // the minimum is judged when the link or session is made
	}
	return checkAmount(p.UnitAmount, p.Currency, param)
}

func (c *call) createPrice() *Error {
	for _, name := range []string{"currency", "unit_amount"} {
		if !c.has(name) {
			return missingParam(name)
		}
	}
	amount, e := c.integer("unit_amount")
	if e != nil {
		return e
	}
	owner, isNew, e := c.priceProduct()
	if e != nil {
		return e
	}
	p := c.newPrice(c.now, amount, c.str("currency"), owner.ID)
	if e := checkPrice(p, "unit_amount"); e != nil {
		return e
	}
	if e := c.fillPrice(p); e != nil {
		return e
	}
	if isNew {
		c.register(c.products, owner)
		c.emit(c.now, "product.created", owner, nil)
	}
	c.addPrice(p)
	return c.answer(p)
}

// priceProduct is the product of a new price: an existing one or one made from
// product_data, which is registered by the caller once all is valid.
func (c *call) priceProduct() (o *product, isNew bool, e *Error) {
	if c.has("product") {
		o, e = find[*product](c.Account, c.products, c.str("product"), "product")
		return o, false, e
	}
	if c.str("product_data[name]") == "" {
		return nil, false, invalid("parameter_missing", "product", "You must specify either `product` or `product_data` when creating a price.")
	}
	o = c.newProduct(c.now, c.str("product_data[name]"))
	if id := c.str("product_data[id]"); id != "" {
		o.ID = id
	}
	o.Metadata, e = c.merge("product_data[metadata]", o.Metadata)
	return o, true, e
}

func (c *call) fillPrice(p *price) (e *Error) {
	if c.has("nickname") {
		p.Nickname = opt(c.str("nickname"))
	}
	if c.has("tax_behavior") {
		p.TaxBehavior = c.str("tax_behavior")
	}
	if p.Active, e = c.boolean("active", p.Active); e != nil {
		return e
	}
	p.Metadata, e = c.merge("metadata", p.Metadata)
	return e
}

func (a *Account) addPrice(p *price) {
	a.register(a.prices, p, "product="+p.Product)
	a.emit(p.Created, "price.created", p, nil)
}

func (c *call) listPrices() *Error {
	key, keep := c.pick([]string{"product"},
		filter{"active", func(o object) string { return strconv.FormatBool(o.(*price).Active) }},
		filter{"currency", func(o object) string { return o.(*price).Currency }},
		filter{"type", func(o object) string { return o.(*price).Type }})
	return c.answerList(c.prices, "/v1/prices", key, keep)
}

func (c *call) getPrice() *Error { return get[*price](c, c.prices, "price") }

func (c *call) updatePrice() *Error {
	p, e := find[*price](c.Account, c.prices, c.req.PathValue("id"), "price")
	if e != nil {
		return e
	}
	changed := *p
	if e := c.fillPrice(&changed); e != nil {
		return e
	}
	before := body(p)
	*p = changed
	p.touch()
	c.emit(c.now, "price.updated", p, before)
	return c.answer(p)
}
