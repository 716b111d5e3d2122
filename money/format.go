package money

import (
	"fmt"
	"strings"

	"github.com/bojanz/currency"
)

// Text writes minor units as a plain decimal with exactly the given digits:
// "-12.30". ParseMinor reads it back.
func Text(minor int64, digits int) string {
	sign := ""
	// The unsigned magnitude also holds that of the smallest int64.
	magnitude := uint64(minor)
	if minor < 0 {
		sign, magnitude = "-", -magnitude
	}
	s := fmt.Sprintf("%0*d", digits+1, magnitude)
	if digits == 0 {
		return sign + s
	}
	return sign + s[:len(s)-digits] + "." + s[len(s)-digits:]
}

// Text is the amount as a plain decimal in the scale; an unknown currency is
// written in whole minor units.
func (m Money) Text(scale Scale) string {
	digits, _ := scale(m.Currency)
	return Text(m.Minor, digits)
}

// String is the amount as sentences and pages say it, with separators, a real
// minus sign and the currency: "−1,234.50 USD". What programs read, ledgers hold
// or digests cover is written by Text.
func (m Money) String() string { return Grouped(m.Text(ISO)) + " " + string(m.Currency) }

// Grouped puts separators between the thousands of decimal text, and a real
// minus sign before it: "-1234.50" is "−1,234.50".
func Grouped(text string) string {
	const three = 3
	sign, digits := "", text
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, digits = "\u2212", rest
	}
	whole, fraction, hasFraction := strings.Cut(digits, ".")
	var out strings.Builder
	out.WriteString(sign)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%three == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(c)
	}
	if hasFraction {
		out.WriteString("." + fraction)
	}
	return out.String()
}

// Format writes the amount as people of a locale ("de-CH") do.
func (m Money) Format(locale string) (string, error) {
	amount, err := currency.NewAmount(m.Text(ISO), string(m.Currency))
	if err != nil {
		return "", fmt.Errorf("money: format: %w %q", ErrCurrency, string(m.Currency))
	}
	formatter := currency.NewFormatter(currency.NewLocale(strings.ReplaceAll(locale, "_", "-")))
	return formatter.Format(amount), nil
}
