package listing

import (
	"strings"
	"time"
	"unicode/utf8"
)

// View is a filter that somebody has given a name.
type View struct {
	ID, Name string
	// Person is the id of whose it is. Everybody of the organisation sees it
	// where it is Shared.
	Person string
	Shared bool
	// Query is the filter as an address has it, without a place.
	Query string
	// ChangedAt is when its filter or name was last changed.
	ChangedAt time.Time
}

// The bounds of a view's name and filter, in characters and bytes.
const (
	maxViewName  = 60
	maxViewQuery = 2000
)

// ViewName is a name in its one spelling; false when it is none.
func ViewName(name string) (string, bool) {
	name = strings.Join(strings.Fields(name), " ")
	return name, name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxViewName
}

// Fits says whether a filter is short enough to be kept.
func (v View) Fits() bool { return len(v.Query) <= maxViewQuery }
