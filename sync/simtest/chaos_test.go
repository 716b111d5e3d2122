package simtest_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"tieout/sandbox/delivery"
	"tieout/sandbox/faults"
)

// kind is a way to disturb a run.
type kind string

// What befalls a call to a vendor.
const (
	dieBefore   kind = "dies before the call"
	dieAfter    kind = "dies after the call"
	refused     kind = "connection refused"
	lostBefore  kind = "times out before"
	lostAfter   kind = "times out after the vendor committed"
	resetAfter  kind = "reset after the vendor committed"
	tooMany     kind = "429"
	serverError kind = "500"
	unavailable kind = "503"
	badGateway  kind = "502"
	badAfter    kind = "502 after the vendor committed"
	cutOff      kind = "cut answer"
	halfAnswer  kind = "half an answer that looks whole"
	slow        kind = "slow answer"
	stale       kind = "stale read"
	revoked     kind = "token revoked"
	asleep      kind = "the worker sleeps before it sends"
	humanHand   kind = "a human at work"
	// The database.
	dieInTx    kind = "dies in a transaction"
	dieCommit  kind = "dies before a commit"
	dieWritten kind = "dies after a commit"
	fullDisk   kind = "disk full"
	// The world.
	twoWorkers  kind = "two workers"
	clockJump   kind = "clock jumps"
	coarseTime  kind = "equal timestamps"
	loseHook    kind = "webhooks lost"
	doubleHook  kind = "webhooks doubled"
	lateHook    kind = "webhooks late"
	shuffleHook kind = "webhooks reordered"
	forgedHook  kind = "webhooks forged"
)

// kinds are all, in an order that seeds depend on: add at the end.
func kinds() []kind {
	return []kind{
		dieBefore, dieAfter, refused, lostBefore, lostAfter, resetAfter, tooMany, serverError, unavailable, badGateway, badAfter, cutOff,
		halfAnswer, slow, stale, revoked, asleep, humanHand, dieInTx, dieCommit, dieWritten, fullDisk, twoWorkers, clockJump, coarseTime,
		loseHook, doubleHook, lateHook, shuffleHook, forgedHook,
	}
}

// point is a moment in the work of the database.
type point int

// Before a transaction or a statement of its own, before a statement in a
// transaction, before a commit, and after one.
const (
	pointBegin point = iota
	pointStatement
	pointCommit
	pointWritten
)

// chaos decides what goes wrong and when. Its zero value lets all go well.
type chaos struct {
	mu    sync.Mutex
	r     *rand.Rand
	kinds []kind
	// permille is how likely each kind is at each of its occasions, and left how
	// often each may come.
	permille int
	left     map[kind]int
	full     error
	// dieAt ends the process at that occasion, counted from 1; seen counts.
	dieAt, seen int
	points      []string
}

func calm() *chaos { return &chaos{} }

// disturbed is what a seed does to a run.
func disturbed(r *rand.Rand, full error) *chaos {
	c := &chaos{r: r, permille: []int{8, 20, 60, 150}[r.IntN(4)], left: map[kind]int{}, full: full}
	all := kinds()
	for range 1 + r.IntN(5) {
		k := all[r.IntN(len(all))]
		if !slices.Contains(c.kinds, k) {
			c.kinds = append(c.kinds, k)
			c.left[k] = 1 + r.IntN(4)
		}
	}
	return c
}

func (c *chaos) has(k kind) bool { return slices.Contains(c.kinds, k) }

// strikes says whether one of the kinds comes now, so many times as likely as
// usual.
func (c *chaos) strikes(times int, of ...kind) (kind, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, k := range of {
		if c.r != nil && c.left[k] > 0 && c.has(k) && c.r.IntN(1000) < min(c.permille*times, 500) {
			c.left[k]--
			return k, true
		}
	}
	return "", false
}

// some is a duration from one to the other.
func (c *chaos) some(from, to time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.r == nil {
		return from
	}
	return from + time.Duration(c.r.Int64N(int64(to-from)))
}

// occasion counts the moments at which a process may die; true at the one.
func (c *chaos) occasion(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen++
	if c.dieAt == 0 {
		c.points = append(c.points, what)
	}
	return c.seen == c.dieAt
}

// database is a moment in the work of the database.
func (c *chaos) database(p *process, at point) error {
	switch at {
	case pointBegin:
		if c.r != nil {
			pause(c.some(time.Microsecond, 2*time.Millisecond))
		}
		if p.isDead() {
			return errDead
		}
	case pointStatement:
		if k, ok := c.strikes(1, dieInTx, fullDisk); ok {
			return c.broken(p, k)
		}
	case pointCommit:
		if c.occasion("before a commit") {
			return p.die("before a commit")
		}
		if k, ok := c.strikes(1, dieCommit, fullDisk); ok {
			return c.broken(p, k)
		}
	case pointWritten:
		if c.occasion("after a commit") {
			return p.die("after a commit")
		}
		if k, ok := c.strikes(1, dieWritten); ok {
			return c.broken(p, k)
		}
	}
	return nil
}

func (c *chaos) broken(p *process, k kind) error {
	if k != fullDisk {
		return p.die("(" + string(k) + ")")
	}
	p.w.tell("%s: %s", p.name, k)
	p.w.excuse()
	return c.full
}

// carry takes a call to a vendor and its answer back, or something else.
func (c *chaos) carry(p *process, r *http.Request, body []byte) (*http.Response, error) {
	what := r.Method + " " + r.URL.Host + r.URL.Path
	pause(c.some(5*time.Millisecond, 60*time.Millisecond))
	if p.isDead() {
		return nil, errDead
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if c.occasion("before " + what) {
		return nil, p.die("before " + what)
	}
	var others []kind
	if r.URL.Host != "stripe.sandbox" { // a key that was revoked is a person's matter for good
		others = append(others, revoked)
	}
	// Writes are fewer than reads, and more can go wrong with them.
	times := 1
	if r.Method != http.MethodGet {
		times = 6
	}
	k, struck := c.strikes(times, append(others,
		dieBefore, dieAfter, refused, lostBefore, lostAfter, resetAfter, tooMany, serverError, unavailable, badGateway, badAfter, cutOff, halfAnswer, slow,
		stale, asleep, humanHand)...)
	if struck && (k == revoked || strings.Contains(r.URL.Path, "/token")) {
		p.w.excuse()
	}
	if struck {
		p.w.tell("%s: %s: %s", p.name, what, k)
	} else {
		p.w.tell("%s: %s", p.name, what)
	}
	answer, err := c.suffer(p, k, r, body)
	if err != nil || p.isDead() {
		return nil, cmpErr(err, p)
	}
	if c.occasion("after " + what) {
		return nil, p.die("after " + what)
	}
	pause(c.some(time.Millisecond, 20*time.Millisecond))
	if p.isDead() {
		return nil, errDead
	}
	return answer, nil
}

func cmpErr(err error, p *process) error {
	if p.isDead() {
		return errDead
	}
	return err
}

// suffer lets a call have its fate.
func (c *chaos) suffer(p *process, k kind, r *http.Request, body []byte) (*http.Response, error) {
	w := p.w
	switch k {
	case dieBefore, dieAfter:
		if k == dieAfter {
			w.serve(r, body)
		}
		return nil, p.die("(" + string(k) + ")")
	case refused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	case lostBefore:
		return nil, c.hang(r.Context())
	case lostAfter:
		w.serve(r, body)
		return nil, c.hang(r.Context())
	case resetAfter:
		w.serve(r, body)
		return nil, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)}
	case tooMany, serverError, unavailable:
		w.fault(r, faults.Rule{Kind: faults.Status, Status: map[kind]int{tooMany: 429, serverError: 500, unavailable: 503}[k], Times: 1})
	case badAfter, badGateway:
		if k == badAfter {
			w.serve(r, body)
		}
		return proxyError(r), nil
	case stale:
		w.fault(r, faults.Rule{Kind: faults.Stale, Times: 1, Writes: 1 + int(c.some(0, 3))})
	case revoked:
		w.fault(r, faults.Rule{Kind: faults.Revoke, Times: 1})
	case asleep:
		// What was checked before is old by now; the call goes out all the same.
		pause(c.some(4*time.Minute, 20*time.Minute))
	case humanHand:
		w.hand()
	}
	answer := w.serve(r, body)
	switch k {
	case cutOff, halfAnswer:
		whole, _ := io.ReadAll(answer.Body)
		half := io.Reader(strings.NewReader(string(whole[:len(whole)/2])))
		if k == cutOff {
			half = io.MultiReader(half, failing{io.ErrUnexpectedEOF})
		}
		answer.Body, answer.ContentLength = io.NopCloser(half), -1
		answer.Header.Del("Content-Length")
	case slow:
		if err := wait(r.Context(), c.some(10*time.Second, 8*time.Minute)); err != nil {
			return nil, err
		}
	case asleep:
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// hang is a connection on which nothing comes any more.
func (c *chaos) hang(ctx context.Context) error {
	if err := wait(ctx, c.some(20*time.Second, 10*time.Minute)); err != nil {
		return err
	}
	return &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ETIMEDOUT)}
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// failing is the end of a connection that was cut.
type failing struct{ err error }

// Read fails.
func (f failing) Read([]byte) (int, error) { return 0, f.err }

// proxyError is what stands between the vendor and us, in its own words.
func proxyError(r *http.Request) *http.Response {
	const page = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"
	return &http.Response{
		Status: "502 Bad Gateway", StatusCode: http.StatusBadGateway, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/html"}}, Body: io.NopCloser(strings.NewReader(page)), ContentLength: int64(len(page)), Request: r,
	}
}

// fault has the stand-in behind a request's host misbehave.
func (w *world) fault(r *http.Request, rule faults.Rule) {
	for _, v := range w.box.Vendors() {
		if r.URL.Host == v.Name+".sandbox" {
			// What a vendor cannot do, as revoking keys that it does not know, does not happen.
			if _, err := v.Faults.Add(rule); err != nil {
				w.tell("no fault: %v", err)
			}
		}
	}
}

// hooks spoils the deliveries of webhooks.
func (c *chaos) hooks(w *world) {
	spoils := map[kind]delivery.Fault{
		loseHook: {Kind: delivery.Lose, Percent: 50}, doubleHook: {Kind: delivery.Duplicate, Percent: 50},
		lateHook: {Kind: delivery.Delay, Percent: 50, Seconds: 1800}, shuffleHook: {Kind: delivery.Reorder, Times: 4},
		forgedHook: {Kind: delivery.Tamper, Percent: 50},
	}
	for _, k := range c.kinds {
		fault, ok := spoils[k]
		for _, v := range w.box.Vendors() {
			if ok && v.Deliveries != nil {
				if err := v.Deliveries.Inject(fault); err != nil {
					w.Error(err)
				}
			}
		}
	}
}

func (w *world) healed() {
	w.chaos = calm()
	w.vendors.every(0)
	for _, v := range w.box.Vendors() {
		v.Faults.Remove("")
		if v.Deliveries != nil {
			v.Deliveries.ClearFaults()
		}
	}
}

// String names the kinds for people.
func (c *chaos) String() string { return fmt.Sprintf("%q, each %d times of 1000", c.kinds, c.permille) }
