package storetest

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/alarm"
	"tieout/sync/inbox"
	"tieout/sync/lease"
	"tieout/sync/mail"
	"tieout/sync/proof"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
	"tieout/sync/statement"
	"tieout/sync/sweep"
	"tieout/sync/undo"
)

// fenced are calls of every method that writes under a lease, by name, each of
// which writes when its lease is held.
func (w *world) fenced() map[string]func(l lease.Lease) error {
	c := books.Connection{Tenant: "main", ID: ledgerID, State: books.ConnectionReconnect, Why: "late", GrantID: "grant-" + ledgerID, Due: now.Add(time.Minute)}
	in := w.intent("planned", push.StatePlanned)
	in.Attempts = 1
	begun := in
	begun.State, begun.Answer = push.StateDone, &connectors.Answer{Ref: receivables.Ref{Kind: receivables.KindReceipt, ID: "doc"}}
	page := pull.Page{Tenant: "main", Connection: ledgerID, Stream: "s", Cursor: connectors.Cursor(`{}`), At: now, Records: []mapping.Record{record(invoice("9", "c", 5, 5), 1)}}
	return map[string]func(l lease.Lease) error{
		"RenewLease": func(l lease.Lease) error { _, err := w.RenewLease(w.ctx, l, now.Add(2*time.Hour)); return err },
		"SavePage":   func(l lease.Lease) error { _, err := w.SavePage(w.ctx, l, page); return err },
		"SetFresh":   func(l lease.Lease) error { return w.SetFresh(w.ctx, l, ledgerID, now) },
		"RestartStreams": func(l lease.Lease) error {
			return w.RestartStreams(w.ctx, l, ledgerID)
		},
		"SaveSchedule": func(l lease.Lease) error { return w.SaveSchedule(w.ctx, l, c) },
		"SaveProfile":  func(l lease.Lease) error { return w.SaveProfile(w.ctx, l, ledgerID, connectors.Profile{Name: "late"}) },
		"SaveRun": func(l lease.Lease) error {
			return w.SaveRun(w.ctx, l, schedule.Run{Tenant: "main", ID: "r", Subject: "connection/x", Started: now})
		},
		"Rested": func(l lease.Lease) error { return w.Rested(w.ctx, l, bookID) },
		"SaveAlarms": func(l lease.Lease) error {
			return w.SaveAlarms(w.ctx, l, []alarm.Row{{Connection: ledgerID, Kind: alarm.Stale, Raised: now, Told: now}}, nil, []mail.Mail{{ID: "late", NotBefore: now, CreatedAt: now}})
		},
		"SaveMail": func(l lease.Lease) error {
			return w.SaveMail(w.ctx, l, mail.Mail{ID: "due", Ended: true, NotBefore: now})
		},
		"SaveSweep": func(l lease.Lease) error { return w.SaveSweep(w.ctx, l, ledgerID, sweep.Record{Tried: now}) },
		"SettleEvents": func(l lease.Lease) error {
			return w.SettleEvents(w.ctx, l, []inbox.Row{{Tenant: "main", Vendor: "quickbooks", State: inbox.StateDone, Event: connectors.Event{ID: "evt"}}})
		},
		"Save": func(l lease.Lease) error {
			return w.Save(w.ctx, l, w.book, reconcile.Result{At: now, Intents: []push.Intent{w.intent("late", push.StatePlanned)}})
		},
		"SaveProof": func(l lease.Lease) error {
			return w.SaveProof(w.ctx, l, proof.Proof{Tenant: "main", Book: bookID, ID: "p", At: now})
		},
		"BeginIntent":  func(l lease.Lease) error { return w.BeginIntent(w.ctx, l, in, now) },
		"FinishIntent": func(l lease.Lease) error { return w.FinishIntent(w.ctx, l, push.Outcome{Intent: begun, At: now}) },
		"SaveUndo": func(l lease.Lease) error {
			return w.SaveUndo(w.ctx, l, w.book, undo.Writing{At: now, Intents: []push.Intent{w.intent("undo", push.StatePlanned)}})
		},
		"DropLinkWrites": func(l lease.Lease) error { return w.DropLinkWrites(w.ctx, l, w.book, now) },
		"ConfirmLine": func(l lease.Lease) error {
			return w.ConfirmLine(w.ctx, l, w.book, statement.Confirmation{Account: "a", Finding: statement.Finding{Line: "l"}, By: "me", At: now})
		},
		"OpenBook": func(l lease.Lease) error {
			_, err := w.OpenBook(w.ctx, l, w.book, nil, nil, nil, now)
			return err
		},
		"ReopenLine": func(l lease.Lease) error { return w.ReopenLine(w.ctx, l, w.book, "a", "l", now) },
	}
}

// TestLateWorkerWritesNothing: a worker that was paused until somebody else took
// its lease, or took it again itself, is refused by every method that writes
// under a lease, and no row of any table has changed.
func TestLateWorkerWritesNothing(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		link := w.intent("link", push.StatePlanned)
		link.Effect, link.Invoice = push.EffectLinkOff, "7"
		w.save(reconcile.Result{Intents: []push.Intent{w.intent("planned", push.StatePlanned), link}})
		w.must(s.SaveEvents(w.ctx, []inbox.Row{{Tenant: "main", Connection: ledgerID, Vendor: "quickbooks", State: inbox.StateNew, ReceivedAt: now, Event: connectors.Event{ID: "evt"}}}))
		w.page(ledgerID, pull.Page{Stream: "s", Cursor: connectors.Cursor(`{"old":true}`)})
		w.must(s.MarkRestored(w.ctx, now))
		w.must(s.SaveAlarms(w.ctx, w.hold("alarms"), nil, nil, []mail.Mail{{ID: "due", NotBefore: now, CreatedAt: now}}))
		stale := w.hold("shared")
		taken := stale
		taken.Holder, taken.Until = "another", now.Add(3*time.Hour)
		later := stale.Until.Add(time.Second)
		if _, ok, err := s.AcquireLease(w.ctx, taken, later); err != nil || !ok {
			t.Fatalf("the lease has ended and cannot be taken: %t, %v", ok, err)
		}
		before := dump(t, s)
		calls := w.fenced()
		for name, call := range calls {
			if err := call(stale); !errors.Is(err, lease.ErrLost) {
				t.Errorf("%s under a lost lease: %v", name, err)
			}
		}
		w.must(s.ReleaseLease(w.ctx, stale))
		for table, rows := range dump(t, s) {
			if rows != before[table] {
				t.Errorf("a late worker wrote to %s", table)
			}
		}
		everyFenced(t, s, calls)
	})
}

// everyFenced checks that no method that takes a lease is left out, and that
// each of the calls gets past the fence when the lease is held.
func everyFenced(t *testing.T, s *store.Store, calls map[string]func(lease.Lease) error) {
	var want []string
	of := reflect.TypeFor[lease.Lease]()
	for m := range reflect.TypeOf(s).Methods() {
		for in := range m.Type.Ins() {
			// Taking a lease is the beginning of one; giving a lost one back is no
			// error, and is tried above.
			if in == of && m.Name != "AcquireLease" && m.Name != "ReleaseLease" {
				want = append(want, m.Name)
			}
		}
	}
	if have := slices.Sorted(maps.Keys(calls)); !slices.Equal(have, want) {
		t.Errorf("methods under a lease: tried %v, there are %v", have, want)
	}
	own := &world{T: t, Store: s, ctx: t.Context()}
	own.book.Tenant = "main"
	for name, call := range calls {
		if err := call(own.hold("own/" + name)); errors.Is(err, lease.ErrLost) {
			t.Errorf("%s is refused to the holder: %v", name, err)
		}
	}
}

// unfenced are the methods of the engine's stores that take no lease and write,
// and why that is right. All others only read.
func unfenced() map[string]string {
	return map[string]string{
		"MarkBooks":      "asks for another look, and can only add one",
		"AddCalls":       "counts calls that were made, whoever made them",
		"Retry":          "a person's order, guarded by the state of each row",
		"SaveSigningKey": "the first key stays",
		"RotateGrant":    "guarded by the token that was spent",
		"AcquireLease":   "begins a lease",
		"ReleaseLease":   "ends one, if it is still held",
		"RenewLease":     "compares the fence itself",
	}
}

// TestEngineWritesUnderLeases goes through what each step asks of the database:
// a method takes a lease, or is known to need none, or its name says that it
// reads and it changes nothing.
func TestEngineWritesUnderLeases(t *testing.T) {
	t.Parallel()
	of := reflect.TypeFor[lease.Lease]()
	for _, step := range []reflect.Type{
		reflect.TypeFor[pull.Store](), reflect.TypeFor[push.Store](), reflect.TypeFor[reconcile.Store](), reflect.TypeFor[reconcile.Outbox](),
		reflect.TypeFor[proof.Store](), reflect.TypeFor[inbox.WorkStore](), reflect.TypeFor[sweep.Store](), reflect.TypeFor[undo.Store](),
		reflect.TypeFor[schedule.Store](),
	} {
		for m := range step.Methods() {
			leased := slices.ContainsFunc(slices.Collect(m.Type.Ins()), func(in reflect.Type) bool { return in == of })
			writes := slices.ContainsFunc([]string{"Save", "Set", "Begin", "Finish", "Restart", "Settle", "Add", "Mark", "Retry", "Drop", "Confirm", "Reopen", "Rotate"},
				func(verb string) bool {
					return len(m.Name) > len(verb) && m.Name[:len(verb)] == verb && m.Name != "Marks" || m.Name == verb
				})
			if writes && !leased && unfenced()[m.Name] == "" {
				t.Errorf("%s.%s writes without a lease, and nobody says why that is right", step, m.Name)
			}
		}
	}
}

// TestRunKeepsNewConsent: a run that ends with a refusal of the old grant does
// not take back the consent that a person has given meanwhile.
func TestRunKeepsNewConsent(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		c, err := s.Connection(w.ctx, "main", ledgerID)
		w.must(err)
		again := c
		again.GrantID = "grant-new"
		_, err = s.SaveConnection(w.ctx, again)
		w.must(err)
		c.State, c.Why, c.Failures = books.ConnectionReconnect, "refused", 2
		w.must(s.SaveSchedule(w.ctx, w.hold("connection/"+ledgerID), c))
		got, err := s.Connection(w.ctx, "main", ledgerID)
		w.must(err)
		if got.State != books.ConnectionActive || got.Why != "" || got.Failures != 2 {
			t.Errorf("the connection is %s (%q) after the end of a run under the old grant", got.State, got.Why)
		}
	})
}
