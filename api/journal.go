package api

import (
	"strconv"
	"time"

	"tieout/sync/journal"
	"tieout/sync/preview"
	"tieout/sync/undo"
	"tieout/web"
)

// JournalQuery asks for entries of a book's journal.
type JournalQuery struct {
	BookPages
	Kind string `query:"kind" enum:"write,removal,decision,undo,redo,settings,writes,created" doc:"Entries of one kind alone."`
}

// Entry is a line of the journal.
type Entry struct {
	Seq      int64     `json:"seq"`
	At       time.Time `json:"at"`
	Kind     string    `json:"kind"`
	Who      string    `json:"who,omitempty"`
	Why      string    `json:"why"`
	Evidence []string  `json:"evidence"`
	Op       string    `json:"operation,omitempty" doc:"The vendor's own name of the call."`
	Document string    `json:"document,omitempty" doc:"Kind and id, such as receipt/17: the id of an undo."`
	Fate     string    `json:"fate,omitempty" enum:"stands,back,gone" doc:"What has become of our document: it stands and can be taken back, was taken back, or was removed in the ledger."`
	By       int64     `json:"taken_back_by,omitempty" doc:"The entry that took it back."`
	Invoice  string    `json:"invoice,omitempty"`
	URL      string    `json:"url,omitempty"`
	Request  string    `json:"request,omitempty" doc:"What was sent, as it was sent."`
	Answer   string    `json:"answer,omitempty" doc:"What came back."`
	Hash     string    `json:"hash" doc:"Chains the entry to the one before it (SHA-256)."`
}

func journalOf(c *Call, q JournalQuery) (List[Entry], error) {
	out := List[Entry]{Items: []Entry{}}
	b, err := c.book(q.Book)
	if err != nil {
		return out, err
	}
	before := int64(0)
	if q.Cursor != "" {
		const decimal, bits = 10, 64
		if before, err = strconv.ParseInt(q.Cursor, decimal, bits); err != nil || before < 1 {
			return out, wrong("cursor", "This is not the next of a page.")
		}
	}
	list, err := c.Readers.Journal.Entries(c.ctx(), c.tenant(), b.ID, journal.Kind(q.Kind), before, q.limit()+1)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		out.Next = strconv.FormatInt(list[len(list)-1].Seq, 10)
	}
	out.Items = each(list, entry)
	return out, err
}

func entry(e web.Entry) Entry {
	out := Entry{
		Seq: e.Seq, At: e.At, Kind: string(e.Kind), Who: e.Who, Why: e.Why, Evidence: e.Evidence, Op: e.Op, Fate: string(e.Fate), By: e.By, Invoice: e.Invoice, URL: e.URL,
		Request: e.Request, Answer: e.Answer, Hash: e.Hash,
	}
	if out.Evidence == nil {
		out.Evidence = []string{}
	}
	if e.Document.ID != "" {
		out.Document = string(e.Document.Kind) + "/" + e.Document.ID
	}
	return out
}

// UndoQuery says what would be taken back.
type UndoQuery struct {
	Book  string `path:"book"`
	Scope string `query:"scope,required" enum:"document,match,batch,day,book" doc:"One document; what a payment was matched to; all of a payout; what was written on a day; the whole book."`
	ID    string `query:"id" doc:"receipt/17, a movement, a payout or a day; nothing for a book."`
}

// Plan is what an undo would do.
type Plan struct {
	Digest string     `json:"digest" doc:"Names exactly what is shown: give it to do it."`
	Lines  []PlanLine `json:"lines"`
	Kept   []string   `json:"kept" doc:"What stays as it is, and why."`
	Totals []string   `json:"totals"`
}

// PlanLine is one document of a plan.
type PlanLine struct {
	Action   string `json:"action" enum:"write,change,remove,stays"`
	Date     string `json:"date,omitempty"`
	Kind     string `json:"kind"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Customer string `json:"customer,omitempty"`
	Invoice  string `json:"invoice,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Why      string `json:"why"`
	Document string `json:"document,omitempty"`
	URL      string `json:"url,omitempty"`
}

func planLine(l preview.Line) PlanLine {
	return PlanLine{
		Action: string(l.Action), Date: string(l.Date), Kind: l.Kind, From: l.From, To: l.To, Customer: l.Customer, Invoice: l.Invoice, Amount: l.Amount,
		Currency: l.Currency, Why: l.Why, Document: l.Document, URL: l.URL,
	}
}

func same(text string) string { return text }

func previewUndo(c *Call, q UndoQuery) (Plan, error) {
	b, err := c.book(q.Book)
	if err != nil {
		return Plan{}, err
	}
	shown, err := c.Readers.Journal.PreviewUndo(c.ctx(), c.tenant(), b.ID, undo.Scope{Kind: undo.ScopeKind(q.Scope), ID: q.ID}, c.by())
	return Plan{Digest: shown.Digest, Lines: each(shown.Lines, planLine), Kept: each(shown.Kept, same), Totals: each(shown.Totals, same)}, err
}

// UndoRequest does what was shown.
type UndoRequest struct {
	Book   string `json:"-" path:"book"`
	Scope  string `json:"scope" enum:"document,match,batch,day,book"`
	ID     string `json:"id,omitempty"`
	Digest string `json:"digest" doc:"The digest of what was shown."`
}

// Undone is what an undo did.
type Undone struct {
	Written int        `json:"written"`
	Waiting int        `json:"waiting" doc:"Still on the way: the next sync makes them."`
	Left    []PlanLine `json:"left" doc:"What stays, and why."`
}

func applyUndo(c *Call, in UndoRequest) (Undone, error) {
	b, err := c.book(in.Book)
	if err != nil {
		return Undone{}, err
	}
	done, err := c.Readers.Journal.Undo(c.ctx(), c.tenant(), b.ID, undo.Scope{Kind: undo.ScopeKind(in.Scope), ID: in.ID}, c.by(), in.Digest)
	return Undone{Written: done.Written, Waiting: done.Waiting, Left: each(done.Left, planLine)}, err
}
