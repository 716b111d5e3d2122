// Package judge_test distrusts the program. It builds the command as a
// stranger would, lets it play the demo, and adds everything up again from
// the sandbox's own dump, with arithmetic of its own. It imports none of the
// project's packages and must never do so: what shares code with the accused
// proves nothing.
package judge_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// command is the built program; TestMain alone sets it.
var command string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "tieout-judge-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	command = filepath.Join(folder, "tieout")
	build := exec.Command("go", "build", "-o", command, "./cmd/tieout")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// evidence is all that one demo left behind.
type evidence struct {
	before, after dump
	summary       summary
}

// play runs the demo once and reads what it left.
func play(t *testing.T, arguments ...string) evidence {
	t.Helper()
	folder := t.TempDir()
	before, after := filepath.Join(folder, "before.json"), filepath.Join(folder, "after.json")
	demo := exec.CommandContext(t.Context(), command,
		append([]string{"demo", "--once", "--json", "--dump-before", before, "--dump", after}, arguments...)...)
	var out, problems bytes.Buffer
	demo.Stdout, demo.Stderr = &out, &problems
	if err := demo.Run(); err != nil {
		t.Fatalf("tieout demo %s: %v\n%s", strings.Join(arguments, " "), err, problems.String())
	}
	var e evidence
	read(t, out.Bytes(), &e.summary)
	for file, into := range map[string]*dump{before: &e.before, after: &e.after} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		read(t, raw, into)
	}
	return e
}

// recorded is a folder of recordings, or a skip where there is none.
func recorded(t *testing.T, folder string) string {
	t.Helper()
	root := os.Getenv("TIEOUT_TEST_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	path := filepath.Join(root, "specs", folder)
	if _, err := os.Stat(path); err != nil {
		if strings.Contains(os.Getenv("TIEOUT_TEST_REQUIRE"), "data") {
			t.Fatalf("recordings required: %v", err)
		}
		t.Skipf("no recordings: %v", err)
	}
	return path
}

// size is how many open invoices each generated ledger gets.
func size(full int) string {
	if testing.Short() {
		full = min(full, 12)
	}
	return strconv.Itoa(full)
}

func accept(t *testing.T, e evidence) {
	t.Helper()
	for _, complaint := range judge(e) {
		t.Error(complaint)
	}
}

// Five economies, one of them of the size that is promised.
func TestGenerated(t *testing.T) {
	t.Parallel()
	for seed, invoices := range []int{1: 300, 2: 40, 3: 50, 4: 60, 5: 70} {
		if seed == 0 {
			continue
		}
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			e := play(t, "--seed", strconv.Itoa(seed), "--invoices", size(invoices))
			if len(e.summary.Books) != 2 {
				t.Fatalf("%d books, want one for each ledger", len(e.summary.Books))
			}
			accept(t, e)
		})
	}
}

// The recorded companies, with the figures of the recordings.
func TestRecorded(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ folder, invoices, net string }{
		{"quickbooks/json/nango", "5881.52", "4681.52"},
		{"quickbooks/company", "", "5281.52"},
		{"xero/recorded-2026-04", "9194.51", ""},
	} {
		t.Run(c.folder, func(t *testing.T) {
			t.Parallel()
			e := play(t, "--data", recorded(t, c.folder))
			accept(t, e)
			got := e.summary.Receivables["USD"]
			if c.invoices != "" && got.Invoices != c.invoices || c.net != "" && got.Net != c.net {
				t.Errorf("receivables as pulled %+v, the recording has %s open invoices, net %s", got, c.invoices, c.net)
			}
		})
	}
}
