package storetest

import (
	"strings"
	"testing"
	"time"

	"tieout/receivables"
	"tieout/store"
)

// TestNotes keeps notes about one thing, the newest first, and lets nobody change
// one.
func TestNotes(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		tenant := w.book.Tenant
		customer, invoice := receivables.Ref{Kind: receivables.KindCustomer, ID: "7"}, receivables.Ref{Kind: receivables.KindInvoice, ID: "7"}
		first := store.Note{ID: "n1", Connection: ledgerID, About: customer, Person: "p", Author: "Ann", Text: "Called.\nNobody there.", At: now}
		second, other := first, first
		second.ID, second.At = "n2", now.Add(time.Minute)
		other.ID, other.About = "n3", invoice
		for _, n := range []store.Note{first, second, other} {
			w.must(s.AddNote(w.ctx, tenant, n))
		}
		got, err := s.NotesAbout(w.ctx, tenant, ledgerID, customer, 9)
		w.must(err)
		if len(got) != 2 || got[0].ID != "n2" || got[1] != first {
			t.Errorf("notes: %+v", got)
		}
		if got, err := s.NotesAbout(w.ctx, tenant, ledgerID, customer, 1); err != nil || len(got) != 1 {
			t.Errorf("the newest: %+v, %v", got, err)
		}
		if got, err := s.NotesAbout(w.ctx, tenant, "elsewhere", customer, 9); err != nil || len(got) != 0 {
			t.Errorf("of another ledger: %+v, %v", got, err)
		}
		db := raw(t, s)
		for _, change := range []string{`update note set text = 'x'`, `delete from note`} {
			if _, err := db.Exec(change); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", change, err)
			}
		}
	})
}
