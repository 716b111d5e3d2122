// Package traffic_test plays the main job from end to end, keeps every request
// that leaves the installation and every answer that it gets, and holds all of
// it against the descriptions that the vendors publish: Xero's OpenAPI,
// Intuit's XSD, Stripe's API as stripe-mock has it.
//
// It knows the demo that it plays and its transport, and nothing of the
// connectors: what shares their types would share their mistakes.
package traffic_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/demo"
	"tieout/internal/clock"
	"tieout/sandbox"
)

// played is all that was said while the main job was played, by vendor.
type played struct {
	ready                    sandbox.Ready
	quickbooks, xero, stripe []exchange
}

// play plays the demo to its end. What it shows must be proven: a run that
// failed halfway would say little.
func play(t *testing.T, o demo.Options) played {
	t.Helper()
	wire := &recorder{base: http.DefaultTransport}
	o.Clock, o.Random, o.Transport = clock.At(time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)), rand.NewChaCha8([32]byte{1}), wire
	d, err := demo.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.SetUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := d.Play(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Proof {
		if l.Open() {
			t.Errorf("%s: %s %s is not proven: %s", l.Book, l.Check, l.Currency, l.Why)
		}
	}
	r := d.Ready
	p := played{ready: r, quickbooks: wire.with(r.QuickBooks.URL), xero: wire.with(r.Xero.URL), stripe: wire.with(r.Stripe.URL)}
	if n := len(p.quickbooks) + len(p.xero) + len(p.stripe); n != len(wire.kept) {
		t.Errorf("%d of %d calls went to no vendor", len(wire.kept)-n, len(wire.kept))
	}
	return p
}

// data is a folder of the recordings, or a skip where there is none.
func data(t *testing.T, folder ...string) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	} else if !filepath.IsAbs(root) {
		root = filepath.Join("..", "..", root)
	}
	path := filepath.Join(append([]string{root, "specs"}, folder...)...)
	if _, err := os.Stat(path); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recordings required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return path
}

// complaints are what judges say, each once, with how often it was said.
type complaints map[string]int

func (c complaints) add(format string, args ...any) { c[fmt.Sprintf(format, args...)]++ }

func (c complaints) report(t *testing.T) {
	t.Helper()
	for _, text := range slices.Sorted(maps.Keys(c)) {
		t.Errorf("%d times: %s", c[text], text)
	}
}

// demand says which of the words were not seen.
func demand(t *testing.T, vendor string, seen map[string]int, words string) {
	t.Helper()
	for word := range strings.FieldsSeq(words) {
		if seen[word] == 0 {
			t.Errorf("%s: nothing said %s, so nothing of it was judged: %v", vendor, word, slices.Sorted(maps.Keys(seen)))
		}
	}
}
