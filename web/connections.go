package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/schedule"
)

// ConnectionReader gives connections with how they run, and changes that.
type ConnectionReader interface {
	// Connections are all, in the order in which they were made.
	Connections(ctx context.Context, tenant string) ([]Connection, error)
	// Connection is one with its last runs; ErrNotFound.
	Connection(ctx context.Context, tenant, id string) (Connection, error)
	// Change does what is asked; a FieldError says what of it cannot be done.
	Change(ctx context.Context, tenant, id string, change ConnectionChange) error
	// Disconnect gives the company up. left says what is to be done at the vendor
	// by hand; "" when nothing is.
	Disconnect(ctx context.Context, tenant, id, by string) (left string, err error)
}

// FieldError is what is wrong with something that a person has filled in or
// asked for, in words for that person.
type FieldError struct{ Text string }

// Error is the text.
func (e FieldError) Error() string { return e.Text }

// Connection is a connection with all that there is to say of it.
type Connection struct {
	ConnectionStatus
	// Title is the vendor's name in full, Role what it is to a book.
	Title string
	Role  connectors.Role
	// Company is the vendor's id of it.
	Company, Home, Zone string
	// Live is false for what is only for trying out.
	Live bool
	// Consent is the one that it is connected under, where that may reach other
	// companies; "" else.
	Consent string
	// ByKey says that it is connected by a key that a person types.
	ByKey    bool
	Schedule string
	Every    time.Duration
	Running  bool
	Reading  Reading
	Books    []ConnectedBook
	Budgets  []Budget
	// Price says what calls cost.
	Price string
	Runs  []schedule.Run
}

// ConnectedBook is a book that a connection belongs to.
type ConnectedBook struct {
	ID, Name string
	Writes   bool
}

// Gone says that a person has disconnected it.
func (c Connection) Gone() bool {
	return c.State == string(books.ConnectionReconnect) && c.Disconnected
}

// Stale says that it was read longer ago than it should have been.
func (c Connection) Stale() bool { return c.State == string(books.ConnectionReconnect) || c.Why != "" }

// CallsARun is what an ordinary run takes: the middle one of those shown, so
// that a first reading does not count; 0 before there is one.
func (c Connection) CallsARun() int {
	var calls []int
	for _, r := range c.Runs {
		if r.OK && r.Calls > 0 {
			calls = append(calls, r.Calls)
		}
	}
	if len(calls) == 0 {
		return 0
	}
	slices.Sort(calls)
	return calls[(len(calls)-1)/2]
}

// CallsADay is what its schedule takes in a day.
func (c Connection) CallsADay() int {
	if c.Every <= 0 {
		return 0
	}
	return c.CallsARun() * int(24*time.Hour/c.Every)
}

// Reading is how far the first reading of a connection is.
type Reading struct{ Lists []List }

// List is one list of a vendor.
type List struct {
	Name string
	Done bool
	// Seen is how many rows were read, Total how many there are; 0 when the vendor
	// does not say.
	Seen, Total  int64
	Began, Moved time.Time
}

// Done is how many lists were read to their end.
func (r Reading) Done() int {
	n := 0
	for _, l := range r.Lists {
		if l.Done {
			n++
		}
	}
	return n
}

// Now are the lists that are being read.
func (r Reading) Now() []List {
	var out []List
	for _, l := range r.Lists {
		if !l.Done && !l.Began.IsZero() {
			out = append(out, l)
		}
	}
	return out
}

// Seen is how many rows were read in all.
func (r Reading) Seen() int64 {
	var n int64
	for _, l := range r.Lists {
		n += l.Seen
	}
	return n
}

// Share is how much of a list was read, in thousandths; 0 where it is not
// known.
func (l List) Share() int {
	const mille = 1000
	switch {
	case l.Done:
		return mille
	case l.Total <= 0:
		return 0
	}
	return int(min(l.Seen, l.Total) * mille / l.Total)
}

// PerSecond is how fast a list is read; 0 before it can be said.
func (l List) PerSecond() int64 {
	took := int64(l.Moved.Sub(l.Began).Seconds())
	if took <= 0 {
		return 0
	}
	return l.Seen / took
}

// Left is how long the rest of a list takes at this speed; "" where that is not
// known.
func (l List) Left() string {
	speed := l.PerSecond()
	if speed == 0 || l.Total <= l.Seen {
		return ""
	}
	left := time.Duration((l.Total-l.Seen)/speed) * time.Second
	if left < time.Minute {
		return "less than a minute"
	}
	return "about " + span(left)
}

// ConnectionChange is what is asked of a connection: Do is "sync", "pause",
// "resume" or "schedule", with the new schedule.
type ConnectionChange struct{ Do, Schedule string }

// Presets are the schedules that a page offers.
func Presets() []Preset {
	return []Preset{
		{"@every 15m", "every 15 minutes"}, {"@hourly", "every hour"}, {"0 */4 * * *", "every 4 hours"}, {"@daily", "once a day, at midnight UTC"},
	}
}

// Preset is a schedule with its words.
type Preset struct{ Expression, Text string }

// scheduleText is a schedule in words; the expression where there are none.
func scheduleText(expression string) string {
	for _, p := range Presets() {
		if p.Expression == expression {
			return p.Text
		}
	}
	return expression
}

// count writes a number with separators.
func count(n any) string { return money.Grouped(fmt.Sprint(n)) }

// sumOf adds counts by kind up.
func sumOf(counts map[receivables.Kind]int) int {
	all := 0
	for _, n := range counts {
		all += n
	}
	return all
}

// kindsOf are counts by kind in words.
func kindsOf(counts map[receivables.Kind]int) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, words(k)+" "+count(counts[k]))
	}
	return strings.Join(parts, ", ")
}

// tookText is how long a run took.
func tookText(r schedule.Run) string {
	if r.Finished == nil {
		return "–"
	}
	switch d := r.Finished.Sub(r.Started); {
	case d < time.Second:
		return "under 1 s"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	default:
		return span(d)
	}
}

type connectionsPage struct {
	view
	Connections []Connection
	// Set says whether any book writes: else there is something to set up.
	Set bool
}

// connections is the list of all.
func (s *Site) connections(v *Visit) error {
	page := connectionsPage{view: v.view()}
	var err error
	if page.Connections, err = s.Readers.Connections.Connections(v.ctx(), v.tenant()); err != nil {
		return err
	}
	for _, c := range page.Connections {
		for _, b := range c.Books {
			page.Set = page.Set || b.Writes
		}
	}
	return s.render(v, "connections", "Connections", page)
}

type connectionPage struct {
	view
	Connection
	Presets []Preset
	// Named says that the schedule is one of the presets.
	Named bool
	// Callback is where the vendor sends consents back to.
	Asks    []connectors.Ask
	Problem string
}

func (s *Site) connectionPage(v *Visit) (connectionPage, error) {
	page := connectionPage{view: v.view(), Presets: Presets()}
	var err error
	page.Connection, err = s.Readers.Connections.Connection(v.ctx(), v.tenant(), v.r.PathValue("id"))
	page.Named = scheduleText(page.Schedule) != page.Schedule
	return page, err
}

// connection is one with its runs.
func (s *Site) connection(v *Visit) error {
	page, err := s.connectionPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "connection", page.Title+" · "+page.Name, page)
}

// refused shows a connection again with what could not be done.
func (s *Site) refused(v *Visit, name string, err error) error {
	wrong, ok := errors.AsType[FieldError](err)
	if !ok {
		return err
	}
	page, err := s.connectionPage(v)
	if err != nil {
		return err
	}
	page.Problem = wrong.Text
	return s.show(v, http.StatusUnprocessableEntity, name, page.Title+" · "+page.Name, page)
}

// connectionChange pauses, resumes, hurries or schedules a connection.
func (s *Site) connectionChange(v *Visit) error {
	id, change := v.r.PathValue("id"), ConnectionChange{Do: v.r.PostFormValue("do"), Schedule: v.r.PostFormValue("schedule")}
	if own := v.r.PostFormValue("own"); change.Schedule == "own" {
		change.Schedule = own
	}
	if err := s.Readers.Connections.Change(v.ctx(), v.tenant(), id, change); err != nil {
		return s.refused(v, "connection", err)
	}
	word := map[string]string{
		"sync": "It is read now.", "pause": "Paused: it is not read and not written to until it is resumed.", "resume": "Resumed.", "schedule": "The schedule is changed.",
	}[change.Do]
	if back := v.r.PostFormValue("back"); back != "" {
		return v.done(safeNext(back), word)
	}
	return v.done("/connections/"+id, word)
}

// disconnect asks what is to become of what stands at the vendor.
func (s *Site) disconnect(v *Visit) error {
	page, err := s.connectionPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "disconnect", "Disconnect "+page.Name, page)
}

func (s *Site) disconnectPost(v *Visit) error {
	if v.r.PostFormValue("keep") != "yes" {
		return s.refused(v, "disconnect", FieldError{"Please say first what is to become of what Tieout has written."})
	}
	left, err := s.Readers.Connections.Disconnect(v.ctx(), v.tenant(), v.r.PathValue("id"), v.Person.Name)
	if err != nil {
		return s.refused(v, "disconnect", err)
	}
	word := "Disconnected. What was read of it stays."
	if left != "" {
		word += " One thing is left to do: " + left
	}
	return v.done("/connections/"+v.r.PathValue("id"), word)
}
