package web

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"tieout/people"
)

// TestRoutesAskForSomething: there is no route without a known permission, and
// none twice.
func TestRoutesAskForSomething(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	all := append(people.Permissions(), people.Public, people.SignedIn)
	for _, r := range Routes() {
		name := r.Method + " " + r.Pattern
		if !slices.Contains(all, r.Need) || r.page == nil || seen[name] {
			t.Errorf("%s needs %q; seen before: %v", name, r.Need, seen[name])
		}
		seen[name] = true
		if r.Method == http.MethodGet && r.Need == people.Public && !slices.Contains([]string{"/setup", "/login", "/login/code", "/login/sso", "/login/sso/back", "/join", "/forgot", "/reset", "/enter"}, r.Pattern) {
			t.Errorf("%s is open to everybody", name)
		}
	}
}

// filled is a route's pattern with something in its wildcards.
func filled(pattern string) string {
	pattern = strings.ReplaceAll(pattern, "{$}", "")
	parts := strings.Split(pattern, "/")
	for i, p := range parts {
		if strings.HasPrefix(p, "{") {
			parts[i] = "1"
		}
	}
	return strings.Join(parts, "/")
}

// TestEveryRoleOnEveryRoute asks for every route as every role and as nobody:
// the table decides, and nothing else.
func TestEveryRoleOnEveryRoute(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.setUp()
	roles := map[people.Role]*browser{"": r.browser()}
	for _, role := range people.Roles() {
		roles[role] = r.as(owner, role)
	}
	for _, route := range Routes() {
		// These end the session that asks.
		if route.Pattern == "/logout" || route.Pattern == "/account/everywhere" || route.Pattern == "/events" {
			continue
		}
		for role, b := range roles {
			name := string(role) + " " + route.Method + " " + route.Pattern
			var got answer
			if route.Method == http.MethodPost {
				got = b.post(filled(route.Pattern))
			} else {
				got = b.get(filled(route.Pattern))
			}
			switch allowed := role.May(route.Need); {
			case role == "" && route.Need != people.Public:
				if got.code != http.StatusUnauthorized && !strings.HasPrefix(got.header.Get("Location"), "/login") {
					t.Errorf("%s answered %d %s", name, got.code, got.header.Get("Location"))
				}
			case !allowed && got.code != http.StatusForbidden:
				t.Errorf("%s answered %d, want 403", name, got.code)
			case allowed && (got.code == http.StatusForbidden || got.code == http.StatusUnauthorized || got.code >= 500):
				t.Errorf("%s answered %d", name, got.code)
			}
		}
	}
}

// TestSalesSeeTheirOwn: of everything that shows customers, who sells sees those
// that he or she was made responsible for, until that is taken away.
func TestSalesSeeTheirOwn(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	owner := r.setUp()
	sales, viewer := r.as(owner, people.Sales), r.as(owner, people.Viewer)
	seller, err := r.store.PersonByEmail(t.Context(), "sales@example.com")
	if err != nil {
		t.Fatal(err)
	}
	const page = "/customers/1/1"
	owner.want(owner.get(page), 200, "Nobody in particular", `value="`+seller.ID+`"`)
	viewer.want(viewer.post(page+"/responsible", "person", seller.ID), 403)
	owner.want(owner.post(page+"/responsible", "person", "nobody"), 404)
	owner.want(owner.post(page+"/responsible", "person", seller.ID), 303, page)
	owner.want(owner.get(page), 200, "Assigned.", "Take away")
	if yes, err := r.store.ResponsibleFor(t.Context(), "main", seller.ID, "1", "1"); err != nil || !yes {
		t.Errorf("not responsible: %v", err)
	}
	owner.want(owner.get("/settings/audit?kind=responsible"), 200, "for ")
	owner.want(owner.post(page+"/responsible", "person", seller.ID, "remove", "yes"), 303, page)
	if yes, err := r.store.ResponsibleFor(t.Context(), "main", seller.ID, "1", "1"); err != nil || yes {
		t.Errorf("still responsible: %v", err)
	}
	for _, route := range Routes() {
		if route.Method == http.MethodGet && route.Need == people.SeeOwn && route.Pattern != "/events" {
			if got := sales.get(filled(route.Pattern)); got.code >= 400 && got.code != 404 {
				t.Errorf("%s answered %d to sales", route.Pattern, got.code)
			}
		}
	}
}

// TestHeaders are on every answer, whatever it is.
func TestHeaders(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.browser()
	for path, code := range map[string]int{"/": 303, "/login": 200, "/healthz": 200, "/nothing": 404, "/assets/x/tieout.css": 200, "/assets/x/none": 404, "/setup": 422} {
		got := b.get(path)
		if got.code != code {
			t.Errorf("%s answered %d, want %d", path, got.code, code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "script-src 'self'; style-src 'self'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=()",
		} {
			if !strings.Contains(got.header.Get(name), want) {
				t.Errorf("%s: %s is %q", path, name, got.header.Get(name))
			}
		}
		if strings.Contains(got.header.Get("Content-Security-Policy"), "unsafe") {
			t.Error("the policy lets inline code in")
		}
	}
	if kept := b.get("/assets/" + r.site.assets.version + "/tieout.js").header.Get("Cache-Control"); !strings.Contains(kept, "immutable") {
		t.Errorf("the script is kept %q", kept)
	}
	if login := b.get("/login").header.Get("Cache-Control"); login != "no-store" {
		t.Errorf("a page is kept %q", login)
	}
}

// TestOtherSitesSendNothing: a form of another site does not reach a page, with
// or without a session.
func TestOtherSitesSendNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	b := r.setUp()
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}} {
		got := b.send(http.MethodPost, "/account/profile", map[string][]string{"name": {"Eve"}}, headers...)
		if got.code != http.StatusForbidden {
			t.Errorf("%v answered %d", headers, got.code)
		}
	}
	b.want(b.get("/account"), 200, `value="Ada"`)
}

// TestSafeNext: nothing leads away from the site.
func TestSafeNext(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"": "/", "/receivables?q=1": "/receivables?q=1", "//evil.example": "/", "/\\evil.example": "/", "https://evil.example": "/",
		"/\t/evil.example": "/", "javascript:alert(1)": "/", "/ok\r\nSet-Cookie: a=b": "/", "evil": "/",
	} {
		if got := safeNext(next); got != want {
			t.Errorf("%q goes on to %q, want %q", next, got, want)
		}
	}
}
