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
	Shippable           *bool             `json:"shippable"`
	StatementDescriptor *string           `json:"statement_descriptor"`
	TaxCode             *string           `json:"tax_code"`
	UnitLabel           *string           `json:"unit_label"`
	Updated             int64             `json:"updated"`
	URL                 *string           `json:"url"`
}

func (o *product) ident() string { return o.ID }
func (o *product) madeAt() int64 { return o.Created }

func (a *Account) newProduct(now int64, name string) *product {
	return &product{
		ID: "prod_" + a.letters(14), Object: "product", Active: true, Created: now, Updated: now, Name: name,
		Features: []json.RawMessage{}, Images: []string{}, Livemode: a.opts.Livemode, Metadata: metadata{},
	}
}

func (c *call) fillProduct(o *product) *Error {
	if c.has("name") {
		if c.str("name") == "" {
			return invalid("parameter_invalid_empty", "name", "You passed an empty string for 'name'. We assume empty values are an attempt to unset a parameter; "+
				"however 'name' cannot be unset. You should remove 'name' from your request or supply a non-empty value.")
		}
		o.Name = c.str("name")
	}
	for name, field := range map[string]**string{
		"description": &o.Description, "unit_label": &o.UnitLabel, "url": &o.URL, "statement_descriptor": &o.StatementDescriptor, "tax_code": &o.TaxCode,
	} {
		if c.has(name) {
			*field = opt(c.str(name))
		}
	}
	if e := c.fillShown(o); e != nil {
		return e
	}
	var e *Error
	if o.Active, e = c.boolean("active", o.Active); e != nil {
		return e
	}
	o.Metadata, e = c.merge("metadata", o.Metadata)
	return e
}

func (c *call) fillShown(o *product) *Error {
	if c.has("images") {
		o.Images = []string{}
	} else if c.hasGroup("images") {
		o.Images = c.array("images")
	}
	if c.has("shippable") {
		yes, e := c.boolean("shippable", false)
		if e != nil {
			return e
		}
		o.Shippable = &yes
	}
	for _, group := range []string{"features", "marketing_features"} {
		if !c.hasGroup(group) {
			continue
		}
		o.Features = []json.RawMessage{}
		for _, name := range c.elements(group) {
			o.Features = append(o.Features, encoded(map[string]string{"name": c.str(name + "[name]")}))
		}
	}
	if id := c.str("default_price"); id != "" {
		p, e := find[*price](c.Account, c.prices, id, "default_price")
		if e != nil {
			e.Status = 400
			return e
		}
		o.DefaultPrice = &p.ID
	}
	return nil
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
	if data := "default_price_data"; c.hasGroup(data) {
		var e *Error
		if p, e = c.priceFrom(data, o.ID); e != nil {
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
	if e := c.booleans("active", "shippable"); e != nil {
		return e
	}
	ids := c.array("ids")
	_, keep := c.pick(nil,
		filter{"active", func(o object) string { return strconv.FormatBool(o.(*product).Active) }},
		filter{"shippable", func(o object) string { yes := o.(*product).Shippable; return strconv.FormatBool(yes != nil && *yes) }},
		filter{"url", func(o object) string { return val(o.(*product).URL) }})
	return c.answerList(c.products, "/v1/products", "", func(o object) bool {
		return (keep == nil || keep(o)) && (len(ids) == 0 || slices.Contains(ids, o.ident()))
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

// deleteProduct: only a product without prices can be deleted (Stripe docs:
// api/products/delete).
func (c *call) deleteProduct() *Error {
	o, e := find[*product](c.Account, c.products, c.req.PathValue("id"), "id")
	if e != nil {
		return e
	}
	if len(c.prices.index["product="+o.ID]) > 0 {
		return invalid("", "", "This product cannot be deleted because it has one or more user-created prices.")
	}
	c.emit(c.now, "product.deleted", o, nil)
	return c.answer(c.forget(c.products, o))
}
