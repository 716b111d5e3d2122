package quickbooks_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

const verifier = "3c0f1a7e-verifier"

func sign(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// delivered is a delivery as Intuit signs it.
func delivered(body string) connectors.Delivery {
	return connectors.Delivery{
		Header:  http.Header{"Intuit-Signature": {sign(verifier, []byte(body))}},
		Body:    []byte(body),
		Secrets: []string{verifier},
	}
}

func readHook(t *testing.T, d connectors.Delivery) []connectors.Event {
	t.Helper()
	events, err := quickbooks.New(quickbooks.Config{}).ReadHook(d)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestHookForms(t *testing.T) {
	t.Parallel()
	invoice := receivables.Ref{Kind: receivables.KindInvoice, ID: "12"}
	for name, c := range map[string]struct {
		body string
		want []connectors.Event
	}{
		"a list for two companies": {
			`[{"specversion":"1.0","id":"e1","source":"intuit.x","type":"qbo.invoice.updated.v1","time":"2026-08-01T10:00:00.123456789Z","intuitentityid":"12","intuitaccountid":"310","data":{}},
			  {"specversion":"1.0","id":"e2","type":"qbo.payment.void.v1","time":"2026-08-01T10:00:01Z","intuitentityid":"13","intuitaccountid":"311"}]`,
			[]connectors.Event{
				{ID: "e1", ExternalID: "310", Type: "qbo.invoice.updated.v1", Ref: invoice, At: at(t, "2026-08-01T10:00:00.123456789Z")},
				{ID: "e2", ExternalID: "311", Type: "qbo.payment.void.v1", Ref: receivables.Ref{Kind: receivables.KindReceipt, ID: "13"}, At: at(t, "2026-08-01T10:00:01Z")},
			},
		},
		"a merger": {
			`[{"id":"e3","type":"qbo.customer.merged.v1","time":"2026-08-01T10:00:00Z","intuitentityid":"123","intuitaccountid":"310","data":{"deletedid":"27"}}]`,
			[]connectors.Event{
				{ID: "e3", ExternalID: "310", Type: "qbo.customer.merged.v1", Ref: receivables.Ref{Kind: receivables.KindCustomer, ID: "123"}, At: at(t, "2026-08-01T10:00:00Z")},
				{ID: "e3:merged", ExternalID: "310", Type: "qbo.customer.merged.v1", Ref: receivables.Ref{Kind: receivables.KindCustomer, ID: "27"}, At: at(t, "2026-08-01T10:00:00Z"), Deleted: true},
			},
		},
		"a deletion, an entity nobody knows, a type without parts": {
			`[{"id":"e4","type":"qbo.journalentry.deleted.v1","intuitentityid":7,"intuitaccountid":310},{"id":"e5","type":"qbo.class.created.v1","intuitentityid":"1","intuitaccountid":"310"},{"id":"e6","type":"ping"}]`,
			[]connectors.Event{
				{ID: "e4", ExternalID: "310", Type: "qbo.journalentry.deleted.v1", Ref: receivables.Ref{Kind: receivables.KindDocument, ID: "JournalEntry:7"}, Deleted: true},
				{ID: "e5", ExternalID: "310", Type: "qbo.class.created.v1"},
				{ID: "e6", Type: "ping"},
			},
		},
		"one event outside of a list": {
			"\xef\xbb\xbf \n{\"specversion\":\"1.0\",\"id\":\"e7\",\"type\":\"qbo.invoice.voided.v1\",\"intuitentityid\":\"12\",\"intuitaccountid\":\"310\"}",
			[]connectors.Event{{ID: "e7", ExternalID: "310", Type: "qbo.invoice.voided.v1", Ref: invoice}},
		},
		"nothing":                     {`[]`, nil},
		"the older form with nothing": {`{"eventNotifications":[]}`, nil},
	} {
		if got := readHook(t, delivered(c.body)); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestHookOlderForm(t *testing.T) {
	t.Parallel()
	body := `{"eventNotifications":[{"realmId":"310","dataChangeEvent":{"entities":[
		{"name":"Purchase","id":"9","operation":"Delete","lastUpdated":"2025-09-08T20:52:31.657Z"},
		{"name":"Invoice","id":"9","operation":"Void","lastUpdated":"2025-09-08T20:52:31Z"},
		{"name":"Customer","id":"4","operation":"Merge","lastUpdated":"2025-09-08T20:52:31Z","deletedId":"5"}]}},
		{"realmId":"311","dataChangeEvent":{"entities":[{"name":"Invoice","id":"9","operation":"Void","lastUpdated":"2025-09-08T20:52:31Z"}]}}]}`
	got := readHook(t, delivered(body))
	want := []struct {
		realm, kind string
		ref         receivables.Ref
		deleted     bool
	}{
		{"310", "Purchase.Delete", receivables.Ref{Kind: receivables.KindDocument, ID: "Purchase:9"}, true},
		{"310", "Invoice.Void", receivables.Ref{Kind: receivables.KindInvoice, ID: "9"}, false},
		{"310", "Customer.Merge", receivables.Ref{Kind: receivables.KindCustomer, ID: "4"}, false},
		{"310", "Customer.Merge", receivables.Ref{Kind: receivables.KindCustomer, ID: "5"}, true},
		{"311", "Invoice.Void", receivables.Ref{Kind: receivables.KindInvoice, ID: "9"}, false},
	}
	if len(got) != len(want) {
		t.Fatalf("%d events: %+v", len(got), got)
	}
	ids := map[string]bool{}
	for i, w := range want {
		e := got[i]
		if e.ExternalID != w.realm || e.Type != w.kind || e.Ref != w.ref || e.Deleted != w.deleted || e.At.IsZero() {
			t.Errorf("event %d: %+v, want %+v", i, e, w)
		}
		ids[e.ID] = true
	}
	if len(ids) != len(want) || ids[""] {
		t.Errorf("the ids are not one for each: %v", ids)
	}
	if again := readHook(t, delivered(body)); !reflect.DeepEqual(got, again) {
		t.Error("a repeated delivery has other ids")
	}
}

func TestHookRefuses(t *testing.T) {
	t.Parallel()
	const body = `[]`
	with := func(f func(*connectors.Delivery)) connectors.Delivery {
		d := delivered(body)
		f(&d)
		return d
	}
	raw := sha256.Sum256([]byte("x"))
	for name, c := range map[string]struct {
		d    connectors.Delivery
		want error
	}{
		"no signature":   {with(func(d *connectors.Delivery) { d.Header = nil }), connectors.ErrForged},
		"another secret": {with(func(d *connectors.Delivery) { d.Secrets = []string{"other"} }), connectors.ErrForged},
		"no secret":      {with(func(d *connectors.Delivery) { d.Secrets = nil }), connectors.ErrForged},
		"an empty secret": {with(func(d *connectors.Delivery) {
			d.Secrets = []string{""}
			d.Header.Set("intuit-signature", sign("", d.Body))
		}), connectors.ErrForged},
		"a changed body":      {with(func(d *connectors.Delivery) { d.Body = []byte(`[] `) }), connectors.ErrForged},
		"hex for base64":      {with(func(d *connectors.Delivery) { d.Header.Set("intuit-signature", hex.EncodeToString(raw[:])) }), connectors.ErrForged},
		"a short signature":   {with(func(d *connectors.Delivery) { d.Header.Set("intuit-signature", "AAAA") }), connectors.ErrForged},
		"no body":             {delivered(""), connectors.ErrHook},
		"no JSON":             {delivered("hello"), connectors.ErrHook},
		"another object":      {delivered(`{"hello":1}`), connectors.ErrHook},
		"a list of texts":     {delivered(`["hello"]`), connectors.ErrHook},
		"a list cut off":      {delivered(`[{"id":"1"}`), connectors.ErrHook},
		"an id of two values": {delivered(`[{"intuitentityid":["1"]}]`), connectors.ErrHook},
	} {
		events, err := quickbooks.New(quickbooks.Config{}).ReadHook(c.d)
		if !errors.Is(err, c.want) || events != nil {
			t.Errorf("%s: %v, %v; want %v", name, events, err, c.want)
		}
	}
	while := delivered(body)
	while.Secrets = []string{"new", verifier}
	readHook(t, while)
	lower := delivered(body)
	lower.Header = http.Header{"intuit-signature": lower.Header["Intuit-Signature"]}
	readHook(t, lower)
}

// TestRecordedHooks reads every recorded delivery; each says something.
func TestRecordedHooks(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(recorded(t, "webhooks"), "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no deliveries: %v", err)
	}
	read := 0
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(file, "headers") { // its body was not to be had
			continue
		}
		events := readHook(t, delivered(string(body)))
		read += len(events)
		for _, e := range events {
			if e.ID == "" || e.ExternalID == "" || e.Type == "" || e.At.IsZero() || e.Deleted {
				t.Errorf("%s: %+v", filepath.Base(file), e)
			}
			if known := strings.Contains(e.Type, "Customer"); known != (e.Ref != receivables.Ref{}) {
				t.Errorf("%s: %s is about %v", filepath.Base(file), e.Type, e.Ref)
			}
		}
	}
	if read < 3 {
		t.Errorf("%d events in all recordings", read)
	}
}

// FuzzReadHook: no signed body, whatever it says, may break the reader.
func FuzzReadHook(f *testing.F) {
	f.Add(`[{"id":1,"type":"qbo.invoice.created.v1","data":{"deletedid":1}}]`)
	f.Add(`{"eventNotifications":[{"realmId":1,"dataChangeEvent":{"entities":[{"name":"Invoice"}]}}]}`)
	f.Fuzz(func(t *testing.T, body string) {
		events, err := quickbooks.New(quickbooks.Config{}).ReadHook(delivered(body))
		if err != nil && !errors.Is(err, connectors.ErrHook) || err != nil && events != nil {
			t.Errorf("%v, %v", events, err)
		}
	})
}

// TestSandboxHooksAreRead lets the stand-in tell what a bookkeeper's changes
// lead to, over HTTP.
func TestSandboxHooksAreRead(t *testing.T) {
	t.Parallel()
	got := make(chan connectors.Delivery, 10)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- connectors.Delivery{Header: r.Header.Clone(), Body: body, Secrets: []string{verifier}}
	}))
	t.Cleanup(endpoint.Close)
	b := newBench(t, sandbox.CompanyOptions{}).open()
	b.server.SetWebhook(sandbox.Webhook{URL: endpoint.URL, Verifier: verifier})
	customer := b.make("Customer", `{"DisplayName":"Hooked"}`)
	payment := b.make("Payment", `{"CustomerRef":{"value":%q},"TotalAmt":5}`, customer)
	if _, err := b.company.Delete("Payment", payment); err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(2 * time.Second)
	b.server.Deliveries().Deliver(context.Background())
	var said []string
	for len(got) > 0 {
		for _, e := range readHook(t, <-got) {
			said = append(said, fmt.Sprintf("%s %s %s %v", e.Type, e.Ref.Kind, e.Ref.ID, e.Deleted))
			if e.ExternalID != b.company.RealmID() || e.At.IsZero() {
				t.Errorf("%+v", e)
			}
		}
	}
	want := []string{
		"qbo.customer.created.v1 customer " + customer + " false",
		"qbo.payment.created.v1 receipt " + payment + " false",
		"qbo.payment.deleted.v1 receipt " + payment + " true",
	}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}
