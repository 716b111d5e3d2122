package pushtest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tieout/store"
	"tieout/sync/push"
)

// TestEveryPoint lets every call of every write meet every fault.
func TestEveryPoint(t *testing.T) {
	t.Parallel()
	for vendor, of := range sides() {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := engines.SQLite(t)
			for _, w := range writesOf(vendor) {
				t.Run(w.name, func(t *testing.T) { w.everyPoint(t, s, of) })
			}
		})
	}
}

func sides() map[string]func(*bench) side {
	return map[string]func(*bench) side{onlyQuickBooks: quickBooks, onlyXero: xeroSide, "stripe": stripeSide}
}

// writesOf are the writes that a vendor has.
func writesOf(vendor string) []written {
	if vendor == "stripe" {
		return processorWrites()
	}
	var out []written
	for _, w := range ledgerWrites() {
		if w.only == "" || w.only == vendor {
			out = append(out, w)
		}
	}
	return out
}

// operation finds the names of a connector's operations in its source.
var operation = regexp.MustCompile(`\bop[A-Z]\w*\s*=\s*"([a-z_]+(?:\.[a-z_]+)?)"`)

// TestEveryOperation holds the lists of writes to the operations that the
// connectors have.
func TestEveryOperation(t *testing.T) {
	t.Parallel()
	s := engines.SQLite(t)
	for vendor, of := range sides() {
		planned := map[string]bool{}
		for _, w := range writesOf(vendor) {
			for _, one := range w.arrange(t, s, of).writes {
				planned[one.Op] = true
			}
		}
		files, err := filepath.Glob(filepath.Join("..", "..", "connectors", vendor, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no source: %v", vendor, err)
		}
		known := 0
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range operation.FindAllSubmatch(source, -1) {
				known++
				if !planned[string(found[1])] {
					t.Errorf("%s: no write of the list is a %s", vendor, found[1])
				}
			}
		}
		if known < 3 {
			t.Errorf("%s: %d operations are found in its source", vendor, known)
		}
	}
}

// end is how a run came out: what became of the intents, the calls that were
// made, and what the vendor had before and after.
type end struct {
	intents       []push.Intent
	calls         []string
	before, after string
}

func (w written) everyPoint(t *testing.T, s *store.Store, of func(*bench) side) {
	whole := w.arrange(t, s, of).play(0, fault{})
	whole.before = w.arrange(t, s, of).state()
	for _, in := range whole.intents {
		if in.State != push.StateDone {
			t.Fatalf("undisturbed, the intent is %s: %s", in.State, in.Problem)
		}
	}
	for at, call := range whole.calls {
		for _, f := range faults() {
			if strings.HasPrefix(call, "GET") && !f.ofReads() {
				continue
			}
			b := w.arrange(t, s, of)
			name := fmt.Sprintf("%s, at call %d, %s", f.name, at+1, call)
			if f.byHand == "" {
				b.once(name, whole, b.play(at+1, f))
			} else {
				b.notAgainUnasked(name, whole, at+1, f)
			}
		}
	}
}

// arrange makes a company of the write's own, and plans it.
func (w written) arrange(t *testing.T, s *store.Store, of func(*bench) side) *bench {
	t.Helper()
	b := newBench(t, s, of)
	if !w.bare {
		b.setUp()
	}
	b.writes = w.plan(b)
	b.plan(b.writes)
	for _, one := range b.writes { // what is read now is what a list that lags shows
		if _, found, err := b.writer().Find(t.Context(), one); found || err != nil {
			t.Fatalf("%s is found before it was sent: %v", one.Op, err)
		}
	}
	return b
}

// play sends what was planned, with a fault at one call.
func (b *bench) play(at int, f fault) end {
	b.Helper()
	var out end
	b.wire.arm(at, f)
	out.intents = b.settle(func() { b.clock.Advance(f.later) })
	b.wire.disarm()
	out.calls, out.after = b.wire.calls, b.state()
	return out
}

// once checks that the vendor has what it has after an undisturbed run. A
// change of what somebody else has changed too is planned anew.
func (b *bench) once(name string, want, got end) {
	b.Helper()
	for _, in := range got.intents {
		if in.State != push.StateDone && (in.State != push.StateDropped || in.Invoice == "") {
			b.Errorf("%s: the intent is %s: %s", name, in.State, in.Problem)
		}
	}
	if d := difference(want.after, got.after); d != "" {
		b.Errorf("%s: %s", name, d)
	}
}

// notAgainUnasked checks that what a person has taken away is not written again
// by itself, but on demand, once.
func (b *bench) notAgainUnasked(name string, want end, at int, f fault) {
	b.Helper()
	erased := map[string]bool{}
	b.wire.arm(at, f)
	all := b.settle(func() {
		b.wire.disarm()
		b.clock.Advance(f.later)
		erased = b.eraseAll(f.byHand)
		b.wire.arm(0, fault{})
	})
	if len(erased) == 0 {
		return // the vendor lets nobody take it away so, or the call did not make it
	}
	var ids []string
	for _, in := range all {
		switch {
		case !erased[in.Write.Key]:
		case in.State != push.StateParked || !strings.Contains(in.Problem, "since"):
			b.Errorf("%s: the intent is %s: %s", name, in.State, in.Problem)
		default:
			ids = append(ids, in.ID)
		}
	}
	if d := difference(living(want.before), living(b.state())); d != "" && len(erased) == len(all) { // with others done, the rest is told at the end
		b.Errorf("%s: it was written again: %s", name, d)
	}
	if n, err := b.store.Retry(b.Context(), b.tenant, bookID, ids, b.clock.Now()); err != nil || n != len(erased) {
		b.Fatalf("%s: %d of %d are tried again: %v", name, n, len(erased), err)
	}
	for _, in := range b.settle(nil) {
		if in.State != push.StateDone {
			b.Errorf("%s: on demand, the intent is %s: %s", name, in.State, in.Problem)
		}
	}
	if d := difference(living(want.after), living(b.state())); d != "" {
		b.Errorf("%s: on demand: %s", name, d)
	}
}

// eraseAll has a person take away what the writes have made whose outcome is not
// known yet, and gives their keys.
func (b *bench) eraseAll(how string) map[string]bool {
	b.Helper()
	erased := map[string]bool{}
	for _, in := range b.intents() {
		w := in.Write
		if w.Marker == "" || in.State == push.StateDone {
			continue
		}
		made, found, err := b.writer().Find(b.Context(), w)
		b.must(err)
		if found && b.erase(made.Ref, how) == nil {
			erased[w.Key] = true
		}
	}
	return erased
}

func (b *bench) state() string {
	b.Helper()
	text, err := json.Marshal(b.dump())
	b.must(err)
	return canonical(b, text)
}
