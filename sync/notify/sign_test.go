package notify_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"tieout/sync/notify"
)

// TestReferenceVector signs what the libraries of the Standard Webhooks
// project sign in their own tests.
func TestReferenceVector(t *testing.T) {
	t.Parallel()
	got, err := notify.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestSecrets(t *testing.T) {
	t.Parallel()
	made, err := notify.NewSecret(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil || !strings.HasPrefix(made, "whsec_") {
		t.Fatalf("made %q, %v", made, err)
	}
	if _, err := notify.Sign(made, "msg_1", time.Unix(0, 0), nil); err != nil {
		t.Errorf("a secret of our own: %v", err)
	}
	if _, err := notify.NewSecret(bytes.NewReader([]byte{1})); err == nil {
		t.Error("a secret was made of too little randomness")
	}
	for _, wrong := range []string{"", "whsec_", "whsec_****", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_" + strings.Repeat("AAAA", 30)} {
		if _, err := notify.Sign(wrong, "msg_1", time.Unix(0, 0), nil); !errors.Is(err, notify.ErrSecret) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for address, fine := range map[string]bool{
		"https://example.com/hook?x=1": true, "http://10.0.0.1:8080/": true, "http://[::1]/x": true,
		"": false, "example.com": false, "ftp://example.com": false, "https://": false, "https://u:p@example.com/": false,
		"https://example.com/#x": false, "file:///etc/passwd": false, "http://%zz": false, "https://:443/": false,
	} {
		if err := notify.CheckAddress(address); (err == nil) != fine || err != nil && !errors.Is(err, notify.ErrAddress) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if err := notify.CheckAddress("https://u:canary@example.com/"); strings.Contains(err.Error(), "canary") {
		t.Errorf("a password is shown: %v", err)
	}
}

// TestNotices have one id for one thing, and no full stop in it.
func TestNotices(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 20, 18, 0, 0, 5000, time.UTC)
	first, err := notify.New("main", notify.InvoicePaid, at, "c/1/7", map[string]int64{"total": 9007199254740993})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"type":"invoice.paid","timestamp":"2026-11-20T18:00:00.000005Z","data":{"total":9007199254740993}}`; string(first.Body) != want {
		t.Errorf("got %s, want %s", first.Body, want)
	}
	seen := map[string]bool{first.ID: true}
	for _, other := range []struct {
		tenant string
		t      notify.Type
		about  string
	}{{"other", notify.InvoicePaid, "c/1/7"}, {"main", notify.InvoiceChanged, "c/1/7"}, {"main", notify.InvoicePaid, "c/1/8"}} {
		n, err := notify.New(other.tenant, other.t, at, other.about, nil)
		if err != nil || seen[n.ID] {
			t.Errorf("%+v has the id %s, %v", other, n.ID, err)
		}
		seen[n.ID] = true
	}
	again, err := notify.New("main", notify.InvoicePaid, at.Add(time.Hour), "c/1/7", nil)
	if err != nil || again.ID != first.ID || strings.Contains(first.ID, ".") || !strings.HasPrefix(first.ID, "msg_") || len(first.ID) != 30 {
		t.Errorf("ids %s and %s, %v", first.ID, again.ID, err)
	}
}
