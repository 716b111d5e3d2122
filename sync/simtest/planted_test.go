package simtest_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var plantedFlag = flag.Bool("planted", false, "build the program with each planted fault and run seeds until one catches it")

// catchWithin is how many seeds a planted fault may escape.
const catchWithin = 500

// planted is a fault that somebody could make: pieces of the program's text
// and what stands there instead.
type planted struct {
	name, why string
	changes   []change
}

type change struct{ file, from, to string }

// faultsPlanted reads testdata/planted. A file says why in its first line;
// then come changes:
//
//	@@ path of a file
//	what stands there, exactly once
//	==
//	what stands there instead
func faultsPlanted(t *testing.T) []planted {
	t.Helper()
	files, err := filepath.Glob("testdata/planted/*.txt")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d planted faults, want at least 15: %v", len(files), err)
	}
	var all []planted
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pieces := strings.Split(string(text), "\n@@ ")
		p := planted{name: strings.TrimSuffix(filepath.Base(file), ".txt"), why: pieces[0]}
		for _, piece := range pieces[1:] {
			path, rest, _ := strings.Cut(piece, "\n")
			from, to, ok := strings.Cut(rest, "\n==\n")
			if !ok {
				t.Fatalf("%s: a change of %s without ==", file, path)
			}
			p.changes = append(p.changes, change{path, from, strings.TrimSuffix(to, "\n")})
		}
		all = append(all, p)
	}
	return all
}

// overlay writes the changed files beside the tree, and gives the file that
// tells the compiler of them.
func (p planted) overlay(t *testing.T) string {
	t.Helper()
	folder, replace := t.TempDir(), map[string]string{}
	for i, c := range p.changes {
		path, err := filepath.Abs(filepath.Join("..", "..", c.file))
		if err != nil {
			t.Fatal(err)
		}
		from := path
		if earlier, ok := replace[path]; ok {
			from = earlier
		}
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), c.from); n != 1 {
			t.Fatalf("%s: %s holds %d times, want once:\n%s", p.name, c.file, n, c.from)
		}
		changed := filepath.Join(folder, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), c.from, c.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[path] = changed
	}
	raw, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestPlantedApply: every planted fault still has its place in the program.
func TestPlantedApply(t *testing.T) {
	t.Parallel()
	for _, p := range faultsPlanted(t) {
		if len(p.changes) == 0 || p.why == "" {
			t.Errorf("%s: %d changes, why %q", p.name, len(p.changes), p.why)
		}
		p.overlay(t)
	}
}

var caughtBy = regexp.MustCompile(`-seed (\d+)`)

// TestPlanted builds the program with each planted fault and runs seeds until
// one fails. It takes minutes for each, so that it runs when asked.
func TestPlanted(t *testing.T) {
	t.Parallel()
	if !*plantedFlag {
		t.Skip("takes long: run it with -planted")
	}
	for _, p := range faultsPlanted(t) {
		t.Run(p.name, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "planted.test")
			build := exec.CommandContext(t.Context(), "go", "test", "-c", "-overlay", p.overlay(t), "-o", program, ".")
			if out, err := build.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			run := exec.CommandContext(t.Context(), program, "-test.run", "^TestSeeds$", "-seeds", fmt.Sprint(catchWithin), "-first", "-test.timeout", "60m")
			out, err := run.CombinedOutput()
			found := caughtBy.FindSubmatch(out)
			if err == nil || found == nil {
				t.Fatalf("not caught within %d seeds (%v)\n%.2000s", catchWithin, err, out)
			}
			said, _, _ := bytes.Cut(out, []byte("what happened"))
			t.Logf("caught by seed %s: %.1500s", found[1], said)
		})
	}
}
