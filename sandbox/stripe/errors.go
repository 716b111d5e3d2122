package stripe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// Error types of Stripe docs: api/errors.
const (
	typeInvalidRequest = "invalid_request_error"
	typeCard           = "card_error"
	typeIdempotency    = "idempotency_error"
	typeAPI            = "api_error"
)

// Error is an error as Stripe answers it. The Go API returns it too, so that a
// caller sees the same code and message as over HTTP.
type Error struct {
	Status        int             `json:"-"`
	Charge        string          `json:"charge,omitempty"`
	Code          string          `json:"code,omitempty"`
	DeclineCode   string          `json:"decline_code,omitempty"`
	DocURL        string          `json:"doc_url,omitempty"`
	Message       string          `json:"message"`
	Param         string          `json:"param,omitempty"`
	PaymentIntent json.RawMessage `json:"payment_intent,omitempty"`
	PaymentMethod json.RawMessage `json:"payment_method,omitempty"`
	SetupIntent   json.RawMessage `json:"setup_intent,omitempty"`
	RequestLogURL string          `json:"request_log_url,omitempty"`
	Type          string          `json:"type"`

	why   string // header Stripe-Rate-Limited-Reason
	retry string // header Stripe-Should-Retry
}

// Error is the message with its code, for logs and tests.
func (e *Error) Error() string {
	return fmt.Sprintf("stripe: %d %s %s: %s", e.Status, e.Type, e.Code, e.Message)
}

// invalid is a 400 invalid_request_error.
func invalid(code, param, format string, args ...any) *Error {
	return &Error{
		Status: http.StatusBadRequest, Type: typeInvalidRequest, Code: code, Param: param,
		DocURL: docURL(code), Message: fmt.Sprintf(format, args...),
	}
}

// missing is the 404 of an id that does not exist; param is the parameter that
// carried it ("id" for most paths, "intent" for payment intents).
func missing(kind, id, param string) *Error {
	e := invalid("resource_missing", param, "No such %s: '%s'", kind, id)
	e.Status = http.StatusNotFound
	return e
}

// missingParam is the 400 of a required parameter that was not sent.
func missingParam(name string) *Error {
	return invalid("parameter_missing", name, "Missing required param: %s.", name)
}

// docURL follows Stripe's form https://stripe.com/docs/error-codes/<code>.
func docURL(code string) string {
	if code == "" {
		return ""
	}
	return "https://stripe.com/docs/error-codes/" + strings.ReplaceAll(code, "_", "-")
}

// unauthorised is the 401 of a missing or unknown key.
func unauthorised(key string) *Error {
	e := &Error{Status: http.StatusUnauthorized, Type: typeInvalidRequest}
	if key == "" {
		e.Message = "You did not provide an API key. You need to provide your API key in the Authorization header, " +
			"using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details."
		return e
	}
	e.Message = "Invalid API Key provided: " + maskKey(key)
	return e
}

// maskKey shows the prefix and the last four characters, as Stripe does.
func maskKey(key string) string {
	const shown = 4
	if len(key) <= 2*shown {
		return strings.Repeat("*", len(key))
	}
	head := 0
	if i := strings.LastIndex(key, "_"); i > 0 && i < len(key)-shown {
		head = i + 1
	}
	return key[:head] + strings.Repeat("*", len(key)-head-shown) + key[len(key)-shown:]
}

// logURL is the Dashboard's page of a request, in the form of recorded answers.
func logURL(reqID string, live bool, now int64) string {
	mode := "test/"
	if live {
		mode = ""
	}
	return fmt.Sprintf("https://dashboard.stripe.com/%slogs/%s?t=%d", mode, reqID, now)
}
