package listing

import (
	"fmt"
	"strings"
	"time"
)

// Moment is a place in a list that is ordered by time, the newest first: that
// of a row, behind which the list goes on. Rows of one instant follow each other
// by id. The zero Moment is the beginning.
type Moment struct {
	At time.Time
	ID string
}

// String is the moment as it stands in an address; "" for the beginning.
func (m Moment) String() string {
	if m.At.IsZero() {
		return ""
	}
	return m.At.UTC().Format(time.RFC3339Nano) + "~" + m.ID
}

// ParseMoment reads what String gives.
func ParseMoment(text string) (Moment, error) {
	if text == "" {
		return Moment{}, nil
	}
	at, id, _ := strings.Cut(text, "~")
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil || len(text) > maxPlace {
		return Moment{}, fmt.Errorf("listing: %.100q is no place in a list", text)
	}
	return Moment{t, id}, nil
}

// From is the instant at which a list begins: the zero Moment's lies behind
// everything.
func (m Moment) From() time.Time {
	if m.At.IsZero() {
		return time.Date(9999, time.January, 1, 0, 0, 0, 0, time.UTC)
	}
	return m.At
}
