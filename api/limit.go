package api

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tieout/people"
	"tieout/web"
)

// How much one key or feed may ask of all machines in a window, and a stranger of
// one. A secret is too long to be guessed; the limit on strangers only spares the
// database.
const (
	window        = time.Minute
	keyLimit      = 600
	feedLimit     = 60
	strangerLimit = 60
)

// drawn is by how many parts of its limit a machine counts a key's requests in
// the database: one write for each part, and as much may be left unused on
// another machine when a key is refused.
const drawn = 20

// Counter counts the requests of keys over all machines.
type Counter interface {
	// CountRequests adds n to those of a key in the window that begins at start,
	// and gives how many there are then; false, adding nothing, once there are most.
	CountRequests(ctx context.Context, tenant, key string, start time.Time, n, most int) (int, bool, error)
}

// limits counts requests in windows that begin with the minute.
type limits struct {
	now     func() time.Time
	counter Counter
	log     func(string, error)

	mu        sync.Mutex
	start     time.Time
	strangers map[string]int
	shares    map[string]*share
}

// share is what this machine may still give of a key's requests.
type share struct {
	mu sync.Mutex
	// left are to be given without asking, counted what all machines have taken.
	left, counted int
	spent         bool
}

func newLimits(now func() time.Time, counter Counter, log func(string, error)) *limits {
	return &limits{now: now, counter: counter, log: log}
}

// window begins a new one where it is time, and gives its beginning and the
// seconds to its end. The caller holds the lock.
func (l *limits) window() (start time.Time, reset int) {
	now := l.now()
	if start = now.Truncate(window); !start.Equal(l.start) {
		l.start, l.strangers, l.shares = start, map[string]int{}, map[string]*share{}
	}
	return start, int((window - now.Sub(start) + time.Second - 1) / time.Second)
}

// stranger counts n refused secrets from an address, and says how many are left.
func (l *limits) stranger(from string, n int) (left, reset int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, reset = l.window()
	l.strangers[from] += n
	return strangerLimit - l.strangers[from], reset
}

// take counts a request of a key and says how many are left; below zero it is
// one too many.
func (l *limits) take(ctx context.Context, tenant, key string, limit int) (left, reset int) {
	l.mu.Lock()
	start, reset := l.window()
	subject := tenant + "/" + key
	s := l.shares[subject]
	if s == nil {
		s = &share{}
		l.shares[subject] = s
	}
	l.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left == 0 && !s.spent {
		part := max(limit/drawn, 1)
		counted, some, err := l.counter.CountRequests(ctx, tenant, key, start, part, limit)
		if err != nil { // a database that takes no changes can still be read
			l.log("requests", err)
			counted, some = s.counted+part, s.counted < limit
		}
		s.spent = !some
		if s.counted = counted; some {
			s.left = part - max(counted-limit, 0)
		}
	}
	if s.left == 0 {
		return -1, reset
	}
	s.left--
	return max(limit-s.counted, 0) + s.left, reset
}

// limited counts a request and tells what is left
// (draft-ietf-httpapi-ratelimit-headers-10).
func (a *API) limited(ctx context.Context, w http.ResponseWriter, name string, k people.Key, limit int) error {
	left, reset := a.limits.take(ctx, k.Tenant, k.ID, limit)
	h := w.Header()
	h.Set("RateLimit-Policy", fmt.Sprintf("%q;q=%d;w=%d", name, limit, int(window.Seconds())))
	h.Set("RateLimit", fmt.Sprintf("%q;r=%d;t=%d", name, max(left, 0), reset))
	if left < 0 {
		h.Set("Retry-After", strconv.Itoa(reset))
		return errTooMany.with(fmt.Sprintf("%d requests a minute are taken; the next ones in %d seconds.", limit, reset))
	}
	return nil
}

// known is who comes with a secret. Refused secrets are counted by where they
// come from.
func (a *API) known(r *http.Request, w http.ResponseWriter, secret string) (people.Bearer, error) {
	from := web.Caller(r, a.Proxied)
	if left, reset := a.limits.stranger(from, 0); left <= 0 {
		w.Header().Set("Retry-After", strconv.Itoa(reset))
		return people.Bearer{}, errTooMany.with("Too many requests without a valid key came from this address.")
	}
	b, err := a.People.Admit(r.Context(), secret)
	if err != nil {
		a.limits.stranger(from, 1)
	}
	return b, err
}

// bearer recognises the key of a call and counts the call.
func (c *Call) bearer() error {
	scheme, secret, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || secret == "" {
		return errKey.with("Send the key as: Authorization: Bearer tieout_key_...")
	}
	b, err := c.known(c.r, c.w, strings.TrimSpace(secret))
	if refused(err) || err == nil && b.Key.Feed() {
		return errKey.with("This key was never made here, was revoked or has expired, or its person has left the organisation.")
	}
	if err != nil {
		return err
	}
	c.Bearer = b
	return c.limited(c.ctx(), c.w, "key", b.Key, keyLimit)
}
