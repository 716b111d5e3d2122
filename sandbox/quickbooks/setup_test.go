package quickbooks

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
)

var start = time.Date(2026, 11, 20, 18, 30, 0, 0, time.UTC)

// rig is a server over real HTTP with one company and a token for it.
type rig struct {
	t      *testing.T
	clock  *clock.Adjustable
	server *Server
	http   *httptest.Server
	co     *Company
	token  string
}

func newRig(t *testing.T, o CompanyOptions) *rig {
	t.Helper()
	c := clock.At(start)
	s := New(Options{Clock: c, Seed: 7, ClientID: "client", ClientSecret: "secret"})
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.SetBaseURL(h.URL)
	if o.Name == "" {
		o.Name = "Test & Co"
	}
	co, err := s.AddCompany(o)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, clock: c, server: s, http: h, co: co}
	r.token = r.connect()["access_token"].(string)
	return r
}

var hiddenInput = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)

// consent walks the consent page as a program without scripts does and
// returns the redirect's query.
func (r *rig) consent(decision string) url.Values {
	r.t.Helper()
	u := r.http.URL + "/connect/oauth2?" + url.Values{
		"client_id": {"client"}, "response_type": {"code"}, "scope": {Scope},
		"redirect_uri": {"http://localhost:9/cb"}, "state": {"st"},
	}.Encode()
	page, err := http.Get(u)
	if err != nil {
		r.t.Fatal(err)
	}
	text, _ := io.ReadAll(page.Body)
	page.Body.Close()
	form := url.Values{"decision": {decision}, "choice": {r.co.RealmID()}}
	for _, m := range hiddenInput.FindAllStringSubmatch(string(text), -1) {
		form.Set(m[1], m[2])
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.PostForm(u, form)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	loc, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode/100 != 3 {
		r.t.Fatalf("consent answered %d, Location %q", resp.StatusCode, resp.Header.Get("Location"))
	}
	return loc.Query()
}

func (r *rig) tokenCall(form url.Values, header http.Header) (int, map[string]any) {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.http.URL+"/oauth2/v1/tokens/bearer", strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth("client", "secret")
	maps.Copy(req.Header, header)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, out
}

func (r *rig) connect() map[string]any {
	r.t.Helper()
	q := r.consent("allow")
	if q.Get("realmId") != r.co.RealmID() || q.Get("state") != "st" {
		r.t.Fatalf("redirect query %v", q)
	}
	status, out := r.tokenCall(url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {"http://localhost:9/cb"}}, nil)
	if status != 200 {
		r.t.Fatalf("token endpoint answered %d %v", status, out)
	}
	return out
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r *rig) do(method, path, body string) reply {
	r.t.Helper()
	req, err := http.NewRequest(method, r.http.URL+"/v3/company/"+r.co.RealmID()+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	if len(resp.Header.Get("intuit_tid")) == 0 {
		r.t.Errorf("%s %s: no intuit_tid", method, path)
	}
	return reply{resp.StatusCode, resp.Header, text}
}

// node is a decoded JSON object; numbers stay text.
type node map[string]any

func decode(t *testing.T, raw []byte) node {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var n node
	if err := dec.Decode(&n); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return n
}

// at walks a path of names and array indexes and gives the value as text.
func (n node) at(path string) string {
	var v any = map[string]any(n)
	for p := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[p]
		case []any:
			var i int
			if _, err := fmt.Sscanf(p, "%d", &i); err != nil || i >= len(x) {
				return ""
			}
			v = x[i]
		default:
			return ""
		}
	}
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// post writes an entity and returns the entity of the answer.
func (r *rig) post(entity, body string) node {
	r.t.Helper()
	rep := r.do(http.MethodPost, "/"+strings.ToLower(entity), body)
	name, _, _ := strings.Cut(entity, "?")
	if rep.status != 200 {
		r.t.Fatalf("POST %s %s: %d %s", entity, body, rep.status, rep.body)
	}
	return r.entity(rep.body, name)
}

func (r *rig) entity(body []byte, name string) node {
	r.t.Helper()
	n := decode(r.t, body)
	if n.at("time") == "" {
		r.t.Errorf("no time in %s", body)
	}
	for k, v := range n {
		if strings.EqualFold(k, name) {
			return node(v.(map[string]any))
		}
	}
	r.t.Fatalf("no %s in %s", name, body)
	return nil
}

// refuse posts and expects a fault with the code; it returns the error.
func (r *rig) refuse(code, path, body string) node {
	r.t.Helper()
	rep := r.do(http.MethodPost, path, body)
	n := decode(r.t, rep.body)
	if rep.status != 400 || n.at("Fault.Error.0.code") != code || n.at("Fault.type") != "ValidationFault" {
		r.t.Fatalf("POST %s %s: want fault %s, got %d %s", path, body, code, rep.status, rep.body)
	}
	return n
}

func (r *rig) get(entity, id string) node {
	r.t.Helper()
	rep := r.do(http.MethodGet, "/"+strings.ToLower(entity)+"/"+id, "")
	if rep.status != 200 {
		r.t.Fatalf("GET %s %s: %d %s", entity, id, rep.status, rep.body)
	}
	return r.entity(rep.body, entity)
}

func (r *rig) query(q string) node {
	r.t.Helper()
	rep := r.do(http.MethodGet, "/query?query="+url.QueryEscape(q), "")
	if rep.status != 200 {
		r.t.Fatalf("query %s: %d %s", q, rep.status, rep.body)
	}
	return decode(r.t, rep.body)
}

// rows are the ids of a query answer.
func (r *rig) rows(entity, q string) []string {
	r.t.Helper()
	n := r.query(q)
	list, _ := n["QueryResponse"].(map[string]any)[entity].([]any)
	var ids []string
	for _, x := range list {
		ids = append(ids, node(x.(map[string]any)).at("Id"))
	}
	return ids
}

func (r *rig) account(name string) node {
	r.t.Helper()
	n := r.query("select * from Account where Name = '" + name + "'")
	list, _ := n["QueryResponse"].(map[string]any)["Account"].([]any)
	if len(list) != 1 {
		r.t.Fatalf("%d accounts %q", len(list), name)
	}
	return node(list[0].(map[string]any))
}

// want compares an amount as a number, whatever its zeros.
func (r *rig) want(what, got, want string) {
	r.t.Helper()
	a, err := parseAmount([]byte(got))
	b, err2 := parseAmount([]byte(want))
	if err != nil || err2 != nil || a != b {
		r.t.Errorf("%s = %q, want %s", what, got, want)
	}
}

func (r *rig) balance(account, want string) {
	r.t.Helper()
	r.want(account, r.account(account).at("CurrentBalance"), want)
}

// balanced checks the invariants of the books: home postings add up to nothing,
// customers' balances equal receivables per currency and their open documents.
func (r *rig) balanced() {
	r.t.Helper()
	c := r.co
	c.mu.Lock()
	defer c.mu.Unlock()
	var sum amount
	receivable, owed := map[string]amount{}, map[string]amount{}
	for _, o := range c.shelf("Account").byIDs() {
		sum += o.account.home
		if o.account.typ == "Accounts Receivable" {
			receivable[o.account.currency] += o.account.balance
		}
	}
	if sum != 0 {
		r.t.Errorf("the books are out of balance by %s", sum)
	}
	open := map[*object]amount{}
	for _, name := range entityNames {
		for _, o := range c.shelf(name).byIDs() {
			if o.txn != nil && (o.txn.open < 0 || o.txn.unapplied < 0) {
				r.t.Errorf("%s %s: open %s, unapplied %s", name, o.id, o.txn.open, o.txn.unapplied)
			}
			if o.txn != nil && o.txn.debtor() != nil {
				open[o.txn.debtor()] += o.txn.open*amount(o.txn.sign) - o.txn.unapplied
			}
		}
	}
	for _, o := range c.shelf("Customer").byIDs() {
		owed[o.party.currency] += o.party.balance
		if open[o] != o.party.balance {
			r.t.Errorf("customer %s: balance %s, open documents %s", o.name, o.party.balance, open[o])
		}
	}
	for cur, amt := range owed {
		if receivable[cur] != amt {
			r.t.Errorf("receivables in %s are %s, customers owe %s", cur, receivable[cur], amt)
		}
	}
}

func (r *rig) customer(name string) string {
	r.t.Helper()
	return r.post("Customer", fmt.Sprintf(`{"DisplayName":%q}`, name)).at("Id")
}

func (r *rig) invoice(customer, amt string) node {
	r.t.Helper()
	return r.post("Invoice", fmt.Sprintf(`{"CustomerRef":{"value":%q},"Line":[{"Amount":%s,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer, amt))
}

func (r *rig) pay(customer, total, invoice, amt string) node {
	r.t.Helper()
	return r.post("Payment", paymentBody(customer, total, invoice, amt))
}

func paymentBody(customer, total, invoice, amt string) string {
	return fmt.Sprintf(`{"CustomerRef":{"value":%q},"TotalAmt":%s,"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, customer, total, amt, invoice)
}

// recorded is the folder of vendor recordings, or a skip.
func recorded(t *testing.T, sub string) string {
	t.Helper()
	dir := os.Getenv("TIEOUT_TEST_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared")
	}
	dir = filepath.Join(dir, "specs", "quickbooks", filepath.FromSlash(sub))
	if _, err := os.Stat(dir); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recordings are required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return dir
}
