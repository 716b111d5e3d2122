package vendorhttp

import (
	"net/http"
	"time"
)

// Rate is how many calls a vendor takes within any stretch of a length.
type Rate struct {
	// Name is shown, and names the rate's calls in what is kept: "minute".
	Name  string
	Per   time.Duration
	Limit int
	// Reserve is how many of them only what a webhook has asked for may use.
	Reserve int
	// App says that the vendor counts over all accounts of the application.
	App bool
	// Counts says which requests the vendor counts; nil is every one.
	Counts func(*http.Request) bool
}

// counts says whether a request counts.
func (r Rate) counts(request *http.Request) bool { return r.Counts == nil || r.Counts(request) }

// most is how many calls a priority may have within the rate's length.
func (r Rate) most(p Priority) int {
	if p == PriorityHook {
		return r.Limit
	}
	return max(r.Limit-r.Reserve, 1)
}

const (
	// grains is into how many steps a rate's length is divided: calls of one
	// step are one number.
	grains = 600
	// guardShare of its length, and guardLeast at least, is how much longer than
	// its length a rate is kept: calls do not arrive as evenly as they are sent,
	// and the clocks of workers differ.
	guardShare = 200
	guardLeast = 30 * time.Millisecond
	// spreadFrom is the length from which on calls are spread over a rate, so
	// that nobody waits for a minute because somebody has used it up at once.
	spreadFrom = time.Minute
)

// burst is how many of most calls a priority may make at once; those after them
// are spread over what is left of the rate's length. What a webhook asks for is
// never spread.
func (p Priority) burst(most int) int {
	if p == PriorityReceipt {
		return max(most/2, 1)
	}
	return max(most/4, 1)
}

// grain is the length of a step, in nanoseconds.
func (r Rate) grain() int64 { return max(int64(r.Per)/grains, 1) }

// span is how many steps back a call still counts.
func (r Rate) span() int64 {
	kept := int64(r.Per) + max(int64(r.Per)/guardShare, int64(guardLeast))
	return (kept + r.grain() - 1) / r.grain()
}

// taken are the calls of one rate: pairs of a step since 1970 and how many
// calls it holds, by step. Steps may lie ahead: whoever waits has its place.
type taken struct {
	Calls [][2]int64 `json:"c,omitempty"`
}

// trim forgets calls that count no more, and brings calls of a clock that was
// far ahead back to now: they would be in the way until then.
func (t *taken) trim(r Rate, now time.Time, ahead time.Duration) {
	first := now.UnixNano()/r.grain() - r.span()
	last := now.Add(ahead).UnixNano() / r.grain()
	kept := t.Calls[:0]
	var early int64
	for _, c := range t.Calls {
		switch {
		case c[0] > last:
			early += c[1]
		case c[0] >= first:
			kept = append(kept, c)
		}
	}
	t.Calls = kept
	if early > 0 {
		t.add(now.UnixNano()/r.grain(), early)
	}
}

// add notes n calls in a step.
func (t *taken) add(step, n int64) {
	at := len(t.Calls)
	for at > 0 && t.Calls[at-1][0] >= step {
		at--
	}
	if at < len(t.Calls) && t.Calls[at][0] == step {
		t.Calls[at][1] += n
		return
	}
	t.Calls = append(t.Calls, [2]int64{})
	copy(t.Calls[at+1:], t.Calls[at:])
	t.Calls[at] = [2]int64{step, n}
}

// within are the calls of the steps from first to last, and the earliest step
// of them.
func (t *taken) within(first, last int64) (n, earliest int64) {
	earliest = last
	for _, c := range t.Calls {
		if c[0] >= first && c[0] <= last {
			if n == 0 {
				earliest = c[0]
			}
			n += c[1]
		}
	}
	return n, earliest
}

// place is the first instant at or after at, in nanoseconds since 1970, at
// which one more call leaves every stretch of the rate's length at or below
// most.
func (t *taken) place(r Rate, at int64, most int) int64 {
	grain, span := r.grain(), r.span()
	step := at / grain
	for {
		next := t.full(step, span, int64(most))
		if next == step {
			return max(at, step*grain)
		}
		step = next
	}
}

// full is step when it has room for a call, and else the next step that may
// have: no stretch that contains it, up to those that end with a call that
// waits already, may have more than most.
func (t *taken) full(step, span, most int64) int64 {
	if n, earliest := t.within(step-span, step); n >= most {
		return earliest + span + 1
	}
	for _, c := range t.Calls {
		if c[0] <= step || c[0] > step+span {
			continue
		}
		if n, _ := t.within(c[0]-span, c[0]); n >= most {
			return c[0] + 1
		}
	}
	return step
}

// spread is the first instant at or after at for a call that follows more than
// a burst: so long after the last one that the room there is lasts until the
// next calls cease to count, and nobody ever finds none for long.
func (t *taken) spread(r Rate, at int64, most, burst int) int64 {
	grain, span := r.grain(), r.span()
	if n, _ := t.within(at/grain-span, at/grain); n < int64(burst) {
		return at
	}
	last := t.Calls[len(t.Calls)-1][0]
	n, _ := t.within(last-span, last)
	// So many calls may still come before the next one ceases to count, and so
	// on for each that does: the call after them has to wait until then.
	room, gap := max(int64(most)-n, 0), int64(0)
	for _, c := range t.Calls {
		if c[0] < last-span {
			continue
		}
		ends := (c[0] + span + 1 - last) * grain
		gap = max(gap, ends/(room+1))
		room += c[1]
	}
	return max(at, last*grain+gap)
}

// used is how many calls count at an instant.
func (t *taken) used(r Rate, now time.Time) int64 {
	step := now.UnixNano() / r.grain()
	n, _ := t.within(step-r.span(), step)
	return n
}
