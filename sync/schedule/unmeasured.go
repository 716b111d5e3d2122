package schedule

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"tieout/connectors"
	"tieout/money"
	"tieout/sync/proof"
)

// unread says whether a proof failed because a vendor could not be asked.
func unread(err error) bool {
	_, vendor := connectors.AsFailure(err)
	return vendor || errors.Is(err, proof.ErrMoved)
}

// notMeasured is the proof of a book of which a side could not be read: a
// result of its own, so that the last good one is not shown as if it still
// held.
func (s *Scheduler) notMeasured(w *work, problems map[string]error, failed error) proof.Proof {
	now := s.Now()
	out := proof.Proof{Tenant: w.book.Tenant, Book: w.book.ID, ID: s.NewID(), At: now}
	var reasons []string
	for _, id := range slices.Sorted(maps.Keys(problems)) {
		c := w.connections[id]
		reasons = append(reasons, c.Vendor+" "+c.Profile.Name+" could not be read: "+said(problems[id]))
	}
	if failed != nil {
		reasons = append(reasons, said(failed))
	}
	currencies := slices.Sorted(maps.Keys(w.book.Accounts.Clearing))
	if len(currencies) == 0 {
		currencies = []money.Currency{w.connections[w.book.Ledger].Profile.Home}
	}
	for _, check := range []proof.Check{proof.CheckBalance, proof.CheckClearing, proof.CheckReceivables} {
		for _, currency := range currencies {
			out.Lines = append(out.Lines, proof.Line{Check: check, Currency: currency, Why: strings.Join(reasons, "; "), MeasuredAt: now})
		}
	}
	return out
}
