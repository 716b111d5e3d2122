package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"reflect"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style string

// operationShown is a route as the page shows it.
type operationShown struct {
	Route
	Parameters  []fieldShown
	Body, Gives []fieldShown
	// Files are the types of its files; "" is JSON.
	Files string
}

// fieldShown is a parameter or field as the page shows it.
type fieldShown struct {
	Name, Kind, Doc string
	Enum            []string
	Required        bool
}

type groupShown struct {
	Name       string
	Operations []operationShown
}

type typeShown struct {
	Name   string
	Fields []fieldShown
}

// page is the document for people.
func page(routes []Route) ([]byte, error) {
	var data struct {
		Base     string
		Groups   []groupShown
		Types    []typeShown
		Problems []Problem
		Key      int
		Feed     int
	}
	data.Base, data.Problems, data.Key, data.Feed = Base, kinds(), keyLimit, feedLimit
	seen := map[reflect.Type]bool{}
	for _, r := range routes {
		at := slices.IndexFunc(data.Groups, func(g groupShown) bool { return g.Name == r.Tag })
		if at < 0 {
			at = len(data.Groups)
			data.Groups = append(data.Groups, groupShown{Name: r.Tag})
		}
		shown := operationShown{Route: r, Gives: fields(r.out, inBody), Files: strings.Join(r.files, ", ")}
		for _, p := range parameters(r.in) {
			if f := fieldOf(p); p.in == inBody {
				shown.Body = append(shown.Body, f)
				data.Types = append(data.Types, typesOf(p.field.Type, seen)...)
			} else {
				shown.Parameters = append(shown.Parameters, f)
			}
		}
		data.Groups[at].Operations = append(data.Groups[at].Operations, shown)
		data.Types = append(data.Types, typesOf(r.out, seen)...)
	}
	slices.SortFunc(data.Types, func(a, b typeShown) int { return strings.Compare(a.Name, b.Name) })
	t, err := template.New("page").Funcs(template.FuncMap{"anchor": func(p Problem) string { return strings.TrimPrefix(p.Type, "/api/#") }}).Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("api: page: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, data); err != nil {
		return nil, fmt.Errorf("api: page: %w", err)
	}
	return out.Bytes(), nil
}

func fields(t reflect.Type, in where) []fieldShown {
	var out []fieldShown
	for _, p := range parameters(t) {
		if p.in == in {
			out = append(out, fieldOf(p))
		}
	}
	return out
}

func fieldOf(p parameter) fieldShown {
	return fieldShown{Name: p.name, Kind: kindOf(p.field.Type), Doc: p.field.Tag.Get("doc"), Enum: p.enum(), Required: p.required}
}

// kindOf is a type in words.
func kindOf(t reflect.Type) string {
	if schema := (schemas{}).of(t); schema != nil {
		if format, ok := schema["format"].(string); ok && format != "int64" {
			return format
		}
		if kind, ok := schema["type"].(string); ok && kind != "array" && kind != "object" {
			return kind
		}
	}
	switch t.Kind() { //nolint:exhaustive // what else there is was named above
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Slice:
		return "list of " + kindOf(t.Elem())
	case reflect.Map:
		return kindOf(t.Elem()) + " by name"
	}
	return nameOf(t)
}

// typesOf are the structs that a type is made of, each once.
func typesOf(t reflect.Type, seen map[reflect.Type]bool) []typeShown {
	switch t.Kind() { //nolint:exhaustive // nothing else is made of structs
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return typesOf(t.Elem(), seen)
	case reflect.Struct:
	default:
		return nil
	}
	if seen[t] || t.PkgPath() != reflect.TypeFor[Money]().PkgPath() {
		return nil
	}
	seen[t] = true
	out := []typeShown{{Name: nameOf(t), Fields: fields(t, inBody)}}
	for _, p := range parameters(t) {
		out = append(out, typesOf(p.field.Type, seen)...)
	}
	return out
}
