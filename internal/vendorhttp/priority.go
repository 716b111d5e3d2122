package vendorhttp

import "context"

// Priority orders calls when there are fewer than are wanted. It follows from
// the purpose that calls are counted under.
type Priority int

// The priorities, the most urgent first.
const (
	// PriorityHook is for what a webhook has told of: it may use the reserve.
	PriorityHook Priority = iota
	// PriorityReceipt is for what is written to the ledger, and for what a
	// person waits for.
	PriorityReceipt
	// PriorityLink is for links, for ordinary passes and for proofs.
	PriorityLink
	// PriorityBackfill is for what takes as long as it takes.
	PriorityBackfill
)

// priority is that of the calls made under ctx.
func priority(ctx context.Context) Priority {
	switch purpose(ctx) {
	case "hook":
		return PriorityHook
	case "pull", "link", "proof":
		return PriorityLink
	case "backfill", "sweep":
		return PriorityBackfill
	}
	return PriorityReceipt
}

// share is how much of a day or a month a priority may use: what is left is
// for those before it. A long first reading must not leave the connections
// that work already without calls for the rest of the month.
func (p Priority) share(limit int64) int64 {
	percent := map[Priority]int64{PriorityHook: 100, PriorityReceipt: 98, PriorityLink: 95, PriorityBackfill: 80}[p]
	return limit/100*percent + limit%100*percent/100
}
