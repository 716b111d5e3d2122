package stripe

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

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
		return s.refusal(op, write, refused)
	}
	if later, ok := errors.AsType[*vendorhttp.LaterError](err); ok {
		f := fault(connectors.ClassLater, op, "Stripe asks to wait", err)
		f.At, f.Quota = later.At, later.Quota
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

// quotaPause is how long a connection rests when Stripe goes on refusing calls
// for their number after the transport has waited and tried again: Stripe names
// no time (stripe docs: rate-limits).
const quotaPause = time.Minute

// refusal classifies an error that Stripe itself answered (stripe docs:
// api/errors, error-codes).
func (s *session) refusal(op string, write bool, e *api.Error) *connectors.Failure {
	f := fault(classOf(write, e), op, vendorhttp.Redact(e.Msg), e)
	f.Code, f.RequestID = string(e.Code), e.RequestID
	if f.Code == "" {
		f.Code = strconv.Itoa(e.HTTPStatusCode)
	}
	if f.Text == "" {
		f.Text = "Stripe refused the call"
	}
	if f.Class == connectors.ClassLater {
		f.At, f.Quota = s.access.Now().Add(quotaPause), quotaOf(e)
	}
	if permission := missingPermission(e); permission != "" {
		f.Text = "the key lacks the permission " + permission
	}
	return f
}

// classOf is the one place where Stripe's refusals are classified; the table
// stands in the README.
func classOf(write bool, e *api.Error) connectors.Class {
	switch e.Code {
	case api.ErrorCodeAPIKeyExpired, api.ErrorCodePlatformAPIKeyExpired, api.ErrorCodeSecretKeyRequired, api.ErrorCodeLivemodeMismatch:
		return connectors.ClassReconnect
	case api.ErrorCodeLockTimeout, api.ErrorCodeIdempotencyKeyInUse:
		return connectors.ClassRetry
	}
	switch status := e.HTTPStatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return connectors.ClassReconnect
	case status == http.StatusTooManyRequests:
		return connectors.ClassLater
	case status == http.StatusConflict, status < 500 && shouldRetry(e):
		// Carried out by nobody: a lock, or the same key at work.
		return connectors.ClassRetry
	case status >= 500 && write:
		return connectors.ClassUnknown
	case status >= 500:
		return connectors.ClassRetry
	case e.Type == api.ErrorTypeIdempotency:
		// The key was used for another request: trying again cannot help.
		return connectors.ClassPermanent
	case status == http.StatusNotFound, e.Code == api.ErrorCodeResourceMissing && !write:
		return connectors.ClassGone
	}
	// Here too a write that names something which is missing: the request is
	// at fault, not the object that it was made for.
	return connectors.ClassRequest
}

// quotaOf is which of the limits refused the call: those of calls in flight, or
// those of calls in a second (stripe docs: rate-limits, "Stripe-Rate-Limited-Reason").
func quotaOf(e *api.Error) string {
	if e.LastResponse != nil && strings.Contains(e.LastResponse.Header.Get("Stripe-Rate-Limited-Reason"), "concurrency") {
		return "concurrent"
	}
	return "second"
}

// shouldRetry is what Stripe itself says about trying again (stripe docs:
// error-low-level, "Stripe-Should-Retry").
func shouldRetry(e *api.Error) bool {
	return e.LastResponse != nil && e.LastResponse.Header.Get("Stripe-Should-Retry") == "true"
}

// permissionPattern finds the permission that Stripe names in a refusal of a
// restricted key.
var permissionPattern = regexp.MustCompile(`'(rak_\w+)'`)

func missingPermission(e *api.Error) string {
	if e.HTTPStatusCode != http.StatusForbidden {
		return ""
	}
	if match := permissionPattern.FindStringSubmatch(e.Msg); match != nil {
		return match[1]
	}
	return ""
}

// missing says whether Stripe no longer knows the object that was named.
func missing(err error) bool { return connectors.ClassOf(err) == connectors.ClassGone }
