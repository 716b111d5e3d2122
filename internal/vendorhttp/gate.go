package vendorhttp

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// gate is the way to one account from this process. What it knows is only what
// spares looks at what all workers share.
type gate struct {
	options Options
	// slots are the calls that this process may have running, and kept the one
	// more for what a webhook has told of.
	slots, kept chan struct{}

	mu      sync.Mutex
	running int
	// shared says that other workers called the account when we last looked.
	shared bool
	// held is until when this process calls nobody, and since when; where limits
	// are counted, all workers keep it.
	held, since time.Time
}

func newGate(o Options) *gate {
	g := &gate{options: o}
	if o.Limits.Concurrent > 0 {
		n := o.Limits.atOnce(PriorityBackfill)
		g.slots, g.kept = make(chan struct{}, n), make(chan struct{}, o.Limits.Concurrent-n)
	}
	return g
}

// slot waits until this process may have one more call running, and gives the
// place that it then has.
func (g *gate) slot(ctx context.Context) (chan struct{}, error) {
	place := g.slots
	if place != nil {
		var kept chan struct{} // nil never has room
		if priority(ctx) == PriorityHook {
			kept = g.kept
		}
		select {
		case place <- struct{}{}:
		case kept <- struct{}{}:
			place = kept
		case <-ctx.Done():
			return nil, notSent(ctx.Err())
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running++
	return place, nil
}

// leave ends a call. Others who call the account hear of it at once; when
// there are none, the next call tells it.
func (g *gate) leave(ctx context.Context, place chan struct{}) {
	g.mu.Lock()
	g.running--
	running, tell := g.running, g.shared
	g.mu.Unlock()
	if place == nil {
		return
	}
	<-place
	if tell {
		// A count that is lost ends by itself.
		_ = g.change(context.WithoutCancel(ctx), false, func(own, _ *turns) {
			if b, ok := own.Busy[g.options.Worker]; ok {
				own.Busy[g.options.Worker] = busy{running, b.Until}
			}
		})
	}
}

// change changes the account's turns, and with app those of the application.
func (g *gate) change(ctx context.Context, app bool, work func(own, app *turns)) error {
	accounts := []string{g.options.Account}
	if app {
		accounts = append(accounts, "")
	}
	return g.options.Turns.ChangeTurns(ctx, g.options.Vendor, g.options.Limits.App, accounts, func(states [][]byte) ([][]byte, error) {
		all := make([]*turns, 2)
		for i, kept := range states {
			var err error
			if all[i], err = decode(kept); err != nil {
				return nil, err
			}
		}
		work(all[0], all[1])
		out := make([][]byte, len(states))
		for i := range states {
			var err error
			if out[i], err = json.Marshal(all[i]); err != nil {
				return nil, fmt.Errorf("keep the calls of an account: %w", err)
			}
		}
		return out, nil
	})
}

// idle says that nothing of a request is counted.
func (l Limits) idle() bool {
	return len(l.Rates) == 0 && l.Concurrent == 0 && l.Daily == 0
}

// byApp says whether the vendor counts calls of the whole application.
func (l Limits) byApp() bool {
	for _, r := range l.Rates {
		if r.App {
			return true
		}
	}
	return false
}

// turn books a place for a request and waits for it, and then until few enough
// calls run. A place that passes meanwhile is lost: the next one is booked.
func (g *gate) turn(r *http.Request, pause time.Duration) (used int64, err error) {
	var waited time.Duration
	booked := false
	for {
		now := g.options.Now()
		got, err := g.ask(r, now, now.Add(pause), g.options.MaxWait-waited, booked)
		if err != nil {
			return 0, notSent(err)
		}
		delay := got.at.Sub(now)
		if got.quota != "" || delay > g.options.MaxWait-waited {
			return 0, &LaterError{At: got.at, Quota: got.quota}
		}
		if got.again && g.options.Jitter != nil {
			delay += time.Duration(g.options.Jitter() * float64(slotPause))
		}
		if waited += delay; delay > 0 {
			if err := g.options.Wait(r.Context(), delay); err != nil {
				return 0, notSent(err)
			}
		}
		if booked = got.later && g.slots != nil; !booked && !got.again {
			return got.used, nil
		}
		pause = 0
	}
}

// ask books a place at or after first.
func (g *gate) ask(r *http.Request, now, first time.Time, most time.Duration, booked bool) (turn, error) {
	l := g.options.Limits
	g.mu.Lock()
	if !g.held.IsZero() {
		held, since := heldBy(g.held.UnixMilli(), g.since.UnixMilli(), now)
		g.held, g.since = time.UnixMilli(held).UTC(), time.UnixMilli(since).UTC()
	}
	if g.held.After(first) {
		first = g.held
	}
	a := asked{
		request: r, priority: priority(r.Context()), worker: g.options.Worker, running: g.running, now: now, first: first, most: most, booked: booked,
	}
	g.mu.Unlock()
	if l.idle() {
		return turn{at: first}, nil
	}
	var got turn
	err := g.change(r.Context(), l.byApp(), func(own, app *turns) { got = book(l, own, app, a) })
	g.mu.Lock()
	g.shared = got.shared
	g.mu.Unlock()
	return got, err
}

// learn holds the calls of all workers as long as an answer asks for, and
// takes over what the vendor says is left of the day.
func (g *gate) learn(r *http.Request, answer *http.Response, used int64) {
	o := g.options
	var pause time.Duration
	if hold := o.Limits.Hold; hold != nil {
		pause = hold(answer.Header)
	}
	if s := answer.StatusCode; s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable {
		pause = max(pause, pauseOf(answer, o))
	}
	day, told := used, false
	if o.Limits.DayLeft != nil && o.Limits.Daily > 0 {
		if left, ok := o.Limits.DayLeft(answer.Header); ok {
			day = max(int64(o.Limits.Daily-left), 0)
			told = day < used-dayDrift || day > used+dayDrift
		}
	}
	if pause <= 0 && !told {
		return
	}
	now := o.Now()
	g.mu.Lock()
	if until := now.Add(pause); until.After(g.held) {
		g.held, g.since = until, now
	}
	g.mu.Unlock()
	if o.Limits.idle() {
		return
	}
	// The answer is there: when it cannot be noted, the next one says it again.
	_ = g.change(context.WithoutCancel(r.Context()), false, func(own, _ *turns) {
		if until := now.Add(pause).UnixMilli(); until > own.Held {
			own.Held, own.Since = until, now.UnixMilli()
		}
		if told {
			own.Day.Used = day
		}
	})
}

// dayDrift is how far our count of a day may be from the vendor's: calls of
// several workers are answered in another order than they are counted.
const dayDrift = 10

// limited lets an attempt through the gate.
type limited struct {
	options Options
	gate    *gate
	next    http.RoundTripper
}

// RoundTrip waits for its turn, makes the attempt and learns from the answer.
func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	s := stateOf(r.Context())
	s.attempts++
	if err := l.afford(r); err != nil {
		return nil, err
	}
	place, err := l.gate.slot(r.Context())
	if err != nil {
		return nil, err
	}
	used, err := l.gate.turn(r, s.pause)
	if err != nil {
		l.gate.leave(r.Context(), place)
		return nil, err
	}
	s.pause = 0
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		l.gate.leave(r.Context(), place)
		return nil, err
	}
	l.gate.learn(r, answer, used)
	if answer.Body == nil {
		answer.Body = http.NoBody
	}
	answer.Body = &releasing{ReadCloser: answer.Body, done: l.end(r, place)}
	return answer, nil
}

// end is what is done when an answer has been read.
func (l *limited) end(r *http.Request, place chan struct{}) func(read int64) {
	ctx := r.Context()
	return func(read int64) {
		l.gate.leave(ctx, place)
		l.weigh(r, read)
	}
}

// pauseOf is how long a 429 or 503 asks us to wait: its Retry-After, else for
// a 429 the vendor's documented pause.
func pauseOf(answer *http.Response, o Options) time.Duration {
	if d, ok := RetryAfter(answer.Header, o.Now()); ok {
		return d
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		return o.Limits.Pause
	}
	return 0
}

// RetryAfter reads the Retry-After header, in seconds or as a date (RFC 9110,
// section 10.2.3); false when there is none.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0), true
	}
	return 0, false
}

// releasing counts what is read, and ends the call when the body is closed.
type releasing struct {
	io.ReadCloser
	once sync.Once
	done func(read int64)
	read int64
}

// Read reads on.
func (b *releasing) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

// Close ends the call.
func (b *releasing) Close() error {
	defer b.once.Do(func() { b.done(b.read) })
	return b.ReadCloser.Close()
}
