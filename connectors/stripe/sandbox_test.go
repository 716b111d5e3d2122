package stripe

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/internal/clock"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
)

// bench is a session with a stand-in account over HTTP.
type bench struct {
	t       *testing.T
	clock   *clock.Adjustable
	server  *standin.Server
	account *standin.Account
	session *session
	vendor  *Vendor
	calls   int
	// meddle may answer a request in the stand-in's place.
	meddle func(w http.ResponseWriter, r *http.Request) bool
}

type key string

func (k key) Token(context.Context) (string, error)         { return string(k), nil }
func (k key) Renew(context.Context, string) (string, error) { return string(k), nil }

const testKey = "sk_test_4eC39HqLyjWDarjtT1zdp7dc"

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, clock: clock.At(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))}
	server := standin.New(standin.Options{Clock: b.clock, Seed: 7})
	b.server = server
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if b.meddle != nil && b.meddle(w, r) {
			return
		}
		server.ServeHTTP(w, r)
	}))
	t.Cleanup(listener.Close)
	server.SetBaseURL(listener.URL)
	var err error
	b.account, err = server.AddAccount(standin.AccountOptions{
		SecretKey: testKey, Name: "Pear Tree Joinery", DefaultCurrency: "usd", TimeZone: "America/New_York",
	})
	if err != nil {
		t.Fatal(err)
	}
	b.vendor = New(Config{BaseURL: listener.URL})
	b.session = b.open(b.account.ID(), testKey)
	return b
}

func (b *bench) open(account, secret string) *session {
	host, err := url.Parse(b.vendor.config.BaseURL)
	if err != nil {
		b.t.Fatal(err)
	}
	client := vendorhttp.New(vendorhttp.Options{
		Vendor: name, Tokens: key(secret), Hosts: []string{host.Host}, Limits: vendorhttp.Limits{RequestID: "Request-Id"},
		Now: b.clock.Now, Wait: func(context.Context, time.Duration) error { return nil },
		OnCall: func(vendorhttp.Call) { b.calls++ },
	})
	s, ok := b.vendor.Open(connectors.Access{Client: client, ExternalID: account, Now: b.clock.Now}).(*session)
	if !ok {
		b.t.Fatal("the session is of another type")
	}
	return s
}

// store applies drafts as the store does: a lower order never replaces a
// higher one. It fails the test on a rejection.
type stored map[receivables.Ref]mapping.Record

func (b *bench) apply(into stored, drafts []mapping.Draft) (changed int) {
	b.t.Helper()
	for _, d := range drafts {
		r := mapping.Accept(d)
		if r.Rejection != nil {
			b.t.Fatalf("rejected: %v", r.Rejection)
		}
		before, ok := into[r.Ref]
		if ok && before.Order > r.Order {
			continue
		}
		if !ok || string(before.Raw) != string(r.Raw) || fmt.Sprint(before.Entity) != fmt.Sprint(r.Entity) {
			changed++
		}
		into[r.Ref] = r
	}
	return changed
}

// pass pulls every stream to its end and gives how many drafts and changes
// there were.
func (b *bench) pass(into stored, cursors map[string]connectors.Cursor, full bool) (drafts, changed int) {
	b.t.Helper()
	for _, stream := range b.session.Streams() {
		if stream.Once && !full {
			continue
		}
		for pages := 0; ; pages++ {
			if pages > 500 {
				b.t.Fatalf("%s does not come to an end", stream.Name)
			}
			page, err := b.session.Pull(b.t.Context(), stream.Name, cursors[stream.Name])
			if err != nil {
				b.t.Fatal(err)
			}
			drafts += len(page.Drafts)
			changed += b.apply(into, page.Drafts)
			cursors[stream.Name] = page.Cursor
			if !page.More {
				break
			}
		}
	}
	return drafts, changed
}

// as gives the accepted entity of a record, of the type that is expected.
func as[T receivables.Entity](t *testing.T, r mapping.Record) T {
	t.Helper()
	e, ok := r.Entity.(T)
	if !ok {
		t.Fatalf("%s %s is %T (%v)", r.Ref.Kind, r.Ref.ID, r.Entity, r.Rejection)
	}
	return e
}

func (s stored) count(kind receivables.Kind) (n int) {
	for ref := range s {
		if ref.Kind == kind {
			n++
		}
	}
	return n
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) payDirect(n int, amount int64) {
	b.t.Helper()
	for i := range n {
		_, err := b.account.PayDirect(standin.DirectPayment{
			PayOptions: standin.PayOptions{Name: "Ada", Email: "ada@example.com"},
			Amount:     amount + int64(i), Currency: "usd", Description: fmt.Sprintf("INV-%d", i),
		})
		b.must(err)
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p, err := b.session.Profile(t.Context())
	b.must(err)
	if p.ExternalID != b.account.ID() || p.Home != "USD" || p.Zone != "America/New_York" || p.Live || p.Name == "" {
		t.Errorf("profile %+v", p)
	}
	if _, err := b.open("acct_other", testKey).Profile(t.Context()); connectors.ClassOf(err) != connectors.ClassPermanent {
		t.Errorf("a key of another account: %v", err)
	}
	if _, err := b.open(b.account.ID(), "sk_test_wrong12345").Profile(t.Context()); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a wrong key: %v", err)
	} else if strings.Contains(err.Error(), "wrong12345") {
		t.Errorf("the key is in the error: %v", err)
	}
}

func TestBackfillThenEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 10 {
		b.payDirect(25, 5000)
		b.clock.Advance(3 * time.Hour)
	}
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	if got := all.count(receivables.KindCharge); got != 250 {
		t.Errorf("%d charges, want 250", got)
	}
	if got := all.count(receivables.KindBalanceTransaction); got < 250 {
		t.Errorf("%d balance transactions, want 250 or more", got)
	}

	b.calls = 0
	drafts, changed := b.pass(all, cursors, false)
	if b.calls != 2 || drafts != 0 || changed != 0 {
		t.Errorf("an idle pass: %d calls, %d drafts, %d changes; want 2, 0, 0", b.calls, drafts, changed)
	}

	b.clock.Advance(time.Hour)
	b.payDirect(150, 7000)
	b.calls = 0
	b.pass(all, cursors, false)
	if got := all.count(receivables.KindCharge); got != 400 {
		t.Errorf("%d charges after new ones, want 400", got)
	}
	if b.calls > 40 {
		t.Errorf("%d calls for 150 new charges: they are not read by list", b.calls)
	}
	b.calls = 0
	if drafts, _ = b.pass(all, cursors, false); b.calls != 2 || drafts != 0 {
		t.Errorf("an idle pass: %d calls, %d drafts; want 2 and 0", b.calls, drafts)
	}
}

func TestEventsFromAnEmptyAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.payDirect(130, 900)
	b.pass(all, cursors, false)
	if got := all.count(receivables.KindCharge); got != 130 {
		t.Errorf("%d charges, want 130", got)
	}
	if got := all.count(receivables.KindBalanceTransaction); got != 130 {
		t.Errorf("%d balance transactions, want 130", got)
	}
	b.calls = 0
	if drafts, _ := b.pass(all, cursors, false); b.calls != 2 || drafts != 0 {
		t.Errorf("an idle pass: %d calls, %d drafts; want 2 and 0", b.calls, drafts)
	}
}

func TestEventsAfterAGap(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(5, 900)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.clock.Advance(24 * time.Hour)
	b.payDirect(7, 1900)
	b.clock.Advance(45 * 24 * time.Hour)
	b.payDirect(3, 2900)
	b.pass(all, cursors, false)
	if got := all.count(receivables.KindCharge); got != 15 {
		t.Errorf("%d charges after 45 days, want 15", got)
	}
	b.calls = 0
	if drafts, _ := b.pass(all, cursors, false); b.calls != 2 || drafts != 0 {
		t.Errorf("an idle pass: %d calls, %d drafts; want 2 and 0", b.calls, drafts)
	}
}

func TestPayoutMembersAreNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.payDirect(120, 5000)
	b.clock.Advance(48 * time.Hour)
	b.pass(all, cursors, false)
	_, err := b.account.RunPayouts()
	b.must(err)
	for range 6 {
		b.clock.Advance(24 * time.Hour)
		b.pass(all, cursors, false)
	}
	for ref, r := range all {
		payout, ok := r.Entity.(receivables.Payout)
		if !ok {
			continue
		}
		var sum int64
		for _, m := range all {
			if bt, ok := m.Entity.(receivables.BalanceTransaction); ok && bt.Payout == ref.ID {
				sum += bt.Net
			}
		}
		if payout.Status != "paid" || sum != payout.Amount {
			t.Errorf("payout %s is %s, %d; its members add up to %d", ref.ID, payout.Status, payout.Amount, sum)
		}
		members, err := b.session.PayoutMembers(t.Context(), ref.ID)
		b.must(err)
		if len(members) != 120 {
			t.Errorf("%d members, want 120", len(members))
		}
	}
	if all.count(receivables.KindPayout) != 1 {
		t.Fatalf("%d payouts, want 1", all.count(receivables.KindPayout))
	}
	// A later reading without the payout must not take the knowledge away.
	for _, m := range all {
		if bt, ok := m.Entity.(receivables.BalanceTransaction); ok && bt.Payout != "" {
			drafts, err := b.session.Movements(t.Context(), []string{bt.ID})
			b.must(err)
			if b.apply(all, drafts) != 0 {
				t.Error("reading a member again changed it")
			}
			break
		}
	}
}

// Payouts made before the connection have their members named too.
func TestMembersOfEarlierPayouts(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 3 {
		b.payDirect(110, 5000)
		b.clock.Advance(72 * time.Hour)
		_, err := b.account.RunPayouts()
		b.must(err)
		b.clock.Advance(72 * time.Hour)
	}
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	sums := map[string]int64{}
	for _, r := range all {
		if bt, ok := r.Entity.(receivables.BalanceTransaction); ok && bt.Payout != "" {
			sums[bt.Payout] += bt.Net
		}
	}
	for ref, r := range all {
		if payout, ok := r.Entity.(receivables.Payout); ok && sums[ref.ID] != payout.Amount {
			t.Errorf("payout %s is %d, its members add up to %d", ref.ID, payout.Amount, sums[ref.ID])
		}
	}
	if len(sums) != 3 || all.count(receivables.KindPayout) != 3 {
		t.Errorf("%d payouts of %d have members, want 3 of 3", len(sums), all.count(receivables.KindPayout))
	}
}

func TestBalancesAreTheSumOfMovements(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(30, 4321)
	b.clock.Advance(72 * time.Hour)
	b.payDirect(4, 999)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	var sum int64
	for _, m := range all {
		if bt, ok := m.Entity.(receivables.BalanceTransaction); ok {
			sum += bt.Net
		}
	}
	balances, err := b.session.Balances(t.Context())
	b.must(err)
	if balances["USD"] != sum {
		t.Errorf("balance %d, movements %d", balances["USD"], sum)
	}
}

func TestRefundComesByEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	paid, err := b.account.PayDirect(standin.DirectPayment{Amount: 5000, Currency: "usd"})
	b.must(err)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.clock.Advance(time.Minute)
	id, err := b.account.Refund(paid.Charge, 1200, "")
	b.must(err)
	b.pass(all, cursors, false)
	refund := as[receivables.Refund](t, all[receivables.Ref{Kind: receivables.KindRefund, ID: id}])
	charge := as[receivables.Charge](t, all[receivables.Ref{Kind: receivables.KindCharge, ID: paid.Charge}])
	if refund.Amount != 1200 || refund.ChargeID != paid.Charge || charge.Refunded != 1200 {
		t.Errorf("refund %+v, charge %+v", refund, charge)
	}
}
