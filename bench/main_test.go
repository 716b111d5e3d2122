// Package bench measures the main job at the size of years of business. It
// holds nothing but benchmarks and the small run of each that keeps them from
// rotting; what they found is told in docs/performance.md.
//
// Three processes take part, so that memory and processor time are those of
// the program alone: the benchmark itself, which starts the others and adds
// up; the vendors' stand-ins; and the program, which is started anew for each
// measurement. The last two are this test binary, run again with roleEnv set.
package bench

import (
	"fmt"
	"os"
	"testing"

	"tieout/internal/testdb"
)

// roleEnv says what a process is to be, taskEnv what it has to do, as JSON.
const (
	roleEnv = "TIEOUT_BENCH_ROLE"
	taskEnv = "TIEOUT_BENCH_TASK"
)

// postgres is the throw-away server of the benchmarks.
var postgres testdb.Postgres

func TestMain(m *testing.M) {
	roles := map[string]func(task []byte) error{"vendor": serveVendor, "program": runProgram, "receiver": receive}
	if role, ok := roles[os.Getenv(roleEnv)]; ok {
		if err := role([]byte(os.Getenv(taskEnv))); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	postgres.Stop()
	os.Exit(code)
}
