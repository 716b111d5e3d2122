package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/sync/schedule"
	"tieout/sync/undo"
)

// TestRevokedKey: Stripe no longer takes the key. The connection waits for a
// person, the ledger goes on, nothing is proven, and nobody calls Stripe again
// until somebody asks for it.
func TestRevokedKey(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.wire.set(failing(r.ready.Stripe.URL, func(q *http.Request) (*http.Response, error) {
		return answering(q, 401, `{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_****"}}`), nil
	}))
	r.clock.Advance(2 * time.Hour)
	run := r.due()[0]
	if err := run.Result.Problems[r.stripe.ID]; connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("the problem is %v, want one that needs a person", err)
	}
	if _, ok := run.Result.Pulled[r.ledger.ID]; !ok || run.Result.Problems[r.ledger.ID] != nil {
		t.Error("the ledger was not pulled although only Stripe failed")
	}
	if p := run.Result.Proof; p == nil || p.Lines[0].Measured || !strings.Contains(p.Lines[0].Why, "could not be read") {
		t.Errorf("the proof is %+v, want lines that were not measured", p)
	}
	if row := r.row(r.stripe.ID); row.State != books.ConnectionReconnect || row.Why == "" {
		t.Errorf("the connection is %s (%s), want reconnect and a reason", row.State, row.Why)
	}
	before := r.wire.count(r.ready.Stripe.URL)
	r.clock.Advance(2 * time.Hour)
	if run := r.due()[0]; connectors.ClassOf(run.Result.Problems[r.stripe.ID]) != connectors.ClassReconnect {
		t.Errorf("the next run does not say that Stripe waits: %v", run.Result.Problems)
	}
	if after := r.wire.count(r.ready.Stripe.URL); after != before {
		t.Errorf("%d calls were made with a dead key", after-before)
	}
	r.wire.set(nil)
	r.clean()
	if row := r.row(r.stripe.ID); row.State != books.ConnectionActive || row.Why != "" {
		t.Errorf("after the key works again the connection is %s (%s)", row.State, row.Why)
	}
}

// TestRevokedConsent: the consent to the ledger is gone. The grant is dead;
// payments go on arriving and wait; a new consent under the old row picks
// everything up.
func TestRevokedConsent(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	r.wire.set(failing(r.ready.QuickBooks.URL, func(q *http.Request) (*http.Response, error) {
		if strings.Contains(q.URL.Path, "tokens") {
			return answering(q, 400, `{"error":"invalid_grant"}`), nil
		}
		return answering(q, 401, `{"fault":{"type":"AUTHENTICATION","error":[{"code":"3200","message":"message=AuthenticationFailed"}]}}`), nil
	}))
	r.clock.Advance(2 * time.Hour)
	run := r.due()[0]
	if r.row(r.ledger.ID).State != books.ConnectionReconnect {
		t.Errorf("the ledger is %s: %v", r.row(r.ledger.ID).State, run.Result.Problems)
	}
	if run.Result.Pulled[r.stripe.ID].Seen == nil || r.row(r.stripe.ID).State != books.ConnectionActive {
		t.Error("Stripe was not pulled although only the ledger failed")
	}
	r.wire.set(nil)
	if err := r.sync().Result.Problems[r.ledger.ID]; connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a dead grant was used again: %v", err)
	}
	if _, err := r.Connect.AnswerAgain(t.Context(), r.consent(), r.ledger); err != nil {
		t.Fatal(err)
	}
	if row := r.row(r.ledger.ID); row.State != books.ConnectionActive || row.ExternalID != r.company.ID {
		t.Errorf("reconnected as %s %s", row.State, row.ExternalID)
	}
	if run := r.clean(); run.Result.Pushed.Sent == 0 {
		t.Error("what was paid meanwhile was not written")
	}
}

// TestOtherCompany: consent for another company than the row's is refused and
// changes nothing.
func TestOtherCompany(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	other := r.ledger
	other.ExternalID = "9130000000000000"
	if _, err := r.Connect.AnswerAgain(t.Context(), r.consent(), other); !errors.Is(err, connect.ErrOther) {
		t.Errorf("got %v, want a refusal", err)
	}
	if got := r.row(r.ledger.ID); got.GrantID != r.ledger.GrantID {
		t.Error("a refused consent has replaced the grant")
	}
	again := r.stripe
	again.ExternalID = "acct_other"
	if _, err := r.Connect.WithKeyAgain(t.Context(), r.company.StripeKey, again); err == nil {
		t.Error("a key of another account was taken")
	}
}

// TestLiveMix: test money and real money never meet.
func TestLiveMix(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	live, err := r.Connect.WithKey(t.Context(), "stripe", "sk_live_real")
	if err != nil || !live.Profile.Live {
		t.Fatalf("connect the real account: %v, live %t", err, live.Profile.Live)
	}
	if _, err := r.Connect.NewBook(t.Context(), r.ledger, []books.Connection{live}, true); !errors.Is(err, connect.ErrLiveMix) {
		t.Errorf("real money into a demo ledger: %v", err)
	}
	// Stripe's account has one id in both modes: the key must not change it.
	r.wire.set(rewriting("/v1/balance", func(b []byte) []byte {
		return []byte(strings.Replace(strings.Replace(string(b), `"livemode":true`, `"livemode":false`, 1), `"livemode": true`, `"livemode": false`, 1))
	}))
	if _, err := r.Connect.WithKeyAgain(t.Context(), "sk_live_real", live); !errors.Is(err, books.ErrPinned) {
		t.Errorf("a test key has taken the place of a real one: %v", err)
	}
	if row := r.row(live.ID); !row.Profile.Live {
		t.Error("the row has changed its mode")
	}
}

// TestPinned: once a day a connection is asked who it is; when another answers
// nothing is read or written.
func TestPinned(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, vendor, part, field, to string }{
		{"another organisation", "xero", "/Organisation", "OrganisationID", "00000000-0000-0000-0000-000000000001"},
		{"another currency", "xero", "/Organisation", "BaseCurrency", "NZD"},
		{"a demo company", "xero", "/Organisation", "IsDemoCompany", "flip"},
		{"another home currency", "quickbooks", "FROM Preferences", "HomeCurrency", "CAD"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, c.vendor)
			r.set()
			r.clean()
			r.wire.set(rewriting(c.part, func(b []byte) []byte { return change(t, b, c.field, c.to) }))
			r.clean() // it was asked today
			r.pay()
			r.clock.Advance(25 * time.Hour)
			run := r.sync()
			if err := run.Result.Problems[r.ledger.ID]; !errors.Is(err, books.ErrPinned) {
				t.Fatalf("the problem is %v, want the refusal", err)
			}
			if run.Result.Pulled[r.ledger.ID].Seen != nil {
				t.Error("something was read from another company")
			}
			if row := r.row(r.ledger.ID); row.Failures != 1 || !strings.Contains(row.Why, "refused") {
				t.Errorf("the row says %q after %d failures", row.Why, row.Failures)
			}
			r.wire.set(nil)
			if run := r.clean(); run.Result.Pushed.Sent == 0 {
				t.Error("what waited was not written once the right company answered")
			}
		})
	}
}

// TestProfileOncePerDay: name and lock date are taken over, the zone is not,
// and the calls are counted apart.
func TestProfileOncePerDay(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	r.set()
	r.clean()
	r.wire.set(rewriting("/Organisation", func(b []byte) []byte {
		b = change(t, b, "Name", "Renamed Ltd")
		b = change(t, b, "PeriodLockDate", "/Date(1793404800000+0000)/") // 2026-10-31
		return change(t, b, "Timezone", "TOKYOSTANDARDTIME")
	}))
	zone := r.row(r.ledger.ID).Profile.Zone
	for range 3 {
		r.clock.Advance(9 * time.Hour)
		r.clean()
	}
	row := r.row(r.ledger.ID)
	if row.Profile.Name != "Renamed Ltd" || row.Profile.Lock != "2026-10-31" {
		t.Errorf("name %q, lock %q were not taken over", row.Profile.Name, row.Profile.Lock)
	}
	if row.Profile.Zone != zone || !strings.Contains(row.Why, "time zone is now Asia/Tokyo") {
		t.Errorf("zone %q (was %q), told %q", row.Profile.Zone, zone, row.Why)
	}
	calls, err := r.Calls(t.Context(), r.clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	if n := calls[r.ledger.ID]["profile"]; n != 1 {
		t.Errorf("%d calls for profiles in 27 hours, want 1", n)
	}
	status, err := r.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range status.Connections {
		if c.CallsToday <= 0 || c.CallsMonth <= c.CallsToday {
			t.Errorf("%s: %d calls today, %d this month, after a day and some hours", c.Vendor, c.CallsToday, c.CallsMonth)
		}
	}
}

// TestUnreachable: a vendor that cannot be reached rests, longer each time,
// and says so; nothing is lost.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	r.wire.set(failing(r.ready.QuickBooks.URL, func(*http.Request) (*http.Response, error) { return nil, errCut }))
	r.clock.Advance(2 * time.Hour)
	run := r.due()[0]
	row := r.row(r.ledger.ID)
	if row.State != books.ConnectionActive || row.Failures != 1 || !strings.Contains(row.Why, "cannot be reached") || !row.Due.After(r.clock.Now()) {
		t.Errorf("the row is %s after %d failures, due %s, says %q", row.State, row.Failures, row.Due, row.Why)
	}
	if run.Result.Pulled[r.stripe.ID].Seen == nil {
		t.Error("Stripe was not pulled although only the ledger failed")
	}
	before := r.wire.count(r.ready.QuickBooks.URL)
	r.due()
	if after := r.wire.count(r.ready.QuickBooks.URL); after != before {
		t.Errorf("%d calls while it rests", after-before)
	}
	r.clock.Advance(2 * time.Minute)
	r.due()
	if row := r.row(r.ledger.ID); row.Failures != 2 || row.Due.Sub(r.clock.Now()) != 2*time.Minute {
		t.Errorf("after %d failures it rests %s, want 2 and 2m", row.Failures, row.Due.Sub(r.clock.Now()))
	}
	r.wire.set(nil)
	if run := r.clean(); run.Result.Pushed.Sent == 0 {
		t.Error("what was paid meanwhile was not written")
	}
	if row := r.row(r.ledger.ID); row.Failures != 0 || row.Why != "" {
		t.Errorf("after it works again: %d failures, %q", row.Failures, row.Why)
	}
}

// onlyReads says whether a POST, which goes nowhere, is a batch of queries.
func onlyReads(t *testing.T, q *http.Request) bool {
	t.Helper()
	text, err := io.ReadAll(q.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.HasSuffix(q.URL.Path, "/batch") && !strings.Contains(string(text), `"operation"`)
}

// TestTroubleWhileWriting: the ledger breaks down between reading and writing.
// After a few calls it is left alone for this run, and the next one writes
// everything once.
func TestTroubleWhileWriting(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	posts := 0
	r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if q.Method == http.MethodPost && strings.HasSuffix(r.ready.QuickBooks.URL, q.URL.Host) && !strings.Contains(q.URL.Path, "tokens") {
			if !onlyReads(t, q) {
				posts++
			}
			return answering(q, 503, ``), nil
		}
		return answer()
	})
	run := r.sync()
	if run.Err != nil || len(run.Result.Pushed.Resting) != 1 {
		t.Fatalf("%v, resting %v", run.Err, run.Result.Pushed.Resting)
	}
	if posts > 3 {
		t.Errorf("%d writes were tried at a server that is down", posts)
	}
	r.wire.set(nil)
	r.clock.Advance(time.Hour)
	if run := r.clean(); run.Result.Pushed.Sent == 0 || run.Result.Pushed.Parked > 0 {
		t.Errorf("afterwards %+v", run.Result.Pushed)
	}
	if again := r.clean(); again.Result.Pushed.Sent != 0 {
		t.Errorf("%d were written twice", again.Result.Pushed.Sent)
	}
}

// TestSecondProcess: two processes on one database never work on one book.
func TestSecondProcess(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	second := r.open()
	var got error
	asked := false
	r.wire.set(func(_ *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if !asked { // the first is in the middle of its run
			asked = true
			runs, err := second.Sync(t.Context(), schedule.Options{})
			if got = err; err == nil && len(runs) == 1 {
				got = runs[0].Err
			}
		}
		return answer()
	})
	r.clean()
	if !errors.Is(got, schedule.ErrBusy) {
		t.Errorf("the second process got %v, want that it is busy", got)
	}
	runs, err := second.Sync(t.Context(), schedule.Options{Prove: true})
	if err != nil || runs[0].Err != nil || runs[0].Result.Pushed.Sent != 0 {
		t.Errorf("afterwards the second process got %v %+v", err, runs)
	}
}

// TestSecondPage: two pages of one process that are asked for at the same
// moment exclude each other as two processes do, and say so.
func TestSecondPage(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	b := r.book
	scope := undo.Scope{Kind: undo.ScopeBook}
	var got error
	asked := false
	r.wire.set(func(_ *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if !asked { // the first is in the middle of reading
			asked = true
			_, got = r.PreviewUndo(t.Context(), b, scope, "Ann", false)
		}
		return answer()
	})
	if _, err := r.PreviewUndo(t.Context(), b, scope, "Bob", false); err != nil || !asked {
		t.Errorf("the first page got %v, asked %v", err, asked)
	}
	if !errors.Is(got, schedule.ErrBusy) {
		t.Errorf("the second page got %v, want that the book is being worked on", got)
	}
}

// TestInterrupted: somebody ends a run in the middle of its writes. No
// connection is blamed, and the next run writes what is missing, once.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	r := newRig(t, "quickbooks")
	r.set()
	r.clean()
	r.pay()
	ctx, stop := context.WithCancel(t.Context())
	posts := 0
	r.wire.set(func(q *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		got, err := answer()
		if q.Method == http.MethodPost && strings.HasSuffix(r.ready.QuickBooks.URL, q.URL.Host) {
			if posts++; posts == 3 { // the vendor has written it, and nobody hears of it
				stop()
				_ = got.Body.Close()
				return nil, ctx.Err()
			}
		}
		return got, err
	})
	runs, err := r.Sync(ctx, schedule.Options{Prove: true})
	if err == nil && runs[0].Err == nil {
		t.Fatal("an interrupted run reports no error")
	}
	for _, id := range []string{r.ledger.ID, r.stripe.ID} {
		if row := r.row(id); row.Failures != 0 || row.State != books.ConnectionActive {
			t.Errorf("%s is blamed: %d failures, %s", row.Vendor, row.Failures, row.Why)
		}
	}
	r.wire.set(nil)
	r.clock.Advance(time.Hour)
	if run := r.clean(); run.Result.Pushed.Found == 0 {
		t.Errorf("the write that was made unheard was not found: %+v", run.Result.Pushed)
	}
	if run := r.clean(); run.Result.Pushed.Sent+run.Result.Pushed.Found != 0 {
		t.Errorf("written again: %+v", run.Result.Pushed)
	}
}

// TestAccountsOfAnotherCompany: the set-up writes to the company that was
// connected, and to no other.
func TestAccountsOfAnotherCompany(t *testing.T) {
	t.Parallel()
	r := newRig(t, "xero")
	r.set()
	plan := connectors.AccountPlan{Create: []connectors.NewAccount{{Use: "fees", Name: "Stripe fees 2"}}}
	r.wire.set(rewriting("/Organisation", func(b []byte) []byte { return change(t, b, "OrganisationID", "00000000-0000-0000-0000-000000000001") }))
	if _, err := r.Connect.Create(t.Context(), r.book, plan); !errors.Is(err, books.ErrPinned) {
		t.Errorf("got %v, want a refusal", err)
	}
}
