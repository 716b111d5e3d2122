package stripe

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// maxExpandDepth is Stripe's limit (Stripe docs: expand).
const maxExpandDepth = 4

// wanted is the tree of what expand[] asks for.
type wanted map[string]wanted

func expansions(paths []string) (wanted, *Error) {
	tree := wanted{}
	for _, p := range paths {
		parts := strings.Split(p, ".")
		if len(parts) > maxExpandDepth+1 || (len(parts) > maxExpandDepth && parts[0] != "data") {
			return nil, invalid("", "expand", "You cannot expand more than %d levels of a property. Property: %s", maxExpandDepth, p)
		}
		at := tree
		for _, part := range parts {
			if at[part] == nil {
				at[part] = wanted{}
			}
			at = at[part]
		}
	}
	return tree, nil
}

// expandable names the properties of each object that hold an id and may be
// expanded (x-expandableFields of the OpenAPI documents 2023-10-16 and
// 2026-08-26.dahlia). "" stands for objects without a name of their own, such
// as invoice_settings.
func expandable(object, field string) bool {
	fields := map[string]string{
		"charge":                       " application application_fee balance_transaction customer failure_balance_transaction invoice on_behalf_of payment_intent review source_transfer transfer ",
		"payment_intent":               " application customer invoice latest_charge on_behalf_of payment_method review ",
		"setup_intent":                 " application customer latest_attempt mandate on_behalf_of payment_method single_use_mandate ",
		"setup_attempt":                " application customer on_behalf_of payment_method setup_intent ",
		"balance_transaction":          " source ",
		"refund":                       " balance_transaction charge customer failure_balance_transaction payment_intent payment_method source_transfer_reversal transfer_reversal ",
		"payout":                       " application_fee balance_transaction destination failure_balance_transaction original_payout reversed_by ",
		"checkout.session":             " customer invoice payment_intent payment_link setup_intent subscription ",
		"payment_link":                 " application on_behalf_of ",
		"price":                        " product ",
		"product":                      " default_price tax_code ",
		"customer":                     " default_source test_clock ",
		"invoice":                      " account_tax_ids application charge customer default_payment_method default_source discounts latest_revision on_behalf_of payment_intent quote subscription test_clock ",
		"line_item":                    " discounts invoice_item subscription subscription_item ",
		"invoiceitem":                  " customer discounts invoice subscription test_clock ",
		"credit_note":                  " customer customer_balance_transaction invoice refund ",
		"customer_balance_transaction": " checkout_session credit_note customer invoice ",
		"invoice_payment":              " invoice ",
		"dispute":                      " charge payment_intent ",
		"payment_method":               " customer ",
		"mandate":                      " payment_method ",
		"bank_account":                 " account customer ",
		"card":                         " account customer ",
		"radar.early_fraud_warning":    " charge payment_intent ",
		"review":                       " charge payment_intent ",
		"": " account charge customer default_payment_method destination discount generated_card generated_sepa_debit generated_sepa_debit_mandate invoice mandate " +
			"on_behalf_of payment_intent payment_method price refund setup_attempt setup_intent subscription " +
			"cancellation_policy customer_communication customer_signature receipt refund_policy service_documentation shipping_documentation uncategorized_file ",
	}
	return strings.Contains(fields[object], " "+field+" ")
}

// asked are properties that are left out unless asked for (Stripe docs:
// expand, "includable properties").
func asked(object, field string) bool {
	fields := map[string]string{
		"customer":         " sources subscriptions tax tax_ids cash_balance invoice_credit_balance ",
		"checkout.session": " line_items ", "payment_link": " line_items ", "charge": " refunds ",
		"invoice": " payments confirmation_secret ", "price": " currency_options tiers ", "list": " total_count ", "search_result": " total_count ",
	}
	return strings.Contains(fields[object], " "+field+" ")
}

// expand replaces ids by the objects behind them, along the tree.
func (c *call) expand(raw []byte, tree wanted, path string) ([]byte, *Error) {
	if len(tree) == 0 {
		return raw, nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, notExpandable(path)
	}
	var kind, id string
	if json.Unmarshal(m["object"], &kind) != nil {
		kind = "" // a nested object without a name of its own, such as restrictions
	}
	if json.Unmarshal(m["id"], &id) != nil {
		id = ""
	}
	for field, sub := range tree {
		here := strings.TrimPrefix(path+"."+field, ".")
		value, e := c.expandField(kind, id, field, here, m[field], sub)
		if e != nil {
			return nil, e
		}
		m[field] = value
	}
	return joined(m), nil
}

// joined writes an object whose values are JSON already: encoding/json would
// check and copy a whole page again for each level that it is nested.
func joined(m map[string]json.RawMessage) []byte {
	size := 2
	for name, value := range m {
		size += len(name) + len(value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for i, name := range sortedKeys(m) {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(out, encoded(name)...), ':')
		out = append(out, m[name]...)
	}
	return append(out, '}')
}

func notExpandable(path string) *Error {
	return invalid("", "expand[]", "This property cannot be expanded (%s).", path)
}

func (c *call) expandField(kind, id, field, path string, value json.RawMessage, sub wanted) (json.RawMessage, *Error) {
	if value == nil {
		value = c.included(kind, id, field)
	}
	switch value = bytes.TrimSpace(value); {
	case len(value) == 0:
		return nil, notExpandable(path)
	case value[0] == '[':
		return c.expandElements(kind, field, value, path, sub)
	case value[0] == '{':
		if len(sub) == 0 && !expandable(kind, field) && !asked(kind, field) && !isObject(value) {
			return nil, notExpandable(path)
		}
		return c.expand(value, sub, path)
	case value[0] == 'n' && (expandable(kind, field) || asked(kind, field) || len(sub) > 0):
		return value, nil
	case asked(kind, field):
		return value, nil
	case !expandable(kind, field):
		return nil, notExpandable(path)
	}
	var ref string
	if json.Unmarshal(value, &ref) != nil {
		return nil, notExpandable(path)
	}
	o, ok := c.byID[ref]
	if !ok {
		return value, nil
	}
	return c.expand(c.show(o), sub, path)
}

// isObject tells a whole object, which expanding leaves as it is, from a part
// of its owner.
func isObject(raw []byte) bool {
	var o struct {
		Object string `json:"object"`
	}
	return json.Unmarshal(raw, &o) == nil && o.Object != ""
}

// expandElements expands each element of a list, or the ids that it holds.
func (c *call) expandElements(kind, field string, value []byte, path string, sub wanted) (json.RawMessage, *Error) {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || len(sub) == 0 && !expandable(kind, field) {
		return nil, notExpandable(path)
	}
	rows := make([][]byte, len(items))
	for i := range items {
		v, e := c.expandElement(kind, field, items[i], path, sub)
		if e != nil {
			return nil, e
		}
		rows[i] = v
	}
	return slices.Concat([]byte{'['}, bytes.Join(rows, []byte{','}), []byte{']'}), nil
}

func (c *call) expandElement(kind, field string, value json.RawMessage, path string, sub wanted) (json.RawMessage, *Error) {
	if len(value) > 0 && value[0] == '"' {
		return c.expandField(kind, "", field, path, value, sub)
	}
	return c.expand(value, sub, path)
}
