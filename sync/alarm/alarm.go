// Package alarm tells people when a connection is staler than its schedule
// promises, waits for a consent, or will lose one soon, and when a machine's clock
// is wrong: once, again after a day, and once when it is over. What was told is a row, so that a restart neither
// loses an alarm nor repeats it. It decides nothing about the work itself.
package alarm

import (
	"fmt"
	"strings"
	"time"

	"tieout/books"
	"tieout/internal/clock"
)

// Kind is what is wrong.
type Kind string

// The kinds of alarms.
const (
	// Stale is a connection of which nothing was read for two runs and a quarter
	// of an hour.
	Stale Kind = "stale"
	// Reconnect is one that waits for a person's consent or key.
	Reconnect Kind = "reconnect"
	// ConsentEnds is one whose consent ends within a month.
	ConsentEnds Kind = "consent_ends"
	// Clock is a machine whose clock is not the database's, and which begins no
	// work for it.
	Clock Kind = "clock"
)

const (
	// patience is how long after the second missed run a connection is stale.
	patience = 15 * time.Minute
	// Again is after what time a standing alarm is told once more.
	Again = 24 * time.Hour
)

// Row is an alarm about a connection, or a machine; one of each kind.
type Row struct {
	Tenant string
	Kind   Kind
	// Connection is its id, or Subject of a Machine.
	Connection string
	// Name is the vendor and the company, or the machine, for people.
	Name string
	Text string
	// Since is as of when the connection was fresh last; Raised when the alarm
	// began, Told when it was told last, Times how often.
	Since  time.Time
	Raised time.Time
	Told   time.Time
	Times  int
	// Cleared is when it was over; nil while it stands.
	Cleared *time.Time
}

// Event is what is told of an alarm.
type Event string

// The events.
const (
	Raised Event = "raised"
	Still  Event = "still"
	Over   Event = "over"
)

// Message is an alarm to be told.
type Message struct {
	Row        Row
	Event      Event
	Connection books.Connection
}

// Subject is one line about it.
func (m Message) Subject() string {
	switch {
	case m.Row.Kind == Clock && m.Event == Over:
		return "The clock of " + m.Row.Name + " is right again"
	case m.Row.Kind == Clock:
		return "The clock of " + m.Row.Name + " is wrong"
	case m.Event == Over:
		return m.Row.Name + " is well again"
	case m.Row.Kind == Reconnect:
		return m.Row.Name + " has to be connected again"
	case m.Row.Kind == ConsentEnds:
		return "The consent of " + m.Row.Name + " ends soon"
	}
	return m.Row.Name + " is out of date"
}

// Body says what is wrong, since when, and what to do.
func (m Message) Body() string {
	if m.Event == Over {
		return strings.TrimSpace(fmt.Sprintf("%s: what was told on %s is over. %s", m.Row.Name, clock.Words(m.Row.Raised), m.asOf()))
	}
	began := fmt.Sprintf("It began on %s; this is the telling number %d.\n", clock.Words(m.Row.Raised), m.Row.Times)
	return m.Row.Text + "\n\n" + strings.TrimLeft(m.asOf()+" "+began, " ")
}

// asOf says how old a connection's figures are; "" of a machine, which has none.
func (m Message) asOf() string {
	switch c := m.Connection; {
	case m.Row.Kind == Clock:
		return ""
	case c.Fresh == nil:
		return "It was never read to its end."
	default:
		return "All figures of it are as of " + clock.Words(*c.Fresh) + "."
	}
}

// Machine is the one on which alarms are looked for.
type Machine struct {
	// Name is what people call it, Wrong what is wrong with its clock; "" while it
	// is right.
	Name, Wrong string
}

// Subject stands in a row in the place of a connection.
func (m Machine) Subject() string { return "machine/" + m.Name }

// standing is the machine's own alarm.
func (m Machine) standing(tenant string, now time.Time) []Row {
	if m.Wrong == "" {
		return nil
	}
	return []Row{{Tenant: tenant, Kind: Clock, Connection: m.Subject(), Name: m.Name, Text: m.Wrong, Since: now}}
}

// judges says whether an alarm can be called over from here. Of another machine's
// clock only that one knows; it tells of it every day, so that after more than one
// without a word the machine is no more.
func (m Machine) judges(r Row, now time.Time) bool {
	return r.Kind != Clock || r.Connection == m.Subject() || now.Sub(r.Told) > Again+patience
}

// Standing are the alarms that there should be now. every is the time between
// two runs of a connection; consents are the words about consents that end
// soon, by connection.
func Standing(connections []books.Connection, consents map[string]string, now time.Time, every func(books.Connection) time.Duration) []Row {
	var out []Row
	for _, c := range connections {
		r := Row{Tenant: c.Tenant, Connection: c.ID, Name: c.Vendor + " " + c.Profile.Name, Since: c.CreatedAt}
		if c.Fresh != nil {
			r.Since = *c.Fresh
		}
		switch {
		case c.State == books.ConnectionReconnect:
			r.Kind, r.Text = Reconnect, fmt.Sprintf("%s: %s. Connect it again under Connections.", r.Name, strings.TrimSuffix(c.Why, "."))
			out = append(out, r)
		case c.State == books.ConnectionActive && now.Sub(r.Since) > 2*every(c)+patience:
			r.Kind, r.Text = Stale, fmt.Sprintf("%s should be read every %s and was not: %s", r.Name, every(c), reason(c))
			out = append(out, r)
		}
		if text := consents[c.ID]; text != "" && c.State == books.ConnectionActive {
			r.Kind, r.Text = ConsentEnds, r.Name+": "+text
			out = append(out, r)
		}
	}
	return out
}

func reason(c books.Connection) string {
	if c.Why == "" {
		return "no worker has taken it. See on the server that tieout serve or tieout worker runs."
	}
	return fmt.Sprintf("%s (%d failures in a row). To look closer on the server: tieout doctor.", c.Why, c.Failures)
}

// Step compares what stands with what was told, and gives the rows that change
// and what is to be told, as seen from a machine. An alarm that gives way to
// another of the same connection is not called over.
func Step(here Machine, connections []books.Connection, known, standing []Row, now time.Time) (changed []Row, tell []Message) {
	type key struct {
		connection string
		kind       Kind
	}
	byID, old, still := map[string]books.Connection{}, map[key]Row{}, map[key]bool{}
	sick := map[string]bool{}
	for _, c := range connections {
		byID[c.ID] = c
	}
	for _, r := range known {
		old[key{r.Connection, r.Kind}] = r
	}
	for _, r := range standing {
		k := key{r.Connection, r.Kind}
		still[k], sick[r.Connection] = true, true
		before, there := old[k]
		event := Raised
		r.Raised, r.Told, r.Times = now, now, 1
		if there && before.Cleared == nil {
			if now.Sub(before.Told) < Again {
				continue
			}
			event, r.Raised, r.Times = Still, before.Raised, before.Times+1
		}
		changed = append(changed, r)
		tell = append(tell, Message{Row: r, Event: event, Connection: byID[r.Connection]})
	}
	for _, r := range known {
		if r.Cleared != nil || still[key{r.Connection, r.Kind}] || !here.judges(r, now) {
			continue
		}
		r.Cleared = &now
		changed = append(changed, r)
		if r.Kind == Clock && r.Connection == here.Subject() {
			tell = append(tell, Message{Row: r, Event: Over})
		}
		if c, there := byID[r.Connection]; there && !sick[r.Connection] && c.State == books.ConnectionActive {
			tell = append(tell, Message{Row: r, Event: Over, Connection: c})
		}
	}
	return changed, tell
}
