package api

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"tieout/people"
	"tieout/web"
)

// How much one key, feed or stranger may ask of one machine in a window. A
// secret is too long to be guessed; the limit on strangers only spares the
// database.
const (
	window        = time.Minute
	keyLimit      = 600
	feedLimit     = 60
	strangerLimit = 60
)

// limits counts requests in windows of a minute.
type limits struct {
	now   func() time.Time
	mu    sync.Mutex
	began time.Time
	used  map[string]int
}

func newLimits(now func() time.Time) *limits { return &limits{now: now, used: map[string]int{}} }

// take counts a request of a subject and says how many are left, with the
// seconds to the window's end; below zero there is none.
func (l *limits) take(subject string, limit, n int) (left, reset int) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if passed := now.Sub(l.began); passed >= window || passed < 0 {
		l.began, l.used = now, map[string]int{}
	}
	l.used[subject] += n
	return limit - l.used[subject], int((window - now.Sub(l.began) + time.Second - 1) / time.Second)
}

// limited counts a request and tells what is left
// (draft-ietf-httpapi-ratelimit-headers-10).
func (a *API) limited(w http.ResponseWriter, name, subject string, limit int) error {
	left, reset := a.limits.take(name+"/"+subject, limit, 1)
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
	from := "stranger/" + web.Caller(r, a.Proxied)
	if left, reset := a.limits.take(from, strangerLimit, 0); left <= 0 {
		w.Header().Set("Retry-After", strconv.Itoa(reset))
		return people.Bearer{}, errTooMany.with("Too many requests without a valid key came from this address.")
	}
	b, err := a.People.Admit(r.Context(), secret)
	if err != nil {
		a.limits.take(from, strangerLimit, 1)
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
	return c.limited(c.w, "key", b.Key.Tenant+"/"+b.Key.ID, keyLimit)
}
