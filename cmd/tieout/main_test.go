package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/internal/testdb"
)

// asProgram makes the test binary the program itself.
const asProgram = "BE_THE_PROGRAM"

// server is a PostgreSQL for all tests; it starts with the first that asks.
var server = testdb.Postgres{Fill: migrated}

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(program(movable(os.Getenv(clockFile))))
	}
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// machine is a person's machine: a folder, an environment, nothing else.
type machine struct {
	dir string
	env []string
	// clock is what its processes go by; off is how far clocks are off. See
	// clocked.
	clock movable
	off   map[movable]time.Duration
}

// newMachine makes one; files are written into its folder.
func newMachine(t *testing.T, files map[string]string) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir()}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(m.dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m.env = []string{asProgram + "=1", "HOME=" + m.dir, "XDG_DATA_HOME=" + filepath.Join(m.dir, "data"), "PATH=" + os.Getenv("PATH")}
	return m
}

// command prepares the program; it is ended with the test at the latest.
func (m *machine) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	t.Cleanup(cancel)
	c := exec.CommandContext(ctx, self, args...)
	c.Dir, c.Env = m.dir, m.env
	return c
}

// ran is how a command ended.
type ran struct {
	code     int
	out, err string
}

func (m *machine) run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	c := m.command(t, args...)
	var out, problems bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(stdin), &out, &problems
	err := c.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		t.Fatalf("tieout %v: %v", args, err)
	}
	return ran{c.ProcessState.ExitCode(), out.String(), problems.String()}
}

// step is one command and what it must say. Patterns that begin with "!" must
// not be found.
type step struct {
	args     string
	stdin    string
	code     int
	out, err []string
}

func (m *machine) steps(t *testing.T, list []step) {
	t.Helper()
	for _, s := range list {
		got := m.run(t, s.stdin, strings.Fields(s.args)...)
		if got.code != s.code {
			t.Errorf("tieout %s ended with %d, want %d\n%s%s", s.args, got.code, s.code, got.out, got.err)
		}
		expect(t, s.args+": output", got.out, s.out)
		expect(t, s.args+": errors", got.err, s.err)
	}
}

func expect(t *testing.T, what, text string, patterns []string) {
	t.Helper()
	for _, p := range patterns {
		pattern, not := strings.CutPrefix(p, "!")
		if regexp.MustCompile(`(?m)`+pattern).MatchString(text) == not {
			t.Errorf("%s: want %q in\n%s", what, p, text)
		}
	}
}
