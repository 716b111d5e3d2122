package xero

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

// offlineWait is how long an organisation that is offline is left alone (Xero
// docs: api/http-response-codes, 503 "The Organisation is offline").
const offlineWait = 5 * time.Minute

// fault makes a failure of this vendor.
func fault(class connectors.Class, op, text string, err error) *connectors.Failure {
	return &connectors.Failure{Class: class, Vendor: name, Op: op, Text: text, Err: err}
}

// networkFailure classifies an error of the transport. A failure that the
// transport has classified itself is kept. A write whose answer did not come
// may have been made: only Find can tell.
func networkFailure(op string, write bool, err error) error {
	if f, ok := connectors.AsFailure(err); ok {
		return f
	}
	if later, ok := errors.AsType[*vendorhttp.LaterError](err); ok {
		f := fault(connectors.ClassLater, op, vendorhttp.Reason(err), err)
		f.At, f.Quota = later.At, later.Quota
		return f
	}
	if write && !vendorhttp.NotSent(err) {
		return fault(connectors.ClassUnknown, op, "no answer came; the outcome is not known", err)
	}
	if errors.Is(err, context.Canceled) {
		return fault(connectors.ClassRetry, op, "the call was cancelled", err)
	}
	return fault(connectors.ClassRetry, op, "Xero could not be reached: "+vendorhttp.Reason(err), err)
}

// bodyFailure classifies a 200 answer that could not be read to its end. A
// cut is worth another try; other text than JSON comes from gateways.
func bodyFailure(op string, write bool, err error) error {
	if write {
		return fault(connectors.ClassUnknown, op, "the answer could not be read; the outcome is not known", err)
	}
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if (errors.As(err, &syntax) || errors.As(err, &kind)) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return fault(connectors.ClassPermanent, op, "the answer is not the JSON that Xero documents", err)
	}
	return fault(connectors.ClassRetry, op, "the answer broke off", err)
}

// problem is the union of Xero's error bodies. encoding/json matches keys
// without regard to case, which Xero varies (Xero docs:
// api/http-response-codes, accounting/requests-and-responses).
type problem struct {
	ErrorNumber int
	Type        string
	Message     string
	Title       string
	Detail      string
	Elements    []json.RawMessage
}

// problemOf reads an error's body. Some come as XML although JSON was asked for
// (XeroAPI/xero-node issue 228), and some with a byte-order mark; gateways send
// text, of which nothing is taken.
func problemOf(body []byte) problem {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	var p problem
	if !bytes.HasPrefix(body, []byte("<")) {
		_ = json.Unmarshal(body, &p)
		return p
	}
	var x struct {
		XMLName     xml.Name
		ErrorNumber int
		Type        string
		Message     string
		Messages    []string `xml:"Elements>DataContractBase>ValidationErrors>ValidationError>Message"`
	}
	if xml.Unmarshal(body, &x) != nil || x.XMLName.Local != "ApiException" {
		return p
	}
	p.ErrorNumber, p.Type, p.Message = x.ErrorNumber, x.Type, x.Message
	for _, m := range x.Messages {
		if raw, err := json.Marshal(element{ValidationErrors: []message{{Message: m}}}); err == nil {
			p.Elements = append(p.Elements, raw)
		}
	}
	return p
}

// statusFailure classifies an answer whose status says that it failed. Its
// body is read to a bound and never shown as it is: Xero echoes the request.
func statusFailure(op string, response *http.Response, write bool, now time.Time) *connectors.Failure {
	body, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	f := fault(connectors.ClassRequest, op, "Xero refuses the request", nil)
	f.Code = strconv.Itoa(response.StatusCode)
	f.RequestID = response.Header.Get(headerRequestID)
	p := problemOf(body)
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		f.Class, f.Text = connectors.ClassReconnect, accessText(response, p)
		if f.Text == scopeText {
			f.Err = errScope
		}
	case status == http.StatusNotFound:
		f.Class, f.Text = connectors.ClassGone, "Xero knows no such object"
	case status == http.StatusTooManyRequests:
		limited(f, response, now)
	case status == http.StatusNotImplemented || status == http.StatusMethodNotAllowed:
		f.Class, f.Text = connectors.ClassPermanent, "Xero has no such method"
	case status == http.StatusConflict && !write:
		f.Class, f.Text = connectors.ClassRetry, "Xero is busy with the same object"
	case status == http.StatusConflict || status == http.StatusRequestTimeout && write:
		// The first call with the same key may still be under way.
		f.Class, f.Text = connectors.ClassUnknown, "Xero is busy with the same request; the outcome is not known"
	case status == http.StatusRequestTimeout:
		f.Class, f.Text = connectors.ClassRetry, "Xero gave up waiting"
	case status >= 500 && write:
		f.Class, f.Text = connectors.ClassUnknown, "Xero failed; the outcome is not known"
	case status == http.StatusServiceUnavailable:
		f.Class, f.Text, f.At = connectors.ClassLater, "the organisation is offline", now.Add(offlineWait)
		if wait, ok := vendorhttp.RetryAfter(response.Header, now); ok {
			f.At = now.Add(wait)
		}
	case status >= 500:
		f.Class, f.Text = connectors.ClassRetry, "Xero failed"
	case status == http.StatusBadRequest:
		refused(f, p)
	}
	return f
}

// errScope is what a call fails with that the consent does not cover.
var errScope = errors.New("xero: " + scopeText)

const scopeText = "the consent lacks a scope; connect again"

// accessText says which of the reasons for 401 and 403 it is. A missing scope
// never heals by a refresh; Xero's header spells it "insufficent_scope".
func accessText(response *http.Response, p problem) string {
	if strings.Contains(response.Header.Get("WWW-Authenticate"), "insuffic") {
		return scopeText
	}
	if response.StatusCode == http.StatusForbidden {
		return "the organisation is no longer connected, or the user lost the role; connect again"
	}
	if strings.HasPrefix(p.Detail, "TokenExpired") {
		return "the access token has expired"
	}
	return "Xero does not accept the access token"
}

// limited reads a 429: minute and day limits say when to come back, the limit
// on concurrent calls does not (Xero docs: guides/oauth2/limits).
func limited(f *connectors.Failure, response *http.Response, now time.Time) {
	which := strings.ReplaceAll(strings.ToLower(response.Header.Get("X-Rate-Limit-Problem")), "-", "")
	quota := map[string]string{"": "call", "appminute": "app", "appday": "app"}[which]
	if quota == "" {
		quota = which
	}
	f.Quota = quota
	wait, told := vendorhttp.RetryAfter(response.Header, now)
	if quota == "concurrent" && wait == 0 {
		f.Class, f.Text = connectors.ClassRetry, "too many calls at once"
		return
	}
	if !told || wait == 0 {
		wait = time.Minute
		if quota == "day" {
			wait = time.Hour
		}
	}
	f.Class, f.Text, f.At = connectors.ClassLater, "the "+quota+" limit of Xero is used up", now.Add(wait)
}

// refused reads a 400: the messages of its elements say what is wrong.
func refused(f *connectors.Failure, p problem) {
	messages := []string{}
	for _, raw := range p.Elements {
		var e element
		if json.Unmarshal(raw, &e) == nil {
			messages = append(messages, e.errors()...)
		}
	}
	if len(messages) == 0 && p.Message != "" {
		messages = append(messages, p.Message)
	}
	if p.Type != "" {
		f.Code = p.Type
	}
	messageFailure(f, messages)
}

// messageFailure sets class and text from Xero's validation messages. They
// name fields, codes and dates, not secrets.
func messageFailure(f *connectors.Failure, messages []string) {
	f.Class = connectors.ClassRequest
	if len(messages) == 0 {
		f.Text = "Xero refuses the request without a reason"
		return
	}
	f.Text = strings.Join(messages, " ")
	for _, m := range messages {
		if class := messageClass(m); class != "" {
			f.Class = class
			return
		}
	}
}

// messageClass knows the messages that mean more than a bad request. Xero
// gives them no codes.
func messageClass(message string) connectors.Class {
	text := strings.ToLower(message)
	has := func(words ...string) bool {
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	switch {
	case has("lock date"):
		// "The document date cannot be before the period lock date, ..."
		return connectors.ClassClosed
	case has("not of valid status for modification"), has("cannot be edited as it has a payment"),
		has("payments can only be made against authorised"), has("exceeds the amount outstanding"),
		has("greater than amount outstanding"), has("has already been paid off"), has("status voided cannot be applied"):
		// The document has moved on since it was read.
		return connectors.ClassStale
	case has("document", "was not found"), has("invoice", "could not be found"):
		return connectors.ClassGone
	}
	return ""
}
