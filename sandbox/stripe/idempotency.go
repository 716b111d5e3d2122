package stripe

import (
	"net/http"
	"sort"
	"strings"
)

// idempotencyLife is how long a key is kept (Stripe docs: idempotency, "at
// least 24 hours").
const idempotencyLife = day

// maxIdempotencyKey is the longest key (Stripe docs: idempotency).
const maxIdempotencyKey = 255

// replay is the kept result of a request with an idempotency key.
type replay struct {
	fingerprint string
	request     string
	status      int
	body        []byte
	at          int64
}

// fingerprint identifies a request's operation and parameters, whatever their
// order.
func fingerprint(r *http.Request, encoded string) string {
	parts := strings.Split(encoded, "&")
	sort.Strings(parts)
	return r.Method + " " + r.URL.Path + "?" + strings.Join(parts, "&")
}

// replayed answers from a kept result, if there is one for the key.
func (a *Account) replayed(w http.ResponseWriter, r *http.Request, key, encoded string, now int64) bool {
	if len(key) > maxIdempotencyKey {
		writeError(w, &Error{
			Status: http.StatusBadRequest, Type: typeIdempotency,
			Message: "Idempotency keys can be up to 255 characters long.",
		})
		return true
	}
	kept, ok := a.idempotency[key]
	switch {
	case !ok:
		return false
	case now-kept.at > idempotencyLife:
		delete(a.idempotency, key)
		return false
	case kept.fingerprint != fingerprint(r, encoded):
		writeError(w, &Error{
			Status: http.StatusBadRequest, Type: typeIdempotency,
			Message: "Keys for idempotent requests can only be used with the same parameters they were first used with. " +
				"Try using a key other than '" + key + "' if you meant to execute a different request.",
		})
		return true
	}
	w.Header().Set("Idempotent-Replayed", "true")
	w.Header().Set("Original-Request", kept.request)
	writeBody(w, kept.status, kept.body)
	return true
}

func (a *Account) remember(key string, r *http.Request, encoded, reqID string, status int, body []byte, now int64) {
	a.idempotency[key] = &replay{fingerprint: fingerprint(r, encoded), request: reqID, status: status, body: body, at: now}
}
