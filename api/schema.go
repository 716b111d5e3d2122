package api

import (
	"reflect"
	"strings"
	"time"

	"tieout/receivables"
)

// object is a JSON object of the document.
type object = map[string]any

// schemas are the types of the document, by name.
type schemas map[string]any

// of is the JSON Schema (2020-12) of a type. A struct becomes a component of its
// name; a field without omitempty is always there.
func (s schemas) of(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[receivables.Date]():
		return object{"type": "string", "format": "date"}
	}
	switch t.Kind() { //nolint:exhaustive // other kinds have no place in an answer, and a test finds them
	case reflect.Pointer:
		return s.of(t.Elem())
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer", "format": "int64"}
	case reflect.Slice:
		return object{"type": "array", "items": s.of(t.Elem())}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.of(t.Elem())}
	case reflect.Struct:
		name := nameOf(t)
		if _, known := s[name]; !known {
			s[name] = object{} // so that a type may hold itself
			s[name] = s.structure(t)
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	return nil
}

// structure is the schema of a struct's fields.
func (s schemas) structure(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, p := range parameters(t) {
		if p.in != inBody || p.name == "-" {
			continue
		}
		properties[p.name] = s.field(p)
		if p.required {
			required = append(required, p.name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required}
}

// field is the schema of a field with what its tags say.
func (s schemas) field(p parameter) object {
	out := s.of(p.field.Type)
	if doc := p.field.Tag.Get("doc"); doc != "" {
		out["description"] = doc
	}
	if enum := p.enum(); enum != nil {
		out["enum"] = enum
	}
	if least, most, ok := bounds(p.field); ok {
		out["minimum"], out["maximum"] = least, most
	}
	return out
}

// nameOf is a type's name as a component: List of Invoice is InvoiceList.
func nameOf(t reflect.Type) string {
	name, of, generic := strings.Cut(t.Name(), "[")
	if !generic {
		return name
	}
	of = strings.TrimSuffix(of, "]")
	return of[strings.LastIndexByte(of, '.')+1:] + name
}
