package secret

import (
	"fmt"
	"log/slog"
)

// placeholder is what a Text shows of itself.
const placeholder = "[redacted]"

// Text is a secret that does not show itself: not when printed in any way,
// not in a log, not in JSON. Reveal is the only way to read it, so that every
// use can be found by name.
type Text string

// Reveal gives the secret itself.
func (t Text) Reveal() string { return string(t) }

// String is a placeholder; empty for an empty secret, so that a missing one is
// seen.
func (t Text) String() string {
	if t == "" {
		return ""
	}
	return placeholder
}

// Format prints the placeholder under every verb, also %x and %#v.
func (t Text) Format(s fmt.State, _ rune) { _, _ = fmt.Fprint(s, t.String()) }

// LogValue is the placeholder.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText is the placeholder: a secret is never exported by accident.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
