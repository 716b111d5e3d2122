package simtest_test

import (
	"bytes"
	"net/http"
	"strings"
	"time"
)

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

// database is a moment in the work of the database; tables are those that the
// statement, or the transaction so far, writes to.
func (c *chaos) database(p *process, at point, tables []where) error {
	switch at {
	case pointBegin:
		if c.r != nil {
			c.delay()
		}
		if _, ok := c.strikes(nil, dozing); ok || p.wakes() {
			p.w.tell("%s sleeps before it writes", p.name)
			p.missed()
			pause(c.some(6*time.Minute, 20*time.Minute))
		}
		if p.isDead() {
			return errDead
		}
	case pointStatement:
		if c.diskFull(p) {
			return c.full
		}
		if k, ok := c.strikes(tables, dieInTx, fullDisk); ok {
			return c.broken(p, k, tables)
		}
	case pointCommit:
		if c.occasion("before a commit") {
			return p.die("before a commit")
		}
		if k, ok := c.strikes(tables, dieCommit, fullDisk); ok {
			return c.broken(p, k, tables)
		}
	case pointWritten:
		if c.occasion("after a commit") {
			return p.die("after a commit")
		}
		if k, ok := c.strikes(tables, dieWritten); ok {
			return c.broken(p, k, tables)
		}
	}
	return nil
}

// delay is how long the database lets wait.
func (c *chaos) delay() {
	most := 2 * time.Millisecond
	if c.has(slowDisk) {
		most = 3 * time.Second
	}
	pause(c.some(time.Microsecond, most))
}

// broken is a death, or a disk that is full, once or for a while.
func (c *chaos) broken(p *process, k kind, tables []where) error {
	if k != fullDisk {
		return p.die("(" + string(k) + " that wrote " + joined(tables) + ")")
	}
	if c.chance(400) {
		c.fullUntil = p.w.now().Add(c.some(time.Second, 4*time.Minute))
	}
	p.w.tell("%s: %s, writing %s", p.name, k, joined(tables))
	p.missed()
	return c.full
}

func (c *chaos) diskFull(p *process) bool {
	full := p.w.now().Before(c.fullUntil)
	if full {
		p.missed()
	}
	return full
}

func joined(places []where) string {
	var all []string
	for _, p := range places {
		all = append(all, string(p))
	}
	return strings.Join(all, ", ")
}

// placesOf is what a call is. QuickBooks takes several queries by POST.
func placesOf(r *http.Request, body []byte) []where {
	switch {
	case strings.Contains(r.URL.Path, "/token"):
		return []where{renewing}
	case r.Method == http.MethodGet, strings.HasSuffix(r.URL.Path, "/batch") && bytes.Contains(body, []byte(`"Query"`)):
		if byID(r, body) {
			return []where{reading, named}
		}
		return []where{reading}
	}
	return []where{writing}
}

// carry takes a call to a vendor and its answer back, or something else.
func (c *chaos) carry(p *process, r *http.Request, body []byte) (*http.Response, error) {
	what, places := r.Method+" "+r.URL.Host+r.URL.Path, placesOf(r, body)
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
	renews := places[0] == renewing
	if renews {
		p.asks()
		p.w.leases.renews(p, body)
	}
	if places[0] == writing && p.w.teller != nil {
		p.w.leases.sends(p, r)
		if p.w.notes.sends(p, keyOf(r)) {
			p.w.wrong("%s goes out again without a note", what)
		}
	}
	if c.threats != nil {
		tallied.add("call", places...)
	}
	k, struck := c.strikes(places, c.fates(r)...)
	if struck && (k == revoked || renews && k != slow) {
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
	if answer.StatusCode == http.StatusUnauthorized {
		p.w.notes.refused(p, keyOf(r))
	}
	pause(c.some(time.Millisecond, 20*time.Millisecond))
	if p.isDead() {
		return nil, errDead
	}
	return answer, nil
}

// fates are what may befall a call.
func (c *chaos) fates(r *http.Request) []kind {
	all := []kind{
		dieBefore, dieAfter, refused, lostBefore, lostAfter, resetAfter, arrivesLate, invalid, tooMany, serverError, unavailable, badGateway, badAfter, cutOff,
		halfAnswer, slow, stale, asleep, asleepAfter, humanHand,
	}
	if r.URL.Host != "stripe.sandbox" {
		// A key of Stripe's that was revoked is a person's matter for good, and its
		// lists are up to date.
		all = append(all, revoked, lagging, outdated)
	}
	return all
}

func cmpErr(err error, p *process) error {
	if p.isDead() {
		return errDead
	}
	return err
}
