package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"tieout/sync/schedule"
)

// console is where a command speaks: results to out, everything else to err.
type console struct {
	out, err io.Writer
}

func (c console) say(format string, args ...any) { _, _ = fmt.Fprintf(c.out, format+"\n", args...) }

func (c console) note(format string, args ...any) { _, _ = fmt.Fprintf(c.err, format+"\n", args...) }

func (c console) json(v any) error {
	e := json.NewEncoder(c.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table writes rows whose cells are separated by tabs, in columns.
func (c console) table(rows ...string) {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, row)
	}
	_ = w.Flush()
}

// terminal says whether a person is looking on.
func (c console) terminal() bool {
	f, ok := c.err.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress shows long work as one line that is written over, when a person
// is looking on.
func (c console) progress() func(schedule.Event) {
	if !c.terminal() {
		return nil
	}
	seen := map[string]int{}
	return func(e schedule.Event) {
		key := e.Subject + ": " + e.Step
		seen[key] += e.Seen
		n := max(seen[key], e.Written)
		line := fmt.Sprintf("%s %d", key, n)
		_, _ = fmt.Fprintf(c.err, "\r%s%s", line, strings.Repeat(" ", max(0, 78-len(line))))
		if e.Seen == 0 && e.Written == 0 {
			_, _ = fmt.Fprint(c.err, "\r")
		}
	}
}

func isPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}
