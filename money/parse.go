package money

import (
	"fmt"
	"strings"
)

// maxDigits bounds the text that is looked at: no amount needs more, and a
// hostile number must not cost time.
const maxDigits = 64

// Parse reads a decimal number exactly, such as "-12.30", in the currency's
// scale. Zeros beyond the currency's digits are accepted, other digits there
// are ErrPrecision: nothing is ever rounded. Exponents, spaces, thousands
// separators and a bare sign are ErrSyntax.
func Parse(text string, c Currency, scale Scale) (Money, error) {
	digits, ok := scale(c)
	if !ok {
		return Money{}, fmt.Errorf("%w %q", ErrCurrency, string(c))
	}
	minor, err := ParseMinor(text, digits)
	if err != nil {
		return Money{}, err
	}
	return Money{minor, c}, nil
}

// ParseMinor reads a decimal number as minor units of the given digits.
func ParseMinor(text string, digits int) (int64, error) {
	if len(text) > maxDigits {
		return 0, fmt.Errorf("%w: longer than %d characters", ErrSyntax, maxDigits)
	}
	whole, negative := strings.CutPrefix(text, "-")
	whole, fraction, dotted := strings.Cut(whole, ".")
	if !isDigits(whole) || dotted && !isDigits(fraction) {
		return 0, fmt.Errorf("%w: %q", ErrSyntax, text)
	}
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > digits {
		return 0, fmt.Errorf("%w: %q", ErrPrecision, text)
	}
	fraction += strings.Repeat("0", digits-len(fraction))
	return accumulate(whole+fraction, negative, text)
}

// accumulate works towards the sign of the result, so that the smallest
// int64, which has no positive twin, is read too.
func accumulate(digits string, negative bool, text string) (int64, error) {
	var n int64
	for _, d := range digits {
		step := int64(d - '0')
		if negative {
			step = -step
		}
		next := n*10 + step
		if next/10 != n || (negative && next > 0) || (!negative && next < 0) {
			return 0, fmt.Errorf("%w: %q", ErrOverflow, text)
		}
		n = next
	}
	return n, nil
}

func isDigits(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}
