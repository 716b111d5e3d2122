package traffic_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// description is a vendor's OpenAPI document, made to be asked about calls to
// one address.
type description struct {
	server string
	router routers.Router
	named  map[string]*openapi3.Operation
	// operations counts the calls of each operation that was judged.
	operations map[string]int
	// loose leaves the values of answers unjudged: only their names are.
	loose bool
	// answersOnly leaves requests unjudged.
	answersOnly bool
	// recorded are complaints that the vendor's own recorded answers give rise
	// to as well: the document lacks what the vendor sends.
	recorded map[string]bool
}

// describe reads a document, plain or compressed, as that of a server. change
// may alter it first.
func describe(t *testing.T, file, server string, change func(*openapi3.T)) *description {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasSuffix(file, ".gz") {
		z, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	spec, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	spec.Servers = openapi3.Servers{{URL: server}}
	change(spec)
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]*openapi3.Operation{}
	for _, item := range spec.Paths.Map() {
		for _, o := range item.Operations() {
			named[o.OperationID] = o
		}
	}
	return &description{server: server, router: router, named: named, operations: map[string]int{}, recorded: map[string]bool{}}
}

// judge says what in an exchange is not as described.
func (d *description) judge(e exchange) []string {
	request, err := http.NewRequestWithContext(context.Background(), e.method, e.url.String(), bytes.NewReader(e.request))
	if err != nil {
		return []string{err.Error()}
	}
	request.Header = e.sent.Clone()
	route, params, err := d.router.FindRoute(request)
	if err != nil {
		return []string{fmt.Sprintf("%s %s: %v", e.method, e.url.Path, err)}
	}
	d.operations[route.Operation.OperationID]++
	// Scopes and the like are the sandbox's own matter; defaults that the
	// validator fills in would change the request.
	in := &openapi3filter.RequestValidationInput{Request: request, PathParams: params, Route: route, Options: &openapi3filter.Options{
		SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		ExcludeRequestBody: len(e.request) == 0,
	}}
	var out []string
	if !d.answersOnly {
		out = requestProblems(in, e)
	}
	if !d.loose {
		answer := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: in, Status: e.status, Header: e.got, Body: io.NopCloser(bytes.NewReader(e.answer)), Options: in.Options,
		}
		if err := openapi3filter.ValidateResponse(context.Background(), answer); err != nil {
			out = append(out, fmt.Sprintf("answer to %s: %v", route.Operation.OperationID, err))
		}
	}
	for _, problem := range unknownInAnswer(route.Operation, e.status, e.answer) {
		if !d.recorded[problem] {
			out = append(out, problem)
		}
	}
	return out
}

// operation is the one that a method and path name, nil for none.
func (d *description) operation(method, path string) *openapi3.Operation {
	address, err := url.Parse(d.server)
	if err != nil {
		return nil
	}
	address.Path = path
	route, _, err := d.router.FindRoute(&http.Request{Method: method, URL: address, Host: address.Host})
	if err != nil {
		return nil
	}
	return route.Operation
}

// learn takes a recorded answer of the vendor to an operation: what it names
// is no mistake.
func (d *description) learn(o *openapi3.Operation, status int, answer []byte) {
	for _, problem := range unknownInAnswer(o, status, answer) {
		d.recorded[problem] = true
	}
}

func unknownInAnswer(o *openapi3.Operation, status int, answer []byte) []string {
	response := o.Responses.Status(status)
	if response == nil {
		return nil
	}
	return unknownNames("answer", jsonSchema(response.Value.Content), answer)
}

// requestProblems are those of a request: values, and names that the
// description does not have, which the vendor would ignore without a word.
func requestProblems(in *openapi3filter.RequestValidationInput, e exchange) []string {
	var out []string
	operation := in.Route.Operation
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
		out = append(out, fmt.Sprintf("%s: %v", operation.OperationID, err))
	}
	for name := range e.url.Query() {
		if operation.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil && in.Route.PathItem.Parameters.GetByInAndName(openapi3.ParameterInQuery, name) == nil {
			out = append(out, operation.OperationID+" has no parameter "+name)
		}
	}
	if operation.RequestBody != nil && len(e.request) > 0 {
		out = append(out, unknownNames(operation.OperationID, jsonSchema(operation.RequestBody.Value.Content), e.request)...)
	}
	return out
}

func jsonSchema(content openapi3.Content) *openapi3.SchemaRef {
	if media := content.Get("application/json"); media != nil {
		return media.Schema
	}
	return nil
}

// unknownNames are the members of a body that the schemas do not name, at any
// depth. OpenAPI allows them; the vendor's document does not have them.
func unknownNames(where string, s *openapi3.SchemaRef, raw []byte) []string {
	if s == nil || len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return []string{fmt.Sprintf("%s: no JSON: %v", where, err)}
	}
	found := complaints{}
	walk(where, s, value, found)
	return slices.Sorted(maps.Keys(found))
}

// walk names an unknown member by the schema that it stands in, or by its path
// where that has no name.
func walk(where string, s *openapi3.SchemaRef, value any, found complaints) {
	switch v := value.(type) {
	case []any:
		if s.Value.Items == nil {
			return
		}
		for _, one := range v {
			walk(nameOf(s.Value.Items, where+"[]"), s.Value.Items, one, found)
		}
	case map[string]any:
		known := members(s)
		if len(known) == 0 {
			return // a map, or nothing is said of it
		}
		for name, one := range v {
			inner, ok := known[name]
			if !ok {
				found.add("%s has no member %s", where, name)
				continue
			}
			walk(nameOf(inner, where+"."+name), inner, one, found)
		}
	}
}

func nameOf(s *openapi3.SchemaRef, otherwise string) string {
	if _, name, named := strings.Cut(s.Ref, "schemas/"); named {
		return name
	}
	return otherwise
}

// members are the properties of a schema and of those that it is made of.
func members(s *openapi3.SchemaRef) openapi3.Schemas {
	all := openapi3.Schemas{}
	maps.Copy(all, s.Value.Properties)
	for _, parts := range []openapi3.SchemaRefs{s.Value.AllOf, s.Value.OneOf, s.Value.AnyOf} {
		for _, part := range parts {
			maps.Copy(all, members(part))
		}
	}
	return all
}
