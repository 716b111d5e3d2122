package store

import (
	"context"
	"fmt"

	"tieout/listing"
)

type viewRow struct {
	ID, Person, Name, Query string
	Shared                  bool
	ChangedAt               instant `db:"changed_at"`
}

func (r viewRow) view() listing.View {
	return listing.View{ID: r.ID, Name: r.Name, Person: r.Person, Shared: r.Shared, Query: r.Query, ChangedAt: r.ChangedAt.time()}
}

const viewColumns = `id, person, shared, name, query, changed_at`

// Views are those that a person sees, by name.
func (s *Store) Views(ctx context.Context, tenant, person string) ([]listing.View, error) {
	var rows []viewRow
	err := s.reader.all(ctx, &rows, `select `+viewColumns+` from saved_view where tenant = $1 and (shared or person = $2) order by name, id`, tenant, person)
	if err != nil {
		return nil, fmt.Errorf("store: saved views: %w", err)
	}
	list := make([]listing.View, len(rows))
	for i, r := range rows {
		list[i] = r.view()
	}
	return list, nil
}

// View gives one, whoever's it is.
func (s *Store) View(ctx context.Context, tenant, id string) (listing.View, error) {
	var row viewRow
	err := s.reader.one(ctx, &row, `select `+viewColumns+` from saved_view where tenant = $1 and id = $2`, tenant, id)
	if err != nil {
		return listing.View{}, fmt.Errorf("store: saved view: %w", err)
	}
	return row.view(), nil
}

// SaveView stores a view in place of what was there under its id.
func (s *Store) SaveView(ctx context.Context, tenant string, v listing.View) error {
	_, err := s.writer.run(ctx, `insert into saved_view (tenant, `+viewColumns+`) values ($1, $2, $3, $4, $5, $6, $7)
		on conflict (tenant, id) do update set shared = excluded.shared, name = excluded.name, query = excluded.query, changed_at = excluded.changed_at`,
		tenant, v.ID, v.Person, v.Shared, v.Name, v.Query, v.ChangedAt)
	if err != nil {
		return fmt.Errorf("store: save view: %w", err)
	}
	return nil
}

// DeleteView removes a view and ends its feeds.
func (s *Store) DeleteView(ctx context.Context, tenant, id string) error {
	err := s.inTx(ctx, func(t runner) error {
		n, err := t.run(ctx, `delete from saved_view where tenant = $1 and id = $2`, tenant, id)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		if err == nil {
			_, err = t.run(ctx, `delete from api_key where tenant = $1 and view_id = $2`, tenant, id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("store: delete view: %w", err)
	}
	return nil
}
