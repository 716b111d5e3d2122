package stripe

import (
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

type price struct {
	head
	ID                string     `json:"id"`
	Object            string     `json:"object"`
	Active            bool       `json:"active"`
	BillingScheme     string     `json:"billing_scheme"`
	Created           int64      `json:"created"`
	Currency          string     `json:"currency"`
	CustomUnitAmount  null       `json:"custom_unit_amount"`
	Livemode          bool       `json:"livemode"`
	LookupKey         *string    `json:"lookup_key"`
	Metadata          metadata   `json:"metadata"`
	Nickname          *string    `json:"nickname"`
	Product           string     `json:"product"`
	Recurring         *recurring `json:"recurring"`
	TaxBehavior       string     `json:"tax_behavior"`
	TiersMode         null       `json:"tiers_mode"`
	TransformQuantity null       `json:"transform_quantity"`
	Type              string     `json:"type"`
	UnitAmount        *int64     `json:"unit_amount"` // null when the decimal is not whole
	UnitAmountDecimal string     `json:"unit_amount_decimal"`
}

func (o *price) ident() string { return o.ID }
func (o *price) madeAt() int64 { return o.Created }

type recurring struct {
	AggregateUsage null   `json:"aggregate_usage"`
	Interval       string `json:"interval"`
	IntervalCount  int64  `json:"interval_count"`
	UsageType      string `json:"usage_type"`
}

func (c *call) createPrice() *Error {
	if !c.has("currency") {
		return missingParam("currency")
	}
	owner, isNew, e := c.priceProduct()
	if e != nil {
		return e
	}
	p, e := c.priceFrom("", owner.ID)
	if e != nil {
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

// priceFrom makes a price from the parameters of a group.
func (c *call) priceFrom(group, product string) (*price, *Error) {
	name := func(s string) string { return under(group, s) }
	unit := c.str(name("unit_amount"))
	if d := c.str(name("unit_amount_decimal")); d != "" {
		if unit != "" {
			return nil, invalid("", name("unit_amount"), "You may only specify one of these parameters: unit_amount, unit_amount_decimal.")
		}
		unit = d
	}
	if unit == "" {
		return nil, missingParam(name("unit_amount"))
	}
	if _, e := c.integer(name("unit_amount")); e != nil {
		return nil, e
	}
	p, e := c.priceOf(unit, lower(c.str(name("currency"))), product, name("unit_amount"))
	if e != nil {
		return nil, e
	}
	if b := c.str(name("tax_behavior")); b != "" {
		p.TaxBehavior = b
	}
	p.Recurring, e = c.recurringFrom(name("recurring"))
	if p.Recurring != nil {
		p.Type = "recurring"
	}
	return p, e
}

func (c *call) recurringFrom(group string) (*recurring, *Error) {
	if !c.hasGroup(group) {
		return nil, nil
	}
	r := &recurring{Interval: c.str(group + "[interval]"), IntervalCount: 1, UsageType: "licensed"}
	if r.Interval == "" {
		return nil, missingParam(group + "[interval]")
	}
	if e := c.oneOf(group+"[interval]", "day", "week", "month", "year"); e != nil {
		return nil, e
	}
	if u := c.str(group + "[usage_type]"); u != "" && u != "licensed" {
		return nil, notModelled(group + "[usage_type]")
	}
	if c.has(group + "[interval_count]") {
		n, e := c.integer(group + "[interval_count]")
		if e != nil {
			return nil, e
		}
		r.IntervalCount = n
	}
	return r, nil
}

// priceOf is a price of a unit amount that may have decimals.
func (c *call) priceOf(unit, currency, product, param string) (*price, *Error) {
	d, err := decimal.NewFromString(unit)
	if err != nil || d.Exponent() < -12 {
		return nil, invalid("parameter_invalid_integer", param, "Invalid decimal: %s", unit)
	}
	if _, ok := exponent(currency); !ok {
		return nil, checkAmount(1, currency, param)
	}
	if limit := decimal.NewFromInt(maxAmount); d.Abs().GreaterThan(limit) {
		return nil, checkAmount(maxAmount+1, currency, param)
	}
	p := c.newPrice(c.now, 0, currency, product)
	p.UnitAmount, p.UnitAmountDecimal = nil, d.String()
	if d.IsInteger() {
		p.UnitAmount = new(d.IntPart())
	}
	return p, nil
}

func (a *Account) newPrice(now, amount int64, currency, product string) *price {
	return &price{
		ID: a.id("price"), Object: "price", Active: true, BillingScheme: "per_unit", Created: now, Currency: currency,
		Livemode: a.opts.Livemode, Metadata: metadata{}, Product: product, TaxBehavior: "unspecified", Type: "one_time",
		UnitAmount: &amount, UnitAmountDecimal: strconv.FormatInt(amount, 10),
	}
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
	if e := c.oneOf("tax_behavior", "exclusive", "inclusive", "unspecified"); e != nil {
		return e
	}
	if c.has("nickname") {
		p.Nickname = opt(c.str("nickname"))
	}
	if c.has("tax_behavior") {
		p.TaxBehavior = c.str("tax_behavior")
	}
	if e := c.fillLookup(p); e != nil {
		return e
	}
	if p.Active, e = c.boolean("active", p.Active); e != nil {
		return e
	}
	p.Metadata, e = c.merge("metadata", p.Metadata)
	return e
}

// fillLookup: a lookup key belongs to one price, unless it is transferred
// (Stripe docs: products-prices/manage-prices, "Lookup keys").
func (c *call) fillLookup(p *price) *Error {
	if !c.has("lookup_key") {
		return nil
	}
	key := opt(c.str("lookup_key"))
	transfer, e := c.boolean("transfer_lookup_key", false)
	if e != nil {
		return e
	}
	for _, o := range c.prices.items {
		other := o.(*price)
		if key == nil || other.ID == p.ID || val(other.LookupKey) != *key {
			continue
		}
		if !transfer {
			return invalid("", "lookup_key", "A price (`%s`) already uses that lookup key.", other.ID)
		}
		other.LookupKey = nil
		other.touch()
	}
	p.LookupKey = key
	return nil
}

func (a *Account) addPrice(p *price) {
	a.register(a.prices, p, "product="+p.Product)
	a.emit(p.Created, "price.created", p, nil)
}

func (c *call) listPrices() *Error {
	if e := c.booleans("active"); e != nil {
		return e
	}
	if e := c.oneOf("type", "one_time", "recurring"); e != nil {
		return e
	}
	key, keep := c.pick([]string{"product"},
		filter{"active", func(o object) string { return strconv.FormatBool(o.(*price).Active) }},
		filter{"currency", func(o object) string { return o.(*price).Currency }},
		filter{"type", func(o object) string { return o.(*price).Type }},
		filter{"recurring[interval]", func(o object) string {
			if r := o.(*price).Recurring; r != nil {
				return r.Interval
			}
			return ""
		}})
	if keys := c.array("lookup_keys"); len(keys) > 0 {
		rest := keep
		keep = func(o object) bool {
			return slices.Contains(keys, val(o.(*price).LookupKey)) && (rest == nil || rest(o))
		}
	}
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
