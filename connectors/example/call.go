package example

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"tieout/connectors"
	"tieout/internal/vendorhttp"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 8 << 20

// call makes one call and reads the answer into out. Every failure of the
// vendor is classified here and nowhere else.
func (s *session) call(ctx context.Context, op, method, path, key string, body []byte, out any) (requestID string, err error) {
	write := method != http.MethodGet
	request, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	if err != nil {
		return "", failure(connectors.ClassPermanent, op, "", "the call could not be built", err)
	}
	request.Header.Set("Idempotency-Key", key)
	answer, err := s.access.Client.Do(request)
	if err != nil {
		return "", lost(op, write, err)
	}
	defer func() { _ = answer.Body.Close() }()
	requestID = answer.Header.Get("Request-Id")
	if answer.StatusCode >= http.StatusBadRequest {
		f := failure(classOf(answer.StatusCode, write), op, strconv.Itoa(answer.StatusCode), "the ledger refuses the call", nil)
		f.RequestID = requestID
		return requestID, f
	}
	decoder := json.NewDecoder(io.LimitReader(answer.Body, maxAnswer))
	decoder.UseNumber()
	if err := decoder.Decode(out); err != nil {
		return requestID, failure(unknownIf(write), op, "", "the answer cannot be read", err)
	}
	return requestID, nil
}

func classOf(status int, write bool) connectors.Class {
	if class, ok := classes()[status]; ok {
		return class
	}
	if status >= http.StatusInternalServerError {
		return unknownIf(write)
	}
	return connectors.ClassRequest
}

// unknownIf is the class of a failure after which a write may have been made.
func unknownIf(write bool) connectors.Class {
	if write {
		return connectors.ClassUnknown
	}
	return connectors.ClassRetry
}

// lost classifies a call without an answer.
func lost(op string, write bool, err error) error {
	if f, ok := connectors.AsFailure(err); ok {
		return f
	}
	if later, ok := errors.AsType[*vendorhttp.LaterError](err); ok {
		f := failure(connectors.ClassLater, op, "", vendorhttp.Reason(err), err)
		f.At = later.At
		return f
	}
	return failure(unknownIf(write && !vendorhttp.NotSent(err)), op, "", vendorhttp.Reason(err), err)
}

func failure(class connectors.Class, op, code, text string, err error) *connectors.Failure {
	return &connectors.Failure{Class: class, Vendor: name, Op: op, Code: code, Text: text, Err: err}
}

// badCursor means that a cursor was saved by another version.
func badCursor(err error) error { return fmt.Errorf("example: cursor: %w", err) }
