package push

import (
	"context"
	"fmt"
	"time"

	"tieout/connectors"
	"tieout/sync/lease"
)

// together gathers what goes into one call with in, in the order of the line;
// in alone when the vendor takes one write at a time, when in was tried before,
// or when the connection has refused a batch in this run.
func (p *Pusher) together(ctx context.Context, writer connectors.Writer, in Intent, result *Result) (connectors.BatchWriter, []Intent, error) {
	all := []Intent{in}
	batch, ok := writer.(connectors.BatchWriter)
	if !ok || in.State != StatePlanned || p.Recheck || result.alone[in.Connection] {
		return nil, all, nil
	}
	size := batch.BatchSize()
	if size < 2 {
		return batch, all, nil
	}
	rest, err := p.Store.IntentsAfter(ctx, in, p.Now(), size-1)
	if err != nil {
		return nil, nil, err
	}
	all = append(all, rest...)
	n := batch.Together(writesOf(all))
	return batch, all[:max(1, min(n, len(all)))], nil
}

func writesOf(all []Intent) []connectors.Write {
	writes := make([]connectors.Write, len(all))
	for i, in := range all {
		writes[i] = in.Write
	}
	return writes
}

// settleAll makes one call for several intents. Each is a row that says that
// it is being sent before the call, and gets its own outcome after it.
func (p *Pusher) settleAll(ctx context.Context, l lease.Lease, batch connectors.BatchWriter, all []Intent, result *Result) ([]Outcome, error) {
	for i := range all {
		all[i].Attempts++
		if err := p.Store.BeginIntent(ctx, l, all[i], p.Now()); err != nil {
			return nil, fmt.Errorf("push: begin %s: %w", all[i].ID, err)
		}
	}
	sent, err := batch.SendBatch(ctx, writesOf(all))
	if err == nil && len(sent) != len(all) {
		err = &connectors.Failure{
			Class: connectors.ClassUnknown, Op: "send together",
			Text: fmt.Sprintf("%d writes were sent together and %d answered", len(all), len(sent)),
		}
	}
	if err != nil {
		return p.refusedAll(all, err, result), nil
	}
	delete(result.troubled, all[0].Connection)
	outcomes := make([]Outcome, len(all))
	for i, in := range all {
		if err := sent[i].Err; err != nil {
			if class := connectors.ClassOf(err); class == connectors.ClassLater || class == connectors.ClassReconnect {
				result.trouble(in.Connection, class, err)
			}
			outcomes[i] = p.failedTogether(in, err, result)
			continue
		}
		result.Sent++
		outcomes[i] = p.done(in, sent[i].Answer)
	}
	return outcomes, nil
}

// settling is how long writes of one call with an unknown outcome rest before
// they are looked for. What is not found then goes alone, under a key that the
// vendor has not seen: a list that lags seconds behind would have it written
// twice.
const settling = 30 * time.Second

// failedTogether is the outcome of a write that failed with others.
func (p *Pusher) failedTogether(in Intent, err error, result *Result) Outcome {
	out := p.failed(in, err, false, result)
	if at := p.Now().Add(settling); out.Intent.State == StateUnknown && out.Intent.NotBefore.Before(at) {
		out.Intent.NotBefore = &at
	}
	return out
}

// refusedAll is the outcome of a call that failed as a whole. One that the
// vendor refused for what stood in it is made again, each write alone, so that
// one bad write holds up no other.
func (p *Pusher) refusedAll(all []Intent, err error, result *Result) []Outcome {
	class := connectors.ClassOf(err)
	connection := all[0].Connection
	result.trouble(connection, class, err)
	outcomes := make([]Outcome, len(all))
	for i, in := range all {
		switch class {
		case connectors.ClassRetry, connectors.ClassLater, connectors.ClassReconnect, connectors.ClassUnknown:
			outcomes[i] = p.failedTogether(in, err, result)
		default:
			in.State, in.Problem = StatePlanned, err.Error()
			outcomes[i] = Outcome{Intent: in, At: p.Now()}
		}
	}
	if result.alone == nil {
		result.alone = map[string]bool{}
	}
	result.alone[connection] = true
	return outcomes
}
