package stripe

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// schema is as much of the OpenAPI document as the check reads.
type schema struct {
	Ref        string             `json:"$ref"`
	Type       string             `json:"type"`
	Nullable   bool               `json:"nullable"`
	Enum       []any              `json:"enum"`
	Required   []string           `json:"required"`
	Properties map[string]*schema `json:"properties"`
	Items      *schema            `json:"items"`
	AnyOf      []*schema          `json:"anyOf"`
}

type document struct {
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

// officialShapes reads Stripe's OpenAPI document of the version, which lies
// outside the repository.
func officialShapes(t *testing.T) document {
	t.Helper()
	return shapesOf(t, APIVersion)
}

// shapesOf reads the document of one version.
func shapesOf(t *testing.T, version string) document {
	t.Helper()
	dir := os.Getenv("TIEOUT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	} else if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir)
	}
	f, err := os.Open(filepath.Join(dir, "specs", "stripe", "spec3."+version+".json.gz"))
	if err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatal(err)
		}
		t.Skip("no test data: ", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.NewDecoder(z).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

// check lists where a value departs from its schema: required properties that
// are missing, wrong types, nulls and enum values that are not allowed.
func (d document) check(s *schema, v any, path string) []string {
	if s.Ref != "" {
		return d.check(d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]], v, path)
	}
	if v == nil {
		if s.Nullable {
			return nil
		}
		return []string{path + " is null"}
	}
	if len(s.AnyOf) > 0 {
		var best []string
		for i, one := range s.AnyOf {
			bad := d.check(one, v, path)
			if i == 0 || len(bad) < len(best) {
				best = bad
			}
		}
		return best
	}
	switch x := v.(type) {
	case map[string]any:
		return d.checkObject(s, x, path)
	case []any:
		if s.Type != "array" {
			return []string{path + " is an array"}
		}
		var bad []string
		for i, e := range x {
			bad = append(bad, d.check(s.Items, e, fmt.Sprintf("%s.%d", path, i))...)
		}
		return bad
	case string:
		if s.Type != "string" || len(s.Enum) > 0 && !slices.Contains(s.Enum, any(x)) {
			return []string{fmt.Sprintf("%s is %q, want %s %v", path, x, s.Type, s.Enum)}
		}
	case json.Number:
		if s.Type != "number" && (s.Type != "integer" || strings.ContainsAny(x.String(), ".eE")) {
			return []string{fmt.Sprintf("%s is %s, want %s", path, x, s.Type)}
		}
	case bool:
		if s.Type != "boolean" {
			return []string{path + " is a boolean"}
		}
	}
	return nil
}

func (d document) checkObject(s *schema, x map[string]any, path string) []string {
	if s.Type != "object" {
		return []string{path + " is an object"}
	}
	var bad []string
	for _, name := range s.Required {
		if _, ok := x[name]; !ok {
			bad = append(bad, path+"."+name+" is missing")
		}
	}
	for name, v := range x {
		if p, ok := s.Properties[name]; ok {
			bad = append(bad, d.check(p, v, path+"."+name)...)
		} else if len(s.Properties) > 0 {
			bad = append(bad, path+"."+name+" is not in the document")
		}
	}
	return bad
}

// lived is an account in which everything has happened once.
func lived(t *testing.T) *bench {
	t.Helper()
	b := setup(t, AccountOptions{DelayDays: 1, Name: "Lived", SettleIn: map[string]Conversion{"gbp": {"usd", "1.25"}}})
	id, _ := b.link("5000", "usd", "metadata[a]", "b", "payment_intent_data[description]", "Invoice 1", "payment_intent_data[metadata][a]", "b",
		"restrictions[completed_sessions][limit]", "5", "customer_creation", "always")
	redirected, _ := b.link("7000", "eur", "after_completion[type]", "redirect", "after_completion[redirect][url]", "https://a.example")
	b.post("/v1/checkout/sessions", "mode", "payment", "success_url", "https://a.example", "line_items[0][quantity]", "2",
		"line_items[0][price_data][currency]", "gbp", "line_items[0][price_data][unit_amount]", "900", "line_items[0][price_data][product_data][name]", "Two")
	for _, how := range []PayOptions{{Email: "a@b.example", Name: "A"}, {Method: CardDeclined}, {Method: BankDebit}, {Method: BankDebit, Returned: true}} {
		for _, link := range []string{id, redirected} {
			if _, err := b.acct.PayLink(link, how); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := b.acct.OpenLink(id); err != nil {
		t.Fatal(err)
	}
	p, err := b.acct.PayDirect(DirectPayment{Amount: 3333, Currency: "gbp", Description: "12"})
	if err != nil {
		t.Fatal(err)
	}
	cancelled := at(t, b.post("/v1/payment_intents", "amount", "500", "currency", "usd"), "id")
	b.post("/v1/payment_intents/" + cancelled + "/cancel")
	b.post("/v1/payment_intents", "amount", "500", "currency", "usd", "confirm", "true", "payment_method", "pm_card_visa")
	if _, err := b.acct.Refund(p.Charge, 1000, "requested_by_customer"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		b.days(3)
		if _, err := b.acct.RunPayouts(); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestObjectsHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	doc := officialShapes(t)
	b := lived(t)
	for path, name := range map[string]string{
		"/v1/customers": "customer", "/v1/products": "product", "/v1/prices": "price", "/v1/payment_links": "payment_link",
		"/v1/checkout/sessions": "checkout.session", "/v1/payment_intents": "payment_intent", "/v1/charges": "charge",
		"/v1/refunds": "refund", "/v1/balance_transactions": "balance_transaction", "/v1/payouts": "payout", "/v1/events": "event",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := b.get(path + "?limit=100")["data"].([]any)
			if len(rows) == 0 {
				t.Fatal("nothing to check")
			}
			for _, row := range rows {
				for _, bad := range doc.check(doc.Components.Schemas[name], row, name) {
					t.Error(bad)
				}
			}
		})
	}
	for path, name := range map[string]string{"/v1/balance": "balance", "/v1/account": "account"} {
		for _, bad := range doc.check(doc.Components.Schemas[name], b.get(path), name) {
			t.Error(bad)
		}
	}
	items := b.get("/v1/payment_links?expand[]=data.line_items&limit=1")
	for _, bad := range doc.check(doc.Components.Schemas["item"], items["data"].([]any)[0].(map[string]any)["line_items"].(map[string]any)["data"].([]any)[0], "item") {
		t.Error(bad)
	}
}

// Events hold the object as the API shows it, so each must have its shape too.
func TestEventObjectsHaveTheOfficialShape(t *testing.T) {
	t.Parallel()
	doc := officialShapes(t)
	b := lived(t)
	kinds := map[string]int{}
	for _, row := range b.get("/v1/events?limit=100")["data"].([]any) {
		o := row.(map[string]any)["data"].(map[string]any)["object"].(map[string]any)
		name := o["object"].(string)
		kinds[at(t, row, "type")]++
		for _, bad := range doc.check(doc.Components.Schemas[name], o, at(t, row, "type")) {
			t.Error(bad)
		}
	}
	for _, want := range []string{"payout.paid", "charge.pending", "checkout.session.async_payment_failed", "charge.refunded"} {
		if kinds[want] == 0 {
			t.Errorf("no event %s in %v", want, kinds)
		}
	}
}
