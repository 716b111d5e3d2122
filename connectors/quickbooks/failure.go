package quickbooks

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

// fault is Intuit's error answer, whichever of its spellings it came in.
type fault struct {
	Type   string
	Errors []faultError
}

type faultError struct {
	Code    string
	Message string
	Detail  string
}

// verdict is what one of Intuit's codes means.
type verdict struct {
	class connectors.Class
	// text is shown; "" shows Intuit's own message.
	text string
	// detail says that Intuit's detail holds no token and no name, and helps.
	detail bool
	// subscription says that the code also stands for a subscription that has
	// ended, when the text speaks of one.
	subscription bool
}

// subscriptionEnded is the code of a company that has ended or is suspended.
const subscriptionEnded = "6190"

// verdictOfType judges a code that is not in the table by the fault's type
// (Intuit docs: handling common errors; recorded gateway answers).
func verdictOfType(kind string) verdict {
	switch kind {
	case "AUTHENTICATION", "AuthenticationFault":
		return verdict{class: connectors.ClassReconnect, text: "QuickBooks does not accept the access token"}
	case "AUTHORIZATION", "AuthorizationFault":
		return verdict{class: connectors.ClassReconnect, text: "the connection has no right to this company"}
	case "SystemFault", "SERVICE":
		return verdict{class: connectors.ClassRetry, text: "QuickBooks is in trouble"}
	}
	return verdict{class: connectors.ClassRequest, detail: kind == "ValidationFault"}
}

// verdicts is the table of Intuit's error codes (Intuit docs: handling common
// errors; hub/blog 2017-06-08 top errors). A code that is not in it is a
// request that QuickBooks refuses.
func verdicts() map[string]verdict {
	return map[string]verdict{
		"3200":            {class: connectors.ClassReconnect, text: "QuickBooks does not accept the access token"},
		"3100":            {class: connectors.ClassReconnect, text: "the connection has no right to this company"},
		"120":             {class: connectors.ClassReconnect, text: "the user who connected has lost the right to this company: an administrator must connect again"},
		"3001":            {class: connectors.ClassLater, text: "too many calls"},
		subscriptionEnded: {class: connectors.ClassPermanent, text: "the company's subscription has ended or is suspended"},
		"610":             {class: connectors.ClassGone, text: "the object does not exist, or something that it refers to is inactive", detail: true},
		"620":             {class: connectors.ClassRequest, text: "the transactions cannot be linked", detail: true},
		"5010":            {class: connectors.ClassStale, text: "somebody else changed the object in the meantime"},
		"6240":            {class: connectors.ClassRequest, text: "the name is already in use"},
		"6140":            {class: connectors.ClassRequest, text: "the document number is already in use"},
		"6210":            {class: connectors.ClassClosed, text: "the date lies in a closed period"},
		"6540":            {class: connectors.ClassRequest, text: "the payment is part of a bank deposit and cannot be changed"},
		"6000":            {class: connectors.ClassRequest, detail: true, subscription: true},
		"2010":            {class: connectors.ClassPermanent, text: "QuickBooks does not know a property of the request"},
		"2020":            {class: connectors.ClassRequest, text: "a required field is missing", detail: true},
		"2030":            {class: connectors.ClassRequest, text: "an id is not valid", detail: true},
		"2050":            {class: connectors.ClassRequest, text: "a text is too long", detail: true},
		"2080":            {class: connectors.ClassRequest, text: "a number is not valid", detail: true},
		"2170":            {class: connectors.ClassRequest, text: "a word is none of those that are allowed", detail: true},
		"2200":            {class: connectors.ClassRequest, text: "a web address is not valid"},
		"2210":            {class: connectors.ClassRequest, text: "an e-mail address is not valid"},
		"2500":            {class: connectors.ClassRequest, text: "something that the document refers to does not exist", detail: true},
		"6250":            {class: connectors.ClassRequest, text: "the customer is not valid"},
		"6560":            {class: connectors.ClassRequest, text: "the customer is missing"},
		"4000":            {class: connectors.ClassPermanent, text: "QuickBooks cannot read the query"},
		"4001":            {class: connectors.ClassPermanent, text: "QuickBooks refuses the query"},
		"500":             {class: connectors.ClassPermanent, text: "QuickBooks does not know this operation"},
		// Also hides objects that refer to something made inactive (PHP SDK
		// issue 127).
		"10000": {class: connectors.ClassRetry, text: "QuickBooks is in trouble"},
	}
}

// severity ranks classes: of several errors the worst decides.
func severity(c connectors.Class) int {
	order := []connectors.Class{
		connectors.ClassRetry, connectors.ClassLater, connectors.ClassStale, connectors.ClassRequest,
		connectors.ClassClosed, connectors.ClassGone, connectors.ClassPermanent, connectors.ClassReconnect,
	}
	for i, o := range order {
		if o == c {
			return i
		}
	}
	return len(order)
}

// quotaMinute is what a throttled call is taken for. Intuit answers in the same
// way when a free app has used up its month (Intuit docs:
// limits-and-throttles); that is seen by our own count.
const quotaMinute = "minute"

// transportFailure classifies a call that brought no answer.
func transportFailure(op, method string, err error) error {
	if own, ok := errors.AsType[*connectors.Failure](err); ok {
		return own // the token source has classified it; what wraps it quotes the address
	}
	f := &connectors.Failure{Class: connectors.ClassRetry, Vendor: Name, Op: op, Text: "QuickBooks cannot be reached", Err: errors.New(vendorhttp.Reason(err))}
	var later *vendorhttp.LaterError
	switch {
	case errors.As(err, &later):
		f.Class, f.At, f.Text, f.Quota = connectors.ClassLater, later.At, "the limit of calls is reached", later.Quota
		if later.Quota == string(vendorhttp.WindowMonth) {
			f.Text = "the month's metered calls are used up"
		} else if later.Status == http.StatusTooManyRequests {
			f.Quota = quotaMinute
		}
	case errors.Is(err, vendorhttp.ErrHost):
		f.Class, f.Text = connectors.ClassPermanent, "the configured address of QuickBooks is not allowed"
	case vendorhttp.NotSent(err), method == http.MethodGet:
	default:
		f.Class, f.Text = connectors.ClassUnknown, "the connection broke while writing"
	}
	return f
}

func brokenAnswer(op, method string, a answer, text string, err error) error {
	f := &connectors.Failure{Class: connectors.ClassRetry, Vendor: Name, Op: op, Text: text, RequestID: a.requestID, Err: err}
	if method != http.MethodGet {
		f.Class = connectors.ClassUnknown
	}
	return f
}

// malformed is an answer of status 200 whose body is not what it should be.
func malformed(op string, a answer, err error) error {
	return &connectors.Failure{
		Class: connectors.ClassRetry, Vendor: Name, Op: op, Code: "malformed",
		Text: "the answer cannot be read", RequestID: a.requestID, Err: err,
	}
}

// statusFailure classifies an answer that is not 200.
func (s *Session) statusFailure(op, method string, a answer) error {
	if known, ok := parseFault(a.body); ok && a.status < http.StatusInternalServerError && a.status != http.StatusTooManyRequests {
		return s.faultFailure(op, method, a, known)
	}
	f := &connectors.Failure{Vendor: Name, Op: op, Code: fmt.Sprint(a.status), RequestID: a.requestID}
	switch {
	case a.status == http.StatusUnauthorized:
		f.Class, f.Text = connectors.ClassReconnect, "QuickBooks does not accept the access token"
	case a.status == http.StatusForbidden:
		f.Class, f.Text = connectors.ClassReconnect, "the connection has no right to this company"
	case a.status == http.StatusTooManyRequests:
		f.Class, f.Text, f.At, f.Quota = connectors.ClassLater, "too many calls", s.retryAt(a.header), quotaMinute
	case a.status >= http.StatusInternalServerError || a.status == http.StatusRequestTimeout:
		f.Class, f.Text = connectors.ClassRetry, "QuickBooks is in trouble"
		if method != http.MethodGet {
			f.Class = connectors.ClassUnknown
		}
	default:
		f.Class, f.Text = connectors.ClassPermanent, "an answer that nobody expected"
	}
	return f
}

func (s *Session) retryAt(h http.Header) time.Time {
	now := nowOrZero(s.access.Now)()
	if d, ok := vendorhttp.RetryAfter(h, now); ok {
		return now.Add(d)
	}
	return now.Add(throttlePause)
}

// faultFailure classifies a fault by the worst of its errors.
func (s *Session) faultFailure(op, method string, a answer, known fault) error {
	f := &connectors.Failure{Class: connectors.ClassRequest, Vendor: Name, Op: op, Code: fmt.Sprint(a.status), Text: "QuickBooks refuses the request", RequestID: a.requestID}
	table, worst := verdicts(), -1
	for _, e := range known.Errors {
		v, ok := table[strings.TrimLeft(e.Code, "0")]
		switch {
		case !ok:
			v = verdictOfType(known.Type)
		case v.subscription && strings.Contains(strings.ToLower(e.Message+" "+e.Detail), "subscription"):
			v = table[subscriptionEnded]
		}
		if rank := severity(v.class); rank > worst {
			worst = rank
			f.Class, f.Code, f.Text = v.class, e.Code, faultText(v, e)
		}
	}
	switch {
	case f.Class == connectors.ClassLater:
		f.At, f.Quota = s.retryAt(a.header), quotaMinute
	case f.Class == connectors.ClassRetry && method != http.MethodGet:
		f.Class = connectors.ClassUnknown
	}
	return f
}

// textMost bounds what is shown of a vendor's sentence.
const textMost = 300

func faultText(v verdict, e faultError) string {
	text := v.text
	if text == "" {
		text = orElse(e.Message, "QuickBooks refuses the request")
	}
	if v.detail && e.Detail != "" && e.Detail != text {
		text += ": " + e.Detail
	}
	return truncate(vendorhttp.Redact(text), textMost)
}

// parseFault reads a fault in each form that has been seen: JSON with a
// capital letter, the gateway's JSON without, and the gateway's XML.
func parseFault(body []byte) (fault, bool) {
	start := strings.TrimSpace(string(body[:min(len(body), 256)]))
	switch {
	case strings.HasPrefix(start, "<"):
		return parseXMLFault(body)
	case strings.HasPrefix(start, "{"):
		return parseJSONFault(body)
	}
	return fault{}, false
}

func parseJSONFault(body []byte) (fault, bool) {
	var found fault
	err := walkObject(body, func(key, value []byte) error {
		if string(key) != "Fault" && string(key) != "fault" {
			return nil
		}
		var wire struct { // encoding/json matches both spellings
			Type  string
			Error []struct {
				Code    json.RawMessage
				Message string
				Detail  string
			}
		}
		if err := json.Unmarshal(value, &wire); err != nil {
			return err
		}
		found.Type = wire.Type
		for _, e := range wire.Error {
			code := strings.Trim(string(e.Code), `"`)
			found.Errors = append(found.Errors, faultError{Code: code, Message: e.Message, Detail: e.Detail})
		}
		return nil
	})
	return found, err == nil && len(found.Errors) > 0
}

func parseXMLFault(body []byte) (fault, bool) {
	var wire struct {
		Fault struct {
			Type  string `xml:"type,attr"`
			Error []struct {
				Code    string `xml:"code,attr"`
				Message string
				Detail  string
			}
		}
	}
	if xml.Unmarshal(body, &wire) != nil || len(wire.Fault.Error) == 0 {
		return fault{}, false
	}
	found := fault{Type: wire.Fault.Type}
	for _, e := range wire.Fault.Error {
		found.Errors = append(found.Errors, faultError{Code: e.Code, Message: e.Message, Detail: e.Detail})
	}
	return found, true
}

// truncate cuts text after n runes.
func truncate(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
