package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"tieout/api"
	"tieout/people"
	"tieout/sync/monthend"
)

// to is JSON with values in it.
func to(format string, values ...any) string {
	for i, v := range values {
		written, _ := json.Marshal(v)
		values[i] = string(written)
	}
	return fmt.Sprintf(format, values...)
}

// book is the only book.
func (r *rig) book() string {
	r.Helper()
	var list api.List[api.Book]
	r.ask(r.key(all()...), "GET", "/books", "", 200).into(r.T, &list)
	return list.Items[0].ID
}

// settings: the organisation and its controls are read and changed; webhooks are
// added with a secret that is shown once, tried, sent again, and removed.
func (r *rig) settings() {
	key := r.key(all()...)
	var o api.Organisation
	r.ask(key, "GET", "/organisation", "", 200).into(r.T, &o)
	r.ask(key, "POST", "/organisation", to(`{"name":"Demonstration","zone":"Nowhere/No","home_currency":%s}`, o.Home), 400).problem(r.T, 400, "request")
	r.ask(key, "POST", "/organisation", to(`{"name":"Demonstration","zone":%s,"home_currency":%s}`, o.Zone, o.Home), 200)
	var controls api.Controls
	r.ask(key, "GET", "/controls", "", 200).into(r.T, &controls)
	if controls.FourEyes || controls.RetentionYears != 10 || len(controls.Started) == 0 {
		r.Errorf("controls %+v", controls)
	}
	r.ask(key, "POST", "/controls", `{"four_eyes":false,"retention_years":0}`, 400).problem(r.T, 400, "request")
	r.ask(key, "POST", "/controls", `{"four_eyes":false,"retention_years":11}`, 200)
	if r.ask(key, "GET", "/controls", "", 200).into(r.T, &controls); controls.RetentionYears != 11 {
		r.Errorf("controls %+v", controls)
	}

	told := httptest.NewTLSServer(http.NotFoundHandler())
	defer told.Close()
	var hook, again api.Hook
	r.ask(key, "POST", "/webhooks", `{"url":"ftp://x"}`, 400).problem(r.T, 400, "request")
	r.ask(key, "POST", "/webhooks", to(`{"url":%s,"events":["moon"]}`, told.URL), 400).problem(r.T, 400, "request")
	body := to(`{"url":%s,"events":["proof.agrees"]}`, told.URL)
	r.ask(key, "POST", "/webhooks", body, 200, "Idempotency-Key", "h").into(r.T, &hook)
	r.ask(key, "POST", "/webhooks", body, 200, "Idempotency-Key", "h").into(r.T, &again)
	if hook.Secret == "" || again.Secret != "" || again.ID != hook.ID {
		r.Errorf("a secret is shown %q, and kept %q", hook.Secret, again.Secret)
	}
	var hooks api.List[api.Hook]
	if r.ask(key, "GET", "/webhooks", "", 200).into(r.T, &hooks); len(hooks.Items) != 1 || hooks.Items[0].Secret != "" {
		r.Errorf("webhooks %+v", hooks)
	}
	var tried api.Delivery
	if r.ask(key, "POST", "/webhooks/"+hook.ID+"/test", "", 200).into(r.T, &tried); tried.Webhook != hook.ID || tried.Problem == "" && tried.Status == 0 {
		r.Errorf("the test %+v", tried)
	}
	r.ask(key, "GET", "/webhooks/deliveries?webhook="+hook.ID, "", 200)
	r.ask(key, "POST", "/webhooks/replay", to(`{"id":%s}`, hook.ID), 200)
	r.ask(key, "DELETE", "/webhooks/"+hook.ID, "", 200)
	r.ask(key, "POST", "/webhooks/"+hook.ID+"/test", "", 404).problem(r.T, 404, "not-found")
}

// people are invited and given roles by a key that may as much, keys and feeds are
// made that may no more than it, and end no later.
func (r *rig) people() {
	key, narrow := r.key(all()...), r.key(people.Manage, people.SeeOwn)
	var list api.People
	var invited api.Invited
	r.ask(narrow, "POST", "/invitations", `{"email":"eve@example.com","role":"owner"}`, 403).problem(r.T, 403, "scope")
	r.ask(key, "POST", "/invitations", `{"email":"eve@example.com","role":"moon"}`, 400).problem(r.T, 400, "request")
	r.ask(key, "POST", "/invitations", `{"email":"eve@example.com","role":"viewer"}`, 200).into(r.T, &invited)
	r.ask(key, "GET", "/people", "", 200).into(r.T, &list)
	if !strings.HasPrefix(invited.Path, "/join?token=") || len(list.Invitations) != 1 || list.Invitations[0].Email != "eve@example.com" {
		r.Fatalf("%+v, %+v", invited, list)
	}
	r.ask(key, "DELETE", "/invitations/"+list.Invitations[0].ID, "", 200)
	mallory := r.joined("mallory@example.com", people.Collector)
	r.ask(narrow, "POST", "/people/"+mallory.ID+"/role", `{"role":"accountant"}`, 403).problem(r.T, 403, "scope")
	r.ask(key, "POST", "/people/"+mallory.ID+"/role", `{"role":"accountant"}`, 200)
	r.ask(key, "DELETE", "/people/"+mallory.ID, "", 200)
	if r.ask(key, "GET", "/people", "", 200).into(r.T, &list); len(list.Invitations) != 0 || len(list.Members) == 0 {
		r.Errorf("people %+v", list)
	}

	end := r.clock.Now().AddDate(0, 0, 7)
	_, short, err := r.demo.App.People.MakeKey(r.Context(), r.owner.ID, people.Key{Tenant: r.demo.App.Tenant, Person: r.owner.ID, Name: "short", Scopes: all(), Expires: &end})
	if err != nil {
		r.Fatal(err)
	}
	var made, kept api.Key
	r.ask(narrow, "POST", "/keys", `{"name":"more","scopes":["undo"]}`, 400).problem(r.T, 400, "request")
	r.ask(short, "POST", "/keys", `{"name":"longer","scopes":["see","export"],"days":900}`, 200, "Idempotency-Key", "k").into(r.T, &made)
	r.ask(short, "POST", "/keys", `{"name":"longer","scopes":["see","export"],"days":900}`, 200, "Idempotency-Key", "k").into(r.T, &kept)
	if made.Expires == nil || made.Expires.After(end) || kept.Secret != "" {
		r.Errorf("made %+v, kept %+v", made, kept)
	}
	r.ask(made.Secret, "GET", "/payments", "", 200)
	r.ask(key, "GET", "/keys", "", 200)
	r.ask(key, "DELETE", "/keys/"+made.ID, "", 200)
	r.ask(made.Secret, "GET", "/payments", "", 401)
	r.ask(key, "DELETE", "/keys/"+made.ID, "", 404)

	var view api.View
	var feed api.Key
	var feeds api.List[api.Key]
	r.ask(key, "POST", "/views", `{"name":"Open","filter":"status=open"}`, 200).into(r.T, &view)
	r.ask(key, "POST", "/views/"+view.ID, `{"name":"All","filter":"status=all","shared":true}`, 200).into(r.T, &view)
	r.ask(key, "POST", "/views/"+view.ID+"/feeds", `{"name":"sheet","days":30}`, 200).into(r.T, &feed)
	if got := r.send("", "GET", feed.Secret+".csv", ""); got.code != 200 || view.Name != "All" || !view.Shared {
		r.Errorf("%+v: the feed answers %d", view, got.code)
	}
	if r.ask(key, "GET", "/views/"+view.ID+"/feeds", "", 200).into(r.T, &feeds); len(feeds.Items) != 1 || feeds.Items[0].Secret != "" {
		r.Errorf("feeds %+v", feeds)
	}
	r.ask(key, "GET", "/views", "", 200)
	r.ask(key, "DELETE", "/feeds/"+feed.ID, "", 200)
	r.ask(key, "DELETE", "/views/"+view.ID, "", 200)
}

// rules are shown, tried on real bookings, and saved as they were shown.
func (r *rig) rules() {
	key, path := r.key(all()...), "/books/"+r.book()+"/rules"
	var shown api.Rules
	r.ask(key, "GET", path, "", 200).into(r.T, &shown)
	if len(shown.Fields) == 0 || len(shown.Examples) == 0 || shown.Digest != "" {
		r.Fatalf("rules %+v", shown)
	}
	r.ask(key, "POST", path+"/preview", `{"rules":{"discount":"200/x"}}`, 200).into(r.T, &shown)
	if len(shown.Problems) == 0 || shown.Digest != "" {
		r.Errorf("a wrong rule: %+v", shown.Problems)
	}
	r.ask(key, "POST", path+"/preview", `{"rules":{"discount":"2/10"}}`, 200).into(r.T, &shown)
	if len(shown.Changes) != 1 || shown.Digest == "" {
		r.Fatalf("a change: %+v", shown)
	}
	r.ask(key, "POST", path, `{"rules":{"discount":"3/10"},"digest":"`+shown.Digest+`"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", path, `{"rules":{"discount":"2/10"},"digest":"`+shown.Digest+`"}`, 200)
	var journal api.List[api.Entry]
	if r.ask(key, "GET", "/books/"+r.book()+"/journal?kind=settings", "", 200).into(r.T, &journal); !strings.HasPrefix(journal.Items[0].Who, "Demo (API key test) <demo@localhost>") {
		r.Errorf("the journal says %q did it", journal.Items[0].Who)
	}
	r.ask(key, "POST", "/writes-set-aside/none/none/retry", "", 404)
	r.ask(key, "GET", "/learned-rules", "", 200)
	r.ask(key, "DELETE", "/learned-rules/"+r.book()+"/"+url.PathEscape("rule/none"), "", 404)
}

// bulk leaves invoices out of payment links as it was shown; a customer gets
// somebody who is responsible; lists are taken away as files.
func (r *rig) bulk() {
	key := r.key(all()...)
	var list api.InvoicePage
	r.ask(key, "GET", "/invoices?status=open", "", 200).into(r.T, &list)
	i := list.Items[0]
	what := to(`"action":"no-links","invoices":[{"connection":%s,"id":%s}]`, i.Connection, i.ID)
	var shown api.BulkShown
	r.ask(key, "POST", "/invoices/bulk/preview", "{"+what+"}", 200).into(r.T, &shown)
	if len(shown.Parts) != 1 || shown.Parts[0].Count != 1 || shown.Digest == "" {
		r.Fatalf("shown %+v", shown)
	}
	r.ask(key, "POST", "/invoices/bulk", "{"+what+`,"digest":"other"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", "/invoices/bulk", "{"+what+`,"digest":"`+shown.Digest+`"}`, 200)
	if r.ask(key, "POST", "/invoices/bulk/preview", "{"+what+"}", 200).into(r.T, &shown); shown.Digest != "" {
		r.Errorf("done, and still to do: %+v", shown)
	}
	r.ask(key, "POST", "/invoices/bulk/preview", `{"action":"links","filter":"status=open"}`, 200)
	r.ask(key, "POST", "/invoices/bulk/preview", `{"action":"links"}`, 400).problem(r.T, 400, "request")

	customer, sales := "/customers/"+i.Connection+"/"+url.PathEscape(i.CustomerID), r.member(people.Sales)
	var one api.Customer
	r.ask(key, "POST", customer+"/responsible", to(`{"person":%s}`, sales.ID), 200)
	if r.ask(key, "GET", customer, "", 200).into(r.T, &one); len(one.Responsible) != 1 || one.Responsible[0].ID != sales.ID {
		r.Errorf("responsible are %+v", one.Responsible)
	}
	r.ask(key, "POST", customer+"/responsible", to(`{"person":%s,"remove":true}`, sales.ID), 200)
	r.ask(key, "POST", customer+"/apart", `{"source":"none","payer":"none"}`, 404)
	r.ask(key, "POST", customer+"/allow", `{"source":"none","payer":"none"}`, 404)

	for form, begins := range map[string]string{"csv": "connection,number", "xlsx": "PK", "json": "["} {
		if got := r.ask(key, "GET", "/invoices/export?status=all&form="+form, "", 200); !strings.HasPrefix(got.body, begins) || !strings.Contains(got.header.Get("Content-Disposition"), "receivables."+form) {
			r.Errorf("as %s: %v %.40q", form, got.header, got.body)
		}
	}
	r.ask(r.key(people.SeeOwn, people.See), "GET", "/invoices/export?form=csv", "", 403).problem(r.T, 403, "scope")
}

// papers: a month is read, signed, and taken away; proofs are put side by side.
func (r *rig) papers() {
	key, book := r.key(all()...), "/books/"+r.book()
	var month api.Month
	r.ask(key, "GET", book+"/month?month=2026-11", "", 200).into(r.T, &month)
	if len(month.Packs) == 0 || len(month.Packs[0].Sections) == 0 || month.Digest == "" {
		r.Fatalf("month %+v", month)
	}
	r.ask(key, "POST", book+"/month/sign", `{"month":"2026-11","role":"prepared","digest":"other"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", book+"/month/sign", to(`{"month":"2026-11","role":"prepared","digest":%s}`, month.Digest), 200)
	r.ask(key, "GET", book+"/month?month=2026-11", "", 200).into(r.T, &month)
	if len(month.Signed) != 1 || !month.Signed[0].Current || !strings.Contains(month.Signed[0].By, "API key") {
		r.Errorf("signed %+v", month.Signed)
	}
	for form, begins := range map[string]string{"pdf": "%PDF", "csv": ""} {
		if got := r.ask(key, "GET", book+"/month/file?month=2026-11&currency=USD&form="+form, "", 200); !strings.HasPrefix(got.body, begins) || len(got.body) < 100 {
			r.Errorf("as %s: %.40q", form, got.body)
		}
	}
	r.ask(key, "GET", book+"/month/file?month=2026-11&currency=XXX&form=pdf", "", 404)
	r.ask(key, "GET", book+"/month?month=13", "", 400).problem(r.T, 400, "request")
	var proofs api.List[api.PastProof]
	r.ask(key, "GET", book+"/proofs", "", 200).into(r.T, &proofs)
	first, last := proofs.Items[len(proofs.Items)-1].ID, proofs.Items[0].ID
	var compared api.Compared
	r.ask(key, "GET", book+"/proofs/compare?from="+last+"&to="+last, "", 200).into(r.T, &compared)
	if len(compared.Lines) != 0 || compared.Same == 0 {
		r.Errorf("a proof beside itself: %+v", compared)
	}
	r.ask(key, "GET", book+"/proofs/compare?from="+first+"&to="+last, "", 200)
}

// setUp: the steps of a book's set-up are shown and taken.
func (r *rig) setUp() {
	key, book := r.key(all()...), "/books/"+r.book()
	var vendors api.List[api.Vendor]
	if r.ask(key, "GET", "/vendors", "", 200).into(r.T, &vendors); len(vendors.Items) < 3 {
		r.Errorf("vendors %+v", vendors)
	}
	r.ask(key, "POST", "/vendors/stripe/key", `{"key":"sk_wrong"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "GET", "/consents/none/companies", "", 409)
	r.ask(key, "POST", "/consents/none/companies", `{"companies":["1"]}`, 409)
	r.ask(key, "POST", "/consents/none/companies", `{"companies":[]}`, 400)
	var progress api.List[api.Progress]
	r.ask(key, "GET", "/books/progress", "", 200).into(r.T, &progress)
	if len(progress.Items) != 2 || !progress.Items[0].Writes || progress.Items[0].Next != "" {
		r.Fatalf("progress %+v", progress)
	}
	p := progress.Items[0]
	r.ask(key, "POST", "/books", to(`{"ledger":%s,"sources":[%s]}`, p.Ledger, p.Sources[0]), 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", "/books", `{"ledger":"none","sources":["none"]}`, 404)
	var accounts api.Accounts
	if r.ask(key, "GET", book+"/accounts", "", 200).into(r.T, &accounts); len(accounts.Places) == 0 || len(accounts.Missing) != 0 {
		r.Errorf("accounts %+v", accounts)
	}
	r.ask(key, "POST", book+"/accounts", `{"choices":{}}`, 200)
	var day api.CutOver
	if r.ask(key, "GET", book+"/cut-over", "", 200).into(r.T, &day); day.Digest == "" || len(day.Openings) == 0 {
		r.Errorf("cut-over %+v", day)
	}
	r.ask(key, "GET", book+"/cut-over?day=2999-01-01", "", 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", book+"/cut-over", to(`{"day":%s,"digest":"other"}`, string(day.Day)), 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", book+"/writing", `{"on":false}`, 200)
	var first api.FirstWrites
	r.ask(key, "GET", book+"/first-writes", "", 200).into(r.T, &first)
	r.ask(key, "POST", book+"/writing", `{"on":true,"digest":"other"}`, 409).problem(r.T, 409, "conflict")
	r.ask(key, "POST", "/connections/"+p.Ledger+"/disconnect", `{"keep_documents":false}`, 400).problem(r.T, 400, "request")
}

// second: what one person's key asks for another person's key approves, with
// which it is done; the asker's own key does not, whatever it is called.
func (r *rig) second() {
	ctx, a := r.Context(), r.demo.App
	if err := a.Store.SaveControl(ctx, a.Tenant, monthend.Control{FourEyes: true, RetentionYears: 11}, "x", r.clock.Now()); err != nil {
		r.Fatal(err)
	}
	ann, bo := r.key(all()...), r.keyOf(r.member(people.Owner), all()...)
	r.ask(ann, "POST", "/controls", `{"four_eyes":false,"retention_years":12}`, 409).problem(r.T, 409, "second-person")
	var list api.List[api.Approval]
	r.ask(ann, "GET", "/approvals", "", 200).into(r.T, &list)
	if len(list.Items) != 1 || list.Items[0].Open || !strings.HasPrefix(list.Items[0].Page, "/settings/control?") {
		r.Fatalf("approvals %+v", list)
	}
	path := "/approvals/" + list.Items[0].ID + "/answer"
	r.ask(ann, "POST", path, `{"grant":true}`, 409).problem(r.T, 409, "conflict")
	r.ask(r.keyOf(r.member(people.Owner), people.See, people.Decide), "POST", path, `{"grant":true}`, 403).problem(r.T, 403, "scope")
	var done api.Approved
	if r.ask(bo, "POST", path, `{"grant":true}`, 200, "Idempotency-Key", "a").into(r.T, &done); !done.Done {
		r.Errorf("approved %+v", done)
	}
	r.ask(bo, "POST", path, `{"grant":true}`, 409).problem(r.T, 409, "conflict")
	var controls api.Controls
	if r.ask(ann, "GET", "/controls", "", 200).into(r.T, &controls); controls.FourEyes || controls.RetentionYears != 12 {
		r.Errorf("controls %+v", controls)
	}
	// The last of the set-up: the connection of the processor is given up.
	var connections api.List[api.Connection]
	r.ask(ann, "GET", "/connections", "", 200).into(r.T, &connections)
	for _, c := range connections.Items {
		r.ask(ann, "GET", "/connections/"+c.ID, "", 200)
		if c.Role == "processor" {
			r.ask(ann, "POST", "/connections/"+c.ID+"/disconnect", `{"keep_documents":true}`, 200)
		}
	}
}

// audit: who did it, with which key, from where, and what; files taken away and
// feeds read as well; what is only looked at is not told.
func (r *rig) audit() {
	key := r.key(all()...)
	var list api.List[api.AuditEvent]
	var told []string
	cursor := ""
	for range 100 {
		r.ask(key, "GET", "/audit?limit=20&cursor="+url.QueryEscape(cursor), "", 200).into(r.T, &list)
		for _, e := range list.Items {
			if strings.Contains(e.Detail, "API key") || strings.Contains(e.Detail, "feed sheet") {
				told = append(told, e.What+" "+e.By+" "+e.Address+": "+e.Detail)
			}
		}
		if cursor = list.Next; cursor == "" {
			break
		}
	}
	all := strings.Join(told, "\n")
	for _, want := range []string{
		"Demo 127.0.0.1: changed controls", "changed booking rules: book ", "took back what was written", "kept for 11 → 12 years, asked for by Demo (API key test) <demo@localhost> (API key test)", "disconnected: id ",
		"All invoices of a filter as a file: /api/v1/invoices/export?status=all&form=csv", "(API key test)", "(feed sheet)",
	} {
		if !strings.Contains(all, want) {
			r.Errorf("nothing says %q:\n%s", want, all)
		}
	}
	if strings.Contains(all, "rules, preview") || strings.Contains(all, "notes") {
		r.Errorf("it tells what changes nothing:\n%s", all)
	}
	r.ask(key, "GET", "/audit?kind=moon", "", 400).problem(r.T, 400, "request")
	r.ask(key, "GET", "/audit?cursor=x", "", 400).problem(r.T, 400, "request")
}
