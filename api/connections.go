package api

import (
	"time"

	"tieout/people"
	"tieout/sync/schedule"
	"tieout/web"
)

// Connection is a vendor's company that is read, and how that goes.
type Connection struct {
	ID       string     `json:"id"`
	Vendor   string     `json:"vendor"`
	Name     string     `json:"name"`
	Role     string     `json:"role" doc:"ledger or processor."`
	Home     string     `json:"home_currency,omitempty"`
	Live     bool       `json:"live" doc:"False for what is only for trying out."`
	State    string     `json:"state" enum:"active,paused,reconnect"`
	Why      string     `json:"why,omitempty" doc:"What is wrong, in words."`
	Warning  string     `json:"warning,omitempty" doc:"What soon will be."`
	AsOf     *time.Time `json:"as_of,omitempty" doc:"The instant as of which everything was read; absent during a first reading."`
	Due      time.Time  `json:"next_run"`
	Schedule string     `json:"schedule" doc:"A cron expression."`
	Running  bool       `json:"running"`
	Held     *time.Time `json:"held_until,omitempty" doc:"Until when the vendor wants to be left alone."`
	Today    int        `json:"calls_today"`
	Month    int        `json:"calls_month"`
	Rates    []Rate     `json:"rates" doc:"What is used of what the vendor takes for this connection."`
	Books    []Book     `json:"books"`
	Runs     []Run      `json:"runs,omitempty" doc:"The last ones, the newest first; in the single connection alone."`
}

// Rate is what is used of how many calls a vendor takes in a time.
type Rate struct {
	Name      string `json:"name" doc:"The time: minute, day."`
	Used      int64  `json:"used"`
	Limit     int64  `json:"limit"`
	Remaining int64  `json:"remaining"`
}

// Run is one reading of a connection.
type Run struct {
	Started  time.Time  `json:"started"`
	Finished *time.Time `json:"finished,omitempty"`
	OK       bool       `json:"ok"`
	Problem  string     `json:"problem,omitempty"`
	Calls    int        `json:"calls"`
}

func connectionOf(c web.Connection) Connection {
	return Connection{
		ID: c.ID, Vendor: c.Vendor, Name: c.Name, Role: string(c.Role), Home: c.Home, Live: c.Live, State: c.State, Why: c.Why, Warning: c.Warning,
		AsOf: c.Fresh, Due: c.Due, Schedule: c.Schedule, Running: c.Running, Held: c.Held, Today: c.CallsToday, Month: c.CallsMonth,
		Rates: each(c.Rates, func(r web.Rate) Rate { return Rate(r) }),
		Books: each(c.Books, func(b web.ConnectedBook) Book { return Book{ID: b.ID, Name: b.Name} }),
	}
}

func connections(c *Call, _ Nothing) (List[Connection], error) {
	list, err := c.Readers.Connections.Connections(c.ctx(), c.tenant())
	return List[Connection]{Items: each(list, connectionOf)}, err
}

// ConnectionQuery names a connection.
type ConnectionQuery struct {
	ID string `path:"id"`
}

func connection(c *Call, q ConnectionQuery) (Connection, error) {
	found, err := c.Readers.Connections.Connection(c.ctx(), c.tenant(), q.ID)
	out := connectionOf(found)
	out.Runs = each(found.Runs, func(r schedule.Run) Run {
		return Run{Started: r.Started, Finished: r.Finished, OK: r.OK, Problem: r.Problem, Calls: r.Calls}
	})
	return out, err
}

// NewSchedule says when a connection runs.
type NewSchedule struct {
	ConnectionQuery
	Schedule string `json:"schedule" doc:"A cron expression of five fields, or @hourly, @daily, @every 30m."`
}

// changes are the routes that ask something of a connection.
func changes() []Route {
	change := func(do, summary, doc string) Route {
		return Route{Method: post, Path: "/connections/{id}/" + do, Need: people.Connect, Tag: "Connections", Name: do + "Connection", Pages: []string{"POST /connections/{id}/change"}, Summary: summary, Doc: doc}
	}
	return []Route{
		as(change("sync", "Read a connection now", "It is due at once: whichever machine looks next runs it, with the books that it belongs to."), syncConnection),
		as(change("pause", "Run a connection no more", "Nothing is read or written until it is resumed."), pauseConnection),
		as(change("resume", "Run a paused connection again", ""), resumeConnection),
		as(change("schedule", "Say when a connection runs", ""), scheduleConnection),
	}
}

func syncConnection(c *Call, q ConnectionQuery) (Connection, error) {
	return changed(c, q.ID, web.ConnectionChange{Do: "sync"})
}

func pauseConnection(c *Call, q ConnectionQuery) (Connection, error) {
	return changed(c, q.ID, web.ConnectionChange{Do: "pause"})
}

func resumeConnection(c *Call, q ConnectionQuery) (Connection, error) {
	return changed(c, q.ID, web.ConnectionChange{Do: "resume"})
}

func scheduleConnection(c *Call, in NewSchedule) (Connection, error) {
	return changed(c, in.ID, web.ConnectionChange{Do: "schedule", Schedule: in.Schedule})
}

// changed asks something of a connection and gives how it stands then.
func changed(c *Call, id string, change web.ConnectionChange) (Connection, error) {
	err := c.Readers.Connections.Change(c.ctx(), c.tenant(), id, change)
	if err != nil {
		return Connection{}, err
	}
	return connection(c, ConnectionQuery{ID: id})
}
