package pushtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/store/storetest"
	"tieout/sync/lease"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

var engines = storetest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	engines.Stop()
	os.Exit(code)
}

// begin is a Monday morning in the companies' zones.
var begin = time.Date(2026, 3, 2, 18, 30, 0, 0, time.UTC)

const today receivables.Date = "2026-03-02"

// side is a vendor's stand-in with one company in it.
type side struct {
	box    http.Handler
	vendor interface {
		connectors.Vendor
		Hosts() []string
		Limits() vendorhttp.Limits
	}
	// company is the realm, organisation or account.
	company string
	// token gives what calls are authorised with.
	token func(b *bench) string
	dump  func() any
	// enter has a bookkeeper enter an invoice of 100.00, or a credit note of
	// 40.00 where credit is set, and gives its id.
	enter func(b *bench, customer string, credit bool) string
	// erase has a bookkeeper delete or void a document; an error where it
	// cannot be taken away so.
	erase func(ref receivables.Ref, how string) error
	// opened has a customer open a payment link.
	opened func(url string)
	// customer has a bookkeeper enter a customer.
	customer func(b *bench) string
}

// bench is one company and its outbox.
type bench struct {
	*testing.T
	side
	clock   *clock.Adjustable
	wire    *wire
	session connectors.Session
	store   *store.Store
	tenant  string
	// accounts are those of the book in the ledger.
	accounts mapping.Accounts
	// writes are those in the outbox.
	writes []connectors.Write
	// holders counts the processes that have died.
	holders int
}

const (
	bookID     = "book-1"
	connection = "ledger-1"
	base       = "http://vendor.test"
)

// tenants keeps the runs apart that share a database.
var tenants atomic.Int64

// newBench makes a company, a session with it and an empty outbox.
func newBench(t *testing.T, s *store.Store, of func(b *bench) side) *bench {
	t.Helper()
	b := &bench{T: t, clock: clock.At(begin), store: s, tenant: fmt.Sprintf("tenant-%d", tenants.Add(1))}
	b.side = of(b)
	b.wire = &wire{box: b.box, now: b.clock.Now, before: map[string]*httptest.ResponseRecorder{}}
	b.session = b.open(b.wire, b.token(b))
	for id, vendor := range map[string]string{connection: b.vendor.Name(), "source-1": "stripe"} {
		_, err := s.SaveConnection(t.Context(), books.Connection{
			Tenant: b.tenant, ID: id, Vendor: vendor, ExternalID: b.tenant + id, GrantID: "g-" + id, State: books.ConnectionActive,
			Profile: connectors.Profile{ExternalID: b.tenant + id, Home: "USD"}, CreatedAt: begin,
		})
		b.must(err)
	}
	cut := begin.AddDate(0, -1, 0)
	_, err := s.SaveBook(t.Context(), books.Book{
		Tenant: b.tenant, ID: bookID, Name: "Main", Ledger: connection, Sources: []string{"source-1"}, CutOver: &cut, Zone: "UTC", CreatedAt: begin,
	}, begin)
	b.must(err)
	return b
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// open is a session as a process has it, over a network of its own.
func (b *bench) open(network http.RoundTripper, token string) connectors.Session {
	client := vendorhttp.New(vendorhttp.Options{
		Vendor: b.vendor.Name(), Connection: connection, Base: network, Hosts: b.vendor.Hosts(), Tokens: fixed(token),
		Limits: vendorhttp.Limits{RequestID: b.vendor.Limits().RequestID}, Now: b.clock.Now,
		Wait: func(_ context.Context, d time.Duration) error { b.clock.Advance(d); return nil },
	})
	return b.vendor.Open(connectors.Access{Client: client, ExternalID: b.company, Home: "USD", Zone: time.UTC, Now: b.clock.Now})
}

// fixed is a token that is not renewed.
type fixed string

// Token is the token.
func (f fixed) Token(context.Context) (string, error) { return string(f), nil }

// Renew has no other.
func (f fixed) Renew(context.Context, string) (string, error) { return string(f), nil }

// setUp makes the accounts that a book needs, as the set-up does.
func (b *bench) setUp() {
	b.Helper()
	ledger := b.ledger()
	var chart []receivables.Account
	for cursor, more := connectors.Cursor(nil), true; more; {
		page, err := b.session.Pull(b.Context(), "accounts", cursor)
		b.must(err)
		for _, d := range page.Drafts {
			if a, ok := mapping.Accept(d).Entity.(receivables.Account); ok {
				chart = append(chart, a)
			}
		}
		cursor, more = page.Cursor, page.More
	}
	plan := ledger.DetectAccounts(chart, connectors.AccountNeeds{Currencies: []money.Currency{"USD"}})
	for _, n := range plan.Create {
		w, err := ledger.LowerAccount(n)
		b.must(err)
		id := b.send(w).Ref.ID
		switch n.Use {
		case "clearing":
			plan.Accounts.Clearing[n.Currency] = id
		case "fees":
			plan.Accounts.Fees = id
		case "contact":
			plan.Accounts.FeeContact = id
		case "method":
			plan.Accounts.Method = id
		case "disputes":
			plan.Accounts.Disputes[n.Currency] = id
		case "returned":
			plan.Accounts.Returned = id
		}
	}
	b.accounts = plan.Accounts
	if b.accounts.Banks["*USD"] == "" { // the chart has several: a person chooses
		for _, a := range chart {
			if a.Type == receivables.AccountBank && a.Currency == "USD" {
				b.accounts.Banks["*USD"] = a.ID
			}
		}
	}
	if b.accounts.Receivable == nil {
		b.accounts.Receivable = map[money.Currency]string{}
	}
}

func (b *bench) writer() connectors.Writer { return b.session.(connectors.Writer) }

func (b *bench) ledger() connectors.Ledger { return b.session.(connectors.Ledger) }

// send makes a write at once, outside of the outbox and undisturbed.
func (b *bench) send(w connectors.Write) connectors.Answer {
	b.Helper()
	a, err := b.writer().Send(b.Context(), w)
	if err != nil {
		b.Fatalf("%s: %v", w.Op, err)
	}
	return a
}

// draft is an object as it stands at the vendor.
func (b *bench) draft(ref receivables.Ref) mapping.Draft {
	b.Helper()
	drafts, err := b.session.Fetch(b.Context(), []receivables.Ref{ref})
	if err != nil || len(drafts) != 1 {
		b.Fatalf("fetch %v: %d, %v", ref, len(drafts), err)
	}
	return drafts[0]
}

// plan puts writes into the outbox, as a pass does.
func (b *bench) plan(writes []connectors.Write) {
	b.Helper()
	var intents []push.Intent
	for i, w := range writes {
		invoice := ""
		if w.Target.Kind == receivables.KindInvoice {
			invoice = w.Target.ID
		}
		intents = append(intents, push.Intent{
			Tenant: b.tenant, ID: fmt.Sprintf("intent-%d", i), Book: bookID, Connection: connection, Generation: 1, State: push.StatePlanned,
			Priority: push.PriorityReceipt, Sort: fmt.Sprint(i), Write: w, Invoice: invoice, Why: "a test", CreatedAt: b.clock.Now(), UpdatedAt: b.clock.Now(),
		})
	}
	one, err := b.store.Book(b.Context(), b.tenant, bookID)
	b.must(err)
	l, err := b.hold(b.Context())
	b.must(err)
	b.must(b.store.Save(b.Context(), l, one, reconcile.Result{At: b.clock.Now(), Intents: intents}))
}

// leased is how long a process holds the book's lease.
const leased = 2 * time.Minute

// hold takes the book's lease for the process that runs now.
func (b *bench) hold(ctx context.Context) (lease.Lease, error) {
	want := lease.Lease{Tenant: b.tenant, Name: "book/" + bookID, Holder: fmt.Sprint("process ", b.holders), Until: b.clock.Now().Add(leased)}
	l, ok, err := b.store.AcquireLease(ctx, want, b.clock.Now())
	if err == nil && !ok {
		err = lease.ErrLost
	}
	return l, err
}

func (b *bench) intents() []push.Intent {
	b.Helper()
	all, err := b.store.Intents(b.Context(), b.tenant, bookID, []push.State{
		push.StatePlanned, push.StateSending, push.StateUnknown, push.StateDone, push.StateParked, push.StateDropped,
	}, 100)
	b.must(err)
	return all
}
