package connectortest

import (
	"context"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// session can be read and written to.
type session interface {
	connectors.Session
	connectors.Writer
}

func writable(t *testing.T, s connectors.Session) session {
	t.Helper()
	both, ok := s.(session)
	if !ok {
		t.Fatalf("%T cannot be written to", s)
	}
	return both
}

// writes makes every write: it is not there before, is made once however often
// it is sent, is found again, and can be read with its marker.
func writes(t *testing.T, w *World) {
	s, done := writable(t, w.open(&line{})), 0
	w.Writes(s, func(write connectors.Write) connectors.Answer {
		t.Helper()
		done++
		if write.Op == "" || write.Key == "" || len(write.Body) == 0 {
			t.Errorf("a write without operation, key or body: %+v", write)
		}
		if found, ok, err := s.Find(context.Background(), write); err != nil || ok {
			t.Errorf("%s: found %v before it was sent: %v", write.Op, found.Ref, err)
		}
		answer := send(t, s, write)
		count := w.Documents()
		if again := send(t, s, write); again.Ref != answer.Ref || w.Documents() != count {
			t.Errorf("%s: the same key made %v after %v, %d documents after %d", write.Op, again.Ref, answer.Ref, w.Documents(), count)
		}
		found, ok, err := s.Find(context.Background(), write)
		if err != nil || !ok || found.Ref != answer.Ref {
			t.Errorf("%s: made %v, found %v, %v, %v", write.Op, answer.Ref, found.Ref, ok, err)
		}
		readBack(t, s, write, answer)
		return answer
	})
	if done == 0 {
		t.Error("no write was made")
	}
}

// readBack reads what a write with a marker has made.
func readBack(t *testing.T, s session, write connectors.Write, answer connectors.Answer) {
	t.Helper()
	if write.Marker == "" {
		return
	}
	drafts, err := s.Fetch(context.Background(), []receivables.Ref{answer.Ref})
	if err != nil || len(drafts) != 1 {
		t.Errorf("%s: fetch gives %d drafts: %v", write.Op, len(drafts), err)
		return
	}
	record := mapping.Accept(drafts[0])
	if record.Rejection != nil || record.Ref != answer.Ref {
		t.Errorf("%s: read back as %v: %v", write.Op, record.Ref, record.Rejection)
		return
	}
	if marker := connectors.FindMarker(string(membersOf(t, record.Entity)["marker"])); marker != write.Marker {
		t.Errorf("%s: read back with marker %q, sent with %q", write.Op, marker, write.Marker)
	}
	var sum int64
	for _, part := range write.Parts {
		sum += part.Amount
	}
	if total := totalOf(record.Entity); total != nil && *total != max(sum, -sum) {
		t.Errorf("%s: %d minor units in parts, read back as %d", write.Op, sum, *total)
	}
}

// totalOf is the total of what a booking makes; nil for anything else.
func totalOf(entity receivables.Entity) *int64 {
	switch e := entity.(type) {
	case receivables.Receipt:
		return &e.Total
	case receivables.Document:
		return &e.Total
	default:
		return nil
	}
}

func send(t *testing.T, s connectors.Writer, write connectors.Write) connectors.Answer {
	t.Helper()
	answer, err := s.Send(context.Background(), write)
	if err != nil {
		t.Fatalf("%s: %v", write.Op, err)
	}
	return answer
}

// mostCalls is the most calls of one write whose answers the suite loses.
const mostCalls = 6

// lost plays all writes over and over, losing in each play another call of
// every write, once before the vendor got it and once after. What Find does
// not see is sent again; in the end there must be as much as without losses.
func lost(t *testing.T, world func(t *testing.T) *World) {
	calm := world(t)
	s := writable(t, calm.open(&line{}))
	calm.Writes(s, func(write connectors.Write) connectors.Answer { return send(t, s, write) })
	want := calm.Documents()
	for _, after := range []bool{false, true} {
		for call := 1; call <= mostCalls; call++ {
			if !play(t, world(t), call, after, want) {
				break
			}
		}
	}
}

// play loses the call of that number of every write; false when no write
// makes so many.
func play(t *testing.T, w *World, call int, after bool, want int) bool {
	t.Helper()
	wire, cuts := &line{}, 0
	s := writable(t, w.open(wire))
	w.Writes(s, func(write connectors.Write) connectors.Answer {
		t.Helper()
		wire.reset()
		wire.cutAt, wire.after = call, after
		answer, err := s.Send(context.Background(), write)
		cut := wire.cuts
		wire.reset()
		cuts += cut
		if err == nil {
			return answer // the call was none of its own, or one that is repeated
		}
		class := connectors.ClassOf(err)
		if cut == 0 || (class != connectors.ClassUnknown && class != connectors.ClassRetry) {
			t.Fatalf("%s: call %d lost: class %s: %v", write.Op, call, class, err)
		}
		found, ok, err := s.Find(context.Background(), write)
		if err != nil {
			t.Fatalf("%s: find after a lost call: %v", write.Op, err)
		}
		if ok {
			return found
		}
		return send(t, s, write)
	})
	if got := w.Documents(); got != want {
		t.Errorf("call %d of every write lost (carried out: %v): %d documents, without losses %d", call, after, got, want)
	}
	return cuts > 0
}

// closed sends a write into the closed period.
func closed(t *testing.T, w *World) {
	if w.Closed == nil {
		t.Skip("the vendor has no closed periods")
	}
	refused(t, w, w.Closed, connectors.ClassClosed)
}

// stale sends a write against an old version.
func stale(t *testing.T, w *World) {
	if w.Stale == nil {
		t.Skip("the vendor's writes carry no version")
	}
	refused(t, w, w.Stale, connectors.ClassStale)
}

func refused(t *testing.T, w *World, lower func(connectors.Session) connectors.Write, class connectors.Class) {
	t.Helper()
	s := writable(t, w.open(&line{}))
	write := lower(s)
	count := w.Documents()
	if _, err := s.Send(context.Background(), write); connectors.ClassOf(err) != class || err == nil {
		t.Errorf("%s: %v, want class %s", write.Op, err, class)
	}
	if now := w.Documents(); now != count {
		t.Errorf("a refused write made %d documents", now-count)
	}
}
