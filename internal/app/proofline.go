package app

import (
	"time"

	"tieout/money"
	"tieout/sync/proof"
)

// ProofLine is a line of a proof for people and programs: amounts are decimal
// text in the line's currency; lines that count things have none.
type ProofLine struct {
	Book     string  `json:"book"`
	Check    string  `json:"check"`
	Currency string  `json:"currency,omitempty"`
	Ledger   *string `json:"ledger"`
	Stripe   *string `json:"stripe"`
	Tieout   *string `json:"tieout"`
	// Difference = ExplainedSum + Unexplained.
	Difference string      `json:"difference"`
	Explained  []ProofItem `json:"explained"`
	// Causes break a difference down to documents.
	Causes       []ProofCause `json:"causes"`
	ExplainedSum string       `json:"explained_sum"`
	Unexplained  string       `json:"unexplained"`
	Measured     bool         `json:"measured"`
	MeasuredAt   time.Time    `json:"measured_at"`
	Why          string       `json:"why,omitempty"`
	open         bool
}

// ProofItem is a named cause of a difference; its amount was read from the
// vendor again when the proof was made.
type ProofItem struct {
	Kind    string    `json:"kind"`
	ID      string    `json:"id"`
	Amount  string    `json:"amount"`
	Since   time.Time `json:"since"`
	Text    string    `json:"text"`
	Action  string    `json:"action,omitempty"`
	Overdue bool      `json:"overdue,omitempty"`
}

// ProofCause is a document that a difference comes from.
type ProofCause struct {
	Kind   string `json:"kind"`
	ID     string `json:"id"`
	Amount string `json:"amount"`
	Text   string `json:"text"`
	Action string `json:"action"`
	URL    string `json:"url,omitempty"`
}

// Open says that the line has a rest that nothing explains, or that it could
// not be measured.
func (l ProofLine) Open() bool { return l.open }

// ProofLines are the lines of a proof, ready to be shown.
func ProofLines(book string, p proof.Proof) []ProofLine {
	lines := make([]ProofLine, 0, len(p.Lines))
	for _, l := range p.Lines {
		digits, ok := money.ISO(l.Currency)
		if l.Check.Counts() || !ok {
			digits = 0
		}
		out := ProofLine{
			Book: book, Check: string(l.Check), Currency: string(l.Currency),
			Ledger: text(l.Ledger, digits), Stripe: text(l.Stripe, digits), Tieout: text(l.Tieout, digits),
			Difference: money.Text(l.Difference, digits), ExplainedSum: money.Text(l.Difference-l.Unexplained, digits),
			Unexplained: money.Text(l.Unexplained, digits), Explained: []ProofItem{}, Causes: []ProofCause{},
			Measured: l.Measured, MeasuredAt: l.MeasuredAt, Why: l.Why, open: !l.Measured || l.Unexplained != 0,
		}
		for _, item := range l.Explained {
			out.Explained = append(out.Explained, ProofItem{
				Kind: item.Kind, ID: item.ID, Amount: money.Text(item.Amount, digits), Since: item.Since, Text: item.Text, Action: item.Action, Overdue: item.Overdue,
			})
		}
		for _, cause := range l.Causes {
			out.Causes = append(out.Causes, ProofCause{
				Kind: string(cause.Ref.Kind), ID: cause.Ref.ID, Amount: money.Text(cause.Amount, digits), Text: cause.Text, Action: cause.Action, URL: cause.URL,
			})
		}
		lines = append(lines, out)
	}
	return lines
}

func text(figure *int64, digits int) *string {
	if figure == nil {
		return nil
	}
	s := money.Text(*figure, digits)
	return &s
}
