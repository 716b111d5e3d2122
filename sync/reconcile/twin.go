package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/push"
)

// twin is a document of a part that stands beside the part's own: a worker that
// was paused between its last check and the call has sent what another had sent
// meanwhile, and the vendor no longer knew the key.
type twin struct {
	part   PartRow
	doc    LedgerDocument
	intent string
}

// findTwins finds them: the same marker, and equal in all that we wrote. A document
// that differs in anything was made by a person's hand and is left alone.
func (w *world) findTwins() map[receivables.Ref]twin {
	found := map[receivables.Ref]twin{}
	for _, p := range w.parts {
		own, ok := w.documentOf(p)
		if !ok || p.Marker == "" || p.State != PartLive && p.State != PartSent || own.State != receivables.StateLive {
			continue
		}
		for _, doc := range w.documents[p.Marker] {
			same := doc
			same.Ref = own.Ref
			if doc.Ref != own.Ref && !doc.Reconciled && reflect.DeepEqual(same, own) {
				found[doc.Ref] = twin{part: p, doc: doc, intent: w.twinIntent(doc.Ref)}
			}
		}
	}
	return found
}

// twinIntent is the one intent that there ever is to take a twin away.
func (w *world) twinIntent(ref receivables.Ref) string {
	sum := sha256.Sum256([]byte("twin\n" + w.book.ID + "\n" + docKey(ref)))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:])[:26])
}

// loadTwins leaves out those that were taken care of before: once, never a fight.
func (w *world) loadTwins(ctx context.Context) error {
	w.twins = w.findTwins()
	if len(w.twins) == 0 {
		return nil
	}
	var ids []string
	for _, t := range w.twins {
		ids = append(ids, t.intent)
	}
	slices.Sort(ids)
	known, err := w.r.Store.IntentsByID(ctx, w.book.Tenant, ids)
	for _, in := range known {
		maps.DeleteFunc(w.twins, func(_ receivables.Ref, t twin) bool { return t.intent == in.ID })
	}
	return err
}

// reverseTwins takes the movement's twins away, each with a line in the journal.
func (w *world) reverseTwins(m Movement) {
	remover, able := w.r.Ledger.(connectors.Remover)
	if !able {
		return
	}
	refs := slices.SortedFunc(maps.Keys(w.twins), func(a, b receivables.Ref) int { return strings.Compare(docKey(a), docKey(b)) })
	for _, ref := range refs {
		t := w.twins[ref]
		if t.part.Part.Movement != m.Row.ID {
			continue
		}
		if w.r.removed >= maxRemovals {
			w.except(m, exceptTwice, fmt.Sprintf("%s %s stands for the same as %s, and more documents were written twice than are taken away without a person", capital(string(t.doc.Kind)), ref.ID, t.part.Document.ID))
			continue
		}
		delete(w.twins, ref)
		write, needed, why, err := remover.LowerRemoval(connectors.Removal{Document: ref, Kind: t.doc.Kind, Raw: w.raws[ref], Generation: 1})
		if err != nil || why != "" || !needed {
			continue // the proof names both documents
		}
		w.r.removed++
		w.toLedger(m, push.Intent{
			Write: write, Priority: push.PriorityUndo, Before: w.raws[ref], Generation: 1,
			Why: fmt.Sprintf("It was written twice, when a worker woke up late: %s %s stands for the same and is kept", t.doc.Kind, t.part.Document.ID),
		})
		w.result.Intents[len(w.result.Intents)-1].ID = t.intent
	}
}
