// Package delivery posts a stand-in's webhooks: one Queue for one vendor. The
// vendor gives its schedule of retries, makes the request anew at each attempt
// and learns the outcome; the queue waits on the vendor's own clock, which may
// be moved, and loses, doubles, delays or shuffles posts on demand. It must
// know no vendor: no signature, no body, no name of an event.
package delivery

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Clock is the stand-in's time; moving it forward brings retries about.
type Clock interface{ Now() time.Time }

// Doer sends a request; *http.Client is one.
type Doer interface {
	Do(req *http.Request) (*http.Response, error)
}

// Options configure a Queue. Only Clock is required.
type Options struct {
	Clock Clock
	Seed  int64 // of shuffling
	// Client sends the posts. Nil is a client that follows no redirect and
	// keeps no cookie.
	Client Doer
	// Timeout is how long one post may take by the wall clock; 0 is 10 s.
	Timeout time.Duration
	// Retries is the wait after the n-th failed attempt (from 1); again is
	// false when the vendor gives up. Nil never retries.
	Retries func(n int) (wait time.Duration, again bool)
	// Accept says which status is a success. Nil is any 2xx.
	Accept func(status int) bool
	// InOrder holds an endpoint's later posts back while an earlier one waits
	// for a retry.
	InOrder bool
}

// Post is one request to an endpoint.
type Post struct {
	Header http.Header
	Body   []byte
}

// Message is one thing to deliver. The queue calls Make and Done without a
// lock of its own, and never two calls for one endpoint at the same time; both
// may call the queue.
type Message struct {
	ID       string // the vendor's id of the event or batch, for people
	Endpoint string // what is served in order, and disabled together
	Label    string // what it is about, as "invoice.paid"; faults match on it
	URL      string
	After    time.Duration // wait before the first attempt
	// Make renders the n-th attempt (from 1) at an instant. False sends
	// nothing and forgets the message: the endpoint is disabled or gone.
	Make func(n int, now time.Time) (Post, bool)
	// Done learns the outcome of each attempt. May be nil.
	Done func(Result)
}

// Result is the outcome of one attempt.
type Result struct {
	ID       string
	Endpoint string
	Attempt  int // from 1
	At       time.Time
	Status   int   // 0 when there was no answer
	Err      error // of the transport
	OK       bool
	Final    bool // no attempt follows
	Lost     bool // a fault swallowed the message; nothing was sent
}

// Queue holds what is to be posted. It is safe for concurrent use.
type Queue struct {
	opt  Options
	wake chan struct{}

	mu      sync.Mutex
	rnd     *rand.Rand
	muted   bool
	waiting []*job // ordered by due, then number
	timers  []timer
	number  int64
	faults  []*Fault
	held    []*job // waiting to be shuffled
	lost    []func()
	log     []*job // newest last, bounded
	step    sync.Mutex
}

// job is a message on its way, and its line in the log.
type job struct {
	Message
	number   int64
	due      time.Time
	attempts []Attempt
	state    string
	copies   bool // deliver once more after success
	tampered bool
}

// timer is work of the queue itself: closing a batch, letting held posts go.
type timer struct {
	at  time.Time
	run func()
}

const defaultTimeout = 10 * time.Second

// New returns an empty queue. Nothing is sent before Deliver or Run.
func New(opt Options) *Queue {
	if opt.Client == nil {
		opt.Client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	if opt.Timeout == 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.Retries == nil {
		opt.Retries = func(int) (time.Duration, bool) { return 0, false }
	}
	if opt.Accept == nil {
		opt.Accept = func(status int) bool { return status >= 200 && status < 300 }
	}
	return &Queue{opt: opt, wake: make(chan struct{}, 1), rnd: rand.New(rand.NewPCG(uint64(opt.Seed), 0x64656c69))}
}

// Through makes a client carry all posts; it must come before the first.
func (q *Queue) Through(client Doer) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opt.Client = client
}

// Mute drops what is enqueued from now on until it is switched off: a past
// that is only being written has no listeners.
func (q *Queue) Mute(on bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.muted = on
}

// Enqueue takes a message; it may be called under a lock of the vendor.
func (q *Queue) Enqueue(m Message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.muted {
		return
	}
	q.accept(m)
}

// accept gives the message a number and applies the faults that fit it. The
// caller holds the lock.
func (q *Queue) accept(m Message) {
	q.number++
	j := &job{Message: m, number: q.number, due: q.opt.Clock.Now().Add(m.After), state: StateWaiting}
	q.note(j)
	if q.strike(j) {
		q.add(j)
	}
	q.signal()
}

// add puts a job at its place. The caller holds the lock.
func (q *Queue) add(j *job) {
	at := len(q.waiting)
	for at > 0 && before(j, q.waiting[at-1]) {
		at--
	}
	q.waiting = append(q.waiting, nil)
	copy(q.waiting[at+1:], q.waiting[at:])
	q.waiting[at] = j
}

func before(a, b *job) bool {
	if !a.due.Equal(b.due) {
		return a.due.Before(b.due)
	}
	return a.number < b.number
}

// later runs work of the queue at an instant. The caller holds the lock.
func (q *Queue) later(at time.Time, run func()) {
	q.timers = append(q.timers, timer{at, run})
	q.signal()
}

// signal wakes Run; the caller need not hold the lock.
func (q *Queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Retry makes all that waits for an endpoint due at once, as when a disabled
// endpoint is enabled again.
func (q *Queue) Retry(endpoint string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.opt.Clock.Now()
	rest := q.waiting
	q.waiting = nil
	for _, j := range rest {
		if j.Endpoint == endpoint && j.due.After(now) {
			j.due = now
		}
		q.add(j)
	}
	q.signal()
}

// Next is when something is due; false when nothing waits.
func (q *Queue) Next() (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	var at time.Time
	found := false
	if len(q.waiting) > 0 {
		at, found = q.waiting[0].due, true
	}
	for _, t := range q.timers {
		if !found || t.at.Before(at) {
			at, found = t.at, true
		}
	}
	return at, found
}

// Run delivers until ctx ends. It looks at the clock whenever something is
// enqueued, Wake is called, or poll passes by the wall clock.
func (q *Queue) Run(ctx context.Context, poll time.Duration) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		q.Deliver(ctx)
		select {
		case <-ctx.Done():
			return
		case <-q.wake:
		case <-tick.C:
		}
	}
}

// Wake makes Run look at the clock now, as after it was moved.
func (q *Queue) Wake() { q.signal() }
