package vendorhttp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"time"

	"tieout/internal/clock"
)

// ErrHost means that a request was made for a host that is not allowed.
var ErrHost = errors.New("calls to this host are not allowed")

// LaterError means that the call was not made, or not carried out, and should
// be made again at an instant that is too far away to wait for.
type LaterError struct {
	At time.Time
	// Status is the answer's that asked for it; 0 when our own limit did.
	Status int
	// Quota is the rate, or the window of the budget, that is used up; "" else.
	Quota string
}

// Error says when, to the minute that is not too early.
func (e *LaterError) Error() string {
	until := clock.Words(e.At.Add(time.Minute - 1))
	if e.Quota != "" {
		return "the calls of this " + e.Quota + " are used up until " + until
	}
	if e.Status == 0 {
		return "the limit of calls is reached until " + until
	}
	return fmt.Sprintf("the vendor asks to wait until %s (status %d)", until, e.Status)
}

// NotSentError wraps an error that came before anything reached the vendor.
type NotSentError struct{ Err error }

// Error is that of the cause.
func (e *NotSentError) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *NotSentError) Unwrap() error { return e.Err }

func notSent(err error) error { return &NotSentError{Err: err} }

// NotSent says whether err means that the vendor did not carry the call out,
// so that a write has certainly not been made.
func NotSent(err error) bool {
	var unsent *NotSentError
	var later *LaterError
	return errors.As(err, &unsent) || errors.As(err, &later)
}

// neverConnected recognises a connection that could not be made.
func neverConnected(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// Reason is the text of err without the address that was called, whose query
// may hold names, and without anything that looks like a secret.
func Reason(err error) string {
	var hiding *scrubbed
	errors.As(err, &hiding)
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	text := err.Error()
	if hiding != nil {
		text = scrub(text, hiding.secrets)
	}
	return Redact(text)
}

// secrets are the shapes of tokens and keys: bearer headers, JSON web tokens,
// Stripe's keys, and what follows the word token or secret.
var secrets = regexp.MustCompile(`(?i)bearer\s+\S+` +
	`|eyJ[\w-]{8,}(\.[\w-]*)*` +
	`|\b[srp]k_(live|test)_\w+` +
	`|\bwhsec_\w+` +
	`|((access|refresh|id)_?token|client_?secret|password)["']?\s*[=:]\s*["']?[^\s"',;&]+`)

// Redact replaces what looks like a secret in text that came from outside.
func Redact(text string) string { return secrets.ReplaceAllString(text, "[redacted]") }
