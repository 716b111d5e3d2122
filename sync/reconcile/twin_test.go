package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/push"
)

// removing is a ledger of which only removals are asked.
type removing struct{ connectors.Ledger }

func (removing) LowerRemoval(r connectors.Removal) (connectors.Write, bool, string, error) {
	return connectors.Write{Op: "remove", Key: r.Document.ID}, true, "", nil
}

// doubled is a pass over n movements whose fee was written twice each.
func doubled(r *Reconciler, n int) *world {
	w := &world{r: r, book: books.Book{Tenant: "main", ID: "b", Ledger: "ledger", Writes: true}, parts: map[string]PartRow{}, documents: map[string][]LedgerDocument{}}
	for i := range n {
		id := fmt.Sprint("txn_", i)
		m := Movement{Row: receivables.BalanceTransaction{ID: id, Source: "ch_" + fmt.Sprint(i), Category: "fee", Amount: -30, Currency: "USD"}, Connection: "stripe"}
		own := LedgerDocument{Ref: receivables.Ref{Kind: receivables.KindDocument, ID: fmt.Sprint("own-", i)}, Kind: receivables.DocumentExpense, State: receivables.StateLive, Total: -30}
		twin := own
		twin.Ref.ID = fmt.Sprint("twin-", i)
		part := PartRow{
			Part: mapping.Part{Movement: id, Purpose: mapping.PurposeFee, Amount: -30}, State: PartLive, Marker: "marker-" + id, Document: own.Ref, Intent: "intent-" + id,
		}
		w.movements, w.parts[part.Part.Key()] = append(w.movements, m), part
		w.documents[part.Marker], w.documents[docKey(own.Ref)], w.documents[docKey(twin.Ref)] = []LedgerDocument{own, twin}, []LedgerDocument{own}, []LedgerDocument{twin}
	}
	w.twins = w.findTwins()
	return w
}

// TestFewTwinsAreTakenAway: a run takes five documents away by a rule. When more
// were written twice something else is wrong: the rest is left in the ledger and
// named to a person, with both documents.
func TestFewTwinsAreTakenAway(t *testing.T) {
	t.Parallel()
	ids := 0
	r := &Reconciler{Ledger: removing{}, Now: func() time.Time { return time.Time{} }, NewID: func() string { ids++; return fmt.Sprint(ids) }}
	w := doubled(r, maxRemovals+2)
	for _, m := range w.movements {
		w.reverseTwins(m)
	}
	if n := len(w.result.Intents); n != maxRemovals {
		t.Errorf("%d are taken away, want %d", n, maxRemovals)
	}
	gone := map[string]bool{}
	for _, in := range w.result.Intents {
		gone[in.Write.Key] = true
		if !strings.HasPrefix(in.Write.Key, "twin-") || in.Priority != push.PriorityUndo || !strings.Contains(in.Why, "is kept") {
			t.Errorf("planned %s: %s", in.Write.Key, in.Why)
		}
	}
	if len(gone) != maxRemovals || len(w.result.Exceptions) != 2 {
		t.Fatalf("%d different ones, exceptions %+v", len(gone), w.result.Exceptions)
	}
	for i, x := range w.result.Exceptions {
		at := fmt.Sprint(maxRemovals + i)
		if x.Kind != exceptTwice || !strings.Contains(x.Text, "twin-"+at+" ") || !strings.Contains(x.Text, "own-"+at) || !strings.Contains(x.Action, "Remove one of the two") {
			t.Errorf("left alone: %+v", x)
		}
	}
}
