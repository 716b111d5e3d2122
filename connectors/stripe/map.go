package stripe

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// reading is what a fetch knows beside the objects: its order, which is when it
// began in unix microseconds, and the account's time zone; nil is UTC.
type reading struct {
	order int64
	zone  *time.Location
}

// draft maps one object as Stripe sent it. What cannot be read becomes a draft
// with its problem: nothing is dropped.
func draft(kind receivables.Kind, raw json.RawMessage, at reading) mapping.Draft {
	d := mapping.Draft{Kind: kind, Order: at.order, Raw: raw, Scale: Scale, Minor: true}
	var err error
	switch kind {
	case receivables.KindPayer:
		err = mapPayer(&d, raw)
	case receivables.KindCharge:
		err = mapCharge(&d, raw)
	case receivables.KindCheckout:
		err = mapCheckout(&d, raw)
	case receivables.KindRefund:
		err = mapRefund(&d, raw)
	case receivables.KindDispute:
		err = mapDispute(&d, raw)
	case receivables.KindPayout:
		err = mapPayout(&d, raw)
	case receivables.KindBalanceTransaction:
		err = mapMovement(&d, raw, "")
	case receivables.KindInvoice:
		err = mapInvoice(&d, raw, at.zone)
	case receivables.KindCredit:
		err = mapCreditNote(&d, raw, at.zone)
	default:
		err = fmt.Errorf("stripe has no objects of kind %s", kind)
	}
	return finish(d, err)
}

// member maps a balance transaction that an automatic payout took out.
func member(raw json.RawMessage, payout string, at reading) mapping.Draft {
	d := mapping.Draft{Kind: receivables.KindBalanceTransaction, Order: at.order, Raw: raw, Scale: Scale, Minor: true}
	return finish(d, mapMovement(&d, raw, payout))
}

// finish gives an unreadable draft its problem and, where even the id cannot
// be read, an id of its own.
func finish(d mapping.Draft, err error) mapping.Draft {
	if err != nil {
		d.Problem = "stripe: " + problemOf(err)
		d.ID = idOf(d.Raw)
	}
	if d.ID == "" {
		sum := sha256.Sum256(d.Raw)
		d.ID = "unreadable_" + hex.EncodeToString(sum[:8])
		if d.Problem == "" {
			d.Problem = "stripe: the object has no id"
		}
	}
	return d
}

// problemOf puts a decoder's error into words that name Stripe's field.
func problemOf(err error) string {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return fmt.Sprintf("%s holds a %s", wrong.Field, wrong.Value)
	}
	return err.Error()
}

// idOf reads nothing but the id, whatever else is wrong. Stripe writes it
// first, so that the body need not be read for it as a rule.
func idOf(raw json.RawMessage) string {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return ""
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return ""
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return ""
		}
		if name == "id" {
			var id string
			_ = json.Unmarshal(value, &id)
			return id
		}
	}
	return ""
}

func mapPayer(d *mapping.Draft, raw json.RawMessage) error {
	var w wireCustomer
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Deleted = w.ID, w.Deleted
	if !w.Deleted {
		d.Payer = &receivables.Payer{ID: w.ID, Name: w.Name, Email: w.Email, Metadata: w.Metadata}
	}
	return nil
}

func mapCharge(d *mapping.Draft, raw json.RawMessage) error {
	var w wireCharge
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	c := receivables.Charge{
		ID: w.ID, PaymentIntent: string(w.PaymentIntent), InvoiceID: string(w.Invoice), PayerID: string(w.Customer),
		Email: w.ReceiptEmail, Description: w.Description, Metadata: w.Metadata,
		Status: w.status(), Created: instant(w.Created),
		Movement: string(w.BalanceTransaction), FailureMovement: string(w.FailureBalanceTransaction),
	}
	if b := w.BillingDetails; b != nil {
		c.Name = b.Name
		if b.Email != "" {
			c.Email = b.Email
		}
	}
	if p := w.PaymentMethodDetails; p != nil {
		c.Method = p.Type
	}
	amount, refunded := w.captured()
	d.Charge = &mapping.ChargeDraft{Charge: c, Currency: upper(w.Currency), Amount: amount, Refunded: refunded}
	return nil
}

// status is how far the money has come: an authorisation that is not captured
// yet is no payment, and one that was released will never be.
func (w wireCharge) status() receivables.ChargeStatus {
	if w.Status == "succeeded" && w.Captured != nil && !*w.Captured {
		if w.Refunded {
			return receivables.ChargeFailed
		}
		return receivables.ChargePending
	}
	return receivables.ChargeStatus(w.Status)
}

// captured is what was paid and given back of a charge. Of a charge captured
// in part only that part is money, and the rest, which Stripe counts as
// refunded, is not (stripe docs: place-a-hold-on-a-payment-method).
func (w wireCharge) captured() (amount, refunded string) {
	amount, refunded = w.Amount.String(), w.AmountRefunded.String()
	total, err1 := w.Amount.Int64()
	back, err2 := w.AmountRefunded.Int64()
	if err1 != nil || err2 != nil || w.AmountCaptured == nil || *w.AmountCaptured <= 0 || *w.AmountCaptured >= total {
		return amount, refunded
	}
	released := total - *w.AmountCaptured
	return strconv.FormatInt(*w.AmountCaptured, 10), strconv.FormatInt(max(back-released, 0), 10)
}

func mapCheckout(d *mapping.Draft, raw json.RawMessage) error {
	var w wireCheckout
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	c := receivables.Checkout{
		ID: w.ID, Link: string(w.PaymentLink), PaymentIntent: string(w.PaymentIntent),
		Status: w.Status, PaymentStatus: w.PaymentStatus, Email: w.CustomerEmail,
		Metadata: w.Metadata, Created: instant(w.Created),
	}
	if p := w.CustomerDetails; p != nil && p.Email != "" {
		c.Email = p.Email
	}
	d.Checkout = &mapping.CheckoutDraft{Checkout: c, Currency: upper(w.Currency), Amount: w.AmountTotal.String()}
	return nil
}

func mapRefund(d *mapping.Draft, raw json.RawMessage) error {
	var w wireRefund
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	d.Refund = &mapping.RefundDraft{Currency: upper(w.Currency), Amount: w.Amount.String(), Refund: receivables.Refund{
		ID: w.ID, ChargeID: string(w.Charge), Status: w.Status, Created: instant(w.Created),
		Movement: string(w.BalanceTransaction), FailureMovement: string(w.FailureBalanceTransaction),
	}}
	return nil
}

func mapDispute(d *mapping.Draft, raw json.RawMessage) error {
	var w wireDispute
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	e := receivables.Dispute{
		ID: w.ID, ChargeID: string(w.Charge), Status: w.Status, Reason: w.Reason, Created: instant(w.Created),
	}
	for _, m := range w.BalanceTransactions {
		e.Movements = append(e.Movements, string(m))
	}
	d.Dispute = &mapping.DisputeDraft{Dispute: e, Currency: upper(w.Currency), Amount: w.Amount.String()}
	return nil
}

func mapPayout(d *mapping.Draft, raw json.RawMessage) error {
	var w wirePayout
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	p := mapping.PayoutDraft{Currency: upper(w.Currency), Amount: w.Amount.String(), Payout: receivables.Payout{
		ID: w.ID, Status: w.Status, Automatic: w.Automatic, Reconciled: w.ReconciliationStatus == "completed",
		Destination: string(w.Destination), Created: instant(w.Created),
		Movement: string(w.BalanceTransaction), FailureMovement: string(w.FailureBalanceTransaction),
	}}
	if w.ArrivalDate != 0 {
		// The arrival is a calendar day, sent as its midnight in UTC.
		p.Arrival = string(receivables.DateIn(instant(w.ArrivalDate), time.UTC))
	}
	d.Payout = &p
	return nil
}

// mapMovement maps a balance transaction. Its object does not say which
// payout took it out: only a list by payout does. So that a later reading
// without that knowledge never replaces one with it, a reading without a
// payout has the order of its creation.
func mapMovement(d *mapping.Draft, raw json.RawMessage, payout string) error {
	var w wireMovement
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	d.ID, d.Changed = w.ID, instant(w.Created)
	if payout == "" {
		d.Order = instant(w.Created).UnixMicro()
	}
	m := mapping.MovementDraft{
		Currency: upper(w.Currency), Amount: w.Amount.String(), Fee: w.Fee.String(), Net: w.Net.String(),
		BalanceTransaction: receivables.BalanceTransaction{
			ID: w.ID, Type: w.Type, Category: w.ReportingCategory, Source: string(w.Source),
			Rate: w.ExchangeRate.String(), Created: instant(w.Created), Available: instant(w.AvailableOn),
			Status: w.Status, Payout: payout, Description: w.Description,
		},
	}
	for _, f := range w.FeeDetails {
		m.Fees = append(m.Fees, mapping.FeeDraft{
			Type: f.Type, Amount: f.Amount.String(), Currency: upper(f.Currency), Description: f.Description,
		})
	}
	d.Movement = &m
	return nil
}

// instant is a Unix time; 0, which Stripe never sends, is unknown.
func instant(unix int64) time.Time {
	if unix == 0 {
		return time.Time{}
	}
	return time.Unix(unix, 0).UTC()
}

func upper(currency string) string { return string(money.Currency(strings.ToUpper(currency))) }
