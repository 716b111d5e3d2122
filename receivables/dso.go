package receivables

import "math/bits"

// Month is what a calendar month billed and collected, in minor units of one
// currency.
type Month struct {
	// First is the month's first day.
	First Date
	// Invoiced is the sum of the invoices issued in it, tax included; Credited
	// that of the credit notes. Collected is the money received in it.
	Invoiced, Credited, Collected int64
	// Invoices and Receipts are how many made up Invoiced and Collected.
	Invoices, Receipts int
}

// Billed is what the month billed: invoices less credit notes.
func (m Month) Billed() int64 { return m.Invoiced - m.Credited }

// DSO is days sales outstanding by count-back: how many of the latest days of
// billing are still unpaid. Whole months are taken off what is owed, from the
// newest back; of the last one only the part that is still owed counts.
type DSO struct {
	// Owed is what customers owe in all.
	Owed  int64
	Steps []DSOStep
	// Tenths is the result in tenths of a day.
	Tenths int64
	// Beyond says that more is owed than all known months have billed, so that
	// the result is a lower bound.
	Beyond bool
}

// DSOStep is one month of a count-back.
type DSOStep struct {
	Month
	// Days is how many days of the month have passed.
	Days int
	// Taken is what of the debt the month's billing explains, Left what remains.
	Taken, Left int64
	// Tenths is what the month adds, in tenths of a day.
	Tenths int64
}

// Days is the result in whole days, rounded half up.
func (d DSO) Days() int64 { return (d.Tenths + tenths/2) / tenths }

const tenths = 10

// CountBack computes the days sales outstanding as of a day. months are in
// order without gaps and end with asOf's own, of which the days so far count. A
// month that credited more than it billed explains nothing and counts whole.
func CountBack(owed int64, months []Month, asOf Date) DSO {
	out := DSO{Owed: owed}
	left := max(owed, 0)
	for i := len(months) - 1; i >= 0 && left > 0; i-- {
		m := months[i]
		step := DSOStep{Month: m, Days: min(m.First.MonthEnd(), asOf).DaysSince(m.First) + 1}
		billed := max(m.Billed(), 0)
		step.Taken = min(left, billed)
		left -= step.Taken
		step.Left = left
		step.Tenths = int64(step.Days) * tenths
		if left == 0 && step.Taken < billed {
			step.Tenths = portion(step.Taken, step.Tenths, billed)
		}
		out.Tenths += step.Tenths
		out.Steps = append(out.Steps, step)
	}
	out.Beyond = left > 0
	return out
}

// portion is part times whole over of, rounded half up, for 0 < part < of and a
// whole of some hundreds: the product may be wider than 64 bits, the result
// never is.
func portion(part, whole, of int64) int64 {
	high, low := bits.Mul64(uint64(part), uint64(whole))
	low, carry := bits.Add64(low, uint64(of)/2, 0)
	quotient, _ := bits.Div64(high+carry, low, uint64(of))
	return int64(quotient)
}

// Months gives the calendar months from first to last without gaps, each from
// known or empty.
func Months(known map[Date]Month, first, last Date) []Month {
	var out []Month
	for day := first.MonthStart(); day != "" && day <= last; day = day.MonthEnd().AddDays(1) {
		m := known[day]
		m.First = day
		out = append(out, m)
	}
	return out
}
