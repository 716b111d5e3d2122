package simtest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// dumped checks what stands in the sandbox's own dump: none of it is taken
// from our database, but for how much of a movement waits for a person, by
// movement, in minor units, and for the ids of what we take for our own.
func (w *world) dumped(held map[string]int64, own []string) []string {
	d := w.look()
	c := &checker{w: w, held: held, effects: map[string]decimal.Decimal{}, standing: map[string]string{}, applied: map[string]decimal.Decimal{}, clearing: map[string]bool{}, marked: map[string]bool{}}
	for _, m := range w.ready.Money {
		c.clearing[m.Clearing] = true
	}
	c.clearings(d)
	for _, kind := range slices.Sorted(maps.Keys(d.documents())) {
		// Xero shows payments and transfers a second time, as what they paid.
		if kind == "Overpayments" || kind == "Prepayments" {
			continue
		}
		for _, o := range d.documents()[kind] {
			if typ, _ := o["Type"].(string); !gone(o) && !strings.HasSuffix(typ, "-TRANSFER") {
				c.document(kind, o)
			}
		}
	}
	for kind, list := range d.documents() {
		for _, o := range list {
			c.invoice(kind, o)
		}
	}
	c.movements(d)
	for _, id := range own {
		if _, bare, ok := strings.Cut(id, ":"); ok {
			id = bare
		}
		if !c.marked[id] {
			c.fault("document %s is ours and does not carry our marker", id)
		}
	}
	c.links(d)
	slices.Sort(c.wrong)
	return c.wrong
}

// checker adds the documents of a dump up.
type checker struct {
	w        *world
	held     map[string]int64
	clearing map[string]bool
	// standing is where each of our markers stands, effects what our documents
	// did to the clearing accounts by the movement that they name, and applied
	// what was taken off each of QuickBooks' invoices.
	standing map[string]string
	effects  map[string]decimal.Decimal
	applied  map[string]decimal.Decimal
	// marked are the ids of documents with a marker.
	marked map[string]bool
	wrong  []string
}

func (c *checker) fault(format string, args ...any) {
	c.wrong = append(c.wrong, "in the dump: "+fmt.Sprintf(format, args...))
}

// clearings finds the accounts that set-up has made, by the name that people
// see.
func (c *checker) clearings(d taken) {
	for _, kind := range []string{"Account", "Accounts"} {
		for _, a := range d.documents()[kind] {
			if name, _ := a["Name"].(string); strings.HasPrefix(name, "Stripe Clearing") {
				for _, key := range []string{"Id", "AccountID"} {
					if id, ok := a[key].(string); ok {
						c.clearing[id] = true
					}
				}
			}
		}
	}
}

var movementIDs = regexp.MustCompile(`\btxn_[A-Za-z0-9]+`)

// document notes a live document: its marker, and what it did to clearing.
func (c *checker) document(kind string, o map[string]any) {
	own := fmt.Sprint(o["Reference"], " ", o["PrivateNote"], " ", o["CreditNoteNumber"], " ", o["InvoiceNumber"])
	where := kind + " " + idOf(kind, o)
	for _, marker := range markers.FindAllString(own, -1) {
		if other, twice := c.standing[marker]; twice {
			c.fault("%s stands in %s and in %s", marker, other, where)
		}
		c.standing[marker] = where
		c.marked[idOf(kind, o)] = true
	}
	for _, line := range list(o["Line"]) {
		for _, linked := range list(line["LinkedTxn"]) {
			if id, _ := linked["TxnId"].(string); linked["TxnType"] == "Invoice" {
				c.applied[id] = c.applied[id].Add(amount(line["Amount"]))
			}
		}
	}
	if !markers.MatchString(own) {
		return
	}
	if named := movementIDs.FindAllString(fmt.Sprint(o), -1); len(named) > 0 {
		c.effects[named[0]] = c.effects[named[0]].Add(c.effect(kind, o))
	}
}

// effect is what a document does to the clearing accounts.
func (c *checker) effect(kind string, o map[string]any) decimal.Decimal {
	sum := decimal.Zero
	in := func(account any, times int64, total any) {
		at, _ := account.(map[string]any)
		for _, key := range []string{"value", "AccountID"} {
			if id, ok := at[key].(string); ok && c.clearing[id] {
				sum = sum.Add(amount(total).Mul(decimal.NewFromInt(times)))
			}
		}
	}
	switch kind {
	case "Payment", "Deposit":
		in(o["DepositToAccountRef"], 1, o["TotalAmt"])
	case "Purchase":
		in(o["AccountRef"], -1, o["TotalAmt"])
	case "Transfer":
		in(o["FromAccountRef"], -1, o["Amount"])
		in(o["ToAccountRef"], 1, o["Amount"])
	case "Payments":
		in(o["Account"], 1, o["Amount"])
	case "BankTransactions":
		times := int64(1)
		if typ, _ := o["Type"].(string); strings.HasPrefix(typ, "SPEND") {
			times = -1
		}
		in(o["BankAccount"], times, o["Total"])
	case "BankTransfers":
		in(o["FromBankAccount"], -1, o["Amount"])
		in(o["ToBankAccount"], 1, o["Amount"])
	}
	return sum
}

// invoice checks that an invoice is what is open on it and what was taken off.
func (c *checker) invoice(kind string, o map[string]any) {
	switch {
	case kind == "Invoices" && (o["Status"] == "AUTHORISED" || o["Status"] == "PAID"):
		rest := amount(o["Total"]).Sub(amount(o["AmountDue"])).Sub(amount(o["AmountPaid"])).Sub(amount(o["AmountCredited"]))
		if !rest.IsZero() || amount(o["AmountDue"]).IsNegative() {
			c.fault("invoice %v: %s of %v is nowhere, %v is due", o["InvoiceNumber"], rest, o["Total"], o["AmountDue"])
		}
	case kind == "Invoice" && !gone(o):
		id, _ := o["Id"].(string)
		rest := amount(o["TotalAmt"]).Sub(amount(o["Balance"])).Sub(amount(o["Deposit"])).Sub(c.applied[id])
		if !rest.IsZero() || amount(o["Balance"]).IsNegative() {
			c.fault("invoice %v: %s of %v is nowhere, %v is open", o["DocNumber"], rest, o["TotalAmt"], o["Balance"])
		}
	}
}

// movements checks that what stands for a movement of Stripe's adds up to it,
// with its fee, without, or that alone; what a person has to decide on is left
// out as a whole, or by what is left over.
func (c *checker) movements(d taken) {
	stripe, _ := d.stripe["balance_transactions"].([]any)
	known := map[string]bool{}
	for _, item := range stripe {
		m, _ := item.(map[string]any)
		id, _ := m["id"].(string)
		known[id] = true
		gross, fee := amount(m["amount"]).Shift(-2), amount(m["fee"]).Shift(-2)
		rest := gross.Sub(decimal.New(c.held[id], -2))
		found := c.effects[id]
		if !slices.ContainsFunc([]decimal.Decimal{{}, gross, rest}, func(d decimal.Decimal) bool { return found.Equal(d) || found.Equal(d.Sub(fee)) }) {
			c.fault("%s of %s less %s, of which %d are held, stands as %s in the clearing account", id, gross, fee, c.held[id], found)
		}
	}
	for id := range c.effects {
		if !known[id] {
			c.fault("a document is for %s, which Stripe does not know", id)
		}
	}
}

// links checks that no invoice can be paid by two links.
func (c *checker) links(d taken) {
	links, _ := d.stripe["payment_links"].([]any)
	active := map[string]string{}
	for _, item := range links {
		l, _ := item.(map[string]any)
		meta, _ := l["metadata"].(map[string]any)
		id, _ := l["id"].(string)
		invoice, _ := meta["tieout_invoice"].(string)
		if l["active"] != true || invoice == "" {
			continue
		}
		if other, twice := active[invoice]; twice {
			c.fault("invoice %s can be paid by %s and by %s", invoice, other, id)
		}
		active[invoice] = id
	}
}

func list(v any) []map[string]any {
	items, _ := v.([]any)
	out := make([]map[string]any, 0, len(items))
	for _, item := range items {
		if o, ok := item.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// amount is an amount of the dump; nothing is none.
func amount(v any) decimal.Decimal {
	if n, ok := v.(json.Number); ok {
		if d, err := decimal.NewFromString(n.String()); err == nil {
			return d
		}
	}
	if text, ok := v.(string); ok {
		if d, err := decimal.NewFromString(text); err == nil {
			return d
		}
	}
	return decimal.Zero
}
