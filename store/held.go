package store

import (
	"context"
	"fmt"

	"tieout/receivables"
)

// HeldIDs gives the ids of a connection's objects of a kind that are not
// deleted: those that begin with prefix and come after the id after, in one
// fixed order, at most limit of them.
func (s *Store) HeldIDs(ctx context.Context, tenant, connection string, kind receivables.Kind, prefix, after string, limit int) ([]string, error) {
	p, known := projectionOf(kind)
	if !known {
		return nil, unknownKind(receivables.Ref{Kind: kind})
	}
	var ids []string
	err := s.reader.all(ctx, &ids, `select id from `+p.table.name+`
		where tenant = $1 and connection = $2 and substr(id, 1, length(cast($3 as text))) = $3 and id > $4 and not deleted order by id limit $5`,
		tenant, connection, prefix, after, limit)
	if err != nil {
		return nil, fmt.Errorf("store: %s objects held: %w", kind, err)
	}
	return ids, nil
}
