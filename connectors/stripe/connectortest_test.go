package stripe

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/connectortest"
	"tieout/internal/vendorhttp"
	"tieout/judge/stripemock"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		t.Helper()
		return newPlayed(t).world()
	})
}

// TestStripeMockTakesEveryRequest plays an account's whole life through the
// connector and has every request judged by Stripe's own stand-in.
func TestStripeMockTakesEveryRequest(t *testing.T) {
	t.Parallel()
	judge := stripemock.Start(t)
	p := newPlayed(t)
	wire := &stripemock.Recorder{Base: http.DefaultTransport}
	s := p.open(wire, p.clock.Advance)
	cursors := map[string]connectors.Cursor{}
	pull := func() {
		for _, stream := range s.Streams() {
			for more := true; more; {
				page, err := s.Pull(t.Context(), stream.Name, cursors[stream.Name])
				p.must(err)
				cursors[stream.Name], more = page.Cursor, page.More
			}
		}
	}
	p.fill()
	pull()
	p.writes(s, func(w connectors.Write) connectors.Answer {
		t.Helper()
		_, _, err := s.(*session).Find(t.Context(), w)
		p.must(err)
		answer, err := s.(*session).Send(t.Context(), w)
		p.must(err)
		return answer
	})
	p.payDirect(3, 1200)
	p.clock.Advance(7 * 24 * time.Hour)
	_, err := p.account.RunPayouts()
	p.must(err)
	p.clock.Advance(7 * 24 * time.Hour)
	pull()
	p.clock.Advance(60 * 24 * time.Hour) // beyond the life of events
	pull()
	_, err = s.Profile(t.Context())
	p.must(err)
	_, err = s.(*session).Balances(t.Context())
	p.must(err)
	for _, one := range p.ids() {
		_, err = s.Fetch(t.Context(), []receivables.Ref{one})
		p.must(err)
	}
	requests := wire.Requests()
	if len(requests) < 20 {
		t.Fatalf("only %d different requests were recorded", len(requests))
	}
	judge.Demand(t, requests)
}

// played is an account as the suite plays with it.
type played struct {
	*bench
	customer, gone, unpaid string
}

func newPlayed(t *testing.T) *played {
	t.Helper()
	return &played{bench: newBench(t)}
}

func (p *played) world() *connectortest.World {
	return &connectortest.World{
		Clock: p.clock, Open: p.open, Fill: p.fill, Truth: p.truth, Remove: p.remove, Writes: p.writes, Documents: p.documents,
	}
}

func (p *played) open(base http.RoundTripper, wait func(time.Duration)) connectors.Session {
	host, err := url.Parse(p.vendor.config.BaseURL)
	p.must(err)
	return p.vendor.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: name, Base: base, Tokens: key(testKey), Hosts: []string{host.Host}, Limits: p.vendor.Limits(), Now: p.clock.Now,
			Wait: func(ctx context.Context, d time.Duration) error { wait(d); return ctx.Err() },
		}),
		ExternalID: p.account.ID(), Home: "USD", Now: p.clock.Now,
	})
}

// fill makes more charges than a read of several pages gives, in currencies of
// no and of two decimals, refunds and a payout.
func (p *played) fill() {
	p.t.Helper()
	p.payDirect(1010, 5000)
	for _, c := range []string{"jpy", "eur"} {
		_, err := p.account.PayDirect(standin.DirectPayment{Amount: 12345, Currency: c, Description: "INV-" + c})
		p.must(err)
	}
	paid, err := p.account.PayDirect(standin.DirectPayment{Amount: 7777, Currency: "usd"})
	p.must(err)
	_, err = p.account.Refund(paid.Charge, 1234, "")
	p.must(err)
	p.clock.Advance(72 * time.Hour)
	_, err = p.account.RunPayouts()
	p.must(err)
	p.customer = p.post("customers", url.Values{"name": {"Ada"}, "email": {"ada@example.com"}})
	p.gone = p.post("customers", url.Values{"name": {"Bob"}})
	p.unpaid = p.billed("33.35", "3335")
	p.post("credit_notes", url.Values{"invoice": {p.billed("20.00", "2000")}, "amount": {"750"}})
	p.post("invoices/"+p.billed("9.99", "999")+"/pay", url.Values{"paid_out_of_band": {"true"}})
	p.clock.Advance(72 * time.Hour)
}

// billed makes an open invoice of Stripe's own over an amount in cents.
func (p *played) billed(what, cents string) string {
	p.t.Helper()
	id := p.post("invoices", url.Values{"customer": {p.customer}, "collection_method": {"send_invoice"}, "days_until_due": {"14"}, "currency": {"usd"}})
	p.post("invoiceitems", url.Values{"customer": {p.customer}, "invoice": {id}, "amount": {cents}, "currency": {"usd"}, "description": {what}})
	return p.post("invoices/"+id+"/finalize", nil)
}

// post calls the account past the connector and gives the answer's id.
func (p *played) post(path string, form url.Values) string {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, p.vendor.config.BaseURL+"/v1/"+path, strings.NewReader(form.Encode()))
	p.must(err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return p.answered(request)
}

func (p *played) answered(request *http.Request) string {
	p.t.Helper()
	request.SetBasicAuth(testKey, "")
	answer, err := http.DefaultClient.Do(request)
	p.must(err)
	defer func() { _ = answer.Body.Close() }()
	var body map[string]json.RawMessage
	p.must(json.NewDecoder(answer.Body).Decode(&body))
	if answer.StatusCode != http.StatusOK {
		p.t.Fatalf("%s %s: %s", request.Method, request.URL.Path, body)
	}
	return text(body["id"])
}

// remove voids an invoice and deletes a customer, the two things that go
// away at Stripe.
func (p *played) remove() []receivables.Ref {
	p.t.Helper()
	p.post("invoices/"+p.unpaid+"/void", nil)
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodDelete, p.vendor.config.BaseURL+"/v1/customers/"+p.gone, nil)
	p.must(err)
	p.answered(request)
	p.clock.Advance(time.Minute)
	return []receivables.Ref{{Kind: receivables.KindInvoice, ID: p.unpaid}, {Kind: receivables.KindPayer, ID: p.gone}}
}

// listed gives the objects of a list as the account holds them.
func (p *played) listed(kind string) []map[string]json.RawMessage {
	p.t.Helper()
	var out []map[string]json.RawMessage
	for after := ""; ; {
		request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.vendor.config.BaseURL+"/v1/"+kind+"?limit=100"+after, nil)
		p.must(err)
		request.SetBasicAuth(testKey, "")
		answer, err := http.DefaultClient.Do(request)
		p.must(err)
		var page struct {
			Data []map[string]json.RawMessage `json:"data"`
			More bool                         `json:"has_more"`
		}
		err = json.NewDecoder(answer.Body).Decode(&page)
		_ = answer.Body.Close()
		p.must(err)
		out = append(out, page.Data...)
		if !page.More {
			return out
		}
		after = "&starting_after=" + text(page.Data[len(page.Data)-1]["id"])
	}
}

func text(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// truth reads the account past the connector. Stripe's amounts are whole minor
// units; the suite's are decimals.
func (p *played) truth() []connectortest.Object {
	p.t.Helper()
	var out []connectortest.Object
	for _, list := range []struct {
		path string
		kind receivables.Kind
		// names are Stripe's of the amounts, by ours.
		names map[string]string
	}{
		{"charges", receivables.KindCharge, map[string]string{"amount": "amount", "refunded": "amount_refunded"}},
		{"refunds", receivables.KindRefund, map[string]string{"amount": "amount"}},
		{"payouts", receivables.KindPayout, map[string]string{"amount": "amount"}},
		{"invoices", receivables.KindInvoice, map[string]string{"total": "total", "balance": "amount_remaining"}},
		{"credit_notes", receivables.KindCredit, map[string]string{"total": "total"}},
		{"balance_transactions", receivables.KindBalanceTransaction, map[string]string{"amount": "amount", "fee": "fee", "net": "net"}},
	} {
		for _, row := range p.listed(list.path) {
			o := connectortest.Object{Ref: receivables.Ref{Kind: list.kind, ID: text(row["id"])}, Amounts: map[string]string{}}
			digits := 2
			if text(row["currency"]) == "jpy" {
				digits = 0
			}
			for ours, theirs := range list.names {
				o.Amounts[ours] = fmt.Sprintf("%se-%d", row[theirs], digits)
			}
			out = append(out, o)
		}
	}
	return out
}

// ids are some references of every kind that can be fetched.
func (p *played) ids() []receivables.Ref {
	p.t.Helper()
	seen := map[receivables.Kind]bool{}
	var out []receivables.Ref
	for _, o := range p.truth() {
		if !seen[o.Ref.Kind] {
			seen[o.Ref.Kind] = true
			out = append(out, o.Ref)
		}
	}
	return out
}

// writes makes a payment link and ends it.
func (p *played) writes(s connectors.Session, do func(connectors.Write) connectors.Answer) {
	p.t.Helper()
	processor, ok := s.(connectors.Processor)
	if !ok {
		p.t.Fatalf("%T is no processor", s)
	}
	made := do(p.lowerLink(wanted()))
	_, err := p.account.OpenLink(made.URL)
	p.must(err)
	w, err := processor.LowerDeactivate(made.Ref.ID, 1)
	p.must(err)
	do(w)
}

func (p *played) documents() int {
	return len(p.listed("payment_links")) + len(p.listed("prices")) + len(p.listed("products"))
}
