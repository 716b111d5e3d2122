package stripe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	api "github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"

	"tieout/connectors"
)

// maxBody bounds an answer. The largest are pages of 100 objects.
const maxBody = 64 << 20

var errTooLong = errors.New("the answer is longer than 64 MiB")

// newBackend is stripe-go's backend on the connection's own client. Retries,
// limits and the key are the client's; stripe-go would sleep through an ended
// context and send the machine's name with every call. account is the one in
// whose name a platform calls; "" where the key is the account's own.
func newBackend(base string, client *http.Client, account string) api.Backend {
	if client == nil {
		client = &http.Client{}
	}
	own := *client
	own.Transport = plain{next: client.Transport, account: account}
	return api.GetBackendWithConfig(api.APIBackend, &api.BackendConfig{
		URL:               new(base),
		HTTPClient:        &own,
		MaxNetworkRetries: api.Int64(0),
		EnableTelemetry:   new(false),
		LeveledLogger:     &api.LeveledLogger{Level: api.LevelNull},
	})
}

// plain takes out of stripe-go's requests what should not travel, adds the
// account in whose name they are made, and bounds the answers.
type plain struct {
	next    http.RoundTripper
	account string
}

// RoundTrip sends the request without the client's description of its machine
// and without the empty key that stripe-go was given.
func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.Clone(r.Context())
	out.Header.Del("X-Stripe-Client-User-Agent")
	if out.Header.Get("Authorization") == "Bearer " {
		out.Header.Del("Authorization")
	}
	if p.account != "" {
		out.Header.Set("Stripe-Account", p.account) // stripe docs: connect/authentication
	}
	next := p.next
	if next == nil {
		next = http.DefaultTransport
	}
	answer, err := next.RoundTrip(out)
	if answer != nil && answer.Body != nil {
		answer.Body = &boundedBody{ReadCloser: answer.Body, left: maxBody}
	}
	return answer, err
}

type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read fails once more than the bound has been read.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLong
	}
	return n, err
}

// answer takes a body as it came.
type answer struct {
	json.RawMessage
	requestID string
}

// SetLastResponse keeps the id of the call only: the body is held already.
func (a *answer) SetLastResponse(r *api.APIResponse) { a.requestID = r.RequestID }

// get reads one object.
func (s *session) get(ctx context.Context, op, path string) (json.RawMessage, error) {
	var got answer
	err := s.backend.CallRaw(http.MethodGet, path, "", nil, &api.Params{Context: ctx}, &got)
	if err != nil {
		return nil, s.failure(op, false, err)
	}
	return got.RawMessage, nil
}

// post makes one write with its idempotency key. Stripe keeps the first answer
// to a key, a failure of its own included, and gives it for a day: such an old
// failure says nothing of now, and the write is made once more under a key of
// its own (stripe docs: idempotent_requests). Whoever sends a write again has
// looked before whether it was made.
func (s *session) post(ctx context.Context, op, path, key string, body url.Values) (answer, error) {
	got, err := s.postOnce(ctx, path, key, body)
	if e, ok := errors.AsType[*api.Error](err); ok && e.HTTPStatusCode >= http.StatusInternalServerError && replayed(e) {
		got, err = s.postOnce(ctx, path, key+againMark, body)
	}
	if err != nil {
		return answer{}, s.failure(op, true, err)
	}
	return got, nil
}

// againMark ends the key of a write that is made again after a failure that
// Stripe has kept.
const againMark = ":again"

func replayed(e *api.Error) bool {
	return e.LastResponse != nil && e.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

func (s *session) postOnce(ctx context.Context, path, key string, body url.Values) (got answer, err error) {
	params := &api.Params{Context: ctx, IdempotencyKey: new(key)}
	err = s.backend.CallRaw(http.MethodPost, path, "", formOf(body), params, &got)
	return got, err
}

// formOf orders values by name, so that equal writes are equal bytes.
func formOf(values url.Values) *form.Values {
	out := &form.Values{}
	for _, name := range sortedNames(values) {
		for _, v := range values[name] {
			out.Add(name, v)
		}
	}
	return out
}

// page is one page of a list.
type page struct {
	rows []row
	more bool
}

// row is one object of a page. An object without a readable id keeps its body
// all the same.
type row struct {
	id  string
	raw json.RawMessage
}

type wireList struct {
	Object  string            `json:"object"`
	Data    []json.RawMessage `json:"data"`
	HasMore bool              `json:"has_more"`
}

// SetLastResponse takes nothing: the page is held once only.
func (l *wireList) SetLastResponse(*api.APIResponse) {}

// list reads one page, newest first.
func (s *session) list(ctx context.Context, op, path string, query url.Values) (page, error) {
	query.Set("limit", strconv.Itoa(pageSize))
	var wire wireList
	err := s.backend.CallRaw(http.MethodGet, path, "", formOf(query), &api.Params{Context: ctx}, &wire)
	if err != nil {
		return page{}, s.failure(op, false, err)
	}
	if wire.Object != "list" {
		return page{}, unreadable(op, errors.New("the answer is not a list"))
	}
	if wire.HasMore && len(wire.Data) == 0 {
		return page{}, stuck(op)
	}
	out := page{rows: make([]row, len(wire.Data)), more: wire.HasMore}
	for i, element := range wire.Data {
		out.rows[i] = row{id: idOf(element), raw: element}
	}
	return out, nil
}

// created is the second in which the object was made; 0 when it cannot be read.
func (r row) created() int64 {
	var head struct {
		Created int64 `json:"created"`
	}
	// What cannot be read is reported when the object itself is mapped.
	_ = json.Unmarshal(r.raw, &head)
	return head.Created
}

// last is the oldest row with an id.
func (p page) last() (row, bool) {
	for _, r := range slices.Backward(p.rows) {
		if r.id != "" {
			return r, true
		}
	}
	return row{}, false
}

// unreadable is an answer of status 200 that is not what was asked for.
func unreadable(op string, err error) error {
	return fault(connectors.ClassRetry, op, "the answer cannot be read", err)
}

// stuck is a list that does not move on.
func stuck(op string) error {
	return fault(connectors.ClassRetry, op, "the list repeats a page and does not come to an end", nil)
}
