package stripe

import (
	"container/heap"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"tieout/internal/clock"
)

// AccountOptions describe one Stripe account.
type AccountOptions struct {
	// ClientID is the Connect client id (ca_...) of a platform; empty for an
	// account that is none. RedirectURIs are those that it registered.
	ClientID        string
	RedirectURIs    []string
	SecretKey       string // required, unique; a key of the form sk_live_... makes no account live by itself
	ID              string // acct_...; made from the seed when empty
	Name            string
	Country         string // ISO 3166, upper case; US when empty
	DefaultCurrency string // lower case; usd when empty
	Livemode        bool
	PayoutSchedule  string // "daily" (also when empty) or "manual"
	// PaysOut lets the clock make the daily payouts, at midnight UTC; otherwise
	// they are made when RunPayouts says so.
	PaysOut   bool
	DelayDays int    // days until a card charge is available; 0 = on the spot
	DebitDays int    // days until a bank debit succeeds or fails; 4 when 0
	TimeZone  string // IANA, shown in the account's settings
	// APIVersion is the account's own: that of its events, of webhook endpoints
	// that pin none, and of requests without Stripe-Version; 2023-10-16 when empty.
	APIVersion string
	// Banks is the payout destination (ba_...) of each currency. A currency
	// without one is never paid out. Nil gives one for DefaultCurrency.
	Banks map[string]string
	// BankNumbers are the account numbers of the payout destinations, by
	// currency. Stripe's test numbers decide whether a payout arrives; without
	// one it does.
	BankNumbers map[string]string
	// BankNames are the names of their banks, by currency; "STRIPE TEST BANK"
	// without one.
	BankNames map[string]string
	// CardFees and DebitFees override the list prices, by settlement currency.
	CardFees, DebitFees map[string]FeeRate
	// KeepDisputeFee keeps Stripe's dispute fee also when the dispute is won;
	// both are seen in real accounts.
	KeepDisputeFee bool
	// SettleIn forces a charge currency to settle in another one.
	SettleIn map[string]Conversion
}

// Conversion is the settlement of one currency in another: Rate is Stripe's
// exchange_rate as a decimal, settlement = charge * rate in major units.
type Conversion struct {
	Currency string `json:"currency"`
	Rate     string `json:"rate"`
}

// funds are the two sums of one currency's balance, in minor units.
type funds struct{ available, pending int64 }

// Account is one Stripe account. Its methods are safe for concurrent use.
type Account struct {
	mu    sync.Mutex
	opts  AccountOptions
	clock clock.Clock
	base  func() string // base URL for pages, set once the port is known
	rnd   *rand.Rand

	born    int64
	byID    map[string]object
	due     dueQueue
	dueSeq  int
	balance map[string]*funds
	ready   map[string][]*balanceTransaction // available, in no payout yet
	members map[string]string                // balance transaction -> automatic payout
	cause   eventRequest                     // the API request that runs, if any

	customers, products, prices, links, sessions *shelf
	intents, charges, refunds, movements         *shelf
	disputes, payouts, events                    *shelf

	payments      // methods, set-ups, webhook endpoints
	subscriptions *subscriptions
	billing       // invoices and what belongs to them

	idempotency map[string]*replay
	window      rateWindow

	endpointRates map[string]*rateWindow                // by operation
	past          map[string]pastMethod                 // by method and currency
	offered       map[string]map[string]json.RawMessage // payment_method_options by currency
	profile       profile
}

func newAccount(opts AccountOptions, c clock.Clock, rnd *rand.Rand, base func() string) *Account {
	a := &Account{
		opts: opts, clock: c, base: base, rnd: rnd, born: c.Now().Unix(),
		byID: map[string]object{}, balance: map[string]*funds{},
		ready: map[string][]*balanceTransaction{}, members: map[string]string{},
		idempotency: map[string]*replay{},
		customers:   newShelf("customer"), products: newShelf("product"), prices: newShelf("price"),
		links: newShelf("payment_link"), sessions: newShelf("checkout.session"),
		intents: newShelf("payment_intent"), charges: newShelf("charge"), refunds: newShelf("refund"),
		movements: newShelf("balance_transaction"), payouts: newShelf("payout"), events: newShelf("event"), disputes: newShelf("dispute"),
		payments: newPayments(), billing: newBilling(), endpointRates: map[string]*rateWindow{}, past: map[string]pastMethod{}, offered: map[string]map[string]json.RawMessage{},
	}
	a.defaults()
	if a.opts.PaysOut && a.opts.PayoutSchedule == "daily" {
		a.at(midnight(a.born, 1), rankPayout, a.dailyPayouts)
	}
	return a
}

func (a *Account) defaults() {
	o := &a.opts
	if o.ID == "" {
		o.ID = "acct_1" + a.letters(15)
	}
	if o.Country == "" {
		o.Country = "US"
	}
	if o.DefaultCurrency == "" {
		o.DefaultCurrency = "usd"
	}
	if o.PayoutSchedule == "" {
		o.PayoutSchedule = "daily"
	}
	if o.DebitDays == 0 {
		o.DebitDays = 4 // Stripe docs: ach-direct-debit, "up to 4 business days"
	}
	if o.APIVersion == "" {
		o.APIVersion = APIVersion
	}
	if o.TimeZone == "" {
		o.TimeZone = "Etc/UTC"
	}
	if o.Banks == nil {
		o.Banks = map[string]string{o.DefaultCurrency: a.id("ba")}
	}
	for currency := range o.Banks {
		b := a.bank(currency)
		a.byID[b.ID] = b
	}
}

// ID is the account's id, acct_...
func (a *Account) ID() string { return a.opts.ID }

// SecretKey is the key by which the account is addressed.
func (a *Account) SecretKey() string { return a.opts.SecretKey }

// Options are the account's settings with all defaults filled in.
func (a *Account) Options() AccountOptions { return a.opts }

// enter locks the account and brings it up to the clock.
func (a *Account) enter() (now int64) {
	a.mu.Lock()
	now = a.clock.Now().Unix()
	a.settle(now)
	return now
}

func (a *Account) leave() { a.mu.Unlock() }

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// letters is a random text of n characters from the account's seed.
func (a *Account) letters(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[a.rnd.IntN(len(alphabet))])
	}
	return b.String()
}

// id is a new id in the form of Stripe's.
func (a *Account) id(prefix string) string { return prefix + "_1" + a.letters(23) }

func (a *Account) register(s *shelf, o object, keys ...string) {
	s.add(o, keys...)
	a.byID[o.ident()] = o
}

// step is something the clock will do: at the same instant, in order of rank
// (a debit is decided before its money becomes available), then of entry.
type step struct {
	at   int64
	rank int
	seq  int
	run  func(at int64)
}

const (
	rankDebit = iota
	rankAvailable
	rankPayout
	rankSession
)

type dueQueue []step

func (q dueQueue) Len() int { return len(q) }
func (q dueQueue) Less(i, j int) bool {
	if q[i].at != q[j].at {
		return q[i].at < q[j].at
	}
	if q[i].rank != q[j].rank {
		return q[i].rank < q[j].rank
	}
	return q[i].seq < q[j].seq
}
func (q dueQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push and Pop are for container/heap.
func (q *dueQueue) Push(x any) { *q = append(*q, x.(step)) }

// Pop is for container/heap.
func (q *dueQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

func (a *Account) at(when int64, rank int, run func(at int64)) {
	a.dueSeq++
	heap.Push(&a.due, step{at: when, rank: rank, seq: a.dueSeq, run: run})
}

// settle does everything that the clock has reached, in order of time.
func (a *Account) settle(now int64) {
	for len(a.due) > 0 && a.due[0].at <= now {
		s := heap.Pop(&a.due).(step)
		s.run(s.at)
	}
}

// day is the number of seconds of a calendar day in UTC.
const day = int64(24 * time.Hour / time.Second)

// midnight is the start of the UTC day, n days on.
func midnight(at int64, days int) int64 { return at - at%day + int64(days)*day }
