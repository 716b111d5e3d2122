package connectortest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// errCut is a connection that broke.
var errCut = errors.New("connection reset by peer")

// line is the wire between a session and its stand-in. Its fields are set
// between calls only.
type line struct {
	mu sync.Mutex
	// calls counts those since it was last set to 0.
	calls int
	// cutFrom cuts the call of that number and all after it, cutAt that one
	// only; 0 cuts none. The vendor has carried a cut call out if after is set.
	cutFrom, cutAt int
	after          bool
	// cuts counts the calls that were cut.
	cuts int
	// instead answers in the vendor's place; nil, or a nil answer, does not.
	instead func(r *http.Request, call int) *http.Response
	// rewrite changes the body of a JSON answer.
	rewrite func(body []byte) ([]byte, error)
}

// RoundTrip sends the request, unless the line is to break.
func (l *line) RoundTrip(r *http.Request) (*http.Response, error) {
	l.mu.Lock()
	l.calls++
	call := l.calls
	cut := call == l.cutAt || (l.cutFrom > 0 && call >= l.cutFrom)
	if cut {
		l.cuts++
	}
	l.mu.Unlock()
	if cut && !l.after {
		return nil, errCut
	}
	if l.instead != nil {
		if answer := l.instead(r, call); answer != nil {
			return answer, nil
		}
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, fmt.Errorf("line: %w", err)
	}
	if cut {
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		return nil, errCut
	}
	return l.rewritten(answer)
}

func (l *line) rewritten(answer *http.Response) (*http.Response, error) {
	if l.rewrite == nil || !strings.Contains(answer.Header.Get("Content-Type"), "json") {
		return answer, nil
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("line: %w", err)
	}
	if body, err = l.rewrite(body); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	answer.ContentLength = int64(len(body))
	answer.Header.Del("Content-Length")
	return answer, nil
}

// reset begins to count anew and cuts nothing.
func (l *line) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.cutFrom, l.cutAt, l.cuts, l.after = 0, 0, 0, 0, false
}

// strange is a member that no vendor sends today.
const strange = `"sent_by_a_later_version":{"deep":[1.10,"x"]}`

// withStrange adds it to every object of an answer that has an id.
func withStrange(body []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return body, nil //nolint:nilerr // not JSON after all
	}
	estrange(value)
	out, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("line: rewrite: %w", err)
	}
	return out, nil
}

func estrange(value any) {
	switch v := value.(type) {
	case []any:
		for _, one := range v {
			estrange(one)
		}
	case map[string]any:
		named := false
		for name, one := range v {
			estrange(one)
			named = named || strings.EqualFold(name, "id") || strings.HasSuffix(name, "ID")
		}
		if named {
			v["sent_by_a_later_version"] = map[string]any{"deep": []any{json.Number("1.10"), "x"}}
		}
	}
}
