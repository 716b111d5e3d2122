package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/internal/clock"
	"tieout/sync/dispatch/local"
	"tieout/sync/inbox"
	"tieout/sync/schedule"
)

// BenchmarkEventToReceipt has customers pay at a steady rate and measures, for
// each payment, the time from the arrival of Stripe's event to the answer of
// the ledger that the receipt stands, and to the invoice being paid here. The
// stand-ins run in the same process.
func BenchmarkEventToReceipt(b *testing.B) {
	for _, engine := range slices.Sorted(maps.Keys(engines())) {
		for _, rate := range []int{5, 20} {
			b.Run(fmt.Sprintf("%s/%d", engine, rate), func(b *testing.B) {
				var receipts, paid []time.Duration
				for b.Loop() {
					p := newPaying(b, engine, 300)
					p.payAll(rate)
					receipts, paid = append(receipts, p.took(p.receipt)...), append(paid, p.took(p.paid)...)
				}
				b.ReportMetric(0, "ns/op")
				for name, all := range map[string][]time.Duration{"receipt": receipts, "paid": paid} {
					b.ReportMetric(float64(part(all, 50).Milliseconds()), name+"-median-ms")
					b.ReportMetric(float64(part(all, 99).Milliseconds()), name+"-p99-ms")
				}
				b.ReportMetric(float64(len(receipts)), "receipts")
			})
		}
	}
}

// TestEventToReceiptSmall is a small run of it.
func TestEventToReceiptSmall(t *testing.T) {
	t.Parallel()
	p := newPaying(t, "sqlite", 10)
	p.payAll(100)
	if len(p.receipt) == 0 || len(p.receipt) != len(p.arrived) {
		t.Errorf("%d payments, %d receipts", len(p.arrived), len(p.receipt))
	}
}

// paying is an installation with a book of QuickBooks whose customers pay.
type paying struct {
	testing.TB
	*demo.Demo
	receiver *inbox.Receiver
	hooked   *local.Dispatcher
	book     books.Book
	invoices []openInvoice

	mu sync.Mutex
	// arrived, receipt and paid are instants by the charge's id.
	arrived, receipt, paid map[string]time.Time
	// open are charges whose receipt stands and whose run goes on.
	open []string
	// all is told when a payment has come to its end.
	all sync.WaitGroup
}

type openInvoice struct {
	id, currency string
	balance      int64
}

var chargeID = regexp.MustCompile(`\bch_[A-Za-z0-9]{10,}`)

func newPaying(t testing.TB, engine string, invoices int) *paying {
	t.Helper()
	p := &paying{TB: t, arrived: map[string]time.Time{}, receipt: map[string]time.Time{}, paid: map[string]time.Time{}}
	database := ""
	if engine == "postgres" {
		database = engines()[engine](t)
	}
	ctx := context.Background()
	d, err := demo.Start(ctx, demo.Options{
		Seed: 7, Invoices: invoices, NoHistory: true, Database: database, Clock: clock.NewAdjustable(clock.System{}),
		Random: rand.NewChaCha8([32]byte{7}), Transport: p,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Demo = d
	t.Cleanup(d.Close)
	p.must(d.SetUp(ctx))
	all, err := d.App.Store.Books(ctx, books.Tenant)
	p.must(err)
	for _, one := range all {
		if ledger, err := d.App.Store.Connection(ctx, one.Tenant, one.Ledger); err == nil && ledger.Vendor == "quickbooks" {
			p.book, err = d.App.Connect.SwitchWrites(ctx, one, true)
			p.must(err)
		}
	}
	_, err = d.App.Sync(ctx, schedule.Options{})
	p.must(err)
	p.readInvoices(ctx)
	p.listen()
	return p
}

func (p *paying) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *paying) readInvoices(ctx context.Context) {
	p.Helper()
	rows, err := p.App.Store.DB().QueryContext(ctx, `select id, currency, balance from invoice where connection = $1 and balance > 0 order by id`, p.book.Ledger)
	p.must(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var one openInvoice
		p.must(rows.Scan(&one.id, &one.currency, &one.balance))
		p.invoices = append(p.invoices, one)
	}
	p.must(rows.Err())
}

// listen has Stripe send its events here.
func (p *paying) listen() {
	p.Helper()
	server := httptest.NewServer(http.HandlerFunc(p.hook))
	p.Cleanup(server.Close)
	answer := p.stripe("/v1/webhook_endpoints", "url", server.URL+"/hooks/stripe/"+p.account(), "enabled_events[]", "*")
	secret, _ := answer["secret"].(string)
	p.hooked = local.New(func(ctx context.Context) error {
		runs, err := p.App.Hooked(ctx)
		for _, r := range runs {
			err = errors.Join(err, r.Err)
		}
		p.ended()
		return err
	}, func(err error) { p.Logf("webhooks: %v", err) })
	p.receiver = &inbox.Receiver{
		Vendors: p.App.Vendors, Secrets: map[string][]string{"stripe": {secret}}, Store: p.App.Store, Now: clock.System{}.Now,
		Received: p.hooked.Hint, Refused: func(vendor string, why error) { p.Errorf("%s: %v", vendor, why) },
	}
}

func (p *paying) account() string {
	for _, l := range p.Ready.Ledgers {
		if l.Vendor == "quickbooks" {
			return l.StripeAccount
		}
	}
	return ""
}

func (p *paying) key() string {
	for _, l := range p.Ready.Ledgers {
		if l.Vendor == "quickbooks" {
			return l.StripeKey
		}
	}
	return ""
}

func (p *paying) stripe(path string, pairs ...string) map[string]any {
	p.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, p.Ready.Stripe.URL+path, strings.NewReader(form.Encode()))
	p.must(err)
	request.Header.Set("Authorization", "Bearer "+p.key())
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultClient.Do(request)
	p.must(err)
	defer func() { _ = answer.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil || answer.StatusCode != http.StatusOK {
		p.Fatalf("%s: %s %v %v", path, answer.Status, err, out)
	}
	return out
}

// payAll pays each invoice, so many a second, and waits until all are paid.
func (p *paying) payAll(rate int) {
	p.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { p.hooked.Run(ctx) })
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	for _, one := range p.invoices {
		p.all.Add(1)
		p.stripe("/v1/charges", "amount", fmt.Sprint(one.balance), "currency", strings.ToLower(one.currency), "source", "tok_visa",
			"metadata[tieout_book]", p.book.ID, "metadata[tieout_invoice]", one.id)
		<-tick.C
	}
	p.all.Wait()
	stop()
	working.Wait()
}

// hook notes when a charge's event comes in.
func (p *paying) hook(w http.ResponseWriter, r *http.Request) {
	now := clock.System{}.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if bytes.Contains(body, []byte(`"charge.succeeded"`)) {
		p.mu.Lock()
		if id := string(chargeID.Find(body)); p.arrived[id].IsZero() {
			p.arrived[id] = now
		}
		p.mu.Unlock()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.receiver.ServeHTTP(w, r)
}

// RoundTrip notes when the ledger has answered that a receipt stands.
func (p *paying) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Method == http.MethodPost && r.Body != nil && strings.Contains(r.URL.Path, "/v3/company/") {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, fmt.Errorf("bench: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || answer.StatusCode != http.StatusOK || !bytes.Contains(body, []byte(`"PaymentRefNum"`)) {
		return answer, err //nolint:wrapcheck // passed through
	}
	now := clock.System{}.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, found := range chargeID.FindAll(body, -1) {
		id := string(found)
		if _, known := p.receipt[id]; !known && !p.arrived[id].IsZero() {
			p.receipt[id] = now
			p.open = append(p.open, id)
		}
	}
	return answer, nil
}

// ended notes that a run is over: the ledger was pulled after its writes.
func (p *paying) ended() {
	now := clock.System{}.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range p.open {
		p.paid[id] = now
		p.all.Done()
	}
	p.open = nil
}

func (p *paying) took(until map[string]time.Time) []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []time.Duration
	for id, at := range until {
		out = append(out, at.Sub(p.arrived[id]))
	}
	return out
}

// part is the value below which so many of a hundred lie.
func part(all []time.Duration, percent int) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)*percent/100, len(all)-1)]
}
