package stripe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"

	"tieout/connectors"
	"tieout/receivables"
)

var hookedAt = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// signedBy is a delivery as Stripe's own library signs it.
func signedBy(secret string, body string, at time.Time) connectors.Delivery {
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(body), Secret: secret, Timestamp: at})
	return connectors.Delivery{
		Header: http.Header{headerSignature: {signed.Header}}, Body: []byte(body), Secrets: []string{"whsec_new", "whsec_old"}, At: hookedAt,
	}
}

const chargeSucceeded = `{"id":"evt_1","object":"event","api_version":"2026-08-26.dahlia","created":1763661590,"livemode":false,
	"type":"charge.succeeded","data":{"object":{"id":"ch_1","object":"charge","amount":12345678901234567}}}`

func TestReadHook(t *testing.T) {
	t.Parallel()
	test := false
	at := time.Unix(1763661590, 0).UTC()
	for _, c := range []struct {
		name, body string
		want       connectors.Event
		err        error
	}{
		{
			"a charge, of whichever version",
			chargeSucceeded,
			connectors.Event{ID: "evt_1", Type: "charge.succeeded", Live: &test, At: at, Ref: receivables.Ref{Kind: receivables.KindCharge, ID: "ch_1"}},
			nil,
		},
		{
			"of a connected account",
			`{"id":"evt_2","object":"event","account":"acct_9","created":1763661590,"type":"payout.paid","data":{"object":{"id":"po_1","object":"payout"}}}`,
			connectors.Event{ID: "evt_2", ExternalID: "acct_9", Type: "payout.paid", At: at, Ref: receivables.Ref{Kind: receivables.KindPayout, ID: "po_1"}},
			nil,
		},
		{
			"a deleted invoice",
			`{"id":"evt_3","object":"event","created":1763661590,"type":"invoice.deleted","data":{"object":{"id":"in_1","object":"invoice"}}}`,
			connectors.Event{ID: "evt_3", Type: "invoice.deleted", At: at, Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: "in_1"}, Deleted: true},
			nil,
		},
		{
			"of an object that is not read",
			`{"id":"evt_4","object":"event","created":1763661590,"type":"payment_intent.created","data":{"object":{"id":"pi_1","object":"payment_intent"}}}`,
			connectors.Event{ID: "evt_4", Type: "payment_intent.created", At: at},
			nil,
		},
		{
			"of an object without an id",
			`{"id":"evt_5","object":"event","created":1763661590,"type":"balance.available","data":{"object":{"object":"balance"}}}`,
			connectors.Event{ID: "evt_5", Type: "balance.available", At: at},
			nil,
		},
		{
			"a thin one",
			`{"id":"evt_6","object":"v2.core.event","type":"v1.billing.meter.error_report_triggered","created":"2026-11-20T18:00:00.000Z","related_object":{"id":"mtr_1"}}`,
			connectors.Event{},
			connectors.ErrRefused,
		},
		{"no event", `{"id":"ch_1","object":"charge"}`, connectors.Event{}, connectors.ErrHook},
		{"an event without an id", `{"object":"event","type":"charge.succeeded"}`, connectors.Event{}, connectors.ErrHook},
		{"no JSON", `hello`, connectors.Event{}, connectors.ErrHook},
		{"nothing", ``, connectors.Event{}, connectors.ErrHook},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := New(Config{}).ReadHook(signedBy("whsec_old", c.body, hookedAt))
			if c.err != nil {
				if !errors.Is(err, c.err) || len(events) != 0 {
					t.Fatalf("got %v, %v, want %v", events, err, c.err)
				}
				return
			}
			if err != nil || len(events) != 1 {
				t.Fatalf("got %v, %v", events, err)
			}
			got := events[0]
			if (got.Live == nil) != (c.want.Live == nil) || got.Live != nil && *got.Live != *c.want.Live {
				t.Errorf("live %v", got.Live)
			}
			got.Live, c.want.Live = nil, nil
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// TestHookSignature accepts what Stripe's library signs, and refuses the rest.
func TestHookSignature(t *testing.T) {
	t.Parallel()
	good := func(d connectors.Delivery) connectors.Delivery { return d }
	header := func(text string) func(connectors.Delivery) connectors.Delivery {
		return func(d connectors.Delivery) connectors.Delivery {
			old := d.Header.Get(headerSignature)
			d.Header = http.Header{headerSignature: {strings.ReplaceAll(text, "GOOD", old)}}
			return d
		}
	}
	for _, c := range []struct {
		name   string
		secret string
		at     time.Time
		change func(connectors.Delivery) connectors.Delivery
		ok     bool
	}{
		{"the new secret", "whsec_new", hookedAt, good, true},
		{"the old secret", "whsec_old", hookedAt, good, true},
		{"another secret", "whsec_x", hookedAt, good, false},
		{"no secret is known", "whsec_new", hookedAt, func(d connectors.Delivery) connectors.Delivery { d.Secrets = nil; return d }, false},
		{"an empty secret", "", hookedAt, func(d connectors.Delivery) connectors.Delivery { d.Secrets = []string{""}; return d }, false},
		{"five minutes old", "whsec_new", hookedAt.Add(-5 * time.Minute), good, true},
		{"older", "whsec_new", hookedAt.Add(-5*time.Minute - time.Second), good, false},
		{"five minutes ahead", "whsec_new", hookedAt.Add(5 * time.Minute), good, true},
		{"further ahead", "whsec_new", hookedAt.Add(5*time.Minute + time.Second), good, false},
		{"two signatures", "whsec_new", hookedAt, header("GOOD,v1=00ff,v0=12"), true},
		{"spaces", "whsec_new", hookedAt, func(d connectors.Delivery) connectors.Delivery {
			d.Header.Set(headerSignature, strings.ReplaceAll(d.Header.Get(headerSignature), ",", ", "))
			return d
		}, true},
		{"no header", "whsec_new", hookedAt, header(""), false},
		{"no time", "whsec_new", hookedAt, header("v1=00ff"), false},
		{"the older scheme alone", "whsec_new", hookedAt, func(d connectors.Delivery) connectors.Delivery {
			d.Header.Set(headerSignature, strings.ReplaceAll(d.Header.Get(headerSignature), "v1=", "v0="))
			return d
		}, false},
		{"another body", "whsec_new", hookedAt, func(d connectors.Delivery) connectors.Delivery {
			d.Body = append([]byte(nil), d.Body...)
			d.Body[len(d.Body)-1] = ' '
			return d
		}, false},
		{"another time", "whsec_new", hookedAt, func(d connectors.Delivery) connectors.Delivery {
			d.Header.Set(headerSignature, strings.Replace(d.Header.Get(headerSignature), fmt.Sprintf("t=%d", hookedAt.Unix()), fmt.Sprintf("t=%d", hookedAt.Unix()+1), 1))
			return d
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := New(Config{}).ReadHook(c.change(signedBy(c.secret, chargeSucceeded, c.at)))
			if c.ok != (err == nil) || err != nil && !errors.Is(err, connectors.ErrForged) || c.ok != (len(events) == 1) {
				t.Errorf("got %v, %v", events, err)
			}
		})
	}
}

// TestRecordedEvents are read, whatever their version and object.
func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recordings(t), "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	read, named := 0, 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var head struct{ Object, ID, Type string }
		if json.Unmarshal(body, &head) != nil || head.Object != "event" || head.ID == "" {
			continue
		}
		events, err := New(Config{}).ReadHook(signedBy("whsec_new", string(body), hookedAt))
		if err != nil || len(events) != 1 || events[0].ID != head.ID || events[0].Type != head.Type {
			t.Errorf("%s: %v, %v", filepath.Base(file), events, err)
			continue
		}
		read++
		if events[0].Ref.ID != "" {
			named++
		}
	}
	if read < 40 || named < 15 {
		t.Errorf("%d events read, %d of objects that we pull", read, named)
	}
}

func FuzzReadHook(f *testing.F) {
	f.Add(chargeSucceeded)
	f.Add(`{"object":"v2.core.event"}`)
	f.Add(`{"id":"evt","object":"event","type":"x","created":1e400,"data":{"object":[]}}`)
	f.Fuzz(func(t *testing.T, body string) {
		events, err := New(Config{}).ReadHook(signedBy("whsec_new", body, hookedAt))
		if errors.Is(err, connectors.ErrForged) || err == nil && (len(events) != 1 || events[0].ID == "") {
			t.Errorf("got %v, %v", events, err)
		}
	})
}
