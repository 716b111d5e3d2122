package preview_test

import (
	"slices"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
	"tieout/sync/preview"
	"tieout/sync/push"
)

func names() preview.Names {
	return preview.Names{
		Accounts:  map[string]string{"1": "Clearing", "2": "Fees", "3": "Bank"},
		Customers: map[string]string{"c": "Ada"},
		Invoices:  map[string]string{"i": "INV-7", "j": "INV-8"},
	}
}

func parts(purpose mapping.Purpose, amount int64, targets ...string) []mapping.Part {
	var list []mapping.Part
	for _, t := range append(targets, "")[:max(1, len(targets))] {
		list = append(list, mapping.Part{Movement: "m", Purpose: purpose, Target: t, Amount: amount})
	}
	return list
}

func TestLineOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		in   push.Intent
		want preview.Line
	}{
		"receipt": {
			push.Intent{
				Why: "it pays", Write: connectors.Write{Op: "payment.create", Parts: parts(mapping.PurposeReceipt, 150, "j", "i")},
				Booking: &mapping.Booking{Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-03-02", To: "1", CustomerID: "c"},
			},
			preview.Line{Action: "write", Date: "2026-03-02", Kind: "receipt", To: "Clearing", Customer: "Ada", Invoice: "INV-7, INV-8", Amount: "3.00", Currency: "USD", Why: "it pays", Op: "payment.create"},
		},
		"fee that came back": {
			push.Intent{
				Write:   connectors.Write{Parts: parts(mapping.PurposeFee, -150), Natural: connectors.Natural{Kind: receivables.DocumentDeposit, Amount: 150}},
				Booking: &mapping.Booking{Kind: receivables.DocumentExpense, Currency: "JPY", Date: "2026-03-02", From: "1", To: "2", Contact: "9"},
			},
			preview.Line{Action: "write", Date: "2026-03-02", Kind: "deposit", From: "Fees", To: "Clearing", Amount: "150", Currency: "JPY"},
		},
		"lines and an unknown account": {
			push.Intent{
				Write: connectors.Write{Parts: parts(mapping.PurposeReturn, 99)},
				Booking: &mapping.Booking{
					Kind: receivables.DocumentExpense, Currency: "USD", From: "1", Contact: "c",
					Lines: []mapping.BookingLine{{Account: "2", Amount: 1, Invoice: "i"}, {Account: "77", Amount: 98}, {Account: "2"}},
				},
			},
			preview.Line{Action: "write", Kind: "expense", From: "Clearing", To: "Fees, 77", Customer: "Ada", Invoice: "INV-7", Amount: "0.99", Currency: "USD"},
		},
		"payment link": {
			push.Intent{Effect: push.EffectLinkMade, Invoice: "i", Write: connectors.Write{Op: "payment_link.create", Natural: connectors.Natural{Amount: 500, Currency: "USD", InvoiceID: "i"}}},
			preview.Line{Action: "write", Kind: "payment link", Invoice: "INV-7", Amount: "5.00", Currency: "USD", Op: "payment_link.create"},
		},
		"link on invoice": {
			push.Intent{Effect: push.EffectLinkShown, Invoice: "x", Write: connectors.Write{Target: receivables.Ref{Kind: "invoice", ID: "x"}}},
			preview.Line{Action: "change", Kind: "link on invoice", Invoice: "x", Document: "invoice/x"},
		},
		"removal": {
			push.Intent{Effect: push.EffectUndone, Write: connectors.Write{
				Target:  receivables.Ref{Kind: "receipt", ID: "r"},
				Natural: connectors.Natural{Kind: receivables.DocumentReceipt, AccountID: "1", Amount: 5, Currency: "USD", Date: "2026-03-02"},
			}},
			preview.Line{Action: "remove", Date: "2026-03-02", Kind: "receipt", From: "Clearing", Amount: "0.05", Currency: "USD", Document: "receipt/r"},
		},
		"account": {
			push.Intent{Effect: push.EffectUndone, Write: connectors.Write{Target: receivables.Ref{Kind: "account", ID: "1"}}},
			preview.Line{Action: "remove", Kind: "account", Document: "account/1"},
		},
	} {
		if got := preview.LineOf(c.in, names()); got != c.want {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

// The digest is one of what is shown: not of the order in which it was planned,
// nor of ids that nobody sees, but of every word and of the subject.
func TestDigest(t *testing.T) {
	t.Parallel()
	a := push.Intent{ID: "1", Why: "a", Write: connectors.Write{Natural: connectors.Natural{Amount: 5, Currency: "USD", Date: "2026-03-02"}}}
	b := push.Intent{ID: "2", Why: "b", Write: connectors.Write{Natural: connectors.Natural{Amount: 7, Currency: "USD", Date: "2026-03-01"}}}
	digest := func(subject string, kept []string, intents ...push.Intent) string {
		d, err := preview.Digest(subject, preview.Lines(intents, names()), kept...)
		if err != nil || len(d) != 12 {
			t.Fatalf("digest %q, %v", d, err)
		}
		return d
	}
	want := digest("x", nil, a, b)
	a.ID = "3"
	if got := digest("x", nil, b, a); got != want {
		t.Errorf("another order and id: %s, want %s", got, want)
	}
	changed := a
	changed.Write.Natural.Amount = 6
	for name, got := range map[string]string{
		"amount": digest("x", nil, changed, b), "subject": digest("y", nil, a, b), "kept": digest("x", []string{"row"}, a, b), "fewer": digest("x", nil, a),
	} {
		if got == want {
			t.Errorf("another %s has the same digest", name)
		}
	}
}

func TestBetweenAndTotals(t *testing.T) {
	t.Parallel()
	lines := []preview.Line{
		{Action: "write", Date: "2026-03-01", Kind: "receipt", Amount: "1.50", Currency: "USD"},
		{Action: "write", Date: "2026-03-02", Kind: "receipt", Amount: "2.00", Currency: "USD"},
		{Action: "change", Kind: "link on invoice"},
	}
	if got := preview.Between(lines, "2026-03-02", "2026-03-02"); len(got) != 2 || got[0].Amount != "2.00" {
		t.Errorf("between: %+v", got)
	}
	if got := preview.Between(lines, "", ""); len(got) != 3 {
		t.Errorf("without bounds: %+v", got)
	}
	if got, want := preview.Totals(lines), []string{"change 1 × link on invoice", "write 2 × receipt, 3.50 USD"}; !slices.Equal(got, want) {
		t.Errorf("totals %q, want %q", got, want)
	}
	rows := preview.Rows(lines)
	if len(rows) != 4 || len(rows[0]) != len(rows[1]) || strings.Join(rows[1][:3], ",") != "write,2026-03-01,receipt" {
		t.Errorf("rows %q", rows)
	}
}
