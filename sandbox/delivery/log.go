package delivery

import (
	"fmt"
	"slices"
	"time"
)

// States of a message in the log.
const (
	StateWaiting   = "waiting"
	StateDelivered = "delivered"
	StateGivenUp   = "given_up"
	StateLost      = "lost"    // by a fault
	StateDropped   = "dropped" // its endpoint is disabled or gone
)

// keptLines bounds the log; messages that still wait are delivered all the
// same when their line is gone.
const keptLines = 2000

// Record is one message's line in the log.
type Record struct {
	Number   int64      `json:"number"`
	ID       string     `json:"id"`
	Endpoint string     `json:"endpoint"`
	URL      string     `json:"url"`
	Label    string     `json:"label"`
	State    string     `json:"state"`
	Due      *time.Time `json:"due,omitempty"` // of the next attempt
	Attempts []Attempt  `json:"attempts"`
}

// note adds a job to the log. The caller holds the lock.
func (q *Queue) note(j *job) {
	q.log = append(q.log, j)
	if len(q.log) > keptLines {
		q.log = slices.Delete(q.log, 0, len(q.log)-keptLines)
	}
}

// Log lists the newest messages, oldest first.
func (q *Queue) Log() []Record {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := make([]Record, 0, len(q.log))
	for _, j := range q.log {
		r := Record{
			Number: j.number, ID: j.ID, Endpoint: j.Endpoint, URL: j.URL, Label: j.Label, State: j.state,
			Attempts: append([]Attempt{}, j.attempts...),
		}
		if j.state == StateWaiting {
			due := j.due
			r.Due = &due
		}
		out = append(out, r)
	}
	return out
}

// Redeliver sends messages of the log once more, faults apart: those with the
// number, or with the vendor's id. It returns how many.
func (q *Queue) Redeliver(number int64, id string) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var found []*job
	for _, j := range q.log {
		if j.number == number || id != "" && j.ID == id {
			found = append(found, j)
		}
	}
	if len(found) == 0 {
		return 0, fmt.Errorf("delivery: no message %d or %q in the log", number, id)
	}
	for _, old := range found {
		q.number++
		j := &job{Message: old.Message, number: q.number, due: q.opt.Clock.Now(), state: StateWaiting}
		q.note(j)
		q.add(j)
	}
	q.signal()
	return len(found), nil
}
