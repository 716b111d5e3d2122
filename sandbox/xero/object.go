package xero

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"github.com/shopspring/decimal"
)

// knownKeys holds one copy of the names that most objects have. It is never
// changed.
var knownKeys = func() map[string]string {
	out := map[string]string{}
	for _, fields := range []string{
		invoiceFields, creditFields, overFields, preFields, paymentFields, bankFields, contactFields, accountFields, transferFields,
		"Contact LineItems Payments CreditNotes Prepayments Overpayments Allocations DateString DueDateString UpdatedDateUTCString HasErrors IsDiscounted " +
			"InvoicePaymentServices InvoiceAddresses HasValidationErrors Addresses Phones ContactGroups ContactPersons Account Invoice HasAccount ID " +
			"Description Quantity UnitAmount LineAmount AccountCode TaxAmount Tracking LineItemID BankAccount",
	} {
		for f := range strings.FieldsSeq(fields) {
			out[f] = f
		}
	}
	return out
}()

// spelledMembers spells the members of a request as Xero does: its own
// examples also send them with a small first letter.
func spelledMembers(f object) object {
	for i, m := range f {
		if m.key != "" && m.key[0] >= 'a' && m.key[0] <= 'z' {
			f[i].key = strings.ToUpper(m.key[:1]) + m.key[1:]
		}
	}
	return f
}

// errJSON is returned for a body that is not the JSON it should be.
var errJSON = errors.New("xero: malformed JSON")

// member is one name and value of a JSON object, the value in compact JSON.
type member struct {
	key string
	val []byte
}

// object is a JSON object in the order it was sent. Documents are kept this way
// so that members nobody here knows survive a round trip.
type object []member

// parseObject reads one JSON object.
func parseObject(raw []byte) (object, error) {
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, errJSON
	}
	o := split(b.Bytes())
	if o == nil {
		return nil, errJSON
	}
	return o, nil
}

// split takes compact, valid JSON apart; nil when it is no object.
func split(raw []byte) object {
	if len(raw) < 2 || raw[0] != '{' {
		return nil
	}
	o := make(object, 0, 24)
	for i := 1; raw[i] != '}'; {
		if raw[i] == ',' {
			i++
		}
		end := valueEnd(raw, i)
		key, ok := knownKeys[string(raw[i+1:end-1])] // saves a copy of the name per member
		if !ok {
			key = unquote(raw[i:end])
		}
		i = end + 1 // the colon
		end = valueEnd(raw, i)
		o = append(o, member{key, raw[i:end:end]})
		i = end
	}
	return o
}

// splitArray takes a compact, valid JSON array apart; nil when it is none.
func splitArray(raw []byte) [][]byte {
	if len(raw) < 2 || raw[0] != '[' {
		return nil
	}
	out := [][]byte{}
	for i := 1; raw[i] != ']'; {
		if raw[i] == ',' {
			i++
		}
		end := valueEnd(raw, i)
		out = append(out, raw[i:end:end])
		i = end
	}
	return out
}

// valueEnd is the index after the JSON value that starts at i.
func valueEnd(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return stringEnd(raw, i)
	case '{', '[':
	default:
		for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' {
			i++
		}
		return i
	}
	for depth := 0; ; {
		switch raw[i] {
		case '"':
			i = stringEnd(raw, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}

func stringEnd(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// quote writes a JSON string.
func quote(s string) []byte { return appendQuoted(make([]byte, 0, len(s)+2), s) }

// appendQuoted appends a JSON string; most need no escapes.
func appendQuoted(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			q, _ := json.Marshal(s) // a string cannot fail
			return append(b, q...)
		}
	}
	return append(append(append(b, '"'), s...), '"')
}

// raw is a member's value, nil when it is absent or null.
func (o object) raw(key string) []byte {
	for i := range o {
		if o[i].key == key {
			if string(o[i].val) == "null" {
				return nil
			}
			return o[i].val
		}
	}
	return nil
}

func (o object) has(key string) bool { return o.raw(key) != nil }

// str is a text member; numbers and booleans give their literal.
func (o object) str(key string) string {
	v := o.raw(key)
	if len(v) == 0 || v[0] == '{' || v[0] == '[' {
		return ""
	}
	if v[0] == '"' {
		return unquote(v)
	}
	return string(v)
}

// flag reads a boolean, which Xero's examples also send as text.
func (o object) flag(key string) bool { return strings.EqualFold(o.str(key), "true") }

// dec reads a number or a numeric text; ok is false when it is absent or none.
func (o object) dec(key string) (d decimal.Decimal, ok bool) {
	s := o.str(key)
	if s == "" || len(s) > 40 {
		return d, false
	}
	d, err := decimal.NewFromString(s)
	return d, err == nil
}

// sub is a nested object, nil when it is absent or no object.
func (o object) sub(key string) object {
	v := o.raw(key)
	if v == nil {
		return nil
	}
	return split(v)
}

// list is an array of objects; elements of another kind are nil.
func (o object) list(key string) []object {
	v := o.raw(key)
	if v == nil {
		return nil
	}
	var out []object
	for _, e := range splitArray(v) {
		out = append(out, split(e))
	}
	return out
}

// set replaces a member's value in place or appends it.
func (o *object) set(key string, val []byte) {
	for i := range *o {
		if (*o)[i].key == key {
			(*o)[i].val = val
			return
		}
	}
	*o = append(*o, member{key, val})
}

func (o *object) setStr(key, val string) { o.set(key, quote(val)) }

func (o *object) setBool(key string, val bool) {
	if val {
		o.set(key, []byte("true"))
	} else {
		o.set(key, []byte("false"))
	}
}

// drop removes members.
func (o *object) drop(keys ...string) {
	out := make(object, 0, len(*o))
	for _, m := range *o {
		keep := true
		for _, k := range keys {
			keep = keep && m.key != k
		}
		if keep {
			out = append(out, m)
		}
	}
	*o = out
}

// overlay returns a copy of o with the non-null members of change on top.
func (o object) overlay(change object, except ...string) object {
	out := append(object(nil), o...)
next:
	for _, m := range change {
		for _, e := range except {
			if m.key == e {
				continue next
			}
		}
		out.set(m.key, m.val)
	}
	return out
}

// bytes writes the object as compact JSON.
func (o object) bytes() []byte {
	n := 2
	for _, m := range o {
		n += len(m.key) + len(m.val) + 4
	}
	b := append(make([]byte, 0, n), '{')
	for i, m := range o {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendQuoted(b, m.key)
		b = append(b, ':')
		b = append(b, m.val...)
	}
	return append(b, '}')
}

// array writes values as a JSON array.
func array(vals [][]byte) []byte {
	b := []byte{'['}
	for i, v := range vals {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, v...)
	}
	return append(b, ']')
}
