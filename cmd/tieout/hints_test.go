package main

import "testing"

// TestCommandsOfHints: what pages call by a button is a command at a terminal.
func TestCommandsOfHints(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"Answer the question under Decisions.":                                                             "Answer the question with tieout decide.",
		`It is tried again, or at once by "Try it again" under Decisions.`:                                 "It is tried again, or at once by tieout retry.",
		"Let the sales have no tax code (none, under Booking rules).":                                      "Let the sales have no tax code (tieout book settings --sales ACCOUNT --sales-tax none).",
		"Writing is switched off: look at the first writes, under Connections, Connect, and switch it on.": "Writing is switched off: see tieout preview, and tieout book writes.",
		"First have everything read anew (on the server: tieout sync --full)":                              "First have everything read anew (tieout sync --full)",
	} {
		if got := asCommands(page); got != want {
			t.Errorf("%q became %q", page, got)
		}
	}
}
