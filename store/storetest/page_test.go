package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/reconcile"
)

func (w *world) invoiceNow(id string) (receivables.Invoice, bool) {
	w.Helper()
	list, err := w.Invoices(w.ctx, w.book, reconcile.InvoiceQuery{IDs: []string{id}})
	w.must(err)
	if len(list) == 0 {
		return receivables.Invoice{}, false
	}
	return list[0], true
}

// TestSavePage follows one object through new, same, older, newer and deleted
// versions, and a deletion that comes before the object.
func TestSavePage(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		first := invoice("1", "c", 100, 100)
		paid := first
		paid.Balance = 0
		old := first
		old.Balance = 70
		void := first
		void.State = receivables.StateVoid
		for _, step := range []struct {
			name    string
			record  mapping.Record
			changed int
			balance int64
			state   receivables.State
		}{
			{"new", record(first, 5), 1, 100, receivables.StateLive},
			{"same content, same order", record(first, 5), 0, 100, receivables.StateLive},
			{"same content, higher order", record(first, 6), 0, 100, receivables.StateLive},
			{"older", record(old, 4), 0, 100, receivables.StateLive},
			{"other content, same order", record(paid, 5), 1, 0, receivables.StateLive},
			{"newer", record(void, 7), 1, 100, receivables.StateVoid},
			{"deleted", mapping.Record{Ref: first.Ref(), Order: 8, Deleted: true}, 1, 100, receivables.StateDeleted},
			{"deleted again", mapping.Record{Ref: first.Ref(), Order: 9, Deleted: true}, 0, 100, receivables.StateDeleted},
			{"restored", record(first, 9), 1, 100, receivables.StateLive},
		} {
			saved := w.page(ledgerID, pull.Page{Records: []mapping.Record{step.record}})
			got, _ := w.invoiceNow("1")
			if saved.Seen["invoice"] != 1 || saved.Changed["invoice"] != step.changed || got.Balance != step.balance || got.State != step.state {
				t.Errorf("%s: %+v, balance %d, state %s; want %+v", step.name, saved, got.Balance, got.State, step)
			}
		}
		late := invoice("2", "c", 10, 10)
		w.page(ledgerID, pull.Page{Records: []mapping.Record{{Ref: late.Ref(), Order: 3, Deleted: true}}})
		w.pull(ledgerID, 2, late)
		if got, _ := w.invoiceNow("2"); got.State != receivables.StateDeleted {
			t.Errorf("an older version has replaced a deletion: %+v", got)
		}
	})
}

// TestSavePageOnce checks that an object may come several times in one page.
func TestSavePageOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		saved := w.page(ledgerID, pull.Page{Records: []mapping.Record{
			record(receipt("1", "c", 100, pays("7", 100)), 1), record(receipt("1", "c", 90, pays("7", 90)), 2),
			record(receipt("1", "c", 50, pays("7", 50)), 1),
			{Ref: receivables.Ref{Kind: "receipt", ID: "1"}, Order: 3, Deleted: true},
			record(receipt("1", "c", 80, pays("7", 60), pays("8", 20)), 4),
		}})
		if saved.Changed["receipt"] != 4 {
			t.Errorf("changed %v, want 4", saved.Changed)
		}
		list, err := s.Receipts(w.ctx, w.book, []string{"c"}, []string{"8"}, "2026-01-01")
		w.must(err)
		if len(list) != 1 || list[0].Total != 80 || len(list[0].Allocations) != 2 {
			t.Errorf("got %+v", list)
		}
	})
}

// TestIdlePage checks that a page which brings nothing new writes nothing but
// the cursor.
func TestIdlePage(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		p := pull.Page{Stream: "changes", Cursor: json.RawMessage(`{"v":1,"at":2}`), Done: true, Mark: true, Records: []mapping.Record{
			record(invoice("1", "c", 100, 100), 1), record(receivables.Customer{ID: "c", Name: "Ada", Active: true}, 1),
			{Ref: receivables.Ref{Kind: "invoice", ID: "bad"}, Order: 1, Raw: []byte("{}"), Rejection: &mapping.Rejection{Text: "no"}},
		}}
		w.page(ledgerID, p)
		before := dump(t, s)
		saved := w.page(ledgerID, p)
		if len(saved.Changed) != 0 || saved.Rejected != 0 {
			t.Errorf("a repeated page changed %v and rejected %d", saved.Changed, saved.Rejected)
		}
		after := dump(t, s)
		delete(before, "lease")
		delete(after, "lease")
		if !maps.Equal(before, after) {
			t.Errorf("a repeated page wrote rows:\n%v\n%v", before, after)
		}
	})
}

// TestFence checks that the holder of a lease that has passed on writes
// nothing.
func TestFence(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		stale := w.hold("connection/" + ledgerID)
		w.hold("connection/" + ledgerID)
		p := pull.Page{Tenant: w.book.Tenant, Connection: ledgerID, Stream: "x", Records: []mapping.Record{record(invoice("1", "c", 1, 1), 1)}, At: now}
		before := dump(t, s)
		for name, write := range map[string]func() error{
			"page":    func() error { _, err := s.SavePage(w.ctx, stale, p); return err },
			"fresh":   func() error { return s.SetFresh(w.ctx, stale, ledgerID, now) },
			"restart": func() error { return s.RestartStreams(w.ctx, stale, ledgerID) },
			"save": func() error {
				return s.Save(w.ctx, stale, w.book, reconcile.Result{At: now, Joins: []reconcile.Join{{Payer: "p", Customer: "c"}}})
			},
		} {
			if err := write(); !errors.Is(err, lease.ErrLost) {
				t.Errorf("%s: got %v, want ErrLost", name, err)
			}
		}
		if !maps.Equal(before, dump(t, s)) {
			t.Error("a stale holder has written")
		}
	})
}

// TestLeases follows a lease from hand to hand.
func TestLeases(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		take := func(holder string, at time.Time) (lease.Lease, bool) {
			l, ok, err := s.AcquireLease(w.ctx, lease.Lease{Tenant: "main", Name: "x", Holder: holder, Until: at.Add(time.Minute)}, at)
			w.must(err)
			return l, ok
		}
		a, ok := take("a", now)
		if !ok {
			t.Fatal("a free lease was refused")
		}
		if _, ok := take("b", now.Add(59*time.Second)); ok {
			t.Error("a held lease was given away")
		}
		a, err := s.RenewLease(w.ctx, a, now.Add(2*time.Minute))
		w.must(err)
		if _, ok := take("b", now.Add(time.Minute)); ok {
			t.Error("a renewed lease was given away")
		}
		b, ok := take("b", now.Add(2*time.Minute))
		if !ok || b.Fence <= a.Fence {
			t.Errorf("an ended lease: %v, fence %d after %d", ok, b.Fence, a.Fence)
		}
		if _, err := s.RenewLease(w.ctx, a, now.Add(time.Hour)); !errors.Is(err, lease.ErrLost) {
			t.Errorf("renewing a lost lease: %v", err)
		}
		w.must(s.ReleaseLease(w.ctx, a))
		if _, ok := take("c", now.Add(2*time.Minute)); ok {
			t.Error("releasing a lost lease has freed it")
		}
		w.must(s.ReleaseLease(w.ctx, b))
		if c, ok := take("c", now.Add(2*time.Minute)); !ok || c.Fence <= b.Fence {
			t.Error("a released lease is not free, or its fence started again")
		}
	})
}

// TestRejections checks that a rejected record is an exception with its body
// until a version of it is accepted.
func TestRejections(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		ref := receivables.Ref{Kind: receivables.KindInvoice, ID: "1"}
		bad := func(order int64, body string) mapping.Record {
			return mapping.Record{Ref: ref, Order: order, Raw: []byte(body), Rejection: &mapping.Rejection{Ref: ref, Reason: mapping.ReasonAmount, Text: "bad amount"}}
		}
		none := mapping.Record{Ref: receivables.Ref{Kind: "invoice"}, Order: 1, Raw: []byte("garbage"), Rejection: &mapping.Rejection{Text: "no id"}}
		if saved := w.page(ledgerID, pull.Page{Records: []mapping.Record{bad(1, `{"a":1}`), none}}); saved.Rejected != 2 || saved.Changed["invoice"] != 0 {
			t.Errorf("got %+v", saved)
		}
		w.page(ledgerID, pull.Page{Records: []mapping.Record{bad(2, `{"a":2}`)}})
		open := func() int {
			list, err := s.OpenExceptions(w.ctx, w.book.Tenant)
			w.must(err)
			return len(list)
		}
		if n := open(); n != 2 {
			t.Errorf("%d exceptions, want 2", n)
		}
		raw, err := s.Raw(w.ctx, w.book, []receivables.Ref{ref})
		w.must(err)
		if string(raw[ref]) != `{"a":2}` {
			t.Errorf("the newest body is %q", raw[ref])
		}
		w.pull(ledgerID, 1, invoice("1", "c", 1, 1))
		if n := open(); n != 2 {
			t.Errorf("an older version has closed the exception: %d open", n)
		}
		w.pull(ledgerID, 3, invoice("1", "c", 2, 2))
		if n := open(); n != 1 {
			t.Errorf("an accepted version leaves %d exceptions, want 1", n)
		}
		w.page(ledgerID, pull.Page{Records: []mapping.Record{bad(4, `{"a":2}`)}})
		if n := open(); n != 2 {
			t.Errorf("a new rejection opens the exception again: %d open, want 2", n)
		}
	})
}

// TestHostileText checks that text which PostgreSQL refuses is kept, changed
// as little as possible.
func TestHostileText(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		bad := invoice("1\x00", "c\x00\xff", 1, 1)
		bad.Memo = "nul \x00, backslash \\u0000, broken \xff, quote \" '{}' NULL"
		w.pull(ledgerID, 1, bad)
		w.pull(ledgerID, 1, bad)
		got, ok := w.invoiceNow("1\ufffd")
		if want := "nul \ufffd, backslash \\u0000, broken \ufffd, quote \" '{}' NULL"; !ok || got.Memo != want {
			t.Errorf("got %q, want %q", got.Memo, want)
		}
	})
}

// TestStreams checks cursors, their end and their restart.
func TestStreams(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		for i, done := range []bool{false, true, false} {
			w.page(ledgerID, pull.Page{Stream: "invoices", Cursor: json.RawMessage(fmt.Sprintf(`{"n": %d}`, i)), Done: done})
		}
		w.page(ledgerID, pull.Page{Records: []mapping.Record{record(invoice("1", "c", 1, 1), 1)}})
		states, err := s.Streams(w.ctx, "main", ledgerID)
		w.must(err)
		got := states["invoices"]
		if len(states) != 1 || string(got.Cursor) != `{"n": 2}` || !got.Done || got.AsOf == nil || !got.AsOf.Equal(now) {
			t.Errorf("got %+v", states)
		}
		w.must(s.RestartStreams(w.ctx, w.hold("connection/"+ledgerID), ledgerID))
		states, err = s.Streams(w.ctx, "main", ledgerID)
		w.must(err)
		if len(states) != 0 {
			t.Errorf("after a restart: %+v", states)
		}
	})
}

// TestRace checks that of many workers exactly one gets a lease.
func TestRace(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		const workers = 8
		won := make(chan bool, workers)
		for i := range workers {
			go func() {
				_, ok, err := s.AcquireLease(t.Context(), leaseFor(fmt.Sprint(i)), now)
				if err != nil {
					t.Error(err)
				}
				won <- ok
			}()
		}
		winners := 0
		for range workers {
			if <-won {
				winners++
			}
		}
		if winners != 1 {
			t.Errorf("%d workers hold the lease, want 1", winners)
		}
	})
}
