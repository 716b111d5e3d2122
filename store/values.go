package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tieout/receivables"
)

// instant is a point in time as the database keeps it: in UTC, to the
// microsecond, written at a fixed width so that SQLite's text sorts by time.
// The zero time is NULL.
type instant time.Time

const instantLayout = "2006-01-02T15:04:05.000000Z"

// Value writes the instant.
func (i instant) Value() (driver.Value, error) {
	at := time.Time(i)
	if at.IsZero() {
		return nil, nil
	}
	return at.UTC().Format(instantLayout), nil
}

// Scan reads what either engine gives.
func (i *instant) Scan(source any) error {
	switch v := source.(type) {
	case nil:
		*i = instant{}
		return nil
	case time.Time:
		*i = instant(v.UTC())
		return nil
	case string:
		return i.parse(v)
	case []byte:
		return i.parse(string(v))
	}
	return fmt.Errorf("store: an instant cannot be read from %T", source)
}

func (i *instant) parse(text string) error {
	at, err := time.Parse(instantLayout, text)
	if err != nil {
		return fmt.Errorf("store: %q is not an instant: %w", text, err)
	}
	*i = instant(at.UTC())
	return nil
}

func (i instant) time() time.Time { return time.Time(i) }

// pointer is nil for NULL.
func (i instant) pointer() *time.Time {
	at := time.Time(i)
	if at.IsZero() {
		return nil
	}
	return &at
}

func instantOf(at *time.Time) instant {
	if at == nil {
		return instant{}
	}
	return instant(*at)
}

// date is a civil date; the empty one is NULL.
type date receivables.Date

// Value writes the date.
func (d date) Value() (driver.Value, error) {
	if d == "" {
		return nil, nil
	}
	return string(d), nil
}

// Scan reads what either engine gives: PostgreSQL's driver makes a time of a
// date.
func (d *date) Scan(source any) error {
	switch v := source.(type) {
	case nil:
		*d = ""
	case time.Time:
		*d = date(v.Format(time.DateOnly))
	case string:
		*d = date(v)
	case []byte:
		*d = date(v)
	default:
		return fmt.Errorf("store: a date cannot be read from %T", source)
	}
	return nil
}

// document is a value kept as JSON.
type document[T any] struct{ value T }

// Value writes the JSON.
func (d document[T]) Value() (driver.Value, error) {
	text, err := encode(d.value)
	return string(text), err
}

// Scan reads the JSON.
func (d *document[T]) Scan(source any) error {
	switch v := source.(type) {
	case nil:
		return nil
	case string:
		return json.Unmarshal([]byte(v), &d.value)
	case []byte:
		return json.Unmarshal(v, &d.value)
	}
	return fmt.Errorf("store: JSON cannot be read from %T", source)
}

// nul is the escape of the one character that PostgreSQL's jsonb refuses.
var nul = []byte(`\u0000`)

// encode is the JSON of a value, fit for both engines.
func encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("store: encode %T: %w", value, err)
	}
	if bytes.Contains(text, nul) {
		text = replaceNul(text)
	}
	return text, nil
}

// replaceNul puts the replacement character in the place of NUL, and leaves a
// backslash followed by the letters u0000 as it is.
func replaceNul(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		if bytes.HasPrefix(text[i:], nul) {
			out = append(out, `\ufffd`...)
			i += len(nul) - 1
			continue
		}
		out = append(out, text[i], text[i+1])
		i++
	}
	return out
}

// clean makes text fit for both engines: PostgreSQL takes neither NUL nor
// what is not UTF-8.
func clean(text string) string {
	if strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) {
		return text
	}
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", "\ufffd"), "\ufffd")
}
