package app

import (
	"context"
	"errors"
	"time"

	"tieout/store"
	"tieout/web"
)

// proofReader reads stored proofs for pages.
type proofReader struct{ app *App }

// Books are the organisation's books.
func (p proofReader) Books(ctx context.Context, tenant string) ([]web.BookName, error) {
	all, err := p.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	out := make([]web.BookName, len(all))
	for i, b := range all {
		out[i] = web.BookName{ID: b.ID, Name: b.Name}
	}
	return out, nil
}

// Proof is one proof of a book, or its newest one.
func (p proofReader) Proof(ctx context.Context, tenant, book, id string) (web.Proof, bool, error) {
	found, ok, err := p.app.Store.LatestProof(ctx, tenant, book)
	if id != "" {
		found, err = p.app.Store.Proof(ctx, tenant, id)
		ok = err == nil
		if errors.Is(err, store.ErrNotFound) || ok && found.Book != book {
			return web.Proof{}, false, web.ErrNotFound
		}
	}
	if err != nil || !ok {
		return web.Proof{}, false, err
	}
	out := web.Proof{ID: found.ID, At: found.At, Signed: len(found.Signature) > 0}
	for _, l := range found.Lines {
		out.Lines = append(out.Lines, web.NewProofLine(l))
	}
	return out, true, nil
}

// Past are earlier proofs of a book.
func (p proofReader) Past(ctx context.Context, tenant, book string, before time.Time, limit int) ([]web.PastProof, error) {
	list, err := p.app.Store.PastProofs(ctx, tenant, book, before, limit)
	out := make([]web.PastProof, len(list))
	for i, x := range list {
		out[i] = web.PastProof{ID: x.ID, At: x.At, Open: x.Open}
	}
	return out, err
}
