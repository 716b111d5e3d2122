package undo

import (
	"context"
	"fmt"

	"tieout/books"
	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/push"
)

// setup plans that the accounts and contacts which a set-up has made become
// inactive, as far as nothing else uses them.
func (p *Planner) setup(ctx context.Context, b books.Book, under map[receivables.Ref]push.Intent, plan *Plan) error {
	made, err := p.Store.Created(ctx, b)
	if err != nil {
		return fmt.Errorf("undo: what was created: %w", err)
	}
	remover, able := p.Ledger.(connectors.Remover)
	// What stays, and what takes it back, goes on using the accounts.
	stays := len(plan.Stays)+len(plan.Parts) > 0 || len(plan.Documents) == 0
	for _, c := range made {
		in, waits := under[c.Ref]
		switch {
		case waits && in.State == push.StateParked:
			plan.leave(c, "It could not be made inactive: "+in.Problem)
			continue
		case waits:
			continue
		case !able:
			plan.leave(c, "The ledger does not let it be made inactive.")
			continue
		case c.Others > 0:
			plan.leave(c, fmt.Sprintf("%d other documents use it.", c.Others))
			continue
		case c.Ours > 0 && stays:
			plan.leave(c, "Documents that stay use it.")
			continue
		}
		write, needed, why, err := remover.LowerRemoval(connectors.Removal{Document: c.Ref, Raw: c.Raw})
		switch {
		case err != nil:
			plan.leave(c, err.Error())
		case needed, c.Ours > 0:
			// With documents of ours on it, it is only shown: it is planned anew
			// once they have gone.
			write.Target = c.Ref
			in := p.intent(b, b.Ledger, write, push.EffectUndone, fmt.Sprintf("taken back: %q becomes inactive", c.Name))
			in.Before = c.Raw
			plan.Setup = append(plan.Setup, in)
		case why != "":
			plan.leave(c, why)
		}
	}
	return nil
}

func (plan *Plan) leave(c Created, why string) {
	plan.Stays = append(plan.Stays, Stay{Document: c.Ref, Why: fmt.Sprintf("%q stays as it is. %s", c.Name, why)})
}
