package xero

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

const refusal = `{"ErrorNumber":10,"Type":"ValidationException","Message":"A validation exception occurred","Elements":[{"ValidationErrors":[{"Message":"%s"}]}]}`

func TestStatusesBecomeClasses(t *testing.T) {
	t.Parallel()
	header := func(pairs ...string) map[string]string {
		h := map[string]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			h[pairs[i]] = pairs[i+1]
		}
		return h
	}
	for _, c := range []struct {
		name   string
		status int
		header map[string]string
		body   string
		read   connectors.Class
		write  connectors.Class
		text   string
		at     time.Duration
	}{
		{
			"expired", 401, nil, `{"Title":"Unauthorized","Status":401,"Detail":"TokenExpired: token expired at 01/23/2020 18:21:16"}`,
			connectors.ClassReconnect, connectors.ClassReconnect, "expired", 0,
		},
		{"scope", 401, header("WWW-Authenticate", "insufficent_scope"), `{}`, connectors.ClassReconnect, connectors.ClassReconnect, "scope", 0},
		{
			"forbidden", 403, nil, `{"title":"Forbidden","status":403,"detail":"AuthenticationUnsuccessful"}`,
			connectors.ClassReconnect, connectors.ClassReconnect, "no longer connected", 0,
		},
		{"unknown id", 404, nil, `The resource you're looking for cannot be found`, connectors.ClassGone, connectors.ClassGone, "", 0},
		{"minute", 429, header("X-Rate-Limit-Problem", "minute", "Retry-After", "17"), ``, connectors.ClassLater, connectors.ClassLater, "minute", 17 * time.Second},
		{"day", 429, header("X-Rate-Limit-Problem", "day", "Retry-After", "79200"), ``, connectors.ClassLater, connectors.ClassLater, "day", 22 * time.Hour},
		{"app", 429, header("X-Rate-Limit-Problem", "app-minute"), ``, connectors.ClassLater, connectors.ClassLater, "appminute", time.Minute},
		{"nameless", 429, nil, ``, connectors.ClassLater, connectors.ClassLater, "limit", time.Minute},
		{"concurrent", 429, header("X-Rate-Limit-Problem", "concurrent"), ``, connectors.ClassRetry, connectors.ClassRetry, "at once", 0},
		{"offline", 503, header("Content-Type", "text/html"), `The Organisation is offline`, connectors.ClassLater, connectors.ClassUnknown, "", 5 * time.Minute},
		{"crash", 500, nil, ``, connectors.ClassRetry, connectors.ClassUnknown, "", 0},
		{"gateway", 502, nil, `<html>`, connectors.ClassRetry, connectors.ClassUnknown, "", 0},
		{"precondition", 412, nil, ``, connectors.ClassRequest, connectors.ClassRequest, "", 0},
		{
			"query", 400, nil, `{"ErrorNumber":16,"Type":"QueryParseException","Message":"No property or field 'X' exists"}`,
			connectors.ClassRequest, connectors.ClassRequest, "No property", 0,
		},
		{
			"lock", 400, nil, strings.Replace(refusal, "%s", "The document date cannot be before the period lock date, currently set at 31 March 2026", 1),
			connectors.ClassClosed, connectors.ClassClosed, "lock date", 0,
		},
		{
			"year lock", 400, nil, strings.Replace(refusal, "%s", "The document date cannot be before the end of year lock date, currently set at 31 March 2026", 1),
			connectors.ClassClosed, connectors.ClassClosed, "lock date", 0,
		},
		{
			"overpaid", 400, nil, strings.Replace(refusal, "%s", "Payment amount exceeds the amount outstanding on this document", 1),
			connectors.ClassStale, connectors.ClassStale, "exceeds", 0,
		},
		{
			"invalid", 400, nil, strings.Replace(refusal, "%s", "Account code 'x' is not a valid code for this document.", 1),
			connectors.ClassRequest, connectors.ClassRequest, "not a valid code", 0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := sessionOf(answer(c.status, c.header, c.body))
			for method, want := range map[string]connectors.Class{http.MethodGet: c.read, http.MethodPut: c.write} {
				_, _, err := s.all(context.Background(), call{op: "try", method: method, path: "Payments"}, "Payments")
				f, ok := connectors.AsFailure(err)
				if !ok || f.Class != want || !strings.Contains(f.Text, c.text) {
					t.Fatalf("%s: %v, want %s with %q", method, err, want, c.text)
				}
				if f.Class == connectors.ClassLater && !f.At.Equal(start().Add(c.at)) {
					t.Errorf("%s: again at %s, want after %s", method, f.At, c.at)
				}
			}
		})
	}
}

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

func TestTransportErrorsBecomeClasses(t *testing.T) {
	t.Parallel()
	reconnect := &connectors.Failure{Class: connectors.ClassReconnect, Vendor: name, Op: "refresh token", Text: "ended"}
	for _, c := range []struct {
		name        string
		err         error
		read, write connectors.Class
	}{
		{"cut", io.ErrUnexpectedEOF, connectors.ClassRetry, connectors.ClassUnknown},
		{"deadline", context.DeadlineExceeded, connectors.ClassRetry, connectors.ClassUnknown},
		{"our own limit", &vendorhttp.LaterError{At: start()}, connectors.ClassLater, connectors.ClassLater},
		{"never sent", &vendorhttp.NotSentError{Err: io.EOF}, connectors.ClassRetry, connectors.ClassRetry},
		{"token", &vendorhttp.NotSentError{Err: reconnect}, connectors.ClassReconnect, connectors.ClassReconnect},
	} {
		s := New(Config{}).Open(connectors.Access{Client: &http.Client{Transport: failing{c.err}}, Now: start}).(*session)
		for method, want := range map[string]connectors.Class{http.MethodGet: c.read, http.MethodPut: c.write} {
			_, _, err := s.all(context.Background(), call{op: "try", method: method, path: "Payments"}, "Payments")
			if connectors.ClassOf(err) != want {
				t.Errorf("%s %s: %v, want %s", c.name, method, err, want)
			}
		}
	}
}

// TestTwoHundredIsNoProof sends a write whose 200 carries an error.
func TestTwoHundredIsNoProof(t *testing.T) {
	t.Parallel()
	w := connectors.Write{Op: opPayment, Key: "k", Body: []byte(`{"method":"PUT","path":"Payments","plural":"Payments","body":{"Payments":[{}]}}`)}
	for _, c := range []struct {
		name, body string
		class      connectors.Class
	}{
		{"messages", `{"Payments":[{"PaymentID":"p","StatusAttributeString":"ERROR","ValidationErrors":[{"Message":"No."}]}]}`, connectors.ClassRequest},
		{"the example's description", `{"Payments":[{"PaymentID":"p","HasValidationErrors":true,"ValidationErrors":[{"Description":"No."}]}]}`, connectors.ClassRequest},
		{"a flag alone", `{"Payments":[{"PaymentID":"p","HasValidationErrors":"true"}]}`, connectors.ClassRequest},
		{"no id", `{"Payments":[{}]}`, connectors.ClassUnknown},
		{"nothing", `{"Payments":[]}`, connectors.ClassUnknown},
		{"cut", `{"Payments":[{"PaymentID":"p"`, connectors.ClassUnknown},
	} {
		if _, err := sessionOf(answer(200, nil, c.body)).Send(context.Background(), w); connectors.ClassOf(err) != c.class || err == nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	a, err := sessionOf(answer(200, map[string]string{headerRequestID: "r1"},
		`{"Payments":[{"PaymentID":"p","Warnings":[{"Message":"The payment date is prior to the invoice date."}]}]}`)).Send(context.Background(), w)
	if err != nil || a.Ref.ID != "p" || len(a.Warnings) != 1 || a.RequestID != "r1" {
		t.Errorf("a warning: %+v, %v", a, err)
	}
}

func TestTokenFailures(t *testing.T) {
	t.Parallel()
	v := New(Config{})
	for _, c := range []struct {
		err  error
		want connectors.Class
	}{
		{&oauth2.RetrieveError{ErrorCode: "invalid_grant", Response: &http.Response{StatusCode: 400}}, connectors.ClassReconnect},
		{&oauth2.RetrieveError{ErrorCode: "invalid_client", Response: &http.Response{StatusCode: 401}}, connectors.ClassPermanent},
		{&oauth2.RetrieveError{ErrorCode: "unauthorized_client", Response: &http.Response{StatusCode: 400}}, connectors.ClassPermanent},
		{&oauth2.RetrieveError{Response: &http.Response{StatusCode: 503}}, connectors.ClassRetry},
		{&oauth2.RetrieveError{Response: &http.Response{StatusCode: 429}}, connectors.ClassRetry},
		{errors.New("connection refused"), connectors.ClassRetry},
	} {
		if f := v.TokenFailure(c.err); f == nil || f.Class != c.want {
			t.Errorf("%v: %+v, want %s", c.err, f, c.want)
		}
	}
}

func TestHoldSlowsDownBeforeTheLimit(t *testing.T) {
	t.Parallel()
	for left, want := range map[string]time.Duration{"": 0, "59": 0, "3": 0, "2": 5 * time.Second, "0": 5 * time.Second, "x": 0} {
		h := http.Header{}
		h.Set("X-MinLimit-Remaining", left)
		if got := hold(h); got != want {
			t.Errorf("%q left: hold %s, want %s", left, got, want)
		}
	}
}
