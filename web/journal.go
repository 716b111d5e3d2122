package web

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/monthend"
	"tieout/sync/preview"
	"tieout/sync/sheet"
	"tieout/sync/undo"
)

// JournalReader gives what was written, and takes it back.
type JournalReader interface {
	// Books are the organisation's books, in the order in which they were made.
	Books(ctx context.Context, tenant string) ([]BookName, error)
	// Entries are lines of a book's journal whose number is below before (0 for
	// the newest), the newest first; kind "" is every kind.
	Entries(ctx context.Context, tenant, book string, kind journal.Kind, before int64, limit int) ([]Entry, error)
	// Each gives all lines in their order, for a file.
	Each(ctx context.Context, tenant, book string, yield func(Entry) error) error
	// PreviewUndo shows what an undo would do; undo.ErrNothing where nothing of
	// ours stands.
	PreviewUndo(ctx context.Context, tenant, book string, scope undo.Scope, by string) (UndoShown, error)
	// Undo does what was shown under the digest; ErrOtherShown when that is not
	// what would be done now, ErrSecondPerson when somebody else has to agree first.
	Undo(ctx context.Context, tenant, book string, scope undo.Scope, by, digest string) (UndoDone, error)
}

// What keeps an undo from being done. The words are shown.
var (
	ErrOtherShown   = errors.New("something has changed since this was shown; please look at it again")
	ErrSecondPerson = errors.New("a second person has to approve this first; it has been put before them")
	ErrBusy         = errors.New("this book is being worked on at this moment; please try again when that has ended")
)

// Entry is a line of the journal, with names for people.
type Entry struct {
	Seq       int64
	At        time.Time
	Kind      journal.Kind
	Who, Why  string
	Evidence  []string
	Op        string
	Document  receivables.Ref
	Invoice   string
	URL, Hash string
	// Request and Answer are what was sent and what came back.
	Request, Answer string
	// Fate is what has become of the document of ours that the entry tells of;
	// "" where it tells of none, or nobody has looked. By is the entry that took it
	// back, 0 where none says so.
	Fate undo.Fate
	By   int64
}

// Back is the address at which the entry that took this one's document back
// stands first, whatever the list is of.
func (e Entry) Back() string {
	return "?before=" + strconv.FormatInt(e.By+1, 10) + "#entry-" + strconv.FormatInt(e.By, 10)
}

// UndoShown is what an undo would do.
type UndoShown struct {
	Lines  []preview.Line
	Kept   []string
	Totals []string
	Digest string
}

// UndoDone is what a confirmed undo did.
type UndoDone struct {
	Written, Waiting int
	Left             []preview.Line
}

type journalPage struct {
	view
	Books   []BookName
	Book    BookName
	Kind    journal.Kind
	Kinds   []journal.Kind
	Entries []Entry
	// Older is where the list goes on; 0 at its end.
	Older int64
}

// journalLines is how many entries a page shows.
const journalLines = 50

// journals leads to the first book's journal.
func (s *Site) journals(v *Visit) error {
	list, err := s.Readers.Journal.Books(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.render(v, "journal", "Journal", journalPage{view: v.view()})
	}
	return v.redirect("/journal/" + list[0].ID)
}

// bookOf is the book that the address names, of all.
func (s *Site) bookOf(v *Visit) (BookName, []BookName, error) {
	list, err := s.Readers.Journal.Books(v.ctx(), v.tenant())
	if err != nil {
		return BookName{}, nil, err
	}
	for _, b := range list {
		if b.ID == v.r.PathValue("book") {
			return b, list, nil
		}
	}
	return BookName{}, nil, ErrNotFound
}

// journalOf shows what was done in a book, the newest first.
func (s *Site) journalOf(v *Visit) error {
	page := journalPage{view: v.view(), Kinds: []journal.Kind{
		journal.KindWrite, journal.KindRemoval, journal.KindDecision, journal.KindUndo, journal.KindRedo, journal.KindSettings, journal.KindWrites, journal.KindCreated,
	}}
	var err error
	if page.Book, page.Books, err = s.bookOf(v); err != nil {
		return err
	}
	q := v.r.URL.Query()
	page.Kind = journal.Kind(q.Get("kind"))
	before, err := strconv.ParseInt(q.Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	page.Entries, err = s.Readers.Journal.Entries(v.ctx(), v.tenant(), page.Book.ID, page.Kind, before, journalLines+1)
	if err != nil {
		return err
	}
	if len(page.Entries) > journalLines {
		page.Entries = page.Entries[:journalLines]
		page.Older = page.Entries[journalLines-1].Seq
	}
	return s.render(v, "journal", "Journal", page)
}

// journalCSV gives the whole journal of a book as it is read.
func (s *Site) journalCSV(v *Visit) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	v.attach("text/csv; charset=utf-8", "journal.csv")
	rows := [][]string{{"seq", "at", "kind", "who", "why", "op", "document", "invoice", "url", "request", "answer", "hash"}}
	if err := sheet.Write(v.w, rows); err != nil {
		return err
	}
	err = s.Readers.Journal.Each(v.ctx(), v.tenant(), b.ID, func(e Entry) error {
		return sheet.Write(v.w, [][]string{{
			strconv.FormatInt(e.Seq, 10), e.At.UTC().Format(time.RFC3339), string(e.Kind), e.Who, e.Why, e.Op, documentText(e.Document), e.Invoice, e.URL, e.Request, e.Answer, e.Hash,
		}})
	})
	if err != nil {
		// The file has begun: cutting the connection tells its reader that it is
		// not whole.
		panic(http.ErrAbortHandler)
	}
	return nil
}

func documentText(ref receivables.Ref) string {
	if ref.ID == "" {
		return ""
	}
	return string(ref.Kind) + "/" + ref.ID
}

type undoPage struct {
	view
	Book  BookName
	Scope undo.Scope
	Shown UndoShown
	// Problem is why it was not done.
	Problem string
}

// undoShown shows what an undo would do; nothing is changed.
func (s *Site) undoShown(v *Visit) error { return s.showUndo(v, http.StatusOK, "") }

func (s *Site) showUndo(v *Visit, code int, problem string) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	page := undoPage{view: v.view(), Book: b, Scope: scopeOf(v), Problem: problem}
	page.Shown, err = s.Readers.Journal.PreviewUndo(v.ctx(), v.tenant(), b.ID, page.Scope, v.Person.Signature())
	if words, ok := reason(err); ok {
		page.Problem, code = words, http.StatusConflict
	} else if err != nil {
		return err
	}
	return s.show(v, code, "undo", "Undo", page)
}

// UndoAddress is the page that shows what an undo would do.
func UndoAddress(book string, scope undo.Scope) string {
	return "/journal/" + url.PathEscape(book) + "/undo?" + url.Values{"scope": {string(scope.Kind)}, "id": {scope.ID}}.Encode()
}

func scopeOf(v *Visit) undo.Scope {
	return undo.Scope{Kind: undo.ScopeKind(v.r.FormValue("scope")), ID: v.r.FormValue("id")}
}

// undoPost does what was shown, and nothing else.
func (s *Site) undoPost(v *Visit) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	scope := scopeOf(v)
	done, err := s.Readers.Journal.Undo(v.ctx(), v.tenant(), b.ID, scope, v.Person.Signature(), v.r.FormValue("digest"))
	if words, ok := reason(err); ok {
		return s.showUndo(v, http.StatusConflict, words)
	}
	if err != nil {
		return err
	}
	word := plural(done.Written, "write was made", "writes were made") + "."
	if done.Waiting > 0 {
		word += " " + plural(done.Waiting, "is", "are") + " still on the way; the next sync makes them."
	}
	if len(done.Left) > 0 {
		word += " " + plural(len(done.Left), "document stays", "documents stay") + ": " + done.Left[0].Why
	}
	return v.done("/journal/"+url.PathEscape(b.ID), word)
}

// reason is why something was not done, as a sentence; false for an error that
// is not for people to read.
func reason(err error) (string, bool) {
	for _, known := range []error{ErrOtherShown, ErrSecondPerson, ErrBusy, monthend.ErrSame, undo.ErrNothing, undo.ErrUnderWay, undo.ErrScope} {
		if errors.Is(err, known) {
			return sentence(known.Error()), true
		}
	}
	return "", false
}
