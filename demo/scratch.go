package demo

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	_ "github.com/lib/pq" // the PostgreSQL driver
)

// scratch makes a place for the demo's data that belongs to nobody else: a
// SQLite file in a temporary folder, or a schema of its own in the given
// PostgreSQL database. clean removes it again.
func scratch(ctx context.Context, database string, random io.Reader) (address string, clean func(), err error) {
	if database == "" {
		folder, err := os.MkdirTemp("", "tieout-demo-")
		if err != nil {
			return "", nil, fmt.Errorf("demo: temporary folder: %w", err)
		}
		return filepath.Join(folder, "tieout.db"), func() { _ = os.RemoveAll(folder) }, nil
	}
	at, err := url.Parse(database)
	if err != nil || at.Scheme != "postgres" && at.Scheme != "postgresql" {
		return "", nil, fmt.Errorf("demo: --db takes a postgres:// address")
	}
	var name [6]byte
	if _, err := io.ReadFull(random, name[:]); err != nil {
		return "", nil, fmt.Errorf("demo: name of the schema: %w", err)
	}
	schema := "tieout_demo_" + hex.EncodeToString(name[:])
	if err := inDatabase(ctx, database, "create schema "+schema); err != nil {
		return "", nil, fmt.Errorf("demo: make the schema %s: %w", schema, err)
	}
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	return at.String(), func() { _ = inDatabase(context.WithoutCancel(ctx), database, "drop schema "+schema+" cascade") }, nil
}

func inDatabase(ctx context.Context, database, statement string) error {
	db, err := sql.Open("postgres", database)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(ctx, statement)
	return err
}
