package stripe

import (
	"bytes"
	"encoding/json"
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
// expanded (the document's x-expandableFields), of those that the stand-in
// ever fills or shows as null.
func expandable(object, field string) bool {
	fields := map[string]string{
		"charge":              " application application_fee balance_transaction customer failure_balance_transaction invoice on_behalf_of payment_intent refunds review source_transfer transfer ",
		"payment_intent":      " application customer invoice latest_charge on_behalf_of payment_method review ",
		"balance_transaction": " source ",
		"refund":              " balance_transaction charge failure_balance_transaction payment_intent source_transfer_reversal transfer_reversal ",
		"payout":              " balance_transaction destination failure_balance_transaction original_payout reversed_by ",
		"checkout.session":    " customer invoice line_items payment_intent payment_link setup_intent subscription ",
		"payment_link":        " application line_items on_behalf_of ",
		"price":               " product ",
		"product":             " default_price tax_code ",
		"customer":            " default_source test_clock ",
	}
	return strings.Contains(fields[object], " "+field+" ")
}

// expand replaces ids by the objects behind them, along the tree.
func (a *Account) expand(raw []byte, tree wanted, path string) ([]byte, *Error) {
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
		value, e := a.expandField(kind, id, field, here, m[field], sub)
		if e != nil {
			return nil, e
		}
		m[field] = value
	}
	out, err := json.Marshal(m)
	if err != nil {
		return nil, notExpandable(path)
	}
	return out, nil
}

func notExpandable(path string) *Error {
	return invalid("", "expand[]", "This property cannot be expanded (%s).", path)
}

func (a *Account) expandField(kind, id, field, path string, value json.RawMessage, sub wanted) (json.RawMessage, *Error) {
	if value == nil {
		value = a.included(kind, id, field)
	}
	switch value = bytes.TrimSpace(value); {
	case len(value) == 0:
		return nil, notExpandable(path)
	case value[0] == '[':
		return a.expandElements(value, path, sub)
	case value[0] == '{':
		if len(sub) == 0 && !expandable(kind, field) {
			return nil, notExpandable(path)
		}
		return a.expand(value, sub, path)
	case !expandable(kind, field):
		return nil, notExpandable(path)
	case value[0] != '"':
		return value, nil // null
	}
	var ref string
	if json.Unmarshal(value, &ref) != nil {
		return nil, notExpandable(path)
	}
	o, ok := a.byID[ref]
	if !ok {
		return value, nil
	}
	return a.expand(body(o), sub, path)
}

func (a *Account) expandElements(value []byte, path string, sub wanted) (json.RawMessage, *Error) {
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil || len(sub) == 0 {
		return nil, notExpandable(path)
	}
	for i := range items {
		v, e := a.expand(items[i], sub, path)
		if e != nil {
			return nil, e
		}
		items[i] = v
	}
	out, err := json.Marshal(items)
	if err != nil {
		return nil, notExpandable(path)
	}
	return out, nil
}

// included are the lists that are shown only when asked for (Stripe docs:
// expand, "includable properties"; charges' refunds since 2022-11-15).
func (a *Account) included(kind, id, field string) json.RawMessage {
	var l list
	switch o := a.byID[id].(type) {
	case *paymentLink:
		if field == "line_items" {
			l = itemList(o.items, "/v1/payment_links/"+id+"/line_items")
		}
	case *session:
		if field == "line_items" {
			l = itemList(o.items, "/v1/checkout/sessions/"+id+"/line_items")
		}
	case *charge:
		if field == "refunds" {
			refunds, more := a.refunds.page(query{key: "charge=" + id, to: forever, limit: defaultLimit})
			l = listOf(refunds, more, "/v1/charges/"+id+"/refunds")
		}
	}
	if l.Object == "" || kind == "" {
		return nil
	}
	out, err := json.Marshal(l)
	if err != nil {
		return nil
	}
	return out
}
