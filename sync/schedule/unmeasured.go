package schedule

import (
	"errors"
	"maps"
	"slices"

	"tieout/connectors"
	"tieout/sync/proof"
)

// unread says whether a proof failed because a vendor could not be asked.
func unread(err error) bool {
	_, vendor := connectors.AsFailure(err)
	return vendor || errors.Is(err, proof.ErrMoved)
}

// unreadable says in words why a book could not be measured.
func unreadable(w *work, problems map[string]error, failed error) []string {
	var reasons []string
	for _, id := range slices.Sorted(maps.Keys(problems)) {
		c := w.connections[id]
		reasons = append(reasons, c.Vendor+" "+c.Profile.Name+" could not be read: "+said(problems[id]))
	}
	if failed != nil {
		reasons = append(reasons, said(failed))
	}
	return reasons
}
