package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sync/push"
)

// Outbox is what has become of what was planned.
type Outbox interface {
	// Parked gives intents that were given up, oldest first, at most limit.
	Parked(ctx context.Context, b books.Book, limit int) ([]push.Intent, error)
	// Retry has parked intents planned anew, or sent again where they follow
	// from no plan: intents, parts and marks in one transaction. It gives how
	// many there were.
	Retry(ctx context.Context, tenant, book string, ids []string, at time.Time) (int, error)
	// IntentsByID gives intents, in whatever state.
	IntentsByID(ctx context.Context, tenant string, ids []string) ([]push.Intent, error)
}

// given are the parked intents that may be tried again in this run.
type given struct {
	intents []push.Intent
}

// parked reads them, and lets those be planned anew that have waited long.
func (r *Reconciler) parked(ctx context.Context, b books.Book) (*given, error) {
	list, err := r.Store.Parked(ctx, b, batch)
	if err != nil {
		return nil, fmt.Errorf("reconcile: what was given up: %w", err)
	}
	g := &given{intents: list}
	return g, r.retry(ctx, b, g, func(in push.Intent) bool { return in.Due(r.Now()) })
}

// retryFor lets be planned anew what names an object that has changed, or all
// of it when the book itself has.
func (r *Reconciler) retryFor(ctx context.Context, b books.Book, g *given, marks []Mark) error {
	if len(g.intents) == 0 {
		return nil
	}
	return r.retry(ctx, b, g, func(in push.Intent) bool {
		return slices.ContainsFunc(marks, func(m Mark) bool {
			if m.Ref.Kind == MarkBook {
				return true
			}
			return m.Connection == b.Ledger && causes(m.Ref.Kind) && in.Rested(r.Now()) && in.Names(m.Ref)
		})
	})
}

// causes says whether what is in the way of a write can be the standing of an
// object of this kind.
func causes(kind receivables.Kind) bool {
	switch kind {
	case receivables.KindInvoice, receivables.KindCustomer, receivables.KindAccount, receivables.KindCredit, receivables.KindReceipt:
		return true
	}
	return false
}

func (r *Reconciler) retry(ctx context.Context, b books.Book, g *given, now func(push.Intent) bool) error {
	var ids []string
	g.intents = slices.DeleteFunc(g.intents, func(in push.Intent) bool {
		if !now(in) {
			return false
		}
		ids = append(ids, in.ID)
		return true
	})
	if len(ids) == 0 {
		return nil
	}
	if _, err := r.Store.Retry(ctx, b.Tenant, b.ID, ids, r.Now()); err != nil {
		return fmt.Errorf("reconcile: retry: %w", err)
	}
	return nil
}
