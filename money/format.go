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

// String is the amount with its currency, for people who read logs and tests:
// "12.30 USD".
func (m Money) String() string { return m.Text(ISO) + " " + string(m.Currency) }

// Format writes the amount as people of a locale ("de-CH") do.
func (m Money) Format(locale string) (string, error) {
	amount, err := currency.NewAmount(m.Text(ISO), string(m.Currency))
	if err != nil {
		return "", fmt.Errorf("money: format: %w %q", ErrCurrency, string(m.Currency))
	}
	formatter := currency.NewFormatter(currency.NewLocale(strings.ReplaceAll(locale, "_", "-")))
	return formatter.Format(amount), nil
}
