package quickbooks_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// exchange is one request and its answer.
type exchange struct {
	method, path    string
	query           url.Values
	content         string
	request, answer []byte
}

// listener keeps every exchange.
type listener struct {
	mu   sync.Mutex
	seen []exchange
}

// RoundTrip passes the request on and keeps both bodies.
func (l *listener) RoundTrip(r *http.Request) (*http.Response, error) {
	e := exchange{method: r.Method, path: r.URL.Path, query: r.URL.Query(), content: r.Header.Get("Content-Type")}
	if r.Body != nil {
		e.request, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(e.request))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err //nolint:wrapcheck // passed through
	}
	e.answer, _ = io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(e.answer))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen = append(l.seen, e)
	return answer, nil
}

// TestWhatIsSaidFollowsTheSchema sets a book up, writes every kind of document
// and link, alone and together, pulls all of it, and holds every request and
// every answer against Intuit's schema.
func TestWhatIsSaidFollowsTheSchema(t *testing.T) {
	t.Parallel()
	s := readSchema(t)
	b := newBench(t, sandbox.CompanyOptions{Multicurrency: true}).open()
	wire := &listener{}
	b.session = b.vendor.Open(connectors.Access{
		Client:     vendorhttp.New(vendorhttp.Options{Vendor: quickbooks.Name, Base: wire, Hosts: b.vendor.Hosts(), Tokens: b.tokens, Now: b.clock.Now}),
		ExternalID: b.company.RealmID(), Now: b.clock.Now, Home: "USD",
	}).(*quickbooks.Session)
	p := &played{bench: b}
	p.writes(b.session, b.send)
	accounts := b.setUp()
	customer, invoices := b.stock(4)
	fee := bookings(accounts, customer, invoices)[1]
	fee.Parts[0].Amount = -fee.Parts[0].Amount // given back: a deposit
	b.send(b.lower(fee, 2))
	if _, err := b.session.SendBatch(t.Context(), []connectors.Write{b.linkWrite(invoices[0], "https://p.example/1"), b.linkWrite(invoices[1], "https://p.example/2")}); err != nil {
		t.Fatal(err)
	}
	k := accounted{bench: b, Accounts: accounts, customer: customer, invoices: invoices}
	k.goesBack()
	for _, stream := range b.session.Streams() {
		b.drain(stream.Name, nil)
	}
	if _, err := b.session.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindCustomer, ID: customer}, {Kind: receivables.KindInvoice, ID: invoices[0]}}); err != nil {
		t.Fatal(err)
	}
	written := map[string]int{}
	for _, e := range wire.seen {
		if e.query.Get("minorversion") != "75" || e.method == http.MethodPost && e.content != "application/json" {
			t.Errorf("%s %s?%s, %s", e.method, e.path, e.query.Encode(), e.content)
		}
		e.checkAnswer(t, s)
		if e.method != http.MethodPost {
			continue
		}
		for entity, body := range e.written(t) {
			written[entity]++
			if wrong := s.problems(entity, entity, body); len(wrong) > 0 {
				t.Errorf("%s\n%s", strings.Join(wrong, "\n"), body)
			}
		}
	}
	for _, entity := range writtenEntities() {
		if written[entity] == 0 {
			t.Errorf("no %s was written: %v", entity, written)
		}
	}
}

func writtenEntities() []string {
	return []string{"Payment", "Purchase", "Deposit", "Transfer", "JournalEntry", "CreditMemo", "Invoice", "Account", "Vendor", "PaymentMethod"}
}

// goesBack writes what follows when money goes back, and takes some of it back.
func (k accounted) goesBack() {
	k.t.Helper()
	payment := k.paid(k.invoices[2])
	debit, _ := k.owed(mapping.PurposeReturn, k.invoices[2], 10_000)
	link, _, _ := k.relink(payment, receivables.Allocation{Target: debit, Amount: 10_000})
	k.send(link)
	failed, _ := k.owed(mapping.PurposeRefundFailure, k.invoices[2], -1_000)
	journal, _ := k.book(k.booking(receivables.DocumentJournal, mapping.PurposeLoss, 2_000, func(b *mapping.Booking) {
		b.From, b.Lines = k.Disputes["USD"], []mapping.BookingLine{{Account: k.receivable(), Amount: 2_000, CustomerID: k.customer, Invoice: k.invoices[2]}}
	}))
	credit := k.send(k.lowerCredit(k.crediting(k.invoices[3], 4_000), k.invoices[3])).Ref
	apply, err := k.session.LowerAllocation(connectors.CreditAllocation{
		Credit: k.fetch(credit).(receivables.Credit), InvoiceID: k.invoices[3], Amount: 4_000, Date: "2026-03-02", Generation: 1,
	})
	if err != nil {
		k.t.Fatal(err)
	}
	applied := k.send(apply).Ref
	for ref, kind := range map[receivables.Ref]receivables.DocumentKind{
		applied: receivables.DocumentReceipt, failed: receivables.DocumentDeposit, journal: receivables.DocumentJournal, payment: receivables.DocumentReceipt,
	} {
		if why := k.remove(ref, kind); why != "" {
			k.t.Errorf("%v: %s", ref, why)
		}
	}
}

// written are the objects that a POST sends, by entity.
func (e exchange) written(t *testing.T) map[string]json.RawMessage {
	t.Helper()
	name := path.Base(e.path)
	if name != "batch" {
		for _, entity := range writtenEntities() {
			if strings.ToLower(entity) == name {
				return map[string]json.RawMessage{entity: e.request}
			}
		}
		t.Errorf("a POST to %s", e.path)
		return nil
	}
	var batch struct {
		BatchItemRequest []map[string]json.RawMessage
	}
	if err := json.Unmarshal(e.request, &batch); err != nil {
		t.Fatal(err)
	}
	out := map[string]json.RawMessage{}
	for _, item := range batch.BatchItemRequest {
		for name, value := range item {
			if name != "bId" && name != "operation" && name != "Query" {
				out[name] = value
			}
		}
	}
	return out
}

// checkAnswer holds the objects of an answer against the schema.
func (e exchange) checkAnswer(t *testing.T, s *schema) {
	t.Helper()
	for entity := range streamOf {
		for _, raw := range bodies(e.answer, entity) {
			if wrong := s.problems(entity, entity, raw); len(wrong) > 0 {
				t.Errorf("%s %s answers\n%s", e.method, e.path, strings.Join(wrong, "\n"))
			}
		}
	}
}
