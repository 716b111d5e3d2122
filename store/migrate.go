package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"tieout/migrations"
)

// Errors of Check.
var (
	// ErrNewer is a database that a newer program has migrated.
	ErrNewer = errors.New("the database was migrated by a newer version of tieout; this one would misread it")
	// ErrOlder is a database that lacks migrations of this program.
	ErrOlder = errors.New("the database needs `tieout migrate`")
)

// Migrate brings the schema up to the program's version and says how many
// steps that took. Several processes may call it at once on PostgreSQL: one
// migrates, the others wait.
func (s *Store) Migrate(ctx context.Context) (int, error) {
	p, err := s.provider()
	if err != nil {
		return 0, err
	}
	if err := s.check(ctx, p, true); err != nil {
		return 0, err
	}
	steps, err := p.Up(ctx)
	if err != nil {
		return len(steps), fmt.Errorf("store: migrate: %w", err)
	}
	return len(steps), nil
}

// MigrateTo moves the schema up or down to a version; 0 removes everything.
// Going down loses what the removed tables hold.
func (s *Store) MigrateTo(ctx context.Context, version int64) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	current, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("store: schema version: %w", err)
	}
	if version < current {
		_, err = p.DownTo(ctx, version)
	} else {
		_, err = p.UpTo(ctx, version)
	}
	if err != nil {
		return fmt.Errorf("store: migrate to %d: %w", version, err)
	}
	return nil
}

// Check refuses a database whose schema is newer or older than the program's.
func (s *Store) Check(ctx context.Context) error {
	p, err := s.provider()
	if err != nil {
		return err
	}
	return s.check(ctx, p, false)
}

// Versions are the schema's version and the newest that the program has.
func (s *Store) Versions(ctx context.Context) (current, newest int64, err error) {
	p, err := s.provider()
	if err != nil {
		return 0, 0, err
	}
	if current, newest, err = p.GetVersions(ctx); err != nil {
		return 0, 0, fmt.Errorf("store: schema version: %w", err)
	}
	return current, newest, nil
}

func (s *Store) check(ctx context.Context, p *goose.Provider, migrating bool) error {
	current, newest, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("store: schema version: %w", classify(ctx, err))
	}
	switch {
	case current > newest:
		return fmt.Errorf("store: schema %d, program %d: %w", current, newest, ErrNewer)
	case current < newest && !migrating:
		return fmt.Errorf("store: schema %d, program %d: %w", current, newest, ErrOlder)
	}
	return nil
}

// provider is goose on our files. Its lock is asked for every second, for two
// minutes: its own default is five seconds.
func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations.Files, s.dialect.name)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	var options []goose.ProviderOption
	if s.dialect.goose == goose.DialectPostgres {
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120))
		if err != nil {
			return nil, fmt.Errorf("store: migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(s.dialect.goose, s.writer.db.DB, files, options...)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}
