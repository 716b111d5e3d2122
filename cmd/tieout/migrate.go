package main

import (
	"context"
	"fmt"

	"tieout/store"
	"tieout/sync/dispatch/river"
)

type migrateCommand struct {
	To       *int64 `placeholder:"VERSION" help:"Move to this version, up or down; 0 removes every table. Default: the newest."`
	Dispatch string `enum:"local,river" default:"local" env:"TIEOUT_DISPATCH" help:"With river, its own tables are brought up to date too."`
	Confirm  bool   `help:"Confirm a move down: what the removed tables hold is lost."`
}

// Run moves the database's tables to a version.
func (m *migrateCommand) Run(ctx context.Context, g *Global, c console) error {
	database, err := g.database()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, database, store.Options{})
	if err != nil {
		return databaseProblem(database, err)
	}
	defer func() { _ = s.Close() }()
	if m.To != nil {
		err = m.move(ctx, s)
	} else {
		_, err = s.Migrate(ctx)
	}
	if err == nil && m.Dispatch == "river" && m.To == nil && isPostgres(database) {
		err = river.Migrate(ctx, database)
	}
	if err != nil {
		return databaseProblem(database, err)
	}
	current, newest, err := s.Versions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	c.say("The database is at version %d of %d.", current, newest)
	return nil
}

// move goes to the version asked for. Going down removes tables with what they
// hold, so that a person has to confirm it.
func (m *migrateCommand) move(ctx context.Context, s *store.Store) error {
	current, newest, err := s.Versions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if *m.To < 0 || *m.To > newest {
		return usagef("--to %d: this program knows the versions 0 to %d", *m.To, newest)
	}
	if *m.To < current && !m.Confirm {
		return usagef("--to %d: going down from version %d loses what the removed tables hold; add --confirm to do it", *m.To, current)
	}
	return s.MigrateTo(ctx, *m.To)
}
