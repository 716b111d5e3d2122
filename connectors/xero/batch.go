package xero

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"

	"tieout/connectors"
)

const (
	// batchSize is how many elements one write takes (Xero docs:
	// accounting/requests-and-responses, "50 per call").
	batchSize = 50
	// batchBytes keeps a request well below the 3.5 MB that Xero advises (Xero
	// docs: guides/oauth2/limits).
	batchBytes = 1 << 20
)

var (
	_ connectors.BatchWriter  = (*session)(nil)
	_ connectors.CreditWriter = (*session)(nil)
)

// BatchSize is how many elements one call takes.
func (s *session) BatchSize() int { return batchSize }

// Together says how many of the writes are elements of one request: the same
// operation with the same query, and no object twice, since Xero does not say
// in which order it works through them.
func (s *session) Together(writes []connectors.Write) int {
	var first wireWrite
	seen := map[string]bool{}
	size := 0
	for i, w := range writes {
		request, err := unseal(w)
		touched := w.Target.ID + w.Natural.InvoiceID
		size += len(request.Body)
		if i == 0 {
			first = request
		}
		switch w.Op {
		case opLink, opPayment, opTransaction:
		default:
			return max(1, i)
		}
		if err != nil || w.Op != writes[0].Op || i > 0 && request.BankAmount+first.BankAmount != "" || request.Method != first.Method || request.Path != first.Path ||
			!reflect.DeepEqual(request.Query, first.Query) || touched != "" && seen[touched] || i == batchSize || size > batchBytes {
			return max(1, i)
		}
		seen[touched] = true
	}
	return max(1, len(writes))
}

// element of a batch: a write on its way.
type batched struct {
	at      int
	write   connectors.Write
	request wireWrite
	body    json.RawMessage
}

// SendBatch makes the writes as elements of one request. Each element of the
// answer is judged on its own: Xero answers 200 when some are refused (Xero
// docs: accounting/requests-and-responses, summarizeErrors). What must not be
// sent any more is left out beforehand.
func (s *session) SendBatch(ctx context.Context, writes []connectors.Write) ([]connectors.Sent, error) {
	sent := make([]connectors.Sent, len(writes))
	ready, err := s.prepare(ctx, writes, sent)
	if err != nil || len(ready) == 0 {
		return sent, err
	}
	first := ready[0].request
	bodies := make([]json.RawMessage, len(ready))
	for i, b := range ready {
		bodies[i] = b.body
	}
	body, err := json.Marshal(map[string][]json.RawMessage{first.Plural: bodies})
	if err != nil {
		return nil, fault(connectors.ClassRequest, writes[0].Op, "the stored requests cannot be joined", err)
	}
	rows, e, err := s.all(ctx, call{
		op: writes[0].Op, method: first.Method, path: first.Path, query: first.Query, body: body, key: batchKey(ready),
	}, first.Plural)
	if err != nil {
		return nil, err
	}
	s.judge(ready, rows, e.requestID, sent)
	return sent, nil
}

// prepare reads what has to be known before the writes, with one call for all,
// and leaves out those that must not be made.
func (s *session) prepare(ctx context.Context, writes []connectors.Write, sent []connectors.Sent) ([]batched, error) {
	changed, err := s.versions(ctx, writes)
	if err != nil {
		return nil, err
	}
	var ready []batched
	for i, w := range writes {
		request, err := unseal(w)
		if err == nil && request.Unchanged != 0 && changed[w.Target.ID] != request.Unchanged {
			err = fault(connectors.ClassStale, w.Op, "the invoice has changed since it was read", nil)
		}
		if err == nil {
			request.Body, err = s.withCodes(ctx, w.Op, request.Body)
		}
		var elements []json.RawMessage
		if err == nil {
			if elements = elementsOf[json.RawMessage](request); len(elements) != 1 {
				err = fault(connectors.ClassRequest, w.Op, "the stored request does not hold one object", nil)
			}
		}
		switch class := connectors.ClassOf(err); {
		case err == nil:
			ready = append(ready, batched{at: i, write: w, request: request, body: elements[0]})
		case class == connectors.ClassRetry || class == connectors.ClassLater || class == connectors.ClassReconnect:
			return nil, err
		default:
			sent[i].Err = err
		}
	}
	return ready, nil
}

// versions reads when the targets that must be unchanged were last changed.
func (s *session) versions(ctx context.Context, writes []connectors.Write) (map[string]int64, error) {
	var ids []string
	for _, w := range writes {
		if request, err := unseal(w); err == nil && request.Unchanged != 0 {
			ids = append(ids, w.Target.ID)
		}
	}
	at := map[string]int64{}
	for len(ids) > 0 {
		n := min(len(ids), idsPerCall)
		query := versionsOf(ids[:n])
		ids = ids[n:]
		_, err := s.do(ctx, call{op: "read invoices", method: http.MethodGet, path: "Invoices", query: query}, "Invoices",
			func(raw json.RawMessage) error {
				if w, err := decode[wireInvoice](raw); err == nil {
					at[w.InvoiceID] = w.at().UnixMilli()
				}
				return nil
			})
		if err != nil {
			return nil, err
		}
	}
	return at, nil
}

// versionsOf asks for invoices without what is not needed to see a change.
func versionsOf(ids []string) url.Values {
	return url.Values{
		"IDs": {strings.Join(ids, ",")}, "page": {"1"}, "pageSize": {strconv.Itoa(pageSize)}, "summaryOnly": {"true"},
	}
}

// batchKey is that of a call: the same writes in one call again are the same
// call, and no write's own key.
func batchKey(ready []batched) string {
	sum := sha256.New()
	for _, b := range ready {
		sum.Write([]byte(b.write.Key + "\n"))
	}
	return "batch:" + hex.EncodeToString(sum.Sum(nil)[:24])
}

// judge gives each write its element of the answer. Elements come back in the
// order in which they were sent; one that names another object is not trusted.
func (s *session) judge(ready []batched, rows []json.RawMessage, requestID string, sent []connectors.Sent) {
	for i, b := range ready {
		out := &sent[b.at]
		if len(rows) != len(ready) {
			f := fault(connectors.ClassUnknown, b.write.Op, fmt.Sprintf("the answer holds %d objects instead of %d", len(rows), len(ready)), nil)
			f.RequestID = requestID
			out.Err = f
			continue
		}
		if !b.answers(rows[i]) {
			out.Err = fault(connectors.ClassUnknown, b.write.Op, "the answer is about another object", nil)
			continue
		}
		out.Answer, out.Err = answerOf(b.write, b.request, rows[i], requestID)
		s.forget(out.Err)
	}
}

// answers says whether an element of the answer can be that of the write: the
// object is the target, the reference the one that was sent. A refused element
// may echo neither.
func (b batched) answers(raw json.RawMessage) bool {
	var echo struct{ InvoiceID, Reference string }
	if json.Unmarshal(raw, &echo) != nil {
		return false
	}
	if b.write.Op == opLink {
		return echo.InvoiceID == "" || strings.EqualFold(echo.InvoiceID, b.write.Target.ID)
	}
	want := referenceOf(b.request)
	return echo.Reference == "" || want == "" || connectors.FindMarker(echo.Reference) == connectors.FindMarker(want)
}
