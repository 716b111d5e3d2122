package stripe

import (
	"context"
	"strings"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// namedRounds bounds the calls that webhooks lead to at once. What is left
// comes with the stream of events.
const namedRounds = 50

// FetchNamed reads the objects of events as the stream of events does, and
// then the movements that they name, of which no event tells.
func (s *session) FetchNamed(ctx context.Context, events []connectors.Event) ([]mapping.Draft, error) {
	c := eventsCursor{V: cursorVersion}
	for _, e := range events {
		c.addNamed(e)
	}
	var drafts []mapping.Draft
	for n := 0; len(c.Errands) > 0 && n < namedRounds; n++ {
		got, err := s.work(ctx, &c)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, got...)
	}
	for _, id := range movementsOf(drafts) {
		d, err := s.fetch(ctx, receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: id})
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	return drafts, nil
}

// addNamed puts down what note makes of the same event's body.
func (c *eventsCursor) addNamed(e connectors.Event) {
	t := errand{What: string(e.Ref.Kind), ID: e.Ref.ID, Gone: e.Deleted}
	if e.Type == eventSucceeded && !e.At.IsZero() {
		t.Succeeded = e.At.Unix()
	}
	c.add(t)
	if e.Ref.Kind == receivables.KindCharge && strings.HasPrefix(e.Type, "charge.refund") {
		c.add(errand{What: whatRefunds, ID: e.Ref.ID})
	}
}

// movementsOf are the balance transactions that objects name and that are not
// among them, each once.
func movementsOf(drafts []mapping.Draft) []string {
	seen := map[string]bool{"": true}
	for _, d := range drafts {
		if d.Movement != nil {
			seen[d.ID] = true
		}
	}
	var out []string
	add := func(ids ...string) {
		for _, id := range ids {
			if !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
	}
	for _, d := range drafts {
		switch {
		case d.Charge != nil:
			add(d.Charge.Movement, d.Charge.FailureMovement)
		case d.Refund != nil:
			add(d.Refund.Movement, d.Refund.FailureMovement)
		case d.Dispute != nil:
			add(d.Dispute.Movements...)
		case d.Payout != nil:
			add(d.Payout.Movement, d.Payout.FailureMovement)
		}
	}
	return out
}
