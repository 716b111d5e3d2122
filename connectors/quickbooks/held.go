package quickbooks

import (
	"context"
	"fmt"
	"strings"

	"tieout/connectors"
)

// Comparing is the session with the ability to notice what Intuit does not
// tell: where change data cannot say what was deleted, the objects that the
// caller holds are asked for, and one that is gone becomes a deletion.
func (s *Session) Comparing(held connectors.Held) connectors.Session {
	with := *s
	with.held = held
	return &with
}

// compare asks for the next of the objects of an entity that the caller holds.
// Those that are still there are given as they stand: they were paid for.
func (s *Session) compare(ctx context.Context, e entity, at changes) (connectors.Page, error) {
	current := &at.Listing[0]
	if s.held == nil { // the caller knew how to ask when the step was planned
		at.Listing = at.Listing[1:]
		return changesPage(nil, at)
	}
	known, err := s.held(ctx, e.kind, e.prefix(), current.After, compareMost)
	if err != nil {
		return connectors.Page{}, fmt.Errorf("quickbooks: compare %s: %w", e.stream, err)
	}
	wanted := ids{}
	for _, id := range known {
		if !strings.HasPrefix(id, unreadable) {
			wanted[e.name] = append(wanted[e.name], bareID(e, id))
		}
	}
	drafts, err := s.fetch(ctx, wanted)
	if err != nil {
		return connectors.Page{}, err
	}
	if len(known) < compareMost {
		at.Listing = at.Listing[1:]
	} else {
		current.After = known[len(known)-1]
	}
	return changesPage(drafts, at)
}
