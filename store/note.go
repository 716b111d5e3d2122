package store

import (
	"context"
	"fmt"
	"time"

	"tieout/receivables"
)

// Note is what a person has written about an invoice or customer of a ledger.
// It is never changed.
type Note struct {
	ID         string
	Connection string
	About      receivables.Ref
	// Person is the author's id, Author the name at that time.
	Person, Author string
	Text           string
	At             time.Time
}

// AddNote adds one.
func (s *Store) AddNote(ctx context.Context, tenant string, n Note) error {
	_, err := s.writer.run(ctx, `insert into note (tenant, id, connection, kind, subject, person, author, text, at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tenant, n.ID, n.Connection, string(n.About.Kind), n.About.ID, n.Person, n.Author, n.Text, n.At)
	if err != nil {
		return fmt.Errorf("store: add a note: %w", err)
	}
	return nil
}

// NotesAbout gives the newest notes about an invoice or customer, the newest
// first.
func (s *Store) NotesAbout(ctx context.Context, tenant, connection string, about receivables.Ref, limit int) ([]Note, error) {
	var out []Note
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		n := Note{Connection: connection, About: about}
		var at instant
		err := scan(&n.ID, &n.Person, &n.Author, &n.Text, &at)
		n.At = at.time()
		out = append(out, n)
		return err
	}, `select id, person, author, text, at from note where tenant = $1 and connection = $2 and kind = $3 and subject = $4
		order by at desc, id desc limit $5`, tenant, connection, string(about.Kind), about.ID, limit)
	if err != nil {
		return nil, fmt.Errorf("store: notes about %s %q: %w", about.Kind, about.ID, err)
	}
	return out, nil
}
