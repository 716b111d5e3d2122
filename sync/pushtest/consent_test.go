package pushtest_test

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/oauth2"

	"tieout/connectors"
)

var hidden = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// consented walks through a vendor's consent as a browser does and gives the
// access token.
func consented(vendor connectors.Authorizer) func(b *bench) string {
	return func(b *bench) string {
		client := &http.Client{Transport: b.wire, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		config := vendor.OAuth("http://localhost:9/callback")
		address := config.AuthCodeURL("state")
		page, err := client.Get(address)
		b.must(err)
		text, err := io.ReadAll(page.Body)
		b.must(err)
		form := url.Values{"decision": {"allow"}, "choice": {b.company}}
		for _, field := range hidden.FindAllSubmatch(text, -1) {
			form.Add(html.UnescapeString(string(field[1])), html.UnescapeString(string(field[2])))
		}
		target, _, _ := strings.Cut(address, "?")
		answer, err := client.PostForm(target, form)
		b.must(err)
		back, err := answer.Location()
		b.must(err)
		token, err := config.Exchange(context.WithValue(b.Context(), oauth2.HTTPClient, client), back.Query().Get("code"))
		b.must(err)
		return token.AccessToken
	}
}
