package statement

import (
	"cmp"
	"time"

	"tieout/receivables"
	"tieout/sync/match"
	"tieout/sync/match/bank"
)

// Meaning is what a line stands for.
type Meaning string

// The meanings. A payout is one of the processor's, a payout's return the way
// back of one that failed after it was paid, a booked line stands in the ledger
// already, a receipt pays invoices; the others are named so that a person finds
// them, and are never written.
const (
	MeansPayout       Meaning = "payout"
	MeansPayoutReturn Meaning = "payout_return"
	MeansBooked       Meaning = "booked"
	MeansReceipt      Meaning = "receipt"
	MeansRefund       Meaning = "refund"
	MeansFee          Meaning = "fee"
	MeansUnknown      Meaning = "unknown"
)

// Finding is what was found out about a line.
type Finding struct {
	Line    string  `json:"line"`
	Meaning Meaning `json:"meaning"`
	// Sure says that all evidence points at one answer. It writes nothing: a
	// receipt is written when a person confirms it.
	Sure bool `json:"sure"`
	// Payout is the processor's id, Entries the ledger's documents.
	Payout  string   `json:"payout,omitempty"`
	Entries []string `json:"entries,omitempty"`
	// Customer and Pays are the ledger's.
	Customer string `json:"customer,omitempty"`
	Pays     []Paid `json:"pays,omitempty"`
	// Near are explanations of an amount that no invoices add up to.
	Near []match.Near `json:"near,omitempty"`
	// Why is one sentence for a person.
	Why string `json:"why"`
}

// Paid is how much of a line pays an invoice.
type Paid struct {
	Invoice string `json:"invoice"`
	Number  string `json:"number,omitempty"`
	// Amount is in minor units of the line's currency.
	Amount int64 `json:"amount"`
}

// Payout is one that should come to the account.
type Payout struct {
	ID      string
	Amount  int64
	Arrival receivables.Date
	// Returned is the day on which the processor took it back after it had
	// failed, "" when it did not.
	Returned receivables.Date
	// Processor is what the bank's text calls its sender.
	Processor string
}

// Open is an invoice that can be paid.
type Open struct {
	match.Item
	Number string
}

// RuleKind is what a rule says.
type RuleKind string

// An alias says who a payer is; a habit what somebody has paid at once, from
// which the matcher learns how they pay.
const (
	RuleAlias RuleKind = "alias"
	RuleHabit RuleKind = "habit"
)

// Rule is what was learned from a person's confirmation. It can be seen and
// deleted.
type Rule struct {
	ID   string   `json:"id"`
	Kind RuleKind `json:"kind"`
	// Key is AliasKey of a line for an alias; "" for a habit.
	Key      string `json:"key,omitempty"`
	Customer string `json:"customer"`
	// On, Paid and Left are of a habit: the day, and the due dates of what was
	// paid and of what was left open.
	On   receivables.Date   `json:"on,omitempty"`
	Paid []receivables.Date `json:"paid,omitempty"`
	Left []receivables.Date `json:"left,omitempty"`
	// Line, By and At say from which confirmation it comes.
	Line string    `json:"line"`
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Why  string    `json:"why"`
}

// World is what lines are compared with. All amounts are in the account's
// currency.
type World struct {
	Payouts []Payout
	// Entries are the ledger's postings to the account, without those of
	// payouts.
	Entries   []bank.Entry
	Open      []Open
	Customers []match.Name
	Credits   []match.Credit
	Discounts []match.Discount
	Rules     []Rule
}

// Sort finds out what each line stands for. It is a pure function: payouts
// first, then what stands in the ledger already, so that nothing is booked
// twice, then invoices.
func Sort(lines []Line, w World) []Finding {
	s := &sorting{world: w, lines: lines, found: make([]Finding, len(lines))}
	for i, l := range lines {
		s.found[i] = Finding{Line: l.ID}
	}
	s.payouts()
	s.booked()
	s.receipts()
	s.rest()
	return s.found
}

// sorting is where it stands.
type sorting struct {
	world World
	lines []Line
	found []Finding
}

func (s *sorting) open(i int) bool { return s.found[i].Meaning == "" }

// booked finds the lines that the ledger shows.
func (s *sorting) booked() {
	var left []bank.Line
	at := map[string]int{}
	for i, l := range s.lines {
		if s.open(i) {
			left = append(left, bank.Line{ID: l.ID, On: l.On, Text: l.words(), Amount: l.Amount})
			at[l.ID] = i
		}
	}
	for _, m := range bank.Reconcile(left, s.world.Entries).Matches {
		f := &s.found[at[m.Line]]
		f.Meaning, f.Sure, f.Entries, f.Why = MeansBooked, m.Kind != bank.Differs, m.Entries, "The ledger shows it: "+m.Why
	}
}

// words are all that a line says.
func (l Line) words() string {
	return join(" ", l.Name, l.Text, l.Number, l.Reference)
}

// AliasKey is what a payer is known by on statements: the account, else the
// name.
func (l Line) AliasKey() string { return cmp.Or(accountKey(l.Account), nameKey(l.Name, l.Text)) }
