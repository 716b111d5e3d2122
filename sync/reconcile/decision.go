package reconcile

import (
	"strings"
	"time"

	"tieout/receivables"
)

// Decision is a question to a person. It is open until Answer is set.
type Decision struct {
	ID string
	// Subject is what it is about: "movement/txn_1", "invoice/42".
	Subject string
	// Kind is one of the Decide constants.
	Kind string
	// About says in words which movement it is about; "" where Question does.
	About, Question string
	// Options are what the person can choose, ranked, the best first.
	Options []Option
	Answer  string
	By      string
	// At is when it was answered.
	At time.Time
}

// Text is the question with what it is about, in one line.
func (d Decision) Text() string {
	if d.About == "" {
		return d.Question
	}
	return d.About + ": " + d.Question
}

// Option is one answer to a decision.
type Option struct {
	Key  string `json:"key"`
	Text string `json:"text"`
	// Score ranks suggestions, 0 to 100.
	Score int `json:"score,omitempty"`
	// Invoices are the allocations that the answer would make.
	Invoices []receivables.Allocation `json:"invoices,omitempty"`
	// Discounts are what the answer would grant on them for paying early.
	Discounts []receivables.Allocation `json:"discounts,omitempty"`
}

// AnswerAccount begins an answer that names a ledger account by its id. An
// option whose key ends with a colon is answered with something behind it.
const AnswerAccount = "account:"

// Fits says whether an answer is this option.
func (o Option) Fits(answer string) bool {
	return answer == o.Key || strings.HasSuffix(o.Key, ":") && strings.HasPrefix(answer, o.Key) && len(answer) > len(o.Key)
}

// Exception is something that cannot be booked or mapped, by name.
type Exception struct {
	Subject string
	Kind    string
	Text    string
	// Action is the one thing that solves it.
	Action string
}
