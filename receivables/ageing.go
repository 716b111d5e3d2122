package receivables

import (
	"fmt"

	"tieout/money"
)

// Basis is the date that an invoice's age is counted from.
type Basis string

// By due date an invoice is current up to and on the day it is due; by
// invoice date its first day counts as age 0.
const (
	ByDue    Basis = "due_date"
	ByIssued Basis = "invoice_date"
)

// OpenItem is one open invoice of an ageing, in minor units of the currency
// that the ageing is in. An invoice without a due date is due when issued.
type OpenItem struct {
	Balance     int64
	Due, Issued Date
}

// Ageing shares what is open among buckets of days. All amounts are in minor
// units of one currency.
type Ageing struct {
	// Current is not yet due; by invoice date it is what is dated after the
	// as-of date.
	Current int64 `json:"current"`
	// To30 holds ages 1-30 (by invoice date 0-30), To60 31-60, To90 61-90.
	To30   int64 `json:"to_30"`
	To60   int64 `json:"to_60"`
	To90   int64 `json:"to_90"`
	Over90 int64 `json:"over_90"`
	// Credit is open credit that nobody has applied, as a positive amount: it
	// has no age, and lowers the total.
	Credit int64 `json:"credit"`
}

// Age shares the open items among the buckets as of a date. Credit is the
// customer's unapplied credit. It fails only on overflow.
func Age(items []OpenItem, credit int64, asOf Date, basis Basis) (Ageing, error) {
	a := Ageing{Credit: credit}
	for _, item := range items {
		bucket := bucketOf(&a, item, asOf, basis)
		sum, err := money.AddMinor(*bucket, item.Balance)
		if err != nil {
			return Ageing{}, fmt.Errorf("receivables: ageing as of %s: %w", asOf, err)
		}
		*bucket = sum
	}
	if _, err := a.Total(); err != nil {
		return Ageing{}, err
	}
	return a, nil
}

// bucketOf is the bucket that an item belongs to. An item without any date has
// no age and counts as current.
func bucketOf(a *Ageing, item OpenItem, asOf Date, basis Basis) *int64 {
	from := item.Issued
	if basis == ByDue && item.Due != "" {
		from = item.Due
	}
	days := asOf.DaysSince(from)
	switch {
	case days < 0, days == 0 && (basis == ByDue || from == ""):
		return &a.Current
	case days <= 30:
		return &a.To30
	case days <= 60:
		return &a.To60
	case days <= 90:
		return &a.To90
	}
	return &a.Over90
}

// Total is what is owed in all: the buckets less the credit.
func (a Ageing) Total() (int64, error) {
	sum, err := money.SumMinor(a.Current, a.To30, a.To60, a.To90, a.Over90)
	if err != nil {
		return 0, fmt.Errorf("receivables: total of the ageing: %w", err)
	}
	total, err := money.Money{Minor: sum}.Sub(money.Money{Minor: a.Credit})
	if err != nil {
		return 0, fmt.Errorf("receivables: total of the ageing: %w", err)
	}
	return total.Minor, nil
}

// Applied is an amount that was applied to an invoice with effect from a date:
// by a receipt, a credit note or a write-off.
type Applied struct {
	Date   Date
	Amount int64
}

// OpenAt is what was open on the invoice at the end of a date: the total less
// the deposit and what was applied with effect up to that date, never the
// present balance. An invoice that is not live, or dated later, has nothing
// open.
func (i Invoice) OpenAt(asOf Date, applied []Applied) (int64, error) {
	if i.State != StateLive || i.Issued > asOf {
		return 0, nil
	}
	open := money.Money{Minor: i.Total, Currency: i.Currency}
	amounts := []int64{i.Deposit}
	for _, a := range applied {
		if a.Date <= asOf {
			amounts = append(amounts, a.Amount)
		}
	}
	for _, amount := range amounts {
		var err error
		if open, err = open.Sub(money.Money{Minor: amount, Currency: i.Currency}); err != nil {
			return 0, fmt.Errorf("receivables: open balance of invoice %s as of %s: %w", i.ID, asOf, err)
		}
	}
	return open.Minor, nil
}
