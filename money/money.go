// Package money holds amounts as whole minor units of a currency and never as
// floating-point numbers. It parses and formats exactly, adds with overflow as
// an error, and splits without losing a unit. How many digits a currency has
// is a parameter (Scale): ledgers follow ISO 4217, Stripe a table of its own.
package money

import (
	"errors"
	"fmt"
	"math"

	"github.com/bojanz/currency"
)

// Currency is an ISO 4217 code in upper case.
type Currency string

// Money is an amount in minor units of its currency.
type Money struct {
	Minor    int64    `json:"minor"`
	Currency Currency `json:"currency"`
}

// Scale gives the number of digits of a currency's minor unit, and false for
// a currency that it does not know.
type Scale func(Currency) (digits int, ok bool)

// Errors that callers tell apart.
var (
	ErrOverflow  = errors.New("amount does not fit into 64 bits")
	ErrCurrency  = errors.New("unknown currency")
	ErrMixed     = errors.New("amounts of different currencies")
	ErrSyntax    = errors.New("not a decimal number")
	ErrPrecision = errors.New("more non-zero digits than the currency has")
)

// ISO is the scale of ISO 4217.
func ISO(c Currency) (int, bool) {
	digits, ok := currency.GetDigits(string(c))
	return int(digits), ok
}

// Add is m + o; an error when the currencies differ or the sum overflows.
func (m Money) Add(o Money) (Money, error) {
	if m.Currency != o.Currency {
		return Money{}, fmt.Errorf("%w: %s and %s", ErrMixed, m.Currency, o.Currency)
	}
	sum, err := AddMinor(m.Minor, o.Minor)
	return Money{sum, m.Currency}, err
}

// Sub is m - o; an error when the currencies differ or it overflows.
func (m Money) Sub(o Money) (Money, error) {
	neg, err := o.Neg()
	if err != nil {
		return Money{}, err
	}
	return m.Add(neg)
}

// Neg is -m; an error for the one amount that has no opposite.
func (m Money) Neg() (Money, error) {
	if m.Minor == math.MinInt64 {
		return Money{}, ErrOverflow
	}
	return Money{-m.Minor, m.Currency}, nil
}

// AddMinor adds minor units; ErrOverflow when the sum does not fit.
func AddMinor(a, b int64) (int64, error) {
	sum := a + b
	if (b > 0 && sum < a) || (b < 0 && sum > a) {
		return 0, ErrOverflow
	}
	return sum, nil
}

// SumMinor adds minor units; ErrOverflow when the sum does not fit.
func SumMinor(amounts ...int64) (int64, error) {
	var sum int64
	for _, a := range amounts {
		var err error
		if sum, err = AddMinor(sum, a); err != nil {
			return 0, err
		}
	}
	return sum, nil
}
