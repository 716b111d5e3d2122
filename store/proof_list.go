package store

import (
	"context"
	"fmt"
	"time"
)

// PastProof is a stored proof in a line.
type PastProof struct {
	ID string
	At time.Time
	// Open counts the lines that did not tie out.
	Open int
}

// PastProofs are the proofs of a book that were made before a time, the newest
// first.
func (s *Store) PastProofs(ctx context.Context, tenant, book string, before time.Time, limit int) ([]PastProof, error) {
	var rows []struct {
		ID   string
		At   instant `db:"proven_at"`
		Open int
	}
	err := s.reader.all(ctx, &rows, `
		select p.id, p.proven_at, (select count(*) from proof_line l where l.tenant = p.tenant and l.proof = p.id and (l.unexplained <> 0 or not l.measured)) as open
		from proof p where p.tenant = $1 and p.book = $2 and p.proven_at < $3 order by p.proven_at desc, p.id desc limit $4`, tenant, book, before, limit)
	if err != nil {
		return nil, fmt.Errorf("store: past proofs: %w", err)
	}
	out := make([]PastProof, len(rows))
	for i, r := range rows {
		out[i] = PastProof{ID: r.ID, At: r.At.time(), Open: r.Open}
	}
	return out, nil
}
