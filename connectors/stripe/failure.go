package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	api "github.com/stripe/stripe-go/v76"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

func fault(class connectors.Class, op, text string, err error) *connectors.Failure {
	return &connectors.Failure{Class: class, Vendor: name, Op: op, Text: text, Err: err}
}

// failure classifies an error of stripe-go or of the transport. For a write, a
// network error or an answer that cannot be read means that nobody knows.
func (s *session) failure(op string, write bool, err error) error {
	if refused, ok := errors.AsType[*api.Error](err); ok {
		return refusal(op, write, refused)
	}
	if later, ok := errors.AsType[*vendorhttp.LaterError](err); ok {
		f := fault(connectors.ClassLater, op, "Stripe asks to wait", err)
		f.At = later.At
		return f
	}
	class, text := connectors.ClassRetry, "Stripe could not be reached: "+vendorhttp.Reason(err)
	if write {
		class = connectors.ClassUnknown
	}
	var network *url.Error
	switch {
	case !errors.As(err, &network):
		// stripe-go puts a sample of the body into this error: it goes no
		// further than here.
		return fault(class, op, "the answer cannot be read", nil)
	case vendorhttp.NotSent(err):
		class, text = connectors.ClassRetry, "the call was not made: "+vendorhttp.Reason(err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		text = "the call was ended before Stripe answered"
	}
	// A failure of the token source keeps its own class.
	if inner, ok := connectors.AsFailure(err); ok {
		class = inner.Class
	}
	return fault(class, op, text, err)
}

// refusal classifies an error that Stripe itself answered (stripe docs:
// api/errors, error-codes).
func refusal(op string, write bool, e *api.Error) *connectors.Failure {
	f := fault(classOf(write, e), op, vendorhttp.Redact(e.Msg), e)
	f.Code, f.RequestID = string(e.Code), e.RequestID
	if f.Code == "" {
		f.Code = strconv.Itoa(e.HTTPStatusCode)
	}
	if f.Text == "" {
		f.Text = "Stripe refused the call"
	}
	return f
}

func classOf(write bool, e *api.Error) connectors.Class {
	switch e.HTTPStatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return connectors.ClassReconnect
	case http.StatusTooManyRequests, http.StatusConflict:
		// Carried out by nobody: a limit, a lock, or the same key at work.
		return connectors.ClassRetry
	}
	switch {
	case e.HTTPStatusCode >= 500 && write:
		return connectors.ClassUnknown
	case e.HTTPStatusCode >= 500:
		return connectors.ClassRetry
	case e.Type == api.ErrorTypeIdempotency:
		// The key was used for another request: trying again cannot help.
		return connectors.ClassPermanent
	case e.Code == api.ErrorCodeResourceMissing, e.HTTPStatusCode == http.StatusNotFound:
		return connectors.ClassGone
	}
	return connectors.ClassRequest
}

// missing says whether Stripe no longer knows the object that was named.
func missing(err error) bool { return connectors.ClassOf(err) == connectors.ClassGone }
