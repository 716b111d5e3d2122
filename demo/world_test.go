package demo_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/demo"
	"tieout/internal/app"
	"tieout/internal/clock"
	"tieout/sandbox"
	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/store/storetest"
	"tieout/sync/proof"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
)

// testNow is a Friday; in both companies' zones it is the same day.
var testNow = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// databases are migrated ones, copied from one of each engine.
var databases = storetest.New()

func TestMain(m *testing.M) {
	code := m.Run()
	databases.Stop()
	os.Exit(code)
}

// engines runs a scenario on both databases.
func engines(t *testing.T, run func(t *testing.T, database string)) {
	t.Run("sqlite", func(t *testing.T) { t.Parallel(); run(t, databases.File(t)) })
	t.Run("postgres", func(t *testing.T) { t.Parallel(); run(t, databases.Address(t)) })
}

// world is a sandbox with an installation that writes, at a time that stands
// still until it is moved.
type world struct {
	*testing.T
	demo  *demo.Demo
	clock *clock.Adjustable
	sides []*side
	// programs counts further programs on the same database.
	programs int
}

// side is one ledger with its Stripe account and book.
type side struct {
	control.Ledger
	w      *world
	ready  sandbox.ReadyLedger
	stripe control.Account
	book   books.Book
	// sessions were opened and not paid; made counts invoices made by a test.
	sessions []string
	made     int
	// refusals says where a bookkeeper's act goes that the vendor refuses; nil
	// makes it a failure of the test.
	refusals func(error)
}

// seeded is randomness that is the same in every run.
func seeded(n byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{n}) }

// prepare starts a world and sets it up; nothing may be written yet.
func prepare(t *testing.T, o demo.Options) *world {
	t.Helper()
	w := start(t, o)
	w.setUp()
	return w
}

// start starts a world in which nothing is connected yet.
func start(t *testing.T, o demo.Options) *world {
	t.Helper()
	w := &world{T: t, clock: clock.At(testNow)}
	o.Clock, o.Random = w.clock, seeded(1)
	if o.Seed == 0 {
		o.Seed = 7
	}
	if o.Invoices == 0 {
		o.Invoices = 8
	}
	if o.Own == "" {
		o.Own = databases.File(t)
	}
	var err error
	if w.demo, err = demo.Start(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.demo.Close)
	return w
}

// setUp connects everything and makes the books.
func (w *world) setUp() {
	w.Helper()
	if err := w.demo.SetUp(w.Context()); err != nil {
		w.Fatal(err)
	}
	for i, l := range w.demo.Sandbox.Ledgers() {
		s := &side{Ledger: l, w: w, ready: w.demo.Ready.Ledgers[i]}
		account, ok := w.demo.Sandbox.Account(s.ready.StripeAccount)
		if !ok || s.ready.ID != l.ID {
			w.Fatalf("ledger %d is %s, its account %s is there: %t", i, l.ID, s.ready.StripeAccount, ok)
		}
		s.stripe = account
		w.sides = append(w.sides, s)
	}
	w.loadBooks()
}

// begin starts a world in which every open invoice has its payment link.
func begin(t *testing.T, o demo.Options) *world {
	t.Helper()
	w := prepare(t, o)
	w.switchOn()
	w.sync()
	return w
}

// quiet is the world of most scenarios: few invoices, no past.
func quiet(t *testing.T) *world { return begin(t, demo.Options{NoHistory: true}) }

func (w *world) loadBooks() {
	w.Helper()
	all, err := w.demo.App.Store.Books(w.Context(), books.Tenant)
	if err != nil {
		w.Fatal(err)
	}
	for _, b := range all {
		c, err := w.demo.App.Store.Connection(w.Context(), b.Tenant, b.Ledger)
		if err != nil {
			w.Fatal(err)
		}
		for _, s := range w.sides {
			if s.ID == c.ExternalID {
				s.book = b
			}
		}
	}
}

func (w *world) switchOn() {
	w.Helper()
	for _, s := range w.sides {
		if _, err := w.demo.App.Connect.SwitchWrites(w.Context(), s.book, true); err != nil {
			w.Fatal(err)
		}
	}
	w.loadBooks()
}

// outcome is a sync's result by vendor.
type outcome map[string]schedule.BookResult

// sync runs a sync that must not fail.
func (w *world) sync() outcome {
	w.Helper()
	runs, err := w.demo.App.Sync(w.Context(), schedule.Options{Prove: true})
	return w.fine(runs, err)
}

func (w *world) fine(runs []app.BookRun, err error) outcome {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
	out := outcome{}
	for _, r := range runs {
		if r.Err != nil || len(r.Result.Problems) > 0 {
			w.Fatalf("sync of %s: %v, problems %v", r.Book.Name, r.Err, r.Result.Problems)
		}
		for _, s := range w.sides {
			if s.book.ID == r.Book.ID {
				out[s.Vendor] = r.Result
			}
		}
	}
	return out
}

// proven checks that nothing is unexplained on any side.
func (w *world) proven(o outcome) {
	w.Helper()
	for vendor, r := range o {
		if r.Proof == nil {
			w.Errorf("%s: nothing was proven", vendor)
			continue
		}
		for _, l := range r.Proof.Lines {
			if !l.Measured || l.Unexplained != 0 {
				w.Errorf("%s: %s %s: measured %t, unexplained %d of %d (%s) %v", vendor, l.Check, l.Currency, l.Measured, l.Unexplained, l.Difference, l.Why, l.Explained)
			}
		}
	}
}

// idle checks that a sync wrote nothing to any vendor.
func (w *world) idle(o outcome, after string) {
	w.Helper()
	for vendor, r := range o {
		if r.Pushed.Sent+r.Pushed.Found+r.Pushed.Parked+r.Planned.Intents+r.Planned.Decisions != 0 {
			w.Errorf("%s: %s: a sync sent %d, found %d, parked %d, planned %d, asked %d; want nothing",
				vendor, after, r.Pushed.Sent, r.Pushed.Found, r.Pushed.Parked, r.Planned.Intents, r.Planned.Decisions)
		}
	}
}

// advance lets time pass.
func (w *world) advance(d time.Duration) { w.clock.Advance(d) }

// explained are the items that explain a difference of a check.
func explained(r schedule.BookResult, check proof.Check) []proof.Item {
	var items []proof.Item
	if r.Proof == nil {
		return nil
	}
	for _, l := range r.Proof.Lines {
		if l.Check == check {
			items = append(items, l.Explained...)
		}
	}
	return items
}

// open are the open invoices in the home currency that carry a link,
// grouped as the ledger orders them.
func (s *side) open() []economy.Document {
	s.w.Helper()
	all, err := s.Books.OpenInvoices()
	if err != nil {
		s.w.Fatal(err)
	}
	return slices.DeleteFunc(all, func(d economy.Document) bool { return d.Currency != s.ready.HomeCurrency || s.linkIn(d) == "" })
}

// pick is the n-th open invoice with a link.
func (s *side) pick(n int) economy.Document {
	s.w.Helper()
	all := s.open()
	if n >= len(all) {
		s.w.Fatalf("%s: invoice %d of %d open ones with a link", s.Vendor, n, len(all))
	}
	return all[n]
}

var urls = regexp.MustCompile(`https?://[^\s"<>]+`)

// linkIn is the payment link that a customer reads on an invoice, "" for none.
func (s *side) linkIn(d economy.Document) string {
	for _, url := range urls.FindAllString(d.Text, -1) {
		if s.Pays(url) || ownLink.MatchString(url) {
			return url
		}
	}
	return ""
}

// again reads an invoice as it stands now.
func (s *side) again(d economy.Document) economy.Document {
	s.w.Helper()
	now, err := s.Books.Document(d.ID)
	if err != nil {
		s.w.Fatal(err)
	}
	now.Email = d.Email
	return now
}

// pay pays an invoice by its link.
func (s *side) pay(d economy.Document, how stripe.PayOptions) stripe.Payment {
	s.w.Helper()
	if how.Email == "" {
		how.Email, how.Name = d.Email, d.Name
	}
	paid, err := s.stripe.PayLink(s.linkIn(d), how)
	if err != nil {
		s.w.Fatalf("%s: pay %s: %v", s.Vendor, d.Number, err)
	}
	return paid
}

// direct pays without a link.
func (s *side) direct(p stripe.DirectPayment) stripe.Payment {
	s.w.Helper()
	p.Currency = strings.ToLower(s.ready.HomeCurrency)
	paid, err := s.stripe.PayDirect(p)
	if err != nil {
		s.w.Fatalf("%s: pay directly: %v", s.Vendor, err)
	}
	return paid
}

// written is a document of ours as it stands in the ledger.
type written struct {
	Kind   string
	ID     string
	Source string
	Date   string
	Fields map[string]any
}

// kinds are the ledgers' kinds of documents that we write, receipts first.
var kinds = map[string][]string{
	economy.QuickBooks: {"Payment", "Purchase", "Transfer"},
	economy.Xero:       {"Payments", "BankTransactions", "BankTransfers"},
}

var (
	ourMarker = regexp.MustCompile(`TIE-[A-Z2-7]{16}`)
	sources   = regexp.MustCompile(`\b(?:ch|py|po)_[A-Za-z0-9]+`)
)

// ours are our live documents of the n-th kind: 0 receipts, 1 fees, 2
// payouts.
func (s *side) ours(n int) []written {
	s.w.Helper()
	return s.oursOf(kinds[s.Vendor][n])
}

// oursOf are our live documents of a kind in the ledger's own words.
func (s *side) oursOf(kind string) []written {
	s.w.Helper()
	var list []written
	for _, raw := range s.Records.List(kind) {
		var f map[string]any
		if err := json.Unmarshal(raw, &f); err != nil {
			s.w.Fatal(err)
		}
		if f["Status"] == "DELETED" || f["Status"] == "VOIDED" || !ourMarker.Match(raw) {
			continue
		}
		// QuickBooks keeps a voided payment, of nothing.
		if note, _ := f["PrivateNote"].(string); strings.HasPrefix(note, "Voided") {
			continue
		}
		// Xero shows each transfer as two bank transactions besides.
		if t, _ := f["Type"].(string); strings.HasSuffix(t, "-TRANSFER") {
			continue
		}
		one := written{Kind: kind, Fields: f, Source: longest(sources.FindAllString(string(raw), -1))}
		for _, key := range []string{"Id", strings.TrimSuffix(kind, "s") + "ID"} {
			if id, ok := f[key].(string); ok {
				one.ID = id
			}
		}
		one.Date = dateOf(f)
		list = append(list, one)
	}
	return list
}

// longest is the longest of some texts: a field may hold an id that was cut.
func longest(list []string) string {
	most := ""
	for _, text := range list {
		if len(text) > len(most) {
			most = text
		}
	}
	return most
}

// dateOf is a document's date. Xero's payments have it in milliseconds only.
func dateOf(f map[string]any) string {
	for _, key := range []string{"TxnDate", "DateString"} {
		if date, ok := f[key].(string); ok {
			return date[:10]
		}
	}
	text, _ := f["Date"].(string)
	var milliseconds int64
	if _, err := fmt.Sscanf(text, "/Date(%d", &milliseconds); err != nil {
		return ""
	}
	return time.UnixMilli(milliseconds).UTC().Format(time.DateOnly)
}

// receiptsOf are our live receipts for a charge.
func (s *side) receiptsOf(charge string) []written {
	s.w.Helper()
	return slices.DeleteFunc(s.ours(0), func(d written) bool { return d.Source != charge })
}

// decisions are the open questions of a kind; "" means all.
func (s *side) decisions(kind string) []reconcile.Decision {
	s.w.Helper()
	all, err := s.w.demo.App.Store.OpenDecisions(s.w.Context(), s.book.Tenant, s.book.ID)
	if err != nil {
		s.w.Fatal(err)
	}
	return slices.DeleteFunc(all, func(d reconcile.Decision) bool { return kind != "" && d.Kind != kind })
}

// balance checks what is open on an invoice, in minor units.
func (s *side) balance(d economy.Document, want int64) {
	s.w.Helper()
	if now := s.again(d); int64(now.Balance) != want {
		s.w.Errorf("%s: %s has %d open, want %d", s.Vendor, d.Number, now.Balance, want)
	}
}

// update changes a document as the bookkeeper does on the screen.
func (s *side) update(kind string, fields map[string]any) {
	s.w.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		s.w.Fatal(err)
	}
	if _, err := s.Records.Update(kind, raw); err != nil {
		s.refused(fmt.Errorf("update %s: %w", kind, err))
	}
}

// refused ends a scenario whose act a vendor refuses; in a random history such
// an act has not happened.
func (s *side) refused(err error) {
	s.w.Helper()
	if s.refusals == nil {
		s.w.Fatalf("%s: %v", s.Vendor, err)
	}
	s.refusals(err)
}

func (s *side) remove(d written) {
	s.w.Helper()
	if _, err := s.Records.Delete(d.Kind, d.ID); err != nil {
		s.w.Fatalf("%s: delete %s %s: %v", s.Vendor, d.Kind, d.ID, err)
	}
}

// database opens the installation's database for a look from outside.
func (w *world) database() *sql.DB {
	w.Helper()
	address, driver := w.demo.Config().Database, "sqlite"
	if strings.HasPrefix(address, "postgres") {
		driver = "postgres"
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = db.Close() })
	return db
}

func count(t *testing.T, db *sql.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", query, err))
	}
	return n
}

// worldOn is a quiet world on a database.
func worldOn(database string) demo.Options { return demo.Options{Own: database, NoHistory: true} }
