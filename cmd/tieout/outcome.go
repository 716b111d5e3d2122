package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/connectors"
	"tieout/sync/schedule"
)

// errUsage marks what was wrong with the command line itself.
var errUsage = errors.New("wrong command line")

type usageError struct{ text string }

// Error is what was wrong.
func (e usageError) Error() string { return e.text }

// Is makes the error one of the command line.
func (e usageError) Is(target error) bool { return target == errUsage }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// exitCode prints what went wrong and says how the process ends: the gravest
// of several errors decides.
func (c console) exitCode(ctx context.Context, err error) int {
	switch {
	case err == nil:
		return exitOK
	case ctx.Err() != nil:
		c.note("tieout: stopped. What was read and written so far is stored; the next run goes on from there.")
		return exitStopped
	}
	c.note("tieout: %s", explained(err))
	switch {
	case errors.Is(err, errUsage):
		return exitUsage
	case reconnect(err):
		return exitReconnect
	case errors.Is(err, errUnexplained):
		return exitUnexplained
	}
	return exitFailed
}

// explained adds what a person can do about an error.
func explained(err error) string {
	text := err.Error()
	switch {
	case reconnect(err):
		text += "\nA vendor needs a person: tieout status names the connection, tieout connect VENDOR --again ID renews it."
	case errors.Is(err, schedule.ErrBusy):
		text += "\nAnother tieout process works on the same database, such as tieout serve. Nothing is lost: it does the work, or try again when it has ended."
	}
	return text
}

// reconnect says whether any of several errors needs a person's consent.
func reconnect(err error) bool {
	if f, ok := err.(*connectors.Failure); ok && f.Class == connectors.ClassReconnect { //nolint:errorlint // the tree is walked here
		return true
	}
	switch wrapped := err.(type) { //nolint:errorlint // the tree is walked here
	case interface{ Unwrap() error }:
		inner := wrapped.Unwrap()
		return inner != nil && reconnect(inner)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(wrapped.Unwrap(), reconnect)
	}
	return false
}
