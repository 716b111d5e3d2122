package vendorhttp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// caller is a worker that makes one call after the other.
type caller struct {
	name     string
	priority Priority
	ready    time.Time
	latency  func() time.Duration
	think    func() time.Duration
	made     []time.Time
}

// play lets callers call an account until the end, each as soon as it is ready,
// and gives when each call was sent. Nothing sleeps: the earliest comes first.
func play(l Limits, callers []*caller, end time.Time) []time.Time {
	var kept, keptApp []byte
	for {
		next := slices.MinFunc(callers, func(a, b *caller) int { return a.ready.Compare(b.ready) })
		now := next.ready
		if now.After(end) {
			break
		}
		own, _ := decode(kept)
		app, _ := decode(keptApp)
		got := book(l, own, app, asked{
			request: &http.Request{}, priority: next.priority, worker: next.name, running: 1, now: now, first: now, most: defaultMaxWait,
		})
		kept, _ = json.Marshal(own)
		keptApp, _ = json.Marshal(app)
		if got.again || got.at.Sub(now) > defaultMaxWait {
			next.ready = got.at
			continue
		}
		next.made = append(next.made, got.at)
		next.ready = got.at.Add(next.latency() + next.think())
	}
	var all []time.Time
	for _, c := range callers {
		all = append(all, c.made...)
	}
	slices.SortFunc(all, time.Time.Compare)
	return all
}

// over is the first call that is one too many within a stretch of a rate's
// length, "" when there is none.
func over(at []time.Time, r Rate) string {
	for i := r.Limit; i < len(at); i++ {
		if at[i].Sub(at[i-r.Limit]) < r.Per {
			return at[i].Format(time.RFC3339Nano) + ": more than " + strconv.Itoa(r.Limit) + " within a " + r.Name
		}
	}
	return ""
}

func always(d time.Duration) func() time.Duration { return func() time.Duration { return d } }

var (
	noon  = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	small = Limits{Rates: []Rate{
		{Name: "second", Per: time.Second, Limit: 9},
		{Name: "minute", Per: time.Minute, Limit: 60, Reserve: 2},
		{Name: "minute of the app", Per: time.Minute, Limit: 200, Reserve: 6, App: true},
	}}
)

// TestNeverOverTheLimit has any number of workers call at any times, with any
// urgency: no stretch of a minute or second has more calls than the vendor
// allows.
func TestNeverOverTheLimit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{Rates: []Rate{
			{Name: "second", Per: time.Second, Limit: rapid.IntRange(1, 30).Draw(t, "second")},
			{Name: "minute", Per: time.Minute, Limit: rapid.IntRange(2, 120).Draw(t, "minute"), Reserve: rapid.IntRange(0, 4).Draw(t, "reserve")},
		}}
		var callers []*caller
		for i := range rapid.IntRange(1, 6).Draw(t, "workers") {
			millis := func(label string, most int) func() time.Duration {
				return func() time.Duration {
					return time.Duration(rapid.IntRange(0, most).Draw(t, label)) * time.Millisecond
				}
			}
			pauses := rapid.SampledFrom([]int{0, 50, 3000, 40000}).Draw(t, "pauses")
			callers = append(callers, &caller{
				name: strconv.Itoa(i), priority: Priority(rapid.IntRange(0, 3).Draw(t, "priority")), ready: noon,
				latency: millis("latency", 900), think: millis("think", pauses),
			})
		}
		at := play(l, callers, noon.Add(150*time.Second))
		for _, r := range l.Rates {
			if problem := over(at, r); problem != "" {
				t.Fatal(problem)
			}
		}
	})
}

// TestBackfillUsesTheRate lets a first reading of several workers run for ten
// minutes: it uses at least 95 % of what the vendor allows, and is never
// without a place for as long as a call waits.
func TestBackfillUsesTheRate(t *testing.T) {
	t.Parallel()
	for _, workers := range []int{1, 3} {
		var callers []*caller
		for i := range workers {
			callers = append(callers, &caller{name: strconv.Itoa(i), priority: PriorityBackfill, ready: noon, latency: always(400 * time.Millisecond), think: always(0)})
		}
		l := Limits{Rates: small.Rates[:2]}
		at := play(l, callers, noon.Add(10*time.Minute))
		if used := float64(len(at)) / 600; used < 0.95 || used > 1 {
			t.Errorf("%d workers: %d calls in ten minutes of 60 each", workers, len(at))
		}
		for i := 1; i < len(at); i++ {
			if pause := at[i].Sub(at[i-1]); pause > 5*time.Second {
				t.Errorf("%d workers: no call for %s", workers, pause)
			}
		}
		if problem := over(at, l.Rates[1]); problem != "" {
			t.Error(problem)
		}
	}
}

// TestUrgentCallsComeFirst has a webhook's fetches come in while a backfill
// runs at the full rate.
func TestUrgentCallsComeFirst(t *testing.T) {
	t.Parallel()
	backfill := &caller{name: "b", priority: PriorityBackfill, ready: noon, latency: always(time.Millisecond), think: always(0)}
	hook := &caller{name: "h", priority: PriorityHook, ready: noon.Add(10 * time.Minute), latency: always(0), think: always(time.Minute)}
	l := Limits{Rates: small.Rates[:2]}
	at := play(l, []*caller{backfill, hook}, noon.Add(20*time.Minute))
	if len(hook.made) < 10 {
		t.Fatalf("%d fetches in ten minutes", len(hook.made))
	}
	for i, made := range hook.made {
		if asked := noon.Add(10 * time.Minute); i == 0 && made.Sub(asked) > 1500*time.Millisecond {
			t.Errorf("a fetch waited %s beside a backfill", made.Sub(asked))
		}
	}
	if problem := over(at, l.Rates[1]); problem != "" {
		t.Error(problem)
	}
}

// TestFairBetweenOrganisations has ten organisations read all they have while
// the application's minute is enough for three: each gets its share.
func TestFairBetweenOrganisations(t *testing.T) {
	t.Parallel()
	l, kept := small, map[string][]byte{}
	type organisation struct {
		ready time.Time
		calls int
	}
	organisations := make([]organisation, 10)
	var at []time.Time
	end := noon.Add(15 * time.Minute)
	for i := range organisations {
		organisations[i].ready = noon.Add(time.Duration(i) * time.Second)
	}
	for {
		i := 0
		for n := range organisations {
			if organisations[n].ready.Before(organisations[i].ready) {
				i = n
			}
		}
		o, key := &organisations[i], strconv.Itoa(i)
		if o.ready.After(end) {
			break
		}
		own, _ := decode(kept[key])
		app, _ := decode(kept[""])
		got := book(l, own, app, asked{request: &http.Request{}, priority: PriorityBackfill, worker: key, running: 1, now: o.ready, first: o.ready, most: defaultMaxWait})
		kept[key], _ = json.Marshal(own)
		kept[""], _ = json.Marshal(app)
		if got.at.Sub(o.ready) <= defaultMaxWait {
			o.calls++
			at = append(at, got.at)
		}
		o.ready = got.at.Add(200 * time.Millisecond)
	}
	slices.SortFunc(at, time.Time.Compare)
	if problem := over(at, l.Rates[2]); problem != "" {
		t.Error(problem)
	}
	mean := len(at) / len(organisations)
	if used := float64(len(at)) / (15 * 200); used < 0.95 {
		t.Errorf("the application's minute is used by %.0f %%", used*100)
	}
	for i, o := range organisations {
		if o.calls < mean*8/10 || o.calls > mean*12/10 {
			t.Errorf("organisation %d had %d calls, the mean is %d", i, o.calls, mean)
		}
	}
}

// TestDayIsKeptForTheUrgent uses a day up, and finds out when the vendor's day
// begins anew.
func TestDayIsKeptForTheUrgent(t *testing.T) {
	t.Parallel()
	l, own := Limits{Daily: 1000}, &turns{}
	ask := func(p Priority, now time.Time) turn {
		return book(l, own, nil, asked{request: &http.Request{}, priority: p, worker: "w", running: 1, now: now, first: now, most: defaultMaxWait})
	}
	for _, want := range []struct {
		priority Priority
		calls    int
	}{{PriorityBackfill, 800}, {PriorityLink, 150}, {PriorityReceipt, 30}, {PriorityHook, 20}} {
		n := 0
		for ask(want.priority, noon).quota == "" {
			n++
		}
		if n != want.calls {
			t.Errorf("%d calls of priority %d, want %d", n, want.priority, want.calls)
		}
	}
	got := ask(PriorityHook, noon)
	if got.quota != "day" || !got.at.Equal(noon.Add(dayProbe)) {
		t.Errorf("when the day is used up: %+v", got)
	}
	if got = ask(PriorityBackfill, noon.Add(dayProbe)); got.quota != "" {
		t.Errorf("nobody finds out whether the day has begun anew: %+v", got)
	}
	if got = ask(PriorityBackfill, noon.Add(dayProbe)); got.quota != "day" {
		t.Error("more than one call finds it out")
	}
	own.Day.Used = 3 // the vendor has said so
	if got = ask(PriorityBackfill, noon.Add(dayProbe)); got.quota != "" {
		t.Error("the vendor's new day is not used")
	}
}

// TestSlotsAreShared bounds the calls of two workers together, and forgets
// those of a worker that has died.
func TestSlotsAreShared(t *testing.T) {
	t.Parallel()
	l, own := Limits{Concurrent: 3}, &turns{}
	priorities := map[string]Priority{"b": PriorityHook, "c": PriorityBackfill}
	ask := func(worker string, running int, now time.Time) turn {
		return book(l, own, nil, asked{request: &http.Request{}, priority: priorities[worker], worker: worker, running: running, now: now, first: now, most: defaultMaxWait})
	}
	if ask("a", 1, noon).again || ask("a", 2, noon).again || ask("b", 1, noon).again {
		t.Fatal("three calls at once are refused")
	}
	if got := ask("b", 2, noon); !got.again || !got.shared {
		t.Fatal("a fourth call is let in")
	}
	if !ask("c", 1, noon).again {
		t.Fatal("three calls leave no place for what a webhook has told of")
	}
	if ask("b", 2, noon.Add(busyLife+time.Second)).again {
		t.Fatal("the calls of a dead worker are in the way for ever")
	}
}

// TestClockFarAhead lets calls that a worker with a wrong clock has noted not
// be in the way until then.
func TestClockFarAhead(t *testing.T) {
	t.Parallel()
	c := &caller{name: "ahead", priority: PriorityBackfill, ready: noon.Add(24 * time.Hour), latency: always(0), think: always(0)}
	l := Limits{Rates: small.Rates[1:2]}
	own := &turns{}
	for range 60 {
		book(l, own, nil, asked{request: &http.Request{}, priority: PriorityHook, worker: c.name, running: 1, now: c.ready, first: c.ready, most: defaultMaxWait})
	}
	got := book(l, own, nil, asked{request: &http.Request{}, worker: "right", running: 1, now: noon, first: noon, most: defaultMaxWait})
	if wait := got.at.Sub(noon); wait > 2*time.Minute {
		t.Errorf("a call waits %s for a clock that was a day ahead", wait)
	}
}

// TestHeldTogether holds all clients of an account when one hears a 429.
func TestHeldTogether(t *testing.T) {
	t.Parallel()
	shared := &memory{kept: map[string][]byte{}}
	gateOf := func(worker string) *gate {
		return newGate(Options{
			Vendor: "acme", Account: "a", Worker: worker, Turns: shared, Limits: Limits{Concurrent: 2, Pause: time.Minute},
			Now: func() time.Time { return noon }, MaxWait: defaultMaxWait,
		})
	}
	request, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "https://acme.example/", nil)
	one, two := gateOf("one"), gateOf("two")
	one.learn(request, &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}}, 0)
	_, err := two.turn(request, 0)
	if later, ok := err.(*LaterError); !ok || !later.At.Equal(noon.Add(time.Minute)) {
		t.Errorf("another worker's 429 does not hold this one: %v", err)
	}
}

// TestClockThatRanAhead: what was noted by a clock that was a year ahead does
// not stop calls for a year. A vendor that wanted to be left alone for a minute
// is, from the time on at which that is seen.
func TestClockThatRanAhead(t *testing.T) {
	t.Parallel()
	now := noon.AddDate(1, 0, 0)
	limits := Limits{Concurrent: 2, Pause: time.Minute}
	g := newGate(Options{Vendor: "vendor", Account: "account", Worker: "one", Limits: limits, Turns: &memory{kept: map[string][]byte{}}, Now: func() time.Time { return now }})
	ask := func(worker string) time.Duration {
		other := &gate{options: g.options}
		other.options.Worker = worker
		if worker == "one" {
			other = g
		}
		got, err := other.ask(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), now, now, time.Second, false)
		if err != nil {
			t.Fatal(err)
		}
		return got.at.Sub(now)
	}
	if _, err := g.slot(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, worker := range []string{"one", "two"} { // both die with a call running
		if wait := ask(worker); wait != 0 {
			t.Fatalf("worker %s waits for %s at an account that nobody calls", worker, wait)
		}
	}
	g.learn(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil), &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{}}, 1)
	now = noon
	for _, worker := range []string{"one", "three"} {
		if wait := ask(worker); wait != time.Minute {
			t.Errorf("worker %s waits for %s after a 429, want a minute", worker, wait)
		}
	}
	now = now.Add(busyLife + time.Second)
	for _, worker := range []string{"one", "three"} {
		if wait := ask(worker); wait != 0 {
			t.Errorf("worker %s waits for %s after the minute has gone by", worker, wait)
		}
	}
}
