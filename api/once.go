package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"tieout/people"
)

// maxKey bounds an Idempotency-Key.
const maxKey = 255

// once does a request with an Idempotency-Key one time
// (draft-ietf-httpapi-idempotency-key-header-07): sent again, it is answered as
// it was, and another request under the same key is refused. What failed inside
// may be sent again.
func (c *Call) once(route Route, in any, request, digest string) error {
	if len(request) > maxKey {
		return wrong("Idempotency-Key", "An Idempotency-Key has at most 255 characters.")
	}
	before, begun, err := c.Answers.Take(c.ctx(), c.tenant(), c.Key.ID, request, digest, c.Wall())
	switch {
	case err != nil:
		return err
	case !begun && before.Digest != digest:
		return errReused
	case !begun && before.Status == 0:
		c.w.Header().Set("Retry-After", "5")
		return errUnderWay
	case !begun:
		return c.again(before)
	}
	out, err := c.done(route, in)
	status, kind := http.StatusOK, "application/json"
	if err != nil {
		p := known(err)
		if out, status, kind = p, p.Status, "application/problem+json"; status == http.StatusInternalServerError {
			status = 0
		}
	}
	answer := Answer{Status: status}
	kept := out
	if s, ok := out.(interface{ withoutSecret() any }); ok {
		kept = s.withoutSecret() // what is shown once is not kept
	}
	if body, encoded := text(kept); encoded == nil {
		answer.Body = string(body)
	}
	// What was done is kept even where nobody waits for the answer any more.
	if lost := c.Answers.Keep(context.WithoutCancel(c.ctx()), c.tenant(), c.Key.ID, request, answer); lost != nil && err == nil {
		err = lost
	}
	if err != nil {
		return err
	}
	return c.send(status, kind, out)
}

// again gives an answer that was given before.
func (c *Call) again(kept Answer) error {
	kind := "application/json"
	if kept.Status >= http.StatusBadRequest {
		kind = "application/problem+json"
	}
	c.w.Header().Set("Idempotency-Replayed", "true")
	return c.send(kept.Status, kind, json.RawMessage(kept.Body))
}

// refused says that a secret is none.
func refused(err error) bool { return errors.Is(err, people.ErrRefused) }
