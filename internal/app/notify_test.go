package app_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/listing"
	"tieout/sync/notify"
)

// customer is a system of the user's that takes webhooks. It knows the
// specification and nothing of ours.
type customer struct {
	*testing.T
	mu     sync.Mutex
	secret string
	now    func() time.Time
	status int
	// taken are the payloads by id; requests counts all that came.
	taken    map[string]map[string]any
	requests int
}

func (c *customer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests++
	body, err := io.ReadAll(r.Body)
	if err != nil || !c.verified(r, body) {
		c.Errorf("a request that is not signed: %v %s", r.Header, body)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var payload map[string]any
	if err := json.Unmarshal(body, &payload); err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		c.Errorf("%s %s: %v", r.Method, r.Header.Get("Content-Type"), err)
	}
	if c.status != http.StatusOK {
		w.WriteHeader(c.status)
		return
	}
	c.taken[r.Header.Get("webhook-id")] = payload
	_, _ = io.WriteString(w, "thanks")
}

// verified checks a request as the specification says: the base64 of an
// HMAC-SHA256, by the bytes behind whsec_, over id, time and body.
func (c *customer) verified(r *http.Request, body []byte) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.secret, "whsec_"))
	if err != nil {
		return false
	}
	id, stamp := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || c.now().Sub(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return false
	}
	mac := hmac.New(sha256.New, key)
	_, _ = fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for one := range strings.SplitSeq(r.Header.Get("webhook-signature"), " ") {
		version, signature, _ := strings.Cut(one, ",")
		if version == "v1" && hmac.Equal([]byte(signature), []byte(want)) {
			return true
		}
	}
	return false
}

// types counts what was taken.
func (c *customer) types() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]int{}
	for _, p := range c.taken {
		t, _ := p["type"].(string)
		out[t]++
	}
	return out
}

func (c *customer) set(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.status = status
}

// TestWebhooksOut: what happens in a book reaches the user's own system, with
// signatures that it can check, once each; what it refuses comes again.
func TestWebhooksOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	c := &customer{T: t, now: r.clock.Now, status: http.StatusServiceUnavailable, taken: map[string]map[string]any{}}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	h, err := r.AddHook(t.Context(), server.URL+"/in", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.secret = h.Secret
	r.pay()
	r.clock.Advance(time.Hour)
	r.clean()
	notifyNow := func() {
		t.Helper()
		if err := r.NotifyNow(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	notifyNow()
	if c.requests != 1 || len(c.taken) != 0 {
		t.Fatalf("a receiver in trouble got %d requests", c.requests)
	}
	c.set(http.StatusOK)
	r.clock.Advance(time.Minute)
	notifyNow()
	got := c.types()
	for _, want := range []string{"invoice.paid", "invoice.changed", "payment.matched", "document.written", "proof.agrees"} {
		if got[want] == 0 {
			t.Errorf("nothing of type %s came: %v", want, got)
		}
	}
	paid := r.number(`select count(*) from invoice where balance = 0 and not deleted and state = 'live' and total > 0`)
	matched := r.number(`select count(distinct movement) from allocation`)
	written := r.number(`select count(*) from intent where state = 'done' and effect = '' and request like '%"parts"%'`)
	if got["invoice.paid"] == 0 || got["invoice.paid"] > paid || got["payment.matched"] != matched || got["document.written"] != written {
		t.Errorf("told %v; %d invoices are paid, %d payments matched, %d documents written", got, paid, matched, written)
	}
	count := c.requests
	notifyNow()
	if c.requests != count || count != len(c.taken)+1 {
		t.Errorf("%d requests for %d notices and one refusal, %d after a round with nothing to do", count, len(c.taken), c.requests)
	}
	r.testHook(c, h)
	r.replayed(c, h)
	r.staleness(c, notifyNow)
}

// testHook sends a test, which is told at once.
func (r *rig) testHook(c *customer, h notify.Hook) {
	r.Helper()
	d, err := r.TestHook(r.Context(), h.ID)
	if err != nil || d.State != notify.DeliveryDelivered || d.Status != http.StatusOK || d.Answer != "thanks" || c.types()["hook.test"] != 1 {
		r.Errorf("the test: %+v, %v", d, err)
	}
	c.set(http.StatusTeapot)
	if d, err = r.TestHook(r.Context(), h.ID); err != nil || d.State != notify.DeliveryWaiting || d.Status != http.StatusTeapot {
		r.Errorf("a test that is refused: %+v, %v", d, err)
	}
	c.set(http.StatusOK)
}

// replayed sends one notice again, with the id and body that it had.
func (r *rig) replayed(c *customer, h notify.Hook) {
	r.Helper()
	list, err := r.Store.Deliveries(r.Context(), h.Tenant, h.ID, listing.Moment{}, 1000)
	if err != nil || len(list) == 0 {
		r.Fatal(len(list), err)
	}
	before, taken := c.requests, len(c.taken)
	for _, d := range list {
		if d.Notice.Type == notify.InvoicePaid {
			if n, err := r.Store.Replay(r.Context(), h.Tenant, d.Notice.ID, r.clock.Now()); n != 1 || err != nil {
				r.Fatal(n, err)
			}
			break
		}
	}
	if err := r.NotifyNow(r.Context()); err != nil {
		r.Fatal(err)
	}
	if c.requests != before+1 || len(c.taken) != taken {
		r.Errorf("%d requests after a replay, %d before; %d ids, %d before", c.requests, before, len(c.taken), taken)
	}
}

// staleness is told once for each connection, however long it lasts.
func (r *rig) staleness(c *customer, notifyNow func()) {
	r.Helper()
	for range 4 {
		r.clock.Advance(time.Hour)
		notifyNow()
	}
	if n := c.types()["connection.stale"]; n != 2 {
		r.Errorf("%d connections are told to be stale, want 2", n)
	}
}
