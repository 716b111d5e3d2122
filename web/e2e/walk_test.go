package e2e

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tieout/people"
	"tieout/web"
)

// elsewhere are pages that no link of a demonstration leads to, with the test
// that opens them.
var elsewhere = map[string]string{
	"GET /connections/{id}/again": "TestFirstRun: it leads to the vendor",
	"GET /connect/{vendor}/begin": "TestFirstRun: it leads to the vendor",
	"GET /connect/callback":       "TestFirstRun: the vendor leads to it",
	"GET /connect/companies":      "internal/app, TestChoiceOfOrganisations: a consent that reaches several",
	"GET /events":                 "TestPaymentArrivesLive: it is no page",
}

// pages are the routes that show a page to somebody who is signed in, and those
// of them that are left to look at.
type pages struct {
	mux  *http.ServeMux
	left map[string]bool
}

func allPages() *pages {
	p := &pages{http.NewServeMux(), map[string]bool{}}
	for _, r := range web.Routes() {
		pattern := r.Method + " " + r.Pattern
		file := strings.Contains(r.Pattern, "csv") || strings.HasSuffix(r.Pattern, "xlsx") || strings.HasSuffix(r.Pattern, "{form}")
		if r.Method != http.MethodGet || r.Need == people.Public || file {
			continue
		}
		p.mux.HandleFunc(pattern, func(http.ResponseWriter, *http.Request) {})
		if _, known := elsewhere[pattern]; !known {
			p.left[pattern] = true
		}
	}
	return p
}

// of is the pattern of an address that is still to be looked at.
func (p *pages) of(address string) (pattern, path string, wanted bool) {
	u, err := url.Parse(address)
	if err != nil {
		return "", "", false
	}
	_, pattern = p.mux.Handler(&http.Request{Method: http.MethodGet, URL: u, Host: u.Host})
	return pattern, u.RequestURI(), p.left[pattern]
}

// walk follows links and forms that only ask, from page to page, until there is
// no page that was not looked at: each fits a phone and has no fault that axe
// knows. A page that no link leads to is a fault as well.
func (b *browser) walk() {
	b.Helper()
	p, waiting := allPages(), []string{"/"}
	for len(waiting) > 0 {
		at := waiting[0]
		waiting = waiting[1:]
		pattern, path, wanted := p.of(at)
		if at != "/" && !wanted {
			continue
		}
		delete(p.left, pattern)
		b.visit(path)
		b.until(`document.readyState === "complete"`)
		if title := ask[string](b, `document.title`); strings.HasPrefix(title, "Something went wrong") || strings.HasPrefix(title, "There is nothing here") {
			b.Errorf("%s: %s", path, title)
		}
		b.round()
		b.fits()
		b.axe()
		b.shoot(nameOf(pattern))
		for _, next := range ask[[]string](b, `[...document.querySelectorAll("a[href]")].map(a => a.href).concat(
			[...document.querySelectorAll("form")].filter(f => f.method === "get").map(f => f.action.split("?")[0] + "?" + new URLSearchParams(new FormData(f))))
			.concat([...document.querySelectorAll("button[formaction]")].filter(b => b.form.method === "get").map(b => b.formAction + "?" + new URLSearchParams(new FormData(b.form))))
			.filter(x => x.startsWith(location.origin))`) {
			if _, _, wanted := p.of(next); wanted {
				waiting = append(waiting, next)
			}
		}
	}
	for pattern := range p.left {
		b.Errorf("no link leads to %s", pattern)
	}
}

// nameOf is a picture's name: GET /proof/{book}/month is proof-month.
func nameOf(pattern string) string {
	parts := strings.FieldsFunc(strings.TrimPrefix(pattern, "GET "), func(c rune) bool { return c == '/' || c == '.' })
	parts = slices.DeleteFunc(parts, func(part string) bool { return part == "{$}" })
	for i, part := range parts {
		parts[i] = strings.Trim(part, "{}")
	}
	if len(parts) == 0 {
		return "home"
	}
	return strings.Join(parts, "-")
}
