package main

import (
	"strings"
	"testing"
	"time"
)

// seconded runs a command that has to wait for a second person, sees that the
// person who asked cannot approve, and lets another one do it, with which it is
// done.
func (m *machine) seconded(t *testing.T, subject, args string) {
	t.Helper()
	m.steps(t, []step{{args: args, code: 1, err: []string{subject + ` \([0-9a-f]{12}\) waits for a second person`}}})
	// Asked twice it is still one question.
	m.steps(t, []step{{args: args, code: 1, err: []string{`waits for a second person`}}})
	list := m.run(t, "", "approve").out
	if n := strings.Count(list, "  "+subject+"  "); n != 1 {
		t.Fatalf("%d questions about %s in\n%s", n, subject, list)
	}
	id := found(t, `(?m)^(\S+) +\S+ +`+subject+` `, list)
	asker := found(t, `(?m) +`+subject+` +[0-9a-f]{12} +(\S+) `, list)
	m.steps(t, []step{
		{args: "approve " + id + " --as " + asker, code: 1, err: []string{`another person has to approve`}},
		{args: "approve " + id + " --as " + strings.ToUpper(asker), code: 1, err: []string{`another person has to approve`}},
		{args: args, code: 1, err: []string{`waits for a second person`}},
		{args: "approve " + id + " --as Bo", out: []string{`Approved by Bo, and done as ` + asker + ` has asked\.`}},
		{args: "approve " + id + " --as Bo", code: 1, err: []string{`nothing waits under`}},
	})
}

// TestFourEyes: with four eyes on, accounts, a cut-over, the first write, a
// change of settings, an undo, and switching four eyes off wait for a second
// person, each for exactly what was shown.
func TestFourEyes(t *testing.T) {
	t.Parallel()
	m := newMachine(t, map[string]string{"sandbox.json": `{"seed": 9, "invoices": 6, "no_history": true}`})
	w := startWorld(t, m)
	realm, key := w.ledger(t, "quickbooks")
	stripe := found(t, `connection (\S+)`, m.run(t, key+"\n", "connect", "stripe").out)
	ledger := found(t, `connection (\S+)`, m.consent(t, realm, "quickbooks").out)
	m.steps(t, []step{{args: "sync", out: []string{`There is no book yet`}}})
	book := found(t, `Book (\S+):`, m.run(t, "", "book", "new", "--demo", "--ledger", ledger, "--stripe", stripe).out)
	m.steps(t, []step{
		{args: "control --four-eyes on", code: 2, err: []string{`a change needs a name`}},
		{args: "control --four-eyes on --by Ann", out: []string{`Four eyes: on`}},
		{args: "approve", out: []string{`Nothing waits for a second person`}},
	})
	m.seconded(t, "accounts", "book accounts "+book+" --create")
	m.steps(t, []step{{args: "book accounts " + book, out: []string{`fees +\d+`}}}) // nothing is changed by looking
	day := time.Now().UTC().AddDate(0, 0, -1).Format("2006-01-02")
	m.steps(t, []step{{args: "book cutover " + book + " --day " + day, out: []string{`Nothing was changed`}}})
	m.seconded(t, "cutover", "book cutover "+book+" --day "+day+" --confirm")

	m.steps(t, []step{{args: "sync", out: []string{`6 planned, 0 written`}}})
	shown := func(args ...string) string { return found(t, `--confirm (\S+)`, m.run(t, "", args...).out) }
	first := shown("book", "writes", book, "on")
	m.steps(t, []step{{args: "book writes " + book + " on --confirm " + first, code: 1, err: []string{`preview \(` + first + `\) waits for a second person`}}})
	// What is there has changed since: the answer to the old question opens
	// nothing, and what is shown now is asked about anew.
	w.ask(t, "/economy/act", "{}")
	m.steps(t, []step{
		{args: "sync", out: []string{`0 written`}},
		{args: "approve " + found(t, `(?m)^(\S+) +\S+ +preview `, m.run(t, "", "approve").out) + " --as Bo", code: 1, err: []string{`approved by Bo, but not done: Something has changed since`}},
		{args: "book writes " + book + " on --confirm " + first, code: 1, err: []string{`this is not what was confirmed`}},
	})
	now := shown("book", "writes", book, "on")
	if now == first {
		t.Fatal("the preview is the same after people have acted")
	}
	m.seconded(t, "preview", "book writes "+book+" on --confirm "+now)
	m.steps(t, []step{{args: "sync", out: []string{`Everything agrees to the cent`, `!, 0 written`}}})

	m.seconded(t, "accounts", "book settings "+book+" --fees month")
	m.seconded(t, "accounts", "book links "+book+" --no-on --skip-customer 7")
	m.steps(t, []step{{args: "book links " + book, out: []string{`false +true +7`}}})
	m.steps(t, []step{{args: "book settings " + book + " --fees payout", code: 1, err: []string{`waits for a second person`}}})
	refused := found(t, `(?m)^(\S+) +\S+ +accounts `, m.run(t, "", "approve").out)
	m.steps(t, []step{
		{args: "approve " + refused + " --refuse --as Bo"},
		{args: "book settings " + book + " --fees payout", code: 1, err: []string{`waits for a second person`}},
		{args: "book settings " + book, out: []string{`month`}},
	})
	gone := shown("undo", "book")
	m.seconded(t, "undo", "undo book --confirm "+gone)
	m.steps(t, []step{
		{args: "undo book", code: 1, err: []string{`nothing of ours stands`}},
		{args: "journal --book " + book, out: []string{`, approved by Bo`}},
	})
	m.seconded(t, "control", "control --four-eyes off --by Ann")
	m.steps(t, []step{{args: "control", out: []string{`Four eyes: off`, `kept for 10 years`}}, {args: "retention", out: []string{`There is nothing of it`}}})
}
