package main

import (
	"context"
	"fmt"

	"tieout/store"
)

type migrateCommand struct {
	To *int64 `placeholder:"VERSION" help:"Move to this version, up or down; 0 removes every table. Default: the newest."`
}

// Run moves the database's tables to a version.
func (m *migrateCommand) Run(ctx context.Context, g *Global, c console) error {
	database, err := g.database()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, database, store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if m.To != nil {
		err = s.MigrateTo(ctx, *m.To)
	} else {
		_, err = s.Migrate(ctx)
	}
	if err != nil {
		return err
	}
	current, newest, err := s.Versions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	c.say("The database is at version %d of %d.", current, newest)
	return nil
}
