package stripe

import (
	"bytes"
	"encoding/json"
	"maps"
)

// node is an object's JSON on its way to the shape of a newer version.
type node = map[string]any

// change is what a version did to one kind of object.
type change struct {
	since, kind string
	apply       func(a *Account, o node)
}

// changes are the differences between APIVersion and newer versions that
// newer libraries rely on, oldest first (Stripe docs: changelog; OpenAPI
// documents 2023-10-16 and 2026-08-26.dahlia).
func changes() []change {
	return append([]change{
		{v2024April, "product", func(_ *Account, o node) { rename(o, "features", "marketing_features") }},
		// Before basil's, which takes paid_out_of_band away.
		{vDahlia, "invoice", func(_ *Account, o node) { o["amount_paid_off_stripe"] = offStripe(o) }},
		{vBasil, "invoice", basilInvoice},
		{vBasil, "line_item", basilLine},
		{vBasil, "invoiceitem", basilItem},
		{vBasil, "credit_note", (*Account).basilCreditNote},
		{vBasil, "credit_note_line_item", basilCreditLine},
		{vBasil, "payment_intent", func(_ *Account, o node) { delete(o, "invoice") }},
		{vBasil, "charge", func(_ *Account, o node) { delete(o, "invoice") }},
		{vBasil, "price", basilPrice},
		{vBasil, "payment_link", basilLink},
		{vBasil, "checkout.session", basilSession},
		{vDahlia, "checkout.session", dahliaSession},
		{vBasil, "balance_transaction", func(_ *Account, o node) { o["balance_type"] = "payments" }},
		{vBasil, "dispute", func(_ *Account, o node) { fill(o, "enhanced_eligibility_types", []any{}) }},
		{vDahlia, "line_item", dahliaLine},
		{vDahlia, "invoiceitem", func(_ *Account, o node) { o["quantity_decimal"] = text(o["quantity"]) }},
	}, paymentChanges()...)
}

// inVersion turns objects rendered at APIVersion, wherever they stand in raw,
// into the shape of a newer version. Older versions are answered in the shape
// of APIVersion (see README).
func (a *Account) inVersion(raw []byte, version string) []byte {
	if !since(version, v2024April) || len(raw) == 0 {
		return raw
	}
	v, ok := decode(raw)
	if !ok {
		return raw
	}
	a.reshape(v, version, changes())
	return encode(v, raw)
}

// show is an object's JSON in the version of the call.
func (c *call) show(o object) []byte {
	if _, own := o.(*event); own || !since(c.version, v2024April) {
		return body(o)
	}
	h := o.place()
	if h.shaped == nil || h.shapedFor != c.version {
		h.shaped, h.shapedFor = c.inVersion(body(o), c.version), c.version
	}
	return h.shaped
}

// decode keeps numbers as they are written.
func decode(raw []byte) (v any, ok bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return v, d.Decode(&v) == nil
}

func encode(v any, otherwise []byte) []byte {
	out, err := json.Marshal(v)
	if err != nil { // what was decoded can be encoded
		return otherwise
	}
	return out
}

func (a *Account) reshape(v any, version string, all []change) {
	switch x := v.(type) {
	case []any:
		for _, e := range x {
			a.reshape(e, version, all)
		}
	case node:
		kind := text(x["object"])
		if kind == "event" {
			return // holds its object in the version of its own
		}
		for _, e := range x {
			a.reshape(e, version, all)
		}
		for _, c := range all {
			if c.kind == kind && since(version, c.since) && x["deleted"] == nil {
				c.apply(a, x)
			}
		}
	}
}

// eventIn renders an event for an endpoint that pins another version: the
// object, what it was before, and api_version (Stripe docs: api/webhook_endpoints,
// api_version).
func (a *Account) eventIn(raw []byte, version string) []byte {
	v, ok := decode(raw)
	e, isObject := v.(node)
	if !ok || !isObject {
		return raw
	}
	e["api_version"] = version
	data, isObject := e["data"].(node)
	if !isObject {
		return encode(e, raw)
	}
	after, _ := data["object"].(node)
	if changed, updated := data["previous_attributes"].(node); updated && after != nil {
		before := maps.Clone(after)
		maps.Copy(before, changed)
		was := a.inVersion(encode(before, nil), version)
		is := a.inVersion(encode(after, nil), version)
		data["previous_attributes"] = previous(was, is)
		data["object"] = json.RawMessage(is)
		return encode(e, raw)
	}
	a.reshape(data["object"], version, changes())
	return encode(e, raw)
}

// ownEvents shows events as the account's own version made them, whatever
// version the request asks for (Stripe docs: api/events, api_version).
func (a *Account) ownEvents(raw []byte) []byte {
	if a.opts.APIVersion == APIVersion || len(raw) == 0 {
		return raw
	}
	v, ok := decode(raw)
	o, isObject := v.(node)
	if !ok || !isObject {
		return raw
	}
	rows, isList := o["data"].([]any)
	if !isList {
		return a.eventIn(raw, a.opts.APIVersion)
	}
	for i, row := range rows {
		rows[i] = json.RawMessage(a.eventIn(encode(row, nil), a.opts.APIVersion))
	}
	return encode(o, raw)
}

// rename moves a property; fill sets one that is not there.
func rename(o node, from, to string) {
	if v, ok := o[from]; ok {
		o[to] = v
		delete(o, from)
	}
}

func fill(o node, name string, v any) {
	if _, ok := o[name]; !ok {
		o[name] = v
	}
}

func drop(o node, names ...string) {
	for _, n := range names {
		delete(o, n)
	}
}

// text is a string or number as text, "" for anything else.
func text(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	}
	return ""
}

// whole is an integer property, 0 when it is not there.
func whole(v any) int64 {
	n, ok := v.(json.Number)
	if !ok {
		return 0
	}
	i, err := n.Int64()
	if err != nil {
		return 0
	}
	return i
}
