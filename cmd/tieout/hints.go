package main

import "strings"

// asCommands says what the engine asks of a person with commands: its words name
// the buttons of pages, which somebody at a terminal does not have before him.
func asCommands(text string) string {
	return strings.NewReplacer(
		`"Try it again" under Decisions`, "tieout retry",
		"under Decisions", "with tieout decide",
		"under Accounts of the book", "with tieout book accounts",
		"(none, under Booking rules)", "(tieout book settings --sales ACCOUNT --sales-tax none)",
		"under Booking rules", "with tieout book settings",
		"(Read now, under Connections)", "(tieout sync)",
		"then Home says", "then tieout status says",
		"look at the first writes, under Connections, Connect, and switch it on", "see tieout preview, and tieout book writes",
		"(on the server: tieout ", "(tieout ",
	).Replace(text)
}
