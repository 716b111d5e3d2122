package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
)

// process is a child that has said what it had to say first.
type process struct {
	cmd   *exec.Cmd
	stdin io.Closer
	out   *bufio.Reader
}

// start runs this binary again in another role. The child ends when its
// standard input does.
func start(t testing.TB, role string, task any) *process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.Background(), self)
	cmd.Env = append(os.Environ(), roleEnv+"="+role, taskEnv+"="+string(text))
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &process{cmd: cmd, stdin: stdin, out: bufio.NewReader(out)}
}

// hear reads the next line that the child says, as JSON.
func (p *process) hear(t testing.TB, into any) {
	t.Helper()
	line, err := p.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, into)
	}
	if err != nil {
		p.end()
		t.Fatalf("the child said %q: %v", line, err)
	}
}

// end lets the child come to its end.
func (p *process) end() {
	_ = p.stdin.Close()
	_ = p.cmd.Wait()
}

// say writes one line of JSON, which is how a child answers.
func say(value any) error {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		return fmt.Errorf("bench: say: %w", err)
	}
	return nil
}

// run has the program do one task and gives what it measured.
func run(t testing.TB, j job) report {
	t.Helper()
	p := start(t, "program", j)
	defer p.end()
	var r report
	p.hear(t, &r)
	return r
}

// untilEnd waits until the standard input ends.
func untilEnd() { _, _ = io.Copy(io.Discard, os.Stdin) }
