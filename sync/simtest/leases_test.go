package simtest_test

import (
	"bytes"
	"database/sql/driver"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"
)

// margin is how long before its lease's end a call has to have an end.
const margin = 30 * time.Second

// leases watches the leases of a database from outside: from the statements
// that take them, keep them and give them back.
type leases struct {
	mu   sync.Mutex
	held map[string]held
	// refused are the leases that processes have asked for last and not got.
	refused map[*process]string
}

type held struct {
	by     *process
	holder string
	until  time.Time
}

// takes notes that a process has taken a lease, by the arguments of the
// statement: tenant, name, holder, end, now. Nobody else may hold it at now.
func (l *leases) takes(p *process, args []driver.NamedValue) {
	name, holder := text(args[1]), text(args[2])
	l.mu.Lock()
	defer l.mu.Unlock()
	now := instantIn(args[4])
	if h, ok := l.held[name]; ok && h.holder != holder && h.until.After(now) {
		p.w.wrong("%s takes %s, which %s holds until %s", p.name, name, h.by.name, h.until.Format(time.TimeOnly))
	}
	l.held[name] = held{p, holder, instantIn(args[3])}
	delete(l.refused, p)
}

// refuses notes that a process has not got a lease.
func (l *leases) refuses(p *process, name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused[p] = name
}

// renews checks that who asks for a new token was not told just before that
// another does.
func (l *leases) renews(p *process, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if name := l.refused[p]; strings.HasPrefix(name, "grant/") && bytes.Contains(body, []byte("refresh_token=")) {
		p.w.wrong("%s asks for a token although another holds %s", p.name, name)
	}
}

// changes notes that a lease is kept for longer, or given back, and that those
// far ahead are set back.
func (l *leases) changes(query string, args []driver.NamedValue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.Contains(query, "held_until > ") {
		l.setBack(instantIn(args[1]), instantIn(args[2]))
		return
	}
	h, ok := l.held[text(args[1])]
	switch {
	case !ok || h.holder != text(args[2]):
	case len(args) == 5:
		h.until = instantIn(args[4])
		l.held[text(args[1])] = h
	case strings.Contains(query, "holder = ''"):
		delete(l.held, text(args[1]))
	}
}

// setBack ends leases that are held beyond an instant.
func (l *leases) setBack(now, beyond time.Time) {
	for name, h := range l.held {
		if h.until.After(beyond) {
			h.until = now
			l.held[name] = h
		}
	}
}

// writes checks that who commits under a lease has not lost it to another.
func (l *leases) writes(p *process, name string, tables []where) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if h, ok := l.held[name]; ok && h.by != p && len(tables) > 0 {
		p.w.wrong("%s writes %s under %s, which %s has taken over", p.name, joined(tables), name, h.by.name)
	}
}

// sends checks that a write to a vendor goes out under the lease of its book,
// and has its end well before that of the lease.
func (l *leases) sends(p *process, r *http.Request) {
	deadline, ok := r.Context().Deadline()
	l.mu.Lock()
	defer l.mu.Unlock()
	for name, h := range l.held {
		if !strings.HasPrefix(name, "book/") || h.by != p {
			continue
		}
		if end := p.Now().Add(time.Until(deadline)); !ok || end.After(h.until.Add(time.Millisecond-margin)) {
			p.w.wrong("%s %s goes out without an end before that of its lease", r.Method, r.URL.Path)
		}
	}
}

func text(v driver.NamedValue) string { return fmt.Sprint(v.Value) }

// instantIn is an instant as the store writes it.
func instantIn(v driver.NamedValue) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, text(v))
	return at
}

// takings tells of a lease whether its row comes back: it was free then.
type takings struct {
	driver.Rows
	told           bool
	taken, refused func()
}

// Next gives the row.
func (t *takings) Next(into []driver.Value) error {
	err := t.Rows.Next(into)
	switch {
	case t.told:
	case err == nil:
		t.taken()
	default:
		t.refused()
	}
	t.told = true
	return err
}

// watched has the leases' watcher look at a statement's rows.
func (c *conn) watched(query string, args []driver.NamedValue, rows driver.Rows) driver.Rows {
	switch {
	case strings.Contains(query, "insert into lease") && len(args) == 5:
		return &takings{
			Rows: rows, taken: func() { c.p.w.leases.takes(c.p, args) }, refused: func() { c.p.w.leases.refuses(c.p, text(args[1])) },
		}
	case c.inTx && strings.Contains(query, "from lease where") && len(args) == 2:
		c.fence = text(args[1])
	}
	return rows
}
