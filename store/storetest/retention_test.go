package storetest

import (
	"testing"
	"time"

	"tieout/mapping"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/monthend"
	"tieout/sync/pull"
)

// pullAt saves an entity as it was at a time.
func (w *world) pullAt(at time.Time, order int64, entities ...receivables.Entity) {
	w.Helper()
	p := pull.Page{Tenant: w.book.Tenant, Connection: ledgerID, At: at}
	for _, e := range entities {
		p.Records = append(p.Records, record(e, order))
	}
	_, err := w.SavePage(w.ctx, w.hold("connection/"+ledgerID), p)
	w.must(err)
}

// known are the balances of the invoices as known at a time, and how many
// objects are not kept in the form that they had.
func (w *world) known(at time.Time) (balances map[string]int64, lost int) {
	w.Helper()
	balances = map[string]int64{}
	lost, err := w.KnownAt(w.ctx, w.book, at, func(e receivables.Entity) error {
		if inv, ok := e.(receivables.Invoice); ok {
			balances[inv.ID] = inv.Balance
		}
		return nil
	})
	w.must(err)
	return balances, lost
}

// TestRetention: what was replaced before the instant goes, and nothing else:
// the newest body and version stay whatever their age, a look back within the
// time is what it was, and one beyond says that it is not complete.
func TestRetention(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		other := newTenant(t, s, "other")
		years := func(n int) time.Time { return now.AddDate(-n, 0, 0) }
		for _, of := range []*world{w, other} {
			// Replaced twelve and eleven years ago; three years ago; never.
			of.pullAt(years(13), 1, invoice("1", "c", 100, 100), invoice("2", "c", 50, 50))
			of.pullAt(years(12), 2, invoice("1", "c", 100, 60))
			of.pullAt(years(11), 3, invoice("1", "c", 100, 30))
			of.pullAt(years(3), 4, invoice("1", "c", 100, 10))
		}
		before := monthend.Control{RetentionYears: 10}.KeptSince(now)
		since, lost := w.known(years(10))
		if since["1"] != 30 || since["2"] != 50 || lost != 0 {
			t.Fatalf("ten years ago was known: %v, %d lost", since, lost)
		}
		found, err := s.Expired(w.ctx, w.book.Tenant, before)
		w.must(err)
		if found.Bodies != 2 || found.Versions != 2 || found.Bytes <= 0 {
			t.Fatalf("it would let go %+v, want the two bodies and versions replaced before", found)
		}
		gone, err := s.DeleteExpired(w.ctx, w.book.Tenant, before)
		w.must(err)
		if gone != found {
			t.Errorf("it let go %+v, and had said %+v", gone, found)
		}
		if again, err := s.DeleteExpired(w.ctx, w.book.Tenant, before); err != nil || !again.Nothing() {
			t.Errorf("it let go %+v once more, %v", again, err)
		}
		if left, err := s.Expired(w.ctx, other.book.Tenant, before); err != nil || left != found {
			t.Errorf("of another tenant %+v is left, %v", left, err)
		}
		if got, lost := w.known(years(10)); got["1"] != 30 || got["2"] != 50 || lost != 0 {
			t.Errorf("within the time is known now: %v, %d lost", got, lost)
		}
		if got, lost := w.known(years(12).Add(time.Hour)); got["2"] != 50 || lost != 1 {
			t.Errorf("beyond it is known: %v, %d lost; want one that is not kept", got, lost)
		}
		refs := []receivables.Ref{{Kind: receivables.KindInvoice, ID: "1"}, {Kind: receivables.KindInvoice, ID: "2"}}
		bodies, err := s.Raw(w.ctx, w.book, refs)
		w.must(err)
		if string(bodies[refs[0]]) != `{"id":"1","order":4}` || string(bodies[refs[1]]) != `{"id":"2","order":1}` {
			t.Errorf("the newest bodies are %s and %s", bodies[refs[0]], bodies[refs[1]])
		}
		if inv, ok := w.invoiceNow("1"); !ok || inv.Balance != 10 {
			t.Errorf("the invoice is %+v", inv)
		}
	})
}

// TestRetentionKeepsWhatWasAccepted: a body that was not understood does not
// make the last one that was go, from which the object stands as it does.
func TestRetentionKeepsWhatWasAccepted(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		w.pullAt(now.AddDate(-13, 0, 0), 1, invoice("1", "c", 100, 100))
		ref := receivables.Ref{Kind: receivables.KindInvoice, ID: "1"}
		bad := mapping.Record{Ref: ref, Order: 2, Raw: []byte(`{}`), Rejection: &mapping.Rejection{Ref: ref, Reason: mapping.ReasonAmount, Text: "bad amount"}}
		_, err := w.SavePage(w.ctx, w.hold("connection/"+ledgerID), pull.Page{
			Tenant: w.book.Tenant, Connection: ledgerID, At: now.AddDate(-12, 0, 0), Records: []mapping.Record{bad},
		})
		w.must(err)
		if gone, err := s.DeleteExpired(w.ctx, w.book.Tenant, now.AddDate(-10, 0, 0)); err != nil || !gone.Nothing() {
			t.Errorf("it let go %+v, %v", gone, err)
		}
	})
}

// TestRetentionInChunks: more than one transaction's worth goes too.
func TestRetentionInChunks(t *testing.T) {
	t.Parallel()
	engines.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, s)
		const n = 1_100
		for year := range int64(2) {
			var list []receivables.Entity
			for i := range n {
				list = append(list, invoice(time.Duration(i).String(), "c", 100, 100-year))
			}
			w.pullAt(now.AddDate(-13+int(year), 0, 0), 1+year, list...)
		}
		gone, err := s.DeleteExpired(w.ctx, w.book.Tenant, now.AddDate(-10, 0, 0))
		if err != nil || gone.Bodies != n || gone.Versions != n {
			t.Errorf("it let go %+v of %d, %v", gone, n, err)
		}
	})
}
