package quickbooks

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// inbox is an endpoint that keeps what it gets and answers as told.
type inbox struct {
	mu     sync.Mutex
	status int
	got    []delivered
}

type delivered struct {
	header http.Header
	body   []byte
}

func newHookRig(t *testing.T) (*rig, *inbox) {
	t.Helper()
	in := &inbox{status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.got = append(in.got, delivered{r.Header.Clone(), body})
		w.WriteHeader(in.status)
	}))
	t.Cleanup(server.Close)
	r := newRig(t, CompanyOptions{})
	r.server.SetWebhook(Webhook{URL: server.URL, Verifier: "verifier"})
	return r, in
}

func (in *inbox) answer(status int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.status = status
}

// take lets the window pass and gives what was delivered.
func (in *inbox) take(t *testing.T, r *rig) []delivered {
	t.Helper()
	r.clock.Advance(eventWindow)
	r.server.Deliveries().Deliver(context.Background())
	in.mu.Lock()
	defer in.mu.Unlock()
	out := in.got
	in.got = nil
	return out
}

// events of posts, as "type id", in order.
func eventsOf(t *testing.T, posts []delivered) (out []string, realms []string) {
	t.Helper()
	for _, p := range posts {
		var list []wireEvent
		if err := json.Unmarshal(p.body, &list); err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			out = append(out, strings.TrimSuffix(strings.TrimPrefix(e.Type, "qbo."), ".v1")+" "+e.EntityID)
			if !slices.Contains(realms, e.AccountID) {
				realms = append(realms, e.AccountID)
			}
		}
	}
	return out, realms
}

func TestEventsOfALife(t *testing.T) {
	t.Parallel()
	r, in := newHookRig(t)
	cust := r.customer("Ada")
	inv := r.post("Invoice", `{"BillEmail":{"Address":"a@example.com"},"CustomerRef":{"value":"`+cust+`"},`+saleLine+`}`).at("Id")
	in.take(t, r)
	for _, c := range []struct {
		do   func()
		want string
	}{
		{func() { r.pay(cust, "40", inv, "40") }, "payment.created 2, invoice.updated 1"},
		{func() { r.send("Invoice", inv, "") }, "invoice.emailed 1"},
		{func() { r.post("Payment?operation=update&include=void", `{"Id":"2","SyncToken":"0","sparse":true}`) }, "invoice.updated 1, payment.void 2"},
		{func() { r.post("Invoice?operation=void", `{"Id":"1","SyncToken":"2"}`) }, "invoice.void 1"},
		{func() { r.do("POST", "/payment?operation=delete", `{"Id":"2","SyncToken":"1"}`) }, "payment.deleted 2"},
		{func() { r.post("Customer", `{"Id":"1","SyncToken":"0","sparse":true,"Notes":"x"}`) }, "customer.updated 1"},
		{func() { r.refuse("6240", "/customer", `{"DisplayName":"Ada"}`) }, ""},
	} {
		c.do()
		got, _ := eventsOf(t, in.take(t, r))
		if strings.Join(got, ", ") != c.want {
			t.Errorf("got %v, want %s", got, c.want)
		}
	}
}

// TestEventsOfSeveralCompanies: one post may carry several realms, and tells
// only of companies that authorised the app.
func TestEventsOfSeveralCompanies(t *testing.T) {
	t.Parallel()
	r, in := newHookRig(t)
	second, err := r.server.AddCompany(CompanyOptions{Name: "Second"})
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := r.server.AddCompany(CompanyOptions{Name: "Stranger"})
	if err != nil {
		t.Fatal(err)
	}
	first := r.co
	r.co = second
	r.connect()
	r.co = first
	for _, c := range []*Company{first, second, stranger} {
		if _, err := c.Create("Customer", []byte(`{"DisplayName":"Ada"}`)); err != nil {
			t.Fatal(err)
		}
	}
	posts := in.take(t, r)
	got, realms := eventsOf(t, posts)
	if len(posts) != 1 || len(got) != 2 || len(realms) != 2 || slices.Contains(realms, stranger.RealmID()) {
		t.Errorf("%d posts, %v of %v", len(posts), got, realms)
	}
	for range 105 {
		r.post("Term", `{"Name":"T`+r.co.takeID("test")+`","DueDays":1}`)
	}
	var sizes []int
	for _, p := range in.take(t, r) {
		list, _ := eventsOf(t, []delivered{p})
		sizes = append(sizes, len(list))
	}
	if !slices.Equal(sizes, []int{100, 5}) {
		t.Errorf("posts of %v events", sizes)
	}
}

// TestRetriesAndDisabling follows the documented waits on the clock.
func TestRetriesAndDisabling(t *testing.T) {
	t.Parallel()
	r, in := newHookRig(t)
	in.answer(http.StatusInternalServerError)
	r.customer("Ada")
	first := in.take(t, r)
	if len(first) != 1 {
		t.Fatalf("%d posts", len(first))
	}
	for i, wait := range []time.Duration{10 * time.Second, 20 * time.Second, 30 * time.Second, 5 * time.Minute, 20 * time.Minute, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 6 * time.Hour} {
		r.clock.Advance(wait - 2*time.Second)
		if early := in.take(t, r); len(early) != 0 {
			t.Fatalf("retry %d came before %s", i+1, wait)
		}
		again := in.take(t, r)
		if len(again) != 1 || string(again[0].body) != string(first[0].body) {
			t.Fatalf("retry %d after %s: %d posts", i+1, wait, len(again))
		}
	}
	r.clock.Advance(8 * 24 * time.Hour)
	in.take(t, r)
	if !r.server.WebhookDisabled() {
		t.Error("an endpoint that failed for a week is served on")
	}
	if _, err := r.co.Create("Customer", []byte(`{"DisplayName":"Bob"}`)); err != nil {
		t.Fatal(err)
	}
	if got := in.take(t, r); len(got) != 0 {
		t.Errorf("%d posts to a disabled endpoint", len(got))
	}
}

// TestHeldBack: later events wait until the first is acknowledged.
func TestHeldBack(t *testing.T) {
	t.Parallel()
	r, in := newHookRig(t)
	in.answer(http.StatusServiceUnavailable)
	r.customer("Ada")
	in.take(t, r)
	r.customer("Bob")
	if got := in.take(t, r); len(got) != 0 {
		t.Errorf("%d posts while the first is not acknowledged", len(got))
	}
	in.answer(http.StatusOK)
	r.clock.Advance(10 * time.Second)
	got, _ := eventsOf(t, in.take(t, r))
	slices.Sort(got)
	if strings.Join(got, ", ") != "customer.created 1, customer.created 2" {
		t.Error(got)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	r, in := newHookRig(t)
	ada, bob := r.customer("Ada"), r.customer("Bob")
	inv := r.invoice(bob, "100").at("Id")
	r.pay(bob, "40", inv, "40")
	job := r.post("Customer", `{"DisplayName":"Shed","ParentRef":{"value":"`+bob+`"},"Job":true}`).at("Id")
	r.invoice(job, "7")
	in.take(t, r)
	if err := r.co.Merge("Customer", ada, bob); err != nil {
		t.Fatal(err)
	}
	r.balanced()
	got, _ := eventsOf(t, in.take(t, r))
	if !slices.Contains(got, "customer.merged "+ada) {
		t.Errorf("%v", got)
	}
	into := r.get("Customer", ada)
	r.want("balance", into.at("Balance"), "60")
	r.want("with jobs", into.at("BalanceWithJobs"), "67")
	if r.get("Invoice", inv).at("CustomerRef.value") != ada || r.get("Customer", job).at("FullyQualifiedName") != "Ada:Shed" {
		t.Error("a document or a job stayed behind")
	}
	if rep := r.do("GET", "/customer/"+bob, ""); decode(t, rep.body).at("Fault.Error.0.code") != "610" {
		t.Errorf("%s", rep.body)
	}
	if err := r.co.Merge("Customer", job, ada); err == nil {
		t.Error("merged into its own job")
	}
	r.pay(ada, "10", inv, "10")
	r.balanced()
}
