package vendorhttp_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
)

// bundle is a vendor that answers from a script, and a client whose waiting
// moves the clock instead of taking time.
type bundle struct {
	mu     sync.Mutex
	client *http.Client
	url    string
	clock  *clock.Adjustable
	waits  []time.Duration
	calls  []vendorhttp.Call
	seen   []string
	bodies []string
}

func setup(t *testing.T, handler http.HandlerFunc, change func(*vendorhttp.Options)) *bundle {
	t.Helper()
	b := &bundle{clock: clock.At(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.seen = append(b.seen, r.Header.Get("Authorization"))
		b.bodies = append(b.bodies, string(body))
		b.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	b.url = server.URL
	address, _ := url.Parse(server.URL)
	o := vendorhttp.Options{
		Vendor: "acme", Connection: "c1", Hosts: []string{address.Host},
		Now: b.clock.Now, Wait: b.wait, OnCall: b.count, MaxWait: 30 * time.Second,
		Limits: vendorhttp.Limits{Pause: 10 * time.Second, RequestID: "X-Id"},
	}
	if change != nil {
		change(&o)
	}
	b.client = vendorhttp.New(o)
	return b
}

func (b *bundle) wait(ctx context.Context, d time.Duration) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waits = append(b.waits, d)
	b.clock.Advance(d)
	return ctx.Err()
}

func (b *bundle) count(c vendorhttp.Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, c)
}

func (b *bundle) do(t *testing.T, method, body string) (int, error) {
	t.Helper()
	return b.as(t, "pull", method, body)
}

func (b *bundle) as(t *testing.T, purpose, method, body string) (int, error) {
	t.Helper()
	ctx := vendorhttp.WithPurpose(context.Background(), purpose)
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r, err := http.NewRequestWithContext(ctx, method, b.url+"/x?q=secret-name", reader)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, nil
}

// script answers with the statuses in turn, the last one for ever.
func script(header http.Header, statuses ...int) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		for k, v := range header {
			if statuses[0] != http.StatusOK {
				w.Header()[k] = v
			}
		}
		w.Header().Set("X-Id", "call-id")
		w.WriteHeader(statuses[0])
		if len(statuses) > 1 {
			statuses = statuses[1:]
		}
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	seconds := func(n string) http.Header { return http.Header{"Retry-After": {n}} }
	tests := []struct {
		name     string
		method   string
		header   http.Header
		statuses []int
		status   int
		attempts int
		waited   time.Duration
	}{
		{"read repeated", "GET", nil, []int{500, 502, 200}, 200, 3, 1500 * time.Millisecond},
		{"read given up", "GET", nil, []int{503}, 503, 4, 3500 * time.Millisecond},
		{"write never repeated", "POST", nil, []int{500, 200}, 500, 1, 0},
		{"put never repeated", "PUT", nil, []int{503, 200}, 503, 1, 0},
		{"throttled write not repeated", "POST", seconds("2"), []int{429, 200}, 429, 1, 0},
		{"retry after honoured", "GET", seconds("7"), []int{429, 200}, 200, 2, 7 * time.Second},
		{"documented pause", "GET", nil, []int{429, 200}, 200, 2, 10 * time.Second},
		{"client error final", "GET", nil, []int{400, 200}, 400, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, script(test.header, test.statuses...), nil)
			status, err := b.do(t, test.method, "")
			if err != nil || status != test.status {
				t.Fatalf("got status %d, %v; want %d", status, err, test.status)
			}
			var waited time.Duration
			for _, w := range b.waits {
				waited += w
			}
			if len(b.calls) != test.attempts || waited != test.waited {
				t.Errorf("attempts %d, waited %v; want %d, %v", len(b.calls), waited, test.attempts, test.waited)
			}
			want := vendorhttp.Call{
				Vendor: "acme", Connection: "c1", Purpose: "pull",
				Method: test.method, Status: test.statuses[0], RequestID: "call-id",
			}
			if b.calls[0] != want {
				t.Errorf("counted %+v, want %+v", b.calls[0], want)
			}
		})
	}
}

func TestRetryAfterTooFarAway(t *testing.T) {
	t.Parallel()
	b := setup(t, script(http.Header{"Retry-After": {"3600"}}, 429, 200), nil)
	_, err := b.do(t, "GET", "")
	var later *vendorhttp.LaterError
	if !errors.As(err, &later) || !later.At.Equal(b.clock.Now().Add(time.Hour)) || !vendorhttp.NotSent(err) {
		t.Fatalf("got %v, want an error that says in an hour", err)
	}
	if _, err = b.do(t, "POST", "{}"); !errors.As(err, &later) || len(b.calls) != 1 {
		t.Fatalf("a call during the pause: %v after %d calls, want it held back", err, len(b.calls))
	}
	b.clock.Advance(time.Hour)
	if status, err := b.do(t, "POST", "{}"); err != nil || status != 200 {
		t.Fatalf("after the pause: %d, %v", status, err)
	}
}

type tokens struct {
	mu      sync.Mutex
	current string
	next    string
	err     error
	renewed int
}

func (s *tokens) Token(context.Context) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, nil
}

func (s *tokens) Renew(_ context.Context, rejected string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return "", s.err
	}
	if s.current == rejected {
		s.renewed++
		s.current = s.next
	}
	return s.current, nil
}

func refuse(token string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+token {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
}

func TestRenewReplaysOnceWithBody(t *testing.T) {
	t.Parallel()
	source := &tokens{current: "old", next: "new"}
	b := setup(t, refuse("old"), func(o *vendorhttp.Options) { o.Tokens = source })
	status, err := b.do(t, "POST", `{"a":1}`)
	if err != nil || status != 200 {
		t.Fatalf("got %d, %v", status, err)
	}
	if len(b.bodies) != 2 || b.bodies[0] != `{"a":1}` || b.bodies[1] != b.bodies[0] {
		t.Errorf("bodies %q, want the same one twice", b.bodies)
	}
	if b.seen[1] != "Bearer new" || source.renewed != 1 {
		t.Errorf("replayed with %q after %d renewals", b.seen[1], source.renewed)
	}
}

func TestRefusedTwiceIsGivenBack(t *testing.T) {
	t.Parallel()
	source := &tokens{current: "bad", next: "bad2"}
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
		func(o *vendorhttp.Options) { o.Tokens = source })
	if status, err := b.do(t, "GET", ""); err != nil || status != 401 || len(b.calls) != 2 {
		t.Fatalf("got %d, %v after %d calls; want 401 after 2", status, err, len(b.calls))
	}
}

func TestTokenErrorPassesThrough(t *testing.T) {
	t.Parallel()
	gone := errors.New("consent is gone")
	b := setup(t, refuse("old"), func(o *vendorhttp.Options) { o.Tokens = &tokens{current: "old", err: gone} })
	if _, err := b.do(t, "GET", ""); !errors.Is(err, gone) || !vendorhttp.NotSent(err) || len(b.calls) != 1 {
		t.Fatalf("got %v after %d calls, want the source's error after 1", err, len(b.calls))
	}
}

func TestOnlyNamedHosts(t *testing.T) {
	t.Parallel()
	b := setup(t, script(nil, 200), func(o *vendorhttp.Options) { o.Hosts = []string{"api.example.com"} })
	_, err := b.do(t, "GET", "")
	if !errors.Is(err, vendorhttp.ErrHost) || len(b.seen) != 0 {
		t.Fatalf("got %v with %d requests, want a refusal", err, len(b.seen))
	}
	if text := vendorhttp.Reason(err); strings.Contains(text, "secret-name") {
		t.Errorf("reason %q holds the query", text)
	}
}

func TestRedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(http.StatusFound)
	}, func(o *vendorhttp.Options) { o.Tokens = &tokens{current: "t"} })
	if status, err := b.do(t, "GET", ""); err != nil || status != 302 || len(b.seen) != 1 {
		t.Fatalf("got %d, %v after %d requests; want 302 after 1", status, err, len(b.seen))
	}
}

func TestWindowsAreKept(t *testing.T) {
	t.Parallel()
	var at []time.Time
	b := setup(t, script(nil, 200), func(o *vendorhttp.Options) {
		o.Limits = vendorhttp.Limits{Rates: []vendorhttp.Rate{
			{Name: "second", Per: time.Second, Limit: 4}, {Name: "minute", Per: time.Minute, Limit: 60},
		}}
	})
	for range 150 {
		if _, err := b.do(t, "GET", ""); err != nil {
			t.Fatal(err)
		}
		at = append(at, b.clock.Now())
	}
	for i := range at {
		for _, w := range []struct {
			n    int
			span time.Duration
		}{{4, time.Second}, {60, time.Minute}} {
			if i >= w.n && at[i].Sub(at[i-w.n]) < w.span-time.Millisecond {
				t.Fatalf("calls %d to %d came within %v", i-w.n, i, at[i].Sub(at[i-w.n]))
			}
		}
	}
	if took := at[149].Sub(at[0]); took > 3*time.Minute {
		t.Errorf("150 calls took %v: the window is not used", took)
	}
}

func TestHoldFromHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t, script(nil, 200), func(o *vendorhttp.Options) {
		o.Limits.Hold = func(h http.Header) time.Duration { return 5 * time.Second }
	})
	for range 2 {
		if _, err := b.do(t, "GET", ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(b.waits) != 1 || b.waits[0] != 5*time.Second {
		t.Errorf("waited %v, want 5 s before the second call", b.waits)
	}
}

func TestConcurrentCallsAreBounded(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	running, most := 0, 0
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		defer func() { mu.Lock(); running--; mu.Unlock() }()
	}, func(o *vendorhttp.Options) { o.Limits = vendorhttp.Limits{Concurrent: 3} })
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if _, err := b.do(t, "GET", ""); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if most > 2 || len(b.calls) != 12 {
		t.Errorf("%d at once in %d calls, want at most 2 in 12", most, len(b.calls))
	}
}

func TestDialErrorIsNotSent(t *testing.T) {
	t.Parallel()
	b := setup(t, script(nil, 200), func(o *vendorhttp.Options) { o.Hosts = []string{"127.0.0.1:1"}; o.Retries = 1 })
	b.url = "http://127.0.0.1:1"
	if _, err := b.do(t, "POST", "{}"); !vendorhttp.NotSent(err) || len(b.calls) != 1 {
		t.Fatalf("got %v after %d calls, want an unsent write after 1", err, len(b.calls))
	}
	if _, err := b.do(t, "GET", ""); err == nil || len(b.calls) != 3 {
		t.Fatalf("got %v after %d calls, want a read tried twice", err, len(b.calls))
	}
}

func TestBrokenWriteMayHaveBeenSent(t *testing.T) {
	t.Parallel()
	b := setup(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil)
	if _, err := b.do(t, "POST", "{}"); err == nil || vendorhttp.NotSent(err) || len(b.calls) != 1 {
		t.Fatalf("got %v after %d calls, want an unknown outcome after 1", err, len(b.calls))
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		"Bearer abc.def", "eyJhbGciOiJkaXIi.eyJh.xyz", "sk_live_123", "rk_test_9", "whsec_1",
		`"refresh_token":"AB11"`, "client_secret=hush",
	} {
		text := vendorhttp.Redact("before " + secret + " after")
		if strings.Contains(text, secret) || !strings.HasPrefix(text, "before ") || !strings.HasSuffix(text, " after") {
			t.Errorf("Redact left %q", text)
		}
	}
}

// purse is what there is of a budget, in memory.
type purse struct {
	mu   sync.Mutex
	used map[string]int64
}

func (p *purse) DrawBudget(_ context.Context, vendor, app, unit, window string, start time.Time, limit, most, n int64, over bool) (int64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := strings.Join([]string{vendor, app, unit, window, start.Format("2006-01-02")}, " ")
	if limit > 0 && !over {
		n = max(0, min(n, most-p.used[key]))
	}
	p.used[key] += n
	return n, nil
}

// TestBudgetIsSharedAndEnds has two clients use up a month together.
func TestBudgetIsSharedAndEnds(t *testing.T) {
	t.Parallel()
	money := &purse{used: map[string]int64{}}
	meter := vendorhttp.NewMeter(money)
	metered := func(o *vendorhttp.Options) {
		o.Meter = meter
		o.Limits.Budgets = []vendorhttp.Budget{
			{
				App: "app", Unit: vendorhttp.UnitCalls, Window: vendorhttp.WindowMonth, Limit: 6, Block: 2,
				Weight: func(r *http.Request) int64 {
					if r.Method == http.MethodGet {
						return 1
					}
					return 0
				},
			},
			{App: "app", Unit: vendorhttp.UnitBytes, Window: vendorhttp.WindowDay, Limit: 3, Block: 1},
		}
	}
	handler := func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "four") }
	one, two := setup(t, handler, metered), setup(t, handler, metered)
	for i := range 5 {
		b := one
		if i%2 == 1 {
			b = two
		}
		if status, err := b.do(t, http.MethodGet, ""); status != http.StatusOK || err != nil {
			t.Fatalf("call %d: %d %v", i, status, err)
		}
	}
	_, err := one.do(t, http.MethodGet, "")
	later, ok := errors.AsType[*vendorhttp.LaterError](err)
	if !ok || later.Quota != "month" || !later.At.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) || !vendorhttp.NotSent(err) {
		t.Errorf("the sixth call: %v", err)
	}
	if status, err := one.as(t, "hook", http.MethodGet, ""); status != http.StatusOK || err != nil {
		t.Errorf("what a webhook asks for may use the reserve: %d %v", status, err)
	}
	if status, err := two.do(t, http.MethodPost, "x"); status != http.StatusOK || err != nil {
		t.Errorf("a call that is not counted: %d %v", status, err)
	}
	one.clock.Advance(31 * 24 * time.Hour)
	if status, err := one.do(t, http.MethodGet, ""); status != http.StatusOK || err != nil {
		t.Errorf("in the next month: %d %v", status, err)
	}
	want := map[string]int64{
		"acme app calls month 2026-03-01": 6, "acme app calls month 2026-04-01": 2,
		"acme app bytes day 2026-03-01": 28, "acme app bytes day 2026-04-01": 4,
	}
	for key, n := range want {
		if money.used[key] != n {
			t.Errorf("%s: %d drawn, want %d (%v)", key, money.used[key], n, money.used)
		}
	}
}
