package store

import (
	"context"
	"fmt"

	"tieout/sync/journal"
)

// JournalPage gives lines of a book's journal, the newest first: those with a
// number below before (0 for the newest), of one kind ("" for every kind).
func (s *Store) JournalPage(ctx context.Context, tenant, book string, kind journal.Kind, before int64, limit int) ([]journal.Line, error) {
	var out []journal.Line
	err := s.reader.each(ctx, func(scan func(...any) error) error {
		var l journal.Line
		var packed []byte
		err := scan(&packed, &l.Hash)
		if err == nil {
			l.Bytes, err = unpack(packed)
		}
		out = append(out, l)
		return err
	}, `select entry, hash from journal where tenant = $1 and book = $2 and ($3 = '' or kind = $3) and ($4 = 0 or seq < $4) order by seq desc limit $5`,
		tenant, book, string(kind), before, limit)
	if err != nil {
		return nil, fmt.Errorf("store: page of the journal: %w", err)
	}
	return out, nil
}
