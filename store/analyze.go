package store

import (
	"context"
	"sync"
)

// growth knows how many rows were written to each table since PostgreSQL was
// last told to look at it. A table that has grown from nothing within seconds
// has no statistics yet; the planner then takes a tenant and a connection to
// be one row, and reads all of them for every page of a backfill. The server's
// own look-out comes a minute too late.
type growth struct {
	mu      sync.Mutex
	written map[string]int
	next    map[string]int
}

// firstAnalyze is after how many rows a table is looked at first; then each
// time that as many were written as before, so that a large backfill costs a
// few dozen looks.
const firstAnalyze = 1000

// due adds what a transaction has written and gives the tables to look at.
func (g *growth) due(written map[string]int) []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.written == nil {
		g.written, g.next = map[string]int{}, map[string]int{}
	}
	var tables []string
	for table, n := range written {
		g.written[table] += n
		if g.written[table] >= max(g.next[table], firstAnalyze) {
			g.next[table] = 2 * g.written[table]
			tables = append(tables, table)
		}
	}
	return tables
}

// analyze has the tables looked at that have grown much. It runs after the
// commit, and an error of it is none of the caller's: what was to be written
// is written, and only the speed of later statements depends on it.
func (s *Store) analyze(ctx context.Context, written map[string]int) {
	if !s.dialect.analyze || len(written) == 0 {
		return
	}
	for _, table := range s.growth.due(written) {
		_, _ = s.writer.db.ExecContext(ctx, "analyze "+table)
	}
}
