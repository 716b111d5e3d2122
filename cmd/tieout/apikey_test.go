package main

import (
	"strings"
	"testing"
)

// TestAPIKeys are made in a person's name, shown once, listed and revoked.
func TestAPIKeys(t *testing.T) {
	t.Parallel()
	m := newMachine(t, nil)
	m.steps(t, []step{{args: "api-key list", out: []string{`No program has a key`}}})
	m.owner(t)
	m.steps(t, []step{
		{args: "api-key create nightly --person bob@example.com", code: 1, err: []string{`nobody has the e-mail address`}},
		{args: "api-key create nightly --person ann@example.com --may everything", code: 1, err: []string{`does not have the permission`}},
		{args: "api-key create nightly --person ann@example.com --days 9999", code: 1, err: []string{`has to lie in the future`}},
	})
	made := m.run(t, "", "api-key", "create", "nightly", "--person", "ANN@example.com", "--may", "see own, decide", "--days", "0")
	if !strings.HasPrefix(made.out, "tieout_key_") || strings.Count(made.out, "\n") != 1 || !strings.Contains(made.err, "see own, decide, in the name of Ann") {
		t.Fatalf("made %q, %q", made.out, made.err)
	}
	list := m.run(t, "", "api-key", "list").out
	if strings.Contains(list, strings.TrimSpace(made.out)) {
		t.Error("the key is shown again")
	}
	id := found(t, `(?m)^(\S+) +nightly +key +ann@example\.com +see own, decide +- +-`, list)
	m.steps(t, []step{
		{args: "api-key list --json", out: []string{`"name": "nightly"`, `"kind": "key"`}},
		{args: "api-key revoke none", code: 1, err: []string{`there is no key "none"`}},
		{args: "api-key revoke " + id, out: []string{`nightly lets nobody in any more`}},
		{args: "api-key list", out: []string{`No program has a key`}},
	})
}
