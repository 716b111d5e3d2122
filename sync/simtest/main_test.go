package simtest_test

import (
	"os"
	"runtime/debug"
	"testing"

	"tieout/internal/testdb"
)

// prepared are the set-up installations of this run.
var prepared = &templates{all: map[string]*template{}}

// servers is the throw-away PostgreSQL of this package, started on first use.
var servers = &testdb.Postgres{}

// tallied counts what happened in the disturbed runs.
var tallied = &tally{count: map[string]int{}}

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "tieout-simtest-")
	if err != nil {
		panic(err)
	}
	prepared.folder = folder
	debug.SetGCPercent(400) // runs are short, and there is memory
	code := m.Run()
	servers.Stop()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}
