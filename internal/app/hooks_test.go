package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tieout/books"
	"tieout/internal/app"
	"tieout/mapping"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/schedule"
	"tieout/web"
)

// hooked is an installation whose webhooks come from the stand-ins.
type hooked struct {
	*rig
	server *httptest.Server
	hints  atomic.Int32
	// refused is why deliveries were not taken.
	refused []string
}

const verifier, xeroKey = "verifier-of-the-app", "key-of-the-app"

// newHooked sets the book up and has the stand-ins send their events.
func newHooked(t *testing.T, vendor string) *hooked {
	t.Helper()
	h := &hooked{rig: newRig(t, vendor)}
	h.set()
	h.clean()
	var handler atomic.Pointer[http.Handler]
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(w, r) }))
	t.Cleanup(h.server.Close)
	endpoint := h.owner("/v1/webhook_endpoints", "url", h.server.URL+"/hooks/stripe", "enabled_events[]", "*")
	secret, _ := endpoint["secret"].(string)
	h.config.HookSecrets = map[string][]string{"stripe": {"whsec_of_before", secret}, "quickbooks": {verifier}, "xero": {xeroKey}}
	h.App = h.open()
	hooks := h.Hooks(func() { h.hints.Add(1) }, func(vendor string, why error) { h.refused = append(h.refused, vendor+": "+why.Error()) })
	handler.Store(&hooks)
	h.control("/webhooks/quickbooks/target", `{"url":"`+h.server.URL+`/hooks/quickbooks","key":"`+verifier+`"}`)
	h.control("/webhooks/xero/target", `{"url":"`+h.server.URL+`/hooks/xero","key":"`+xeroKey+`"}`)
	return h
}

func (h *hooked) control(path, body string) []byte {
	h.Helper()
	answer := must1[*http.Response](h.T)(http.Post(h.ready.Control.URL+path, "application/json", strings.NewReader(body)))
	defer func() { _ = answer.Body.Close() }()
	text := must1[[]byte](h.T)(io.ReadAll(answer.Body))
	if answer.StatusCode != http.StatusOK {
		h.Fatalf("%s: %s %s", path, answer.Status, text)
	}
	return text
}

// deliver has the stand-ins send what waits, and waits for the answers.
func (h *hooked) deliver() {
	h.Helper()
	h.clock.Advance(5 * time.Second)
	for _, v := range h.box.Vendors() {
		v.Deliveries.Deliver(h.Context())
	}
}

// take does what webhooks ask for.
func (h *hooked) take() []app.BookRun {
	h.Helper()
	runs, err := h.Hooked(h.Context())
	if err != nil {
		h.Fatal(err)
	}
	for _, r := range runs {
		if r.Err != nil || len(r.Result.Problems) > 0 {
			h.Fatalf("webhooks of %s: %v %v", r.Book.Name, r.Err, r.Result.Problems)
		}
	}
	return runs
}

// counts are those of a vendor.
func (h *hooked) counts(vendor string) web.Hooks {
	h.Helper()
	for _, c := range must1[web.Status](h.T)(h.Status(h.Context())).Hooks {
		if c.Vendor == vendor {
			return c
		}
	}
	return web.Hooks{}
}

func sent(runs []app.BookRun) int {
	n := 0
	for _, r := range runs {
		n += r.Result.Pushed.Sent
	}
	return n
}

// TestPaymentByWebhook: customers pay, Stripe tells, and the receipts stand in
// the ledger, with no sync in between. What the ledger then tells of our own
// writes leads to nothing.
func TestPaymentByWebhook(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			h := newHooked(t, vendor)
			h.pay()
			h.deliver()
			if h.hints.Load() == 0 || len(h.refused) > 0 {
				t.Fatalf("%d hints, refused %v", h.hints.Load(), h.refused)
			}
			stripe := h.counts("stripe")
			if stripe.Received == 0 || stripe.Waiting == 0 || stripe.Ignored != 0 {
				t.Fatalf("stripe: %+v", stripe)
			}
			runs := h.take()
			if sent(runs) == 0 {
				t.Fatalf("nothing was written: %+v", runs)
			}
			paid := h.number(`select count(*) from charge where status = 'succeeded'`)
			booked := h.number(`select count(*) from receipt r join part p on p.marker = r.marker where p.state = 'live' and p.purpose = 'receipt'`)
			if paid == 0 || booked == 0 {
				t.Errorf("%d charges, %d receipts of ours in the ledger", paid, booked)
			}
			if left := h.counts("stripe"); left.Waiting != 0 {
				t.Errorf("after it: %+v", left)
			}
			for h.deliver(); h.counts(vendor).Waiting > 0; h.deliver() {
				if len(h.take()) != 0 {
					t.Fatal("the echoes do not wait for one another")
				}
				h.clock.Advance(30 * time.Second)
				if n := sent(h.take()); n != 0 {
					t.Fatalf("%d writes after the echoes of our own", n)
				}
			}
			if echo := h.counts(vendor); echo.Received == 0 || echo.Echoes == 0 || echo.Ignored != 0 {
				t.Errorf("%s: %+v", vendor, echo)
			}
			waiting, err := h.Store.Intents(t.Context(), books.Tenant, h.book.ID, []push.State{push.StatePlanned, push.StateUnknown, push.StateParked}, 10)
			if err != nil || len(waiting) > 0 {
				t.Errorf("left to do: %v %+v", err, waiting)
			}
			h.clock.Advance(time.Hour)
			if run := h.clean(); run.Result.Pushed.Sent != 0 {
				t.Errorf("the hourly run found %d writes to do", run.Result.Pushed.Sent)
			}
		})
	}
}

// TestWebhooksRepeated: doubled and shuffled deliveries are stored once, and
// lead to what they would have led to alone.
func TestWebhooksRepeated(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.control("/webhooks/stripe/duplicate", `{"times":1000}`)
	h.control("/webhooks/stripe/reorder", `{"times":1000}`)
	h.pay()
	h.deliver()
	received := h.counts("stripe").Received
	h.deliver()
	if again := h.counts("stripe").Received; received == 0 || again != received {
		t.Errorf("%d events, %d after the same came again", received, again)
	}
	h.take()
	h.clock.Advance(time.Hour)
	if run := h.clean(); run.Result.Pushed.Sent != 0 {
		t.Errorf("the hourly run found %d writes to do", run.Result.Pushed.Sent)
	}
}

// TestForgedWebhooks are answered with 401 and leave nothing.
func TestForgedWebhooks(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.control("/webhooks/stripe/tamper", `{"times":1000}`)
	h.pay()
	h.deliver()
	if c := h.counts("stripe"); c.Received != 0 {
		t.Errorf("forged deliveries were stored: %+v", c)
	}
	if len(h.refused) != 1 || !strings.Contains(h.refused[0], "stripe") {
		t.Errorf("refused: %v, want one word about it", h.refused)
	}
	h.take()
	if n := h.number(`select count(*) from charge`); n != 0 {
		t.Errorf("they led to %d charges", n)
	}
}

// TestXeroAddressCheck: the stand-in checks the address as Xero does, with
// bodies signed rightly and wrongly.
func TestXeroAddressCheck(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "xero")
	answer := must1[*http.Response](t)(http.Get(h.ready.Control.URL + "/xero/intent-to-receive"))
	text := must1[[]byte](t)(io.ReadAll(answer.Body))
	if answer.StatusCode != http.StatusOK || !bytes.Contains(text, []byte(`"validated":true`)) {
		t.Errorf("%s %s", answer.Status, text)
	}
	if c := h.counts("xero"); c.Received != 0 {
		t.Errorf("the test of the address left %+v", c)
	}
}

// TestWebhooksWait while the vendor cannot be reached, and are read when it can.
func TestWebhooksWait(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.pay()
	h.deliver()
	h.wire.set(failing(h.ready.Stripe.URL, func(*http.Request) (*http.Response, error) { return nil, errCut }))
	runs, err := h.Hooked(t.Context())
	if err != nil || len(runs) != 1 || runs[0].Result.Problems[h.stripe.ID] == nil {
		t.Fatalf("%v %+v", err, runs)
	}
	waiting := h.counts("stripe").Waiting
	if waiting == 0 {
		t.Fatal("the events are lost")
	}
	h.wire.set(nil)
	if len(h.take()) != 0 {
		t.Error("it tried again at once")
	}
	h.clock.Advance(time.Minute)
	if sent(h.take()) == 0 || h.counts("stripe").Waiting != 0 {
		t.Errorf("later: %+v", h.counts("stripe"))
	}
}

// TestForeignHand: somebody enters a Stripe payment in the ledger by hand
// before its webhook comes, and the ledger tells nothing of it. It is seen
// before anything is written, and not entered twice.
func TestForeignHand(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.control("/webhooks/quickbooks/target", `{}`)
	h.pay()
	invoice := h.enterByHand()
	h.deliver()
	if sent(h.take()) == 0 {
		t.Fatal("the other payments were not written")
	}
	if n := h.number(`select count(*) from part where purpose = 'receipt' and target = $1 and state not in ('adopted', 'undone')`, invoice); n != 0 {
		t.Errorf("%d receipts were written for invoice %s, which was paid by hand", n, invoice)
	}
	if n := h.number(`select count(*) from part where purpose = 'receipt' and state = 'live'`); n == 0 {
		t.Error("no other receipt was written")
	}
}

// enterByHand enters the first Stripe payment of one invoice in the ledger and
// gives the invoice's id.
func (h *hooked) enterByHand() string {
	h.Helper()
	page := must1[*http.Response](h.T)(h.get(h.ready.Stripe.URL+"/v1/charges?limit=100", h.company.StripeKey))
	defer func() { _ = page.Body.Close() }()
	var list struct {
		Data []struct {
			Amount   int64
			Status   string
			Metadata map[string]string
		}
	}
	if err := json.NewDecoder(page.Body).Decode(&list); err != nil {
		h.Fatal(err)
	}
	for _, c := range list.Data {
		number := c.Metadata["invoices"]
		if number == "" || strings.Contains(number, ",") || c.Status != "succeeded" {
			continue
		}
		amount := fmt.Sprintf("%d.%02d", c.Amount/100, c.Amount%100)
		var id, customer, currency string
		if err := h.Store.DB().QueryRowContext(h.Context(), `select id, customer, currency from invoice where number_key = $1`, mapping.NumberKey(number)).Scan(&id, &customer, &currency); err != nil {
			h.Fatal(err)
		}
		h.ledgerCall("Payment", `{"CustomerRef":{"value":"`+customer+`"},"CurrencyRef":{"value":"`+currency+`"},"TotalAmt":`+amount+
			`,"Line":[{"Amount":`+amount+`,"LinkedTxn":[{"TxnId":"`+id+`","TxnType":"Invoice"}]}]}`)
		return id
	}
	h.Fatalf("no payment of one invoice among %+v", list.Data)
	return ""
}

func (h *hooked) get(address, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(h.Context(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	return http.DefaultClient.Do(request) //nolint:wrapcheck // passed through
}

// TestLedgerIsBusy: somebody else reads the ledger when a webhook calls for a
// write. The events are read by then; the ordinary run follows at once.
func TestLedgerIsBusy(t *testing.T) {
	t.Parallel()
	h := newHooked(t, "quickbooks")
	h.pay()
	h.deliver()
	now := h.clock.Now()
	other, ok, err := h.Store.AcquireLease(t.Context(), lease.Lease{Tenant: books.Tenant, Name: "connection/" + h.ledger.ID, Holder: "other", Until: now.Add(time.Hour)}, now)
	if err != nil || !ok {
		t.Fatalf("lease: %t, %v", ok, err)
	}
	runs, err := h.Hooked(t.Context())
	if err != nil || len(runs) != 1 || !errors.Is(runs[0].Err, schedule.ErrBusy) || sent(runs) != 0 {
		t.Fatalf("%v %+v", err, runs)
	}
	if c := h.counts("stripe"); c.Waiting != 0 {
		t.Errorf("stripe: %+v", c)
	}
	if err := h.Store.ReleaseLease(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if runs := h.due(); len(runs) != 1 || runs[0].Err != nil || sent(runs) == 0 {
		t.Errorf("the ordinary run: %+v", runs)
	}
}
