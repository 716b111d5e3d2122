package stripe

import (
	"encoding/json"
	"slices"
	"strconv"

	"github.com/shopspring/decimal"
)

type period struct {
	End   int64 `json:"end"`
	Start int64 `json:"start"`
}

// prorationDetails are never filled: nothing here is prorated.
type prorationDetails struct {
	CreditedItems null `json:"credited_items"`
}

// invoiceLine is one line of an invoice; each belongs to an invoice item.
type invoiceLine struct {
	head
	ID                     string            `json:"id"`
	Object                 string            `json:"object"`
	Amount                 int64             `json:"amount"`
	AmountExcludingTax     int64             `json:"amount_excluding_tax"`
	Currency               string            `json:"currency"`
	Description            *string           `json:"description"`
	DiscountAmounts        []json.RawMessage `json:"discount_amounts"`
	Discountable           bool              `json:"discountable"`
	Discounts              []string          `json:"discounts"`
	Invoice                *string           `json:"invoice"`
	InvoiceItem            string            `json:"invoice_item,omitempty"`
	Livemode               bool              `json:"livemode"`
	Metadata               metadata          `json:"metadata"`
	Period                 period            `json:"period"`
	Price                  *price            `json:"price"`
	Proration              bool              `json:"proration"`
	ProrationDetails       prorationDetails  `json:"proration_details"`
	Quantity               int64             `json:"quantity"`
	Subscription           null              `json:"subscription"`
	TaxAmounts             []json.RawMessage `json:"tax_amounts"`
	TaxRates               []json.RawMessage `json:"tax_rates"`
	Type                   string            `json:"type"`
	UnitAmountExcludingTax string            `json:"unit_amount_excluding_tax"`

	created int64
}

func (o *invoiceLine) ident() string { return o.ID }
func (o *invoiceLine) madeAt() int64 { return o.created }

// lineOf is the line that shows an item on an invoice.
func (a *Account) lineOf(it *invoiceItem, invoice string) *invoiceLine {
	l := &invoiceLine{
		ID: a.id("il"), Object: "line_item", DiscountAmounts: []json.RawMessage{}, Discounts: []string{}, Invoice: opt(invoice),
		InvoiceItem: it.ID, Livemode: it.Livemode, TaxAmounts: []json.RawMessage{}, TaxRates: []json.RawMessage{}, Type: "invoiceitem",
		created: it.Date,
	}
	l.follow(it)
	return l
}

// follow copies what a line shows of its item.
func (o *invoiceLine) follow(it *invoiceItem) {
	o.Amount, o.AmountExcludingTax, o.Currency, o.Description, o.Discountable = it.Amount, it.Amount, it.Currency, it.Description, it.Discountable
	o.Metadata, o.Period, o.Price, o.Quantity, o.UnitAmountExcludingTax = it.Metadata, it.Period, it.Price, it.Quantity, it.UnitAmountDecimal
	o.touch()
}

// putOn adds an item to a draft as its newest line. Stripe shows the newest
// line first.
func (a *Account) putOn(o *invoice, it *invoiceItem) {
	it.Invoice, it.line = &o.ID, a.lineOf(it, o.ID)
	it.touch()
	a.invoiceItems.link("invoice="+o.ID, it)
	a.byID[it.line.ID] = it.line
	o.lines = append([]*invoiceLine{it.line}, o.lines...)
}

// takeOff removes a line from a draft.
func (a *Account) takeOff(o *invoice, l *invoiceLine) {
	kept := make([]*invoiceLine, 0, len(o.lines))
	for _, x := range o.lines {
		if x != l {
			kept = append(kept, x)
		}
	}
	o.lines = kept
	delete(a.byID, l.ID)
}

// pageLines answers a page of lines in the order they are shown.
func (c *call) pageLines(lines []*invoiceLine, url string) *Error {
	s := newShelf("line_item")
	for _, l := range slices.Backward(lines) { // a page is shown from the end of the shelf
		l.touch()
		s.items = append(s.items, l)
		l.pos = len(s.items) - 1
	}
	q := query{from: 0, to: forever, limit: defaultLimit}
	for i, l := range lines { // equal instants keep the shelf's order
		l.created = int64(len(lines) - i)
	}
	if e := c.paging(s, &q); e != nil {
		return e
	}
	out, more := s.page(q)
	return c.answerPage(out, more, url)
}

func (c *call) invoiceLines() *Error {
	o, e := c.invoice()
	if e != nil {
		return e
	}
	return c.pageLines(o.lines, "/v1/invoices/"+o.ID+"/lines")
}

// updateLine changes one line of a draft, by way of its item.
func (c *call) updateLine() *Error {
	o, e := c.draft()
	if e != nil {
		return e
	}
	l, e := c.lineOn(o, c.req.PathValue("line"), "line_item_id")
	if e != nil {
		return e
	}
	it := c.byID[l.InvoiceItem].(*invoiceItem)
	if e := c.changeItem(it, ""); e != nil {
		return e
	}
	return c.answer(l)
}

func (c *call) lineOn(o *invoice, id, param string) (*invoiceLine, *Error) {
	for _, l := range o.lines {
		if l.ID == id {
			return l, nil
		}
	}
	return nil, missing("line_item", id, param)
}

// draft is the invoice of the path, whose lines can still change.
func (c *call) draft() (*invoice, *Error) {
	o, e := c.invoice()
	if e != nil {
		return nil, e
	}
	if o.Status != "draft" {
		return nil, invalid("invoice_not_editable", "", "This invoice is no longer editable")
	}
	return o, nil
}

// addLines puts several lines on a draft at once: pending items by id, or new
// ones (Stripe docs: api/invoices/add_lines).
func (c *call) addLines() *Error {
	o, e := c.draft()
	if e != nil {
		return e
	}
	before := body(o)
	owner, e := find[*customer](c.Account, c.customers, o.Customer, "customer")
	if e != nil {
		return e
	}
	var items []*invoiceItem
	for _, name := range c.elements("lines") {
		it, e := c.itemToAdd(o, owner, name)
		if e != nil {
			return e
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return missingParam("lines")
	}
	if o.Metadata, e = c.merge("invoice_metadata", o.Metadata); e != nil {
		return e
	}
	for _, it := range items {
		if c.byID[it.ID] == nil {
			c.addItem(it)
		}
		c.putOn(o, it)
	}
	return c.linesChanged(o, before)
}

func (c *call) itemToAdd(o *invoice, owner *customer, name string) (*invoiceItem, *Error) {
	id := c.str(name + "[invoice_item]")
	if id == "" {
		return c.itemFrom(name, owner, o)
	}
	it, e := find[*invoiceItem](c.Account, c.invoiceItems, id, name+"[invoice_item]")
	switch {
	case e != nil:
		e.Status = 400
		return nil, e
	case it.Customer != o.Customer || it.Invoice != nil:
		return nil, invalid("", name+"[invoice_item]", "The invoice item %s is not a pending item of this invoice's customer.", id)
	}
	return it, nil
}

// removeLines deletes lines of a draft or lets their items wait again (Stripe
// docs: api/invoices/remove_lines, lines.behavior).
func (c *call) removeLines() *Error {
	o, e := c.draft()
	if e != nil {
		return e
	}
	before := body(o)
	for _, name := range c.elements("lines") {
		l, e := c.lineOn(o, c.str(name+"[id]"), name+"[id]")
		if e != nil {
			return e
		}
		it := c.byID[l.InvoiceItem].(*invoiceItem)
		c.takeOff(o, l)
		c.invoiceItems.unlink("invoice="+o.ID, it)
		it.Invoice, it.line = nil, nil
		it.touch()
		if c.str(name+"[behavior]") != "unassign" {
			c.forget(c.invoiceItems, it, "customer="+it.Customer)
		}
	}
	return c.linesChanged(o, before)
}

// updateLines changes several lines of a draft at once.
func (c *call) updateLines() *Error {
	o, e := c.draft()
	if e != nil {
		return e
	}
	before := body(o)
	for _, name := range c.elements("lines") {
		l, e := c.lineOn(o, c.str(name+"[id]"), name+"[id]")
		if e != nil {
			return e
		}
		if e := c.changeItem(c.byID[l.InvoiceItem].(*invoiceItem), name); e != nil {
			return e
		}
	}
	return c.linesChanged(o, before)
}

func (c *call) linesChanged(o *invoice, before []byte) *Error {
	c.refresh(o)
	c.emit(c.now, "invoice.updated", o, before)
	return c.answer(o)
}

// product of a unit amount with up to 12 decimals and a quantity, halves away
// from zero (Stripe docs: api/invoiceitems/create, unit_amount_decimal).
func extended(unit string, quantity int64) (int64, bool) {
	d, err := decimal.NewFromString(unit)
	if err != nil || d.Exponent() < -12 {
		return 0, false
	}
	d = d.Mul(decimal.NewFromInt(quantity)).Round(0)
	return d.IntPart(), d.IsInteger()
}

// unitText is a unit amount as Stripe writes unit_amount_decimal.
func unitText(amount int64) string { return strconv.FormatInt(amount, 10) }
