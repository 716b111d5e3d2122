package reconcile

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/mapping"
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
	// Intents gives the book's intents in one of the states, oldest first.
	Intents(ctx context.Context, tenant, book string, states []push.State, limit int) ([]push.Intent, error)
	// Replan drops intents that wait to be sent and has what they are about
	// planned anew: intents, parts and marks in one transaction.
	Replan(ctx context.Context, tenant, book string, ids []string, at time.Time) error
	// IntentsByID gives intents, in whatever state.
	IntentsByID(ctx context.Context, tenant string, ids []string) ([]push.Intent, error)
}

// given are the parked intents that may be tried again in this run, and those
// that an earlier run has planned and not sent.
type given struct {
	intents, unsent []push.Intent
}

// parked reads them, and lets those be planned anew that have waited long.
func (r *Reconciler) parked(ctx context.Context, b books.Book) (*given, error) {
	list, err := r.Store.Parked(ctx, b, batch)
	if err != nil {
		return nil, fmt.Errorf("reconcile: what was given up: %w", err)
	}
	g := &given{intents: list}
	g.unsent, err = r.Store.Intents(ctx, b.Tenant, b.ID, []push.State{push.StatePlanned}, batch)
	if err != nil {
		return nil, fmt.Errorf("reconcile: what waits to be sent: %w", err)
	}
	return g, r.retry(ctx, b, g, func(in push.Intent) bool { return in.Due(r.Now()) })
}

// retryFor lets be planned anew what names an object that has changed, or all
// of it when the book itself has.
func (r *Reconciler) retryFor(ctx context.Context, b books.Book, g *given, marks []Mark) error {
	if err := r.replanFor(ctx, b, g, marks); err != nil {
		return err
	}
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

// replanFor has planned anew what waits to be sent for an invoice that has
// changed since: it may take less now, or nothing. A vendor would refuse that,
// or worse, make something else of it.
func (r *Reconciler) replanFor(ctx context.Context, b books.Book, g *given, marks []Mark) error {
	if len(g.unsent) == 0 {
		return nil
	}
	changed := map[string]bool{}
	for _, m := range marks {
		if m.Ref.Kind == receivables.KindInvoice && m.Connection == b.Ledger {
			changed[m.Ref.ID] = true
		}
	}
	var ids []string
	g.unsent = slices.DeleteFunc(g.unsent, func(in push.Intent) bool {
		about := slices.ContainsFunc(in.Write.Parts, func(p mapping.Part) bool { return changed[p.Target] })
		if about {
			ids = append(ids, in.ID)
		}
		return about
	})
	if len(ids) == 0 {
		return nil
	}
	if err := r.Store.Replan(ctx, b.Tenant, b.ID, ids, r.Now()); err != nil {
		return fmt.Errorf("reconcile: plan anew: %w", err)
	}
	return nil
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
