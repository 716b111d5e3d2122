package web_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tieout/web"
)

func get(t *testing.T, status web.Status, problem error, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	pages, err := web.Pages(func(context.Context) (web.Status, error) { return status, problem })
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	pages.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return answer
}

// full is an installation with one book and one connection.
func full(line web.Line) web.Status {
	at := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	line.MeasuredAt = at
	return web.Status{
		At:          at,
		Connections: []web.ConnectionStatus{{ID: "c1", Vendor: "xero", Name: "Studio", State: "active", Fresh: &at, Due: at, Calls: map[string]int{"pull": 3}}},
		Books:       []web.BookStatus{{ID: "b1", Name: "Studio", Writes: true, CutOver: &at, Matched: 7, Proof: []web.Line{line}}},
	}
}

func TestStatusPage(t *testing.T) {
	t.Parallel()
	fine := web.Line{Check: "clearing", Currency: "USD", Ledger: "10.00", Stripe: "10.00", Tieout: "-", Difference: "0.00", Explained: "0.00", Unexplained: "0.00", Measured: true}
	broken, unmeasured := fine, fine
	broken.Unexplained, broken.Open = "0.01", true
	unmeasured.Measured, unmeasured.Open, unmeasured.Why = false, true, "xero could not be read"
	waits := full(fine)
	waits.Connections[0].State, waits.Connections[0].Why = "reconnect", "connect again"
	waits.Connections[0].Notice = "The consent ends for good."
	waits.Books[0].Decisions = []web.Question{{Text: "Who paid?", Hint: "1195"}}
	waits.Books[0].Exceptions = []web.Question{{Kind: "rejected", Text: "invoice 7"}}
	waits.Books[0].Proof = nil
	for _, c := range []struct {
		name      string
		status    web.Status
		want, not []string
	}{
		{"empty", web.Status{}, []string{"No book has been set up yet", "tieout connect"}, []string{"Connections", "<table"}},
		{
			"agrees", full(fine),
			[]string{`class="verdict good">agrees to the cent`, "7 payments matched", "pull 3", "20 Nov 2026 18:00 UTC"},
			[]string{`<tr class="open"`, "does not tie out"},
		},
		{"differs", full(broken), []string{`class="verdict bad">does not tie out`, `<tr class="open"`, ">0.01<"}, []string{"agrees to the cent"}},
		{"not measured", full(unmeasured), []string{"does not tie out", "not measured: xero could not be read"}, []string{"agrees to the cent"}},
		{"waits", waits, []string{"not proven yet", "reconnect: connect again", "<strong>Studio</strong>: The consent ends for good.", "Waiting for a decision (1)", "Who paid? <em>1195</em>", "<strong>rejected</strong>: invoice 7"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			answer := get(t, c.status, nil, http.MethodGet, "/")
			body := answer.Body.String()
			if answer.Code != http.StatusOK || answer.Header().Get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("answered %d %s", answer.Code, answer.Header().Get("Content-Type"))
			}
			for _, want := range c.want {
				if !strings.Contains(body, want) {
					t.Errorf("no %q in\n%s", want, body)
				}
			}
			for _, not := range c.not {
				if strings.Contains(body, not) {
					t.Errorf("%q in\n%s", not, body)
				}
			}
		})
	}
}

// TestHostileNames: what a customer or vendor calls itself is text, wherever
// it stands.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	line := web.Line{Check: evil, Currency: evil, Ledger: evil, Difference: evil, Unexplained: evil, Why: evil, Open: true}
	s := full(line)
	s.Books[0].Name, s.Connections[0].Name, s.Connections[0].Why, s.Connections[0].State = evil, evil, evil, evil
	s.Connections[0].Calls = map[string]int{evil: 1}
	s.Books[0].Decisions = []web.Question{{Text: evil, Hint: evil}}
	s.Books[0].Exceptions = []web.Question{{Kind: evil, Text: evil, Hint: evil}}
	body := get(t, s, nil, http.MethodGet, "/").Body.String()
	if strings.Contains(body, "<script") || strings.Contains(body, "<img") || !strings.Contains(body, "&lt;script&gt;") {
		t.Errorf("a name got into the page as markup:\n%s", body)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	for path, code := range map[string]int{"/": 200, "/status.css": 200, "/healthz": 200, "/nothing": 404, "/status.html": 404} {
		answer := get(t, web.Status{}, nil, http.MethodGet, path)
		if answer.Code != code {
			t.Errorf("%s answered %d, want %d", path, answer.Code, code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
		} {
			if !strings.Contains(answer.Header().Get(name), want) {
				t.Errorf("%s: %s is %q, want %q in it", path, name, answer.Header().Get(name), want)
			}
		}
	}
	if answer := get(t, web.Status{}, nil, http.MethodPost, "/"); answer.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST answered %d", answer.Code)
	}
}

// TestNoStatus: what went wrong inside is not shown to whoever looks.
func TestNoStatus(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/healthz"} {
		answer := get(t, web.Status{}, errors.New("dial postgres://user:hush@host"), http.MethodGet, path)
		if answer.Code != http.StatusServiceUnavailable || strings.Contains(answer.Body.String(), "hush") {
			t.Errorf("%s answered %d %q", path, answer.Code, answer.Body)
		}
	}
}
