package storetest

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/listing"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/notify"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func (w *world) hook(id string, events ...notify.Type) notify.Hook {
	w.Helper()
	h := notify.Hook{
		Tenant: w.book.Tenant, ID: id, URL: "https://example.com/" + id, Events: events, Secret: hookSecret, State: notify.HookActive, CreatedAt: now,
	}
	w.must(w.AddHook(w.ctx, h))
	return h
}

// told are the types and data on their way to a hook, sorted.
func (w *world) told(hook string) []string {
	w.Helper()
	list, err := w.Deliveries(w.ctx, w.book.Tenant, hook, listing.Moment{}, 99)
	w.must(err)
	var out []string
	for _, d := range list {
		var body struct {
			Type      string          `json:"type"`
			Timestamp time.Time       `json:"timestamp"`
			Data      json.RawMessage `json:"data"`
		}
		w.must(json.Unmarshal(d.Notice.Body, &body))
		if body.Type != string(d.Notice.Type) || !body.Timestamp.Equal(d.Notice.At) {
			w.Errorf("the body of %s says %+v", d.Notice.Type, body)
		}
		out = append(out, body.Type+" "+string(body.Data))
	}
	slices.Sort(out)
	return out
}

// TestHooksAreKept: the secret sealed, and gone with the hook.
func TestHooksAreKept(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w, other := newWorld(t, s), newTenant(t, s, "other")
		all := w.hook("a")
		some := w.hook("b", notify.InvoicePaid)
		other.hook("a")
		got, err := s.Hook(w.ctx, "main", "b")
		w.must(err)
		if !reflect.DeepEqual(got, some) {
			t.Errorf("got %+v, want %+v", got, some)
		}
		list, err := s.Hooks(w.ctx, "main")
		w.must(err)
		if len(list) != 2 || list[0].ID != all.ID || list[0].Secret != "" || list[1].Secret != "" {
			t.Errorf("the list is %+v", list)
		}
		var sealed []byte
		w.must(s.DB().QueryRow(`select secret from hook where tenant = 'main' and id = 'a'`).Scan(&sealed))
		if len(sealed) == 0 || bytes.Contains(sealed, []byte("MfKQ9r8GKYqr")) {
			t.Errorf("the secret is stored as %q", sealed)
		}
		if err := s.AddHook(w.ctx, all); !errors.Is(err, store.ErrDuplicate) {
			t.Errorf("a second one of one id: %v", err)
		}
		w.must(s.RemoveHook(w.ctx, "main", "a"))
		if _, err := s.Hook(w.ctx, "main", "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a removed one: %v", err)
		}
		if err := s.RemoveHook(w.ctx, "main", "a"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("removed twice: %v", err)
		}
		if _, err := s.Hook(w.ctx, "other", "a"); err != nil {
			t.Errorf("another tenant's: %v", err)
		}
	})
}

// TestDeliveriesByPage: pages follow one another without a hole, whatever was told
// at one instant, and to how many.
func TestDeliveriesByPage(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.hook("a")
		w.hook("b")
		for i := range 7 {
			n, err := notify.New("main", notify.InvoicePaid, now.Add(time.Duration(i/3)*time.Minute), strconv.Itoa(i), nil)
			w.must(err)
			w.must(s.Tell(w.ctx, "main", []notify.Notice{n}))
		}
		for hook, want := range map[string]int{"": 14, "a": 7} {
			all, err := s.Deliveries(w.ctx, "main", hook, listing.Moment{}, 99)
			w.must(err)
			var paged []notify.Delivery
			for place := (listing.Moment{}); len(paged) < 99; {
				page, err := s.Deliveries(w.ctx, "main", hook, place, 2)
				w.must(err)
				if len(page) == 0 {
					break
				}
				paged = append(paged, page...)
				last := page[len(page)-1]
				place = listing.Moment{At: last.Notice.At, ID: last.Hook + "/" + last.Notice.ID}
			}
			if len(all) != want || !reflect.DeepEqual(paged, all) {
				t.Errorf("of %q there are %d, by page %d", hook, len(all), len(paged))
			}
		}
	})
}

// TestDeliveries are claimed once, finished by the attempt that counts, and
// replayed.
func TestDeliveries(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		h := w.hook("a")
		w.hook("b", notify.ProofDiffers)
		first, err := notify.New("main", notify.InvoicePaid, now, "1", nil)
		w.must(err)
		w.must(s.Tell(w.ctx, "main", []notify.Notice{first, first}))
		w.must(s.Tell(w.ctx, "main", []notify.Notice{first}))
		w.must(s.Tell(w.ctx, "main", nil))
		hooks, err := s.DueHooks(w.ctx, "main", now)
		w.must(err)
		if len(hooks) != 1 || !reflect.DeepEqual(hooks[0].Secret, hookSecret) || hooks[0].ID != "a" {
			t.Fatalf("due are %+v", hooks)
		}
		d, found, err := s.NextDelivery(w.ctx, h, now)
		w.must(err)
		want := notify.Delivery{Hook: "a", Notice: first, State: notify.DeliveryWaiting, NotBefore: now}
		if !found || !reflect.DeepEqual(d, want) {
			t.Fatalf("got %+v, want %+v", d, want)
		}
		until := now.Add(time.Minute)
		for i, want := range []bool{true, false} {
			if mine, err := s.ClaimDelivery(w.ctx, h, d, until); err != nil || mine != want {
				t.Errorf("claim %d: %v, %v", i+1, mine, err)
			}
		}
		if _, found, err := s.NextDelivery(w.ctx, h, now); found || err != nil {
			t.Errorf("a claimed one is given again: %v", err)
		}
		overtaken := d
		overtaken.State = notify.DeliveryDelivered
		w.must(s.FinishDelivery(w.ctx, h, overtaken)) // its attempts are those before the claim
		d.Attempts, d.Status, d.Answer, d.Problem, d.TriedAt, d.NotBefore = 1, 503, "busy \x00", "the receiver answered 503", &until, now.Add(time.Hour)
		h.Failures, h.FailingSince, h.State, h.Why = 1, &until, notify.HookDisabled, "why"
		w.must(s.FinishDelivery(w.ctx, h, d))
		got, err := s.Deliveries(w.ctx, "main", "", listing.Moment{}, 9)
		w.must(err)
		d.Answer = got[0].Answer
		if len(got) != 1 || !reflect.DeepEqual(got[0], d) || !strings.HasPrefix(d.Answer, "busy") {
			t.Errorf("got %+v, want %+v", got, d)
		}
		if stored, err := s.Hook(w.ctx, "main", "a"); err != nil || !reflect.DeepEqual(stored.FailingSince, h.FailingSince) || stored.State != notify.HookDisabled {
			t.Errorf("the hook is %+v, %v", stored, err)
		}
		if hooks, err := s.DueHooks(w.ctx, "main", now.AddDate(1, 0, 0)); err != nil || len(hooks) != 0 {
			t.Errorf("a disabled hook is due: %+v, %v", hooks, err)
		}
		for _, c := range []struct {
			tenant, id string
			n          int
			err        error
		}{{"main", "a", 1, nil}, {"main", first.ID, 1, nil}, {"main", "nobody", 0, store.ErrNotFound}, {"other", "a", 0, store.ErrNotFound}} {
			if n, err := s.Replay(w.ctx, c.tenant, c.id, now); n != c.n || !errors.Is(err, c.err) {
				t.Errorf("replay %+v: %d, %v", c, n, err)
			}
		}
		again, found, err := s.NextDelivery(w.ctx, h, now)
		w.must(err)
		if !found || again.Attempts != 0 || again.Notice.ID != first.ID || !bytes.Equal(again.Notice.Body, first.Body) {
			t.Errorf("replayed: %+v", again)
		}
		w.must(s.ForgetNotices(w.ctx, now))
		if got := w.told("a"); len(got) != 1 {
			t.Errorf("forgotten too soon: %v", got)
		}
		w.must(s.ForgetNotices(w.ctx, now.Add(time.Second)))
		if got := w.told("a"); len(got) != 0 {
			t.Errorf("not forgotten: %v", got)
		}
	})
}

// TestInvoicesAreTold when they change, and not when a backfill brings them.
func TestInvoicesAreTold(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pull(ledgerID, 1, invoice("0", "c", 100, 100)) // nobody listens
		w.hook("a")
		w.hook("b", notify.InvoicePaid)
		w.page(ledgerID, pull.Page{Records: []mapping.Record{record(invoice("1", "c", 500, 500), 1)}, Stream: "backfill", Cursor: []byte("1")})
		if got := w.told("a"); len(got) != 0 {
			t.Errorf("a backfill tells %v", got)
		}
		w.pull(ledgerID, 2, invoice("1", "c", 500, 500), invoice("2", "c", 70, 0)) // the first is the same
		w.pull(ledgerID, 3, invoice("1", "c", 500, 0))
		w.pull(ledgerID, 3, invoice("1", "c", 500, 0))
		w.page(ledgerID, withMark(deletion(receivables.KindInvoice, "2", 4)))
		data := func(id, total, balance, state, change string) string {
			return `{"connection":"ledger-1","invoice":"` + id + `","number":"INV-` + id + `","customer":"c","currency":"USD","total":` + total +
				`,"balance":` + balance + `,"due":"2026-03-10","state":"` + state + `","change":"` + change + `"}`
		}
		want := []string{
			"invoice.changed " + data("1", "500", "0", "live", "changed"), "invoice.changed " + data("2", "70", "0", "live", "created"),
			"invoice.changed " + data("2", "70", "0", "deleted", "deleted"), "invoice.paid " + data("1", "500", "0", "live", "changed"),
		}
		slices.Sort(want)
		if got := w.told("a"); !slices.Equal(got, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if got := w.told("b"); len(got) != 1 || !strings.HasPrefix(got[0], "invoice.paid") {
			t.Errorf("who wants one type hears %v", got)
		}
	})
}

// TestPassesAreTold: matches, questions and exceptions, each once.
func TestPassesAreTold(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.hook("a")
		result := reconcile.Result{
			Outcomes:    []reconcile.Outcome{{Connection: stripeID, Movement: "txn_1", State: reconcile.MovementSettled}},
			Allocations: []reconcile.Allocation{w.allocation("txn_1", "1", 100)},
			Decisions: []reconcile.Decision{
				{ID: "d1", Subject: "movement/txn_2", Kind: reconcile.DecideMatch, Question: "Which?"},
				{ID: "d2", Subject: "invoice/9", Kind: reconcile.DecideMirror, Question: "Same?"},
			},
			Exceptions: []reconcile.Exception{{Subject: "movement/txn_3", Kind: "odd", Text: "It is odd.", Action: "Look."}},
		}
		w.save(result)
		want := []string{
			`decision.opened {"book":"book-1","decision":"d1","subject":"movement/txn_2","kind":"match","question":"Which?"}`,
			`decision.opened {"book":"book-1","decision":"d2","subject":"invoice/9","kind":"mirror","question":"Same?"}`,
			`exception.opened {"scope":"book/book-1","subject":"movement/txn_3","kind":"odd","text":"It is odd.","action":"Look."}`,
			`payment.unmatched {"book":"book-1","decision":"d1","subject":"movement/txn_2","kind":"match","question":"Which?"}`,
		}
		got := w.told("a")
		matched := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, "payment.matched") })
		if matched < 0 || !strings.Contains(got[matched], `"movement":"txn_1"`) || !strings.Contains(got[matched], `"invoice":"1"`) || !strings.Contains(got[matched], `"amount":100`) {
			t.Fatalf("told %v", got)
		}
		if rest := slices.Delete(slices.Clone(got), matched, matched+1); !slices.Equal(rest, want) {
			t.Errorf("told\n%s\nwant\n%s", strings.Join(rest, "\n"), strings.Join(want, "\n"))
		}
		result.Decisions[0].ID, result.Decisions[1].ID = "d3", "d4"
		w.save(result)
		if again := w.told("a"); len(again) != len(got) {
			t.Errorf("the same pass tells again: %v", again)
		}
	})
}

// TestWritesAndProofsAreTold in the transaction of what they speak about.
func TestWritesAndProofsAreTold(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.hook("a")
		in := w.intent("write-1", push.StatePlanned)
		in.Effect, in.Write.Parts = push.EffectNone, []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Amount: 100}}
		w.save(reconcile.Result{Intents: []push.Intent{in}, Parts: []reconcile.PartRow{}})
		in.State, in.Answer = push.StateDone, &connectors.Answer{Ref: receivables.Ref{Kind: receivables.KindReceipt, ID: "77"}}
		l := w.hold("book/" + bookID)
		w.must(s.FinishIntent(w.ctx, l, push.Outcome{Intent: in, URL: "https://x/77", At: now}))
		if err := s.FinishIntent(w.ctx, l, push.Outcome{Intent: in, At: now}); !errors.Is(err, store.ErrState) {
			t.Errorf("finished twice: %v", err)
		}
		measured := func(id string, unexplained int64, ok bool) {
			w.must(s.SaveProof(w.ctx, l, proof.Proof{Tenant: "main", Book: bookID, ID: id, At: now.Add(time.Duration(len(id)) * time.Second), Lines: []proof.Line{
				{Check: proof.CheckBalance, Currency: money.Currency("USD"), Unexplained: unexplained, Measured: ok, Why: "so", MeasuredAt: now},
				{Check: proof.CheckInvoices, Measured: true, MeasuredAt: now},
			}}))
		}
		measured("p", 0, true)
		measured("pp", 5, true)
		measured("ppp", 0, false)
		got := strings.Join(w.told("a"), "\n")
		for _, want := range []string{
			`document.written {"book":"book-1","connection":"ledger-1","write":"write-1"`, `"document":{"kind":"receipt","id":"77"},"url":"https://x/77"`,
			`proof.agrees {"book":"book-1","proof":"p","before":"","open_lines":[],"open_count":0}`,
			`proof.differs {"book":"book-1","proof":"pp","before":"proof.agrees","open_lines":[{"check":"stripe_balance","currency":"USD","unexplained":5,"measured":true,"why":"so"}],"open_count":1}`,
			`proof.unmeasured {"book":"book-1","proof":"ppp","before":"proof.differs"`,
		} {
			if !strings.Contains(got, want) {
				t.Errorf("missing %s in\n%s", want, got)
			}
		}
		if n := len(w.told("a")); n != 4 {
			t.Errorf("%d notices, want 4", n)
		}
	})
}

func withMark(p pull.Page) pull.Page { p.Mark = true; return p }
