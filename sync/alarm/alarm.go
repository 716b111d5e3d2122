// Package alarm tells people when a connection is staler than its schedule
// promises, waits for a consent, or will lose one soon: once, again after a day,
// and once when it is over. What was told is a row, so that a restart neither
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
)

const (
	// patience is how long after the second missed run a connection is stale.
	patience = 15 * time.Minute
	// Again is after what time a standing alarm is told once more.
	Again = 24 * time.Hour
)

// Row is an alarm about a connection; one of each kind.
type Row struct {
	Tenant     string
	Kind       Kind
	Connection string
	// Name is the vendor and the company, for people.
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
		return fmt.Sprintf("%s: what was told on %s is over. %s", m.Row.Name, clock.Words(m.Row.Raised), asOf(m.Connection))
	}
	return fmt.Sprintf("%s\n\n%s It began on %s; this is the telling number %d.\n", m.Row.Text, asOf(m.Connection), clock.Words(m.Row.Raised), m.Row.Times)
}

func asOf(c books.Connection) string {
	if c.Fresh == nil {
		return "It was never read to its end."
	}
	return "All figures of it are as of " + clock.Words(*c.Fresh) + "."
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
// and what is to be told. An alarm that gives way to another of the same
// connection is not called over.
func Step(connections []books.Connection, known, standing []Row, now time.Time) (changed []Row, tell []Message) {
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
		if r.Cleared != nil || still[key{r.Connection, r.Kind}] {
			continue
		}
		r.Cleared = &now
		changed = append(changed, r)
		if c, there := byID[r.Connection]; there && !sick[r.Connection] && c.State == books.ConnectionActive {
			tell = append(tell, Message{Row: r, Event: Over, Connection: c})
		}
	}
	return changed, tell
}
