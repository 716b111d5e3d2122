package push_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/receivables"
	"tieout/sync/lease"
	"tieout/sync/push"
)

// line is an outbox in memory.
type line struct {
	push.Store
	intents []push.Intent
}

func (s *line) NextIntent(_ context.Context, _, _ string, now time.Time, without ...string) (push.Intent, bool, error) {
	for _, in := range s.intents {
		waits := in.NotBefore != nil && in.NotBefore.After(now)
		if len(without) == 0 && !waits && (in.State == push.StatePlanned || in.State == push.StateUnknown) {
			return in, true, nil
		}
	}
	return push.Intent{}, false, nil
}

func (s *line) IntentsAfter(_ context.Context, after push.Intent, _ time.Time, limit int) ([]push.Intent, error) {
	var out []push.Intent
	for _, in := range s.intents {
		if in.Sort > after.Sort && in.State == push.StatePlanned && len(out) < limit {
			out = append(out, in)
		}
	}
	return out, nil
}

func (s *line) set(id string, change func(*push.Intent)) error {
	for i := range s.intents {
		if s.intents[i].ID == id {
			change(&s.intents[i])
		}
	}
	return nil
}

func (s *line) BeginIntent(_ context.Context, _ lease.Lease, in push.Intent, _ time.Time) error {
	return s.set(in.ID, func(row *push.Intent) { row.State, row.Attempts = push.StateSending, in.Attempts })
}

func (s *line) FinishIntent(_ context.Context, _ lease.Lease, o push.Outcome) error {
	return s.set(o.Intent.ID, func(row *push.Intent) {
		if row.State != push.StateSending && row.State != push.StateUnknown {
			row.Problem = "ended before it began"
		}
		*row = o.Intent
	})
}

// vendor takes three writes at a time, and does with each what its operation
// says.
type vendor struct {
	calls []string
	// whole fails every batch.
	whole error
}

func (v *vendor) BatchSize() int                         { return 3 }
func (v *vendor) Together(writes []connectors.Write) int { return len(writes) }
func outcome(w connectors.Write) (connectors.Answer, error) {
	if w.Op != "" {
		return connectors.Answer{}, &connectors.Failure{Class: connectors.Class(w.Op)}
	}
	return connectors.Answer{Ref: receivables.Ref{Kind: receivables.KindReceipt, ID: w.Key}}, nil
}

func (v *vendor) Send(_ context.Context, w connectors.Write) (connectors.Answer, error) {
	v.calls = append(v.calls, "send "+w.Key)
	return outcome(w)
}

func (v *vendor) Find(_ context.Context, w connectors.Write) (connectors.Answer, bool, error) {
	v.calls = append(v.calls, "find "+w.Key)
	return connectors.Answer{}, w.Key == "1", nil
}

func (v *vendor) SendBatch(_ context.Context, writes []connectors.Write) ([]connectors.Sent, error) {
	v.calls = append(v.calls, fmt.Sprintf("batch of %d from %s", len(writes), writes[0].Key))
	if v.whole != nil {
		return nil, v.whole
	}
	sent := make([]connectors.Sent, len(writes))
	for i, w := range writes {
		sent[i].Answer, sent[i].Err = outcome(w)
	}
	return sent, nil
}

func run(t *testing.T, v *vendor, ops ...string) (*line, push.Result) {
	t.Helper()
	s, now := &line{}, time.Date(2026, 5, 4, 9, 0, 0, 0, time.UTC)
	for i, op := range ops {
		key := fmt.Sprint(i + 1)
		s.intents = append(s.intents, push.Intent{ID: key, Sort: key, Connection: "c", State: push.StatePlanned, Write: connectors.Write{Op: op, Key: key}})
	}
	p := &push.Pusher{
		Store: s, Writer: func(string) (connectors.Writer, error) { return v, nil },
		Now: func() time.Time { return now }, Jitter: func() float64 { return 0 },
	}
	var result push.Result
	hold := func(context.Context) (lease.Lease, error) { return lease.Lease{Until: now.Add(time.Hour)}, nil }
	for range 20 {
		more, err := p.Step(context.Background(), hold, &result)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return s, result
		}
	}
	t.Fatalf("it does not come to an end: %q", v.calls)
	return nil, result
}

func states(s *line) string {
	var all []string
	for _, in := range s.intents {
		all = append(all, string(in.State))
	}
	return strings.Join(all, ",")
}

func TestWritesGoTogether(t *testing.T) {
	t.Parallel()
	v := &vendor{}
	s, result := run(t, v, "", "", string(connectors.ClassRequest), "", string(connectors.ClassRetry))
	if got := fmt.Sprint(v.calls); got != "[batch of 3 from 1 batch of 2 from 4]" {
		t.Errorf("calls %s", got)
	}
	if got := states(s); got != "done,done,parked,done,planned" || result.Sent != 3 || result.Parked != 1 {
		t.Errorf("states %s, result %+v", got, result)
	}
	if id := s.intents[1].Answer.Ref.ID; id != "2" {
		t.Errorf("the second intent has the answer of %s", id)
	}
}

// TestRefusedBatchGoesOneByOne has one bad write spoil the call.
func TestRefusedBatchGoesOneByOne(t *testing.T) {
	t.Parallel()
	v := &vendor{whole: &connectors.Failure{Class: connectors.ClassRequest, Text: "bad JSON"}}
	s, _ := run(t, v, "", string(connectors.ClassPermanent), "")
	if got := fmt.Sprint(v.calls); got != "[batch of 3 from 1 send 1 send 2 send 3]" {
		t.Errorf("calls %s", got)
	}
	if got := states(s); got != "done,parked,done" {
		t.Errorf("states %s", got)
	}
}

// TestBatchWithoutAnAnswer leaves every outcome open: each is read back alone.
func TestBatchWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	v := &vendor{whole: &connectors.Failure{Class: connectors.ClassUnknown, Text: "no answer"}}
	s, result := run(t, v, "", "")
	if got := states(s); got != "unknown,unknown" || len(result.Resting) != 0 || result.Later == nil {
		t.Errorf("states %s, result %+v: one lost call is not a dead server", got, result)
	}
	v.whole = &connectors.Failure{Class: connectors.ClassLater, Text: "the minute is used up"}
	v.calls = nil
	if s, result = run(t, v, "", "", "", ""); states(s) != "planned,planned,planned,planned" || len(v.calls) != 1 || result.Resting["c"] == nil {
		t.Errorf("states %s, calls %q, resting %v", states(s), v.calls, result.Resting)
	}
}
