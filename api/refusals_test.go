package api_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/api"
	"tieout/books"
	"tieout/listing"
	"tieout/people"
)

// problem checks that an answer is a problem of a kind.
func (a answer) problem(t *testing.T, code int, kind string) {
	t.Helper()
	var p api.Problem
	if a.header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("%d %q is no problem: %s", a.code, a.header.Get("Content-Type"), a.body)
	}
	a.into(t, &p)
	if a.code != code || p.Status != code || p.Type != "/api/#problem-"+kind || p.Title == "" {
		t.Errorf("got %d %+v, want %d %s", a.code, p, code, kind)
	}
}

// problems: everything that can be wrong with a request is said in one form.
func (r *rig) problems() {
	key := r.key(people.SeeOwn, people.See)
	send := func(method, path, body string, headers ...string) answer {
		return r.send(key, method, api.Base+path, body, headers...)
	}
	r.send("", "GET", api.Base+"/me", "").problem(r.T, 401, "key")
	r.send("tieout_key_wrong", "GET", api.Base+"/me", "").problem(r.T, 401, "key")
	if got := r.send("", "GET", api.Base+"/me", ""); !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Bearer") {
		r.Errorf("401 does not say how: %v", got.header)
	}
	send("GET", "/nothing", "").problem(r.T, 404, "not-found")
	r.send(key, "GET", "/api/v2/me", "").problem(r.T, 404, "not-found")
	send("GET", "/invoices/x/y", "").problem(r.T, 404, "not-found")
	send("GET", "/payments?book=x", "").problem(r.T, 404, "not-found")
	send("GET", "/books/x/proofs/latest", "").problem(r.T, 404, "not-found")
	got := send("POST", "/me", "{}")
	got.problem(r.T, 405, "method")
	if got.header.Get("Allow") != "GET, HEAD" {
		r.Errorf("405 allows %q", got.header.Get("Allow"))
	}
	send("POST", "/views", `{"name":"`+strings.Repeat("x", 70<<10)+`"}`).problem(r.T, 413, "too-large")
	send("POST", "/views", `name=x`, "Content-Type", "application/x-www-form-urlencoded").problem(r.T, 415, "media-type")
	send("POST", "/views", `[]`).problem(r.T, 400, "request")
	send("POST", "/views", `{"name":"x"}`).problem(r.T, 400, "request")
	send("POST", "/views", `{"name":"x","filter":"","shared":"yes"}`).problem(r.T, 400, "request")
	send("POST", "/views", `{"name":"x","filter":"status=open","person":"y"}`).problem(r.T, 400, "request")
	send("POST", "/decisions/b/d/answer", `{"answer":"x"}`).problem(r.T, 403, "scope")
	for _, query := range []string{
		"stauts=open", "status=moon", "currency=MOON", "month=13", "limit=0x", "limit=201", "limit=-1", "cursor=x", "desc=perhaps", "status=open&status=paid", "view=x",
	} {
		if got := send("GET", "/invoices?"+query, ""); query == "view=x" {
			got.problem(r.T, 404, "not-found")
		} else {
			got.problem(r.T, 400, "request")
		}
	}
	send("GET", "/payments?cursor=x", "").problem(r.T, 400, "request")
	if page := r.send("", "GET", "/api/", ""); page.code != 200 || !strings.Contains(page.body, `id="problem-key-reused"`) || strings.Contains(page.body, "ZgotmplZ") {
		r.Errorf("the page: %d %s", page.code, page.body)
	}
	for _, path := range []string{"/api/", "/api/openapi.json", api.Base + "/me"} {
		if got := r.send(key, "GET", path, ""); got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Cache-Control") != "no-store" {
			r.Errorf("%s: %v", path, got.header)
		}
	}
}

// decides answers a question once, however often it is sent, and takes the answer
// back.
func (r *rig) decides() {
	key := r.key(people.See, people.Decide)
	var list api.List[api.Decision]
	r.ask(key, "GET", "/decisions", "", 200).into(r.T, &list)
	var d api.Decision
	for _, one := range list.Items {
		if one.Here && len(one.Options) > 0 && !strings.HasSuffix(one.Options[0].Key, ":") {
			d = one
		}
	}
	if d.ID == "" {
		r.Fatalf("no question to answer: %+v", list)
	}
	path := "/decisions/" + d.Book + "/" + d.ID
	right := fmt.Sprintf(`{"answer":%q}`, d.Options[0].Key)
	r.ask(key, "POST", path+"/answer", `{"answer":"none of them"}`, 400).problem(r.T, 400, "request")
	r.ask(key, "POST", path+"/answer", right, 200, "Idempotency-Key", "one")
	again := r.ask(key, "POST", path+"/answer", right, 200, "Idempotency-Key", "one")
	if again.header.Get("Idempotency-Replayed") != "true" || again.body != "{\"done\":true}\n" {
		r.Errorf("again: %v %s", again.header, again.body)
	}
	r.ask(key, "POST", path+"/answer", `{"answer":"another"}`, 422, "Idempotency-Key", "one").problem(r.T, 422, "key-reused")
	r.ask(key, "POST", path+"/answer", right, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/answer", right, 409, "Idempotency-Key", "two").problem(r.T, 409, "conflict")
	r.ask(key, "POST", path+"/answer", right, 409, "Idempotency-Key", "two").problem(r.T, 409, "conflict")
	other := r.key(people.See, people.Decide)
	r.ask(other, "POST", path+"/withdraw", "", 200, "Idempotency-Key", "one")
	r.ask(key, "POST", path+"/answer", right, 200, "Idempotency-Key", strings.Repeat("x", 255))
	r.ask(key, "POST", path+"/answer", right, 400, "Idempotency-Key", strings.Repeat("x", 256)).problem(r.T, 400, "request")
	if _, begun, err := r.demo.App.Store.TakeAnswer(r.Context(), books.Tenant, r.id(key), "busy", "d", r.clock.Now()); err != nil || !begun {
		r.Fatal(begun, err)
	}
	r.send(key, "POST", api.Base+path+"/withdraw", "", "Idempotency-Key", "busy").problem(r.T, 422, "key-reused")
}

// id is that of a key.
func (r *rig) id(secret string) string {
	r.Helper()
	b, err := r.demo.App.People.Admit(r.Context(), secret)
	if err != nil {
		r.Fatal(err)
	}
	return b.Key.ID
}

// undoes takes a receipt back, and only what was shown.
func (r *rig) undoes() {
	key := r.key(people.See, people.Undo)
	var list api.List[api.Book]
	r.ask(key, "GET", "/books", "", 200).into(r.T, &list)
	path := "/books/" + list.Items[0].ID
	var journal api.List[api.Entry]
	r.ask(key, "GET", path+"/journal?kind=write&limit=200", "", 200).into(r.T, &journal)
	document := ""
	for _, e := range journal.Items {
		if strings.HasPrefix(e.Document, "receipt/") {
			document = e.Document
		}
	}
	var plan api.Plan
	r.ask(key, "GET", path+"/undo?scope=document&id="+document, "", 200).into(r.T, &plan)
	if plan.Digest == "" || len(plan.Lines) == 0 {
		r.Fatalf("%s: %+v", document, plan)
	}
	r.send(key, "GET", api.Base+path+"/undo", "").problem(r.T, 400, "request")
	r.ask(key, "GET", path+"/undo?scope=document&id=receipt/none", "", 409).problem(r.T, 409, "conflict")
	body := `{"scope":"document","id":"` + document + `","digest":%q}`
	r.ask(key, "POST", path+"/undo", fmt.Sprintf(body, "other"), 409).problem(r.T, 409, "conflict")
	var done api.Undone
	r.ask(key, "POST", path+"/undo", fmt.Sprintf(body, plan.Digest), 200, "Idempotency-Key", "u").into(r.T, &done)
	if done.Written == 0 {
		r.Errorf("nothing was taken back: %+v", done)
	}
	r.ask(key, "GET", path+"/journal?kind=write&limit=200", "", 200).into(r.T, &journal)
	fates := map[string]string{}
	for _, e := range journal.Items {
		fates[e.Document] = fmt.Sprint(e.Fate, " ", e.By > e.Seq)
	}
	if got := fates[document]; got != "back true" {
		r.Errorf("of what was taken back the journal says %q", got)
	}
	r.ask(key, "GET", path+"/journal", "", 200).into(r.T, &journal)
	if who := journal.Items[0].Who; !strings.HasPrefix(who, "Demo") {
		r.Errorf("the journal says %q did it", who)
	}
}

// feeds give a view to whoever has the address, as it is now, until they end.
func (r *rig) feeds() {
	key := r.key(people.SeeOwn, people.See)
	var view api.View
	r.ask(key, "POST", "/views", `{"name":"Open","filter":"status=open","shared":true}`, 200).into(r.T, &view)
	r.ask(key, "GET", "/invoices?view="+view.ID, "", 200)
	ctx, store := r.Context(), r.demo.App.Store
	end := r.clock.Now().AddDate(0, 0, 90)
	k, secret, err := r.demo.App.People.MakeKey(ctx, r.owner.ID, people.Key{
		Tenant: books.Tenant, Person: r.owner.ID, Name: "sheet", Scopes: []people.Permission{people.Export}, View: view.ID, Expires: &end,
	})
	if err != nil {
		r.Fatal(err)
	}
	feed := "/feeds/" + secret
	got := r.send("", "GET", feed+".csv", "")
	rows, err := csv.NewReader(strings.NewReader(got.body)).ReadAll()
	if err != nil || got.code != 200 || len(rows) < 3 || rows[0][1] != "number" || got.header.Get("Content-Type") != "text/csv; charset=utf-8" || got.header.Get("Location") != "" {
		r.Fatalf("%v: %d %v %s", err, got.code, got.header, got.body)
	}
	var objects []map[string]any
	r.send("", "GET", feed+".json", "").into(r.T, &objects)
	if len(objects) != len(rows)-1 || objects[0]["balance"] != rows[1][7] {
		r.Errorf("%d objects beside %d rows: %v", len(objects), len(rows), objects[0])
	}
	tag := got.header.Get("ETag")
	if same := r.send("", "GET", feed+".csv", "", "If-None-Match", tag); same.code != 304 || same.body != "" {
		r.Errorf("unchanged: %d %s", same.code, same.body)
	}
	v, err := store.View(ctx, books.Tenant, view.ID)
	if err != nil {
		r.Fatal(err)
	}
	v.Query = "status=paid"
	if err := store.SaveView(ctx, books.Tenant, v); err != nil {
		r.Fatal(err)
	}
	if other := r.send("", "GET", feed+".csv", "", "If-None-Match", tag); other.code != 200 || other.body == got.body {
		r.Errorf("after the view was changed: %d", other.code)
	}
	r.send("", "GET", feed+".pdf", "").problem(r.T, 404, "not-found")
	r.send("", "GET", "/feeds/"+key+".csv", "").problem(r.T, 404, "not-found")
	r.send(secret, "GET", api.Base+"/me", "").problem(r.T, 401, "key")
	r.send("", "POST", feed+".csv", "{}").problem(r.T, 405, "method")
	if err := r.demo.App.People.DropKey(ctx, r.owner.ID, k); err != nil {
		r.Fatal(err)
	}
	r.send("", "GET", feed+".csv", "").problem(r.T, 404, "not-found")
	r.ask(key, "DELETE", "/views/"+view.ID, "", 200)
}

// roles asks for every route with a key of every role: the table decides, and
// nothing else. A key with one permission has that one alone.
func (r *rig) roles() {
	for _, role := range people.Roles() {
		person := r.member(role)
		var held []people.Permission
		for _, p := range all() {
			if role.May(p) {
				held = append(held, p)
			}
		}
		whole, narrow := r.keyOf(person, held...), r.keyOf(person, people.SeeOwn)
		for _, route := range api.Routes() {
			path := filled(route.Path)
			if got := r.send("", route.Method, api.Base+path, ""); got.code != http.StatusUnauthorized {
				r.Errorf("nobody: %s %s answered %d", route.Method, path, got.code)
			}
			for secret, may := range map[string]bool{
				whole: role.May(route.Need), narrow: route.Need == people.SignedIn || route.Need == people.SeeOwn,
			} {
				got := r.send(secret, route.Method, api.Base+path, "")
				if may && (got.code == http.StatusForbidden || got.code == http.StatusUnauthorized || got.code >= 500) || !may && got.code != http.StatusForbidden {
					r.Errorf("%s: %s %s answered %d %s", role, route.Method, path, got.code, got.body)
				}
			}
		}
	}
	sales := r.keyOf(r.member(people.Sales), people.SeeOwn)
	var page api.InvoicePage
	r.ask(sales, "GET", "/invoices?status=all", "", 200).into(r.T, &page)
	if len(page.Items) != 0 || len(page.Totals) != 0 {
		r.Errorf("somebody without customers sees %+v", page)
	}
}

// filled is a route's path with something in its wildcards.
func filled(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "none"
		}
	}
	return strings.Join(parts, "/")
}

// member is somebody with a role.
func (r *rig) member(role people.Role) people.Person {
	r.Helper()
	return r.joined(string(role)+"@example.com", role)
}

// joined is somebody of an address, who is invited where nobody is yet.
func (r *rig) joined(email string, role people.Role) people.Person {
	r.Helper()
	service, ctx := r.demo.App.People, r.Context()
	if p, err := service.Accounts.PersonByEmail(ctx, email); err == nil {
		return p
	}
	token, err := service.Invite(ctx, r.owner.ID, books.Tenant, email, role)
	if err != nil {
		r.Fatal(err)
	}
	p, _, err := service.Join(ctx, token, nil, string(role), "a long enough sentence")
	if err != nil {
		r.Fatal(err)
	}
	return p
}

// limits: a key that asks too often waits, and so does whoever tries secrets.
func (r *rig) limits() {
	key := r.key(people.SeeOwn)
	last := answer{}
	for n := range 601 {
		if last = r.send(key, "GET", api.Base+"/views", ""); last.code != 200 {
			if n != 600 {
				r.Fatalf("request %d answered %d", n+1, last.code)
			}
			break
		}
	}
	last.problem(r.T, 429, "too-many")
	if last.header.Get("Retry-After") == "" || last.header.Get("RateLimit") != `"key";r=0;t=60` || last.header.Get("RateLimit-Policy") != `"key";q=600;w=60` {
		r.Errorf("429 says %v", last.header)
	}
	if got := r.send(r.key(people.SeeOwn), "GET", api.Base+"/views", ""); got.code != 200 {
		r.Errorf("another key is answered %d", got.code)
	}
	for range 60 {
		r.send("tieout_key_wrong", "GET", api.Base+"/views", "")
	}
	r.send("tieout_key_wrong", "GET", api.Base+"/views", "").problem(r.T, 429, "too-many")
	r.clock.Advance(time.Minute)
	if got := r.send(key, "GET", api.Base+"/views", ""); got.code != 200 {
		r.Errorf("a minute later the key is answered %d", got.code)
	}
}

// TestFilterNames: the document names the values that lists understand.
func TestFilterNames(t *testing.T) {
	t.Parallel()
	var statuses, ages, sorts []string
	for _, s := range listing.Statuses() {
		statuses = append(statuses, string(s))
	}
	for _, a := range listing.Ages() {
		ages = append(ages, string(a))
	}
	for _, s := range listing.Sorts() {
		sorts = append(sorts, string(s))
	}
	got := api.Enums(api.InvoiceQuery{})
	for field, want := range map[string][]string{"status": statuses, "age": ages, "sort": sorts} {
		if fmt.Sprint(got[field]) != fmt.Sprint(want) {
			t.Errorf("%s has %v, want %v", field, got[field], want)
		}
	}
}
