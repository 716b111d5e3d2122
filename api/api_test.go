package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"tieout/api"
	"tieout/books"
	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/people"
)

// rig is a demonstration, played to its end, with its API.
type rig struct {
	*testing.T
	demo   *demo.Demo
	base   string
	clock  *clock.Adjustable
	router routers.Router
	owner  people.Person
	// asked are the operations that were asked for, and how.
	asked map[string]bool
}

// morning is a Friday's; time stands still until a test moves it.
func morning() *clock.Adjustable { return clock.At(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)) }

// newRig plays the main job of a small economy and loads the document that is
// served.
func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, asked: map[string]bool{}, clock: morning()}
	var err error
	if r.demo, err = demo.Start(t.Context(), demo.Options{Seed: 1, Invoices: 40, NoHistory: true, Clock: r.clock, Wall: r.clock, Random: rand.NewChaCha8([32]byte{5})}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.demo.Close)
	if err := r.demo.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.demo.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.serve()
	return r
}

// serve opens the API on a real port, for an owner.
func (r *rig) serve() {
	r.Helper()
	programs, err := r.demo.App.Programs(app.Screen{Log: func(reference string, err error) { r.Errorf("%s: %v", reference, err) }})
	if err != nil {
		r.Fatal(err)
	}
	server := httptest.NewServer(programs)
	r.Cleanup(server.Close)
	r.base = server.URL
	r.owner, err = r.demo.App.People.Demonstrator(r.Context(), people.Organisation{Name: "Demonstration", Zone: "UTC", Home: "USD"})
	if err != nil {
		r.Fatal(err)
	}
	r.load()
}

// load reads the document with another library, which checks it, and makes every
// object of it closed: an answer with a field that the document does not name is
// a fault here.
func (r *rig) load() {
	r.Helper()
	got := r.send("", http.MethodGet, "/api/openapi.json", "")
	doc, err := openapi3.NewLoader().LoadFromData([]byte(got.body))
	if err != nil {
		r.Fatal(err)
	}
	if err := doc.Validate(r.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		r.Fatalf("the document is not right: %v", err)
	}
	no := false
	for _, s := range doc.Components.Schemas {
		if s.Value.AdditionalProperties.Schema == nil {
			s.Value.AdditionalProperties.Has = &no
		}
	}
	doc.Servers = openapi3.Servers{{URL: r.base + api.Base}}
	if r.router, err = gorillamux.NewRouter(doc); err != nil {
		r.Fatal(err)
	}
}

// key makes a key of the owner's.
func (r *rig) key(scopes ...people.Permission) string {
	r.Helper()
	return r.keyOf(r.owner, scopes...)
}

func (r *rig) keyOf(person people.Person, scopes ...people.Permission) string {
	r.Helper()
	_, secret, err := r.demo.App.People.MakeKey(r.Context(), person.ID, people.Key{Tenant: books.Tenant, Person: person.ID, Name: "test", Scopes: scopes})
	if err != nil {
		r.Fatal(err)
	}
	return secret
}

type answer struct {
	code   int
	header http.Header
	body   string
}

// into reads the answer's JSON.
func (a answer) into(t *testing.T, v any) {
	t.Helper()
	reflect.ValueOf(v).Elem().SetZero() // what this answer leaves out is not the last one's
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("%v: %s", err, a.body)
	}
}

// send asks for an address, without looking at the document.
func (r *rig) send(key, method, path, body string, headers ...string) answer {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), method, r.base+path, strings.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return r.do(request)
}

func (r *rig) do(request *http.Request) answer {
	r.Helper()
	got, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		r.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

// ask sends a request to the API and holds request and answer to the document
// that is served.
func (r *rig) ask(key, method, path, body string, want int, headers ...string) answer {
	r.Helper()
	got := r.send(key, method, api.Base+path, body, headers...)
	if got.code != want {
		r.Fatalf("%s %s answered %d, want %d: %s", method, path, got.code, want, got.body)
	}
	again, err := http.NewRequestWithContext(r.Context(), method, r.base+api.Base+path, bytes.NewReader([]byte(body)))
	if err != nil {
		r.Fatal(err)
	}
	again.Header.Set("Content-Type", "application/json")
	route, values, err := r.router.FindRoute(again)
	if err != nil {
		r.Fatalf("%s %s is not in the document: %v", method, path, err)
	}
	r.asked[route.Operation.OperationID] = r.asked[route.Operation.OperationID] || got.code == http.StatusOK
	input := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: values, Route: route, Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil && got.code < http.StatusBadRequest {
		r.Errorf("%s %s was done, but the document refuses it: %v", method, path, err)
	}
	response := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: got.code, Header: got.header, Options: input.Options}
	response.SetBodyBytes([]byte(got.body))
	if err := openapi3filter.ValidateResponse(r.Context(), response); err != nil {
		r.Errorf("%s %s answered what the document does not say: %v\n%s", method, path, err, got.body)
	}
	return got
}

// TestAPI asks for everything of a real installation; each answer is held to the
// document.
func TestAPI(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	for _, part := range []struct {
		name string
		test func(*rig)
	}{
		{"reads", (*rig).reads},
		{"pages", (*rig).pages},
		{"problems", (*rig).problems},
		{"decides", (*rig).decides},
		{"undoes", (*rig).undoes},
		{"settings", (*rig).settings},
		{"people", (*rig).people},
		{"rules", (*rig).rules},
		{"bulk", (*rig).bulk},
		{"papers", (*rig).papers},
		{"bank", (*rig).bank},
		{"set-up", (*rig).setUp},
		{"second person", (*rig).second},
		{"audit", (*rig).audit},
		{"feeds", (*rig).feeds},
		{"connections", (*rig).connections},
		{"roles", (*rig).roles},
		{"limits", (*rig).limits},
	} {
		t.Run(part.name, func(t *testing.T) {
			one := *r
			one.T = t
			part.test(&one)
		})
	}
	// What needs another world than a demonstration is only asked for in vain here.
	vain := foundedBy()
	for _, route := range api.Routes() {
		if done, asked := r.asked[route.Name]; !asked || !done && !slices.Contains(vain, route.Name) {
			t.Errorf("%s was asked for: %v, and answered: %v", route.Name, asked, done)
		}
	}
}

// all are all permissions.
func all() []people.Permission { return people.Permissions() }

// reads asks for every list, and for the first thing in it.
func (r *rig) reads() {
	key := r.key(all()...)
	var me api.Me
	r.ask(key, "GET", "/me", "", 200).into(r.T, &me)
	if me.Organisation.Name != "Demonstration" || me.Person != "Demo" || len(me.Scopes) != len(all()) {
		r.Errorf("me: %+v", me)
	}
	var overview api.Overview
	r.ask(key, "GET", "/overview", "", 200).into(r.T, &overview)
	if len(overview.Ageing) == 0 || len(overview.Proofs) == 0 || overview.Proofs[0].State != "agrees" || overview.AsOf == nil {
		r.Errorf("overview: %+v", overview)
	}
	var invoices api.InvoicePage
	r.ask(key, "GET", "/invoices?status=all&limit=60&desc=true", "", 200).into(r.T, &invoices)
	if len(invoices.Items) < 40 || len(invoices.Totals) == 0 || !strings.Contains(invoices.Items[0].Total.Amount, ".") {
		r.Errorf("%d invoices, totals %+v", len(invoices.Items), invoices.Totals)
	}
	links, paid := 0, 0
	for _, i := range invoices.Items {
		if i.CustomerID == "" || strings.HasPrefix(i.ID, "in_") {
			continue
		}
		var one api.Invoice
		r.ask(key, "GET", "/invoices/"+i.Connection+"/"+url.PathEscape(i.ID), "", 200).into(r.T, &one)
		links, paid = links+len(one.Links), paid+len(one.Payments)
		if one.Balance != i.Balance || one.Customer != i.Customer {
			r.Errorf("in the list %+v, alone %+v", i, one)
		}
		r.ask(key, "GET", "/customers/"+i.Connection+"/"+url.PathEscape(i.CustomerID), "", 200)
	}
	if links == 0 || paid == 0 {
		r.Errorf("%d links, %d payments of invoices", links, paid)
	}
	var list api.List[api.Book]
	r.ask(key, "GET", "/books", "", 200).into(r.T, &list)
	for _, b := range list.Items {
		var payments api.List[api.Movement]
		r.ask(key, "GET", "/payments?book="+b.ID, "", 200).into(r.T, &payments)
		r.ask(key, "GET", "/payments/"+payments.Items[0].ID, "", 200)
		var payouts api.List[api.Payout]
		r.ask(key, "GET", "/payouts?book="+b.ID, "", 200).into(r.T, &payouts)
		var payout api.Payout
		r.ask(key, "GET", "/payouts/"+payouts.Items[0].ID+"?book="+b.ID, "", 200).into(r.T, &payout)
		if len(payout.Members) == 0 || payout.Transfer == nil {
			r.Errorf("payout %+v", payout)
		}
		var proof api.Proof
		r.ask(key, "GET", "/books/"+b.ID+"/proofs/latest", "", 200).into(r.T, &proof)
		if !proof.Agrees || len(proof.Lines) == 0 {
			r.Errorf("proof %+v", proof)
		}
		r.ask(key, "GET", "/books/"+b.ID+"/proofs/"+proof.ID, "", 200)
		r.ask(key, "GET", "/books/"+b.ID+"/proofs", "", 200)
	}
	r.ask(key, "GET", "/exceptions", "", 200)
	r.ask(key, "GET", "/writes-set-aside", "", 200)
	i := invoices.Items[0]
	note := "/invoices/" + i.Connection + "/" + url.PathEscape(i.ID)
	r.ask(key, "POST", note+"/notes", `{"text":" Called them. "}`, 200)
	r.ask(key, "POST", note+"/notes", `{"text":"`+strings.Repeat("x", 2001)+`"}`, 400)
	var noted api.Invoice
	r.ask(key, "GET", note, "", 200).into(r.T, &noted)
	if len(noted.Notes) != 1 || noted.Notes[0].Text != "Called them." || noted.Notes[0].Author != "Demo" {
		r.Errorf("notes %+v", noted.Notes)
	}
	r.ask(key, "POST", "/customers/"+i.Connection+"/"+url.PathEscape(i.CustomerID)+"/notes", `{"text":"x"}`, 200)
}

// connections are paused and resumed, read at once, and say how they stand.
func (r *rig) connections() {
	key := r.key(people.See, people.Connect)
	var list api.List[api.Connection]
	r.ask(key, "GET", "/connections", "", 200).into(r.T, &list)
	if len(list.Items) < 2 || list.Items[0].AsOf == nil || len(list.Items[0].Books) == 0 {
		r.Fatalf("connections %+v", list.Items)
	}
	// The processor was given up before.
	ledger := slices.IndexFunc(list.Items, func(c api.Connection) bool { return c.Role == "ledger" })
	path := "/connections/" + list.Items[ledger].ID
	var one api.Connection
	r.ask(key, "POST", path+"/pause", "", 200, "Idempotency-Key", "p").into(r.T, &one)
	if one.State != "paused" || len(one.Runs) == 0 {
		r.Errorf("paused: %+v", one)
	}
	r.ask(key, "POST", path+"/pause", "", 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/sync", "", 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/resume", "", 200).into(r.T, &one)
	r.ask(key, "POST", path+"/schedule", `{"schedule":"@daily"}`, 200).into(r.T, &one)
	if one.State != "active" || one.Schedule != "@daily" || !one.Due.After(r.clock.Now()) {
		r.Errorf("resumed: %+v", one)
	}
	r.ask(key, "POST", path+"/schedule", `{"schedule":"often"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/sync", "", 200).into(r.T, &one)
	if one.Due.After(r.clock.Now()) {
		r.Errorf("not due at once: %+v", one)
	}
	r.ask(key, "POST", "/connections/none/sync", "", 404).problem(r.T, 404, "not-found")
	r.ask(key, "GET", "/connections/none", "", 404).problem(r.T, 404, "not-found")
}

// pages walks lists two by two and finds each item once.
func (r *rig) pages() {
	key := r.key(all()...)
	var list api.List[api.Book]
	r.ask(key, "GET", "/books", "", 200).into(r.T, &list)
	book := list.Items[0].ID
	for path, id := range map[string]string{
		"/invoices?status=all&sort=total&desc=true": "id", "/payments?book=" + book: "id", "/payouts?book=" + book: "id", "/books/" + book + "/journal?kind=write": "seq", "/books/" + book + "/proofs?": "id",
	} {
		walk := func(limit int) []string {
			var ids []string
			cursor := ""
			for range 500 {
				var page struct {
					Items []map[string]any `json:"items"`
					Next  string           `json:"next"`
				}
				r.send(key, "GET", api.Base+path+fmt.Sprintf("&limit=%d&cursor=", limit)+url.QueryEscape(cursor), "").into(r.T, &page)
				for _, item := range page.Items {
					ids = append(ids, fmt.Sprint(item["connection"], item[id]))
				}
				if cursor = page.Next; cursor == "" {
					break
				}
			}
			return ids
		}
		whole, parts := walk(200), walk(7)
		if len(whole) == 0 || fmt.Sprint(whole) != fmt.Sprint(parts) {
			r.Errorf("%s: at once %d items, page by page %d", path, len(whole), len(parts))
		}
	}
}
