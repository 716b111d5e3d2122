package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/klauspost/compress/s2"

	"tieout/books"
	"tieout/receivables"
)

// maxRaw bounds a body that is read back, so that a damaged row cannot fill
// the memory.
const maxRaw = 64 << 20

// pack compresses a body. S2 is meant for speed rather than size: reading
// everything from a vendor is bound by the processor, and flate took 13 to 30 %
// of it.
func pack(body []byte) []byte { return s2.Encode(nil, body) }

// unpack gives the body back.
func unpack(packed []byte) ([]byte, error) {
	size, err := s2.DecodedLen(packed)
	if err != nil || size > maxRaw {
		return nil, fmt.Errorf("store: decompress: a body of %d bytes: %w", size, errors.Join(err, errTooLong))
	}
	body, err := s2.Decode(nil, packed)
	if err != nil {
		return nil, fmt.Errorf("store: decompress: %w", err)
	}
	return body, nil
}

// errTooLong is a body beyond maxRaw.
var errTooLong = errors.New("it is damaged or too long")

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
	for kind, ids := range byKind(refs) {
		err := s.reader.each(ctx, func(scan func(...any) error) error {
			var id string
			var packed []byte
			if err := scan(&id, &packed); err != nil {
				return err
			}
			body, err := unpack(packed)
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
