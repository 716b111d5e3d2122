package books

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

// ErrPinned says that a connection is no longer the company, account, mode or
// currency that it was connected as. Nothing is read from it or written to it.
var ErrPinned = errors.New("refused, because another company, mode or currency answers than the one that was connected")

// zoneReported is the key in Profile.Extra of a time zone that the company has
// changed to and that nobody has confirmed.
const zoneReported = "zone_reported"

// Confirm compares what the connection says of itself now with what is pinned
// and gives the profile to store. The external id, live mode and home currency
// must not have changed: ErrPinned. Name, lock date and the like are taken
// over. The zone is kept and a new one only noted: the cut-over and every date
// that was written rest on it.
func (c Connection) Confirm(fresh connectors.Profile, at time.Time) (connectors.Profile, error) {
	if fresh.ExternalID != c.ExternalID || fresh.Live != c.Profile.Live || fresh.Home != c.Profile.Home {
		return c.Profile, fmt.Errorf("%s %s was connected as %s and answers as %s: %w", c.Vendor, c.Profile.Name,
			identity(c.ExternalID, c.Profile), identity(fresh.ExternalID, fresh), ErrPinned)
	}
	fresh.ReadAt = at
	// What was shown stays; what was not may be by now.
	fresh.Destinations = maps.Clone(c.Profile.Destinations)
	maps.DeleteFunc(fresh.Destinations, func(_ string, d receivables.Destination) bool { return d == (receivables.Destination{}) })
	if c.Profile.Zone == "" || fresh.Zone == c.Profile.Zone {
		return fresh, nil
	}
	if fresh.Zone != "" {
		extra := map[string]string{}
		maps.Copy(extra, fresh.Extra)
		extra[zoneReported] = fresh.Zone
		fresh.Extra = extra
	}
	fresh.Zone = c.Profile.Zone
	return fresh, nil
}

// Notice is what a person should know of a connection that works; "" when
// there is nothing.
func (c Connection) Notice() string {
	zone := c.Profile.Extra[zoneReported]
	if zone == "" {
		return ""
	}
	return fmt.Sprintf("the company's time zone is now %s; Tieout goes on with %s, in which the cut-over was confirmed", zone, c.Profile.Zone)
}

func identity(id string, p connectors.Profile) string {
	mode := "test"
	if p.Live {
		mode = "live"
	}
	return fmt.Sprintf("%s (%s, %s)", id, p.Home, mode)
}
