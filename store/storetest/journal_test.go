package storetest

import (
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/connect"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// entries are the lines of the book's journal.
func (w *world) entries(q store.JournalQuery) []journal.Entry {
	w.Helper()
	var list []journal.Entry
	w.must(w.Journal(w.ctx, w.book.Tenant, w.book.ID, q, func(l journal.Line) error {
		e, err := l.Open()
		list = append(list, e)
		return err
	}))
	return list
}

func kindsOf(list []journal.Entry) []journal.Kind {
	kinds := make([]journal.Kind, len(list))
	for i, e := range list {
		kinds[i] = e.Kind
	}
	return kinds
}

// TestJournal checks that whatever is done to a book leaves a line, in the
// transaction of what it speaks about.
func TestJournal(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.ctx = journal.As(w.ctx, "ada")
		w.pull(ledgerID, 1, receivables.Invoice{ID: "7", Number: "INV-0007", State: receivables.StateLive, Currency: "USD", Issued: "2026-03-01", CustomerID: "c"})
		in := w.intent("1", push.StatePlanned)
		in.Write.Parts = []mapping.Part{{Movement: "m", Purpose: mapping.PurposeReceipt, Target: "7", Amount: 100}}
		in.Booking = &mapping.Booking{Book: bookID, Kind: receivables.DocumentReceipt, Currency: "USD", To: "clearing", Parts: in.Write.Parts}
		in.Before = []byte(`{"Id":"7"}`)
		w.save(reconcile.Result{
			Intents: []push.Intent{in}, Parts: []reconcile.PartRow{w.part("m", mapping.PurposeReceipt, "7", 100, reconcile.PartPlanned)},
			Outcomes: []reconcile.Outcome{{Connection: stripeID, Movement: "m", State: reconcile.MovementSettled}},
			Allocations: []reconcile.Allocation{{
				Connection: stripeID, Movement: "m", Charge: "ch", Invoice: "7", Customer: "c", Amount: 100, Currency: "USD",
				Rule: reconcile.RuleNumber, Evidence: "it names INV-7",
			}},
			Decisions: []reconcile.Decision{{ID: "d", Subject: "invoice/9", Kind: "match", Question: "Which?", Options: []reconcile.Option{{Key: "a"}}}},
		})
		stored, ok, err := s.NextIntent(w.ctx, "main", bookID, now)
		w.must(err)
		if !ok || stored.Booking == nil || stored.Booking.To != "clearing" || len(stored.Booking.Parts) != 1 {
			t.Errorf("the booking of the intent: %+v", stored.Booking)
		}
		in.State, in.Answer = push.StateDone, &connectors.Answer{Ref: receivables.Ref{Kind: "receipt", ID: "doc"}, Raw: json.RawMessage(`{"Id":"doc"}`)}
		w.must(s.FinishIntent(w.ctx, w.hold("book/"+bookID), push.Outcome{Intent: in, URL: "https://ledger/doc", At: now.Add(time.Minute)}))
		w.must(s.AnswerDecision(w.ctx, "main", bookID, "d", "a", "bob", now))
		w.must(s.SaveCreated(w.ctx, w.book, connect.Created{
			NewAccount: connectors.NewAccount{Use: "clearing", Name: "Stripe"}, Answer: connectors.Answer{Ref: receivables.Ref{Kind: "account", ID: "clearing"}}, At: now,
		}))
		b := w.book
		b.Settings.Links = !b.Settings.Links
		_, err = s.SaveBook(w.ctx, b, now)
		w.must(err)
		w.must(s.SwitchWrites(journal.Confirming(w.ctx, "abc"), w.book, true, now))
		all := w.entries(store.JournalQuery{})
		want := []journal.Kind{journal.KindSettings, journal.KindWrite, journal.KindDecision, journal.KindCreated, journal.KindSettings, journal.KindWrites}
		if !slices.Equal(kindsOf(all), want) {
			t.Fatalf("lines %v, want %v", kindsOf(all), want)
		}
		write := all[1]
		if write.Who != "rule: invoice_number" || len(write.Evidence) != 1 || !strings.Contains(write.Evidence[0], "1.00 USD of invoice INV-0007 by") || write.URL != "https://ledger/doc" ||
			string(write.Before) != `{"Id":"7"}` || string(write.Request) != string(in.Write.Body) || !strings.Contains(string(write.Answer), `"raw":{"Id":"doc"}`) ||
			write.Document.ID != "doc" || write.Key != in.Write.Key || len(write.Parts) != 1 || !write.At.Equal(now.Add(time.Minute)) {
			t.Errorf("the write: %+v", write)
		}
		if all[2].Who != "bob" || string(all[2].Answer) != `"a"` || all[4].Who != "ada" || all[5].Evidence[0] != "confirmed preview abc" {
			t.Errorf("who: %+v", all[2:])
		}
		made, err := s.CreatedNames(w.ctx, w.book)
		w.must(err)
		if len(made) != 1 || made["account/clearing"] != "Stripe" {
			t.Errorf("made %v", made)
		}
		if part := w.entries(store.JournalQuery{Document: receivables.Ref{Kind: "receipt", ID: "doc"}}); len(part) != 1 {
			t.Errorf("about the document: %+v", part)
		}
		from, to := now.Add(time.Minute), now.Add(2*time.Minute)
		if part := w.entries(store.JournalQuery{From: &from, To: &to}); len(part) != 1 || part[0].Kind != journal.KindWrite {
			t.Errorf("in a minute: %+v", part)
		}
		chain, err := s.VerifyJournal(w.ctx, "main", bookID)
		w.must(err)
		if chain.Seq != 6 {
			t.Errorf("verified %d lines", chain.Seq)
		}
	})
}

// raw opens the store's database for hands that go around it.
func raw(t *testing.T, s *store.Store) *sql.DB {
	t.Helper()
	if s.Engine() == "postgres" {
		return s.DB()
	}
	var path string
	if err := s.DB().QueryRow(`select file from pragma_database_list where name = 'main'`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestJournalIsAppendOnly checks that the database refuses changes, and that
// one made all the same, with the guards taken away, is found.
func TestJournalIsAppendOnly(t *testing.T) {
	t.Parallel()
	unguard := map[string][]string{
		"sqlite":   {`drop trigger journal_no_update`, `drop trigger journal_no_delete`},
		"postgres": {`drop trigger journal_no_change on journal`, `drop trigger journal_no_truncate on journal`},
	}
	for name, c := range map[string]struct{ tamper, want string }{
		"changed":  {`update journal set entry = (select entry from journal where seq = 3) where seq = 2`, "line 2:"},
		"rehashed": {`update journal set entry = (select entry from journal where seq = 3), hash = (select hash from journal where seq = 3) where seq = 2`, "line 2:"},
		"damaged":  {`update journal set entry = '' where seq = 2`, "line 2:"},
		"removed":  {`delete from journal where seq = 2`, "line 2:"},
		"cut off":  {`delete from journal where seq > 2`, "line 4:"},
		"emptied":  {`delete from journal`, "line 4:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engines.Each(t, func(t *testing.T, s *store.Store) {
				w := newWorld(t, s)
				for _, on := range []bool{true, false, true} {
					w.must(s.SwitchWrites(w.ctx, w.book, on, now))
				}
				db := raw(t, s)
				if _, err := db.Exec(c.tamper); err == nil || !strings.Contains(err.Error(), "append-only") {
					t.Errorf("the database let it happen: %v", err)
				}
				if _, err := s.VerifyJournal(w.ctx, "main", bookID); err != nil {
					t.Fatal(err)
				}
				for _, statement := range append(slices.Clone(unguard[s.Engine()]), c.tamper) {
					if _, err := db.Exec(statement); err != nil {
						t.Fatal(err)
					}
				}
				_, err := s.VerifyJournal(w.ctx, "main", bookID)
				if !errors.Is(err, journal.ErrBroken) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, want %s", err, c.want)
				}
			})
		})
	}
	t.Run("truncate", func(t *testing.T) {
		t.Parallel()
		s := engines.Postgres(t)
		newWorld(t, s)
		if _, err := s.DB().Exec(`truncate journal`); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("truncate: %v", err)
		}
	})
}

// TestUnjournaledWrite checks that a write without a line is found.
func TestUnjournaledWrite(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		in := w.intent("1", push.StateDone)
		in.UpdatedAt = now.Add(time.Second)
		w.save(reconcile.Result{Intents: []push.Intent{in}})
		if _, err := s.VerifyJournal(w.ctx, "main", bookID); !errors.Is(err, journal.ErrBroken) || !strings.Contains(err.Error(), "the write 1:") {
			t.Errorf("%v", err)
		}
	})
}

// TestJournalAtOnce checks that entries that are made at the same time stand
// one behind the other.
func TestJournalAtOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const writers, each = 6, 4
		failed := make(chan error, writers)
		for range writers {
			go func() {
				var err error
				for range each {
					err = errors.Join(err, s.SaveCreated(w.ctx, w.book, connect.Created{Answer: connectors.Answer{Ref: receivables.Ref{Kind: "account", ID: "a"}}, At: now}))
				}
				failed <- err
			}()
		}
		for range writers {
			w.must(<-failed)
		}
		chain, err := s.VerifyJournal(w.ctx, "main", bookID)
		w.must(err)
		if chain.Seq != 1+writers*each {
			t.Errorf("%d lines, want %d", chain.Seq, 1+writers*each)
		}
	})
}
