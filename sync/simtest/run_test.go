package simtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/sync/push"
	"tieout/sync/schedule"
)

// story is a history: what happens in the companies, in epochs.
type story struct {
	vendor string
	box    uint64
	epochs []epoch
	// postgres, when set, gives a database to set up on and to run on, in the
	// place of the template's file.
	postgres func() string
}

// epoch is what happens at one time, and while the program is at work then.
type epoch struct{ deeds, hands []deed }

// epochLength is the time from one epoch to the next: long enough for every
// rest and retry, so that the next one finds both worlds in peace.
const epochLength = 6 * 24 * time.Hour

// storyOf is the history of a seed.
func storyOf(seed uint64) story {
	r := rand.New(rand.NewPCG(seed, 1))
	s := story{vendor: []string{"quickbooks", "xero"}[seed%2], box: seed / 2 % 2}
	for range 1 + r.IntN(2) {
		var e epoch
		for range 2 + r.IntN(4) {
			e.deeds = append(e.deeds, pick(r, deeds()))
		}
		for range r.IntN(4) {
			e.hands = append(e.hands, pick(r, meanwhile()))
		}
		s.epochs = append(s.epochs, e)
	}
	return s
}

func pick(r *rand.Rand, all []deed) deed {
	d := all[r.IntN(len(all))]
	d.seed = r.Uint64()
	return d
}

// outcome is how a run went: what stood at the end of each epoch.
type outcome struct {
	ends     []canon
	problems []string
	story    []string
}

// play lets a history happen in a bubble of its own. upset gives what goes
// wrong in an epoch; nil leaves the world in peace.
func (s story) play(t *testing.T, upset func(epoch int) *chaos) (out outcome) {
	t.Helper()
	start := s.start(t)
	synctest.Test(t, func(t *testing.T) {
		w := start(t)
		w.teller, w.upset = &teller{w: w}, upset != nil
		for n, e := range s.epochs {
			w.until(begin.Add(time.Duration(n) * epochLength).Add(time.Minute))
			err := w.epoch(t.Context(), e, n, upset)
			if err != nil {
				out.problems = append(out.problems, fmt.Sprintf("epoch %d: %v", n, err))
				break
			}
			end, problems := w.examine(t.Context())
			out.ends = append(out.ends, end)
			out.problems = append(out.problems, problems...)
			if len(problems) > 0 {
				break
			}
		}
		out.story = w.story
		if *keepFlag != "" {
			w.keep(*keepFlag)
		}
		for len(w.processes) > 0 {
			w.processes[0].close()
		}
	})
	return out
}

// start gives how the run's world is made, within its bubble.
func (s story) start(t *testing.T) func(*testing.T) *world {
	t.Helper()
	if s.postgres == nil {
		one := prepared.of(t, s.vendor, s.box)
		return func(t *testing.T) *world { return one.stand(t, s.vendor, s.box) }
	}
	address := s.postgres()
	return func(t *testing.T) *world {
		w := newWorld(t, s.vendor, s.box)
		w.database = address
		if err := w.targets(); err != nil {
			t.Fatal(err)
		}
		p, err := w.open(t.Context(), "set-up")
		if err != nil {
			t.Fatal(err)
		}
		defer p.close()
		if err := w.setUp(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return w
	}
}

// keep writes the database and the dump of a world that has ended to a folder.
func (w *world) keep(folder string) {
	w.Helper()
	name := filepath.Join(folder, fmt.Sprintf("disturbed-%t", w.upset))
	for len(w.processes) > 0 { // what they hold back is written when they end
		w.processes[0].close()
	}
	if raw, err := os.ReadFile(w.database); err != nil || os.WriteFile(name+".db", raw, 0o600) != nil {
		w.Errorf("the database cannot be kept: %v", err)
	}
	dump, err := json.MarshalIndent(w.box.Dump(), "", " ")
	if err == nil {
		err = os.WriteFile(name+".json", dump, 0o600)
	}
	if err != nil {
		w.Error(err)
	}
}

// epoch lets things happen, the program work in trouble, and then in peace.
func (w *world) epoch(ctx context.Context, e epoch, n int, upset func(int) *chaos) error {
	w.teller.hands, w.teller.before, w.excused = e.hands, w.teller.linked(), false
	for _, d := range e.deeds {
		w.teller.run(d)
		pause(2 * time.Second) // which of two payments came first must be known
	}
	if upset != nil {
		w.chaos = upset(n)
		w.tell("what may go wrong: %v", w.chaos)
		w.trouble(ctx)
	}
	for len(w.teller.hands) > 0 {
		w.hand()
	}
	goesOn := w.chaos.chance(700)
	w.healed()
	if err := w.rest(ctx, w.survivor(goesOn)); err != nil {
		return err
	}
	// What only time brings about has come about in every world by now.
	w.until(begin.Add(time.Duration(n+1)*epochLength - 2*time.Hour))
	w.box.Step(ctx)
	if err := w.fine(w.processes[0].Sync(ctx, schedule.Options{})); err != nil {
		return fmt.Errorf("the last sync: %w", err)
	}
	return nil
}

func results(runs []app.BookRun, err error) string {
	out := ""
	for _, r := range runs {
		out += fmt.Sprintf("%+v, planned %d, problems %v, %v; ", r.Result.Pushed, r.Result.Planned.Intents, r.Result.Problems, r.Err)
	}
	return fmt.Sprintf("%s%v", out, err)
}

// survivor ends all processes but one that lives, if it goes on. One that was
// started anew would look at everything, and so mend what the others have lost.
func (w *world) survivor(goesOn bool) *process {
	var one *process
	for _, p := range slices.Clone(w.processes) {
		if goesOn && one == nil && !p.isDead() {
			one = p
			p.jump(0)
			continue
		}
		p.close()
	}
	return one
}

// rest lets the program work in peace until there is nothing left to do: one
// that was at work before, or a new one.
func (w *world) rest(ctx context.Context, p *process) error {
	if p == nil {
		var err error
		if p, err = w.open(ctx, "at peace"); err != nil {
			return fmt.Errorf("start in peace: %w", err)
		}
	}
	var last error
	for _, d := range []time.Duration{70 * time.Minute, 2 * time.Hour, 7 * time.Hour, 20 * time.Hour, 26 * time.Hour, 26 * time.Hour, 26 * time.Hour} {
		pause(d)
		w.box.Step(ctx)
		if err := errors.Join(w.reconnect(ctx, p), w.retry(ctx, p)); err != nil {
			return err
		}
		if _, err := p.Hooked(ctx); err != nil {
			return fmt.Errorf("webhooks in peace: %w", err)
		}
		runs, err := p.Due(ctx, p.Now())
		w.tell("at peace: did what was due: %v", results(runs, err))
		if last = errors.Join(w.fine(runs, err), w.resting(ctx, p)); last == nil && len(runs) > 0 {
			return nil
		}
	}
	return fmt.Errorf("it does not come to rest: %w", last)
}

// reconnect does what a connection's state asks a person to do.
func (w *world) reconnect(ctx context.Context, p *process) error {
	all, err := p.Store.Connections(ctx, books.Tenant)
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.State != books.ConnectionReconnect {
			continue
		}
		w.tell("a person connects %s again: %s", c.Vendor, c.Why)
		if c.Vendor != w.vendor || !w.excused {
			return fmt.Errorf("%s asks to be connected again: %s", c.Vendor, c.Why)
		}
		_, err := w.consent(ctx, p)
		if connectors.ClassOf(err) == connectors.ClassLater {
			w.tell("it has to wait: %v", err) // a clock that ran ahead has used the calls of hours to come
			continue
		}
		if err != nil {
			return fmt.Errorf("connect again: %w", err)
		}
	}
	return nil
}

// retry does what a person does about writes that were given up: look at the
// reason, and have them tried again.
func (w *world) retry(ctx context.Context, p *process) error {
	b, err := p.book(ctx)
	if err != nil {
		return err
	}
	parked, err := p.Store.Parked(ctx, b, 20)
	if err != nil {
		return err
	}
	var ids []string
	for _, in := range parked {
		if in.Problem == "" {
			return fmt.Errorf("%s was given up without a reason", in.Write.Key)
		}
		w.tell("a person has %s tried again: %s", in.Write.Key, in.Problem)
		ids = append(ids, in.ID)
	}
	if len(ids) > 0 {
		_, err = p.Store.Retry(ctx, books.Tenant, b.ID, ids, p.Now())
	}
	return err
}

// resting says what is still to be done; nil for nothing.
func (w *world) resting(ctx context.Context, p *process) error {
	b, err := p.book(ctx)
	if err != nil {
		return err
	}
	waiting, err := p.Store.Intents(ctx, books.Tenant, b.ID, []push.State{push.StatePlanned, push.StateSending, push.StateUnknown, push.StateParked}, 20)
	if err != nil {
		return err
	}
	all, err := p.Store.Connections(ctx, books.Tenant)
	if err != nil {
		return err
	}
	var left []error
	for _, in := range waiting {
		left = append(left, fmt.Errorf("intent %s is %s: %s (%s)", in.Write.Key, in.State, in.Problem, in.Why))
	}
	for _, c := range all {
		if c.State != books.ConnectionActive || c.Failures > 0 {
			left = append(left, fmt.Errorf("%s is %s after %d failures: %s", c.Vendor, c.State, c.Failures, c.Why))
		}
	}
	return errors.Join(left...)
}
