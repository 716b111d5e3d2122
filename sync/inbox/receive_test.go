package inbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

var testNow = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// sender is a vendor whose deliveries are lists of events, signed by naming the
// secret.
type sender struct{ connectors.Vendor }

// ReadHook reads the list.
func (sender) ReadHook(d connectors.Delivery) ([]connectors.Event, error) {
	signed := false
	for _, s := range d.Secrets {
		signed = signed || d.Header.Get("Signature") == s
	}
	if !signed {
		return nil, connectors.ErrForged
	}
	if string(d.Body) == "thin" {
		return nil, fmt.Errorf("%w: send fat ones", connectors.ErrRefused)
	}
	var ids []string
	if err := json.Unmarshal(d.Body, &ids); err != nil {
		return nil, fmt.Errorf("%w: %w", connectors.ErrHook, err)
	}
	var out []connectors.Event
	for _, id := range ids {
		name, company, _ := strings.Cut(id, "@")
		out = append(out, connectors.Event{ID: name, ExternalID: company, Type: "changed", Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: name}})
	}
	return out, nil
}

// MaxHook is more than a small delivery has.
func (sender) MaxHook() int64 { return 4 * smallBody }

// memory keeps what is saved. A transaction with the event "broken" fails.
type memory struct {
	mu    sync.Mutex
	rows  []Row
	saves [][]string
	// gate, when set, is what a save waits for.
	gate chan struct{}
}

var errBroken = errors.New("the disk is full")

// Targets knows one company of two tenants, and one of one.
func (m *memory) Targets(_ context.Context, _ string, companies []string) ([]Target, error) {
	all := []Target{{Tenant: "main", Connection: "c1", ExternalID: "1"}, {Tenant: "other", Connection: "c9", ExternalID: "1", Live: true}, {Tenant: "main", Connection: "c2", ExternalID: "2"}}
	var out []Target
	for _, t := range all {
		for _, id := range companies {
			if id == t.ExternalID {
				out = append(out, t)
			}
		}
	}
	if len(companies) == 0 {
		return all[:2], nil
	}
	return out, nil
}

// SaveEvents keeps the rows.
func (m *memory) SaveEvents(ctx context.Context, rows []Row) error {
	if m.gate != nil {
		select {
		case <-m.gate:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for _, r := range rows {
		ids = append(ids, r.Event.ID)
		if r.Event.ID == "broken" {
			return errBroken
		}
	}
	m.rows, m.saves = append(m.rows, rows...), append(m.saves, ids)
	return nil
}

type desk struct {
	*Receiver
	memory *memory
	mu     sync.Mutex
	hints  int
	words  []string
}

func newDesk() *desk {
	d := &desk{memory: &memory{}}
	d.Receiver = &Receiver{
		Vendors: map[string]connectors.Vendor{"acme": sender{}, "mute": nil}, Secrets: map[string][]string{"acme": {"old", "new"}},
		Store: d.memory, Now: func() time.Time { return testNow },
		Received: func() { d.mu.Lock(); d.hints++; d.mu.Unlock() },
		Refused: func(vendor string, why error) {
			d.mu.Lock()
			d.words = append(d.words, vendor+": "+why.Error())
			d.mu.Unlock()
		},
	}
	return d
}

// post sends a delivery and gives status and answer.
func (d *desk) post(path, signature string, body io.Reader) (int, string) {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, path, body)
	r.Header.Set("Signature", signature)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnswers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, path, signature string
		body                  io.Reader
		status                int
		stored                string
	}{
		{"an event", "/hooks/acme", "new", strings.NewReader(`["a@1"]`), 200, "main/c1 a new; other/c9 a new"},
		{"by the older secret", "/hooks/acme", "old", strings.NewReader(`["a@2"]`), 200, "main/c2 a new"},
		{"several companies", "/hooks/acme", "new", strings.NewReader(`["a@2","b@3"]`), 200, "main/c2 a new; / b ignored: " + whyStranger},
		{"the company in the address", "/hooks/acme/2", "new", strings.NewReader(`["a"]`), 200, "main/c2 a new"},
		{"no company, and several", "/hooks/acme", "new", strings.NewReader(`["a"]`), 200, "/ a ignored: " + whyNameless},
		{"a test of the address", "/hooks/acme", "new", strings.NewReader(`[]`), 200, ""},
		{"a form that is not read", "/hooks/acme/2", "new", strings.NewReader(`{}`), 200, "main/c2 unread unknown"},
		{"a form that is not wanted", "/hooks/acme", "new", strings.NewReader(`thin`), 400, "/ unread unknown"},
		{"forged", "/hooks/acme", "guess", strings.NewReader(`["a@1"]`), 401, ""},
		{"not signed", "/hooks/acme", "", strings.NewReader(`["a@1"]`), 401, ""},
		{"a vendor without webhooks", "/hooks/mute", "new", strings.NewReader(`["a@1"]`), 404, ""},
		{"no such vendor", "/hooks/nobody", "new", strings.NewReader(`["a@1"]`), 404, ""},
		{"as large as may be", "/hooks/acme", "new", strings.NewReader(`["a@2"` + strings.Repeat(" ", 4*smallBody-7) + "]"), 200, "main/c2 a new"},
		{"too large", "/hooks/acme", "new", strings.NewReader(strings.Repeat(" ", 4*smallBody+1)), 413, ""},
		{"cut off", "/hooks/acme", "new", cutOff{}, 400, ""},
		{"it cannot be stored", "/hooks/acme", "new", strings.NewReader(`["broken@1"]`), 503, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := newDesk()
			status, answer := d.post(test.path, test.signature, test.body)
			if status != test.status || answer != "" && status != 400 || status == 400 && test.stored != "" && !strings.Contains(answer, "send fat ones") {
				t.Errorf("answered %d %q, want %d", status, answer, test.status)
			}
			var stored []string
			for _, r := range d.memory.rows {
				id, _, unread := strings.Cut(r.Event.ID, ":")
				text := fmt.Sprintf("%s/%s %s %s", r.Tenant, r.Connection, id, r.State)
				if r.Why != "" && !unread {
					text += ": " + r.Why
				}
				stored = append(stored, text)
			}
			if got := strings.Join(stored, "; "); got != test.stored {
				t.Errorf("stored %q, want %q", got, test.stored)
			}
			if len(d.memory.rows) > 0 && (string(d.memory.rows[0].Body) == "" || !d.memory.rows[0].ReceivedAt.Equal(testNow)) {
				t.Errorf("the first row lacks the body: %+v", d.memory.rows[0])
			}
		})
	}
}

// stuck is a body that gives a few bytes more than a small one, and then
// nothing until it is let go.
type stuck struct {
	head    io.Reader
	arrived func()
	gate    chan struct{}
}

func (s *stuck) Read(p []byte) (int, error) {
	if n, err := s.head.Read(p); err == nil {
		return n, nil
	}
	s.arrived()
	<-s.gate
	return 0, io.ErrUnexpectedEOF
}

// TestFloodOfLongBodies: long bodies that come slowly take their few places;
// further ones are told to come again, and small ones are taken all the while.
func TestFloodOfLongBodies(t *testing.T) {
	t.Parallel()
	d := newDesk()
	gate := make(chan struct{})
	var here, done sync.WaitGroup
	here.Add(maxLarge)
	for range maxLarge {
		body := &stuck{head: strings.NewReader(strings.Repeat(" ", smallBody+10)), arrived: here.Done, gate: gate}
		done.Go(func() { d.post("/hooks/acme", "guess", body) })
	}
	here.Wait()
	if status, _ := d.post("/hooks/acme", "new", strings.NewReader(strings.Repeat(" ", smallBody+10))); status != http.StatusServiceUnavailable {
		t.Errorf("one more: %d", status)
	}
	if status, _ := d.post("/hooks/acme", "new", strings.NewReader(`["a@2"]`)); status != http.StatusOK {
		t.Errorf("a small one: %d", status)
	}
	close(gate)
	done.Wait()
	if status, _ := d.post("/hooks/acme", "new", strings.NewReader(`["b@2"`+strings.Repeat(" ", smallBody)+"]")); status != http.StatusOK {
		t.Errorf("afterwards: %d", status)
	}
}

// TestOnlyPost: an address that is looked at in a browser takes nothing.
func TestOnlyPost(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	newDesk().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/hooks/acme", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("answered %d", w.Code)
	}
}

// TestRefusalsAreTold once in a while, whatever comes.
func TestRefusalsAreTold(t *testing.T) {
	t.Parallel()
	d := newDesk()
	for range 100 {
		d.post("/hooks/acme", "guess", strings.NewReader(`[]`))
	}
	if len(d.words) != 1 {
		t.Errorf("told %d times", len(d.words))
	}
	d.Now = func() time.Time { return testNow.Add(silence) }
	d.post("/hooks/acme", "guess", strings.NewReader(`[]`))
	if len(d.words) != 2 || d.hints != 0 {
		t.Errorf("told %d times, %d hints", len(d.words), d.hints)
	}
}

// TestStoredTogether: what comes while a transaction is under way goes into the
// next one together, and what spoils that one fails alone.
func TestStoredTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.memory.gate = make(chan struct{})
		statuses := make(map[string]int)
		var mu sync.Mutex
		var all sync.WaitGroup
		send := func(id string) {
			all.Go(func() {
				status, _ := d.post("/hooks/acme", "new", strings.NewReader(`["`+id+`@2"]`))
				mu.Lock()
				defer mu.Unlock()
				statuses[id] = status
			})
			synctest.Wait()
		}
		send("a")
		send("b")
		send("broken")
		send("c")
		close(d.memory.gate)
		all.Wait()
		if fmt.Sprint(statuses) != "map[a:200 b:200 broken:503 c:200]" {
			t.Errorf("answers %v", statuses)
		}
		if got := fmt.Sprint(d.memory.saves); got != "[[a] [b] [c]]" {
			t.Errorf("transactions %s", got)
		}
		d.memory.saves, d.memory.gate = nil, make(chan struct{})
		send("d")
		send("e")
		send("f")
		close(d.memory.gate)
		all.Wait()
		if got := fmt.Sprint(d.memory.saves); got != "[[d] [e f]]" {
			t.Errorf("transactions %s", got)
		}
	})
}

// TestFlood: while the database hangs, answers come in time, and no more
// deliveries are held than there is room for.
func TestFlood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.memory.gate = make(chan struct{})
		begin := time.Now()
		counts := map[int]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for n := range maxAtOnce + 50 {
			all.Go(func() {
				status, _ := d.post("/hooks/acme", "new", strings.NewReader(fmt.Sprintf(`["e%d@2"]`, n)))
				mu.Lock()
				defer mu.Unlock()
				counts[status]++
			})
		}
		synctest.Wait()
		if counts[503] != 50 {
			t.Errorf("answered at once: %v", counts)
		}
		all.Wait()
		if counts[503] != maxAtOnce+50 {
			t.Errorf("answered %v", counts)
		}
		if took := time.Since(begin); took > 10*saveTime {
			t.Errorf("it took %s", took)
		}
		d.memory.gate = nil
		if status, _ := d.post("/hooks/acme", "new", strings.NewReader(`["z@2"]`)); status != http.StatusOK {
			t.Errorf("afterwards: %d", status)
		}
	})
}

// TestModes: an event about test data is not for a connection with real money.
func TestModes(t *testing.T) {
	t.Parallel()
	live, test := true, false
	for _, c := range []struct {
		event  *bool
		target bool
		want   State
	}{{nil, true, StateNew}, {nil, false, StateNew}, {&live, true, StateNew}, {&test, false, StateNew}, {&live, false, StateIgnored}, {&test, true, StateIgnored}} {
		row := Row{State: StateNew, Event: connectors.Event{ExternalID: "1", Live: c.event, Ref: receivables.Ref{Kind: receivables.KindCharge, ID: "1"}}}
		if got := route(row, []Target{{Connection: "c", ExternalID: "1", Live: c.target}}); len(got) != 1 || got[0].State != c.want {
			t.Errorf("%+v: %+v", c, got)
		}
	}
}
