package connect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sandbox/oauth"
	"tieout/store"
	"tieout/store/storetest"
)

var engines = storetest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	engines.Stop()
	os.Exit(code)
}

const back = "http://localhost:9/cb"

// rig is the service on a real store, and a vendor whose consent and tokens
// are those of the stand-in.
type rig struct {
	*testing.T
	ctx     context.Context
	clock   *clock.Adjustable
	store   *store.Store
	oauth   *oauth.Server
	http    *httptest.Server
	service *connect.Service

	mu    sync.Mutex
	calls int // of the token endpoint
	ids   int
	// down makes the token endpoint unreachable; refuse answers in its place.
	// unheard has the vendor act and the answer lost.
	down    bool
	unheard bool
	refuse  func(w http.ResponseWriter)
	// entered hears of each call of the token endpoint, and waits for gate.
	entered, gate chan struct{}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	return newRigOn(t, engines.SQLite(t), 0)
}

// newRigOn is a rig on a store, whose vendor takes a spent refresh token for as
// long as grace.
func newRigOn(t *testing.T, s *store.Store, grace time.Duration) *rig {
	t.Helper()
	r := &rig{T: t, ctx: t.Context(), clock: clock.At(time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)), store: s}
	r.oauth = oauth.NewServer(oauth.Options{
		Clock: r.clock, Seed: 7, ClientID: "app", ClientSecret: "hush", Single: true,
		CodeLife: 5 * time.Minute, AccessLife: 30 * time.Minute, RefreshLife: 60 * 24 * time.Hour, Grace: grace,
		Choices: func() []oauth.Choice { return []oauth.Choice{{ID: "42", Name: "Craig's"}} },
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/authorize", r.oauth.Authorize)
	mux.HandleFunc("/token", r.token)
	r.http = httptest.NewServer(mux)
	t.Cleanup(r.http.Close)
	r.service = r.process(r.store)
	return r
}

// process is the service as another process has it, on a store.
func (r *rig) process(s connect.Store) *connect.Service {
	return &connect.Service{
		Store: s, Tenant: books.Tenant, Vendors: map[string]connectors.Vendor{"craig": vendor{r}}, HTTP: r.http.Client(), Now: r.clock.Now,
		NewID: r.id, Schedule: "@hourly",
		Session: func(books.Connection) (connectors.Session, error) { return session{}, nil },
	}
}

// token counts, and may fail in the stand-in's place.
func (r *rig) token(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	r.calls++
	down, unheard, refuse, entered, gate := r.down, r.unheard, r.refuse, r.entered, r.gate
	r.mu.Unlock()
	if entered != nil {
		entered <- struct{}{}
		<-gate
	}
	switch {
	case down:
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = conn.Close()
		}
	case unheard:
		r.unheardOf(w, req)
	case refuse != nil:
		refuse(w)
	default:
		r.oauth.Token(w, req)
	}
}

// set changes how the token endpoint behaves.
func (r *rig) set(change func(*rig)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(r)
}

// spent is how many calls of the token endpoint were made since it was last
// asked.
func (r *rig) spent() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := r.calls
	r.calls = 0
	return n
}

func (r *rig) id() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids++
	return fmt.Sprintf("id-%d", r.ids)
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

var hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"`)

// consent opens the page and decides, as a browser without scripts does.
func (r *rig) consent(decision string) url.Values {
	r.Helper()
	address, err := r.service.Begin(r.ctx, "craig", back)
	r.must(err)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	page, err := client.Get(address)
	r.must(err)
	text, _ := io.ReadAll(page.Body)
	_ = page.Body.Close()
	form := url.Values{"decision": {decision}, "choice": {"42"}}
	for _, m := range hidden.FindAllStringSubmatch(string(text), -1) {
		form.Set(m[1], m[2])
	}
	answer, err := client.PostForm(address, form)
	r.must(err)
	_ = answer.Body.Close()
	location, err := answer.Location()
	r.must(err)
	return location.Query()
}

// connected is the grant of a fresh connection.
func (r *rig) connected() connect.Grant {
	r.Helper()
	made, err := r.service.Answer(r.ctx, r.consent("allow"))
	r.must(err)
	if len(made) != 1 {
		r.Fatalf("%d connections", len(made))
	}
	r.spent()
	return r.grant(made[0].GrantID)
}

func (r *rig) grant(id string) connect.Grant {
	r.Helper()
	g, err := r.store.Grant(r.ctx, books.Tenant, id)
	r.must(err)
	return g
}

// vendor is a ledger that is connected by consent and does nothing else.
type vendor struct{ r *rig }

func (vendor) Name() string                              { return "craig" }
func (vendor) Title() string                             { return "Craig's" }
func (vendor) Role() connectors.Role                     { return connectors.RoleLedger }
func (vendor) Open(connectors.Access) connectors.Session { return session{} }
func (vendor) RefreshLife(*oauth2.Token) time.Duration   { return 60 * 24 * time.Hour }
func (v vendor) OAuth(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: "app", ClientSecret: "hush", RedirectURL: redirect, Scopes: []string{"all"},
		Endpoint: oauth2.Endpoint{AuthURL: v.r.http.URL + "/authorize", TokenURL: v.r.http.URL + "/token", AuthStyle: oauth2.AuthStyleInHeader},
	}
}

func (vendor) Reached(context.Context, *http.Client, url.Values) ([]connectors.Company, error) {
	return []connectors.Company{{ExternalID: "42", Name: "Craig's"}}, nil
}

// TokenFailure takes only a refused grant for the end of it.
func (vendor) TokenFailure(err error) *connectors.Failure {
	f := &connectors.Failure{Class: connectors.ClassRetry, Vendor: "craig", Op: "refresh", Text: "no answer", Err: err}
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && strings.Contains(refused.ErrorCode, "invalid_grant") {
		f.Class = connectors.ClassReconnect
	}
	return f
}

// session knows only who it is.
type session struct{}

func (session) Profile(context.Context) (connectors.Profile, error) {
	return connectors.Profile{ExternalID: "42", Name: "Craig's", Home: "USD"}, nil
}
func (session) Streams() []connectors.Stream { return nil }
func (session) Pull(context.Context, string, connectors.Cursor) (connectors.Page, error) {
	return connectors.Page{}, nil
}

func (session) Fetch(context.Context, []receivables.Ref) ([]mapping.Draft, error) { return nil, nil }
