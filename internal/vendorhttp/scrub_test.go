package vendorhttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/internal/vendorhttp"
)

// fixedToken is a token of no form that could be recognised.
type fixedToken struct{}

func (fixedToken) Token(context.Context) (string, error) { return "plain-canary", nil }

func (fixedToken) Renew(context.Context, string) (string, error) { return "plain-canary", nil }

// quoting answers with what it was sent, or breaks naming it.
type quoting struct{ status int }

func (q quoting) RoundTrip(r *http.Request) (*http.Response, error) {
	said := r.Header.Get("Authorization")
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		said += string(body)
	}
	if q.status == 0 {
		return nil, &url.Error{Op: "Get", URL: "https://x/?" + said, Err: errors.New("broken: " + said)}
	}
	return &http.Response{StatusCode: q.status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("you sent " + said)), Request: r}, nil
}

// TestRefusalsQuoteNoSecret: what was sent does not come back in what is shown
// of it.
func TestRefusalsQuoteNoSecret(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 307, 400, 403, 404, 422, 500} {
		o := vendorhttp.Options{Base: quoting{status}, Tokens: fixedToken{}, Hosts: []string{"x"}, Retries: -1}
		fixed := vendorhttp.NewFixed(quoting{status}, []string{"x"}, time.Minute)
		for name, send := range map[string]func() (*http.Response, error){
			"call": func() (*http.Response, error) { return vendorhttp.New(o).Get("https://x/") },
			"token": func() (*http.Response, error) {
				return fixed.PostForm("https://x/", url.Values{"refresh_token": {"plain canary"}})
			},
		} {
			answer, err := send()
			shown := ""
			if err != nil {
				shown = vendorhttp.Reason(err)
			} else {
				text, _ := io.ReadAll(answer.Body)
				_ = answer.Body.Close()
				shown = string(text)
			}
			if strings.Contains(shown, "canary") || !strings.Contains(shown, "redacted") {
				t.Errorf("%s, status %d: %q", name, status, shown)
			}
		}
	}
}
