package api

import (
	"time"

	"tieout/sync/proof"
	"tieout/web"
)

// BookPages asks for a list of a book.
type BookPages struct {
	Paging
	Book string `path:"book"`
}

// PastProof is a proof in a list.
type PastProof struct {
	ID   string    `json:"id"`
	At   time.Time `json:"at"`
	Open int       `json:"open" doc:"Comparisons that do not tie out."`
}

func proofs(c *Call, q BookPages) (List[PastProof], error) {
	out := List[PastProof]{Items: []PastProof{}}
	at, err := q.moment()
	if err != nil {
		return out, err
	}
	b, err := c.book(q.Book)
	if err != nil {
		return out, err
	}
	list, err := c.Readers.Proofs.Past(c.ctx(), c.tenant(), b.ID, at.From(), q.limit()+1)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		at.At = list[len(list)-1].At
		out.Next = at.String()
	}
	out.Items = each(list, func(p web.PastProof) PastProof { return PastProof{ID: p.ID, At: p.At, Open: p.Open} })
	return out, err
}

// ProofQuery names a proof.
type ProofQuery struct {
	Book string `path:"book"`
	ID   string `path:"id" doc:"The proof's id, or latest."`
}

// Proof is a stored measurement.
type Proof struct {
	ID     string      `json:"id"`
	At     time.Time   `json:"at"`
	Signed bool        `json:"signed"`
	Agrees bool        `json:"agrees" doc:"Every line ties out."`
	Lines  []ProofLine `json:"lines"`
}

// ProofLine is one comparison. Its figures are decimal text in its currency, or
// counts where it has none.
type ProofLine struct {
	Check       string      `json:"check"`
	Title       string      `json:"title"`
	Currency    string      `json:"currency,omitempty"`
	Ledger      string      `json:"ledger,omitempty"`
	Stripe      string      `json:"stripe,omitempty"`
	Tieout      string      `json:"tieout,omitempty"`
	Difference  string      `json:"difference"`
	Explained   string      `json:"explained"`
	Unexplained string      `json:"unexplained"`
	Open        bool        `json:"open" doc:"It does not tie out, or could not be measured."`
	Measured    bool        `json:"measured"`
	MeasuredAt  time.Time   `json:"measured_at"`
	Why         string      `json:"why,omitempty"`
	Items       []ProofItem `json:"items" doc:"What explains the difference, then the documents that it comes from."`
}

// ProofItem is a part of a difference.
type ProofItem struct {
	Kind      string `json:"kind"`
	ID        string `json:"id,omitempty"`
	Amount    string `json:"amount"`
	Text      string `json:"text"`
	Action    string `json:"action,omitempty"`
	Explained bool   `json:"explains" doc:"It explains its part; else it is where the difference comes from, and excuses nothing."`
	URL       string `json:"url,omitempty"`
}

func proofOf(c *Call, q ProofQuery) (Proof, error) {
	b, err := c.book(q.Book)
	if err != nil {
		return Proof{}, err
	}
	id := q.ID
	if id == "latest" {
		id = ""
	}
	found, proven, err := c.Readers.Proofs.Proof(c.ctx(), c.tenant(), b.ID, id)
	if err != nil {
		return Proof{}, err
	}
	if !proven {
		return Proof{}, errNothing.with("This book was not proven yet.")
	}
	out := Proof{ID: found.ID, At: found.At, Signed: found.Signed, Agrees: true, Lines: each(found.Lines, proofLine)}
	for _, l := range found.Lines {
		out.Agrees = out.Agrees && !l.Open()
	}
	return out, nil
}

func proofLine(l web.ProofLine) ProofLine {
	cell := func(minor *int64) string {
		if minor == nil {
			return ""
		}
		return l.Text(*minor)
	}
	out := ProofLine{
		Check: string(l.Check), Title: l.Title, Currency: string(l.Currency), Ledger: cell(l.Ledger), Stripe: cell(l.Stripe), Tieout: cell(l.Tieout),
		Difference: l.Text(l.Difference), Explained: l.Text(l.ExplainedSum()), Unexplained: l.Text(l.Unexplained), Open: l.Open(), Measured: l.Measured,
		MeasuredAt: l.MeasuredAt, Why: l.Why,
	}
	out.Items = each(l.Explained, func(i proof.Item) ProofItem {
		return ProofItem{Kind: i.Kind, ID: i.ID, Amount: l.Text(i.Amount), Text: i.Text, Action: i.Action, Explained: !i.Overdue}
	})
	for _, x := range l.Causes {
		out.Items = append(out.Items, ProofItem{Kind: string(x.Ref.Kind), ID: x.Ref.ID, Amount: l.Text(x.Amount), Text: x.Text, Action: x.Action, URL: x.URL})
	}
	return out
}
