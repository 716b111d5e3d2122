package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestBackupCommands: a backup goes to an empty machine, with its key or, when
// that is lost, with a clear word; nothing is overwritten unasked.
func TestBackupCommands(t *testing.T) {
	t.Parallel()
	old := newMachine(t, nil)
	old.steps(t, []step{
		{args: "backup all.backup", code: 1, err: []string{`there is no database`}},
		{args: "hook add http://localhost:1/in", out: []string{`Webhooks are sent`}},
		{args: "backup all.backup", out: []string{`all\.backup holds \d+ rows of \d+ tables, digest [0-9a-f]{64}`, `sealed with the key [0-9a-f]{8}`}},
		{args: "backup all.backup", code: 1, err: []string{`is there already`}},
		{args: "backup all.backup --force", out: []string{`holds`}},
		{args: "restore all.backup", code: 1, err: []string{`holds rows already`}},
		{args: "restore", code: 2, err: []string{`give the backup`}},
	})
	if info, err := os.Stat(filepath.Join(old.dir, "all.backup")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(old.dir, ".backup-*")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	file := read(t, filepath.Join(old.dir, "all.backup"))
	fresh := newMachine(t, map[string]string{"all.backup": file, "cut.backup": file[:len(file)/2]})
	fresh.steps(t, []step{
		{args: "restore cut.backup", code: 1, err: []string{`is no whole backup`}},
		{args: "restore all.backup", code: 1, err: []string{`which is not here \(there is none\)`, `--lost-key`}},
	})
	key := read(t, filepath.Join(old.dir, "data", "tieout", "tieout.key"))
	if err := os.WriteFile(filepath.Join(fresh.dir, "key"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	fresh.steps(t, []step{
		{args: "restore all.backup --key-file key", out: []string{`rows as of .* are in`, `Next: tieout sync`}},
		{args: "restore all.backup --key-file key", code: 1, err: []string{`holds rows already`}},
		{args: "hook list --key-file key", out: []string{`localhost:1/in`}},
		{args: "restore --mark", out: []string{`is marked`}},
	})
	lost := newMachine(t, map[string]string{"all.backup": file})
	lost.steps(t, []step{{args: "restore all.backup --lost-key", out: []string{`are in`}}})
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
