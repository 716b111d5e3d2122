package schedule

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
)

// maxShown is how many destinations of payouts are asked for in one round; the
// others follow in later ones.
const maxShown = 20

// showDestinations asks a processor what it shows of the accounts that payouts
// went to and that it was not asked for before. What it does not show is known
// by its id alone: no round fails for it.
func (s *Scheduler) showDestinations(ctx context.Context, c books.Connection, keep holder, changed map[receivables.Kind]int) (books.Connection, error) {
	if changed[receivables.KindPayout] == 0 && len(c.Profile.Destinations) > 0 {
		return c, nil
	}
	session, err := s.Open(c)
	if err != nil {
		return c, err
	}
	payer, ok := session.(connectors.Payer)
	if !ok {
		return c, nil
	}
	paid, err := s.Store.Destinations(ctx, c.Tenant, []string{c.ID})
	if err != nil {
		return c, fmt.Errorf("schedule: %w", err)
	}
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(paid)) {
		if _, asked := c.Profile.Destinations[id]; !asked && len(ids) < maxShown {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return c, nil
	}
	found, err := payer.Destinations(s.Purpose(ctx, "profile"), ids)
	if err != nil {
		return c, ctx.Err() //nolint:nilerr // the next round that pulls a payout asks again
	}
	all := map[string]receivables.Destination{}
	maps.Copy(all, c.Profile.Destinations)
	for _, id := range ids {
		all[id] = found[id] // an empty one has been asked for
	}
	l, err := keep(ctx)
	if err != nil {
		return c, err
	}
	c.Profile.Destinations = all
	if err := s.Store.SaveProfile(ctx, l, c.ID, c.Profile); err != nil {
		return c, fmt.Errorf("schedule: save the destinations of %s: %w", c.Profile.Name, err)
	}
	return c, nil
}
