package stripe

import (
	"compress/gzip"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// schema is as much of OpenAPI as the names of a form's fields need.
type schema struct {
	Properties           map[string]schema `json:"properties"`
	AdditionalProperties json.RawMessage   `json:"additionalProperties"`
	Items                *schema           `json:"items"`
	AnyOf                []schema          `json:"anyOf"`
}

// takes says whether the schema has a field of the path, such as
// line_items, 0, price.
func (s schema) takes(path []string) bool {
	if len(path) == 0 {
		return true
	}
	for _, one := range s.AnyOf {
		if one.takes(path) {
			return true
		}
	}
	if s.Items != nil && s.Items.takes(path[1:]) {
		return true
	}
	if inner, ok := s.Properties[path[0]]; ok {
		return inner.takes(path[1:])
	}
	return len(path) == 1 && strings.HasPrefix(string(s.AdditionalProperties), "{")
}

// TestFormsAreOfThePinnedVersion looks up every field that we send in Stripe's
// own document of API version 2023-10-16.
func TestFormsAreOfThePinnedVersion(t *testing.T) {
	t.Parallel()
	file, err := os.Open(filepath.Join(recordings(t), "spec3.2023-10-16.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	plainText, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Paths map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Schema schema `json:"schema"`
					} `json:"content"`
				} `json:"requestBody"`
			} `json:"post"`
		} `json:"paths"`
	}
	if err := json.NewDecoder(plainText).Decode(&spec); err != nil {
		t.Fatal(err)
	}
	takes := func(path, field string) bool {
		form := spec.Paths[path].Post.RequestBody.Content["application/x-www-form-urlencoded"].Schema
		return form.takes(strings.FieldsFunc(field, func(r rune) bool { return r == '[' || r == ']' }))
	}
	if takes("/v1/prices", "unit_amounts") || takes("/v1/payment_links", "line_items[0][prices]") {
		t.Fatal("the look-up takes fields that do not exist")
	}
	b := newBench(t)
	var body linkBody
	b.must(json.Unmarshal(b.lowerLink(wanted()).Body, &body))
	for path, form := range map[string]string{
		"/v1/prices": body.Price, "/v1/payment_links": body.Link + "&" + url.QueryEscape(priceField) + "=price_1",
		"/v1/payment_links/{payment_link}": "active=false",
	} {
		fields, err := url.ParseQuery(form)
		b.must(err)
		if len(fields) == 0 {
			t.Errorf("%s: nothing is sent", path)
		}
		for field := range fields {
			if !takes(path, field) {
				t.Errorf("%s takes no field %s", path, field)
			}
		}
	}
}
