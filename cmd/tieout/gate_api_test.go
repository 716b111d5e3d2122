package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"tieout/api"
	"tieout/people"
)

// programs sends strange texts to every address of the API, with a key that may
// everything and without one.
func (g *gate) programs() {
	g.Helper()
	for _, route := range api.Routes() {
		key := g.key()
		for _, text := range strange() {
			query := url.Values{}
			fields := map[string]string{}
			for _, name := range []string{"q", "cursor", "limit", "status", "sort", "currency", "connection", "customer", "view", "book", "state", "kind", "scope", "id"} {
				query.Set(name, text)
			}
			for _, name := range []string{"name", "filter", "answer", "scope", "id", "digest", "schedule", "text"} {
				fields[name] = text
			}
			body, err := json.Marshal(fields)
			if err != nil {
				g.Fatal(err)
			}
			path := api.Base + with(route.Path, text)
			for _, secret := range []string{key, text, ""} {
				if got := g.asked(secret, route.Method, path, string(body)); secret != key && got.code < 400 {
					g.Errorf("%s %s lets %q in: %d", route.Method, path, secret, got.code)
				}
				g.asked(secret, route.Method, path+"?"+query.Encode(), string(body))
			}
			one := url.Values{"q": {text}}
			g.asked(key, route.Method, path+"?"+one.Encode(), "")
			g.asked("", http.MethodGet, "/feeds/"+url.PathEscape(text)+".csv", "")
		}
	}
}

// key makes a key of the owner's that may everything.
func (g *gate) key() string {
	g.Helper()
	form := url.Values{"name": {"gate"}}
	for _, p := range people.Permissions() {
		form.Add("scopes", string(p))
	}
	page := g.send(g.owner, http.MethodPost, "/settings/keys", form, nil)
	key := regexp.MustCompile(`tieout_key_[A-Za-z0-9_-]+`).FindString(page.body)
	if key == "" {
		g.Fatalf("no key: %d %s", page.code, page.body)
	}
	return key
}

func (g *gate) asked(secret, method, path, body string) heard {
	g.Helper()
	r, err := http.NewRequestWithContext(g.Context(), method, g.base+path, strings.NewReader(body))
	if err != nil {
		g.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if secret != "" {
		r.Header["Authorization"] = []string{"Bearer " + strings.Map(printable, secret)}
	}
	answer, err := g.nobody.Do(r)
	if err != nil {
		g.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		g.Fatal(err)
	}
	got := heard{answer.StatusCode, answer.Header, string(text)}
	g.sound(method+" "+path, got)
	return got
}
