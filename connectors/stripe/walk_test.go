package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
)

// serve answers every list with the given body.
func (b *bench) serve(body func(r *http.Request) string) {
	b.meddle = func(w http.ResponseWriter, r *http.Request) bool {
		_, _ = w.Write([]byte(body(r)))
		return true
	}
}

func pageOf(ids ...string) string {
	rows := make([]string, len(ids))
	for i, id := range ids {
		rows[i] = fmt.Sprintf(`{"id":%q,"object":"charge","amount":1,"currency":"usd","status":"succeeded","created":%d}`, id, 2_000_000-i)
	}
	return fmt.Sprintf(`{"object":"list","has_more":true,"data":[%s]}`, strings.Join(rows, ","))
}

// pullAll pulls one stream until it ends or fails.
func (b *bench) pullAll(stream string) (drafts int, err error) {
	var cursor connectors.Cursor
	for range 50 {
		page, err := b.session.Pull(b.t.Context(), stream, cursor)
		if err != nil {
			return drafts, err
		}
		drafts += len(page.Drafts)
		if cursor = page.Cursor; !page.More {
			return drafts, nil
		}
	}
	b.t.Fatalf("%s does not come to an end", stream)
	return 0, nil
}

func TestRepeatingPagesEndWithAnError(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]func(*http.Request) string{
		"the same page":      func(*http.Request) string { return pageOf("ch_2", "ch_1") },
		"an empty page":      func(*http.Request) string { return pageOf() },
		"a page without ids": func(*http.Request) string { return `{"object":"list","has_more":true,"data":[{},{}]}` },
		"pages that alternate": func(r *http.Request) string {
			if r.URL.Query().Get("starting_after") == "ch_1" {
				return pageOf("ch_4", "ch_3")
			}
			return pageOf("ch_2", "ch_x", "ch_1")
		},
	} {
		for _, stream := range []string{"charges", streamMovements} {
			b := newBench(t)
			b.serve(body)
			if _, err := b.pullAll(stream); err == nil || !strings.Contains(err.Error(), "repeats") {
				t.Errorf("%s of %s: %v", name, stream, err)
			}
		}
	}
}

func TestUnreadableElementDoesNotFailThePage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.serve(func(*http.Request) string {
		return `{"object":"list","has_more":false,"data":[
			{"id":"ch_1","amount":1,"currency":"usd","status":"succeeded","created":5},
			{"id":"ch_2","amount":"x","currency":"usd","created":"yesterday"},
			17]}`
	})
	page, err := b.session.Pull(t.Context(), "charges", nil)
	b.must(err)
	if len(page.Drafts) != 3 || page.Drafts[0].Problem != "" || page.Drafts[1].Problem == "" || page.Drafts[1].ID != "ch_2" || page.Drafts[2].Problem == "" {
		t.Errorf("drafts %+v", page.Drafts)
	}
}

func TestCursorsThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, cursor := range []string{`{"v":2}`, `{`, `"x"`} {
		for _, stream := range []string{"charges", streamMovements, streamEvents} {
			if _, err := b.session.Pull(t.Context(), stream, connectors.Cursor(cursor)); connectors.ClassOf(err) != connectors.ClassPermanent {
				t.Errorf("%s with %s: %v", stream, cursor, err)
			}
		}
	}
	if _, err := b.session.Pull(t.Context(), "nonsense", nil); err == nil {
		t.Error("an unknown stream was pulled")
	}
	if b.calls != 0 {
		t.Errorf("%d calls were made", b.calls)
	}
}

func TestBackfillIsDoneOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(maxCalls*pageSize+20, 700)
	page, err := b.session.Pull(t.Context(), "charges", nil)
	b.must(err)
	if !page.More || len(page.Drafts) != maxCalls*pageSize {
		t.Fatalf("first page: %d drafts, more %v", len(page.Drafts), page.More)
	}
	// A charge that appears in between belongs to the events, not to the rest.
	b.payDirect(1, 999)
	page, err = b.session.Pull(t.Context(), "charges", page.Cursor)
	b.must(err)
	if page.More || len(page.Drafts) != 20 {
		t.Fatalf("second page: %d drafts, more %v", len(page.Drafts), page.More)
	}
	b.calls = 0
	page, err = b.session.Pull(t.Context(), "charges", page.Cursor)
	b.must(err)
	if page.More || len(page.Drafts) != 0 || b.calls != 0 {
		t.Errorf("after the end: %d drafts, more %v, %d calls", len(page.Drafts), page.More, b.calls)
	}
}

func TestBackfillOverADeletedCustomer(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range maxCalls*pageSize + 50 {
		b.account.AddCustomer(fmt.Sprintf("Customer %d", i), "c@example.com")
		b.clock.Advance(time.Minute)
	}
	first, err := b.session.Pull(t.Context(), "customers", nil)
	b.must(err)
	b.meddle = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Query().Get("starting_after") == "" {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such customer"}}`))
		return true
	}
	second, err := b.session.Pull(t.Context(), "customers", first.Cursor)
	b.must(err)
	seen := map[string]bool{}
	for _, d := range append(first.Drafts, second.Drafts...) {
		seen[d.ID] = true
	}
	if len(seen) != maxCalls*pageSize+50 || second.More {
		t.Errorf("%d customers, more %v; want all, and no more", len(seen), second.More)
	}
}

func TestAnchorsThatAreGone(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(30, 700)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.clock.Advance(time.Hour)
	b.payDirect(3, 800)
	gone := true
	b.meddle = func(w http.ResponseWriter, r *http.Request) bool {
		if !gone || r.URL.Query().Get("ending_before") == "" {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","code":"resource_missing","param":"ending_before","message":"No such object"}}`))
		return true
	}
	b.pass(all, cursors, false)
	if c, m := all.count(receivables.KindCharge), all.count(receivables.KindBalanceTransaction); c != 33 || m != 33 {
		t.Errorf("%d charges and %d movements, want 33 each", c, m)
	}
	gone = false
	b.calls = 0
	if drafts, _ := b.pass(all, cursors, false); drafts != 0 || b.calls != 2 {
		t.Errorf("an idle pass: %d calls, %d drafts; want 2 and 0", b.calls, drafts)
	}
}

// A movement that shows up late, behind newer ones, is still read.
func TestLateMovementIsSeen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.payDirect(40, 700)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	var c listCursor
	b.must(json.Unmarshal(cursors[streamMovements], &c))
	if len(c.Walk.Seen) != behind || c.Walk.Anchor == "" {
		t.Fatalf("cursor %+v", c.Walk)
	}
	// Forgetting one of the seen is the same as its not having been there.
	late := c.Walk.Seen[7]
	c.Walk.Seen = append(c.Walk.Seen[:7:7], c.Walk.Seen[8:]...)
	delete(all, receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: late})
	raw, err := json.Marshal(c)
	b.must(err)
	page, err := b.session.Pull(t.Context(), streamMovements, raw)
	b.must(err)
	if len(page.Drafts) != 1 || page.Drafts[0].ID != late {
		t.Errorf("%d drafts, want the late one", len(page.Drafts))
	}
}

func TestBankDebitsComeByEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	pay := func() string {
		p, err := b.account.PayDirect(standin.DirectPayment{
			PayOptions: standin.PayOptions{Method: standin.BankDebit}, Amount: 80_000, Currency: "usd",
		})
		b.must(err)
		return p.Charge
	}
	good, bad := pay(), pay()
	charge := func(id string) receivables.Charge {
		return as[receivables.Charge](t, all[receivables.Ref{Kind: receivables.KindCharge, ID: id}])
	}
	b.pass(all, cursors, false)
	if charge(good).Status != receivables.ChargePending || charge(good).Method == "" {
		t.Errorf("charge %+v", charge(good))
	}
	b.clock.Advance(time.Hour)
	b.must(b.account.FailDebit(bad))
	_, err := b.account.SettleDebits(good)
	b.must(err)
	b.pass(all, cursors, false)
	if charge(good).Status != receivables.ChargeSucceeded {
		t.Errorf("charge %+v", charge(good))
	}
	if failed := charge(bad); failed.Status != receivables.ChargeFailed ||
		all[receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: failed.FailureMovement}].Entity == nil {
		t.Errorf("charge %+v", failed)
	}
}

func TestDeletedCustomerComesByEvent(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.account.AddCustomer("Ada", "ada@example.com")
	all, cursors := stored{}, map[string]connectors.Cursor{}
	b.pass(all, cursors, true)
	b.clock.Advance(time.Minute)
	b.do(http.MethodDelete, "/v1/customers/"+id)
	b.pass(all, cursors, false)
	if r := all[receivables.Ref{Kind: receivables.KindPayer, ID: id}]; !r.Deleted || r.Entity != nil {
		t.Errorf("record %+v", r)
	}
}

func TestFetchOfUnknownObjects(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	drafts, err := b.session.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindCharge, ID: "ch_nowhere"}})
	b.must(err)
	if len(drafts) != 1 || drafts[0].Problem == "" || drafts[0].ID != "ch_nowhere" {
		t.Errorf("drafts %+v", drafts)
	}
	if _, err := b.session.Fetch(t.Context(), []receivables.Ref{{Kind: receivables.KindReceipt, ID: "1"}}); err == nil {
		t.Error("a receipt was fetched from Stripe")
	}
}

// What was read before a call failed is kept; the next pull goes on from there.
func TestPagesBeforeAFailureAreKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 3 * pageSize {
		b.account.AddCustomer(fmt.Sprintf("Customer %d", i), "c@example.com")
		b.clock.Advance(time.Minute)
	}
	calls := 0
	b.meddle = func(w http.ResponseWriter, _ *http.Request) bool {
		if calls++; calls != 2 {
			return false
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"error":{"type":"invalid_request_error","message":"Not now"}}`))
		return true
	}
	first, err := b.session.Pull(t.Context(), "customers", nil)
	b.must(err)
	if len(first.Drafts) != pageSize || !first.More {
		t.Fatalf("first: %d customers, more %v", len(first.Drafts), first.More)
	}
	rest, err := b.session.Pull(t.Context(), "customers", first.Cursor)
	b.must(err)
	if len(rest.Drafts) != 2*pageSize || rest.More {
		t.Errorf("rest: %d customers, more %v", len(rest.Drafts), rest.More)
	}
}
