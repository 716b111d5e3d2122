package quickbooks_test

import (
	"encoding/json"
	"testing"

	"tieout/judge/xsd"
)

// schema is Intuit's published XSD.
type schema struct{ *xsd.Schema }

// node is any element of an XML document.
type node = xsd.Node

func readSchema(t *testing.T) *schema {
	t.Helper()
	s, err := xsd.Read(recorded(t, "xsd"))
	if err != nil {
		t.Fatal(err)
	}
	return &schema{s}
}

// problems says what in a body is against the schema, by path.
func (s *schema) problems(path, of string, raw json.RawMessage) []string {
	return s.Problems(path, of, raw)
}

// fromXML writes an element of a type as Intuit's JSON has it.
func (s *schema) fromXML(t *testing.T, of string, n node) json.RawMessage {
	t.Helper()
	raw, err := s.FromXML(of, n)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
