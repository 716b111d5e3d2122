package alarm_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/sync/alarm"
)

var start = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

func every(books.Connection) time.Duration { return time.Hour }

func connection(id string, state books.ConnectionState, fresh time.Time) books.Connection {
	return books.Connection{Tenant: "main", ID: id, Vendor: "xero", State: state, Fresh: &fresh, Profile: connectors.Profile{Name: "Co"}, Why: "refused"}
}

// TestStanding says which connections deserve an alarm.
func TestStanding(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Time { return start.Add(-d) }
	list := []books.Connection{
		connection("fine", books.ConnectionActive, ago(2*time.Hour)), connection("late", books.ConnectionActive, ago(136*time.Minute)),
		connection("asks", books.ConnectionReconnect, ago(99*time.Hour)), connection("paused", books.ConnectionPaused, ago(99*time.Hour)),
		{Tenant: "main", ID: "new", State: books.ConnectionActive, CreatedAt: ago(time.Minute)},
		{Tenant: "main", ID: "never", State: books.ConnectionActive, CreatedAt: ago(3 * time.Hour)},
	}
	got := alarm.Standing(list, map[string]string{"fine": "It ends soon.", "asks": "It ends soon."}, start, every)
	var kinds []string
	for _, r := range got {
		kinds = append(kinds, r.Connection+" "+string(r.Kind))
	}
	if want := []string{"fine consent_ends", "late stale", "asks reconnect", "never stale"}; !slices.Equal(kinds, want) {
		t.Errorf("alarms %v, want %v", kinds, want)
	}
	if text := got[2].Text; !strings.Contains(text, "Connect it again under Connections.") {
		t.Errorf("it does not say what to do: %s", text)
	}
}

// TestStep follows one connection: an alarm is told once, again after a day, as
// another kind when it is that, and once when all is well; then it may begin
// anew.
func TestStep(t *testing.T) {
	t.Parallel()
	var known []alarm.Row
	c := connection("c", books.ConnectionActive, start)
	for i, step := range []struct {
		after time.Duration
		state books.ConnectionState
		fresh bool
		want  string
	}{
		{time.Hour, books.ConnectionActive, false, ""},
		{2*time.Hour + 16*time.Minute, books.ConnectionActive, false, "stale raised 1"},
		{time.Hour, books.ConnectionActive, false, ""},
		{23 * time.Hour, books.ConnectionActive, false, "stale still 2"},
		{time.Hour, books.ConnectionReconnect, false, "reconnect raised 1"},
		{24 * time.Hour, books.ConnectionReconnect, false, "reconnect still 2"},
		{time.Hour, books.ConnectionActive, true, "reconnect over 2"},
		{time.Minute, books.ConnectionActive, true, ""},
		{3 * time.Hour, books.ConnectionActive, false, "stale raised 1"},
		{time.Hour, books.ConnectionPaused, false, ""},
		{time.Hour, books.ConnectionActive, false, "stale raised 1"},
	} {
		start := start.Add(time.Duration(i)) // no two at one instant
		c.State = step.state
		now := c.CreatedAt
		if now.IsZero() {
			now = start
		}
		now = now.Add(step.after)
		c.CreatedAt = now
		if step.fresh {
			c.Fresh = &now
		}
		changed, tell := alarm.Step(alarm.Machine{Name: "m"}, []books.Connection{c}, known, alarm.Standing([]books.Connection{c}, nil, now, every), now)
		for _, r := range changed {
			known = slices.DeleteFunc(known, func(o alarm.Row) bool { return o.Kind == r.Kind })
			known = append(known, r)
		}
		var told []string
		for _, m := range tell {
			told = append(told, fmt.Sprint(m.Row.Kind, " ", m.Event, " ", m.Row.Times))
			if m.Subject() == "" || m.Body() == "" {
				t.Errorf("step %d: nothing is said", i)
			}
		}
		if got := strings.Join(told, ", "); got != step.want {
			t.Errorf("step %d: told %q, want %q", i, got, step.want)
		}
	}
}

// TestMachines: each machine says itself that its clock is right again; of one that
// told nothing for more than a day, any other takes the alarm away, without a word.
func TestMachines(t *testing.T) {
	t.Parallel()
	row := alarm.Row{Tenant: "main", Kind: alarm.Clock, Connection: alarm.Machine{Name: "a"}.Subject(), Name: "a", Text: "wrong", Raised: start, Told: start, Times: 1}
	for name, c := range map[string]struct {
		here  string
		after time.Duration
		want  string
	}{
		"itself":              {"a", time.Minute, "cleared, over"},
		"another":             {"b", 24 * time.Hour, ""},
		"another, much later": {"b", 25 * time.Hour, "cleared"},
	} {
		changed, tell := alarm.Step(alarm.Machine{Name: c.here}, nil, []alarm.Row{row}, nil, start.Add(c.after))
		var got []string
		for _, r := range changed {
			if r.Cleared != nil {
				got = append(got, "cleared")
			}
		}
		for _, m := range tell {
			got = append(got, string(m.Event))
			if m.Subject() != "The clock of a is right again" || strings.Contains(m.Body(), "read to its end") {
				t.Errorf("%s: %s: %s", name, m.Subject(), m.Body())
			}
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: %q, want %q", name, text, c.want)
		}
	}
}
