package main

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// running is a process that goes on until it is ended, and what it says.
type running struct {
	process *exec.Cmd
	mu      sync.Mutex
	said    strings.Builder
	more    chan struct{}
	ended   chan struct{}
}

// patience bounds every wait of a drill: it is never waited out when things go
// well.
const patience = time.Minute

// start starts the program and listens to it.
func (m *machine) start(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{process: m.command(t, args...), more: make(chan struct{}, 1), ended: make(chan struct{})}
	out, err := r.process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			r.mu.Lock()
			r.said.WriteString(lines.Text() + "\n")
			r.mu.Unlock()
			select {
			case r.more <- struct{}{}:
			default:
			}
		}
		_ = r.process.Wait()
		close(r.ended)
	}()
	t.Cleanup(func() {
		_ = r.process.Process.Kill()
		<-r.ended
	})
	return r
}

// words are what it has said so far.
func (r *running) words() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

// await waits until it has said what the pattern matches, and gives its group.
func (r *running) await(t *testing.T, pattern string) string {
	t.Helper()
	late := time.After(patience)
	for wanted := regexp.MustCompile(pattern); ; {
		if match := wanted.FindStringSubmatch(r.words()); match != nil {
			return match[len(match)-1]
		}
		select {
		case <-r.more:
		case <-r.ended:
			t.Fatalf("it ended before it said %q:\n%s", pattern, r.words())
		case <-late:
			t.Fatalf("it has not said %q:\n%s", pattern, r.words())
		}
	}
}

// reaches waits until it has come to a point of the test.
func (r *running) reaches(t *testing.T, point <-chan struct{}) {
	t.Helper()
	select {
	case <-point:
	case <-r.ended:
		t.Fatalf("it has ended before:\n%s", r.words())
	case <-time.After(patience):
		t.Fatalf("it does not get there:\n%s", r.words())
	}
}

// stop asks it to end, and gives its exit code.
func (r *running) stop(t *testing.T, signal os.Signal) int {
	t.Helper()
	if err := r.process.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	return r.wait(t)
}

// wait waits for its end.
func (r *running) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-r.ended:
	case <-time.After(patience):
		t.Fatalf("it does not end:\n%s", r.words())
	}
	return r.process.ProcessState.ExitCode()
}

// serve starts the pages and the work, and gives the pages' address.
func (d *drill) serve(t *testing.T) (*running, string) {
	t.Helper()
	r := d.start(t, "serve", "--listen", "127.0.0.1:0")
	return r, r.await(t, `The pages are at (\S+)`)
}

// eventually waits until it is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	late, look := time.After(patience), time.NewTicker(20*time.Millisecond)
	defer look.Stop()
	for !so() {
		select {
		case <-look.C:
		case <-late:
			t.Fatalf("it does not come to pass: %s", what)
		}
	}
}

// recovers waits until the program says that it is well again. Time passes at
// each look: a change that was refused before the trouble ended may be told of
// after it, and counts for a while from then.
func (d *drill) recovers(t *testing.T, base string) {
	t.Helper()
	eventually(t, "the health is good again", func() bool {
		d.move(t, time.Minute)
		return health(t, base) == http.StatusOK
	})
}

// health is the code of /healthz.
func health(t *testing.T, base string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/healthz", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}
