package push

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/lease"
)

// maxAttempts is how often an intent is tried before it waits for a person.
const maxAttempts = 6

// firstPause is the pause after a first failure, before it doubles.
const firstPause = time.Second

// Pusher sends the intents of one book.
type Pusher struct {
	Store  Store
	Tenant string
	Book   string
	// Writer gives the writer of a connection.
	Writer func(connection string) (connectors.Writer, error)
	Now    func() time.Time
	// Jitter gives a number in [0,1) from the installation's randomness.
	Jitter func() float64
	// Purpose, when set, tags the calls made under a context: "push", and "link"
	// for links, which give way to what is booked.
	Purpose func(ctx context.Context, purpose string) context.Context
	// Recheck has every intent looked for before its first call too: the
	// database was restored, and may have forgotten that it was sent.
	Recheck bool
}

// tagged is ctx for the calls of an intent.
func (p *Pusher) tagged(ctx context.Context, in Intent) context.Context {
	switch {
	case p.Purpose == nil:
		return ctx
	case in.Priority >= PriorityLinkOff:
		return p.Purpose(ctx, "link")
	}
	return p.Purpose(ctx, "push")
}

// Result counts what a run did.
type Result struct {
	Sent   int
	Found  int
	Parked int
	// Later is the earliest time at which a delayed intent may be tried.
	Later *time.Time
	// Stale are objects that have changed at the vendor since we planned to
	// change them: they have to be pulled before the change is planned anew.
	Stale []receivables.Ref
	// Reconnect are connections that need a person's consent.
	Reconnect []string
	// Resting are connections that nothing is sent to for the rest of the
	// run, and why. The caller may put in those that it could not read.
	Resting map[string]error
	// troubled counts failures in a row that may be the vendor's own trouble.
	troubled map[string]int
	// alone are connections that refused a whole batch: what is wrong with
	// which write shows when each goes alone.
	alone map[string]bool
}

// restAfter is how many calls in a row may fail for the vendor's own trouble
// before a connection is left alone until the next run. Without it, each of
// hundreds of links would wait for the same dead server.
const restAfter = 3

// Step sends the next intent, and with it those behind it that the vendor
// takes in the same call; false when there is none to send now. The lease's end
// must lie well beyond the call's: hold gives a lease that does.
func (p *Pusher) Step(ctx context.Context, hold func(context.Context) (lease.Lease, error), result *Result) (bool, error) {
	in, ok, err := p.Store.NextIntent(ctx, p.Tenant, p.Book, p.Now(), slices.Sorted(maps.Keys(result.Resting))...)
	if err != nil || !ok {
		return false, err
	}
	l, err := hold(ctx)
	if err != nil {
		return false, err
	}
	writer, err := p.Writer(in.Connection)
	if err != nil {
		return false, err
	}
	ctx = p.tagged(ctx, in)
	batch, all, err := p.together(ctx, writer, in, result)
	if err != nil {
		return false, err
	}
	// The lease ends by our clock, which need not be the machine's.
	callCtx, cancel := context.WithTimeoutCause(ctx, l.Until.Add(-lease.Margin).Sub(p.Now()), lease.ErrLost)
	defer cancel()
	var outcomes []Outcome
	if len(all) > 1 {
		outcomes, err = p.settleAll(callCtx, l, batch, all, result)
	} else {
		outcomes, err = p.settle(callCtx, l, writer, in, result)
	}
	if err != nil {
		return false, err
	}
	for _, out := range outcomes {
		out.URL = shownAt(writer, out.Intent)
		if err := p.Store.FinishIntent(ctx, l, out); err != nil {
			return true, err
		}
	}
	return true, nil
}

// shownAt is where a person opens what a write has made or changed.
func shownAt(writer connectors.Writer, in Intent) string {
	screen, ok := writer.(interface {
		URL(ref receivables.Ref) string
	})
	if !ok || in.State != StateDone || in.Answer == nil || in.Answer.Ref.ID == "" {
		return ""
	}
	return screen.URL(in.Answer.Ref)
}

// settle finds out what became of an earlier try, or makes the call.
func (p *Pusher) settle(ctx context.Context, l lease.Lease, writer connectors.Writer, in Intent, result *Result) ([]Outcome, error) {
	tried := in.State == StateSending || in.State == StateUnknown
	if tried || p.Recheck {
		answer, found, err := writer.Find(ctx, in.Write)
		if in.askedFor() && connectors.ClassOf(err) == connectors.ClassGone {
			err = nil // which is why a person asked for it
		}
		if err != nil {
			result.trouble(in.Connection, connectors.ClassOf(err), err)
			return []Outcome{p.failed(in, err, true, result)}, nil
		}
		if found {
			result.Found++
			return []Outcome{p.done(in, answer)}, nil
		}
	}
	in.Attempts++
	if err := p.Store.BeginIntent(ctx, l, in, p.Now()); err != nil {
		return nil, fmt.Errorf("push: begin %s: %w", in.ID, err)
	}
	answer, err := writer.Send(ctx, in.Write)
	if err == nil && tried {
		err = stands(ctx, writer, in, answer)
	}
	if err != nil {
		result.trouble(in.Connection, connectors.ClassOf(err), err)
		return []Outcome{p.failed(in, err, false, result)}, nil
	}
	result.Sent++
	delete(result.troubled, in.Connection)
	return []Outcome{p.done(in, answer)}, nil
}

// stands checks the answer to a call that was repeated: a vendor may give its
// first answer again whatever has become of the document since.
func stands(ctx context.Context, writer connectors.Writer, in Intent, answer connectors.Answer) error {
	replayer, ok := writer.(connectors.Replayer)
	if !ok {
		return nil
	}
	there, err := replayer.Stands(ctx, in.Write, answer)
	if err != nil || there {
		// What cannot be read is taken as written: the next pull tells.
		return nil
	}
	return &connectors.Failure{
		Class: connectors.ClassGone, Vendor: "the vendor", Op: in.Write.Op,
		Text: fmt.Sprintf("%s %s was made by an earlier try and has been deleted since", answer.Ref.Kind, answer.Ref.ID),
	}
}

func (p *Pusher) done(in Intent, answer connectors.Answer) Outcome {
	in.State, in.Answer, in.Problem, in.NotBefore = StateDone, &answer, "", nil
	return Outcome{Intent: in, Mark: p.follow(in), At: p.Now()}
}

// follow names what has to be planned next once an intent has come to an end.
func (p *Pusher) follow(in Intent) []receivables.Ref {
	if in.Invoice != "" {
		return []receivables.Ref{{Kind: receivables.KindInvoice, ID: in.Invoice}}
	}
	return nil
}

// failed decides by the class of the failure what becomes of the intent. When
// the read-back itself failed, the outcome stays unknown, and the intent is only
// delayed, however long the vendor is away. It is given up when the read-back
// has an answer that no repetition changes: what was written has been deleted
// since, or the search itself is refused.
func (p *Pusher) failed(in Intent, err error, reading bool, result *Result) Outcome {
	in.Problem = err.Error()
	out := Outcome{At: p.Now()}
	class := connectors.ClassOf(err)
	switch {
	case reading && !hopeless(class, in.Attempts):
		in.Attempts++
		in.State = StateUnknown
		p.delay(&in, err, result)
	case class == connectors.ClassUnknown:
		in.State = StateUnknown
		p.delay(&in, err, result)
	case class == connectors.ClassReconnect:
		in.State = StatePlanned
		p.delay(&in, err, result)
		result.Reconnect = append(result.Reconnect, in.Connection)
	case (class == connectors.ClassRetry || class == connectors.ClassLater) && in.Attempts < maxAttempts:
		in.State = StatePlanned
		p.delay(&in, err, result)
	case class == connectors.ClassStale && (in.Invoice != "" || in.Effect == EffectUndone):
		in.State = StateDropped
		out.Mark = p.follow(in)
		result.Stale = append(result.Stale, in.Write.Target)
	default:
		in.State = StateParked
		if in.Problem += ". " + remedy(class); reading && class == connectors.ClassGone {
			in.Problem = err.Error() + ". It is not written again unasked: " + onceMore + " does that."
		}
		result.Parked++
	}
	out.Intent = in
	return out
}

// hopeless says whether reading back once more can tell nothing new.
func hopeless(class connectors.Class, attempts int) bool {
	switch class {
	case connectors.ClassGone:
		return true
	case connectors.ClassRetry, connectors.ClassLater, connectors.ClassReconnect, connectors.ClassUnknown:
		return false
	}
	return attempts >= maxAttempts
}

// trouble decides whether a failure is one of the connection and not of the
// single write.
func (r *Result) trouble(connection string, class connectors.Class, err error) {
	switch class {
	case connectors.ClassReconnect, connectors.ClassLater:
	case connectors.ClassRetry, connectors.ClassUnknown:
		if r.troubled == nil {
			r.troubled = map[string]int{}
		}
		if r.troubled[connection]++; r.troubled[connection] < restAfter {
			return
		}
	default:
		delete(r.troubled, connection)
		return
	}
	if r.Resting == nil {
		r.Resting = map[string]error{}
	}
	r.Resting[connection] = err
}

// delay says when the intent may be tried again: when the vendor said, else
// after a pause that doubles with each attempt, with jitter.
func (p *Pusher) delay(in *Intent, err error, result *Result) {
	now := p.Now()
	pause := firstPause << min(in.Attempts, maxAttempts)
	at := now.Add(pause + time.Duration(p.Jitter()*float64(pause)))
	if f, ok := connectors.AsFailure(err); ok && f.At.After(now) {
		at = f.At
	}
	in.NotBefore = &at
	if result.Later == nil || at.Before(*result.Later) {
		result.Later = &at
	}
}
