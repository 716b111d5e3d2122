package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tieout/receivables"
)

// where is the part of a request that a field is read from.
type where string

const (
	inPath  where = "path"
	inQuery where = "query"
	inBody  where = "body"
)

// parameter is a field of a request's type.
type parameter struct {
	name  string
	in    where
	field reflect.StructField
	// index leads to the field, through embedded types.
	index    []int
	required bool
}

// parameters are the fields of a request's type: tagged path or query, else of
// the body, where a field without omitempty has to be there.
func parameters(t reflect.Type) []parameter {
	var out []parameter
	for _, f := range reflect.VisibleFields(t) {
		p := parameter{field: f, index: f.Index}
		if f.Anonymous || !f.IsExported() {
			continue
		}
		if name := f.Tag.Get("path"); name != "" {
			p.name, p.in, p.required = name, inPath, true
		} else if name := f.Tag.Get("query"); name != "" {
			name, rest, _ := strings.Cut(name, ",")
			p.name, p.in, p.required = name, inQuery, rest == "required"
		} else {
			name, rest, _ := strings.Cut(f.Tag.Get("json"), ",")
			p.name, p.in, p.required = name, inBody, !strings.Contains(rest, "omit")
		}
		out = append(out, p)
	}
	return out
}

// decode reads a request into a value of its type, and gives the digest of what
// was sent. What is not understood is refused: a misspelt filter must not list
// everything.
func decode(r *http.Request, t reflect.Type) (any, string, error) {
	value := reflect.New(t)
	list := parameters(t)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, "", fmt.Errorf("api: read: %w", err)
	}
	q := r.URL.Query()
	for name, values := range q {
		if !slices.ContainsFunc(list, func(p parameter) bool { return p.in == inQuery && p.name == name }) {
			return nil, "", wrong(name, fmt.Sprintf("There is no parameter %q.", name))
		}
		if len(values) > 1 {
			return nil, "", wrong(name, fmt.Sprintf("The parameter %q is given twice.", name))
		}
	}
	if err := decodeBody(r, body, list, value.Interface()); err != nil {
		return nil, "", err
	}
	for _, p := range list {
		text := ""
		switch p.in {
		case inPath:
			text = r.PathValue(p.name)
		case inQuery:
			text = q.Get(p.name)
		case inBody:
			continue
		}
		if text == "" && !p.required {
			continue
		}
		if err := set(value.Elem().FieldByIndex(p.index), p, text); err != nil {
			return nil, "", err
		}
	}
	for _, p := range list {
		if err := p.among(value.Elem().FieldByIndex(p.index)); err != nil {
			return nil, "", err
		}
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", r.Method, r.URL.RequestURI(), body))
	return value.Elem().Interface(), hex.EncodeToString(sum[:]), nil
}

func decodeBody(r *http.Request, body []byte, list []parameter, into any) error {
	if len(body) == 0 {
		body = []byte("{}")
	} else if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return errMedia
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(body, &given); err != nil || given == nil {
		return errRequest.with("The body is no JSON object.")
	}
	for name := range given {
		if !slices.ContainsFunc(list, func(p parameter) bool { return p.in == inBody && p.name == name }) {
			return wrong(name, fmt.Sprintf("There is no field %q.", name))
		}
	}
	for _, p := range list {
		if p.in != inBody {
			continue
		}
		if v, ok := given[p.name]; p.required && (!ok || bytes.Equal(v, []byte("null")) || bytes.Equal(v, []byte(`""`))) {
			return wrong(p.name, fmt.Sprintf("The field %q is needed.", p.name))
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(into); err != nil {
		return errRequest.with("A field of the body has another type than the document says.")
	}
	return nil
}

// set reads a parameter's text into its field.
func set(into reflect.Value, p parameter, text string) error {
	if text == "" {
		return wrong(p.name, fmt.Sprintf("The parameter %q is needed.", p.name))
	}
	var err error
	switch into.Interface().(type) {
	case receivables.Date:
		var d receivables.Date
		if d, err = receivables.ParseDate(text); err == nil {
			into.SetString(string(d))
		}
	case time.Time:
		var at time.Time
		if at, err = time.Parse(time.RFC3339Nano, text); err == nil {
			into.Set(reflect.ValueOf(at))
		}
	default:
		err = setPlain(into, text)
	}
	if err != nil {
		return wrong(p.name, fmt.Sprintf("The parameter %q cannot be %.60q.", p.name, text))
	}
	return nil
}

func setPlain(into reflect.Value, text string) error {
	const decimal, bits = 10, 64
	switch into.Kind() { //nolint:exhaustive // a route with another kind fails its test
	case reflect.String:
		into.SetString(text)
		return nil
	case reflect.Bool:
		v, err := strconv.ParseBool(text)
		into.SetBool(v)
		return err
	case reflect.Int, reflect.Int64:
		v, err := strconv.ParseInt(text, decimal, bits)
		into.SetInt(v)
		return err
	}
	return fmt.Errorf("api: a parameter of type %s", into.Type())
}

// among refuses a value outside of what the field's tags allow.
func (p parameter) among(v reflect.Value) error {
	if enum := p.enum(); enum != nil && v.Kind() == reflect.String && v.String() != "" && !slices.Contains(enum, v.String()) {
		return wrong(p.name, fmt.Sprintf("%q is one of: %s.", p.name, strings.Join(enum, ", ")))
	}
	if least, most, ok := bounds(p.field); ok && v.CanInt() && (v.Int() != 0 || p.required) && (v.Int() < least || v.Int() > most) {
		return wrong(p.name, fmt.Sprintf("%q lies between %d and %d.", p.name, least, most))
	}
	return nil
}

func (p parameter) enum() []string { return enumOf(p.field) }

// enumOf are the values that a field may have; nil for all.
func enumOf(f reflect.StructField) []string {
	if text := f.Tag.Get("enum"); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

// bounds are those of a whole number, from a tag such as "1-200".
func bounds(f reflect.StructField) (least, most int64, ok bool) {
	from, to, ok := strings.Cut(f.Tag.Get("range"), "-")
	if !ok {
		return 0, 0, false
	}
	const decimal, bits = 10, 64
	least, err := strconv.ParseInt(from, decimal, bits)
	if err == nil {
		most, err = strconv.ParseInt(to, decimal, bits)
	}
	return least, most, err == nil
}
