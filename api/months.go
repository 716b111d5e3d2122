package api

import (
	"fmt"
	"net/http"
	"time"

	"tieout/people"
	"tieout/sync/monthend"
	"tieout/web"
)

// paperRoutes are those of the papers of a month, of proofs side by side, and of
// files.
func paperRoutes() []Route {
	const tag = "Papers"
	return []Route{
		as(Route{Method: get, Path: "/books/{book}/proofs/compare", Need: people.See, Tag: tag, Name: "compareProofs", Pages: []string{"GET /proof/{book}/compare"}, Summary: "What is otherwise in one proof than in an earlier one"}, compareProofs),
		as(Route{Method: get, Path: "/books/{book}/month", Need: people.See, Tag: tag, Name: "month", Pages: []string{"GET /proof/{book}/month"}, Summary: "The papers of a month, by currency"}, month),
		as(Route{Method: post, Path: "/books/{book}/month/sign", Need: people.Decide, Tag: tag, Name: "signMonth", Pages: []string{"POST /proof/{book}/month"}, Summary: "Sign what was shown under a digest"}, signMonth),
		file(Route{Method: get, Path: "/books/{book}/month/file", Need: people.Export, Tag: tag, Name: "monthFile", Pages: []string{"GET /proof/{book}/month/{form}"}, Summary: "A month's papers in one currency as a file"}, monthFile, "application/pdf", "text/csv"),
		file(Route{Method: get, Path: "/invoices/export", Need: people.Export, Tag: tag, Name: "exportInvoices", Pages: []string{"GET /receivables.csv", "GET /receivables.xlsx"}, Summary: "All invoices of a filter as a file", Doc: "Limit and cursor are of no effect."}, exportInvoices, "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/json"),
	}
}

// MonthQuery names a month of a book.
type MonthQuery struct {
	BookQuery
	Month string `query:"month,required" doc:"2026-10."`
}

// Month are the papers of a month.
type Month struct {
	Month    string    `json:"month"`
	Digest   string    `json:"digest" doc:"Names the figures: give it to sign them."`
	FourEyes bool      `json:"four_eyes" doc:"Whoever has prepared it does not review it."`
	Packs    []Pack    `json:"packs"`
	Signed   []SignOff `json:"signatures"`
}

// Pack are the papers in one currency.
type Pack struct {
	Currency string    `json:"currency"`
	Proven   bool      `json:"proven"`
	Sections []Section `json:"sections"`
}

// Section is a table of the papers.
type Section struct {
	Title string     `json:"title"`
	Note  string     `json:"note,omitempty"`
	Head  []string   `json:"head"`
	Rows  [][]string `json:"rows"`
}

// SignOff is a name under a month.
type SignOff struct {
	Role    string    `json:"role"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Current bool      `json:"current" doc:"The figures are still those that were signed."`
}

// shownMonth reads a month's papers.
func (c *Call) shownMonth(book, text string) (monthend.Month, web.Month, error) {
	b, err := c.book(book)
	if err != nil {
		return "", web.Month{}, err
	}
	m, err := monthend.ParseMonth(text)
	if err != nil {
		return m, web.Month{}, wrong("month", "This is not a month, such as 2026-10.")
	}
	shown, err := c.Readers.Months.Month(c.ctx(), c.tenant(), b.ID, m)
	return m, shown, err
}

func month(c *Call, q MonthQuery) (Month, error) {
	m, shown, err := c.shownMonth(q.Book, q.Month)
	if err != nil {
		return Month{}, err
	}
	out := Month{Month: string(m), Digest: shown.Digest, FourEyes: shown.FourEyes, Packs: []Pack{}, Signed: []SignOff{}}
	for _, p := range shown.Packs {
		sections, err := p.Sections()
		if err != nil {
			return Month{}, err
		}
		out.Packs = append(out.Packs, Pack{Currency: string(p.Currency), Proven: p.Proven, Sections: each(sections, func(s monthend.Section) Section {
			return Section{Title: s.Title, Note: s.Note, Head: each(s.Head, same), Rows: each(s.Rows, func(row []string) []string { return each(row, same) })}
		})})
	}
	if len(shown.Packs) > 0 {
		out.Signed = each(shown.Packs[0].SignOffs, func(s monthend.SignOff) SignOff {
			return SignOff{Role: s.Role, By: s.By, At: s.At, Current: s.Pack == shown.Digest}
		})
	}
	return out, nil
}

// MonthSigned is a name under what was shown.
type MonthSigned struct {
	BookQuery
	Month  string `json:"month" doc:"2026-10."`
	Role   string `json:"role" enum:"prepared,reviewed"`
	Digest string `json:"digest" doc:"Of what was shown."`
}

func signMonth(c *Call, in MonthSigned) (Done, error) {
	b, err := c.book(in.Book)
	if err != nil {
		return Done{}, err
	}
	m, err := monthend.ParseMonth(in.Month)
	if err != nil {
		return Done{}, wrong("month", "This is not a month, such as 2026-10.")
	}
	err = c.Readers.Months.SignMonth(c.ctx(), c.tenant(), b.ID, m, in.Role, in.Digest, c.by())
	return Done{Done: err == nil}, err
}

// MonthFile names a file of a month's papers.
type MonthFile struct {
	MonthQuery
	Currency string `query:"currency,required" doc:"ISO 4217."`
	Form     string `query:"form,required" enum:"pdf,csv"`
}

func monthFile(c *Call, q MonthFile) error {
	m, shown, err := c.shownMonth(q.Book, q.Month)
	if err != nil {
		return err
	}
	for _, p := range shown.Packs {
		if string(p.Currency) != q.Currency {
			continue
		}
		kind, write := "application/pdf", p.PDF
		if q.Form == "csv" {
			kind, write = "text/csv; charset=utf-8", p.CSV
		}
		c.attach(kind, fmt.Sprintf("month-%s-%s.%s", m, p.Currency, q.Form))
		return c.begun(write(c.w))
	}
	return errNothing
}

// attach has a program keep what follows as a file.
func (c *Call) attach(kind, name string) {
	c.w.Header().Set("Content-Type", kind)
	c.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", name))
}

// begun ends a file: half of one must not look like the whole, so that the
// connection is cut where it has failed.
func (c *Call) begun(err error) error {
	if err != nil {
		c.Log("file", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// ExportQuery asks for invoices as a file.
type ExportQuery struct {
	InvoiceQuery
	Form string `query:"form,required" enum:"csv,xlsx,json"`
}

func exportInvoices(c *Call, q ExportQuery) error {
	f, err := c.filter(q.InvoiceQuery)
	if err != nil {
		return err
	}
	f.After, f.Limit = nil, 0
	c.w.Header().Set("Content-Disposition", fmt.Sprintf("attachment; filename=\"receivables.%s\"", q.Form))
	begun, err := web.Export{Reader: c.Readers.Receivables, Tenant: c.tenant(), Filter: f}.Send(c.ctx(), c.w, web.Format(q.Form))
	if err != nil && begun {
		return c.begun(err)
	}
	return err
}

// CompareQuery names two proofs.
type CompareQuery struct {
	BookQuery
	From string `query:"from,required" doc:"The earlier proof's id."`
	To   string `query:"to,required" doc:"The later one's."`
}

// Compared are two proofs side by side.
type Compared struct {
	Lines []ComparedLine `json:"lines" doc:"Those about which something is otherwise."`
	Same  int            `json:"same" doc:"How many lines are as they were."`
}

// ComparedLine is a comparison that stands otherwise.
type ComparedLine struct {
	Title    string         `json:"title"`
	Currency string         `json:"currency,omitempty"`
	Then     *ProofLine     `json:"then,omitempty"`
	Now      *ProofLine     `json:"now,omitempty"`
	Came     []ComparedItem `json:"came"`
	Went     []ComparedItem `json:"went"`
}

// ComparedItem is something that explains or causes a difference.
type ComparedItem struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Amount string `json:"amount"`
}

func compareProofs(c *Call, q CompareQuery) (Compared, error) {
	out := Compared{Lines: []ComparedLine{}}
	b, err := c.book(q.Book)
	if err != nil {
		return out, err
	}
	var both [2]web.Proof
	for i, id := range []string{q.From, q.To} {
		found, proven, err := c.Readers.Proofs.Proof(c.ctx(), c.tenant(), b.ID, id)
		if err != nil {
			return out, err
		}
		if !proven {
			return out, errNothing
		}
		both[i] = found
	}
	line := func(l *web.ProofLine) *ProofLine {
		if l == nil {
			return nil
		}
		shown := proofLine(*l)
		return &shown
	}
	for _, l := range web.CompareProofs(both[0].Lines, both[1].Lines) {
		if l.Same() {
			out.Same++
			continue
		}
		item := func(i web.ComparedItem) ComparedItem {
			return ComparedItem{ID: i.Kind + " " + i.ID, Text: i.Text, Amount: i.Amount}
		}
		out.Lines = append(out.Lines, ComparedLine{Title: l.Title, Currency: l.Currency, Then: line(l.Then), Now: line(l.Now), Came: each(l.Came, item), Went: each(l.Went, item)})
	}
	return out, nil
}
