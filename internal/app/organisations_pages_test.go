package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tieout/books"
	"tieout/internal/app"
	"tieout/people"
	"tieout/web"
)

const pagePassword = "a sentence that nobody guesses"

// office is two organisations of an installation, each with its owner at the
// pages.
type office struct {
	*testing.T
	one, two *hooked
	server   *httptest.Server
	ann, bob *http.Client
	// theirs are ids of the second one that are not also the first one's.
	theirs map[string][]string
}

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, one: newHooked(t, "quickbooks")}
	o.one.config.Hasher = people.NewQuickHasher()
	o.one.App = o.one.open()
	o.two = o.one.second("xero")
	o.two.pay()
	o.two.clean()
	site, err := o.one.Pages(app.Screen{Log: func(reference string, err error) { t.Errorf("page %s: %v", reference, err) }})
	if err != nil {
		t.Fatal(err)
	}
	o.server = httptest.NewServer(site)
	t.Cleanup(func() { site.Close(); o.server.Close() })
	o.enrol()
	o.theirs = o.secrets()
	return o
}

// enrol makes Ann the owner of the first, and Bob of the second.
func (o *office) enrol() {
	o.Helper()
	ctx, p := o.Context(), o.one.People
	ann, err := p.SetUp(ctx, must1[string](o.T)(p.SetUpTicket(ctx)), people.First{
		Name: "Ann", Email: "ann@example.com", Password: pagePassword, Organisation: "First", Zone: "UTC", Home: "USD",
	})
	if err == nil {
		err = o.one.Store.AddOrganisation(ctx, people.Organisation{Tenant: "other", Name: "Zweigwerk", Zone: "UTC", Home: "GBP", CreatedAt: testNow}, ann.ID, people.Event{ID: "made", Tenant: "other", At: testNow})
	}
	if err != nil {
		o.Fatal(err)
	}
	token := must1[string](o.T)(p.Invite(ctx, ann.ID, "other", "bob@example.com", people.Owner))
	if _, _, err := p.Join(ctx, token, nil, "Bob", pagePassword); err != nil {
		o.Fatal(err)
	}
	if err := p.SetRole(ctx, ann.ID, "other", ann.ID, ""); err != nil {
		o.Fatal(err)
	}
	must1[string](o.T)(p.Invite(ctx, ann.ID, "other", "carl@example.com", people.Viewer))
	o.ann, o.bob = o.signIn("ann@example.com"), o.signIn("bob@example.com")
}

func (o *office) signIn(email string) *http.Client {
	o.Helper()
	jar := must1[*cookiejar.Jar](o.T)(cookiejar.New(nil))
	b := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	if code, _ := o.ask(b, http.MethodPost, "/login", url.Values{"email": {email}, "password": {pagePassword}}); code != http.StatusSeeOther {
		o.Fatalf("%s cannot sign in: %d", email, code)
	}
	return b
}

func (o *office) ask(b *http.Client, method, path string, form url.Values) (int, string) {
	o.Helper()
	request := must1[*http.Request](o.T)(http.NewRequestWithContext(o.Context(), method, o.server.URL+path, strings.NewReader(form.Encode())))
	if form != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	got := must1[*http.Response](o.T)(b.Do(request))
	defer func() { _ = got.Body.Close() }()
	return got.StatusCode, string(must1[[]byte](o.T)(io.ReadAll(got.Body)))
}

// columns are those of every table that has a tenant.
func (o *office) columns() map[string][]string {
	o.Helper()
	out := map[string][]string{}
	eachRow(o.T, o.one.Store.DB(), func(row []any) { table, _ := row[0].(string); out[table] = nil },
		`select m.name from sqlite_master m join pragma_table_info(m.name) c on c.name = 'tenant' where m.type = 'table'`)
	for table := range out {
		eachRow(o.T, o.one.Store.DB(), func(row []any) { out[table] = append(out[table], fmt.Sprint(row[0])) }, `select name from pragma_table_info($1)`, table)
	}
	return out
}

// secrets are the ids that only the second organisation has, by table.
func (o *office) secrets() map[string][]string {
	o.Helper()
	out := map[string][]string{}
	for table, columns := range o.columns() {
		if !slices.Contains(columns, "id") {
			continue
		}
		eachRow(o.T, o.one.Store.DB(), func(row []any) {
			if id := fmt.Sprint(row[0]); len(id) >= 8 {
				out[table] = append(out[table], id)
			}
		}, "select distinct id from "+table+" a where tenant = 'other' and not exists (select 1 from "+table+" b where b.tenant = 'main' and b.id = a.id) order by 1")
	}
	for _, table := range []string{"connection", "book", "invoice", "customer", "charge", "intent"} {
		if len(out[table]) == 0 {
			o.Fatalf("the second organisation has no %s of its own", table)
		}
	}
	return out
}

// state is all rows of the second organisation, as text.
func (o *office) state() map[string]string {
	o.Helper()
	out := map[string]string{}
	for table := range o.columns() {
		out[table] = textOf(o.T, o.one.Store.DB(), "select * from "+table+" where tenant = 'other'")
	}
	return out
}

// paths are the addresses of a route with the second organisation's ids in it.
func (o *office) paths(pattern string) []string {
	connection, book := o.two.ledger.ID, o.two.book.ID
	pattern = strings.NewReplacer("{$}", "", "{connection}", connection, "{book}", book, "{vendor}", "xero", "{form}", "csv").Replace(pattern)
	if !strings.Contains(pattern, "{") {
		return []string{pattern}
	}
	var out []string
	for _, ids := range o.theirs {
		parts := strings.Split(pattern, "/")
		for i, part := range parts {
			if strings.HasPrefix(part, "{") {
				parts[i] = url.PathEscape(ids[0])
			}
		}
		out = append(out, strings.Join(parts, "/"))
	}
	return out
}

// foreign are the addresses that name something of an organisation.
var foreign = regexp.MustCompile(`\{(connection|book|id)\}`)

// TestPagesKeepToTheirOrganisation asks for every address as the owner of one
// organisation, with the other one's ids: nothing of it is shown, and nothing of
// it changes. Its own owner gets answers from the same addresses.
func TestPagesKeepToTheirOrganisation(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	secrets := []string{o.two.company.Name, "Zweigwerk", "bob@example.com", "carl@example.com"}
	for _, ids := range o.theirs {
		secrets = append(secrets, ids...)
	}
	shown := 0
	for _, route := range web.Routes() {
		if route.Method != http.MethodGet || route.Pattern == "/events" || route.Need == people.Public {
			continue
		}
		found := false
		for _, path := range o.paths(route.Pattern) {
			code, text := o.ask(o.ann, http.MethodGet, path+"?q="+url.QueryEscape(o.two.company.Name), nil)
			if foreign.MatchString(route.Pattern) && code != http.StatusNotFound {
				t.Errorf("%s answered %d to another's owner", path, code)
			}
			for _, secret := range secrets {
				if !strings.Contains(path, secret) && secret != o.two.company.Name && strings.Contains(text, secret) {
					t.Errorf("%s shows %q of another organisation", path, secret)
				}
			}
			theirs, _ := o.ask(o.bob, http.MethodGet, path, nil)
			found = found || theirs != http.StatusNotFound
		}
		if found {
			shown++
		} else if foreign.MatchString(route.Pattern) && route.Pattern != "/payouts/{id}" && route.Pattern != "/proof/{book}/month/{form}" { // nothing is paid out yet, and no month is over
			t.Errorf("GET %s gave nothing to its own owner either: try other ids", route.Pattern)
		}
	}
	if shown < 20 {
		t.Errorf("only %d pages were tried", shown)
	}
	before := o.state()
	form := url.Values{"tenant": {"other"}, "book": {o.two.book.ID}, "connection": {o.two.ledger.ID}, "remove": {"yes"}, "name": {"x"}, "confirm": {"yes"}, "days": {"1"}}
	for _, route := range web.Routes() {
		if route.Method != http.MethodPost || route.Need == people.Public || route.Need == people.SignedIn {
			continue
		}
		for _, path := range o.paths(route.Pattern) {
			for table, ids := range o.theirs {
				for _, field := range []string{"id", "person", "ticket", "question", "invoice", "customer"} {
					form.Set(field, ids[0])
				}
				if code, _ := o.ask(o.ann, http.MethodPost, path, form); code >= http.StatusInternalServerError {
					t.Errorf("POST %s with another's %s answered %d", path, table, code)
				}
			}
		}
	}
	for table, rows := range o.state() {
		if rows != before[table] {
			t.Errorf("another's owner has changed rows of %s:\n%s\n%s", table, before[table], rows)
		}
	}
	if code, _ := o.ask(o.ann, http.MethodPost, "/organisation", url.Values{"tenant": {"other"}}); code != http.StatusNotFound {
		t.Errorf("the switch to another's organisation answered %d", code)
	}
	if name := must1[books.Book](t)(o.two.Store.Book(t.Context(), "other", o.two.book.ID)).Name; name == "" {
		t.Error("the other's book is gone")
	}
}
