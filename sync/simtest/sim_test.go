package simtest_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tieout/internal/app"
)

var (
	seedsFlag  = flag.Uint64("seeds", 0, "how many seeds to run; 0 is TIEOUT_SIM_SEEDS, or 200")
	firstFlag  = flag.Bool("first", false, "stop at the first seed that fails")
	replayFlag = flag.Int("replays", 8, "how many seeds to run twice")
	keepFlag   = flag.String("keep", "", "a folder for the databases and dumps of the one seed")
	seedFlag   = flag.String("seed", "", "the one seed to run and to tell about")
)

// perStory is how many seeds disturb one history.
const perStory = 4

// seeds are those of this run.
func seeds(t *testing.T) []uint64 {
	t.Helper()
	if *seedFlag != "" {
		n, err := strconv.ParseUint(*seedFlag, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return []uint64{n}
	}
	n := *seedsFlag
	if text := os.Getenv("TIEOUT_SIM_SEEDS"); n == 0 && text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("TIEOUT_SIM_SEEDS: %v", err)
		}
	}
	if n == 0 {
		n = 200
	}
	if testing.Short() {
		n = min(n, 20)
	}
	all := make([]uint64, n)
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}

// TestSeeds: whatever goes wrong, the end is that of the world in which
// nothing did. Seeds run in their order, on a few lanes.
func TestSeeds(t *testing.T) {
	t.Parallel()
	t.Cleanup(func() { t.Logf("what happened:\n%s", tallied) })
	all, full, calm := seeds(t), diskFull(t), &peace{of: map[uint64]*undisturbed{}}
	var failed atomic.Bool
	var next atomic.Int64
	for lane := range min(len(all), 2*runtime.GOMAXPROCS(0)) {
		t.Run(fmt.Sprint("lane ", lane), func(t *testing.T) {
			t.Parallel()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(all) || *firstFlag && failed.Load() {
					return
				}
				t.Run(fmt.Sprint(all[i]), func(t *testing.T) {
					defer func() { failed.Store(failed.Load() || t.Failed()) }()
					trySeed(t, all[i], calm, full)
				})
			}
		})
	}
}

func trySeed(t *testing.T, seed uint64, calm *peace, full error) {
	t.Helper()
	want := calm.play(t, seed/perStory)
	r := rand.New(rand.NewPCG(seed, 3))
	got := storyOf(seed/perStory).play(t, func(int) *chaos { return disturbedBy(seed, r, full) })
	judge(t, seed, want, got)
}

// peace keeps how histories end undisturbed, for the seeds that disturb them.
type peace struct {
	mu sync.Mutex
	of map[uint64]*undisturbed
}

type undisturbed struct {
	once sync.Once
	outcome
}

// play plays a history undisturbed, unless it was played already.
func (p *peace) play(t *testing.T, number uint64) outcome {
	t.Helper()
	p.mu.Lock()
	one := p.of[number]
	if one == nil {
		one = &undisturbed{}
		p.of[number] = one
	}
	p.mu.Unlock()
	one.once.Do(func() { one.outcome = storyOf(number).play(t, nil) })
	return one.outcome
}

// postgresSeeds is how many seeds also run on PostgreSQL, whose set-up is made
// anew each time.
const postgresSeeds = 4

// TestPostgres: the same on PostgreSQL, for a few seeds.
func TestPostgres(t *testing.T) {
	t.Parallel()
	full := diskFull(t)
	for i := range uint64(postgresSeeds) {
		seed := i*perStory + i
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			s := storyOf(seed / perStory)
			s.postgres = func() string { return servers.Database(t) }
			r := rand.New(rand.NewPCG(seed, 3))
			judge(t, seed, s.play(t, nil), s.play(t, func(int) *chaos { return disturbedBy(seed, r, full) }))
		})
	}
}

// TestReplay: a seed is the same run each time, to the last call. Without that
// no failure could be looked at again.
func TestReplay(t *testing.T) {
	t.Parallel()
	full := diskFull(t)
	for seed := range uint64(*replayFlag) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			run := func() outcome {
				r := rand.New(rand.NewPCG(seed, 3))
				return storyOf(seed/perStory).play(t, func(int) *chaos { return disturbedBy(seed, r, full) })
			}
			a, b := run(), run()
			for i := range min(len(a.story), len(b.story)) {
				if a.story[i] != b.story[i] {
					t.Fatalf("step %d of seed %d is once\n%s\nand once\n%s", i, seed, a.story[i], b.story[i])
				}
			}
			if len(a.story) != len(b.story) {
				t.Fatalf("seed %d takes once %d steps and once %d", seed, len(a.story), len(b.story))
			}
		})
	}
}

// judge compares a disturbed run with the undisturbed one.
func judge(t *testing.T, seed uint64, want, got outcome) {
	t.Helper()
	var wrong []string
	for _, p := range want.problems {
		wrong = append(wrong, "undisturbed: "+p)
	}
	wrong = append(wrong, got.problems...)
	for i := range min(len(got.ends), len(want.ends)) {
		if d := want.ends[i].differences(got.ends[i], "undisturbed", "disturbed"); d != "" {
			wrong = append(wrong, fmt.Sprintf("epoch %d ends differently:%s", i, d))
			break
		}
	}
	if *seedFlag != "" {
		t.Logf("undisturbed:\n%s\n\ndisturbed:\n%s", strings.Join(want.story, "\n"), strings.Join(got.story, "\n"))
	}
	if len(wrong) == 0 {
		return
	}
	t.Errorf("%s\nreplay: go test ./sync/simtest -run 'TestSeeds$' -seed %d", strings.Join(wrong, "\n"), seed)
}

// fine says what went wrong in a run that nothing disturbed.
func (w *world) fine(runs []app.BookRun, err error) error {
	all := []error{err}
	for _, r := range runs {
		all = append(all, r.Err)
		for id, problem := range r.Result.Problems {
			all = append(all, fmt.Errorf("connection %s: %w", id, problem))
		}
	}
	return errors.Join(all...)
}
