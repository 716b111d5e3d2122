package connectors

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
)

// Class is what a remote failure means for the caller. Everything upstream
// acts on the class, never on a vendor's code.
type Class string

// The classes of failure.
const (
	// ClassRetry may succeed at once or soon.
	ClassRetry Class = "retry"
	// ClassLater may succeed at Failure.At.
	ClassLater Class = "later"
	// ClassReconnect needs a person's consent again.
	ClassReconnect Class = "reconnect"
	// ClassRequest is a request that the vendor refuses as it stands.
	ClassRequest Class = "request"
	// ClassStale is a write against a version that is no longer the newest.
	ClassStale Class = "stale"
	// ClassGone is an object that no longer exists.
	ClassGone Class = "gone"
	// ClassClosed is a date in a closed period.
	ClassClosed Class = "closed_period"
	// ClassPermanent will not succeed however often it is tried.
	ClassPermanent Class = "permanent"
	// ClassUnknown is a write whose outcome nobody knows.
	ClassUnknown Class = "unknown"
)

// Failure is a classified error of a vendor.
type Failure struct {
	Class Class
	// Vendor and Op say who and what: "xero", "list invoices page 3".
	Vendor, Op string
	// Code is the vendor's code or HTTP status, as text.
	Code string
	// Text is safe to show to the people of the company: it holds no token. The
	// vendor's own words may name a customer, so that a log gets Logged instead.
	Text string
	// At is when to try again, for ClassLater.
	At time.Time
	// Quota is which of the vendor's limits is used up, where the class is
	// ClassLater or ClassRetry for that: "minute", "day", "month", "app",
	// "concurrent"; "" for any other reason.
	Quota string
	// RequestID is the vendor's id of the call.
	RequestID string
	Err       error
}

// Error names the vendor, the operation, the code and the reason.
func (f *Failure) Error() string {
	text := fmt.Sprintf("%s: %s: %s", f.Vendor, f.Op, f.Text)
	if f.Code != "" {
		text += " (code " + f.Code + ")"
	}
	return text
}

// Brief is the error without the vendor's words.
func (f *Failure) Brief() string {
	text := fmt.Sprintf("%s: %s: %s", f.Vendor, f.Op, f.Class)
	if isWord(f.Code) {
		text += ", code " + f.Code
	}
	if isWord(f.RequestID) {
		text += ", call " + f.RequestID
	}
	return text
}

// isWord says that a text is one short word, as codes are: whatever else stands
// in a code's place was not made to be one.
func isWord(text string) bool {
	const most = 80
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:", r)
	})
}

// Logged is the text of err for a log: failures of vendors in it say where, what
// class, code and call, and nothing that a vendor wrote.
func Logged(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	var walk func(error)
	walk = func(err error) {
		//nolint:errorlint // it walks the chain itself, so that every failure in it is found
		if f, ok := err.(*Failure); ok {
			text = strings.ReplaceAll(text, f.Error(), f.Brief())
		}
		switch x := err.(type) { //nolint:errorlint // as above
		case interface{ Unwrap() error }:
			walk(x.Unwrap())
		case interface{ Unwrap() []error }:
			for _, one := range x.Unwrap() {
				walk(one)
			}
		}
	}
	walk(err)
	return text
}

// Unwrap gives the error below.
func (f *Failure) Unwrap() error { return f.Err }

// ClassOf is the class of err: that of a Failure in its chain, else
// ClassPermanent.
func ClassOf(err error) Class {
	if f, ok := errors.AsType[*Failure](err); ok {
		return f.Class
	}
	return ClassPermanent
}

// AsFailure gives the Failure in err's chain.
func AsFailure(err error) (*Failure, bool) {
	var f *Failure
	ok := errors.As(err, &f)
	return f, ok
}
