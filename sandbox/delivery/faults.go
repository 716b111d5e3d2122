package delivery

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kinds of faults.
const (
	Lose      = "lose"      // never sent
	Duplicate = "duplicate" // delivered once more after it was accepted
	Delay     = "delay"     // first attempt later by Seconds
	Reorder   = "reorder"   // gathered and sent in another order
	Tamper    = "tamper"    // the body no longer is what was signed
)

// Fault befalls the next posts. It goes when Times is used up.
type Fault struct {
	Kind string `json:"kind"`
	// Times is how many posts it strikes; 0 is until it is cleared. For
	// Reorder it is how many are gathered, at least 2.
	Times int `json:"times"`
	// Match is a part of the label or the endpoint; empty is every post.
	Match string `json:"match,omitempty"`
	// Percent strikes by chance under the seed; 0 is always.
	Percent int   `json:"percent,omitempty"`
	Seconds int64 `json:"seconds,omitempty"` // of Delay; of Reorder: the longest wait, 5 when 0

	used int
}

// Inject adds a fault.
func (q *Queue) Inject(f Fault) error {
	if !slices.Contains([]string{Lose, Duplicate, Delay, Reorder, Tamper}, f.Kind) {
		return fmt.Errorf("delivery: fault kind %q: want lose, duplicate, delay, reorder or tamper", f.Kind)
	}
	if f.Times < 0 || f.Percent < 0 || f.Percent > 100 || f.Seconds < 0 {
		return fmt.Errorf("delivery: fault %s: times and seconds are not negative, percent is 0 to 100", f.Kind)
	}
	if f.Kind == Reorder && f.Times < 2 {
		return fmt.Errorf("delivery: fault reorder: times is how many posts are shuffled, at least 2")
	}
	f.used = 0
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = append(q.faults, &f)
	return nil
}

// Faults lists what is still to strike.
func (q *Queue) Faults() []Fault {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := []Fault{}
	for _, f := range q.faults {
		left := *f
		if f.Times > 0 {
			left.Times -= f.used
		}
		out = append(out, left)
	}
	return out
}

// ClearFaults ends all faults; what is held back goes out.
func (q *Queue) ClearFaults() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.faults = nil
	q.release()
	q.signal()
}

// strike applies the faults that fit a new job; false when it must not be
// added to the queue. The caller holds the lock.
func (q *Queue) strike(j *job) bool {
	for _, f := range slices.Clone(q.faults) {
		if !f.fits(j) || f.Percent > 0 && q.rnd.IntN(100) >= f.Percent {
			continue
		}
		f.used++
		last := f.Times > 0 && f.used >= f.Times
		if last {
			q.faults = slices.DeleteFunc(q.faults, func(o *Fault) bool { return o == f })
		}
		switch f.Kind {
		case Lose:
			q.lose(j)
			return false
		case Duplicate:
			j.copies = true
		case Tamper:
			j.tampered = true
		case Delay:
			j.due = j.due.Add(time.Duration(f.Seconds) * time.Second)
		case Reorder:
			q.hold(j, f, last)
			return false
		}
	}
	return true
}

func (f *Fault) fits(j *job) bool {
	return f.Match == "" || strings.Contains(j.Label, f.Match) || strings.Contains(j.Endpoint, f.Match)
}

// lose tells the vendor that it may forget the message.
func (q *Queue) lose(j *job) {
	j.state = StateLost
	if j.Done == nil {
		return
	}
	r := Result{ID: j.ID, Endpoint: j.Endpoint, At: j.due, Final: true, Lost: true}
	q.lost = append(q.lost, func() { j.Done(r) })
}

// defaultHold bounds how long a post waits to be shuffled with others.
const defaultHold = 5 * time.Second

// hold gathers a job to be shuffled.
func (q *Queue) hold(j *job, f *Fault, full bool) {
	q.held = append(q.held, j)
	if full {
		q.release()
		return
	}
	if len(q.held) == 1 {
		wait := time.Duration(f.Seconds) * time.Second
		if wait == 0 {
			wait = defaultHold
		}
		q.later(q.opt.Clock.Now().Add(wait), q.release)
	}
}

// release sends the held jobs on in an order that is not theirs.
func (q *Queue) release() {
	held := q.held
	q.held = nil
	if len(held) < 2 {
		for _, j := range held {
			q.add(j)
		}
		return
	}
	numbers := make([]int64, len(held))
	for i, j := range held {
		numbers[i] = j.number
	}
	q.rnd.Shuffle(len(held), func(a, b int) { held[a], held[b] = held[b], held[a] })
	if slices.IsSortedFunc(held, func(a, b *job) int { return int(a.number - b.number) }) {
		slices.Reverse(held)
	}
	last := held[0].due
	for _, j := range held {
		if j.due.After(last) {
			last = j.due
		}
	}
	for i, j := range held {
		j.number, j.due = numbers[i], last
		q.add(j)
	}
}
