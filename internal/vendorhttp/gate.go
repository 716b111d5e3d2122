package vendorhttp

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// gate keeps the windows of one connection and the pauses that the vendor
// asked for.
type gate struct {
	windows []*rate.Limiter
	slots   chan struct{}

	mu   sync.Mutex
	held time.Time
}

// newGate makes the windows so that even a burst after a rest stays within
// them: what the bucket holds plus what flows in during the window is the
// limit.
func newGate(o Options) *gate {
	g := &gate{}
	if n := o.Limits.PerSecond; n > 0 {
		burst := max(1, int(n/4))
		flow := max(n-float64(burst), n/2)
		g.windows = append(g.windows, rate.NewLimiter(rate.Limit(flow), burst))
	}
	if n := o.Limits.PerMinute; n > 0 {
		burst := max(1, n/10)
		flow := max(float64(n-burst), float64(n)/2)
		g.windows = append(g.windows, rate.NewLimiter(rate.Limit(flow/60), burst))
	}
	if n := o.Limits.Concurrent; n > 0 {
		g.slots = make(chan struct{}, n)
	}
	return g
}

// reserve takes a place in every window and says how long to wait for it;
// false when that is longer than most, and then no place is taken.
func (g *gate) reserve(now time.Time, most time.Duration) (time.Duration, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delay := max(g.held.Sub(now), 0)
	places := make([]*rate.Reservation, 0, len(g.windows))
	for _, w := range g.windows {
		place := w.ReserveN(now, 1)
		places = append(places, place)
		delay = max(delay, place.DelayFrom(now))
	}
	if delay <= most {
		return delay, true
	}
	for _, place := range places {
		place.CancelAt(now)
	}
	return delay, false
}

func (g *gate) hold(until time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if until.After(g.held) {
		g.held = until
	}
}

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
	if err := l.turn(r.Context(), s); err != nil {
		return nil, err
	}
	if err := l.afford(r); err != nil {
		return nil, err
	}
	release, err := l.slot(r.Context())
	if err != nil {
		return nil, err
	}
	answer, err := l.next.RoundTrip(r)
	if err != nil {
		release()
		return nil, err
	}
	l.learn(answer)
	if answer.Body == nil {
		answer.Body = http.NoBody
	}
	answer.Body = &releasing{ReadCloser: answer.Body, release: release, weigh: func(n int64) { l.weigh(r, n) }}
	return answer, nil
}

func (l *limited) turn(ctx context.Context, s *state) error {
	now := l.options.Now()
	delay, ok := l.gate.reserve(now, l.options.MaxWait)
	if !ok {
		return &LaterError{At: now.Add(delay)}
	}
	if delay = max(delay, s.pause); delay <= 0 {
		return nil
	}
	if err := l.options.Wait(ctx, delay); err != nil {
		return notSent(err)
	}
	return nil
}

func (l *limited) slot(ctx context.Context) (func(), error) {
	if l.gate.slots == nil {
		return func() {}, nil
	}
	select {
	case l.gate.slots <- struct{}{}:
		return func() { <-l.gate.slots }, nil
	case <-ctx.Done():
		return nil, notSent(ctx.Err())
	}
}

// learn holds the next calls as long as the answer asks for.
func (l *limited) learn(answer *http.Response) {
	var pause time.Duration
	if hold := l.options.Limits.Hold; hold != nil {
		pause = hold(answer.Header)
	}
	if s := answer.StatusCode; s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable {
		pause = max(pause, pauseOf(answer, l.options))
	}
	if pause > 0 {
		l.gate.hold(l.options.Now().Add(pause))
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

// releasing counts what is read, and gives the slot back when the body is
// closed.
type releasing struct {
	io.ReadCloser
	once    sync.Once
	release func()
	weigh   func(int64)
	read    int64
}

// Read reads on.
func (b *releasing) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	return n, err
}

// Close ends the call.
func (b *releasing) Close() error {
	defer b.once.Do(func() {
		b.release()
		b.weigh(b.read)
	})
	return b.ReadCloser.Close()
}
