package xero

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
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
		{"app", 429, header("X-Rate-Limit-Problem", "app-minute"), ``, connectors.ClassLater, connectors.ClassLater, "app limit", time.Minute},
		{"nameless", 429, nil, ``, connectors.ClassLater, connectors.ClassLater, "limit", time.Minute},
		{"concurrent", 429, header("X-Rate-Limit-Problem", "concurrent"), ``, connectors.ClassRetry, connectors.ClassRetry, "at once", 0},
		{"offline", 503, header("Content-Type", "text/html"), `The Organisation is offline`, connectors.ClassLater, connectors.ClassUnknown, "", 5 * time.Minute},
		{"crash", 500, nil, ``, connectors.ClassRetry, connectors.ClassUnknown, "", 0},
		{"gateway", 502, nil, `<html>`, connectors.ClassRetry, connectors.ClassUnknown, "", 0},
		{"back soon", 503, header("Retry-After", "30"), `down for maintenance`, connectors.ClassLater, connectors.ClassUnknown, "", 30 * time.Second},
		{"precondition", 412, nil, ``, connectors.ClassRequest, connectors.ClassRequest, "", 0},
		{"conflict", 409, nil, ``, connectors.ClassRetry, connectors.ClassUnknown, "busy", 0},
		{"patience", 408, nil, ``, connectors.ClassRetry, connectors.ClassUnknown, "", 0},
		{"no method", 501, nil, ``, connectors.ClassPermanent, connectors.ClassPermanent, "no such method", 0},
		{
			"XML", 400, header("Content-Type", "text/xml"), `<ApiException xmlns:xsi="x"><ErrorNumber>10</ErrorNumber><Type>ValidationException</Type><Message>A</Message>
				<Elements><DataContractBase xsi:type="Allocation"><ValidationErrors><ValidationError><Message>The invoice you are trying to allocate to has already been paid off</Message>
				</ValidationError></ValidationErrors></DataContractBase></Elements></ApiException>`,
			connectors.ClassStale, connectors.ClassStale, "paid off", 0,
		},
		{
			"XML without elements", 400, nil, `<ApiException><ErrorNumber>17</ErrorNumber><Type>NoDataProcessedException</Type><Message>No data has been processed</Message></ApiException>`,
			connectors.ClassRequest, connectors.ClassRequest, "No data", 0,
		},
		{"HTML", 400, nil, `<html><body>Bad Request<br></body></html>`, connectors.ClassRequest, connectors.ClassRequest, "without a reason", 0},
		{"mark before JSON", 400, nil, "\xef\xbb\xbf" + `{"Type":"ValidationException","Message":"Try this"}`, connectors.ClassRequest, connectors.ClassRequest, "Try this", 0},
		{
			"key used again", 400, nil, `{"Message":"Idempotency Key: x is used with a different request"}`,
			connectors.ClassRequest, connectors.ClassRequest, "different request", 0,
		},
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
				limited := c.status == http.StatusTooManyRequests
				if limited != (f.Quota != "") {
					t.Errorf("%s: the limit %q is used up", method, f.Quota)
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

func TestHoldWhenAMinuteIsUsedUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, left string
		want       time.Duration
	}{
		{"X-MinLimit-Remaining", "", 0},
		{"X-MinLimit-Remaining", "59", 0},
		{"X-MinLimit-Remaining", "1", 0},
		{"X-MinLimit-Remaining", "0", minutePause},
		{"X-MinLimit-Remaining", "x", 0},
		{"X-AppMinLimit-Remaining", "0", minutePause},
		{"X-AppMinLimit-Remaining", "9000", 0},
		{"X-DayLimit-Remaining", "0", 0},
	} {
		h := http.Header{}
		h.Set(c.name, c.left)
		if got := hold(h); got != c.want {
			t.Errorf("%s %q: hold %s, want %s", c.name, c.left, got, c.want)
		}
	}
}

// TestRecordedErrorBody reads the one recorded body of the newer form.
func TestRecordedErrorBody(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(data(t, "auth-errors", "object_not_found.json"))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = sessionOf(answer(404, nil, string(raw))).all(context.Background(), call{op: "try", method: http.MethodGet, path: "Payments"}, "Payments")
	if connectors.ClassOf(err) != connectors.ClassGone || problemOf(raw).Title == "" {
		t.Errorf("%v", err)
	}
}

func TestEgressIsOfTheAppAndTier(t *testing.T) {
	t.Parallel()
	for tier, gib := range map[Tier]int64{"": 0, TierStarter: 0, TierCore: 10, TierPlus: 50, TierAdvanced: 250, TierEnterprise: 0} {
		b := New(Config{ClientID: "app-1", Tier: tier}).Limits().Budgets[0]
		if b.App != "app-1" || b.Limit != gib<<30 || !b.Soft {
			t.Errorf("%s: %+v", tier, b)
		}
		for path, want := range map[string]int64{apiPath + "Invoices": 1, apiPath + "Organisation": 0, "/connections": 0} {
			if got := b.Weight(&http.Request{URL: &url.URL{Path: path}}); got != want {
				t.Errorf("%s counts: %v", path, got)
			}
		}
	}
}
