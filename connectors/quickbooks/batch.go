package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"tieout/connectors"
)

// batchItem is one of the items of a batch. Each has a fault of its own, and
// none can use the result of another (Intuit docs: batch).
type batchItem struct {
	ID        string          `json:"bId"`
	Operation string          `json:"operation,omitempty"`
	Query     string          `json:"Query,omitempty"`
	Invoice   json.RawMessage `json:"Invoice,omitempty"`
}

// batch sends items with one call and gives their answers in the same order;
// one that Intuit left out has no body. The answers are matched by bId, because
// sources differ about their order (Intuit blog 2017-07-27: serially; its batch
// tutorial: not guaranteed). A batch is not given a requestid: sent again, the
// same set of writes would be answered with the refusals of before.
func (s *Session) batch(ctx context.Context, op string, items []batchItem) ([]answer, error) {
	queries := 0
	for i := range items {
		items[i].ID = strconv.Itoa(i + 1)
		if items[i].Query != "" {
			queries++
		}
	}
	body, err := json.Marshal(map[string]any{"BatchItemRequest": items})
	if err != nil {
		return nil, fmt.Errorf("quickbooks: %s: encode: %w", op, err)
	}
	a, err := s.call(withCredits(ctx, queries), op, http.MethodPost, "/batch", nil, body)
	if err != nil {
		return nil, err
	}
	answers := make([]answer, len(items))
	err = walkObject(a.body, func(key, value []byte) error {
		if string(key) != "BatchItemResponse" {
			return nil
		}
		_, err := elements(value, func(raw []byte) error {
			var named struct {
				ID string `json:"bId"`
			}
			if err := json.Unmarshal(raw, &named); err != nil {
				return fmt.Errorf("batch item: %w", err)
			}
			if n, err := strconv.Atoi(named.ID); err == nil && n >= 1 && n <= len(answers) {
				answers[n-1] = answer{status: a.status, header: a.header, requestID: a.requestID, body: raw}
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, brokenAnswer(op, http.MethodPost, a, "the answer cannot be read", err)
	}
	return answers, nil
}

// queries runs statements, several of them with one call. They stay what they
// cost alone: Intuit meters every item (its batch tutorial), so that a batch
// saves time and calls a second, not credits. One fault fails all.
func (s *Session) queries(ctx context.Context, op string, statements []string) ([]answer, error) {
	if len(statements) == 1 {
		a, err := s.query(ctx, op, statements[0])
		return []answer{a}, err
	}
	var out []answer
	for start := 0; start < len(statements); start += batchMost {
		part := statements[start:min(start+batchMost, len(statements))]
		items := make([]batchItem, len(part))
		for i, text := range part {
			items[i].Query = text
		}
		answers, err := s.batch(ctx, op, items)
		if connectors.ClassOf(err) == connectors.ClassUnknown {
			answers, err = s.oneByOne(ctx, op, part)
		}
		if err != nil {
			return nil, err
		}
		for _, a := range answers {
			if known, ok := parseFault(a.body[:min(len(a.body), maxFault)]); ok {
				return nil, s.faultFailure(op, http.MethodGet, a, known)
			}
			if !bytes.Contains(a.body, []byte(`"QueryResponse"`)) {
				return nil, malformed(op, a, errSyntax)
			}
		}
		out = append(out, answers...)
	}
	return out, nil
}

// oneByOne runs statements whose batch broke. It was posted, so that the
// transport did not repeat it as it repeats reads.
func (s *Session) oneByOne(ctx context.Context, op string, statements []string) ([]answer, error) {
	out := make([]answer, 0, len(statements))
	for _, text := range statements {
		a, err := s.query(ctx, op, text)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// BatchSize is how many writes go into one batch.
func (s *Session) BatchSize() int { return batchMost }

// Together lets only changes of links go into one call, each of another
// invoice: a batch has no requestid for its items, and they alone are safe
// without, because a second one finds the version gone.
func (s *Session) Together(writes []connectors.Write) int {
	seen := map[string]bool{}
	for i, w := range writes {
		if w.Op != opLink || seen[w.Target.ID] || i == batchMost {
			return max(1, i)
		}
		seen[w.Target.ID] = true
	}
	return max(1, len(writes))
}

// SendBatch makes the writes that Together has let pass, with one call.
func (s *Session) SendBatch(ctx context.Context, writes []connectors.Write) ([]connectors.Sent, error) {
	const op = "send together"
	requests, items := make([]stored, len(writes)), make([]batchItem, len(writes))
	for i, w := range writes {
		r, err := readRequest(w)
		if err != nil {
			return nil, err
		}
		if w.Op != opLink {
			return nil, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: op, Text: fmt.Sprintf("a %s is not sent with others", w.Op)}
		}
		requests[i], items[i] = r, batchItem{Operation: "update", Invoice: r.Body}
	}
	answers, err := s.batch(ctx, op, items)
	if err != nil {
		return nil, err
	}
	sent := make([]connectors.Sent, len(writes))
	for i, a := range answers {
		sent[i].Answer, sent[i].Err = s.sentItem(writes[i], requests[i], a)
	}
	return sent, nil
}

func (s *Session) sentItem(w connectors.Write, r stored, a answer) (connectors.Answer, error) {
	if a.body == nil {
		return connectors.Answer{}, brokenAnswer(w.Op, r.Method, a, "the answer leaves this write out", errSyntax)
	}
	if known, ok := parseFault(a.body); ok {
		return connectors.Answer{}, s.faultFailure(w.Op, r.Method, a, known)
	}
	raw, err := single(w.Op, r.Entity, a)
	if err != nil {
		return connectors.Answer{}, brokenAnswer(w.Op, r.Method, a, "the answer cannot be read", errors.Join(err, errSyntax))
	}
	return s.written(w, r, a, raw)
}
