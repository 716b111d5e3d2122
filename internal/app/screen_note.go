package app

import (
	"context"

	"tieout/receivables"
	"tieout/store"
	"tieout/web"
)

// AddNote keeps a note about an invoice or customer that its author may see.
func (r recordReader) AddNote(ctx context.Context, tenant, own, connection string, about receivables.Ref, n web.Note) error {
	var err error
	if about.Kind == receivables.KindInvoice {
		_, err = r.Invoice(ctx, tenant, own, connection, about.ID)
	} else {
		_, err = r.Customer(ctx, tenant, own, connection, about.ID)
	}
	if err != nil {
		return err
	}
	return r.app.Store.AddNote(ctx, tenant, store.Note{
		ID: r.app.ids.next(), Connection: connection, About: about, Person: n.Person, Author: n.Author, Text: n.Text, At: r.app.config.Clock.Now(),
	})
}

// notes are those about an invoice or customer.
func (r recordReader) notes(ctx context.Context, tenant, connection string, about receivables.Ref) ([]web.Note, error) {
	list, err := r.app.Store.NotesAbout(ctx, tenant, connection, about, maxRecords)
	out := make([]web.Note, len(list))
	for i, n := range list {
		out[i] = web.Note{At: n.At, Person: n.Person, Author: n.Author, Text: n.Text}
	}
	return out, err
}
