// Package bank finds which ledger entries stand behind the lines of a bank
// statement. It is a pure function of its input: no clock, no randomness, no
// database, and the order of its input decides nothing. It books nothing: what
// it finds is shown to a person, or counted by the proof.
//
// The way of a question, each step with what the one before has left over:
//
//	offset.go   entries that cancel each other out and never reach the bank
//	exact.go    one line and one entry of the same amount
//	batch.go    one line and several entries that add up to it
//	differ.go   one line and one entry whose amounts differ by a slip or a fee
//	evidence.go what names, numbers and dates say about a line and an entry
package bank

import (
	"cmp"
	"slices"

	"tieout/receivables"
)

// Line is a line of a bank statement.
type Line struct {
	ID   string
	On   receivables.Date
	Text string
	// Amount is in minor units, negative for what left the account.
	Amount int64
}

// Entry is a posting to the bank's account in the ledger.
type Entry struct {
	ID   string
	On   receivables.Date
	Text string
	// Reference is the number of the document or the cheque.
	Reference string
	// Amount is in minor units, negative for what left the account.
	Amount int64
}

// Kind says how a line and its entries agree.
type Kind string

// The kinds of matches.
const (
	Exact   Kind = "exact"
	Batch   Kind = "batch"
	Differs Kind = "differs"
)

// Match is a line with the entries behind it.
type Match struct {
	Kind    Kind
	Line    string
	Entries []string
	// Why is one sentence for a person.
	Why string
}

// Offset is two entries that cancel each other out.
type Offset struct {
	Entry, By string
	Why       string
}

// Result is what was found, and what was not.
type Result struct {
	Matches []Match
	Offsets []Offset
	// Lines and Entries have nothing on the other side.
	Lines, Entries []string
}

// Reconcile finds what belongs together. Lines and entries are of one account
// and one currency; their ids are unique.
func Reconcile(lines []Line, entries []Entry) Result {
	m := newMatcher(lines, entries)
	m.offsets()
	m.exact()
	m.batches()
	m.differing()
	return m.result()
}

// matcher is where the matching stands.
type matcher struct {
	lines   []line
	entries []entry
	matches []Match
	paired  []Offset
	words   evidence
}

// line is a line with what is compared of it.
type line struct {
	Line
	traits
	day  int
	done bool
}

// entry is an entry with what is compared of it.
type entry struct {
	Entry
	traits
	day  int
	done bool
}

func newMatcher(lines []Line, entries []Entry) *matcher {
	m := &matcher{}
	var first receivables.Date
	for _, l := range lines {
		if first == "" || l.On < first {
			first = l.On
		}
	}
	for _, l := range lines {
		m.lines = append(m.lines, line{Line: l, traits: traitsOf(l.Text, ""), day: l.On.DaysSince(first)})
	}
	for _, e := range entries {
		m.entries = append(m.entries, entry{Entry: e, traits: traitsOf(e.Text, e.Reference), day: e.On.DaysSince(first)})
	}
	slices.SortFunc(m.lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.ID, b.ID)) })
	slices.SortFunc(m.entries, func(a, b entry) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.ID, b.ID)) })
	m.words = learn(m.lines, m.entries)
	for i := range m.lines {
		m.lines[i].weight = m.words.weigh(m.lines[i].pieces)
	}
	return m
}

// take notes a match; its parts are done.
func (m *matcher) take(kind Kind, l int, why string, entries ...int) {
	found := Match{Kind: kind, Line: m.lines[l].ID, Why: why}
	m.lines[l].done = true
	for _, e := range entries {
		m.entries[e].done = true
		found.Entries = append(found.Entries, m.entries[e].ID)
	}
	m.matches = append(m.matches, found)
}

func (m *matcher) result() Result {
	r := Result{Matches: m.matches, Offsets: m.paired}
	slices.SortFunc(r.Matches, func(a, b Match) int { return cmp.Compare(a.Line, b.Line) })
	for _, l := range m.lines {
		if !l.done {
			r.Lines = append(r.Lines, l.ID)
		}
	}
	for _, e := range m.entries {
		if !e.done {
			r.Entries = append(r.Entries, e.ID)
		}
	}
	return r
}
