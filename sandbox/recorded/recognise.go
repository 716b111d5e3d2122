package recorded

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// list is one recognised list answer.
type list struct {
	vendor string
	kind   string
	file   string
	bodies [][]byte
}

// answer is the union of the recorded shapes.
type answer struct {
	QueryResponse map[string]json.RawMessage // QuickBooks query
	Request       *struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Params map[string]any
	} `json:"request"`
	Response json.RawMessage `json:"response"`
}

// recognise finds the list answers in one file; a file of another shape gives
// none. A file that is not JSON is an error: half a company is not a company.
func recognise(file string, body []byte) ([]list, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		if json.Valid(body) {
			return nil, nil // JSON, but not an object: nobody's list answer
		}
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, nil //nolint:nilerr // an object of some other shape
	}
	switch {
	case a.QueryResponse != nil:
		return arrays(QuickBooks, file, a.QueryResponse, nil)
	case a.Request != nil:
		return xeroList(file, a)
	default:
		return arrays(QuickBooks, file, fields, func(first map[string]json.RawMessage) bool {
			return first["Id"] != nil && first["MetaData"] != nil
		})
	}
}

// xeroList takes GET answers of a whole list; a read by id has one more path
// segment, and writes are not state.
func xeroList(file string, a answer) ([]list, error) {
	kind, ok := strings.CutPrefix(a.Request.Path, "/api.xro/2.0/")
	if a.Request.Method != http.MethodGet || !ok || kind == "" || strings.Contains(kind, "/") {
		return nil, nil
	}
	kind, err := url.PathUnescape(kind)
	if err != nil {
		return nil, fmt.Errorf("%s: path: %w", file, err)
	}
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(a.Response, &envelope); err != nil {
		return nil, fmt.Errorf("%s: response: %w", file, err)
	}
	plural := kind
	if kind == "Organisation" {
		plural = "Organisations"
	}
	rows := map[string]json.RawMessage{}
	if envelope[plural] != nil {
		rows[kind] = envelope[plural]
	}
	return arrays(Xero, file, rows, nil)
}

// arrays turns each non-empty array of objects into a list. like judges its
// first object where the envelope alone does not name the vendor.
func arrays(vendor, file string, fields map[string]json.RawMessage, like func(map[string]json.RawMessage) bool) ([]list, error) {
	var out []list
	for kind, raw := range fields {
		var rows []json.RawMessage
		if json.Unmarshal(raw, &rows) != nil || len(rows) == 0 {
			continue // startPosition and the like
		}
		var head map[string]json.RawMessage
		if json.Unmarshal(rows[0], &head) != nil || like != nil && !like(head) {
			continue
		}
		l := list{vendor: vendor, kind: kind, file: file}
		for _, r := range rows {
			l.bodies = append(l.bodies, r)
		}
		out = append(out, l)
	}
	return out, nil
}

// xeroIDs names the key of a kind where it is not the singular plus "ID".
var xeroIDs = map[string]string{"Organisation": "OrganisationID", "Currencies": "Code", "TaxRates": "TaxType"}

// identity is the vendor's id of one object.
func identity(l list, body []byte) (string, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return "", fmt.Errorf("%s: %s: %w", l.file, l.kind, err)
	}
	key := "Id"
	if l.vendor == Xero {
		if key = xeroIDs[l.kind]; key == "" {
			key = strings.TrimSuffix(l.kind, "s") + "ID"
		}
	}
	id := strings.Trim(string(fields[key]), `"`)
	if id == "" {
		return "", fmt.Errorf("%s: an object of kind %s has no %s", l.file, l.kind, key)
	}
	return id, nil
}
