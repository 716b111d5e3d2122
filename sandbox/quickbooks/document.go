package quickbooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// field is one property of a JSON object with its untouched value.
type field struct {
	name string
	raw  []byte
}

// document is a JSON object that keeps the order, the unknown properties and
// the exact text of every value: what was stored is what is returned.
type document struct{ fields []field }

var errNotObject = errors.New("not a JSON object")

// parseDocument splits the top level of a JSON object.
func parseDocument(raw []byte) (*document, error) {
	raw = bytes.TrimSpace(raw)
	if !json.Valid(raw) {
		return nil, fmt.Errorf("%w: malformed JSON", errNotObject)
	}
	if len(raw) == 0 || raw[0] != '{' {
		return nil, errNotObject
	}
	return splitObject(raw), nil
}

// splitObject needs valid JSON that is an object. The names are cut from one
// copy of the text instead of being copied one by one.
func splitObject(raw []byte) *document {
	d := &document{fields: make([]field, 0, min(2+len(raw)/32, 40))}
	text := string(raw)
	i := skipSpace(raw, 1)
	for raw[i] != '}' {
		end := skipString(raw, i)
		name := text[i+1 : end-1]
		if strings.IndexByte(name, '\\') >= 0 {
			name = unquote(raw[i:end])
		}
		i = skipSpace(raw, end)
		i = skipSpace(raw, i+1) // the colon
		end = skipValue(raw, i)
		d.fields = append(d.fields, field{name: name, raw: raw[i:end:end]})
		i = skipSpace(raw, end)
		if raw[i] == ',' {
			i = skipSpace(raw, i+1)
		}
	}
	return d
}

func skipSpace(raw []byte, i int) int {
	for raw[i] == ' ' || raw[i] == '\n' || raw[i] == '\r' || raw[i] == '\t' {
		i++
	}
	return i
}

func skipString(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipValue(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
		return skipNested(raw, i)
	}
	for i < len(raw) && raw[i] != ',' && raw[i] != '}' && raw[i] != ']' && raw[i] > ' ' {
		i++
	}
	return i
}

func skipNested(raw []byte, i int) int {
	depth := 0
	for {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
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

func (d *document) bytes() []byte { return d.append(make([]byte, 0, d.size())) }

// size is at least the length of the text, but for names that need escaping.
func (d *document) size() int {
	n := 2
	for _, f := range d.fields {
		n += len(f.name) + len(f.raw) + 4
	}
	return n
}

func (d *document) append(out []byte) []byte {
	out = append(out, '{')
	for i, f := range d.fields {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendName(out, f.name), f.raw...)
	}
	return append(out, '}')
}

func (d *document) index(name string) int {
	for i := range d.fields {
		if d.fields[i].name == name {
			return i
		}
	}
	return -1
}

// get is the raw value; nil when absent or null (an absent field is a null).
func (d *document) get(name string) []byte {
	i := d.index(name)
	if i < 0 || string(d.fields[i].raw) == "null" {
		return nil
	}
	return d.fields[i].raw
}

func (d *document) has(name string) bool { return d.get(name) != nil }

// set replaces the value in place, or appends the property.
func (d *document) set(name string, raw []byte) {
	if i := d.index(name); i >= 0 {
		d.fields[i].raw = raw
		return
	}
	d.fields = append(d.fields, field{name, raw})
}

func (d *document) setDefault(name string, raw []byte) {
	if !d.has(name) {
		d.set(name, raw)
	}
}

func (d *document) drop(names ...string) {
	kept := d.fields[:0]
	for _, f := range d.fields {
		if !contains(names, f.name) {
			kept = append(kept, f)
		}
	}
	d.fields = kept
}

func contains(list []string, s string) bool {
	return slices.Contains(list, s)
}

// room is for what the vendor adds to a request.
const room = 32

func (d *document) clone() *document {
	return &document{fields: append(make([]field, 0, len(d.fields)+room), d.fields...)}
}

// str is a string value; "" when absent. Numbers and booleans give their text.
func (d *document) str(name string) string { return textOf(d.get(name)) }

func textOf(raw []byte) string {
	if len(raw) == 0 {
		return ""
	}
	if raw[0] == '"' {
		return unquote(raw)
	}
	return string(raw)
}

func (d *document) setStr(name, value string) { d.set(name, quote(value)) }

func (d *document) setAmount(name string, a amount) { d.set(name, a.append(nil)) }

func (d *document) setBool(name string, b bool) { d.set(name, boolRaw(b)) }

func boolRaw(b bool) []byte {
	if b {
		return []byte("true")
	}
	return []byte("false")
}

func (d *document) amount(name string) (amount, error) { return given(d.get(name)) }

// amountIn is an amount of an object that is not split.
func amountIn(raw []byte, name string) (amount, error) { return given(member(raw, name)) }

// given is an amount, 0 when there is none.
func given(raw []byte) (amount, error) {
	if raw == nil {
		return 0, nil
	}
	return readAmount(raw)
}

// isTrue reports true for a true boolean or the text "true".
func (d *document) isTrue(name string) bool { return d.str(name) == "true" }

// sub is a nested object; an empty one when absent or of another type.
func (d *document) sub(name string) *document {
	raw := d.get(name)
	if len(raw) == 0 || raw[0] != '{' {
		return &document{}
	}
	return splitObject(raw)
}

// list is a nested array of objects.
func (d *document) list(name string) []*document {
	return splitArray(d.get(name))
}

func splitArray(raw []byte) []*document {
	var out []*document
	for value := range elements(raw) {
		if value[0] == '{' {
			out = append(out, splitObject(value))
		}
	}
	return out
}

func joinArray(docs []*document) []byte {
	n := 2
	for _, d := range docs {
		n += d.size() + 1
	}
	out := append(make([]byte, 0, n), '[')
	for i, d := range docs {
		if i > 0 {
			out = append(out, ',')
		}
		out = d.append(out)
	}
	return append(out, ']')
}

// ref is a reference {"value":"1","name":".."}; value "" when absent.
func (d *document) ref(name string) (value, label string) {
	raw := d.get(name)
	return textOf(member(raw, "value")), textOf(member(raw, "name"))
}

func (d *document) setRef(name, value, label string) { d.set(name, refRaw(value, label)) }

func refRaw(value, label string) []byte {
	out := append([]byte(`{"value":`), quote(value)...)
	if label != "" {
		out = append(out, `,"name":`...)
		out = append(out, quote(label)...)
	}
	return append(out, '}')
}

// quote writes a JSON string without escaping what HTML would want escaped:
// "&" stays "&", as in the vendor's answers.
func quote(s string) []byte {
	if plain(s) {
		out := make([]byte, 0, len(s)+2)
		return append(append(append(out, '"'), s...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(s) != nil {
		return []byte(`""`)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// plain reports that a string needs no escaping in JSON.
func plain[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c > 0x7e || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
