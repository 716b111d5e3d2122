package vendorhttp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxRequest bounds the body of a write, which is kept in memory for the
// replay after a 401.
const maxRequest = 8 << 20

// state is what the layers share about one request. Its attempts run one
// after the other, so it needs no lock.
type state struct {
	body []byte
	// read marks a request without effect, which may be repeated.
	read bool
	// pause is the wait that the next attempt begins with.
	pause    time.Duration
	attempts int
}

type stateKey struct{}

func stateOf(ctx context.Context) *state {
	s, _ := ctx.Value(stateKey{}).(*state)
	return s
}

// entry is the outermost layer: it checks the host and keeps the body.
type entry struct {
	options Options
	next    http.RoundTripper
}

// RoundTrip sends the request, repeating reads.
func (e *entry) RoundTrip(r *http.Request) (*http.Response, error) {
	if !e.options.allowed(r.URL.Host) {
		closeBody(r)
		return nil, notSent(fmt.Errorf("%w: %s", ErrHost, r.URL.Host))
	}
	s := &state{read: r.Method == http.MethodGet || r.Method == http.MethodHead}
	if r.Body != nil {
		defer closeBody(r)
		var err error
		if s.body, err = io.ReadAll(io.LimitReader(r.Body, maxRequest+1)); err != nil {
			return nil, notSent(fmt.Errorf("read the request's body: %w", err))
		}
		if len(s.body) > maxRequest {
			return nil, notSent(fmt.Errorf("the request's body is longer than %d bytes", maxRequest))
		}
	}
	// retryablehttp must not look at the body: the innermost layer sets it.
	inner := r.Clone(context.WithValue(r.Context(), stateKey{}, s))
	inner.Body, inner.GetBody, inner.ContentLength = nil, nil, 0
	return e.next.RoundTrip(inner)
}

// authorised adds the token, and replays once with another when it is refused.
type authorised struct {
	options Options
	next    http.RoundTripper
}

// RoundTrip makes one attempt, or two when the vendor refuses the token.
func (a *authorised) RoundTrip(r *http.Request) (*http.Response, error) {
	if a.options.Tokens == nil {
		return a.send(r, "")
	}
	token, err := a.options.Tokens.Token(r.Context())
	if err != nil {
		return nil, notSent(err)
	}
	answer, err := a.send(r, token)
	if err != nil || answer.StatusCode != http.StatusUnauthorized {
		return answer, err
	}
	fresh, err := a.options.Tokens.Renew(r.Context(), token)
	if err != nil {
		drain(answer)
		return nil, notSent(err)
	}
	if fresh == token {
		return answer, nil
	}
	drain(answer)
	return a.send(r, fresh)
}

func (a *authorised) send(r *http.Request, token string) (*http.Response, error) {
	s := stateOf(r.Context())
	out := r.Clone(r.Context())
	if s.body != nil {
		out.Body = io.NopCloser(bytes.NewReader(s.body))
		out.ContentLength = int64(len(s.body))
	}
	if token != "" {
		out.Header.Set("Authorization", "Bearer "+token)
	}
	return a.next.RoundTrip(out)
}

// sent is the innermost layer: it makes the call and tells of it.
type sent struct{ options Options }

// RoundTrip makes the call.
func (a *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	secrets := hidden(r, nil)
	answer, err := a.options.Base.RoundTrip(r)
	a.count(r, answer)
	witnessed(r, answer, a.options)
	if err == nil {
		scrubAnswer(answer, secrets)
		return answer, nil
	}
	unsent := neverConnected(err)
	if err = scrubError(err, secrets); unsent {
		err = notSent(err)
	}
	return nil, err
}

func (a *sent) count(r *http.Request, answer *http.Response) {
	if a.options.OnCall == nil {
		return
	}
	call := Call{
		Vendor: a.options.Vendor, Connection: a.options.Connection,
		Purpose: purpose(r.Context()), Method: r.Method,
	}
	if answer != nil {
		call.Status = answer.StatusCode
		if name := a.options.Limits.RequestID; name != "" {
			call.RequestID = answer.Header.Get(name)
		}
	}
	a.options.OnCall(call)
}

// checkRetry decides after each attempt whether a read is made again, and how
// long the next attempt waits first. Writes are never made again.
func checkRetry(o Options) retryablehttp.CheckRetry {
	return func(ctx context.Context, answer *http.Response, err error) (bool, error) {
		s := stateOf(ctx)
		if s == nil || !s.read || ctx.Err() != nil || o.Retries < 0 {
			return false, nil
		}
		s.pause = backoff(o, s.attempts)
		if err != nil {
			return mayRepeat(err), nil
		}
		switch answer.StatusCode {
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			pause := pauseOf(answer, o)
			if pause > o.MaxWait {
				return false, &LaterError{At: o.Now().Add(pause), Status: answer.StatusCode}
			}
			if pause > 0 {
				s.pause = 0 // the gate holds every call for as long already
			}
			return true, nil
		case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
			return true, nil
		}
		return false, nil
	}
}

// mayRepeat says whether an attempt that ended without an answer is worth
// another: not when it was refused on our own side.
func mayRepeat(err error) bool {
	var unsent *NotSentError
	if _, ok := errors.AsType[*LaterError](err); ok {
		return false
	}
	return !errors.As(err, &unsent) || neverConnected(unsent.Err)
}

// backoff doubles from attempt to attempt and is spread over its upper half,
// so that many connections do not come back at one instant.
func backoff(o Options, attempts int) time.Duration {
	d := backoffFirst << min(max(attempts-1, 0), 8)
	d = min(d, backoffMost)
	if o.Jitter == nil {
		return d
	}
	return d/2 + time.Duration(o.Jitter()*float64(d/2))
}

func lastAnswer(answer *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && answer != nil {
		drain(answer)
		answer = nil
	}
	return answer, err
}

func closeBody(r *http.Request) {
	if r.Body != nil {
		_ = r.Body.Close()
	}
}

// drain reads the little that an error's answer holds, so that its connection
// can be used again.
func drain(answer *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10))
	_ = answer.Body.Close()
}
