package web

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/people"
	"tieout/store"
	"tieout/store/storetest"
)

//nolint:gochecknoglobals // one throw-away database server for the package
var engines = storetest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	engines.Stop()
	os.Exit(code)
}

// rig is a site over a real store with sample readers.
type rig struct {
	*testing.T
	site   *Site
	store  *store.Store
	people *people.Service
	clock  *clock.Adjustable
	server *httptest.Server
	sample *sample
}

var start = time.Date(2026, 11, 20, 14, 3, 0, 0, time.UTC)

const password = "a long enough sentence"

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, store: engines.SQLite(t), clock: clock.At(start), sample: &sample{}}
	var err error
	random := rand.NewChaCha8([32]byte{7})
	n := 0
	r.people = &people.Service{
		Accounts: r.store, Organisations: r.store, Tickets: r.store, Gate: r.store, Programs: r.store, Hasher: people.NewQuickHasher(), Now: r.clock.Now, Random: random,
		NewID: func() string { n++; return "id" + string(rune('a'+n/26)) + string(rune('a'+n%26)) }, Tenant: "main",
	}
	readers := r.sample.readers()
	readers.Views = storedViews{r.store}
	r.site, err = New(Options{
		People: r.people, Sessions: r.store, Readers: readers, Now: r.clock.Now, Wall: r.clock.Now,
		Log: func(reference string, err error) { t.Errorf("page %s: %v", reference, err) },
	})
	if err != nil {
		t.Fatal(err)
	}
	r.server = httptest.NewServer(r.site)
	t.Cleanup(func() { r.site.Close(); r.server.Close() })
	return r
}

// browser is a client with cookies that follows no redirect by itself.
type browser struct {
	*rig
	client *http.Client
}

func (r *rig) browser() *browser {
	r.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.Fatal(err)
	}
	return &browser{r, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (b *browser) send(method, path string, form url.Values, headers ...string) answer {
	b.Helper()
	if form == nil {
		return b.sendBody(method, path, nil, headers...)
	}
	return b.sendBody(method, path, strings.NewReader(form.Encode()), append(headers, "Content-Type", "application/x-www-form-urlencoded")...)
}

func (b *browser) sendBody(method, path string, body io.Reader, headers ...string) answer {
	b.Helper()
	request, err := http.NewRequestWithContext(b.Context(), method, b.server.URL+path, body)
	if err != nil {
		b.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	got, err := b.client.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = got.Body.Close() }()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		b.Fatal(err)
	}
	return answer{got.StatusCode, got.Header, string(text)}
}

func (b *browser) get(path string, headers ...string) answer {
	b.Helper()
	return b.send(http.MethodGet, path, nil, headers...)
}

func (b *browser) post(path string, fields ...string) answer {
	b.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	return b.send(http.MethodPost, path, form)
}

// want checks an answer's code, and words that are in it.
func (b *browser) want(a answer, code int, words ...string) answer {
	b.Helper()
	if a.code != code {
		b.Fatalf("answered %d %s, want %d:\n%s", a.code, a.header.Get("Location"), code, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body+a.header.Get("Location"), w) {
			b.Errorf("no %q in %s\n%s", w, a.header.Get("Location"), a.body)
		}
	}
	return a
}

// setUp makes the first person, who is then signed in.
func (r *rig) setUp() *browser {
	r.Helper()
	token, err := r.people.SetUpTicket(r.Context())
	if err != nil || token == "" {
		r.Fatalf("set-up ticket %q, %v", token, err)
	}
	b := r.browser()
	b.want(b.get("/setup?token="+token), 200, "Set up Tieout")
	b.want(b.post("/setup", "token", token, "name", "Ada", "email", "ada@example.com", "password", password,
		"organisation", "Studio", "zone", "Europe/Berlin", "home", "eur"), 303, "/")
	return b
}

// as is a browser of somebody with a role, invited by the owner.
func (r *rig) as(owner *browser, role people.Role) *browser {
	r.Helper()
	page := owner.want(owner.post("/settings/invite", "email", string(role)+"@example.com", "role", string(role)), 200, "/join?token=")
	token := regexp.MustCompile(`/join\?token=([A-Za-z0-9_-]+)`).FindStringSubmatch(page.body)[1]
	b := r.browser()
	b.want(b.get("/join?token="+token), 200, string(role))
	b.want(b.post("/join", "token", token, "name", string(role), "password", password), 303)
	return b
}
