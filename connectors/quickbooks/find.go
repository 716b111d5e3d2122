package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// Find looks for what a write led to. A document is looked for among those of
// its entity on its date, by our marker and its amount: the note itself cannot
// be queried. Somebody else's document of the same customer, date and amount
// is never taken for ours.
func (s *Session) Find(ctx context.Context, w connectors.Write) (connectors.Answer, bool, error) {
	r, err := readRequest(w)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	switch {
	case w.Op == opLink:
		return s.findWrittenLink(ctx, w, r)
	case w.Op == opRelink:
		return s.findRelinked(ctx, w, r)
	case removes(w.Op):
		return s.findRemoved(ctx, w, r)
	case r.Lookup != "":
		return s.findByName(ctx, w.Op, r)
	}
	return s.findDocument(ctx, w, r)
}

func (s *Session) findDocument(ctx context.Context, w connectors.Write, r stored) (connectors.Answer, bool, error) {
	digits, ok := money.ISO(w.Natural.Currency)
	if !ok || w.Marker == "" {
		return connectors.Answer{}, false, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "the write says too little to find its document"}
	}
	op := "find " + r.Entity
	var answers []connectors.Answer
	var unreadable error
	for n := range findPages {
		text := fmt.Sprintf("SELECT * FROM %s WHERE TxnDate = %s ORDERBY Id STARTPOSITION %d MAXRESULTS %d",
			r.Entity, quote(string(w.Natural.Date)), n*pageSize+1, pageSize)
		a, err := s.query(ctx, op, text)
		if err != nil {
			return connectors.Answer{}, false, err
		}
		rows := 0
		err = s.rows(a, r.Entity, op, func(raw []byte) {
			rows++
			id, ours, err := isWritten(raw, w.Marker, money.Text(w.Natural.Amount, digits))
			unreadable = errors.Join(unreadable, err)
			if ours {
				answers = append(answers, connectors.Answer{Ref: refOf(r.Entity, id), RequestID: a.requestID, Raw: raw})
			}
		})
		if err != nil {
			return connectors.Answer{}, false, err
		}
		if unreadable != nil && len(answers) == 0 {
			// It may be ours: to pass it over would write it a second time.
			return connectors.Answer{}, false, malformed(op, a, unreadable)
		}
		if rows < pageSize {
			return firstOf(answers)
		}
	}
	return connectors.Answer{}, false, &connectors.Failure{Class: connectors.ClassRetry, Vendor: Name, Op: op, Text: "the day has more documents than are searched"}
}

// isWritten recognises a document of ours that still counts: one that applies a
// credit has the total 0, as a voided one has.
func isWritten(raw []byte, marker, total string) (id string, ours bool, err error) {
	d, err := decode[documentFigures](raw)
	ours = err == nil && connectors.FindMarker(d.PrivateNote) == marker && sameAmount(d.total(), total) && !voidNote(d.PrivateNote)
	return d.ID, ours, err
}

// Stands reads a document that a repeated call has named: QuickBooks answers a
// requestid that it knows with the first answer, and the id of a document that
// was deleted or voided since (see the vendor's README: repeated calls). Other writes
// change what is there already.
func (s *Session) Stands(ctx context.Context, w connectors.Write, a connectors.Answer) (bool, error) {
	e, id, ok := entityOf(a.Ref)
	if !ok || !makesDocument(w.Op) {
		return true, nil
	}
	raw, err := s.readRaw(ctx, "read "+w.Op, e, id)
	if connectors.ClassOf(err) == connectors.ClassGone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var head struct {
		Status      string `json:"status"`
		PrivateNote string
	}
	return json.Unmarshal(raw, &head) != nil || head.Status != "Deleted" && !voidNote(head.PrivateNote), nil
}

// firstOf takes the first of several: "Copy" in QuickBooks copies the note
// with the marker, and the original has the lower id.
func firstOf(answers []connectors.Answer) (connectors.Answer, bool, error) {
	if len(answers) == 0 {
		return connectors.Answer{}, false, nil
	}
	first := answers[0]
	for _, a := range answers[1:] {
		if len(a.Ref.ID) < len(first.Ref.ID) || len(a.Ref.ID) == len(first.Ref.ID) && a.Ref.ID < first.Ref.ID {
			first = a
		}
	}
	if len(answers) > 1 {
		first.Warnings = append(first.Warnings, fmt.Sprintf("%d documents carry the marker of %s", len(answers), first.Ref.ID))
	}
	return first, true, nil
}

// findWrittenLink reads the invoice: the write was made when it shows the link.
func (s *Session) findWrittenLink(ctx context.Context, w connectors.Write, r stored) (connectors.Answer, bool, error) {
	e, id, ok := entityOf(w.Target)
	if !ok || w.Target.Kind != receivables.KindInvoice {
		return connectors.Answer{}, false, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "the write names no invoice"}
	}
	raw, err := s.readRaw(ctx, w.Op, e, id)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	current, err := decode[wireInvoice](raw)
	if err != nil {
		return connectors.Answer{}, false, malformed(w.Op, answer{}, err)
	}
	if findLink(current.CustomerMemo.Value) != r.Link {
		return connectors.Answer{}, false, nil
	}
	return connectors.Answer{Ref: w.Target, Raw: raw, Warnings: checkLink(r.request, raw)}, true, nil
}

// findByName looks for an account, vendor or method by its name. An inactive one
// is not found, but named in the answer, so that it can be made active again.
func (s *Session) findByName(ctx context.Context, op string, r stored) (connectors.Answer, bool, error) {
	field := "Name"
	if r.Entity == "Vendor" {
		field = "DisplayName"
	}
	text := fmt.Sprintf("SELECT * FROM %s WHERE %s IN (%s, %s) AND Active IN (true, false)", r.Entity, field, quote(r.Lookup), quote(r.Lookup+inactiveSuffix))
	a, err := s.query(ctx, op, text)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	var found, inactive []connectors.Answer
	err = s.rows(a, r.Entity, op, func(raw []byte) {
		var named struct {
			wireHead
			AccountType string
			CurrencyRef wireRef
			Active      *bool
		}
		if json.Unmarshal(raw, &named) != nil || named.ID == "" || !fits(r, named.AccountType, named.CurrencyRef.Value) {
			return
		}
		one := connectors.Answer{Ref: refOf(r.Entity, named.ID), RequestID: a.requestID, Raw: raw}
		if named.Active != nil && !*named.Active {
			inactive = append(inactive, one)
		} else {
			found = append(found, one)
		}
	})
	if err != nil {
		return connectors.Answer{}, false, err
	}
	if len(found) > 0 {
		return firstOf(found)
	}
	last, _, err := firstOf(inactive)
	return last, false, err
}

// fits says whether a found account can stand for the one that was asked for:
// it must have its type and currency.
func fits(r stored, accountType, currency string) bool {
	asked, err := decode[accountBody](r.Body)
	if err != nil || r.Entity != "Account" {
		return err == nil
	}
	return asked.AccountType == accountType &&
		(asked.CurrencyRef == nil || currency == "" || asked.CurrencyRef.Value == currency)
}
