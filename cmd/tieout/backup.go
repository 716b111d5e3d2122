package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tieout/internal/secret"
	"tieout/store"
)

type backupCommand struct {
	File  string `arg:"" help:"File to write. It holds customers' data; credentials in it stay sealed."`
	Force bool   `help:"Replace the file if it is there."`
}

// Run writes the whole database into one file, while others go on working.
func (b *backupCommand) Run(ctx context.Context, g *Global, c console) error {
	if _, err := os.Lstat(b.File); err == nil && !b.Force {
		return fmt.Errorf("backup: %s is there already: choose another name, or --force", b.File)
	}
	s, database, err := g.bare(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	tail, err := c.written(ctx, s, b.File)
	if err != nil {
		return fmt.Errorf("backup of %s: %w", databaseName(database), err)
	}
	rows := 0
	for _, n := range tail.Rows {
		rows += n
	}
	c.say("%s holds %d rows of %d tables, digest %s", b.File, rows, len(tail.Rows), tail.SHA256)
	if len(tail.Keys) > 0 {
		c.say("Its credentials are sealed with the key %s: keep a copy of the key apart from it, or every connection has to be connected again after a restore.",
			strings.Join(tail.Keys, ", "))
	}
	return nil
}

// written writes a backup beside its place and moves it there when it is whole
// and on the disk: a file of this name is never half a backup.
func (c console) written(ctx context.Context, s *store.Store, path string) (store.BackupTail, error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".backup-*") // CreateTemp uses mode 0600
	if err != nil {
		return store.BackupTail{}, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when it was moved
	tail, err := s.Backup(ctx, file, c.clock.Now().Truncate(time.Second))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return tail, err
	}
	return tail, os.Rename(file.Name(), path)
}

// bare opens the database alone, its schema as it is. A file that is not there
// is not made for reading.
func (g *Global) bare(ctx context.Context, reading bool) (*store.Store, string, error) {
	database, err := g.database()
	if err != nil {
		return nil, "", err
	}
	if _, err := os.Stat(database); reading && !isPostgres(database) && errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("there is no database %s", database)
	}
	s, err := store.Open(ctx, database, store.Options{})
	if err != nil {
		return nil, "", databaseProblem(database, err)
	}
	return s, database, nil
}

type restoreCommand struct {
	File    string `arg:"" optional:"" help:"Backup to read."`
	LostKey bool   `help:"Restore although the key that its credentials are sealed with is not here: every connection then has to be connected again."`
	Mark    bool   `help:"Restore nothing: say that the database was brought back by other means, such as a copy of its file."`
}

// Run fills an empty database from a backup.
func (r *restoreCommand) Run(ctx context.Context, g *Global, c console) error {
	if r.Mark == (r.File != "") {
		return usagef("give the backup to restore, or --mark for a database that was brought back by other means")
	}
	if r.Mark {
		return r.mark(ctx, g, c)
	}
	file, err := os.Open(r.File)
	if err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	_, tail, err := store.CheckBackup(bufio.NewReader(file))
	if err != nil {
		return fmt.Errorf("restore: %s %w", r.File, err)
	}
	if err := r.keyed(g, tail.Keys); err != nil {
		return err
	}
	if _, err := file.Seek(0, 0); err != nil {
		return fmt.Errorf("restore: %w", err)
	}
	s, database, err := g.bare(ctx, false)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	head, tail, err := s.Restore(ctx, file, c.clock.Now())
	if err != nil {
		return fmt.Errorf("restore %s into %s: %w", r.File, databaseName(database), err)
	}
	rows := 0
	for _, n := range tail.Rows {
		rows += n
	}
	c.say("%d rows as of %s are in %s.", rows, head.MadeAt.Format(time.RFC3339), databaseName(database))
	c.say("Next: tieout sync: it reads what has changed since, and looks for every write at the vendor before it is made.")
	c.say("A consent that was renewed since the backup has to be given again: tieout status names it.")
	return nil
}

func (r *restoreCommand) mark(ctx context.Context, g *Global, c console) error {
	s, database, err := g.bare(ctx, true)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if _, err = s.Migrate(ctx); err == nil {
		err = s.MarkRestored(ctx, c.clock.Now())
	}
	if err != nil {
		return fmt.Errorf("restore --mark: %w", err)
	}
	c.say("%s is marked: until each book has come to rest once, every write is looked for at the vendor before it is made.", databaseName(database))
	return nil
}

// keyed refuses a backup whose credentials the key at hand does not open.
func (r *restoreCommand) keyed(g *Global, needed []string) error {
	if r.LostKey || len(needed) == 0 {
		return nil
	}
	database, err := g.database()
	if err != nil {
		return err
	}
	source := g.keySource(database)
	var have []string
	if _, err := os.Stat(source.Path()); source.Path() == "" || err == nil { // one that is not there must not be made
		keys, _, err := secret.LoadKeys(source, rand.Reader)
		if err != nil {
			return err
		}
		for _, key := range keys {
			have = append(have, key.ID())
		}
	}
	for _, id := range needed {
		if !slices.Contains(have, id) {
			return fmt.Errorf("restore: credentials in it are sealed with the key %s, which is not here (%s): give it with TIEOUT_KEY or --key-file, or restore with --lost-key and connect again",
				id, cmp.Or(strings.Join(have, ", "), "there is none"))
		}
	}
	return nil
}
