package xero

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tieout/connectors"
)

// apiPath is where the Accounting API stands below APIURL.
const apiPath = "/api.xro/2.0/"

// session works with one organisation.
type session struct {
	config Config
	access connectors.Access
	charts *charts
}

// now is the caller's time; a session that was given none dates nothing.
func (s *session) now() time.Time {
	if s.access.Now == nil {
		return time.Time{}
	}
	return s.access.Now()
}

// call is one request to the Accounting API.
type call struct {
	op     string
	method string
	// path is below apiPath: "Invoices/<id>".
	path  string
	query url.Values
	body  []byte
	key   string
	// since becomes If-Modified-Since; zero sends none.
	since time.Time
}

func (c call) write() bool { return c.method != http.MethodGet }

// modifiedSince is the form that works: with milliseconds or a zone the header
// is ignored (Xero docs: accounting/requests-and-responses).
const modifiedSince = "2006-01-02T15:04:05"

func (s *session) request(ctx context.Context, c call) (*http.Request, error) {
	address := s.config.APIURL + apiPath + c.path
	if len(c.query) > 0 {
		// Xero reads a plus in where as a plus, not as a space.
		address += "?" + strings.ReplaceAll(c.query.Encode(), "+", "%20")
	}
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body)
	}
	request, err := http.NewRequestWithContext(ctx, c.method, address, body)
	if err != nil {
		return nil, fault(connectors.ClassRequest, c.op, "the address is not valid", err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("xero-tenant-id", s.access.ExternalID)
	if c.body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		request.Header.Set("Idempotency-Key", c.key)
	}
	if !c.since.IsZero() {
		request.Header.Set("If-Modified-Since", c.since.UTC().Format(modifiedSince))
	}
	return request, nil
}

// envelope is what stands around every answer, without the list itself.
type envelope struct {
	// at is when Xero made the answer; zero when it does not say.
	at        time.Time
	pages     *pages
	requestID string
}

// pages is the pagination object; unpaged lists have none.
type pages struct {
	Page, PageSize, PageCount, ItemCount int
}

// do makes the call and hands each element of the list named plural to each,
// one after the other, so that a page is never held twice. A 304 is an empty
// list: Xero does not document one, but the header allows it.
func (s *session) do(ctx context.Context, c call, plural string, each func(json.RawMessage) error) (envelope, error) {
	request, err := s.request(ctx, c)
	if err != nil {
		return envelope{}, err
	}
	response, err := s.access.Client.Do(request)
	if err != nil {
		return envelope{}, networkFailure(c.op, c.write(), err)
	}
	defer drain(response.Body)
	e := envelope{requestID: response.Header.Get(headerRequestID)}
	switch {
	case response.StatusCode == http.StatusNotModified:
		return e, nil
	case response.StatusCode != http.StatusOK:
		return e, statusFailure(c.op, response, c.write(), s.now())
	}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind != "application/json" {
		// Gateways answer with HTML or plain text.
		class := connectors.ClassRetry
		if c.write() {
			class = connectors.ClassUnknown
		}
		return e, fault(class, c.op, "the answer is not JSON", fmt.Errorf("xero: content type %q", kind))
	}
	if err := readAnswer(bounded(response.Body), plural, &e, each); err != nil {
		if _, ok := errors.AsType[*connectors.Failure](err); ok {
			return e, err
		}
		return e, bodyFailure(c.op, c.write(), err)
	}
	return e, nil
}

// readAnswer reads the list named plural, or without one the whole answer as
// the one element.
func readAnswer(body io.Reader, plural string, e *envelope, each func(json.RawMessage) error) error {
	if plural != "" {
		return read(body, plural, e, each)
	}
	var raw json.RawMessage
	decoder := json.NewDecoder(body)
	if err := decoder.Decode(&raw); err != nil {
		return err
	}
	if err := nothingAfter(decoder); err != nil {
		return err
	}
	return each(raw)
}

// nothingAfter refuses an answer that something follows: it was put together wrongly on
// its way.
func nothingAfter(decoder *json.Decoder) error {
	_, err := decoder.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return &json.SyntaxError{Offset: decoder.InputOffset()}
	}
	return err
}

// read walks the envelope's keys. The list may come before or after the
// pagination object.
func read(body io.Reader, plural string, e *envelope, each func(json.RawMessage) error) error {
	decoder := json.NewDecoder(body)
	if err := open(decoder, '{'); err != nil {
		return err
	}
	found := false
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			return err
		}
		switch {
		case key == plural:
			found = true
			err = readList(decoder, each)
		case strings.EqualFold(fmt.Sprint(key), "pagination"):
			e.pages = new(pages)
			err = decoder.Decode(e.pages)
		case key == "DateTimeUTC":
			var text string
			err = decoder.Decode(&text)
			e.at = instantOf(text)
		default:
			var skipped json.RawMessage
			err = decoder.Decode(&skipped)
		}
		if err != nil {
			return err
		}
	}
	if _, err := decoder.Token(); err != nil {
		return err
	}
	if err := nothingAfter(decoder); err != nil {
		return err
	}
	if !found {
		return &json.SyntaxError{Offset: decoder.InputOffset()}
	}
	return nil
}

func readList(decoder *json.Decoder, each func(json.RawMessage) error) error {
	if err := open(decoder, '['); err != nil {
		return err
	}
	for decoder.More() {
		var raw json.RawMessage
		if err := decoder.Decode(&raw); err != nil {
			return err
		}
		if err := each(raw); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

func open(decoder *json.Decoder, want json.Delim) error {
	token, err := decoder.Token()
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	if token != want {
		return &json.UnmarshalTypeError{Value: fmt.Sprint(token), Offset: decoder.InputOffset()}
	}
	return nil
}

// all reads a whole list into memory; for answers that are known to be short.
func (s *session) all(ctx context.Context, c call, plural string) ([]json.RawMessage, envelope, error) {
	var rows []json.RawMessage
	e, err := s.do(ctx, c, plural, func(raw json.RawMessage) error {
		rows = append(rows, raw)
		return nil
	})
	return rows, e, err
}

// limitReader bounds a body.
type limitReader struct {
	inner io.Reader
	left  int64
}

var errTooLong = errors.New("xero: the answer is longer than 64 MiB")

// Read gives an error, not an end, when the bound is passed, so that a cut
// answer is never taken for a whole one.
func (l *limitReader) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	if int64(len(p)) > l.left {
		p = p[:l.left]
	}
	n, err := l.inner.Read(p)
	l.left -= int64(n)
	return n, err
}

func bounded(body io.Reader) io.Reader { return &limitReader{body, maxBody + 1} }

// drain reads the little that is left, so that the connection can be used
// again.
func drain(body io.ReadCloser) {
	_, _ = io.Copy(io.Discard, io.LimitReader(body, 64<<10))
	_ = body.Close()
}
