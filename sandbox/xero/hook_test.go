package xero_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/sandbox/xero"
)

const hookKey = "webhook-key"

// hooked is a rig whose webhook is received; status is what it answers.
type hooked struct {
	*rig
	receiver *httptest.Server
	mu       sync.Mutex
	status   int
	posts    []hookPost
	last     []byte
	firstSeq []int64
	entropy  []string
}

type hookPost struct {
	Category string            `json:"eventCategory"`
	Type     string            `json:"eventType"`
	ID       string            `json:"resourceId"`
	Tenant   string            `json:"tenantId"`
	URL      string            `json:"resourceUrl"`
	At       string            `json:"eventDateUtc"`
	Data     map[string]string `json:"data"`
}

func (p hookPost) String() string { return p.Category + " " + p.Type + " " + p.ID }

func newHooked(t *testing.T, orgs ...xero.OrganisationOptions) *hooked {
	t.Helper()
	h := &hooked{status: 200}
	h.receiver = httptest.NewServer(http.HandlerFunc(h.receive))
	t.Cleanup(h.receiver.Close)
	h.rig = newRig(t, func(o *xero.Options) { o.Webhook = xero.Webhook{URL: h.receiver.URL, Key: hookKey} }, orgs...)
	h.token = h.consent(allScopes, func() (ids []string) {
		for _, o := range h.srv.Organisations() {
			ids = append(ids, o.ID())
		}
		return ids
	}()...)["access_token"].(string)
	return h
}

func (h *hooked) receive(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(r.Body)
	h.mu.Lock()
	defer h.mu.Unlock()
	mac := hmac.New(sha256.New, []byte(hookKey))
	mac.Write(raw)
	if err != nil || base64.StdEncoding.EncodeToString(mac.Sum(nil)) != r.Header.Get("x-xero-signature") {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body struct {
		Events  []hookPost `json:"events"`
		First   int64      `json:"firstEventSequence"`
		Last    int64      `json:"lastEventSequence"`
		Entropy string     `json:"entropy"`
	}
	if json.Unmarshal(raw, &body) != nil || h.status != 200 {
		w.WriteHeader(max(h.status, 400))
		return
	}
	h.last = raw
	h.entropy = append(h.entropy, body.Entropy)
	if len(body.Events) > 0 {
		h.firstSeq = append(h.firstSeq, body.First, body.Last)
	}
	h.posts = append(h.posts, body.Events...)
}

func (h *hooked) answer(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

// take delivers what is due and returns what has arrived since.
func (h *hooked) take() []hookPost {
	h.t.Helper()
	h.srv.Deliveries().Deliver(context.Background())
	h.mu.Lock()
	defer h.mu.Unlock()
	out := h.posts
	h.posts = nil
	return out
}

func TestPoint32Webhooks(t *testing.T) {
	t.Parallel()
	h := newHooked(t, xero.OrganisationOptions{Name: "One"}, xero.OrganisationOptions{Name: "Two"})
	h.clock.Advance(123 * time.Millisecond)
	inv := h.sale()
	got := h.take()
	if len(got) != 2 || got[0].Category != "CONTACT" || got[0].Type != "CREATE" || got[1].String() != "INVOICE CREATE "+id(inv, "InvoiceID") {
		t.Fatalf("events %v", got)
	}
	if got[1].At != "2026-05-20T09:00:00.123" || got[1].Tenant != h.org.ID() || got[1].Data != nil || got[1].URL != h.url+"/api.xro/2.0/Invoices/"+id(inv, "InvoiceID") {
		t.Errorf("event %+v", got[1])
	}
	if !slices.Equal(h.firstSeq, []int64{1, 2}) || len(h.entropy[0]) != 20 || !strings.Contains(string(h.last), `"tenantType":"ORGANISATION"`) {
		t.Errorf("sequences %v, entropy %v, %s", h.firstSeq, h.entropy, h.last)
	}
	note := h.put("CreditNotes", `{"Type":"ACCRECCREDIT","Contact":{"Name":"Ann"},`+approved+`}`)
	got = h.take()
	if len(got) != 1 || got[0].String() != "CREDITNOTE CREATE "+id(note, "CreditNoteID") || got[0].Data["Type"] != "ACCRECCREDIT" || got[0].Data["Status"] != "AUTHORISED" {
		t.Errorf("credit note %+v", got)
	}
	h.call("PUT", "Contacts", `{"Name":"Bo"}`, "xero-tenant-id", h.srv.Organisations()[1].ID()).ok()
	h.put("BankTransactions", `{"Type":"RECEIVE-PREPAYMENT","Contact":{"Name":"Ann"},"BankAccount":{"Code":"090"},"LineItems":[{"Description":"x","UnitAmount":5,"AccountCode":"200"}]}`)
	got = h.take()
	if len(got) != 2 || got[0].Tenant == got[1].Tenant || got[1].Category != "PREPAYMENT" || got[1].Data["UpdatedDateUTCString"] != "2026-05-20T09:00:00Z" {
		t.Errorf("two tenants in one post: %+v", got)
	}
	h.call("PUT", "Invoices", `{"Invoices":[{"Type":"ACCREC","Contact":{"Name":"New"},`+approved+`},{"Type":"ACCREC"}]}`)
	if got := h.take(); len(got) != 0 {
		t.Errorf("a refused write told %v", got)
	}
	for _, o := range h.srv.Organisations() {
		o.Disconnect()
	}
	if _, err := h.org.Create("Contacts", []byte(`{"Name":"Cy"}`)); err != nil || len(h.take()) != 0 {
		t.Errorf("a disconnected organisation told: %v", err)
	}
}

func TestPoint32IntentToReceive(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	in, err := h.srv.IntentToReceive(context.Background())
	if err != nil || !in.Validated || len(in.Probes) != 4 {
		t.Fatalf("%+v %v", in, err)
	}
	if string(h.last) != `{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "`+h.entropy[len(h.entropy)-1]+`"}` || len(h.last) != 95 {
		t.Errorf("body %d %s", len(h.last), h.last)
	}
	for name, wrong := range map[string]http.HandlerFunc{
		"accepts all":  func(http.ResponseWriter, *http.Request) {},
		"refuses all":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) },
		"writes body":  func(w http.ResponseWriter, r *http.Request) { h.receive(w, r); _, _ = io.WriteString(w, "ok") },
		"sets cookies": func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Set-Cookie", "a=b"); h.receive(w, r) },
	} {
		srv := httptest.NewServer(wrong)
		h.srv.SetWebhook(xero.Webhook{URL: srv.URL, Key: hookKey})
		if in, err := h.srv.IntentToReceive(context.Background()); err != nil || in.Validated || h.srv.WebhookEnabled() {
			t.Errorf("%s: %+v %v", name, in, err)
		}
		srv.Close()
	}
	h.srv.SetWebhook(xero.Webhook{})
	if _, err := h.srv.IntentToReceive(context.Background()); err == nil {
		t.Error("validated without a URL")
	}
}

func TestWebhookRetriesDisablesAndReplays(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	h.answer(500)
	h.put("Contacts", `{"Name":"Ann"}`)
	if n := h.srv.Deliveries().Deliver(context.Background()); n != 2 {
		t.Errorf("%d attempts at first, want one and one again at once", n)
	}
	h.clock.Advance(15 * time.Minute)
	if n := h.srv.Deliveries().Deliver(context.Background()); n != 1 || !h.srv.WebhookEnabled() {
		t.Errorf("%d attempts after 15 minutes", n)
	}
	h.clock.Advance(24 * time.Hour)
	h.take()
	if h.srv.WebhookEnabled() {
		t.Error("still enabled after a day of failures")
	}
	h.connect()
	h.put("Contacts", `{"Name":"Bo"}`)
	if got := h.take(); len(got) != 0 {
		t.Errorf("delivered while disabled: %v", got)
	}
	h.answer(200)
	if in, err := h.srv.IntentToReceive(context.Background()); err != nil || !in.Validated {
		t.Fatalf("%+v %v", in, err)
	}
	if got := h.take(); len(got) != 2 || got[0].Category != "CONTACT" || got[0].At >= got[1].At {
		t.Errorf("replayed %v", got)
	}
}

func TestContactEvents(t *testing.T) {
	t.Parallel()
	h := newHooked(t)
	a, b := h.put("Contacts", `{"Name":"Ann"}`), h.put("Contacts", `{"Name":"Anna"}`)
	inv := h.invoice("Anna", "10", "2026-05-01")
	h.take()
	if err := h.org.MergeContacts(id(b, "ContactID"), id(a, "ContactID")); err != nil {
		t.Fatal(err)
	}
	if got := h.take(); len(got) != 1 || got[0].String() != "CONTACT UPDATE "+id(b, "ContactID") {
		t.Errorf("merge: %v", got)
	}
	want(t, h.get("Contacts/"+id(b, "ContactID")).ok().first("Contacts"), "ContactStatus", "ARCHIVED", "MergedToContactID", a["ContactID"])
	want(t, h.get("Invoices/" + id(inv, "InvoiceID")).ok().first("Invoices")["Contact"].(map[string]any), "ContactID", a["ContactID"])
	for query, named := range map[string]bool{"Contacts?includeArchived=true": false, "Contacts?includeArchived=true&page=1": true} {
		for _, row := range h.get(query).ok().rows("Contacts") {
			if _, ok := row["MergedToContactID"]; row["ContactID"] == b["ContactID"] && ok != named {
				t.Errorf("%s names the survivor: %v", query, ok)
			}
		}
	}
	if n := len(h.get("Contacts").ok().rows("Contacts")); n != 1 {
		t.Errorf("%d active contacts", n)
	}
}
