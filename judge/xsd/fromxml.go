package xsd

import (
	"encoding/json"
	"fmt"
	"strings"
)

// FromXML writes an element of a type as Intuit's JSON has it. An element that
// the schema does not know is kept as text.
func (s *Schema) FromXML(of string, n Node) (json.RawMessage, error) {
	if s.complex[of] == nil {
		return s.fromText(of, n.Text), nil
	}
	members := map[string]json.RawMessage{}
	for _, a := range n.Attrs {
		if f, ok := s.field(of, a.Name.Local); ok {
			members[a.Name.Local] = s.fromText(f.of, a.Value)
		}
	}
	if s.hasText(of) {
		members["value"] = s.fromText("string", n.Text)
	}
	lists := map[string][]json.RawMessage{}
	for _, c := range n.Children {
		name := c.XMLName.Local
		f, ok := s.field(of, name)
		if !ok {
			members[name] = s.fromText("string", c.Text)
			continue
		}
		one, err := s.FromXML(f.of, c)
		if err != nil {
			return nil, err
		}
		if f.many {
			lists[name] = append(lists[name], one)
		} else {
			members[name] = one
		}
	}
	for name, list := range lists {
		members[name] = json.RawMessage("[" + string(joined(list)) + "]")
	}
	raw, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("xsd: %s from XML: %w", of, err)
	}
	return raw, nil
}

func joined(list []json.RawMessage) []byte {
	var out []byte
	for i, one := range list {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, one...)
	}
	return out
}

// fromText is a number or a truth value where the type has those, and a text
// otherwise.
func (s *Schema) fromText(of, text string) json.RawMessage {
	text = strings.TrimSpace(text)
	switch s.builtIn(of) {
	case "decimal", "float", "double", "int", "long", "integer", "positiveInteger", "nonNegativeInteger", "short", "boolean":
		if json.Valid([]byte(text)) {
			return json.RawMessage(text)
		}
	}
	raw, err := json.Marshal(text)
	if err != nil { // a string always can be written
		return json.RawMessage(`""`)
	}
	return raw
}
