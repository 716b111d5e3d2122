// Package xsd reads Intuit's published XML schema of the Accounting API
// (Intuit: Finance.xsd, IntuitRestServiceDef.xsd and those that they include)
// and holds JSON bodies against it: which fields there are, of which type,
// one or a list, with which enumerated words.
//
// Intuit's JSON follows the schema by these rules: attributes and elements are
// members of an object, what may repeat is a list, and text beside attributes
// is "value".
//
// The package is for tests. It must not learn anything of the client or the
// stand-in that it judges, and it holds nothing of the schema itself, which is
// read from the files.
package xsd

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// anyEntity is the element whose place every entity can take.
const anyEntity = "IntuitObject"

// Schema is as much of the XSD as tells which fields, types and enumerated
// words there are.
type Schema struct {
	complex map[string]*complexType
	// words are the values of enumerated types; empty for other named types.
	words map[string][]string
	// text is the built-in type behind a named one without words.
	text map[string]string
	// entities are the types of the elements that stand in for anyEntity.
	entities map[string]string
}

type complexType struct {
	base   string
	fields map[string]field
	// content says that an element of the type holds text beside its attributes.
	content bool
}

type field struct {
	of             string
	many, required bool
}

// Node is any element of an XML document.
type Node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Children []Node     `xml:",any"`
	Text     string     `xml:",chardata"`
}

func (n Node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func local(name string) string { return name[strings.LastIndex(name, ":")+1:] }

// Read reads all schema files of a folder as one schema.
func Read(folder string) (*Schema, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.xsd"))
	if err != nil {
		return nil, fmt.Errorf("xsd: %w", err)
	}
	if len(files) == 0 {
		return nil, errors.New("xsd: no schema in " + folder)
	}
	s := &Schema{complex: map[string]*complexType{}, words: map[string][]string{}, text: map[string]string{}, entities: map[string]string{}}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("xsd: %w", err)
		}
		var root Node
		if err := xml.Unmarshal(raw, &root); err != nil {
			return nil, fmt.Errorf("xsd: %s: %w", file, err)
		}
		for _, n := range root.Children {
			s.declare(n)
		}
	}
	return s, nil
}

// declare reads what stands at the top of a schema file.
func (s *Schema) declare(n Node) {
	name := n.attr("name")
	switch n.XMLName.Local {
	case "complexType":
		c := &complexType{fields: map[string]field{}}
		s.collect(c, n, false, true)
		s.complex[name] = c
	case "simpleType":
		s.simple(name, n)
	case "element":
		if local(n.attr("substitutionGroup")) == anyEntity {
			s.entities[name] = local(n.attr("type"))
		}
	}
}

// simple reads a simple type under its name.
func (s *Schema) simple(name string, n Node) {
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
func (s *Schema) collect(c *complexType, n Node, many, required bool) {
	for _, child := range n.Children {
		many := many || child.attr("maxOccurs") == "unbounded"
		required := required && child.attr("minOccurs") != "0" && child.XMLName.Local != "choice"
		switch child.XMLName.Local {
		case "element":
			name, of := s.element(child)
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

// element is the name of an element within a type, and its type: that of the
// element that it refers to has the same name.
func (s *Schema) element(n Node) (name, of string) {
	name, of = n.attr("name"), local(n.attr("type"))
	if name == "" {
		name = local(n.attr("ref"))
		return name, name
	}
	if of == "" {
		of = "inline " + name
		for _, inner := range n.Children {
			if inner.XMLName.Local == "simpleType" {
				s.simple(of, inner)
			}
		}
	}
	return name, of
}

// Fields are the names of the fields of a type and of those that it extends,
// sorted; none for a type that is not in the schema.
func (s *Schema) Fields(of string) []string {
	var out []string
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		for name := range c.fields {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// Has says whether a type has a field, and what type that is.
func (s *Schema) Has(of, name string) (string, bool) {
	f, ok := s.field(of, name)
	return f.of, ok
}

// field finds a field in a type or in those that it extends. Where any entity
// may stand, each entity is a field of its own name.
func (s *Schema) field(of, name string) (field, bool) {
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		if f, ok := c.fields[name]; ok {
			return f, true
		}
		if f, ok := c.fields[anyEntity]; ok && s.entities[name] != "" {
			return field{of: s.entities[name], many: f.many}, true
		}
	}
	return field{}, false
}

func (s *Schema) hasText(of string) bool {
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		if c.content {
			return true
		}
	}
	return false
}

// builtIn is the XSD type behind a simple one.
func (s *Schema) builtIn(of string) string {
	for s.text[of] != "" {
		of = s.text[of]
	}
	return of
}

// Entities are the names of the elements that can be read and written as such,
// sorted.
func (s *Schema) Entities() []string { return slices.Sorted(maps.Keys(s.entities)) }
