package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
)

// answering makes every call end with one answer.
func (b *bench) answering(status int, header http.Header, body []byte) {
	b.meddle = func(w http.ResponseWriter, _ *http.Request) bool {
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.WriteHeader(status)
		_, _ = w.Write(body)
		return true
	}
}

// recordedRefusal is a refusal as Stripe has sent it.
type recordedRefusal struct {
	Method  string            `json:"method"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"response_headers"`
	Body    json.RawMessage   `json:"response_body"`
}

// TestRecordedFailures: every refusal that was recorded has the class of its
// row in the README, whether it came to a read or a write.
func TestRecordedFailures(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(recordings(t), "recorded")
	seen := map[connectors.Class]int{}
	b := newBench(t)
	for _, file := range []string{
		"gumroad__errors", "openfoodnetwork__errors", "giftbit__idempotency_error_400", "gumroad__refund_already_refunded_400",
		"gumroad__refund_of_disputed_charge_400", "gumroad__refund_over_amount_400", "gumroad__payout_failed_balance_insufficient",
	} {
		raw, err := os.ReadFile(filepath.Join(dir, file+".json"))
		b.must(err)
		var list []recordedRefusal
		if json.Unmarshal(raw, &list) != nil {
			list = make([]recordedRefusal, 1)
			b.must(json.Unmarshal(raw, &list[0]))
		}
		for _, r := range list {
			if r.Status < 400 {
				continue
			}
			class := b.refusedAs(r)
			if want := wantedClass(t, r); class != want {
				t.Errorf("%s: %d %.120s: class %s, want %s", file, r.Status, r.Body, class, want)
			}
			seen[class]++
		}
	}
	for class, least := range map[connectors.Class]int{
		connectors.ClassRequest: 20, connectors.ClassGone: 2, connectors.ClassRetry: 1, connectors.ClassReconnect: 1, connectors.ClassPermanent: 1,
	} {
		if seen[class] < least {
			t.Errorf("%d recorded refusals of class %s, want %d or more: %v", seen[class], class, least, seen)
		}
	}
}

// refusedAs plays the refusal to a call of its own kind.
func (b *bench) refusedAs(r recordedRefusal) connectors.Class {
	header := http.Header{}
	for name, value := range r.Headers {
		if !strings.EqualFold(name, "Content-Length") {
			header.Set(name, value)
		}
	}
	b.answering(r.Status, header, r.Body)
	if r.Method == http.MethodGet {
		_, err := b.session.get(b.t.Context(), "read", "/v1/charges/ch_1")
		return connectors.ClassOf(err)
	}
	_, err := b.session.post(b.t.Context(), "write", "/v1/refunds", "key", nil)
	return connectors.ClassOf(err)
}

// wantedClass is the table of the README, written down a second time by what
// the recordings hold.
func wantedClass(t *testing.T, r recordedRefusal) connectors.Class {
	t.Helper()
	var body struct {
		Error struct{ Type, Code string }
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		t.Fatal(err)
	}
	switch {
	case body.Error.Type == "idempotency_error":
		return connectors.ClassPermanent
	case r.Status == 404:
		return connectors.ClassGone
	case r.Status == 403:
		return connectors.ClassReconnect
	case body.Error.Code == "lock_timeout":
		return connectors.ClassRetry
	}
	return connectors.ClassRequest
}

func TestFailureClasses(t *testing.T) {
	t.Parallel()
	body := func(kind, code string) string {
		return `{"error":{"type":"` + kind + `","code":"` + code + `","message":"said with sk_test_abcdefgh123"}}`
	}
	for _, c := range []struct {
		status      int
		body        string
		read, write connectors.Class
	}{
		{400, body("invalid_request_error", "resource_missing"), connectors.ClassGone, connectors.ClassRequest},
		{400, body("invalid_request_error", "amount_too_small"), connectors.ClassRequest, connectors.ClassRequest},
		{400, body("idempotency_error", ""), connectors.ClassPermanent, connectors.ClassPermanent},
		{401, body("invalid_request_error", ""), connectors.ClassReconnect, connectors.ClassReconnect},
		{402, body("card_error", "card_declined"), connectors.ClassRequest, connectors.ClassRequest},
		{403, body("invalid_request_error", "account_invalid"), connectors.ClassReconnect, connectors.ClassReconnect},
		{404, body("invalid_request_error", "resource_missing"), connectors.ClassGone, connectors.ClassGone},
		{409, body("invalid_request_error", "idempotency_key_in_use"), connectors.ClassRetry, connectors.ClassRetry},
		{401, body("invalid_request_error", "api_key_expired"), connectors.ClassReconnect, connectors.ClassReconnect},
		{403, body("invalid_request_error", "secret_key_required"), connectors.ClassReconnect, connectors.ClassReconnect},
		{400, body("invalid_request_error", "livemode_mismatch"), connectors.ClassReconnect, connectors.ClassReconnect},
		{429, body("invalid_request_error", "lock_timeout"), connectors.ClassRetry, connectors.ClassRetry},
		{429, body("invalid_request_error", "rate_limit"), connectors.ClassLater, connectors.ClassLater},
		{429, body("invalid_request_error", ""), connectors.ClassLater, connectors.ClassLater},
		{500, body("api_error", ""), connectors.ClassRetry, connectors.ClassUnknown},
		{502, "<html>bad gateway abcdefgh123</html>", connectors.ClassRetry, connectors.ClassUnknown},
		{200, `{"object":"list","data":[{`, connectors.ClassRetry, connectors.ClassUnknown},
		{200, `{"object":"list","data":7}`, connectors.ClassRetry, connectors.ClassUnknown},
		{500, `{"customer":"abcdefgh123"}`, connectors.ClassRetry, connectors.ClassUnknown},
		{200, `{}`, connectors.ClassRetry, connectors.ClassUnknown},
	} {
		b := newBench(t)
		b.meddle = func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
			return true
		}
		_, err := b.session.Pull(t.Context(), "charges", nil)
		if got := connectors.ClassOf(err); err == nil || got != c.read {
			t.Errorf("%d %s: reading gives %s, want %s (%v)", c.status, c.body, got, c.read, err)
		}
		if f, ok := connectors.AsFailure(err); !ok || strings.Contains(fmt.Sprint(f, f.Err), "abcdefgh123") && f.Code == "" {
			t.Errorf("the body is in the error: %v", err)
		}
		_, err = b.session.Send(t.Context(), b.lowerLink(wanted()))
		if got := connectors.ClassOf(err); err == nil || got != c.write {
			t.Errorf("%d %s: writing gives %s, want %s (%v)", c.status, c.body, got, c.write, err)
		}
		if err != nil && strings.Contains(err.Error(), "abcdefgh123") {
			t.Errorf("a key is in the error: %v", err)
		}
	}
}

// TestQuota: a limit that waiting has not helped against is left for later, at
// an instant; what Stripe itself calls worth trying again is tried again.
func TestQuota(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.answering(429, nil, []byte(`{"error":{"type":"invalid_request_error","code":"rate_limit","message":"Too many requests"}}`))
	_, err := b.session.Pull(t.Context(), "charges", nil)
	f, ok := connectors.AsFailure(err)
	if !ok || f.Class != connectors.ClassLater || !f.At.Equal(b.clock.Now().Add(quotaPause)) || f.Quota != "second" {
		t.Errorf("a limit: %+v", f)
	}
	b.answering(429, http.Header{"Stripe-Rate-Limited-Reason": {"global-concurrency"}}, []byte(`{"error":{"type":"invalid_request_error","message":"Too many requests"}}`))
	_, err = b.session.Pull(t.Context(), "charges", nil)
	if f, ok = connectors.AsFailure(err); !ok || f.Class != connectors.ClassLater || f.Quota != "concurrent" {
		t.Errorf("a limit of calls in flight: %+v", f)
	}
	b.answering(400, http.Header{"Stripe-Should-Retry": {"true"}}, []byte(`{"error":{"type":"api_error","message":"Try again"}}`))
	if _, err := b.session.Pull(t.Context(), "charges", nil); connectors.ClassOf(err) != connectors.ClassRetry {
		t.Errorf("worth another try: %v", err)
	}
}

func TestAskedToWait(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.meddle = func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Retry-After", "3600")
		w.WriteHeader(http.StatusTooManyRequests)
		return true
	}
	_, err := b.session.Pull(t.Context(), "charges", nil)
	f, ok := connectors.AsFailure(err)
	if !ok || f.Class != connectors.ClassLater || !f.At.Equal(b.clock.Now().Add(time.Hour)) {
		t.Errorf("failure %+v", f)
	}
}

// TestReplayedFailure: a failure that Stripe kept under the key does not stop
// the write for a day, and a success that it kept is the answer.
func TestReplayedFailure(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	w := b.lowerLink(wanted())
	var keys []string
	b.meddle = func(out http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/v1/payment_links" || r.Method != http.MethodPost {
			return false
		}
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if strings.HasSuffix(keys[len(keys)-1], againMark) {
			return false
		}
		if len(keys) > 1 {
			out.Header().Set("Idempotent-Replayed", "true")
		}
		out.WriteHeader(http.StatusInternalServerError)
		_, _ = out.Write([]byte(`{"error":{"type":"api_error","message":"An unknown error occurred"}}`))
		return true
	}
	if _, err := b.session.Send(t.Context(), w); connectors.ClassOf(err) != connectors.ClassUnknown || len(keys) != 1 {
		t.Fatalf("the first time: %v with keys %v", err, keys)
	}
	first, err := b.session.Send(t.Context(), w)
	b.must(err)
	if len(keys) != 3 || keys[2] != keys[0]+againMark {
		t.Errorf("keys %v", keys)
	}
	again, err := b.session.Send(t.Context(), w)
	b.must(err)
	if again.Ref != first.Ref {
		t.Errorf("sent again it made %s beside %s", again.Ref.ID, first.Ref.ID)
	}
}
