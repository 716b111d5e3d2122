package quickbooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/internal/vendorhttp"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

var _ connectors.BatchWriter = (*quickbooks.Session)(nil)

// TestFetchOfManyEntities reads objects of several entities with one call.
func TestFetchOfManyEntities(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, invoices := b.stock(250)
	payment := b.make("Payment", `{"CustomerRef":{"value":%q},"TotalAmt":5}`, customer)
	refs := []receivables.Ref{{Kind: receivables.KindCustomer, ID: customer}, {Kind: receivables.KindReceipt, ID: payment}}
	for _, id := range invoices {
		refs = append(refs, receivables.Ref{Kind: receivables.KindInvoice, ID: id})
	}
	b.spent()
	drafts, err := b.session.Fetch(context.Background(), refs)
	if err != nil || len(drafts) != len(refs) {
		t.Fatalf("%d of %d drafts, %v", len(drafts), len(refs), err)
	}
	if calls := b.spent(); calls != 1 {
		t.Errorf("%d calls, want 1", calls)
	}
}

// linkWrite lowers a link onto an invoice as it stands.
func (b *bench) linkWrite(invoice, address string) connectors.Write {
	b.t.Helper()
	raw, err := b.company.Read("Invoice", invoice)
	if err != nil {
		b.t.Fatal(err)
	}
	w, needed, why, err := b.session.LowerLink(connectors.LinkChange{Invoice: receivables.Invoice{ID: invoice}, Raw: raw, URL: address, Generation: 1})
	if err != nil || !needed {
		b.t.Fatalf("link %s: needed %v, %s, %v", invoice, needed, why, err)
	}
	return w
}

// TestLinksTogether writes the links of several invoices with one call; one
// whose invoice was changed and one whose invoice is gone fail alone.
func TestLinksTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	_, invoices := b.stock(5)
	writes := make([]connectors.Write, 0, len(invoices))
	for _, id := range invoices {
		writes = append(writes, b.linkWrite(id, "https://pay.example.com/"+id))
	}
	if _, err := b.company.Update("Invoice", fmt.Appendf(nil, `{"Id":%q,"SyncToken":"0","sparse":true,"PrivateNote":"called"}`, invoices[1])); err != nil {
		t.Fatal(err)
	}
	if _, err := b.company.Delete("Invoice", invoices[3]); err != nil {
		t.Fatal(err)
	}
	b.spent()
	sent, err := b.session.SendBatch(context.Background(), writes)
	if err != nil || len(sent) != len(writes) || b.spent() != 1 {
		t.Fatalf("%d results, %v; want one call", len(sent), err)
	}
	want := map[int]connectors.Class{1: connectors.ClassStale, 3: connectors.ClassGone}
	for i, got := range sent {
		class, refused := want[i]
		if refused != (got.Err != nil) || refused && connectors.ClassOf(got.Err) != class {
			t.Errorf("invoice %d: %v, want class %q", i, got.Err, class)
		}
		if !refused && (got.Answer.Ref != writes[i].Target || len(got.Answer.Warnings) > 0 || got.Answer.RequestID == "") {
			t.Errorf("invoice %d: %+v", i, got.Answer)
		}
	}
	for _, i := range []int{0, 2, 4} {
		if found, ok, err := b.session.Find(context.Background(), writes[i]); err != nil || !ok || found.Ref != writes[i].Target {
			t.Errorf("invoice %d: found %v, %v, %v", i, found.Ref, ok, err)
		}
	}
}

// TestTogether keeps apart what must not go into one call.
func TestTogether(t *testing.T) {
	t.Parallel()
	s := quickbooks.New(quickbooks.Config{}).Open(connectors.Access{Home: "USD"}).(*quickbooks.Session)
	link := func(id string) connectors.Write {
		return connectors.Write{Op: "invoice.link", Target: receivables.Ref{Kind: receivables.KindInvoice, ID: id}}
	}
	var many []connectors.Write
	for i := range 45 {
		many = append(many, link(fmt.Sprint(i)))
	}
	payment := connectors.Write{Op: "payment.create"}
	for _, test := range []struct {
		name   string
		writes []connectors.Write
		want   int
	}{
		{"none", nil, 1},
		{"one", many[:1], 1},
		{"links", many[:7], 7},
		{"as many as a batch holds", many, 30},
		{"one invoice twice", []connectors.Write{link("1"), link("2"), link("1")}, 2},
		{"a payment behind", []connectors.Write{link("1"), payment, link("2")}, 1},
		{"a payment before", []connectors.Write{payment, link("1")}, 1},
	} {
		if got := s.Together(test.writes); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	if _, err := s.SendBatch(t.Context(), []connectors.Write{{Op: "payment.create", Body: json.RawMessage(`{"path":"/payment","entity":"Payment","body":{}}`)}}); connectors.ClassOf(err) != connectors.ClassPermanent {
		t.Errorf("a payment in a batch: %v", err)
	}
}

// TestBatchAnswers classifies what can come back for two links.
func TestBatchAnswers(t *testing.T) {
	t.Parallel()
	writes := []connectors.Write{
		{Op: "invoice.link", Body: json.RawMessage(`{"method":"POST","path":"/invoice","entity":"Invoice","total":"5","body":{"Id":"1","SyncToken":"0"}}`)},
		{Op: "invoice.link", Body: json.RawMessage(`{"method":"POST","path":"/invoice","entity":"Invoice","total":"5","body":{"Id":"2","SyncToken":"0"}}`)},
	}
	const first = `{"Invoice":{"Id":"1","SyncToken":"1","TotalAmt":5},"bId":"1"}`
	for _, test := range []struct {
		name   string
		status int
		body   string
		whole  connectors.Class
		second connectors.Class
	}{
		{"in another order", 200, `{"BatchItemResponse":[{"bId":"2","Invoice":{"Id":"2","SyncToken":"1","TotalAmt":5}},` + first + `]}`, "", ""},
		{"a fault", 200, `{"BatchItemResponse":[` + first + `,{"Fault":{"Error":[{"code":"6210","Message":"closed"}]},"bId":"2"}]}`, "", connectors.ClassClosed},
		{"trouble with one", 200, `{"BatchItemResponse":[` + first + `,{"Fault":{"Error":[{"code":"10000"}],"type":"SystemFault"},"bId":"2"}]}`, "", connectors.ClassUnknown},
		{"one left out", 200, `{"BatchItemResponse":[` + first + `]}`, "", connectors.ClassUnknown},
		{"one without an object", 200, `{"BatchItemResponse":[` + first + `,{"bId":"2"}]}`, "", connectors.ClassUnknown},
		{"strange numbers", 200, `{"BatchItemResponse":[` + first + `,{"bId":"x"},{"bId":"0"},{"bId":"99"}]}`, "", connectors.ClassUnknown},
		{"the whole refused", 400, `{"Fault":{"Error":[{"code":"2010"}],"type":"ValidationFault"}}`, connectors.ClassPermanent, ""},
		{"throttled", 429, `<IntuitResponse><Fault type="SERVICE"><Error code="3001"><Message>m</Message></Error></Fault></IntuitResponse>`, connectors.ClassLater, ""},
		{"the gateway", 502, `<html>bad gateway</html>`, connectors.ClassUnknown, ""},
		{"no JSON", 200, `<html>hello</html>`, connectors.ClassUnknown, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := served(t, func(string) (int, []byte) { return test.status, []byte(test.body) })
			sent, err := s.SendBatch(t.Context(), writes)
			if test.whole != "" {
				if err == nil || connectors.ClassOf(err) != test.whole {
					t.Fatalf("%v, want class %s", err, test.whole)
				}
				return
			}
			if err != nil || len(sent) != 2 || sent[0].Err != nil || sent[0].Answer.Ref.ID != "1" {
				t.Fatalf("%+v, %v", sent, err)
			}
			if test.second == "" != (sent[1].Err == nil) || test.second != "" && connectors.ClassOf(sent[1].Err) != test.second {
				t.Errorf("second: %v, want class %q", sent[1].Err, test.second)
			}
			// The same answer to a batch of queries is never taken for rows.
			_, err = s.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: "1"}, {Kind: receivables.KindReceipt, ID: "2"}})
			if err == nil || connectors.ClassOf(err) == connectors.ClassUnknown {
				t.Errorf("fetch: %v", err)
			}
		})
	}
}

// TestBrokenBatchIsReadOneByOne has every batch fail: queries alone are
// repeated by the transport, a posted batch is not.
func TestBrokenBatchIsReadOneByOne(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 500, 502, 504} {
		s := served(t, func(path string) (int, []byte) {
			if strings.HasSuffix(path, "/batch") {
				return status, []byte(`<html>x</html>`)
			}
			return 200, []byte(`{"QueryResponse":{"Invoice":[{"Id":"1","SyncToken":"0"}],"Payment":[{"Id":"2","SyncToken":"0"}]}}`)
		})
		drafts, err := s.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: "1"}, {Kind: receivables.KindReceipt, ID: "2"}})
		if err != nil || len(drafts) != 2 {
			t.Errorf("%d: %d drafts, %v", status, len(drafts), err)
		}
	}
}

// purse counts what is drawn.
type purse struct{ drawn atomic.Int64 }

func (p *purse) DrawBudget(_ context.Context, _, _, _, _ string, _ time.Time, _, _, n int64, _ bool) (int64, error) {
	p.drawn.Add(n)
	return n, nil
}

// TestCreditsAreCountedAsIntuitDoes compares our count of metered calls with
// the stand-in's, batches and writes among them.
func TestCreditsAreCountedAsIntuitDoes(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	p := &purse{}
	limits := quickbooks.New(quickbooks.Config{ClientID: "client"}).Limits()
	for i := range limits.Budgets {
		limits.Budgets[i].Block = 1
	}
	limits.Rates, limits.Concurrent = nil, 0
	b.session = b.vendor.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: quickbooks.Name, Connection: "c1", Hosts: b.vendor.Hosts(), Tokens: b.tokens, Now: b.clock.Now,
			Limits: limits, Meter: vendorhttp.NewMeter(p),
		}),
		ExternalID: b.company.RealmID(), Now: b.clock.Now, Home: "USD",
	}).(*quickbooks.Session)
	_, before := b.server.CorePlus()
	for _, stream := range b.session.Streams() {
		b.drain(stream.Name, nil)
	}
	for _, booking := range bookings(accounts, customer, invoices) {
		b.send(b.lower(booking, 1))
	}
	if _, err := b.session.SendBatch(t.Context(), []connectors.Write{b.linkWrite(invoices[0], "https://p.example/1"), b.linkWrite(invoices[1], "https://p.example/2")}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.session.Figures(t.Context(), connectors.FigureQuery{AsOf: "2026-03-02", Clearing: accounts.Clearing}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.session.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindCustomer, ID: customer}, {Kind: receivables.KindInvoice, ID: invoices[0]}}); err != nil {
		t.Fatal(err)
	}
	_, after := b.server.CorePlus()
	if got, want := p.drawn.Load(), after-before; got != want || want < 12+9+2 {
		t.Errorf("%d credits counted, the stand-in counts %d", got, want)
	}
}

// TestMonthIsUsedUp makes no further call when the month's credits are gone;
// writing goes on.
func TestMonthIsUsedUp(t *testing.T) {
	t.Parallel()
	var calls atomic.Int64
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls.Add(1)
		_, _ = w.Write([]byte(`{"Payment":{"Id":"1","SyncToken":"0","TotalAmt":1}}`))
	}))
	t.Cleanup(h.Close)
	v := quickbooks.New(quickbooks.Config{ClientID: "client", API: h.URL})
	s := v.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: quickbooks.Name, Hosts: v.Hosts(), Now: func() time.Time { return start }, Limits: v.Limits(), Meter: vendorhttp.NewMeter(empty{}),
		}),
		ExternalID: "123", Home: "USD", Now: func() time.Time { return start },
	}).(*quickbooks.Session)
	_, err := s.Pull(t.Context(), "changes", nil)
	f, ok := connectors.AsFailure(err)
	if !ok || f.Class != connectors.ClassLater || f.Quota != "month" || !f.At.Equal(time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)) || calls.Load() != 0 {
		t.Errorf("%+v after %d calls", f, calls.Load())
	}
	w := connectors.Write{Op: "payment.create", Body: json.RawMessage(`{"method":"POST","path":"/payment","entity":"Payment","query":{"requestid":"k"},"total":"1","body":{"TotalAmt":1}}`)}
	if _, err := s.Send(t.Context(), w); err != nil {
		t.Errorf("a write: %v", err)
	}
}

// TestTiers: what there is in a month, and whether more can be bought.
func TestTiers(t *testing.T) {
	t.Parallel()
	for tier, want := range map[quickbooks.Tier]struct {
		limit int64
		soft  bool
	}{
		"": {500_000, false}, quickbooks.TierBuilder: {500_000, false}, quickbooks.TierSilver: {1_000_000, true},
		quickbooks.TierGold: {10_000_000, true}, quickbooks.TierPlatinum: {75_000_000, true},
	} {
		budgets := quickbooks.New(quickbooks.Config{ClientID: "client", Tier: tier}).Limits().Budgets
		if len(budgets) == 0 {
			t.Fatalf("%q has no budget", tier)
		}
		if b := budgets[0]; b.Limit != want.limit || b.Soft != want.soft || b.App != "client" || b.Window != vendorhttp.WindowMonth {
			t.Errorf("%q: %+v", tier, b)
		}
	}
	if budgets := quickbooks.New(quickbooks.Config{Sandbox: true}).Limits().Budgets; len(budgets) != 0 {
		t.Errorf("development keys have %d budgets", len(budgets))
	}
}

// empty is a purse with nothing in it.
type empty struct{}

func (empty) DrawBudget(context.Context, string, string, string, string, time.Time, int64, int64, int64, bool) (int64, error) {
	return 0, nil
}
