package stripe

import (
	"context"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// namedRounds bounds the readings that webhooks lead to at once. What is left
// comes with the stream of events.
const namedRounds = 50

// FetchNamed reads the objects of events as the stream of events does, and
// then the movements that they name, of which no event tells.
func (s *session) FetchNamed(ctx context.Context, events []connectors.Event) ([]mapping.Draft, error) {
	c := eventsCursor{V: cursorVersion}
	for _, e := range events {
		c.addNamed(e)
	}
	drafts, err := s.workAll(ctx, &c)
	if err != nil {
		return nil, err
	}
	c.Errands = nil
	c.addMovements(drafts)
	moved, err := s.workAll(ctx, &c)
	return append(drafts, moved...), err
}

func (s *session) workAll(ctx context.Context, c *eventsCursor) ([]mapping.Draft, error) {
	var drafts []mapping.Draft
	for n := 0; len(c.Errands) > 0 && n < namedRounds; n++ {
		got, err := s.work(ctx, c)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, got...)
	}
	return drafts, nil
}

// addNamed puts down what note makes of the same event's body. The moment of an
// event that tells of something new is that of its object's making, so that
// many can be read in one list; one that is not in it is read alone.
func (c *eventsCursor) addNamed(e connectors.Event) {
	t := errand{What: string(e.Ref.Kind), ID: e.Ref.ID, Gone: e.Deleted}
	if !e.At.IsZero() && (strings.HasSuffix(e.Type, ".created") || e.Type == eventSucceeded) {
		t.Created = e.At.Unix()
	}
	if e.Type == eventSucceeded && !e.At.IsZero() {
		t.Succeeded = e.At.Unix()
	}
	c.add(t)
	if e.Ref.Kind == receivables.KindCharge && strings.HasPrefix(e.Type, "charge.refund") {
		c.add(errand{What: whatRefunds, ID: e.Ref.ID})
	}
}

// addMovements puts down the balance transactions that objects name and that
// are not among them. The first of an object is made with it.
func (c *eventsCursor) addMovements(drafts []mapping.Draft) {
	seen := map[string]bool{"": true}
	for _, d := range drafts {
		if d.Movement != nil {
			seen[d.ID] = true
		}
	}
	add := func(made time.Time, ids ...string) {
		for _, id := range ids {
			if seen[id] {
				continue
			}
			seen[id] = true
			t := errand{What: string(receivables.KindBalanceTransaction), ID: id}
			if !made.IsZero() {
				t.Created = made.Unix()
			}
			c.Errands = append(c.Errands, t)
		}
	}
	for _, d := range drafts {
		switch {
		case d.Charge != nil:
			add(d.Charge.Created, d.Charge.Movement)
			add(time.Time{}, d.Charge.FailureMovement)
		case d.Refund != nil:
			add(d.Refund.Created, d.Refund.Movement)
			add(time.Time{}, d.Refund.FailureMovement)
		case d.Dispute != nil:
			add(time.Time{}, d.Dispute.Movements...)
		case d.Payout != nil:
			add(d.Payout.Created, d.Payout.Movement)
			add(time.Time{}, d.Payout.FailureMovement)
		}
	}
}
