package main

import (
	"bufio"
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"tieout/store"
)

// TestNodesOnOneDatabase starts a process that serves and works at nothing, and
// two that work, on an empty PostgreSQL at the same time; each ends cleanly
// when it is asked to, while the others go on.
func TestNodesOnOneDatabase(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"key": strings.Repeat("ab", 32) + "\n"})
	m.env = append(m.env, "DATABASE_URL="+server.Database(t), "TIEOUT_DISPATCH=river", "TIEOUT_KEY_FILE=key")
	nodes := map[string]*started{}
	for name, args := range map[string][]string{
		"The pages are at":  {"serve", "--listen", "127.0.0.1:0", "--workers", "0"},
		"Working. Stop":     {"worker", "--workers", "2"},
		"Working. Stop (2)": {"worker"},
	} {
		n := &started{process: m.command(t, args...)}
		out, err := n.process.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := n.process.Start(); err != nil {
			t.Fatal(err)
		}
		n.lines, nodes[name] = bufio.NewScanner(out), n
	}
	for name, n := range nodes {
		n.await(t, strings.TrimSuffix(name, " (2)"))
	}
	for name, n := range nodes {
		if err := n.process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		rest := n.rest()
		err := n.process.Wait()
		var exit *exec.ExitError
		if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitStopped) || strings.Contains(rest, "tieout:") {
			t.Errorf("%s ended with %v after %q", name, err, rest)
		}
	}
}

// migrated makes the tables of a fresh database.
func migrated(ctx context.Context, address string) error {
	s, err := store.Open(ctx, address, store.Options{})
	if err != nil {
		return err
	}
	_, err = s.Migrate(ctx)
	return errors.Join(err, s.Close())
}

// started is one of the processes.
type started struct {
	process *exec.Cmd
	lines   *bufio.Scanner
}

func (n *started) await(t *testing.T, want string) {
	t.Helper()
	var seen []string
	for n.lines.Scan() {
		seen = append(seen, n.lines.Text())
		if strings.HasPrefix(n.lines.Text(), want) {
			return
		}
	}
	t.Fatalf("%q never came: %s", want, strings.Join(seen, "\n"))
}

func (n *started) rest() string {
	var rest []string
	for n.lines.Scan() {
		rest = append(rest, n.lines.Text())
	}
	return strings.Join(rest, "\n")
}

// TestNodesNeedPostgres refuses what cannot work.
func TestNodesNeedPostgres(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"serve --listen 127.0.0.1:0 --dispatch river": "PostgreSQL", "worker --workers 0": "nothing to do", "worker --workers=-1": "0 workers or more",
	} {
		m := newMachine(t, nil)
		c := m.command(t, strings.Fields(args)...)
		text, err := c.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v, %s; want %q", args, err, text, want)
		}
	}
}
