package notify_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieout/sync/notify"
)

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// memory holds hooks and deliveries, with the rules of the store.
type memory struct {
	mu         sync.Mutex
	hooks      map[string]notify.Hook
	deliveries []notify.Delivery
	away       error
}

func (m *memory) TenantsToTell(context.Context, time.Time) ([]string, error) {
	return []string{"main"}, nil
}

func (m *memory) DueHooks(_ context.Context, _ string, now time.Time) ([]notify.Hook, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []notify.Hook
	for _, h := range m.hooks {
		if h.State == notify.HookActive && slices.ContainsFunc(m.deliveries, due(h.ID, now)) {
			out = append(out, h)
		}
	}
	return out, nil
}

func due(hook string, now time.Time) func(notify.Delivery) bool {
	return func(d notify.Delivery) bool {
		return d.Hook == hook && d.State == notify.DeliveryWaiting && !d.NotBefore.After(now)
	}
}

func (m *memory) NextDelivery(_ context.Context, h notify.Hook, now time.Time) (notify.Delivery, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if i := slices.IndexFunc(m.deliveries, due(h.ID, now)); i >= 0 {
		return m.deliveries[i], true, m.away
	}
	return notify.Delivery{}, false, m.away
}

func (m *memory) ClaimDelivery(_ context.Context, h notify.Hook, d notify.Delivery, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, stored := range m.deliveries {
		if stored.Hook == h.ID && stored.Notice.ID == d.Notice.ID && stored.State == notify.DeliveryWaiting && stored.Attempts == d.Attempts {
			m.deliveries[i].Attempts++
			m.deliveries[i].NotBefore = until
			return true, nil
		}
	}
	return false, nil
}

func (m *memory) FinishDelivery(_ context.Context, h notify.Hook, d notify.Delivery) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, stored := range m.deliveries {
		if stored.Hook == h.ID && stored.Notice.ID == d.Notice.ID && stored.Attempts == d.Attempts {
			m.deliveries[i], m.hooks[h.ID] = d, h
		}
	}
	return nil
}

func (m *memory) one(i int) (notify.Delivery, notify.Hook) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.deliveries[i], m.hooks[m.deliveries[i].Hook]
}

// receiver answers requests, by host.
type receiver func(r *http.Request, body string) (*http.Response, error)

func (f receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	return f(r, string(body))
}

func answer(status int, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader("thanks" + strings.Repeat(".", 1000)))}
}

// setup makes a worker with deliveries to hooks at the named hosts.
func setup(t *testing.T, transport http.RoundTripper, hosts ...string) (*notify.Worker, *memory) {
	t.Helper()
	m := &memory{hooks: map[string]notify.Hook{}}
	for _, host := range hosts {
		m.hooks[host] = notify.Hook{Tenant: "main", ID: host, URL: "https://" + host + "/hook", Secret: secret, State: notify.HookActive}
		n, err := notify.New("main", notify.InvoicePaid, time.Now(), host+fmt.Sprint(len(m.deliveries)), nil)
		if err != nil {
			t.Fatal(err)
		}
		m.deliveries = append(m.deliveries, notify.Delivery{Hook: host, Notice: n, State: notify.DeliveryWaiting, NotBefore: time.Now()})
	}
	return &notify.Worker{
		Store: m, Client: notify.Client(transport), Now: time.Now, Jitter: func(most time.Duration) time.Duration { return most / 2 }, Agent: "Tieout",
	}, m
}

// TestSchedule lets a receiver fail for ever: ten attempts over three days, each
// with a time and a signature of its own and the same id and body; then it is
// given up and the hook disabled, with the reason.
func TestSchedule(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var at []time.Duration
		ids, times := map[string]bool{}, map[string]bool{}
		w, m := setup(t, receiver(func(r *http.Request, body string) (*http.Response, error) {
			at = append(at, time.Since(begin))
			ids[r.Header.Get("webhook-id")+body] = true
			times[r.Header.Get("webhook-timestamp")+r.Header.Get("webhook-signature")] = true
			return answer(500), nil
		}), "a")
		for range 90 * 60 * 12 {
			if err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Wait()
			<-time.After(5 * time.Second)
		}
		d, h := m.one(0)
		if len(at) != 10 || len(ids) != 1 || len(times) != 10 {
			t.Fatalf("%d attempts with %d ids and bodies and %d signatures: %v", len(at), len(ids), len(times), at)
		}
		// The table of the specification, stretched by half of a tenth.
		for i, want := range []time.Duration{0, 5 * time.Second, 305 * time.Second, 2105 * time.Second, 9305 * time.Second, 27305 * time.Second} {
			if got := at[i]; got < want || got > want+want/18+30*time.Second {
				t.Errorf("attempt %d came after %s, want %s", i+1, got, want)
			}
		}
		if last := at[9]; last < 75*time.Hour || last > 80*time.Hour {
			t.Errorf("the last attempt came after %s", last)
		}
		if d.State != notify.DeliveryFailed || d.Attempts != 10 || d.Status != 500 || len(d.Answer) != 512 || d.Problem != "the receiver answered 500" {
			t.Errorf("the delivery is %+v", d)
		}
		if h.State != notify.HookDisabled || !strings.Contains(h.Why, "nothing was accepted since") || !strings.Contains(h.Why, "answered 500") {
			t.Errorf("the hook is %+v", h)
		}
	})
}

// TestAnswers says what each answer leads to.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  *http.Response
		err     error
		state   notify.DeliveryState
		hook    notify.State
		pause   time.Duration
		problem string
	}{
		"taken":         {answer: answer(204), state: notify.DeliveryDelivered, hook: notify.HookActive},
		"redirect":      {answer: answer(302, "Location", "https://internal/"), state: notify.DeliveryWaiting, hook: notify.HookActive, pause: 5250 * time.Millisecond, problem: "redirects are not followed"},
		"gone":          {answer: answer(410), state: notify.DeliveryWaiting, hook: notify.HookDisabled, pause: 5250 * time.Millisecond, problem: "410"},
		"busy, seconds": {answer: answer(429, "Retry-After", "120"), state: notify.DeliveryWaiting, hook: notify.HookActive, pause: 2 * time.Minute, problem: "429"},
		"busy, soon":    {answer: answer(503, "Retry-After", "1"), state: notify.DeliveryWaiting, hook: notify.HookActive, pause: 5250 * time.Millisecond, problem: "503"},
		"busy, too far": {answer: answer(503, "Retry-After", "99999999"), state: notify.DeliveryWaiting, hook: notify.HookActive, pause: 24 * time.Hour, problem: "503"},
		"cut":           {err: errors.New("connection reset by peer"), state: notify.DeliveryWaiting, hook: notify.HookActive, pause: 5250 * time.Millisecond, problem: "connection reset by peer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				w, m := setup(t, receiver(func(*http.Request, string) (*http.Response, error) { asked++; return c.answer, c.err }), "a")
				if err := w.Round(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.Wait()
				d, h := m.one(0)
				if d.State != c.state || h.State != c.hook || asked != 1 || !strings.Contains(d.Problem, c.problem) || strings.Contains(d.Problem, "https://") {
					t.Errorf("after %d calls the delivery is %+v, the hook %+v", asked, d, h)
				}
				if got := time.Until(d.NotBefore); got != c.pause {
					t.Errorf("the next comes after %s, want %s", got, c.pause)
				}
			})
		})
	}
}

// TestSlowReceiver is cut off after 20 seconds and holds up nobody else; a
// round that comes meanwhile does not begin the same delivery again.
func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		var mu sync.Mutex
		asked := map[string]int{}
		w, m := setup(t, receiver(func(r *http.Request, _ string) (*http.Response, error) {
			mu.Lock()
			asked[r.URL.Host]++
			mu.Unlock()
			if r.URL.Host == "slow" {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			return answer(200), nil
		}), "slow", "quick", "slow")
		for range 3 {
			if err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if d, _ := m.one(1); d.State != notify.DeliveryDelivered || time.Since(begin) != 0 {
			t.Errorf("the quick one waits for the slow one: %+v", d)
		}
		w.Wait()
		d, _ := m.one(0)
		if time.Since(begin) != 20*time.Second || d.Problem != "no answer within 20s" || asked["slow"] != 1 {
			t.Errorf("after %s, %v: %+v", time.Since(begin), asked, d)
		}
	})
}

// TestStop ends a process in the middle of an attempt: nothing is noted of it,
// and it is made again when its claim has ended, with the same id.
func TestStop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		taken := 0
		hang := true
		w, m := setup(t, receiver(func(r *http.Request, _ string) (*http.Response, error) {
			if hang {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			taken++
			return answer(200), nil
		}), "a")
		ctx, cancel := context.WithCancel(t.Context())
		if err := w.Round(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		cancel()
		w.Wait()
		hang = false
		if d, h := m.one(0); d.State != notify.DeliveryWaiting || d.TriedAt != nil || h.Failures != 0 {
			t.Errorf("the end of the process is the receiver's fault: %+v %+v", d, h)
		}
		for range 2 {
			if err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Wait()
			<-time.After(time.Minute)
		}
		if d, _ := m.one(0); taken != 1 || d.State != notify.DeliveryDelivered {
			t.Errorf("taken %d times: %+v", taken, d)
		}
	})
}

// TestRecovery: one success forgives all failures before it.
func TestRecovery(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fine := false
		w, m := setup(t, receiver(func(*http.Request, string) (*http.Response, error) {
			if fine {
				return answer(200), nil
			}
			return answer(500), nil
		}), "a", "a")
		for range 400 {
			if err := w.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.Wait()
			<-time.After(time.Second)
		}
		if _, h := m.one(0); h.Failures != 6 || h.FailingSince == nil {
			t.Errorf("failing: %+v", h)
		}
		fine = true
		<-time.After(time.Hour)
		if err := w.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.Wait()
		for i := range 2 {
			if d, h := m.one(i); d.State != notify.DeliveryDelivered || h.Failures != 0 || h.FailingSince != nil {
				t.Errorf("delivery %d: %+v, %+v", i, d, h)
			}
		}
	})
}

// TestOurSide: a database that is away is told by the next round.
func TestOurSide(t *testing.T) {
	t.Parallel()
	w, m := setup(t, receiver(func(*http.Request, string) (*http.Response, error) { return answer(200), nil }), "a")
	m.away = errors.New("away")
	err := w.Round(t.Context())
	w.Wait()
	if err = errors.Join(err, w.Round(t.Context())); !errors.Is(err, m.away) {
		t.Errorf("got %v", err)
	}
	w.Wait()
}
