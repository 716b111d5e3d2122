package xero

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

func sign(body []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func delivered(body, signature string, secrets ...string) connectors.Delivery {
	return connectors.Delivery{Header: http.Header{"X-Xero-Signature": {signature}}, Body: []byte(body), Secrets: secrets, At: start()}
}

// spoilt changes the letter that carries two bits which decoding ignores.
func spoilt(signature string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	at := len(signature) - 2
	i := strings.IndexByte(letters, signature[at])
	return signature[:at] + string(letters[i^1]) + signature[at+1:]
}

func TestHookSignatures(t *testing.T) {
	t.Parallel()
	const body = `{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "ABC"}`
	good := sign([]byte(body), "key")
	for name, c := range map[string]struct {
		d    connectors.Delivery
		want error
	}{
		"right":                  {delivered(body, good, "key"), nil},
		"right by the second":    {delivered(body, good, "old", "key"), nil},
		"one letter is wrong":    {delivered(body, spoilt(good), "key"), connectors.ErrForged},
		"other key":              {delivered(body, good, "old"), connectors.ErrForged},
		"no key":                 {delivered(body, sign([]byte(body), ""), ""), connectors.ErrForged},
		"no keys":                {delivered(body, good), connectors.ErrForged},
		"no signature":           {connectors.Delivery{Body: []byte(body), Secrets: []string{"key"}}, connectors.ErrForged},
		"spaces in the body":     {delivered(strings.ReplaceAll(body, ": ", ":"), good, "key"), connectors.ErrForged},
		"in hexadecimal":         {delivered(body, "00ff", "key"), connectors.ErrForged},
		"signed, not JSON":       {delivered("hello", sign([]byte("hello"), "key"), "key"), connectors.ErrHook},
		"signed, without events": {delivered(`{"entropy":"A"}`, sign([]byte(`{"entropy":"A"}`), "key"), "key"), connectors.ErrHook},
	} {
		events, err := New(Config{}).ReadHook(c.d)
		if !errors.Is(err, c.want) || len(events) != 0 {
			t.Errorf("%s: %v, %d events, want %v", name, err, len(events), c.want)
		}
	}
}

func TestHookEvents(t *testing.T) {
	t.Parallel()
	const tenant, id = "c2cc9b6e-9458-4c7d-93cc-f02b81b0594f", "717f2bfc-c6d4-41fd-b238-3f2f0c0cf777"
	for name, c := range map[string]struct {
		category, id, data string
		want               receivables.Kind
	}{
		"invoice, or bill":       {"INVOICE", id, "", receivables.KindInvoice},
		"contact":                {"CONTACT", id, "", receivables.KindCustomer},
		"credit note":            {"CREDITNOTE", id, `,"data":{"Type":"ACCRECCREDIT","Status":"DRAFT"}`, receivables.KindCredit},
		"supplier's credit note": {"CREDITNOTE", id, `,"data":{"Type":"ACCPAYCREDIT","Status":"DRAFT"}`, ""},
		"overpayment":            {"OVERPAYMENT", id, `,"data":{"Type":"AROVERPAYMENT"}`, receivables.KindCredit},
		"paid to a supplier":     {"PREPAYMENT", id, `,"data":{"Type":"SPEND-PREPAYMENT"}`, ""},
		"payment":                {"PAYMENT", id, `,"data":{"PaymentType":"ACCRECPAYMENT"}`, receivables.KindReceipt},
		"the app's subscription": {"SUBSCRIPTION", id, "", ""},
		"a category to come":     {"QUOTE", id, `,"data":null`, ""},
		"without an id":          {"INVOICE", "", "", ""},
	} {
		body := `{"events":[{"resourceUrl":"https://elsewhere.example.com/","resourceId":"` + c.id + `","eventDateUtc":"2026-05-04T09:15:39.902","eventType":"UPDATE",
			"eventCategory":"` + c.category + `","tenantId":"` + tenant + `","tenantType":"ORGANISATION"` + c.data + `}],"firstEventSequence":1,"lastEventSequence":1,"entropy":"E"}`
		read := func(body string) connectors.Event {
			events, err := New(Config{}).ReadHook(delivered(body, sign([]byte(body), "key"), "key"))
			if err != nil || len(events) != 1 {
				t.Fatalf("%s: %d events, %v", name, len(events), err)
			}
			return events[0]
		}
		e := read(body)
		want := receivables.Ref{Kind: c.want, ID: c.id}
		if c.want == "" {
			want = receivables.Ref{}
		}
		if e.Ref != want || e.ExternalID != tenant || e.Type != c.category+".UPDATE" || e.Deleted ||
			!e.At.Equal(time.Date(2026, 5, 4, 9, 15, 39, 902e6, time.UTC)) {
			t.Errorf("%s: %+v", name, e)
		}
		if again := read(strings.Replace(body, `"entropy":"E"`, `"entropy":"F"`, 1)); again.ID != e.ID {
			t.Errorf("%s: delivered again it is %q, before %q", name, again.ID, e.ID)
		}
		if other := read(strings.Replace(body, "39.902", "39.903", 1)); other.ID == e.ID {
			t.Errorf("%s: another change has the same id", name)
		}
	}
}

// TestRecordedHooks reads every webhook body that is held, signed by us: the
// recorded signatures are masked.
func TestRecordedHooks(t *testing.T) {
	t.Parallel()
	root := filepath.Dir(data(t, "SOURCES.md"))
	var files []string
	for _, pattern := range []string{"webhooks/*.json", "recorded-more/webhooks/*.json"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 4 {
		t.Fatalf("only %d bodies are held", len(files))
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var har struct {
			Request struct {
				PostData struct{ Text string }
			}
			Events []struct{ ResourceID, TenantID, EventCategory string }
		}
		if err := json.Unmarshal(body, &har); err != nil {
			t.Fatal(err)
		}
		if har.Request.PostData.Text != "" {
			body = []byte(har.Request.PostData.Text)
		}
		events, err := New(Config{}).ReadHook(delivered(string(body), sign(body, "key"), "key"))
		if err != nil || len(events) != len(har.Events) {
			t.Errorf("%s: %d events, %v", filepath.Base(file), len(events), err)
			continue
		}
		for i, e := range events {
			if e.Ref.ID != har.Events[i].ResourceID || e.ExternalID != har.Events[i].TenantID || e.At.IsZero() || e.ID == "" {
				t.Errorf("%s: %+v", filepath.Base(file), e)
			}
		}
	}
}

// TestPaymentComesWithItsInvoice: a payment has no event of its own.
func TestPaymentComesWithItsInvoice(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	one, two := r.invoice(t, "INV-1", "USD", "120.00"), r.invoice(t, "INV-2", "USD", "80.50")
	for _, id := range []string{one, two} {
		r.create(t, "Payments", `{"Invoice":{"InvoiceID":"`+id+`"},"Account":{"Code":"090"},"Date":"2026-05-01","Amount":20}`)
	}
	event := func(id, kind string) connectors.Event {
		return connectors.Event{Type: kind, Ref: receivables.Ref{Kind: receivables.KindInvoice, ID: id}}
	}
	r.calls.reset()
	drafts, err := r.session.FetchNamed(t.Context(), []connectors.Event{
		event(one, "INVOICE.UPDATE"), event(one, "INVOICE.UPDATE"), event(two, "INVOICE.CREATE"), {Type: "QUOTE.UPDATE"},
	})
	if err != nil || r.calls.count() != 2 {
		t.Fatalf("%d calls, %v", r.calls.count(), err)
	}
	var got []string
	for _, d := range drafts {
		record := mapping.Accept(d)
		if record.Rejection != nil {
			t.Error(record.Rejection.Text)
		}
		if receipt, ok := record.Entity.(receivables.Receipt); ok {
			got = append(got, "receipt of "+receipt.Allocations[0].Target.ID)
		} else {
			got = append(got, record.Ref.ID)
		}
	}
	slices.Sort(got)
	want := []string{one, two, "receipt of " + one}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("read %q, want %q", got, want)
	}
}

// TestHookOfTheStandIn lets the stand-in test the address, then change an
// invoice, and reads what the event names.
func TestHookOfTheStandIn(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	var events []connectors.Event
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			t.Error(err)
		}
		got, err := r.vendor.ReadHook(connectors.Delivery{Header: request.Header, Body: body, Secrets: []string{"key"}})
		if err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		events = append(events, got...)
	}))
	t.Cleanup(receiver.Close)
	r.sandbox.SetWebhook(sandbox.Webhook{URL: receiver.URL, Key: "key"})
	intent, err := r.sandbox.IntentToReceive(t.Context())
	if err != nil || !intent.Validated || len(events) != 0 {
		t.Fatalf("%+v, %v, %d events", intent, err, len(events))
	}
	id := r.invoice(t, "INV-1", "USD", "120.00")
	r.clock.Advance(time.Minute)
	r.sandbox.Deliveries().Deliver(t.Context())
	var about []connectors.Event
	for _, e := range events {
		if e.Ref.Kind == receivables.KindInvoice {
			about = append(about, e)
		}
	}
	if len(about) != 1 || about[0].Ref.ID != id || about[0].ExternalID != r.company.ExternalID || about[0].Type != "INVOICE.CREATE" {
		t.Fatalf("events %+v", events)
	}
	drafts, err := r.session.Fetch(t.Context(), []receivables.Ref{about[0].Ref})
	if err != nil || len(drafts) != 1 || drafts[0].Invoice.Total != "120.00" {
		t.Errorf("%+v, %v", drafts, err)
	}
}
