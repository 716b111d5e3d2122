package quickbooks_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
)

// schema is as much of Intuit's published XSD as tells which fields, types and
// enumerated words there are.
type schema struct {
	complex map[string]*complexType
	// words are the values of enumerated types; empty for other named types.
	words map[string][]string
	// text is the built-in type behind a named type without words.
	text map[string]string
}

type complexType struct {
	base   string
	fields map[string]field
	// content says that an element of the type holds text beside its attributes,
	// which JSON calls "value".
	content bool
}

type field struct {
	of             string
	many, required bool
}

// node is any element of an XML document.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func local(name string) string { return name[strings.LastIndex(name, ":")+1:] }

func readSchema(t *testing.T) *schema {
	t.Helper()
	s := &schema{complex: map[string]*complexType{}, words: map[string][]string{}, text: map[string]string{}}
	files, err := filepath.Glob(filepath.Join(recorded(t, "xsd"), "*.xsd"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no schema: %v", err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var root node
		if err := xml.Unmarshal(raw, &root); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, n := range root.Children {
			switch n.XMLName.Local {
			case "complexType":
				c := &complexType{fields: map[string]field{}}
				s.collect(c, n, false, true)
				s.complex[n.attr("name")] = c
			case "simpleType":
				s.simple(n.attr("name"), n)
			}
		}
	}
	return s
}

// simple reads a named simple type.
func (s *schema) simple(name string, n node) {
	for _, c := range n.Children {
		switch c.XMLName.Local {
		case "restriction":
			s.text[name] = local(c.attr("base"))
			s.simple(name, c)
		case "enumeration":
			s.words[name] = append(s.words[name], c.attr("value"))
		}
	}
}

// collect gathers the fields of a type at any depth of its content model.
func (s *schema) collect(c *complexType, n node, many, required bool) {
	for _, child := range n.Children {
		many, required := many || child.attr("maxOccurs") == "unbounded", required && child.attr("minOccurs") != "0" && child.XMLName.Local != "choice"
		switch child.XMLName.Local {
		case "element":
			name, of := child.attr("name"), local(child.attr("type"))
			if name == "" {
				name = local(child.attr("ref"))
				of = name
			}
			if of == "" {
				of = "inline " + name
				for _, inner := range child.Children {
					if inner.XMLName.Local == "simpleType" {
						s.simple(of, inner)
					}
				}
			}
			c.fields[name] = field{of, many, required}
		case "attribute":
			c.fields[child.attr("name")] = field{of: local(child.attr("type"))}
		case "extension":
			c.base = local(child.attr("base"))
			s.collect(c, child, many, required)
		case "simpleContent":
			c.content = true
			s.collect(c, child, many, required)
		default:
			s.collect(c, child, many, required)
		}
	}
}

// field finds a field in a type or in those that it extends.
func (s *schema) field(of, name string) (field, bool) {
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		if f, ok := c.fields[name]; ok {
			return f, true
		}
	}
	return field{}, false
}

func (s *schema) hasText(of string) bool {
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		if c.content {
			return true
		}
	}
	return false
}

// builtIn is the XSD type behind a simple one.
func (s *schema) builtIn(of string) string {
	for s.text[of] != "" {
		of = s.text[of]
	}
	return of
}

var (
	schemaDate = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	schemaTime = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$`)
)

// problems says what in a body is against the schema, by path.
func (s *schema) problems(path, of string, raw json.RawMessage) []string {
	if s.complex[of] != nil {
		return s.objectProblems(path, of, raw)
	}
	var text string
	isText := json.Unmarshal(raw, &text) == nil
	ok := false
	switch s.builtIn(of) {
	case "string", "anyURI", "ID", "NMTOKEN":
		ok = isText && (len(s.words[of]) == 0 || slices.Contains(s.words[of], text))
	case "decimal", "float", "double", "int", "long", "integer", "positiveInteger", "short":
		ok = !isText && json.Unmarshal(raw, new(json.Number)) == nil
	case "boolean":
		ok = json.Unmarshal(raw, new(bool)) == nil
	case "date":
		ok = schemaDate.MatchString(text)
	case "dateTime":
		ok = schemaTime.MatchString(text)
	}
	if ok {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s is no %s", path, raw, of)}
}

func (s *schema) objectProblems(path, of string, raw json.RawMessage) []string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil {
		return []string{fmt.Sprintf("%s: %s is no %s", path, raw, of)}
	}
	var out []string
	for name, value := range members {
		at := path + "." + name
		if name == "value" && s.hasText(of) {
			out = append(out, s.problems(at, "string", value)...)
			continue
		}
		f, ok := s.field(of, name)
		var list []json.RawMessage
		isList := json.Unmarshal(value, &list) == nil
		switch {
		case !ok:
			out = append(out, at+": "+of+" has no such field")
		case isList != f.many:
			out = append(out, fmt.Sprintf("%s: a list: %v, by the schema: %v", at, isList, f.many))
		case !isList:
			out = append(out, s.problems(at, f.of, value)...)
		}
		for i, one := range list {
			if ok && f.many {
				out = append(out, s.problems(fmt.Sprintf("%s[%d]", at, i), f.of, one)...)
			}
		}
	}
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		for name, f := range c.fields {
			// TransferEx and its like are the server's own.
			if f.required && members[name] == nil && f.of != "IntuitAnyType" {
				out = append(out, path+": without "+name)
			}
		}
	}
	sort.Strings(out)
	return out
}

// fromXML writes an element of a type as Intuit's JSON has it: attributes and
// elements become members, repeated ones lists, text beside attributes "value".
func (s *schema) fromXML(t *testing.T, of string, n node) json.RawMessage {
	t.Helper()
	if s.complex[of] == nil {
		return s.fromText(t, of, strings.TrimSpace(n.Text))
	}
	members := map[string]json.RawMessage{}
	for _, a := range n.Attrs {
		if f, ok := s.field(of, a.Name.Local); ok {
			members[a.Name.Local] = s.fromText(t, f.of, a.Value)
		}
	}
	if s.hasText(of) {
		members["value"] = s.fromText(t, "string", strings.TrimSpace(n.Text))
	}
	lists := map[string][]json.RawMessage{}
	for _, c := range n.Children {
		name := c.XMLName.Local
		f, ok := s.field(of, name)
		switch {
		case !ok: // a field of that time
			members[name], _ = json.Marshal(strings.TrimSpace(c.Text))
		case f.many:
			lists[name] = append(lists[name], s.fromXML(t, f.of, c))
		default:
			members[name] = s.fromXML(t, f.of, c)
		}
	}
	for name, list := range lists {
		members[name], _ = json.Marshal(list)
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (s *schema) fromText(t *testing.T, of, text string) json.RawMessage {
	t.Helper()
	switch s.builtIn(of) {
	case "decimal", "float", "double", "int", "long", "integer", "positiveInteger", "short", "boolean":
		if raw := json.RawMessage(text); json.Valid(bytes.TrimSpace(raw)) {
			return raw
		}
	}
	raw, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestSchemaIsRead guards the tests that lean on the schema: it knows what it
// must and sees what is wrong.
func TestSchemaIsRead(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	for _, test := range []struct {
		of, body string
		problems int
	}{
		{"Payment", `{"TotalAmt":1.5,"CustomerRef":{"value":"1"},"TxnDate":"2026-01-01","Line":[{"Amount":1,"LinkedTxn":[{"TxnId":"1","TxnType":"Invoice"}]}]}`, 0},
		{"Payment", `{"TotalAmt":"1.5"}`, 1},
		{"Payment", `{"Total":1}`, 1},
		{"Payment", `{"TxnDate":"01/02/2026"}`, 1},
		{"Payment", `{"Line":{"Amount":1}}`, 1},
		{"Payment", `{"CustomerRef":"1"}`, 1},
		{"Payment", `{"CustomField":[{"Name":"PO"}]}`, 1},
		{"Purchase", `{"PaymentType":"Barter"}`, 1},
		{"Account", `{"Name":"x","AccountType":"Bank"}`, 0},
		{"Account", `{"Name":"x","AccountType":"bank"}`, 1},
	} {
		if got := s.problems(test.of, test.of, json.RawMessage(test.body)); len(got) != test.problems {
			t.Errorf("%s %s: %v, want %d problems", test.of, test.body, got, test.problems)
		}
	}
}
