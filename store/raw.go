package store

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"io"

	"tieout/books"
	"tieout/receivables"
)

// maxRaw bounds a body that is read back, so that a damaged row cannot fill
// the memory.
const maxRaw = 64 << 20

// deflate compresses a body with a pooled writer.
func (s *Store) deflate(body []byte) ([]byte, error) {
	w, ok := s.deflaters.Get().(*flate.Writer)
	if !ok {
		return nil, fmt.Errorf("store: no compressor")
	}
	defer s.deflaters.Put(w)
	var out bytes.Buffer
	out.Grow(len(body)/2 + 64)
	w.Reset(&out)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("store: compress: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("store: compress: %w", err)
	}
	return out.Bytes(), nil
}

// inflate decompresses a body. The reader is one of flate's, used again for
// each body because it takes tens of kilobytes.
func inflate(r io.Reader, body []byte) ([]byte, error) {
	if again, ok := r.(flate.Resetter); ok {
		if err := again.Reset(bytes.NewReader(body), nil); err != nil {
			return nil, fmt.Errorf("store: decompress: %w", err)
		}
	}
	out, err := io.ReadAll(io.LimitReader(r, maxRaw))
	if err != nil {
		return nil, fmt.Errorf("store: decompress: %w", err)
	}
	return out, nil
}

// Raw gives the newest body of each of the ledger's objects, a rejected one
// included: it is how the object stands at the vendor.
func (s *Store) Raw(ctx context.Context, b books.Book, refs []receivables.Ref) (map[receivables.Ref][]byte, error) {
	const newest = `
		select r.external_id, r.body from raw r
		join (select external_id, max(seq) as seq from raw
			where tenant = $1 and connection = $2 and kind = $3 and external_id in list($4)
			group by external_id) n on n.external_id = r.external_id and n.seq = r.seq
		where r.tenant = $1 and r.connection = $2 and r.kind = $3 and r.external_id in list($4)`
	bodies := make(map[receivables.Ref][]byte, len(refs))
	reader := flate.NewReader(bytes.NewReader(nil))
	for kind, ids := range byKind(refs) {
		err := s.reader.each(ctx, func(scan func(...any) error) error {
			var id string
			var packed []byte
			if err := scan(&id, &packed); err != nil {
				return err
			}
			body, err := inflate(reader, packed)
			bodies[receivables.Ref{Kind: kind, ID: id}] = body
			return err
		}, newest, b.Tenant, b.Ledger, string(kind), ids)
		if err != nil {
			return nil, fmt.Errorf("store: raw bodies: %w", err)
		}
	}
	return bodies, nil
}

// byKind sorts ids by their kind.
func byKind(refs []receivables.Ref) map[receivables.Kind][]string {
	ids := map[receivables.Kind][]string{}
	for _, ref := range refs {
		ids[ref.Kind] = append(ids[ref.Kind], ref.ID)
	}
	return ids
}
