package notify

import (
	"context"
	"time"
)

// Store is what delivering needs of the database.
type Store interface {
	// TenantsToTell gives the tenants for whose hooks something is due at now.
	TenantsToTell(ctx context.Context, now time.Time) ([]string, error)
	// DueHooks gives the active hooks for which something is due at now, with
	// their secrets.
	DueHooks(ctx context.Context, tenant string, now time.Time) ([]Hook, error)
	// NextDelivery gives the delivery that is due the longest; false when none
	// is.
	NextDelivery(ctx context.Context, h Hook, now time.Time) (Delivery, bool, error)
	// ClaimDelivery counts an attempt and keeps everybody else away until the
	// given time; false when somebody else was faster.
	ClaimDelivery(ctx context.Context, h Hook, d Delivery, until time.Time) (bool, error)
	// FinishDelivery writes the outcome of the attempt that d counts, and what
	// it means for the hook, which h says. An attempt that was overtaken
	// changes nothing.
	FinishDelivery(ctx context.Context, h Hook, d Delivery) error
}
