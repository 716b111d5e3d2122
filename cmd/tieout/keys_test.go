package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestKeys rotates the key of an installation that has secrets, retires the old
// one, loses it and gives up what it had sealed.
func TestKeys(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	m.steps(t, []step{
		{args: "hook add https://example.com/in", out: []string{`whsec_`}},
		{args: "keys list", out: []string{`[0-9a-f]{8} +seals +1`}},
		{args: "keys retire", out: []string{`There is no old key`}},
		{args: "keys rotate", out: []string{`A new key was written to`, `1 secrets were sealed anew`}, err: []string{`Keep a copy`}},
		{args: "keys list", out: []string{`seals +1\n[0-9a-f]{8} +opens what it has sealed +0`}},
	})
	file := filepath.Join(m.dir, "data", "tieout", "tieout.key")
	both, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fresh, old, _ := strings.Cut(strings.TrimSpace(string(both)), "\n")
	m.steps(t, []step{
		{args: "keys retire", out: []string{`1 old keys were removed`}},
		{args: "doctor", out: []string{`!key:`}},
	})
	if only, err := os.ReadFile(file); err != nil || string(only) != fresh+"\n" {
		t.Fatalf("after retiring: %v", err)
	}
	// From here on the old key alone is given: the new one is lost.
	env := m.env
	key := func(keys string) []string { return append(slices.Clone(env), "TIEOUT_KEY="+keys) }
	m.env = key(old)
	id := strings.Fields(strings.Split(m.run(t, "", "keys", "list").out, "\n")[2])[0]
	m.steps(t, []step{
		{args: "status", err: []string{`1 secrets were sealed with the key ` + id + `, which is not here`, `Give the old key back`, `tieout keys forget ` + id}},
		{args: "doctor", code: 1, out: []string{`\Q! key: 1 secrets\E`}},
		{args: "keys rotate", code: 1, err: []string{`comes from TIEOUT_KEY`, `NEW,OLD`}},
		{args: "keys retire", code: 1, err: []string{`comes from TIEOUT_KEY`}},
		{args: "keys forget 00000000", code: 1, err: []string{`nothing is sealed with a key`}},
		{args: "keys forget " + id, code: 2, err: []string{`1 secrets would be given up`, `--confirm`}},
	})
	m.env = key(old + "," + fresh)
	m.steps(t, []step{
		{args: "keys forget " + id, code: 1, err: []string{`is here and opens`}},
		{args: "keys rotate", out: []string{`1 secrets were sealed anew`, `!new key was written`}},
		{args: "keys rotate", code: 1, err: []string{`comes from TIEOUT_KEY`}},
	})
	m.env = key(fresh)
	id = strings.Fields(strings.Split(m.run(t, "", "keys", "list").out, "\n")[2])[0]
	m.steps(t, []step{
		{args: "keys forget --confirm " + id, out: []string{`1 secrets were given up`}},
		{args: "hook list", out: []string{`disabled: its secret was sealed with a key that is lost`}, err: []string{`!.`}},
		{args: "doctor", out: []string{`!key:`}},
		{args: "keys list --json", out: []string{`"seals": true`}},
	})
}
