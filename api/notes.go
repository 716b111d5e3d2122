package api

import (
	"time"

	"tieout/receivables"
	"tieout/web"
)

// Note is what a person has written about an invoice or a customer.
type Note struct {
	At     time.Time `json:"at"`
	Author string    `json:"author"`
	Text   string    `json:"text"`
}

func noteOf(n web.Note) Note { return Note{At: n.At, Author: n.Author, Text: n.Text} }

// NewNote is a note to be kept.
type NewNote struct {
	RecordQuery
	Text string `json:"text" doc:"1 to 2,000 characters. Nothing of it is ever changed."`
}

func noteOnInvoice(c *Call, in NewNote) (Done, error) { return c.note(receivables.KindInvoice, in) }

func noteOnCustomer(c *Call, in NewNote) (Done, error) { return c.note(receivables.KindCustomer, in) }

// note adds a note to a record of a kind.
func (c *Call) note(kind receivables.Kind, in NewNote) (Done, error) {
	text, ok := web.NoteText(in.Text)
	if !ok {
		return Done{}, wrong("text", "A note has 1 to 2,000 characters.")
	}
	n := web.Note{Person: c.Person.ID, Author: c.Person.Name, Text: text}
	err := c.Readers.Notes.AddNote(c.ctx(), c.tenant(), c.own(), in.Connection, receivables.Ref{Kind: kind, ID: in.ID}, n)
	return Done{Done: err == nil}, err
}
