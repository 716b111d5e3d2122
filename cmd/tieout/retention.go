package main

import (
	"context"
	"fmt"
	"time"

	"tieout/sync/monthend"
)

type retentionCommand struct {
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Help says what is never deleted.
func (*retentionCommand) Help() string {
	return "Journal and proofs are never deleted, nor is what stands now. Only what a vendor's object was before a later version goes, once that later version is itself " +
		"older than the retention (tieout control --retention). serve and worker do it once a day and say how much it was."
}

// retained is what the command shows.
type retained struct {
	Years  int       `json:"retention_years"`
	Before time.Time `json:"replaced_before"`
	monthend.Expired
}

// Run shows what the next daily run would delete.
func (k *retentionCommand) Run(ctx context.Context, g *Global, c console) error {
	return g.with(ctx, c, func(a opened) error {
		control, err := a.Store.Control(ctx, a.Tenant)
		if err != nil {
			return err
		}
		r := retained{Years: control.RetentionYears, Before: control.KeptSince(a.Scheduler.Now())}
		if r.Expired, err = a.Store.Expired(ctx, a.Tenant, r.Before); err != nil {
			return err
		}
		if k.JSON {
			if err := c.json(r); err != nil {
				return fmt.Errorf("print what the retention lets go: %w", err)
			}
			return nil
		}
		c.say("What was replaced before %s is kept no longer (%d years; tieout control changes that).", r.Before.Format(time.DateOnly), r.Years)
		if r.Nothing() {
			c.say("There is nothing of it. Journal and proofs are never deleted.")
			return nil
		}
		c.say("The next daily run deletes %s. Journal and proofs are never deleted.", r.Expired)
		return nil
	})
}
