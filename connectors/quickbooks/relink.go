package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// LowerRelink changes what a Payment is applied to. The update is a full one
// and sends back all that was read: a payment's lines are taken all or none,
// also by a sparse update, and what a full update leaves out is cleared (Intuit
// docs: payment).
func (s *Session) LowerRelink(r connectors.Relink) (w connectors.Write, needed bool, why string, err error) {
	current, err := decode[wirePayment](r.Raw)
	if err != nil || current.ID == "" || current.SyncToken == "" {
		return w, false, "", fmt.Errorf("quickbooks: relink: payment %s has no body that can be read: %w", r.ReceiptID, orSyntax(err))
	}
	if current.ID != r.ReceiptID {
		return w, false, "", fmt.Errorf("quickbooks: relink: the body is that of payment %s, not %s", current.ID, r.ReceiptID)
	}
	want, sum, digits, err := s.wanted(r, current)
	if err != nil {
		return w, false, "", fmt.Errorf("quickbooks: relink payment %s: %w", r.ReceiptID, err)
	}
	switch {
	case sameLines(linesOf(current), want):
		return w, false, "", nil
	case current.state(current.Line) == receivables.StateVoid:
		return w, false, "the payment is void", nil
	case current.depositID() != "":
		return w, false, fmt.Sprintf("the payment is part of the bank deposit %s: take it out there first", current.depositID()), nil
	}
	total, err := money.ParseMinor(plain(current.TotalAmt), digits)
	if err != nil || sum > total {
		return w, false, "", fmt.Errorf("quickbooks: relink payment %s: %s is more than its total", r.ReceiptID, money.Text(sum, digits))
	}
	body, err := echoed(r.Raw, map[string]any{"Line": want}, "UnappliedAmt", "LinkedTxn")
	if err != nil {
		return w, false, "", fmt.Errorf("quickbooks: relink payment %s: %w", r.ReceiptID, err)
	}
	key := hashedKey("relink", r.Generation, current.ID, current.SyncToken, string(body))
	w = connectors.Write{Op: opRelink, Key: key, Target: receivables.Ref{Kind: receivables.KindReceipt, ID: current.ID}}
	q := request{Entity: "Payment", Body: json.RawMessage(body), Total: string(current.TotalAmt), Applied: want}
	w.Body, err = q.encode(key)
	return w, err == nil, "", err
}

// wanted are the lines of the payment as they should be, and what they come to.
func (s *Session) wanted(r connectors.Relink, current wirePayment) (lines []paymentLine, sum int64, digits int, err error) {
	digits, ok := money.ISO(money.Currency(s.mapper().currency(current.CurrencyRef)))
	if !ok {
		return nil, 0, 0, fmt.Errorf("%w %q", money.ErrCurrency, current.CurrencyRef.Value)
	}
	lines = []paymentLine{}
	for _, a := range r.Want {
		link, err := linkTo(a.Target)
		if err != nil {
			return nil, 0, 0, err
		}
		if a.Amount <= 0 || slices.ContainsFunc(lines, func(l paymentLine) bool { return l.LinkedTxn[0] == link }) {
			return nil, 0, 0, fmt.Errorf("%s %s is named twice, or with no amount", a.Target.Kind, a.Target.ID)
		}
		amount := a.Amount
		if a.Target.Kind == receivables.KindCredit { // a source beside the money
			amount = -amount
		}
		if sum, err = money.AddMinor(sum, amount); err != nil {
			return nil, 0, 0, fmt.Errorf("add up: %w", err)
		}
		lines = append(lines, paymentLine{json.Number(money.Text(a.Amount, digits)), []linkedTxn{link}})
	}
	return lines, sum, digits, nil
}

// depositID is the bank deposit that a payment is part of; "" for none. Such a
// payment cannot be changed (Intuit docs: error 6540).
func (p wirePayment) depositID() string {
	for _, l := range p.LinkedTxn {
		if l.TxnType == "Deposit" {
			return l.TxnID
		}
	}
	return ""
}

// linesOf are the lines of a payment without what QuickBooks adds to them.
func linesOf(p wirePayment) []paymentLine {
	var out []paymentLine
	for _, l := range p.Line {
		for _, linked := range l.LinkedTxn {
			out = append(out, paymentLine{l.Amount, []linkedTxn{{linked.TxnID, linked.TxnType}}})
			break // a payment line links one transaction (Intuit docs: payment)
		}
	}
	return out
}

// sameLines compares what two lists apply to what, in any order.
func sameLines(a, b []paymentLine) bool {
	if len(a) != len(b) {
		return false
	}
	for _, x := range a {
		same := func(y paymentLine) bool {
			return sameLink(x.LinkedTxn[0], y.LinkedTxn[0]) && sameAmount(string(x.Amount), string(y.Amount))
		}
		if !slices.ContainsFunc(b, same) {
			return false
		}
	}
	return true
}

func sameLink(a, b linkedTxn) bool {
	return linkedRef(wireLinked(a)) == linkedRef(wireLinked(b))
}

// echoed is an object as it was read, for a full update, with some members
// changed and some left out. Amounts keep their text.
func echoed(raw []byte, changed map[string]any, without ...string) ([]byte, error) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	// What the server says of its own storage is no property of the object.
	for _, name := range append(without, "domain", "sparse", "MetaData", "status") {
		delete(object, name)
	}
	for name, value := range changed {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("encode %s: %w", name, err)
		}
		object[name] = text
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}

// checkRelink compares what the payment shows with what was asked for.
func checkRelink(r request, raw []byte) []string {
	after, err := decode[wirePayment](raw)
	if err != nil {
		return []string{"the changed payment cannot be read"}
	}
	var warnings []string
	if !sameAmount(r.Total, string(after.TotalAmt)) {
		warnings = append(warnings, fmt.Sprintf("payment %s has the total %s instead of %s", after.ID, after.TotalAmt, r.Total))
	}
	if !sameLines(linesOf(after), r.Applied) {
		warnings = append(warnings, fmt.Sprintf("payment %s is applied otherwise than it was asked to be", after.ID))
	}
	return warnings
}

// findRelinked reads the payment: the write was made when it is applied so.
func (s *Session) findRelinked(ctx context.Context, w connectors.Write, r stored) (connectors.Answer, bool, error) {
	e, id, ok := entityOf(w.Target)
	if !ok || e.name != "Payment" {
		return connectors.Answer{}, false, &connectors.Failure{Class: connectors.ClassPermanent, Vendor: Name, Op: w.Op, Text: "the write names no payment"}
	}
	raw, err := s.readRaw(ctx, w.Op, e, id)
	if err != nil {
		return connectors.Answer{}, false, err
	}
	current, err := decode[wirePayment](raw)
	if err != nil {
		return connectors.Answer{}, false, malformed(w.Op, answer{}, err)
	}
	if !sameLines(linesOf(current), r.Applied) {
		return connectors.Answer{}, false, nil
	}
	return connectors.Answer{Ref: w.Target, Raw: raw, Warnings: checkRelink(r.request, raw)}, true, nil
}
