package xero_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/xero"
)

const (
	callback  = "http://localhost:9999/cb"
	allScopes = "openid offline_access accounting.invoices accounting.payments accounting.banktransactions accounting.contacts accounting.settings accounting.reports.banksummary.read accounting.reports.trialbalance.read"
)

// rig is a running stand-in with one connected organisation.
type rig struct {
	t     testing.TB
	clock *clock.Adjustable
	srv   *xero.Server
	org   *xero.Organisation
	url   string
	token string
}

func newRig(t testing.TB, change func(*xero.Options), orgs ...xero.OrganisationOptions) *rig {
	t.Helper()
	r := &rig{t: t, clock: clock.At(time.Date(2026, 5, 20, 9, 0, 0, 0, time.UTC))}
	opt := xero.Options{Clock: r.clock, Seed: 11, ClientID: "app", ClientSecret: "secret", BulkConnections: true}
	if change != nil {
		change(&opt)
	}
	r.srv = xero.New(opt)
	if len(orgs) == 0 {
		orgs = []xero.OrganisationOptions{{Name: "Acme", Currencies: []string{"EUR", "GBP"}}}
	}
	for _, oo := range orgs {
		o, err := r.srv.AddOrganisation(oo)
		if err != nil {
			t.Fatal(err)
		}
		if r.org == nil {
			r.org = o
		}
	}
	srv := httptest.NewServer(r.srv)
	t.Cleanup(srv.Close)
	r.url = srv.URL
	r.srv.SetBaseURL(srv.URL)
	return r
}

// connect walks the consent page for the first organisation.
func (r *rig) connect() *rig {
	r.t.Helper()
	r.token = r.consent(allScopes, r.org.ID())["access_token"].(string)
	return r
}

func (r *rig) authorize(scope string, tenants ...string) url.Values {
	r.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := url.Values{
		"client_id": {"app"}, "redirect_uri": {callback}, "response_type": {"code"}, "scope": {scope}, "state": {"s"},
		"decision": {"allow"}, "choice": tenants,
	}
	resp, err := client.PostForm(r.url+"/identity/connect/authorize", form)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	loc, err := resp.Location()
	if err != nil {
		b, _ := io.ReadAll(resp.Body)
		r.t.Fatalf("authorize: %d %s", resp.StatusCode, b)
	}
	return loc.Query()
}

func (r *rig) consent(scope string, tenants ...string) map[string]any {
	r.t.Helper()
	return r.tokens(url.Values{"grant_type": {"authorization_code"}, "code": {r.authorize(scope, tenants...).Get("code")}, "redirect_uri": {callback}})
}

func (r *rig) tokens(form url.Values) map[string]any {
	r.t.Helper()
	req, _ := http.NewRequest(http.MethodPost, r.url+"/connect/token", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("app", "secret")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	m := map[string]any{}
	if err := json.NewDecoder(resp.Body).Decode(&m); err != nil {
		r.t.Fatal(err)
	}
	return m
}

// reply is an answer of the API.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

// call sends a request; headers come as pairs.
func (r *rig) call(method, path, body string, headers ...string) *reply {
	r.t.Helper()
	if !strings.HasPrefix(path, "/") {
		path = "/api.xro/2.0/" + path
	}
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("xero-tenant-id", r.org.ID())
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	out := &reply{t: r.t, status: resp.StatusCode, header: resp.Header, raw: raw}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	_ = d.Decode(&out.body) // some answers are text or lists
	return out
}

func (r *rig) get(path string, headers ...string) *reply {
	return r.call(http.MethodGet, path, "", headers...)
}

// put and post send a body that must be accepted and return its first element.
func (r *rig) put(kind, body string) map[string]any {
	r.t.Helper()
	return r.call(http.MethodPut, kind, body).ok().first(strings.SplitN(kind, "?", 2)[0])
}

func (r *rig) post(kind, body string) map[string]any {
	r.t.Helper()
	return r.call(http.MethodPost, kind, body).ok().first(strings.SplitN(strings.SplitN(kind, "?", 2)[0], "/", 2)[0])
}

func (p *reply) ok() *reply {
	p.t.Helper()
	if p.status != http.StatusOK {
		p.t.Fatalf("status %d: %s", p.status, p.raw)
	}
	return p
}

func (p *reply) rows(kind string) []map[string]any {
	p.t.Helper()
	list, ok := p.body[kind].([]any)
	if !ok {
		p.t.Fatalf("no %s in %s", kind, p.raw)
	}
	out := make([]map[string]any, len(list))
	for i := range list {
		out[i] = list[i].(map[string]any)
	}
	return out
}

func (p *reply) first(kind string) map[string]any {
	p.t.Helper()
	rows := p.rows(kind)
	if len(rows) == 0 {
		p.t.Fatalf("no row in %s", p.raw)
	}
	return rows[0]
}

// refused checks for a ValidationException with the message.
func (p *reply) refused(message string) {
	p.t.Helper()
	if p.status != http.StatusBadRequest || p.body["Type"] != "ValidationException" || fmt.Sprint(p.body["ErrorNumber"]) != "10" {
		p.t.Fatalf("status %d: %s", p.status, p.raw)
	}
	for _, e := range p.rows("Elements") {
		for _, v := range e["ValidationErrors"].([]any) {
			if strings.Contains(v.(map[string]any)["Message"].(string), message) {
				return
			}
		}
	}
	p.t.Fatalf("no %q in %s", message, p.raw)
}

// want compares members, numbers by their text without trailing zeros.
func want(t *testing.T, got map[string]any, pairs ...any) {
	t.Helper()
	for i := 0; i+1 < len(pairs); i += 2 {
		key := pairs[i].(string)
		g, w := plain(got[key]), plain(pairs[i+1])
		if g != w {
			t.Errorf("%s = %s, want %s", key, g, w)
		}
	}
}

func plain(v any) string {
	s := fmt.Sprint(v)
	if n, ok := v.(json.Number); ok && strings.Contains(n.String(), ".") {
		s = strings.TrimSuffix(strings.TrimRight(n.String(), "0"), ".")
	}
	return s
}

// invoice enters an approved sales invoice of one untaxed line.
func (r *rig) invoice(contact, amount, date string) map[string]any {
	r.t.Helper()
	return r.put("Invoices", fmt.Sprintf(`{"Type":"ACCREC","Contact":{"Name":%q},"Date":%q,"DueDate":"2026-06-30","Status":"AUTHORISED","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":%s,"AccountCode":"200","TaxType":"NONE"}]}`, contact, date, amount))
}

func (r *rig) pay(invoiceID, amount, date string) *reply {
	return r.call(http.MethodPut, "Payments", fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Amount":%s,"Date":%q}`, invoiceID, amount, date))
}

func id(m map[string]any, key string) string { return m[key].(string) }

// trial reads an account's balance from the trial balance, debit positive.
func (r *rig) trial(account, date string) string {
	r.t.Helper()
	for _, s := range r.get("Reports/TrialBalance?date=" + date).ok().first("Reports")["Rows"].([]any) {
		rows, _ := s.(map[string]any)["Rows"].([]any)
		for _, row := range rows {
			c := row.(map[string]any)["Cells"].([]any)
			val := func(i int) string { return c[i].(map[string]any)["Value"].(string) }
			if strings.HasPrefix(val(0), account+" (") {
				if val(3) != "" {
					return val(3)
				}
				return "-" + val(4)
			}
		}
	}
	return "0.00"
}

// benchRig serves n invoices.
func benchRig(b *testing.B, n int) *rig {
	r := newRig(b, nil).connect()
	for range n {
		if _, err := r.org.Create("Invoices", []byte(`{"Type":"ACCREC","Contact":{"Name":"X"},"Date":"2026-05-01","DueDate":"2026-06-01","Status":"AUTHORISED","LineItems":[{"Description":"a","UnitAmount":10,"AccountCode":"200"}]}`)); err != nil {
			b.Fatal(err)
		}
	}
	return r
}

// rendered is a fault as the stand-in words it.
func (r *rig) rendered(status int, code string) *reply {
	w := httptest.NewRecorder()
	req := httptest.NewRequest(http.MethodGet, "/api.xro/2.0/Invoices", http.NoBody)
	req.Header.Set("Accept", "application/json")
	r.srv.RenderFault(w, req, status, code)
	return &reply{t: r.t, status: w.Code, header: w.Header(), raw: w.Body.Bytes()}
}
