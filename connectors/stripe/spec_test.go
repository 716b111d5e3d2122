package stripe

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
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

// operation is as much of an operation as the names of what is sent need.
type operation struct {
	Parameters []struct {
		Name   string `json:"name"`
		In     string `json:"in"`
		Schema schema `json:"schema"`
	} `json:"parameters"`
	RequestBody struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

func (o operation) takes(field string) bool {
	path := strings.FieldsFunc(field, func(r rune) bool { return r == '[' || r == ']' })
	for _, p := range o.Parameters {
		if p.In == "query" && p.Name == path[0] && p.Schema.takes(path[1:]) {
			return true
		}
	}
	return o.RequestBody.Content["application/x-www-form-urlencoded"].Schema.takes(path)
}

// operations reads the pinned description of the API.
func operations(t *testing.T) map[string]map[string]operation {
	t.Helper()
	file, err := os.Open(filepath.Join(recordings(t), "spec3.2023-10-16.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	text, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.NewDecoder(text).Decode(&spec); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]operation{}
	for path, methods := range spec.Paths {
		all[path] = map[string]operation{}
		for method, raw := range methods {
			var o operation
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
			all[path][strings.ToUpper(method)] = o
		}
	}
	return all
}

// TestEveryRequestIsInThePinnedVersion does everything that a session can do
// and looks every request up: its path, and every field that it sends.
func TestEveryRequestIsInThePinnedVersion(t *testing.T) {
	t.Parallel()
	all := operations(t)
	if all["/v1/prices"]["POST"].takes("unit_amounts") || all["/v1/payment_links"]["POST"].takes("line_items[0][prices]") || all["/v1/charges"]["GET"].takes("create") {
		t.Fatal("the look-up takes fields that do not exist")
	}
	b := newBench(t)
	seen := map[string]bool{}
	b.meddle = func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Header.Get("Stripe-Version") != "2023-10-16" {
			return false // the account's owner, not the session
		}
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		r.Body = io.NopCloser(bytes.NewReader(raw))
		fields, err := url.ParseQuery(r.URL.RawQuery + "&" + string(raw))
		if err != nil {
			t.Error(err)
		}
		path, o, ok := lookUp(all, r.Method, r.URL.Path)
		if !ok {
			t.Errorf("%s %s is no operation", r.Method, r.URL.Path)
		}
		for field := range fields {
			if !o.takes(field) {
				t.Errorf("%s %s takes no field %s", r.Method, path, field)
			}
		}
		seen[r.Method+" "+path] = true
		return false
	}
	b.everything()
	for _, want := range []string{
		"GET /v1/account", "GET /v1/balance", "GET /v1/balance_transactions", "GET /v1/balance_transactions/{id}", "GET /v1/charges", "GET /v1/charges/{charge}",
		"GET /v1/checkout/sessions", "GET /v1/credit_notes", "GET /v1/credit_notes/{id}", "GET /v1/customers", "GET /v1/disputes", "GET /v1/events",
		"GET /v1/invoices", "GET /v1/invoices/{invoice}", "GET /v1/payment_links", "GET /v1/payouts", "GET /v1/refunds", "POST /v1/payment_links",
		"POST /v1/payment_links/{payment_link}", "POST /v1/prices",
		"POST /v1/checkout/sessions", "GET /v1/checkout/sessions/{session}", "POST /v1/checkout/sessions/{session}/expire",
	} {
		if !seen[want] {
			t.Errorf("%s was never made", want)
		}
	}
}

func lookUp(all map[string]map[string]operation, method, path string) (string, operation, bool) {
	parts := strings.Split(path, "/")
	for template, methods := range all {
		o, ok := methods[method]
		slots := strings.Split(template, "/")
		if !ok || len(slots) != len(parts) {
			continue
		}
		fits := true
		for i, slot := range slots {
			fits = fits && (slot == parts[i] || strings.HasPrefix(slot, "{") && !staticPart(all, slots[:i], parts[i]))
		}
		if fits {
			return template, o, true
		}
	}
	return path, operation{}, false
}

// staticPart says whether a path of the description has the word itself where
// a template has a slot, such as /v1/invoices/upcoming.
func staticPart(all map[string]map[string]operation, before []string, word string) bool {
	_, ok := all[strings.Join(append(append([]string{}, before...), word), "/")]
	return ok
}

// everything makes each kind of call that a session makes.
func (b *bench) everything() {
	b.t.Helper()
	_, err := b.session.Profile(b.t.Context())
	b.must(err)
	_, err = b.session.MissingScopes(b.t.Context())
	b.must(err)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.payDirect(2, 900)
	b.pass(all, cursors, true)
	b.clock.Advance(time.Hour)
	b.payDirect(6, 700)
	paid, err := b.account.PayDirect(standin.DirectPayment{Amount: 5000, Currency: "usd"})
	b.must(err)
	_, err = b.account.Refund(paid.Charge, 1200, "")
	b.must(err)
	_, invoice := b.bill("12000", "collection_method", "send_invoice", "days_until_due", "30")
	b.do(http.MethodPost, "/v1/invoices/"+invoice+"/finalize")
	b.do(http.MethodPost, "/v1/credit_notes", "invoice", invoice, "amount", "2000")
	b.clock.Advance(72 * time.Hour)
	_, err = b.account.RunPayouts()
	b.must(err)
	for range 4 {
		b.clock.Advance(24 * time.Hour)
		b.pass(all, cursors, false)
	}
	_, err = b.session.OpenInvoices(b.t.Context())
	b.must(err)
	shown, err := b.session.Destinations(b.t.Context(), slices.Collect(maps.Values(b.account.Options().Banks)))
	b.must(err)
	if len(shown) == 0 {
		b.t.Error("no destination of payouts is shown")
	}
	for ref := range all {
		if ref.Kind == receivables.KindPayout {
			_, err = b.session.PayoutMembers(b.t.Context(), ref.ID)
			b.must(err)
		}
		if ref.Kind != receivables.KindPayout {
			_, err = b.session.Fetch(b.t.Context(), []receivables.Ref{ref})
			b.must(err)
		}
	}
	for _, shares := range [][]connectors.CheckoutShare{{{Invoice: "1", Number: "INV-1", Amount: 900}}, {{Invoice: "1", Amount: 900}, {Invoice: "2", Amount: 100}}} {
		page, err := b.session.OpenCheckout(b.t.Context(), connectors.CheckoutOrder{
			Key: fmt.Sprint("page:", len(shares)), Book: "b", Shares: shares, Title: "Invoice", Currency: "USD", Done: "https://pay.example/p/x?done=1",
			Back: "https://pay.example/p/x", Until: b.clock.Now().Add(45 * time.Minute),
		})
		b.must(err)
		_, err = b.session.Checkout(b.t.Context(), page.ID)
		b.must(err)
		_, err = b.session.ExpireCheckout(b.t.Context(), page.ID)
		b.must(err)
	}
	link := b.lowerLink(wanted())
	made, err := b.session.Send(b.t.Context(), link)
	b.must(err)
	_, _, err = b.session.Find(b.t.Context(), link)
	b.must(err)
	end, err := b.session.LowerDeactivate(made.Ref.ID, 1)
	b.must(err)
	_, err = b.session.Send(b.t.Context(), end)
	b.must(err)
	_, _, err = b.session.Find(b.t.Context(), end)
	b.must(err)
}
