package simtest_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
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
	arrivesLate kind = "times out, and reaches the vendor later"
	invalid     kind = "400 to what is valid"
	tooMany     kind = "429"
	serverError kind = "500"
	unavailable kind = "503"
	badGateway  kind = "502"
	badAfter    kind = "502 after the vendor committed"
	cutOff      kind = "cut answer"
	halfAnswer  kind = "half an answer that looks whole"
	slow        kind = "slow answer"
	stale       kind = "stale read"
	lagging     kind = "a list without the newest rows"
	outdated    kind = "an object as it was before"
	revoked     kind = "token revoked"
	asleep      kind = "the worker sleeps before it sends"
	asleepAfter kind = "the worker sleeps after its call"
	humanHand   kind = "a human at work"
	// The database.
	dieInTx    kind = "dies in a transaction"
	dieCommit  kind = "dies before a commit"
	dieWritten kind = "dies after a commit"
	dozing     kind = "the worker sleeps before it writes"
	fullDisk   kind = "disk full"
	slowDisk   kind = "slow disk"
	// The world.
	twoWorkers  kind = "two workers"
	onlooker    kind = "somebody opens a page that asks the ledger"
	clockJump   kind = "clock jumps"
	coarseTime  kind = "equal timestamps"
	loseHook    kind = "webhooks lost"
	noHooks     kind = "no webhooks"
	doubleHook  kind = "webhooks doubled"
	lateHook    kind = "webhooks late"
	shuffleHook kind = "webhooks reordered"
	forgedHook  kind = "webhooks forged"
)

// where is an occasion on which a kind may come: one of the calls, or what a
// statement or transaction writes to.
type where string

const (
	anywhere where = ""
	writing  where = "write"
	reading  where = "read"
	renewing where = "token"
	named    where = "read by id"
)

// possible is a kind, how much of all trouble it is, and where it comes. Kinds
// without places come by themselves.
type possible struct {
	kind   kind
	weight int
	at     []where
}

// possibilities are all kinds. What can lose or double something weighs more,
// and so do places where it can: a seed has few writes and many reads.
func possibilities() []possible {
	call := []where{writing, writing, writing, reading, renewing, anywhere}
	sent := []where{writing, writing, writing, writing, renewing}
	rows := []where{"version", "version", "stream", "intent", "intent", "part", "grants", "inbox", "mark", "mark", anywhere}
	return []possible{
		{dieBefore, 2, call},
		{dieAfter, 5, sent},
		{refused, 1, call},
		{lostBefore, 3, call},
		{lostAfter, 6, sent},
		{resetAfter, 3, sent},
		{arrivesLate, 4, []where{writing}},
		{invalid, 4, []where{writing}},
		{tooMany, 2, call},
		{serverError, 2, call},
		{unavailable, 2, call},
		{badGateway, 2, call},
		{badAfter, 3, sent},
		{cutOff, 2, call},
		{halfAnswer, 2, call},
		{slow, 3, []where{writing, reading, renewing, renewing}},
		{stale, 3, []where{reading}},
		{lagging, 4, []where{reading}},
		{revoked, 1, []where{reading, writing}},
		{asleep, 6, []where{writing, writing, writing, reading, renewing}},
		{asleepAfter, 5, []where{writing, writing, reading}},
		{humanHand, 6, []where{writing, writing, reading}},
		{dieInTx, 2, rows},
		{dieCommit, 5, rows},
		{dieWritten, 5, rows},
		{dozing, 5, []where{anywhere}},
		{fullDisk, 5, rows},
		{slowDisk, 4, nil},
		{twoWorkers, 8, nil},
		{onlooker, 8, nil},
		{clockJump, 2, nil},
		{coarseTime, 8, nil},
		{loseHook, 1, nil},
		{doubleHook, 2, nil},
		{lateHook, 2, nil},
		{shuffleHook, 1, nil},
		{forgedHook, 2, nil},
	}
}

// threat is a kind that comes at a place: so many times of a thousand
// occasions, and so often in all.
type threat struct {
	kind     kind
	at       where
	permille int
	left     int
}

// meets says whether an occasion is one of the threat's.
func (t *threat) meets(places []where) bool {
	return t.at == anywhere || slices.Contains(places, t.at)
}

// String names a threat for people.
func (t *threat) String() string {
	if t.permille == 0 {
		return string(t.kind)
	}
	return fmt.Sprintf("%s (%s, %d of 1000, %d times)", t.kind, t.at, t.permille, t.left)
}

// chaos decides what goes wrong and when. Its zero value lets all go well.
type chaos struct {
	mu      sync.Mutex
	r       *rand.Rand
	threats []*threat
	full    error
	// fullUntil is how long the disk stays full.
	fullUntil time.Time
	// former, where there is one, remembers how objects were.
	former *former
	// dieAt ends the process at that occasion, counted from 1; seen counts.
	dieAt, seen int
	points      []string
}

func calm() *chaos { return &chaos{} }

// disturbedBy is what a seed does to a run.
func disturbedBy(seed uint64, r *rand.Rand, full error) *chaos {
	c := disturbed(r, full)
	if formerSeeds(seed) {
		return c.asFormer()
	}
	return c
}

// disturbed is what randomness does to a run.
func disturbed(r *rand.Rand, full error) *chaos {
	c := &chaos{r: r, full: full}
	all := possibilities()
	total := 0
	for _, p := range all {
		total += p.weight
	}
	for range 2 + r.IntN(4) {
		n := r.IntN(total)
		i := slices.IndexFunc(all, func(p possible) bool { n -= p.weight; return n < 0 })
		if p := all[i]; !c.has(p.kind) {
			c.threats = append(c.threats, threatened(r, p))
		}
	}
	// Webhooks mend much that pulls have missed: many installations get none.
	if r.IntN(5) < 2 {
		c.threats = append(c.threats, &threat{kind: noHooks})
	}
	// That two ask for a token matters when one of them has to wait for it.
	if c.has(onlooker) && r.IntN(2) == 0 && !c.has(slow) {
		c.threats = append(c.threats, &threat{kind: slow, at: renewing, permille: 700, left: 2})
	}
	return c
}

// threatened draws where and how often a kind comes. The rarer the occasions,
// the likelier it comes at one of them.
func threatened(r *rand.Rand, p possible) *threat {
	t := &threat{kind: p.kind}
	if len(p.at) == 0 {
		return t
	}
	t.at = p.at[r.IntN(len(p.at))]
	t.left = 1 + r.IntN(3)
	often := []int{200, 400, 700}
	switch t.at {
	case reading, anywhere:
		often = []int{15, 50, 120}
	case "stream", "version", "mark":
		often = []int{100, 300, 600}
	}
	t.permille = often[r.IntN(len(often))]
	if p.kind == stale || p.kind == lagging {
		t.permille, t.left = 300, 12
	}
	return t
}

func (c *chaos) has(of ...kind) bool {
	return slices.ContainsFunc(c.threats, func(t *threat) bool { return slices.Contains(of, t.kind) })
}

// strikes says whether one of the kinds comes now, at an occasion that is one
// of places.
func (c *chaos) strikes(places []where, of ...kind) (kind, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.threats {
		if t.left > 0 && slices.Contains(of, t.kind) && t.meets(places) && c.r.IntN(1000) < t.permille {
			t.left--
			tallied.add(string(t.kind), places...)
			return t.kind, true
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

// chance is true so many times of a thousand.
func (c *chaos) chance(permille int) bool { return int(c.some(0, 1000)) < permille }

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

// String names the threats for people.
func (c *chaos) String() string {
	var all []string
	for _, t := range c.threats {
		all = append(all, t.String())
	}
	return strings.Join(all, ", ")
}
