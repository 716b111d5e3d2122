package xero

import (
	"fmt"
	"strings"
)

// ValidationError is what Xero answers as a ValidationException: the element
// was understood and refused.
type ValidationError struct {
	Messages []string
}

func (e *ValidationError) Error() string { return "xero: " + strings.Join(e.Messages, " ") }

// invalid makes a ValidationError with one message.
func invalid(format string, args ...any) error {
	return &ValidationError{Messages: []string{fmt.Sprintf(format, args...)}}
}

// RequestError is a refusal of the whole request with its HTTP status and, for
// API exceptions, Xero's error number and type.
type RequestError struct {
	Status  int
	Number  int
	Type    string
	Message string
}

func (e *RequestError) Error() string { return fmt.Sprintf("xero: %d %s", e.Status, e.Message) }

// notFoundText is the whole body of a 404 (XeroAPI/Xero-OpenAPI issue 163).
const notFoundText = "The resource you're looking for cannot be found"

// notFound is the answer to an id nobody knows (Xero docs: http-response-codes).
func notFound() error {
	return &RequestError{Status: 404, Type: "ObjectNotFoundException", Number: 3, Message: notFoundText}
}

func badQuery(format string, args ...any) error {
	return &RequestError{Status: 400, Number: 16, Type: "QueryParseException", Message: fmt.Sprintf(format, args...)}
}

// noData is Xero's answer to a body without a usable element
// (XeroAPI/xero-node issue 288).
func noData() error {
	return &RequestError{Status: 400, Number: 17, Type: "NoDataProcessedException", Message: "No data has been processed for this endpoint. This endpoint is expecting data to be specifed in the body."}
}
