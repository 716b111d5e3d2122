package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"

	"tieout/people"
	"tieout/sync/monthend"
	"tieout/sync/undo"
	"tieout/web"
)

// Problem is an error as RFC 9457 has it. Type is an address on the page that
// explains it.
type Problem struct {
	Type   string `json:"type" doc:"What kind of problem it is: an address below /api/ that explains it."`
	Title  string `json:"title" doc:"The kind in words."`
	Status int    `json:"status" doc:"The HTTP status."`
	Detail string `json:"detail,omitempty" doc:"What is wrong with this request."`
	// Field is the part of the request that is not right.
	Field string `json:"field,omitempty" doc:"The parameter or field that is not right."`
	// Reference finds what happened in the log.
	Reference string `json:"reference,omitempty" doc:"Under this reference the log says what happened."`
}

// Error is the title and what is wrong.
func (p Problem) Error() string { return cmp.Or(p.Detail, p.Title) }

func (p Problem) with(detail string) Problem {
	p.Detail = detail
	return p
}

func kind(name, title string, status int) Problem {
	return Problem{Type: "/api/#problem-" + name, Title: title, Status: status}
}

// The kinds of problems.
//
//nolint:gochecknoglobals // values that never change, and errors are compared with none of them
var (
	errKey       = kind("key", "A valid API key is needed", http.StatusUnauthorized)
	errScope     = kind("scope", "The key does not allow this", http.StatusForbidden)
	errNothing   = kind("not-found", "There is nothing here", http.StatusNotFound)
	errMethod    = kind("method", "This address does not take this method", http.StatusMethodNotAllowed)
	errTooLarge  = kind("too-large", "The request is too large", http.StatusRequestEntityTooLarge)
	errMedia     = kind("media-type", "The body has to be application/json", http.StatusUnsupportedMediaType)
	errRequest   = kind("request", "The request is not right", http.StatusBadRequest)
	errConflict  = kind("conflict", "This cannot be done as things are now", http.StatusConflict)
	errSecond    = kind("second-person", "A second person has to approve this", http.StatusConflict)
	errReused    = kind("key-reused", "This Idempotency-Key was used for another request", http.StatusUnprocessableEntity)
	errUnderWay  = kind("under-way", "The same request is being worked at", http.StatusConflict)
	errTooMany   = kind("too-many", "Too many requests", http.StatusTooManyRequests)
	errInside    = kind("inside", "Something went wrong", http.StatusInternalServerError)
	errNoLongerA = kind("gone", "What this feed showed is gone", http.StatusGone)
)

// kinds are all there are, for the page and the document.
func kinds() []Problem {
	return []Problem{
		errKey, errScope, errNothing, errMethod, errTooLarge, errMedia, errRequest, errConflict, errSecond, errReused, errUnderWay, errTooMany, errInside, errNoLongerA,
	}
}

// wrong says of one part of a request what is not right.
func wrong(field, detail string) Problem {
	p := errRequest.with(detail)
	p.Field = field
	return p
}

// known is an error as programs are told of it.
func known(err error) Problem {
	if p, ok := errors.AsType[Problem](err); ok {
		return p
	}
	var tooLarge *http.MaxBytesError
	var field people.InputError
	var words web.FieldError
	switch {
	case missing(err):
		return errNothing
	case errors.As(err, &tooLarge):
		return errTooLarge
	case errors.As(err, &field):
		return wrong(field.Field, field.Text)
	case errors.As(err, &words):
		return errConflict.with(words.Text)
	case errors.Is(err, web.ErrForbidden):
		return errScope.with("What this would do needs a permission that the key, or its person's role, does not have.")
	case errors.Is(err, web.ErrNoAnswer):
		return wrong("answer", "This is none of the answers. Where an account is asked for, its id stands behind the colon.")
	case errors.Is(err, web.ErrSecondPerson):
		return errSecond.with(web.ErrSecondPerson.Error())
	}
	for _, conflict := range []error{web.ErrAnswered, web.ErrActed, web.ErrOtherShown, web.ErrBusy, web.ErrSamePerson, monthend.ErrSame, undo.ErrNothing, undo.ErrUnderWay, undo.ErrScope} {
		if errors.Is(err, conflict) {
			return errConflict.with(conflict.Error())
		}
	}
	return errInside
}

// problem answers with a problem.
func problem(w http.ResponseWriter, p Problem) {
	body, err := json.Marshal(p)
	if err != nil {
		body = []byte("{}") // texts and numbers always encode
	}
	h := w.Header()
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="Tieout"`)
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}
