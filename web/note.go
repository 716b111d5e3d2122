package web

import (
	"context"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"tieout/receivables"
)

// NoteKeeper keeps what people write about invoices and customers; nothing of
// it is ever changed. own limits it as it limits what is seen: what lies outside
// is ErrNotFound.
type NoteKeeper interface {
	AddNote(ctx context.Context, tenant, own, connection string, about receivables.Ref, n Note) error
}

// Note is what a person has written. Person is the author's id.
type Note struct {
	At             time.Time
	Person, Author string
	Text           string
}

// maxNote is how many characters a note has at most.
const maxNote = 2000

// NoteText is a note as it is kept; false where it has no words or too many.
func NoteText(text string) (string, bool) {
	text = strings.ToValidUTF8(strings.TrimSpace(text), "\uFFFD")
	return text, text != "" && utf8.RuneCountInString(text) <= maxNote
}

// NoteForm is the place for another note about what a page shows.
type NoteForm struct {
	About      receivables.Ref
	Connection string
}

// Max is how many characters the form takes.
func (NoteForm) Max() int { return maxNote }

// NoteForm is the invoice's.
func (i Invoice) NoteForm() NoteForm {
	return NoteForm{receivables.Ref{Kind: receivables.KindInvoice, ID: i.ID}, i.Connection}
}

// NoteForm is the customer's.
func (c Customer) NoteForm() NoteForm {
	return NoteForm{receivables.Ref{Kind: receivables.KindCustomer, ID: c.ID}, c.Connection}
}

// addNote adds a note and shows what it is about again.
func (s *Site) addNote(v *Visit) error {
	about := receivables.Ref{Kind: receivables.Kind(v.r.PostFormValue("kind")), ID: v.r.PostFormValue("id")}
	connection := v.r.PostFormValue("connection")
	pages := map[receivables.Kind]string{receivables.KindInvoice: "/invoices/", receivables.KindCustomer: "/customers/"}
	back := pages[about.Kind] + url.PathEscape(connection) + "/" + url.PathEscape(about.ID) + "#notes"
	text, ok := NoteText(v.r.PostFormValue("text"))
	switch {
	case pages[about.Kind] == "":
		return ErrNotFound
	case text == "":
		return v.done(back, "A note without words was not kept.")
	case !ok:
		return v.done(back, "The note was not kept: it is longer than 2,000 characters.")
	}
	n := Note{Person: v.Person.ID, Author: v.Person.Name, Text: text}
	if err := s.Readers.Notes.AddNote(v.ctx(), v.tenant(), v.own(), connection, about, n); err != nil {
		return err
	}
	return v.done(back, "The note is kept.")
}
