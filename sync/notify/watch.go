package notify

import (
	"fmt"
	"time"

	"tieout/books"
)

// patience is how long after the second missed run a connection is stale.
const patience = 15 * time.Minute

// connectionNotice is what is told of a connection.
type connectionNotice struct {
	Connection string `json:"connection"`
	Vendor     string `json:"vendor"`
	Name       string `json:"name"`
	State      string `json:"state"`
	Why        string `json:"why"`
	// AsOf is when all that it holds was last known here; null before the
	// first time.
	AsOf *time.Time `json:"as_of"`
}

// Watch gives notices of connections that wait for a person, and of those that
// are staler than their schedule promises: two runs and a quarter of an hour.
// The same spell gives the same notice however often it is looked at. every is
// the time between two runs of a connection.
func Watch(connections []books.Connection, now time.Time, every func(books.Connection) time.Duration) ([]Notice, error) {
	var out []Notice
	for _, c := range connections {
		since := c.CreatedAt
		if c.Fresh != nil {
			since = *c.Fresh
		}
		var t Type
		switch {
		case c.State == books.ConnectionReconnect:
			t = ConnectionReconnect
		case c.State == books.ConnectionActive && now.Sub(since) > 2*every(c)+patience:
			t = ConnectionStale
		default:
			continue
		}
		spell := fmt.Sprint(c.ID, "/", c.GrantID, "/", since.UnixMicro())
		n, err := New(c.Tenant, t, now, spell, connectionNotice{
			Connection: c.ID, Vendor: c.Vendor, Name: c.Profile.Name, State: string(c.State), Why: c.Why, AsOf: c.Fresh,
		})
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}
