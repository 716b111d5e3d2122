package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/proof"
	"tieout/sync/sheet"
)

// ProofReader gives proofs as they were stored.
type ProofReader interface {
	// Books are the organisation's books, in the order in which they were made.
	Books(ctx context.Context, tenant string) ([]BookName, error)
	// Proof is a book's proof by its id, or the newest one for ""; ErrNotFound
	// for another book's, false where nothing was proven yet.
	Proof(ctx context.Context, tenant, book, id string) (Proof, bool, error)
	// Past are proofs of a book that came before a time, the newest first.
	Past(ctx context.Context, tenant, book string, before time.Time, limit int) ([]PastProof, error)
}

// BookName is a book as people name it.
type BookName struct{ ID, Name string }

// Proof is a stored measurement.
type Proof struct {
	ID    string
	At    time.Time
	Lines []ProofLine
	// Signed says that it carries a signature of this installation.
	Signed bool
}

// ProofLine is one comparison.
type ProofLine struct {
	proof.Line
	// Title says what is compared, Plain what that means.
	Title, Plain string
}

// Counts says that the line counts things instead of adding up money.
func (l ProofLine) Counts() bool { return l.Check.Counts() }

// Cell is a figure of the line; nil is none.
func (l ProofLine) Cell(minor *int64) string {
	if minor == nil {
		return "-"
	}
	return l.Text(*minor)
}

// Text is an amount of the line as decimal text.
func (l ProofLine) Text(minor int64) string {
	digits, ok := money.ISO(l.Currency)
	if l.Counts() || !ok {
		digits = 0
	}
	return money.Text(minor, digits)
}

// ExplainedSum is what named items account for.
func (l ProofLine) ExplainedSum() int64 { return l.Difference - l.Unexplained }

// PastProof is an earlier proof in a line.
type PastProof struct {
	ID   string
	At   time.Time
	Open int
}

type proofPage struct {
	view
	Books []BookName
	Book  BookName
	Proof Proof
	// Proven is false before the first proof, Latest true for the newest one.
	Proven, Latest bool
	Past           []PastProof
	// Earlier is where the list of past proofs goes on; "" at its end.
	Earlier string
}

// Open is how many lines do not tie out.
func (p proofPage) Open() int {
	n := 0
	for _, l := range p.Proof.Lines {
		if l.Open() {
			n++
		}
	}
	return n
}

// pastProofs is how many earlier proofs a page lists.
const pastProofs = 30

// proofs leads to the first book's proof.
func (s *Site) proofs(v *Visit) error {
	list, err := s.Readers.Proofs.Books(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.render(v, "proof", "Proof", proofPage{view: v.view()})
	}
	return v.redirect("/proof/" + list[0].ID)
}

// proofOf shows a book's proof, line by line, with what each difference is
// made of.
func (s *Site) proofOf(v *Visit) error {
	page, err := s.proofData(v)
	if err != nil {
		return err
	}
	before := page.now.Add(time.Second)
	if at, err := time.Parse(time.RFC3339Nano, v.r.URL.Query().Get("before")); err == nil {
		before = at
	}
	past, err := s.Readers.Proofs.Past(v.ctx(), v.tenant(), page.Book.ID, before, pastProofs+1)
	if err != nil {
		return err
	}
	if len(past) > pastProofs {
		past = past[:pastProofs]
		page.Earlier = past[pastProofs-1].At.UTC().Format(time.RFC3339Nano)
	}
	page.Past = past
	return s.render(v, "proof", "Proof", page)
}

func (s *Site) proofData(v *Visit) (proofPage, error) {
	page := proofPage{view: v.view()}
	list, err := s.Readers.Proofs.Books(v.ctx(), v.tenant())
	if err != nil {
		return page, err
	}
	for _, b := range list {
		if b.ID == v.r.PathValue("book") {
			page.Book = b
		}
	}
	if page.Book.ID == "" {
		return page, ErrNotFound
	}
	id := v.r.URL.Query().Get("id")
	page.Books, page.Latest = list, id == ""
	page.Proof, page.Proven, err = s.Readers.Proofs.Proof(v.ctx(), v.tenant(), page.Book.ID, id)
	return page, err
}

// proofCSV gives the lines, and below each what it is made of.
func (s *Site) proofCSV(v *Visit) error {
	page, err := s.proofData(v)
	if err != nil {
		return err
	}
	if !page.Proven {
		return ErrNotFound
	}
	rows := [][]string{{"proof", "measured_at", "check", "currency", "ledger", "stripe", "tieout", "difference", "explained", "unexplained", "measured", "kind", "id", "amount", "text", "action"}}
	for _, l := range page.Proof.Lines {
		head := []string{
			page.Proof.ID, l.MeasuredAt.UTC().Format(time.RFC3339), string(l.Check), string(l.Currency), csvCell(l.Cell(l.Ledger)), csvCell(l.Cell(l.Stripe)),
			csvCell(l.Cell(l.Tieout)), l.Text(l.Difference), l.Text(l.ExplainedSum()), l.Text(l.Unexplained), fmt.Sprint(l.Measured),
		}
		rows = append(rows, append(append([]string{}, head...), "line", "", "", l.Why, ""))
		for _, i := range l.Explained {
			rows = append(rows, append(append([]string{}, head...), i.Kind, i.ID, l.Text(i.Amount), i.Text, i.Action))
		}
		for _, c := range l.Causes {
			rows = append(rows, append(append([]string{}, head...), string(c.Ref.Kind), c.Ref.ID, l.Text(c.Amount), c.Text, c.Action))
		}
	}
	v.attach("text/csv; charset=utf-8", "proof-"+string(receivables.DateIn(page.Proof.At, page.zone))+".csv")
	return sheet.Write(v.w, rows)
}

func csvCell(figure string) string {
	if figure == "-" {
		return ""
	}
	return figure
}

// attach has the browser keep what follows as a file.
func (v *Visit) attach(kind, name string) {
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
	v.w.WriteHeader(http.StatusOK)
}

// NewProofLine adds the words for people to a line.
func NewProofLine(l proof.Line) ProofLine {
	out := ProofLine{Line: l}
	out.Title, out.Plain = l.Check.Words()
	return out
}
