package xsd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

var (
	dateForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	timeForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$`)
	wholeForm = regexp.MustCompile(`^-?\d+$`)
)

// serialised is the type of rows that the server's serialiser adds to an
// answer; anything may stand in them.
const serialised = "IntuitAnyType"

// Problems says what in a JSON value is against a type, each with its path,
// sorted. The root of an answer is of type "IntuitResponse".
func (s *Schema) Problems(path, of string, raw json.RawMessage) []string {
	switch {
	case of == serialised:
		return nil
	case s.complex[of] != nil:
		out := s.objectProblems(path, of, raw)
		slices.Sort(out)
		return out
	case s.fits(of, bytes.TrimSpace(raw)):
		return nil
	}
	return []string{fmt.Sprintf("%s: %s is no %s", path, raw, of)}
}

// fits says whether a value that is no object is of a simple type.
func (s *Schema) fits(of string, raw json.RawMessage) bool {
	var text string
	isText := len(raw) > 0 && raw[0] == '"' && json.Unmarshal(raw, &text) == nil
	var number json.Number
	isNumber := len(raw) > 0 && raw[0] != '"' && json.Unmarshal(raw, &number) == nil && number != ""
	switch s.builtIn(of) {
	case "string", "anyURI", "ID", "NMTOKEN":
		return isText && (len(s.words[of]) == 0 || slices.Contains(s.words[of], text))
	case "decimal", "float", "double":
		return isNumber
	case "int", "long", "integer", "positiveInteger", "nonNegativeInteger", "short":
		return isNumber && wholeForm.MatchString(number.String())
	case "boolean":
		return string(raw) == "true" || string(raw) == "false"
	case "date":
		return dateForm.MatchString(text)
	case "dateTime":
		return timeForm.MatchString(text)
	}
	return false
}

func (s *Schema) objectProblems(path, of string, raw json.RawMessage) []string {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(raw, &members); err != nil || members == nil {
		return []string{fmt.Sprintf("%s: %s is no %s", path, raw, of)}
	}
	var out []string
	for name, value := range members {
		out = append(out, s.memberProblems(path+"."+name, of, name, value)...)
	}
	for c := s.complex[of]; c != nil; c = s.complex[c.base] {
		for name, f := range c.fields {
			if f.required && members[name] == nil && f.of != serialised && f.of != anyEntity {
				out = append(out, path+": without "+name)
			}
		}
	}
	return out
}

func (s *Schema) memberProblems(path, of, name string, value json.RawMessage) []string {
	if name == "value" && s.hasText(of) {
		return s.Problems(path, "string", value)
	}
	f, ok := s.field(of, name)
	if !ok {
		return []string{path + ": " + of + " has no such field"}
	}
	var list []json.RawMessage
	isList := json.Unmarshal(value, &list) == nil && list != nil
	if isList != f.many {
		return []string{fmt.Sprintf("%s: a list: %v, by the schema: %v", path, isList, f.many)}
	}
	if !isList {
		return s.Problems(path, f.of, value)
	}
	var out []string
	for i, one := range list {
		out = append(out, s.Problems(fmt.Sprintf("%s[%d]", path, i), f.of, one)...)
	}
	return out
}
