package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/pressly/goose/v3"

	// The drivers "postgres" and "sqlite".
	_ "github.com/lib/pq"
	_ "modernc.org/sqlite"
)

// dialect is all in which the two engines differ for our statements.
type dialect struct {
	name  string
	goose goose.Dialect
	// list and numbers replace "in list($1)" and "in numbers($1)": one of the
	// elements of a list of texts or of whole numbers. One parameter holds the
	// whole list, because SQLite's driver takes quadratic time for long lists
	// of numbered parameters: SQLite gets it as JSON. PostgreSQL gets an array,
	// whose length its planner sees; a subquery it may join in ways that read
	// whole tables, and one array made by another it compares element by element.
	list, numbers string
	// brackets and quote write such a list.
	brackets string
	quote    func(out []byte, text string) []byte
	// lock replaces "/*lock*/" at the end of a select: rows read for a change
	// stay as they are until the transaction ends. SQLite has one writer.
	lock string
	// skip replaces "/*skip*/": rows that somebody else changes are passed over.
	skip string
	// arrays says that many rows can be given as one array for each column.
	arrays bool
	// analyze says that the planner depends on statistics of fresh tables.
	analyze bool
}

func postgresDialect() dialect {
	return dialect{
		name:    "postgres",
		goose:   goose.DialectPostgres,
		list:    "= any (cast(${1} as text[]))",
		numbers: "= any (cast(${1} as bigint[]))",

		brackets: "{}",
		quote:    appendQuoted,
		lock:     "for update",
		skip:     "for update skip locked",
		arrays:   true,
		analyze:  true,
	}
}

func sqliteDialect() dialect {
	return dialect{
		name:    "sqlite",
		goose:   goose.DialectSQLite3,
		list:    "in (select value from json_each(${1}))",
		numbers: "in (select value from json_each(${1}))",

		brackets: "[]",
		quote:    appendJSON,
	}
}

// appendJSON writes a text as JSON.
func appendJSON(out []byte, text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		return append(out, `""`...) // texts always encode
	}
	return append(out, quoted...)
}

var (
	listPattern   = regexp.MustCompile(`\bin list\((\$\d+)\)`)
	numberPattern = regexp.MustCompile(`\bin numbers\((\$\d+)\)`)
)

// text gives a statement the engine's form. It runs for every statement, and
// few have a list: they are looked for before the patterns are.
func (d dialect) text(statement string) string {
	if strings.Contains(statement, "in list(") {
		statement = listPattern.ReplaceAllString(statement, d.list)
	}
	if strings.Contains(statement, "in numbers(") {
		statement = numberPattern.ReplaceAllString(statement, d.numbers)
	}
	statement = strings.ReplaceAll(statement, "/*skip*/", d.skip)
	return strings.ReplaceAll(statement, "/*lock*/", d.lock)
}

const (
	postgresConnections = 16
	sqliteReaders       = 4
	// postgresSession bounds how long a session of PostgreSQL lasts: a session
	// that began while the database took no changes may refuse them for as long
	// as it lasts (default_transaction_read_only counts from its beginning), and
	// after a failover the address may lead elsewhere.
	postgresSession = 30 * time.Second
)

func (s *Store) openPostgres(address string, o Options) error {
	db, err := open("postgres", address, o.Through)
	if err != nil {
		return err
	}
	n := o.Connections
	if n == 0 {
		n = postgresConnections
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxLifetime(postgresSession)
	s.dialect = postgresDialect()
	s.writer = newHandle(db, s.dialect, o.Refused)
	s.reader = s.writer
	return nil
}

// openSQLite opens the one writer and the readers of a file. The pragmas stand
// in the address, so that every connection of the pool has them.
func (s *Store) openSQLite(path string, o Options) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	pragmas := url.Values{"_pragma": {
		"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "cache_size(-16000)", "wal_autocheckpoint(8000)",
	}, "_txlock": {"immediate"}}
	writer, err := open("sqlite", fileURL(path, pragmas), o.Through)
	if err != nil {
		return err
	}
	writer.SetMaxOpenConns(1)
	pragmas["_pragma"] = []string{"busy_timeout(10000)", "query_only(1)", "foreign_keys(1)", "cache_size(-8000)"}
	pragmas.Del("_txlock")
	reader, err := open("sqlite", fileURL(path, pragmas), o.Through)
	if err != nil {
		_ = writer.Close()
		return err
	}
	n := o.Connections
	if n == 0 {
		n = sqliteReaders
	}
	reader.SetMaxOpenConns(n)
	reader.SetMaxIdleConns(n)
	s.dialect = sqliteDialect()
	s.writer, s.reader = newHandle(writer, s.dialect, o.Refused), newHandle(reader, s.dialect, o.Refused)
	return nil
}

// open opens a pool of connections, through what stands between. Those to SQLite
// keep the statements that they prepare.
func open(engine, address string, through Through) (*sqlx.DB, error) {
	db, err := sqlx.Open(engine, address)
	if err != nil || through == nil && engine != "sqlite" {
		return db, err
	}
	between := db.Driver()
	if engine == "sqlite" {
		between = preparing{between}
	}
	if through != nil {
		between = through(between)
	}
	if err := db.Close(); err != nil {
		return nil, err
	}
	return sqlx.NewDb(sql.OpenDB(dialled{between, address}), engine), nil
}

// dialled makes connections of a driver to one address.
type dialled struct {
	driver  driver.Driver
	address string
}

// Connect opens one connection.
func (d dialled) Connect(context.Context) (driver.Conn, error) { return d.driver.Open(d.address) }

// Driver is the driver that connects.
func (d dialled) Driver() driver.Driver { return d.driver }

func fileURL(path string, query url.Values) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: query.Encode()}).String()
}
