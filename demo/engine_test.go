package demo_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/demo"
	"tieout/internal/app"
	"tieout/receivables"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
	"tieout/sync/push"
	"tieout/sync/schedule"
)

// moving are the tables that a sync may write though nothing has changed:
// what ran, what it cost, how fresh it is, and what was measured. Grants are
// refreshed by the hour.
var moving = []string{"run", "call_count", "proof", "proof_line", "stream", "connection", "lease", "grants"}

// contents are all rows of all tables that must stand still.
func contents(t *testing.T, db *sql.DB) map[string]string {
	t.Helper()
	names := column(t, db, `select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name`)
	if len(names) < 15 {
		t.Fatalf("only the tables %v", names)
	}
	out := map[string]string{}
	for _, name := range names {
		if !slices.Contains(moving, name) {
			out[name] = rows(t, db, `select * from "`+name+`"`)
		}
	}
	return out
}

func column(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	var list []string
	for result.Next() {
		var one string
		if err := result.Scan(&one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

// rows are the lines of a query, sorted, as text.
func rows(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	result, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer result.Close()
	names, err := result.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for result.Next() {
		values := make([]any, len(names))
		for i := range values {
			values[i] = new(any)
		}
		if err := result.Scan(values...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			values[i] = *v.(*any)
		}
		lines = append(lines, fmt.Sprint(values...))
	}
	if err := result.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// A sync with nothing to do writes nothing but that it ran, and asks each
// vendor as little as it can.
func TestIdleSync(t *testing.T) {
	t.Parallel()
	w := begin(t, demo.Options{})
	for _, s := range w.sides {
		s.pay(s.pick(0), stripe.PayOptions{})
	}
	w.sync()
	w.sync()
	db := w.database()
	before, calls := contents(t, db), w.calls()
	w.advance(time.Hour)
	w.idle(w.sync(), "sync after an hour without news")
	for name, rows := range contents(t, db) {
		if rows != before[name] {
			t.Errorf("an idle sync wrote to %s", name)
		}
	}
	after := w.calls()
	for connection, purposes := range after {
		most := 1
		switch vendor := w.vendor(connection); vendor {
		case "stripe":
			most = 2
		case economy.Xero:
			most = count(t, db, `select count(*) from stream where connection = $1`, connection)
		}
		for purpose, n := range purposes {
			n -= calls[connection][purpose]
			if purpose != "proof" && (purpose != "pull" || n > most) && n != 0 {
				t.Errorf("%s: an idle sync made %d calls for %q, want at most %d to pull", w.vendor(connection), n, purpose, most)
			}
		}
	}
}

func (w *world) calls() map[string]map[string]int {
	w.Helper()
	calls, err := w.demo.App.Calls(w.Context(), w.clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	return calls
}

func (w *world) vendor(connection string) string {
	w.Helper()
	c, err := w.demo.App.Store.Connection(w.Context(), "main", connection)
	if err != nil {
		w.Fatal(err)
	}
	return c.Vendor
}

// Years of payments before the cut-over are pulled and shown, and nothing is
// ever written for them.
func TestHistoryIsNeverWritten(t *testing.T) {
	t.Parallel()
	w := prepare(t, demo.Options{Invoices: 20, Seed: 11})
	if _, err := w.demo.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	db := w.database()
	for _, s := range w.sides {
		day := string(receivables.DateIn(*s.book.CutOver, s.book.Location()))
		documents := 0
		for n := range kinds[s.Vendor] {
			for _, d := range s.ours(n) {
				documents++
				if d.Date < day {
					t.Errorf("%s: %s %s is dated %s, before the cut-over %s", s.Vendor, d.Kind, d.ID, d.Date, day)
				}
			}
		}
		if documents < 20 {
			t.Errorf("%s: only %d documents were written", s.Vendor, documents)
		}
		old := column(t, db, `select id from balance_transaction where connection = $1 and created < $2`, s.book.Sources[0], stored(*s.book.CutOver))
		first := column(t, db, `select min(created) from balance_transaction where connection = $1`, s.book.Sources[0])
		if len(old) < 20 || first[0] > stored(s.book.CutOver.AddDate(-2, 0, 0)) {
			t.Errorf("%s: %d movements before the cut-over, the first of %s: not years of history", s.Vendor, len(old), first[0])
		}
		for _, id := range old {
			if n := count(t, db, `select (select count(*) from part where movement = $1) + (select count(*) from allocation where movement = $1) +
				(select count(*) from intent where instr(request, $1) > 0)`, id); n != 0 {
				t.Errorf("%s: the old movement %s has %d parts, allocations or intents", s.Vendor, id, n)
			}
		}
	}
}

// stored is how SQLite holds an instant: text that sorts.
func stored(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000000Z") }

// tamper is a transport that does something of its own to some calls.
type tamper func(*http.Request, []byte) (*http.Response, error)

func (f tamper) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		_ = r.Body.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return f(r, body)
}

// second opens another installation on the same database.
func (w *world) second(seed byte, transport http.RoundTripper) *app.App {
	w.Helper()
	config := w.demo.Config()
	config.Random, config.Transport = seeded(seed), transport
	other, err := app.Open(w.Context(), config)
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { _ = other.Close() })
	return other
}

// A program that dies after the vendor has taken a document, and before it
// could note that, finds the document again and writes none twice.
func TestKilledWhileWriting(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, database string) {
		w := begin(t, worldOn(database))
		var charges []string
		for _, s := range w.sides {
			charges = append(charges, s.pay(s.pick(0), stripe.PayOptions{}).Charge)
		}
		deaths := 0
		for seed := byte(10); seed < 30; seed++ {
			ctx, kill := context.WithCancel(t.Context())
			dying := w.second(seed, tamper(func(r *http.Request, body []byte) (*http.Response, error) {
				answer, err := http.DefaultTransport.RoundTrip(r)
				if err == nil && r.Method != http.MethodGet && ourMarker.Match(body) {
					_ = answer.Body.Close()
					deaths++
					kill()
					return nil, context.Canceled
				}
				return answer, err
			}))
			_, err := dying.Sync(ctx, schedule.Options{})
			died := ctx.Err() != nil
			kill()
			if !died {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
		}
		if deaths < 4 {
			t.Errorf("the program died %d times while writing, want at least a receipt and a fee in each ledger", deaths)
		}
		w.proven(w.sync())
		w.idle(w.sync(), "second sync after the deaths")
		for i, s := range w.sides {
			s.receipts(charges[i], 1)
			if n := len(s.ours(1)); n != 1 {
				t.Errorf("%s: %d fees, want 1", s.Vendor, n)
			}
		}
	})
}

// While one program works on a book another leaves it alone, and does not
// write anything twice.
func TestTwoProgramsOnOneDatabase(t *testing.T) {
	t.Parallel()
	engines(t, func(t *testing.T, database string) {
		w := begin(t, worldOn(database))
		var charges []string
		for _, s := range w.sides {
			charges = append(charges, s.pay(s.pick(0), stripe.PayOptions{}).Charge)
		}
		other := w.second(40, nil)
		busy, met := 0, false
		first := w.second(41, tamper(func(r *http.Request, body []byte) (*http.Response, error) {
			if !met && ourMarker.Match(body) {
				met = true
				runs, err := other.Sync(t.Context(), schedule.Options{})
				if err != nil {
					t.Errorf("the other program: %v", err)
				}
				for _, run := range runs {
					if errors.Is(run.Err, schedule.ErrBusy) {
						busy++
					} else if run.Err != nil {
						t.Errorf("the other program: %v", run.Err)
					}
				}
			}
			return http.DefaultTransport.RoundTrip(r)
		}))
		w.fine(first.Sync(t.Context(), schedule.Options{}))
		if busy != 1 {
			t.Errorf("the other program found %d books in work, want 1", busy)
		}
		w.proven(w.sync())
		for i, s := range w.sides {
			s.receipts(charges[i], 1)
			if n := len(s.ours(1)); n != 1 {
				t.Errorf("%s: %d fees, want 1", s.Vendor, n)
			}
		}
	})
}

// One receipt that the ledger refuses is set aside with the reason; all
// others are written.
func TestOneBadDocument(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	var bad, good []string
	for _, s := range w.sides {
		first := s.pick(0)
		bad = append(bad, s.pay(first, stripe.PayOptions{}).Charge)
		n := 0
		for _, d := range s.open() {
			if d.Customer != first.Customer && n < 2 {
				n++
				good = append(good, s.pay(d, stripe.PayOptions{}).Charge)
			}
		}
	}
	refusing := w.second(50, tamper(func(r *http.Request, body []byte) (*http.Response, error) {
		// Several receipts may go out in one call: a bad one spoils it.
		spoilt := slices.ContainsFunc(sources.FindAllString(string(body), -1), func(charge string) bool { return slices.Contains(bad, charge) })
		if spoilt && r.Method != http.MethodGet && isReceipt(r, body) {
			return refusal(r), nil
		}
		return http.DefaultTransport.RoundTrip(r)
	}))
	runs, err := refusing.Sync(t.Context(), schedule.Options{Prove: true})
	out := w.fine(runs, err)
	written := 0
	for i, s := range w.sides {
		if out[s.Vendor].Pushed.Parked != 1 {
			t.Errorf("%s: %d intents parked, want 1", s.Vendor, out[s.Vendor].Pushed.Parked)
		}
		parked, err := w.demo.App.Store.Intents(t.Context(), s.book.Tenant, s.book.ID, []push.State{push.StateParked}, 10)
		if err != nil || len(parked) != 1 || !strings.Contains(parked[0].Problem, "refused for a reason") {
			t.Errorf("%s: parked %+v, %v", s.Vendor, parked, err)
		}
		s.receipts(bad[i], 0)
		for _, charge := range good {
			written += len(s.receiptsOf(charge))
		}
	}
	if written != len(good) {
		t.Errorf("%d of the %d other receipts were written", written, len(good))
	}
	w.proven(out)
}

func isReceipt(r *http.Request, body []byte) bool {
	return strings.HasSuffix(r.URL.Path, "/payment") || strings.HasSuffix(r.URL.Path, "/Payments") || bytes.Contains(body, []byte(`"Payments"`))
}

// refusal is how each vendor refuses a document for a rule of its own.
func refusal(r *http.Request) *http.Response {
	body := `{"Fault":{"Error":[{"Message":"Business Validation Error","Detail":"refused for a reason","code":"6000"}],"type":"ValidationFault"},"time":"2026-11-20T10:00:00-08:00"}`
	if strings.Contains(r.URL.Path, "api.xro") {
		body = `{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[{"ValidationErrors":[{"Message":"refused for a reason"}]}]}`
	}
	return &http.Response{
		Status: "400 Bad Request", StatusCode: http.StatusBadRequest, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}
}

// Movements of a period that was closed meanwhile are booked on the first open
// day, and say so.
func TestClosedPeriod(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	paid := s.pay(s.pick(0), stripe.PayOptions{})
	w.advance(25 * time.Hour) // what the company says of itself is read once a day
	s.update("Preferences", map[string]any{
		"Id": "1", "SyncToken": "0", "sparse": true, "AccountingInfoPrefs": map[string]any{"BookCloseDate": "2026-11-20"},
	})
	w.proven(w.sync())
	for _, d := range append(s.receiptsOf(paid.Charge), s.ours(1)...) {
		note, _ := d.Fields["PrivateNote"].(string)
		if d.Date != "2026-11-21" || !strings.Contains(note, "2026-11-20") {
			t.Errorf("%s is dated %s and says %q", d.Kind, d.Date, note)
		}
	}
	s.receipts(paid.Charge, 1)
}

// An inactive customer in QuickBooks takes no payment: it is set aside.
func TestInactiveCustomer(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	s := w.sides[0]
	d := s.pick(0)
	paid := s.pay(d, stripe.PayOptions{})
	s.update("Customer", map[string]any{"Id": d.Customer, "SyncToken": "0", "sparse": true, "Active": false})
	out := w.sync()
	if n := out[s.Vendor].Pushed.Parked; n != 1 {
		t.Errorf("%d intents parked, want 1", n)
	}
	s.receipts(paid.Charge, 0)
	s.balance(d, int64(d.Balance))
	if n := len(s.ours(1)); n != 1 {
		t.Errorf("%d fees, want 1: they do not need the customer", n)
	}
	w.proven(out)
}
