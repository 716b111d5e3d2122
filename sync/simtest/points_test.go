package simtest_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var everyFlag = flag.Bool("every", false, "die at every point, not at some")

// somePoints is how many of the points a usual run tries.
const somePoints = 6

// chronicle is the story whose every point is tried: most kinds of what we
// write come about in it.
func chronicle(vendor string) story {
	named := map[string]deed{}
	for _, d := range append(deeds(), meanwhile()...) {
		named[d.name] = d
	}
	var e epoch
	for i, name := range []string{"pays by link", "writes an invoice", "gives credit on an invoice", "pays several invoices", "is paid out"} {
		d := named[name]
		d.seed = uint64(i)
		e.deeds = append(e.deeds, d)
	}
	return story{vendor: vendor, epochs: []epoch{e}}
}

// TestEveryPoint: a process that dies before or after any commit, before or
// after any call, leaves nothing that the next one does not bring to the end of
// a run without a death.
func TestEveryPoint(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			s := chronicle(vendor)
			dying := func(at int) *chaos { return &chaos{r: rand.New(rand.NewPCG(1, 5)), dieAt: at} }
			whole := dying(0)
			want := s.play(t, func(int) *chaos { return whole })
			if len(want.problems) > 0 || len(whole.points) < 50 {
				t.Fatalf("without a death: %d points, %v", len(whole.points), want.problems)
			}
			step := 1
			if !*everyFlag {
				step = len(whole.points)/somePoints + 1
			}
			for at := 1; at <= len(whole.points); at += step {
				t.Run(fmt.Sprint(at), func(t *testing.T) {
					got := s.play(t, func(int) *chaos { return dying(at) })
					if t.Failed() {
						return
					}
					d := ""
					if len(got.ends) > 0 {
						d = want.ends[0].differences(got.ends[0], "without a death", "with one")
					}
					if len(got.problems) > 0 || d != "" {
						t.Errorf("died at %d, %s: %v%s\nreplay: go test ./sync/simtest -run 'TestEveryPoint/%s/%d$' -every", at, whole.points[at-1], got.problems, d, vendor, at)
					}
				})
			}
		})
	}
}
