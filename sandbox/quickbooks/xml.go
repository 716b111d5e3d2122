package quickbooks

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// xmlSpace is the name space of all answers in XML.
const xmlSpace = "http://schema.intuit.com/finance/v3"

// jsonToXML writes an answer as the API's XML: the same names, with the small
// ones as attributes and references as text (IntuitRestServiceDef.xsd and
// recorded answers).
func jsonToXML(body []byte) []byte {
	d := splitObject(body)
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + `<IntuitResponse xmlns="` + xmlSpace + `"`)
	if t := d.str("time"); t != "" {
		writeAttr(&b, "time", t)
	}
	b.WriteByte('>')
	for _, f := range d.fields {
		if f.name != "time" {
			writeElement(&b, f.name, f.raw)
		}
	}
	b.WriteString(`</IntuitResponse>`)
	return b.Bytes()
}

func writeElement(b *bytes.Buffer, name string, raw []byte) {
	switch {
	case len(raw) == 0 || string(raw) == "null" || name == "LineEx" || name == "CustomExtensions":
	case raw[0] == '[':
		for i := skipSpace(raw, 1); raw[i] != ']'; {
			end := skipValue(raw, i)
			writeElement(b, name, raw[i:end:end])
			if i = skipSpace(raw, end); raw[i] == ',' {
				i = skipSpace(raw, i+1)
			}
		}
	case raw[0] == '{':
		writeObject(b, name, splitObject(raw))
	default:
		b.WriteString("<" + name + ">")
		writeText(b, scalar(raw))
		b.WriteString("</" + name + ">")
	}
}

func writeObject(b *bytes.Buffer, name string, d *document) {
	b.WriteString("<" + name)
	for _, f := range d.fields {
		if isAttribute(f) && f.name != "value" {
			writeAttr(b, f.name, scalar(f.raw))
		}
	}
	b.WriteByte('>')
	writeText(b, d.str("value"))
	for _, first := range []string{"Id", "SyncToken", "MetaData"} {
		writeElement(b, first, d.get(first))
	}
	for _, f := range d.fields {
		if !isAttribute(f) && f.name != "Id" && f.name != "SyncToken" && f.name != "MetaData" {
			writeElement(b, f.name, f.raw)
		}
	}
	b.WriteString("</" + name + ">")
}

// isAttribute: what the schema has as attributes is what begins with a small
// letter, but for a few elements.
func isAttribute(f field) bool {
	switch f.name {
	case "invoiceStatus", "invoiceStatusLog", "callToAction", "documentId", "any":
		return false
	}
	return len(f.raw) > 0 && f.raw[0] != '{' && f.raw[0] != '[' && f.name != "" && unicode.IsLower(rune(f.name[0]))
}

func scalar(raw []byte) string {
	if len(raw) > 0 && raw[0] == '"' {
		return unquote(raw)
	}
	return string(raw)
}

func writeAttr(b *bytes.Buffer, name, value string) {
	b.WriteString(" " + name + `="`)
	writeText(b, value)
	b.WriteByte('"')
}

func writeText(b *bytes.Buffer, s string) {
	_ = xml.EscapeText(b, []byte(s)) // a Buffer does not fail
}

// maxDepth bounds the nesting of a request in XML.
const maxDepth = 64

var errXML = errors.New("malformed XML")

// node of a request in XML, on its way to JSON.
type xmlNode struct {
	name     string
	attrs    []xml.Attr
	text     strings.Builder
	children []*xmlNode
}

// xmlToJSON reads a request body in XML as the JSON that says the same.
func xmlToJSON(body []byte) ([]byte, error) {
	dec := xml.NewDecoder(bytes.NewReader(body))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	root := &xmlNode{}
	stack := []*xmlNode{root}
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", errXML, err)
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			if len(stack) > maxDepth {
				return nil, errXML
			}
			n := &xmlNode{name: t.Name.Local, attrs: t.Attr}
			top.children = append(top.children, n)
			stack = append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			top.text.Write(t)
		}
	}
	if len(root.children) != 1 {
		return nil, errXML
	}
	return root.children[0].object(), nil
}

// object writes a node with children or attributes.
func (n *xmlNode) object() []byte {
	d := &document{}
	for _, a := range n.attrs {
		if a.Name.Space == "" && a.Name.Local != "xmlns" || a.Name.Local == "bId" {
			d.set(a.Name.Local, leaf(a.Name.Local, a.Value))
		}
	}
	if len(n.children) == 0 {
		if text := strings.TrimSpace(n.text.String()); text != "" {
			d.setStr("value", text)
		}
		return d.bytes()
	}
	lists := map[string][][]byte{}
	for _, c := range n.children {
		if isList(c.name) {
			if lists[c.name] == nil {
				d.set(c.name, nil)
			}
			lists[c.name] = append(lists[c.name], c.value())
			continue
		}
		d.set(c.name, c.value())
	}
	for name, values := range lists {
		d.set(name, append(append([]byte{'['}, bytes.Join(values, []byte{','})...), ']'))
	}
	return d.bytes()
}

func (n *xmlNode) value() []byte {
	if len(n.children) > 0 || len(n.attrs) > 0 || isReference(n.name) {
		return n.object()
	}
	return leaf(n.name, strings.TrimSpace(n.text.String()))
}

func isReference(name string) bool {
	return strings.HasSuffix(name, "Ref") && name != "AttachableRef" || name == "CustomerMemo" || name == "HomeCurrency" ||
		strings.HasSuffix(name, "Detail")
}

func isList(name string) bool {
	switch name {
	case "Line", "LinkedTxn", "CustomField", "TaxLine", "AttachableRef", "NameValue", "OtherContactInfo", "BatchItemRequest", "TaxRateDetail":
		return true
	}
	return false
}

// leaf writes a text as the JSON type that its property has.
func leaf(name, text string) []byte {
	if isNumeric(name) || name == "RateValue" {
		if _, err := parseAmount([]byte(text)); err == nil && json.Valid([]byte(text)) {
			return []byte(text)
		}
	}
	switch name {
	case "Description", "Name", "Value", "Note", "PrivateNote", "StringValue", "DocNumber", "PaymentRefNum", "CustomerMemo", "value", "name":
		return quote(text)
	}
	if text == "true" || text == "false" {
		return []byte(text)
	}
	return quote(text)
}
