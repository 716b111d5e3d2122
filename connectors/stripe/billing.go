package stripe

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// mapInvoice maps an invoice of Stripe's own: the monthly one of a
// subscription, or one that was made in the Dashboard. Its customer is the
// Stripe customer.
func mapInvoice(d *mapping.Draft, raw json.RawMessage, zone *time.Location) error {
	var w wireInvoice
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Deleted, d.Changed = w.ID, w.Deleted, instant(w.Created)
	if w.Deleted {
		return nil
	}
	state, err := w.state()
	if err != nil {
		return err
	}
	currency := money.Currency(upper(w.Currency))
	inv := mapping.InvoiceDraft{
		Currency: string(currency), Issued: day(w.issuedAt(), zone), Due: day(w.DueDate, zone),
		Total: w.Total.String(), Tax: w.tax(), Balance: w.AmountRemaining.String(),
		Invoice: receivables.Invoice{
			ID: w.ID, Number: w.Number, CustomerID: string(w.Customer), State: state, Memo: w.Description,
			Lines: w.lines(currency), Billed: w.billed(),
		},
	}
	if w.CustomerEmail != "" {
		inv.Recipients = []string{w.CustomerEmail}
	}
	if state == receivables.StateLive {
		if err := w.settle(&inv); err != nil {
			return err
		}
	}
	d.Invoice = &inv
	return nil
}

// state says whether the invoice counts. One that Stripe has given up still
// counts, with nothing open (OpenAPI 2023-10-16: invoice, status).
func (w wireInvoice) state() (receivables.State, error) {
	switch w.Status {
	case "draft":
		return receivables.StateDraft, nil
	case "open", "paid", "uncollectible":
		return receivables.StateLive, nil
	case "void":
		return receivables.StateVoid, nil
	}
	return "", fmt.Errorf("the status %q of an invoice is not known", w.Status)
}

// issuedAt is the date of issue that stands on the document: the effective
// date, else the moment of finalisation (OpenAPI 2023-10-16: effective_at).
func (w wireInvoice) issuedAt() int64 {
	switch {
	case w.EffectiveAt != 0:
		return w.EffectiveAt
	case w.Transitions != nil && w.Transitions.FinalizedAt != 0:
		return w.Transitions.FinalizedAt
	}
	return w.Created
}

// settle fills in what is open, paid and credited of a finalised invoice.
// Credited is what lowered it without a payment: credit notes before it was
// paid, what the customer's balance took (a balance that the customer owed
// raises the invoice), and what was given up. Where Stripe's figures do not
// explain the total, neither is stated.
func (w wireInvoice) settle(inv *mapping.InvoiceDraft) error {
	var n figures
	total, due, paid, left := n.of(w.Total), n.of(w.AmountDue), n.of(w.AmountPaid), n.of(w.AmountRemaining)
	credited := n.sum(n.of(w.PrePaymentNotes), n.of(w.EndingBalance), -n.of(w.StartingBalance))
	switch w.Status {
	case "paid":
		if w.PaidOutOfBand {
			paid = max(paid, due)
		}
		left = 0
	case "uncollectible":
		inv.WrittenOff = strconv.FormatInt(left, 10)
		credited, left = n.sum(credited, left), 0
	}
	if n.err != nil {
		return n.err
	}
	inv.Balance = strconv.FormatInt(left, 10)
	if n.sum(left, paid, credited) == total && n.err == nil {
		inv.Paid, inv.Credited = strconv.FormatInt(paid, 10), strconv.FormatInt(credited, 10)
	}
	return nil
}

// figures reads whole amounts and adds them up; it keeps the first error.
type figures struct{ err error }

// of reads an amount; one that is absent or null is 0.
func (f *figures) of(n json.Number) int64 {
	if n == "" || f.err != nil {
		return 0
	}
	v, err := money.ParseMinor(n.String(), 0)
	f.err = err
	return v
}

func (f *figures) sum(amounts ...int64) int64 {
	total, err := money.SumMinor(amounts...)
	if f.err == nil {
		f.err = err
	}
	return total
}

// tax is Stripe's own sum, else that of the rates; "" where it states none.
func (w wireInvoice) tax() string {
	if w.Tax != "" || len(w.TotalTaxAmounts) == 0 {
		return w.Tax.String()
	}
	var n figures
	var total int64
	for _, t := range w.TotalTaxAmounts {
		total = n.sum(total, n.of(t.Amount))
	}
	if n.err != nil {
		return ""
	}
	return strconv.FormatInt(total, 10)
}

func (w wireInvoice) lines(c money.Currency) []receivables.Line {
	digits, known := Scale(c)
	if !known {
		return nil // the currency is what the rejection will name
	}
	out := make([]receivables.Line, len(w.Lines.Data))
	for i, l := range w.Lines.Data {
		out[i] = receivables.Line{ID: l.ID, Description: l.Description, Quantity: l.Quantity.String(), Amount: decimal(l.Amount, digits)}
		if l.Price != nil {
			out[i].ItemID, out[i].UnitPrice = l.Price.ID, decimal(l.Price.UnitAmount, digits)
		}
	}
	return out
}

// decimal writes minor units as an amount; what is no whole number stays as
// it came.
func decimal(n json.Number, digits int) string {
	v, err := money.ParseMinor(n.String(), 0)
	if err != nil {
		return n.String()
	}
	return money.Text(v, digits)
}

func (w wireInvoice) billed() *receivables.Billed {
	return &receivables.Billed{
		PaymentIntent: string(w.PaymentIntent), Charge: string(w.Charge), Subscription: string(w.Subscription),
		Automatic: w.CollectionMethod == "charge_automatically", PaidElsewhere: w.PaidOutOfBand, URL: w.HostedURL,
		PayerName: w.CustomerName, Metadata: w.Metadata, LinesMore: w.Lines.HasMore,
	}
}

// mapCreditNote maps a credit note. It is used up when it is issued: what it
// takes off an open invoice is its allocation, what it gives back of a paid
// one is a refund, a credit to the customer's balance or a payment outside of
// Stripe (OpenAPI 2023-10-16: credit_note, type).
func mapCreditNote(d *mapping.Draft, raw json.RawMessage, zone *time.Location) error {
	var w wireCreditNote
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	issued := w.EffectiveAt
	if issued == 0 {
		issued = w.Created
	}
	c := mapping.CreditDraft{
		Currency: upper(w.Currency), Issued: day(issued, zone), Total: w.Total.String(), Remaining: "0", HomeRemaining: "0",
		Credit: receivables.Credit{ID: w.ID, Kind: receivables.CreditNote, Number: w.Number, CustomerID: string(w.Customer), Note: w.Memo},
	}
	switch w.Status {
	case "issued":
		c.State = receivables.StateLive
	case "void":
		c.State = receivables.StateVoid
	default:
		return fmt.Errorf("the status %q of a credit note is not known", w.Status)
	}
	if w.Type == "pre_payment" && w.Invoice != "" {
		c.Allocations = []mapping.AllocationDraft{{
			Target: receivables.Ref{Kind: receivables.KindInvoice, ID: string(w.Invoice)}, Amount: w.Total.String(),
		}}
	}
	d.Credit = &c
	return nil
}

// day is the civil date of an instant in the account's zone; "" for none.
func day(unix int64, zone *time.Location) string {
	if unix == 0 {
		return ""
	}
	if zone == nil {
		zone = time.UTC
	}
	return string(receivables.DateIn(instant(unix), zone))
}
