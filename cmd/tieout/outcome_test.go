package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"syscall"
	"testing"

	"tieout/connectors"
	"tieout/sync/schedule"
)

// TestExitCode: of several errors the gravest decides, and each is told.
func TestExitCode(t *testing.T) {
	t.Parallel()
	consent := &connectors.Failure{Class: connectors.ClassReconnect, Vendor: "xero", Op: "refresh", Text: "the consent has ended"}
	later := &connectors.Failure{Class: connectors.ClassLater, Vendor: "stripe", Op: "list", Text: "too many calls"}
	ended, end := context.WithCancel(t.Context())
	end()
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		code int
		says string
	}{
		{"nothing", t.Context(), nil, exitOK, ""},
		{"a failure", t.Context(), fmt.Errorf("sync: %w", later), exitFailed, "too many calls"},
		{"a difference", t.Context(), errors.Join(later, errUnexplained), exitUnexplained, "does not tie out|ties out"},
		{"a consent among others", t.Context(), errors.Join(fmt.Errorf("a: %w", later), errUnexplained, fmt.Errorf("b: %w", errors.Join(consent))), exitReconnect, "--again ID renews it"},
		{"the command line", t.Context(), usagef("--day %s", "x"), exitUsage, "--day x"},
		{"another process", t.Context(), fmt.Errorf("book: %w", schedule.ErrBusy), exitFailed, "Another tieout process"},
		{"stopped", ended, context.Canceled, exitStopped, "stopped"},
		{"stopped after the work", ended, nil, exitOK, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var said bytes.Buffer
			if got := (console{err: &said}).exitCode(c.ctx, c.err); got != c.code {
				t.Errorf("code %d, want %d", got, c.code)
			}
			expect(t, "message", said.String(), []string{c.says})
		})
	}
}

// TestServe: the page is served, beside a worker on the same database, and
// both end cleanly when asked.
func TestServe(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	for _, c := range []struct{ args, until string }{{"serve --listen 127.0.0.1:0", "The pages are at "}, {"worker", "Working."}} {
		process := m.command(t, strings.Fields(c.args)...)
		out, err := process.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := process.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		ready := false
		for !ready && lines.Scan() {
			ready = strings.HasPrefix(lines.Text(), c.until)
		}
		if address, ok := strings.CutPrefix(lines.Text(), "The pages are at "); ok {
			if page, _ := fetch(t, http.DefaultClient, address); !strings.Contains(page, "Sign in") {
				t.Errorf("the page is %s", page)
			}
		}
		if err := process.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for lines.Scan() {
			t.Errorf("%s: %s", c.args, lines.Text())
		}
		if err := process.Wait(); err != nil {
			t.Errorf("%s ended with %v", c.args, err)
		}
	}
}
