package receivables

import (
	"fmt"
	"time"
)

// Date is a civil date, "YYYY-MM-DD": a day in somebody's calendar, without a
// zone. It is never shifted by one. Dates compare and sort as text; the empty
// Date means that none is known.
type Date string

const dateLayout = "2006-01-02"

// ParseDate reads a civil date and rejects days that no calendar has.
func ParseDate(text string) (Date, error) {
	if _, err := time.Parse(dateLayout, text); err != nil {
		return "", fmt.Errorf("receivables: %q is not a date of the form YYYY-MM-DD", text)
	}
	return Date(text), nil
}

// DateIn is the civil date of an instant in a zone.
func DateIn(at time.Time, zone *time.Location) Date {
	return Date(at.In(zone).Format(dateLayout))
}

// Words is the date as sentences and pages say it, "21 Nov 2026"; "" for a date
// that is none. What programs read, ledgers hold or digests cover is the date
// itself.
func (d Date) Words() string {
	at, err := time.Parse(dateLayout, string(d))
	if err != nil {
		return ""
	}
	return at.Format("2 Jan 2006")
}

// Midnight is the first instant of the date in a zone; the zero time for an
// empty or malformed date.
func (d Date) Midnight(zone *time.Location) time.Time {
	at, err := time.ParseInLocation(dateLayout, string(d), zone)
	if err != nil {
		return time.Time{}
	}
	return at
}

// AddDays is the date n days later; an empty date stays empty.
func (d Date) AddDays(n int) Date {
	at := d.Midnight(time.UTC)
	if at.IsZero() {
		return d
	}
	return Date(at.AddDate(0, 0, n).Format(dateLayout))
}

// MonthStart is the first day of the date's month; "" for a date that is none.
func (d Date) MonthStart() Date {
	if end := d.MonthEnd(); end != "" {
		return end[:len(end)-2] + "01"
	}
	return ""
}

// MonthEnd is the last day of the date's month; "" for a date that is none.
func (d Date) MonthEnd() Date {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Date(time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
}

// DaysSince counts the days from an earlier date to d; negative when d is the
// earlier one, 0 when either is unknown.
func (d Date) DaysSince(earlier Date) int {
	a, b := d.Midnight(time.UTC), earlier.Midnight(time.UTC)
	if a.IsZero() || b.IsZero() {
		return 0
	}
	return int(a.Sub(b).Hours() / 24)
}
