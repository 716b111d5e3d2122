package traffic_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// xeroJudge are Xero's descriptions of the accounting API and of the
// connections.
type xeroJudge struct{ accounting, identity *description }

func newXeroJudge(t *testing.T, base string) *xeroJudge {
	t.Helper()
	j := &xeroJudge{
		accounting: describe(t, data(t, "xero", "xero_accounting.yaml"), base+"/api.xro/2.0", correctXero),
		identity: describe(t, data(t, "xero", "xero-identity.yaml"), base, func(spec *openapi3.T) {
			// Xero docs: OAuth 2.0, tenants write "connections" small.
			for path, item := range spec.Paths.Map() {
				spec.Paths.Set(strings.ToLower(path), item)
			}
		}),
	}
	// The document wants a zone in times that Xero sends without one.
	j.identity.loose = true
	j.accounting.learnXero(t)
	// Not in the document and in no recording: guesses of the stand-in.
	for _, guess := range []string{"Allocation has no member DateString", "Overpayment has no member HasErrors"} {
		j.accounting.recorded[guess] = true
	}
	return j
}

// correctXero alters Xero's document where what Xero itself says or takes
// elsewhere differs.
func correctXero(spec *openapi3.T) {
	const since = `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$`
	for path, item := range spec.Paths.Map() {
		// Paths that differ in the name of a parameter only cannot be told apart.
		if strings.HasSuffix(path, "{ContactNumber}") || strings.HasSuffix(path, "{FileName}") {
			spec.Paths.Delete(path)
		}
		// Xero docs: requests and responses: "yyyy-mm-ddThh:mm:ss", in UTC.
		if item.Get == nil {
			continue
		}
		if p := item.Get.Parameters.GetByInAndName(openapi3.ParameterInHeader, "If-Modified-Since"); p != nil {
			p.Schema = openapi3.NewSchemaRef("", openapi3.NewStringSchema().WithPattern(since))
		}
	}
	// A recorded PUT of an account, answered with 200, is a list as all others
	// are; the document has the bare account only.
	body := spec.Paths.Find("/Accounts").Put.RequestBody.Value
	body.Content["application/json"].Schema = spec.Components.Schemas["Accounts"]
}

// learnXero reads Xero's recorded answers and the examples of the document
// itself.
func (d *description) learnXero(t *testing.T) {
	t.Helper()
	for _, o := range d.named {
		answer := o.Responses.Status(http.StatusOK)
		if answer == nil || answer.Value.Content.Get("application/json") == nil {
			continue
		}
		raw, err := json.Marshal(answer.Value.Content.Get("application/json").Example)
		if err != nil {
			t.Fatal(err)
		}
		d.learn(o, http.StatusOK, raw)
	}
	for _, folder := range []string{"recorded-2026-04", "recorded-more"} {
		err := filepath.WalkDir(data(t, "xero", folder), func(path string, entry fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".json") {
				d.learnFile(t, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// learnFile reads an answer, either beside its request or in a file that is
// named by the operation.
func (d *description) learnFile(t *testing.T, path string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Request  struct{ Method, Path string }
		Status   int
		Response json.RawMessage
	}
	name, _, _ := strings.Cut(filepath.Base(path), ".")
	o := d.named[name]
	if err := json.Unmarshal(raw, &kept); err == nil && kept.Response != nil {
		o, raw = d.operation(kept.Request.Method, kept.Request.Path), kept.Response
	}
	if o != nil {
		d.learn(o, http.StatusOK, raw)
	}
}

func (j *xeroJudge) judge(e exchange) []string {
	switch path := e.url.Path; {
	case strings.HasPrefix(path, "/api.xro/2.0/"):
		var out []string
		if e.sent.Get("Xero-Tenant-Id") == "" {
			out = append(out, path+": no tenant is named")
		}
		return append(out, j.accounting.judge(e)...)
	case strings.HasPrefix(path, "/connections"):
		return j.identity.judge(e)
	case path == "/connect/token":
		return tokenProblems(e)
	}
	return []string{e.method + " " + e.url.Path + " is not described"}
}

// judgeXero holds every exchange against Xero's descriptions, and says which
// operations there were.
func judgeXero(t *testing.T, j *xeroJudge, p played) map[string]int {
	t.Helper()
	found := complaints{}
	for _, e := range p.xero {
		for _, problem := range j.judge(e) {
			found.add("%s", problem)
		}
	}
	found.report(t)
	maps.Copy(j.accounting.operations, j.identity.operations)
	return j.accounting.operations
}

// testXeroSpoilt: the judge notices what is wrong.
func testXeroSpoilt(t *testing.T, j *xeroJudge, p played) {
	t.Helper()
	for name, e := range map[string]exchange{
		"a field that is not there": spoilt(t, p.xero, http.MethodPut, "/Payments", func(e *exchange) bool { return replaced(&e.request, `"Reference"`, `"Referenced"`) }),
		"a text for an amount":      spoilt(t, p.xero, http.MethodPut, "/Payments", func(e *exchange) bool { return replaced(&e.request, `"Amount":`, `"Amount":"x","Amount2":`) }),
		"no tenant":                 spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool { e.sent.Del("Xero-Tenant-Id"); return true }),
		"an unknown parameter": spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool {
			e.url.RawQuery += "&per_page=5"
			return true
		}),
		"an unknown path":             spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool { e.url.Path = "/api.xro/2.0/Bills"; return true }),
		"an answer's unknown status":  spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool { return replaced(&e.answer, `"AUTHORISED"`, `"OPEN"`) }),
		"an answer's unknown field":   spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool { return replaced(&e.answer, `"AmountDue"`, `"Due"`) }),
		"an answer that is no answer": spoilt(t, p.xero, http.MethodGet, "/Invoices", func(e *exchange) bool { e.answer = []byte("maintenance"); return true }),
		"a token of no type":          spoilt(t, p.xero, http.MethodPost, "/connect/token", func(e *exchange) bool { return replaced(&e.answer, `"token_type"`, `"type"`) }),
	} {
		if len(j.judge(e)) == 0 {
			t.Errorf("%s is not noticed", name)
		}
	}
}
