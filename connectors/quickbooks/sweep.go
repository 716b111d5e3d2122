package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"tieout/connectors"
	"tieout/receivables"
)

var _ connectors.Sweeper = (*Session)(nil)

// sweepDays is how far back documents are compared: beyond the 30 days of
// change data (Intuit docs: change-data-capture), and as long as a fiscal year
// and the month in which it is closed.
const sweepDays = 400

// sweepVersion is the version of the cursor below.
const sweepVersion = 1

// sweepCursor holds what is still to be listed.
type sweepCursor struct {
	V     int         `json:"v"`
	Steps []sweepStep `json:"steps"`
}

type sweepStep struct {
	Entity string `json:"entity"`
	// Start is the 1-based position of the next page.
	Start int `json:"start"`
}

// sweepSince is the first date that a sweep compares.
func (s *Session) sweepSince(now time.Time) receivables.Date {
	zone := s.access.Zone
	if zone == nil {
		zone = time.UTC
	}
	return receivables.DateIn(now, zone).AddDays(-sweepDays)
}

// sweepEntities are those that are compared: documents, not lists, whose rows
// are never deleted, only made inactive (Intuit docs: data-queries).
func sweepEntities() []entity {
	return slices.DeleteFunc(entities(), func(e entity) bool { return e.list })
}

// Swept are the open invoices of any age, and the other documents since
// sweepDays ago.
func (s *Session) Swept(now time.Time) []connectors.Swept {
	var out []connectors.Swept
	for _, e := range sweepEntities() {
		set := connectors.Swept{Kind: e.kind, Prefix: e.prefix()}
		if e.kind == receivables.KindInvoice {
			set.Open = true
		} else {
			set.Since = s.sweepSince(now)
		}
		out = append(out, set)
	}
	return out
}

// Sweep lists ids and versions: a page of each entity that is not at its end,
// all with one call.
func (s *Session) Sweep(ctx context.Context, now time.Time, cursor connectors.Cursor) (connectors.SweepPage, error) {
	at := sweepCursor{V: sweepVersion}
	if len(cursor) > 0 {
		if err := readCursor("sweep", cursor, &at, &at.V, sweepVersion); err != nil {
			return connectors.SweepPage{}, err
		}
	} else {
		for _, e := range sweepEntities() {
			at.Steps = append(at.Steps, sweepStep{Entity: e.name, Start: 1})
		}
	}
	var listed []entity
	var statements []string
	for _, step := range at.Steps {
		e, ok := entityNamed(step.Entity)
		if !ok {
			return connectors.SweepPage{}, badCursor("sweep", nil)
		}
		listed = append(listed, e)
		statements = append(statements, s.sweepStatement(e, step.Start, now))
	}
	op := fmt.Sprintf("compare by %d queries", len(statements))
	answers, err := s.queries(ctx, op, statements)
	if err != nil {
		return connectors.SweepPage{}, err
	}
	var page connectors.SweepPage
	next := sweepCursor{V: sweepVersion}
	for i, e := range listed {
		seen, err := s.sweepRows(e, op, answers[i])
		if err != nil {
			return connectors.SweepPage{}, err
		}
		page.Seen = append(page.Seen, seen...)
		if len(seen) == pageSize {
			next.Steps = append(next.Steps, sweepStep{Entity: e.name, Start: at.Steps[i].Start + pageSize})
		}
	}
	page.More = len(next.Steps) > 0
	if page.Cursor, err = json.Marshal(next); err != nil {
		return connectors.SweepPage{}, fmt.Errorf("quickbooks: save cursor: %w", err)
	}
	return page, nil
}

// sweepStatement asks for a few properties only (Intuit docs: data-queries).
// Rows that move while pages are read do no harm: one that is not seen is asked
// for by its id.
func (s *Session) sweepStatement(e entity, start int, now time.Time) string {
	condition := "Balance > '0'"
	if e.kind != receivables.KindInvoice {
		condition = "TxnDate >= " + quote(string(s.sweepSince(now)))
	}
	return fmt.Sprintf("SELECT Id, SyncToken FROM %s WHERE %s ORDERBY Id STARTPOSITION %d MAXRESULTS %d", e.name, condition, start, pageSize)
}

// sweepRows reads ids and versions. A version that is not said is not compared.
func (s *Session) sweepRows(e entity, op string, a answer) ([]connectors.Seen, error) {
	var seen []connectors.Seen
	var broken error
	err := s.rows(a, e.name, op, func(raw []byte) {
		var head struct {
			ID        string `json:"Id"` //nolint:tagliatelle // Intuit's name
			SyncToken string `json:"SyncToken"`
		}
		if err := json.Unmarshal(raw, &head); err != nil || head.ID == "" {
			broken = malformed(op, a, err)
			return
		}
		order, err := strconv.ParseInt(head.SyncToken, 10, 64)
		if err != nil {
			order = 0
		}
		seen = append(seen, connectors.Seen{Ref: receivables.Ref{Kind: e.kind, ID: e.externalID(head.ID)}, Order: order})
	})
	if err == nil {
		err = broken
	}
	return seen, err
}
