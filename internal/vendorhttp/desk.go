package vendorhttp

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Turns keeps what the workers of all processes have called lately: rows of
// the database.
type Turns interface {
	// ChangeTurns gives change what is kept of accounts, nil for one that is new,
	// and keeps what it returns, in one transaction that holds them locked.
	// change may be called again when the transaction is repeated. The account
	// "" stands for all of the application.
	ChangeTurns(ctx context.Context, vendor, app string, accounts []string, change func(states [][]byte) ([][]byte, error)) error
}

// turns is what is kept of one account: the calls of its rates, who calls now,
// how long the vendor wants to be left alone, and the calls of its day.
type turns struct {
	Rates map[string]*taken `json:"r,omitempty"`
	// Busy are the calls that run, by worker.
	Busy map[string]busy `json:"b,omitempty"`
	// Held is until when nobody calls, and Since when that was said, in
	// milliseconds since 1970.
	Held  int64 `json:"h,omitempty"`
	Since int64 `json:"hs,omitempty"`
	Day   day   `json:"d"`
}

// busy are the calls that a worker has running, unless it has died before
// Until, in milliseconds since 1970.
type busy struct {
	Calls int   `json:"n"`
	Until int64 `json:"u"`
}

// day counts the calls of a day that begins at Start, as the vendor does where
// it says what is left. Last is when the last one was made. In milliseconds
// since 1970.
type day struct {
	Start int64 `json:"s,omitempty"`
	Used  int64 `json:"n,omitempty"`
	Last  int64 `json:"l,omitempty"`
}

const (
	// busyLife is how long a worker's calls count as running after it was last
	// heard of.
	busyLife = 2 * time.Minute
	// slotPause is how long to wait for another worker's call to end.
	slotPause = 250 * time.Millisecond
	// dayProbe is how often one call finds out whether a day that is used up has
	// begun anew: vendors do not say when it does.
	dayProbe = 15 * time.Minute
	// clockDrift is how far the clocks of two workers may be from each other. What
	// was noted later than that from now comes from a clock that ran ahead.
	clockDrift = 2 * time.Minute
)

// asked is one call that wants its turn.
type asked struct {
	request  *http.Request
	priority Priority
	worker   string
	// running are the calls that the worker has running, with this one.
	running int
	// first is the earliest instant that the caller wants, at or after now.
	now, first time.Time
	// most is how long a call may wait.
	most time.Duration
	// booked says that the call has its place, for now, and only has to find few
	// enough others running.
	booked bool
}

// turn is when a call may be made.
type turn struct {
	at time.Time
	// again says that another worker's call has to end first: nothing is
	// booked, and the caller asks again at the instant.
	again bool
	// later says that the place lies ahead: only then it shows whether few enough
	// others run.
	later bool
	// quota is set when the call waits for a rate or another day: its name.
	quota string
	// shared says that other workers call the account too.
	shared bool
	// used are the calls of the day, with this one.
	used int64
}

// book finds the first place that all limits leave for a call and takes it,
// unless that is later than the caller waits. own are the account's turns, app
// those of the application, which may be nil.
func book(l Limits, own, app *turns, a asked) turn {
	own.trim(l, a)
	if app != nil {
		app.trim(l, a)
	}
	out := turn{at: a.now}
	if until, ok := own.dayLeft(l, a); !ok && !a.booked {
		return turn{at: until, quota: string(WindowDay)}
	}
	others := 0
	for worker, b := range own.Busy {
		if worker != a.worker {
			others += b.Calls
		}
	}
	out.shared = others > 0
	full := l.Concurrent > 0 && others+a.running > l.atOnce(a.priority)
	if !a.booked {
		at, rate := fit(l, own, app, a, max(a.first.UnixNano(), own.Held*int64(time.Millisecond)))
		out.at = time.Unix(0, at).UTC()
		if out.later = out.at.After(a.now); !out.later && full {
			out.at, out.again = a.now.Add(slotPause), true
			return out
		}
		if out.at.Sub(a.now) > a.most {
			out.quota = rate
			return out
		}
		take(l, own, app, a, at)
		own.Day.Used++
		own.Day.Last = out.at.UnixMilli()
	}
	out.used = own.Day.Used
	if out.later {
		return out
	}
	if out.again = full; full {
		out.at = a.now.Add(slotPause)
	} else if l.Concurrent > 0 {
		own.Busy[a.worker] = busy{a.running, a.now.Add(busyLife).UnixMilli()}
	}
	return out
}

// atOnce is how many calls may run when one of a priority does: what a webhook
// has told of finds one place free.
func (l Limits) atOnce(p Priority) int {
	if p == PriorityHook {
		return l.Concurrent
	}
	return max(l.Concurrent-1, 1)
}

// fit is the first instant at or after at that every rate leaves, and the rate
// that is waited for; "" when none is.
func fit(l Limits, own, app *turns, a asked, at int64) (int64, string) {
	rate := ""
	for {
		first := at
		for _, r := range l.Rates {
			if !r.counts(a.request) {
				continue
			}
			t, most, before := of(r, own, app), r.most(a.priority), at
			if r.Per >= spreadFrom && !r.App && a.priority != PriorityHook {
				at = t.spread(r, at, most, a.priority.burst(most))
			}
			if at = t.place(r, at, most); at > before {
				rate = r.Name
			}
		}
		if at == first {
			return at, rate
		}
	}
}

// take notes a call in every rate.
func take(l Limits, own, app *turns, a asked, at int64) {
	for _, r := range l.Rates {
		if !r.counts(a.request) {
			continue
		}
		of(r, own, app).add(at/r.grain(), 1)
	}
}

// of are the calls of a rate.
func of(r Rate, own, app *turns) *taken {
	if r.App && app != nil {
		own = app
	}
	t := own.Rates[r.Name]
	if t == nil {
		t = &taken{}
		own.Rates[r.Name] = t
	}
	return t
}

// trim forgets what counts no more.
func (t *turns) trim(l Limits, a asked) {
	if t.Rates == nil {
		t.Rates = map[string]*taken{}
	}
	if t.Busy == nil {
		t.Busy = map[string]busy{}
	}
	for _, r := range l.Rates {
		if calls := t.Rates[r.Name]; calls != nil {
			calls.trim(r, a.now, 2*a.most+r.Per)
		}
	}
	for worker, b := range t.Busy {
		switch most := a.now.Add(busyLife).UnixMilli(); {
		case b.Until <= a.now.UnixMilli() || b.Calls <= 0:
			delete(t.Busy, worker)
		case b.Until > most+clockDrift.Milliseconds():
			t.Busy[worker] = busy{b.Calls, most}
		}
	}
	t.Held, t.Since = heldBy(t.Held, t.Since, a.now)
	start, _ := WindowDay.bounds(a.now)
	if t.Day.Start != start.UnixMilli() {
		t.Day = day{Start: start.UnixMilli(), Last: t.Day.Last}
	}
}

// heldBy is until when nobody calls, and since when that counts. A vendor that
// asked for a minute while our clock was a year ahead gets a minute from now.
func heldBy(held, since int64, now time.Time) (until, from int64) {
	if since <= now.Add(clockDrift).UnixMilli() {
		return held, since
	}
	return now.UnixMilli() + held - since, now.UnixMilli()
}

// dayLeft says whether the day has a call left for the priority, or else when
// to ask again. One call every quarter of an hour finds out whether the
// vendor's day has begun anew.
func (t *turns) dayLeft(l Limits, a asked) (time.Time, bool) {
	if l.Daily == 0 || t.Day.Used < a.priority.share(int64(l.Daily)) {
		return time.Time{}, true
	}
	probe := time.UnixMilli(t.Day.Last).Add(dayProbe)
	if !probe.After(a.now) {
		return time.Time{}, true
	}
	if _, end := WindowDay.bounds(a.now); end.Before(probe) {
		probe = end
	}
	return probe.UTC(), false
}

// decode reads what is kept of an account.
func decode(kept []byte) (*turns, error) {
	t := &turns{}
	if len(kept) == 0 {
		return t, nil
	}
	if err := json.Unmarshal(kept, t); err != nil {
		return nil, fmt.Errorf("read the calls of an account: %w", err)
	}
	return t, nil
}

// RateUse is what is used of one rate, or of the day.
type RateUse struct {
	Name        string
	Used, Limit int64
}

// Used reads what is kept of an account, for people: what of each rate and of
// the day is used at now, and until when the vendor wants to be left alone
// (zero when it does not). app asks for the rates of the whole application.
func Used(kept []byte, l Limits, app bool, now time.Time) ([]RateUse, time.Time, error) {
	t, err := decode(kept)
	if err != nil {
		return nil, time.Time{}, err
	}
	t.trim(l, asked{now: now, most: defaultMaxWait})
	var out []RateUse
	for _, r := range l.Rates {
		if r.App != app {
			continue
		}
		use := RateUse{Name: r.Name, Limit: int64(r.Limit)}
		if calls := t.Rates[r.Name]; calls != nil {
			use.Used = calls.used(r, now)
		}
		out = append(out, use)
	}
	if l.Daily > 0 && !app {
		out = append(out, RateUse{Name: string(WindowDay), Used: t.Day.Used, Limit: int64(l.Daily)})
	}
	held := time.UnixMilli(t.Held).UTC()
	if !held.After(now) {
		held = time.Time{}
	}
	return out, held, nil
}

// memory keeps turns in the process, for clients without a database.
type memory struct {
	mu   sync.Mutex
	kept map[string][]byte
}

// ChangeTurns changes what is kept under one lock.
func (m *memory) ChangeTurns(_ context.Context, vendor, app string, accounts []string, change func([][]byte) ([][]byte, error)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	key := func(account string) string { return strings.Join([]string{vendor, app, account}, "\x00") }
	states := make([][]byte, len(accounts))
	for i, account := range accounts {
		states[i] = m.kept[key(account)]
	}
	states, err := change(states)
	if err != nil {
		return err
	}
	for i, account := range accounts {
		m.kept[key(account)] = states[i]
	}
	return nil
}
