package quickbooks

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"
)

// amount is money in 1/100,000 of a currency unit: line amounts of the API
// have up to ten digits before and five after the point (Finance.xsd,
// Line.Amount "10.5 format"); totals are rounded to two.
type amount int64

const (
	amountScale = 5
	oneUnit     = amount(100_000)
	centStep    = amount(1_000)
	// maxAmount bounds one amount so that sums of many cannot overflow.
	maxAmount = amount(math.MaxInt64 / 100)
)

var errAmount = errors.New("not an amount with at most five decimals")

// parseAmount reads a JSON number, or the same in quotes.
func parseAmount(raw []byte) (amount, error) {
	text := strings.Trim(string(bytes.TrimSpace(raw)), `"`)
	d, err := readDecimal(text)
	if err != nil {
		return 0, fmt.Errorf("%w: %q", errAmount, text)
	}
	return amountOf(d)
}

// maxExponent bounds a number in scientific notation: a huge exponent would
// cost as much memory as it has digits.
const maxExponent = 30

// readDecimal reads a number of reasonable size.
func readDecimal(text string) (decimal.Decimal, error) {
	if len(text) > 40 {
		return decimal.Zero, errAmount
	}
	d, err := decimal.NewFromString(text)
	if err != nil {
		return decimal.Zero, fmt.Errorf("%w: %w", errAmount, err)
	}
	if e := d.Exponent(); e > maxExponent || e < -maxExponent {
		return decimal.Zero, errAmount
	}
	return d, nil
}

// parsePlain reads the usual short form without a big integer.
func parsePlain(raw []byte) (amount, bool) {
	text := raw
	neg := len(text) > 0 && text[0] == '-'
	if neg {
		text = text[1:]
	}
	if len(text) == 0 || len(text) > 16 {
		return 0, false
	}
	v, frac := int64(0), -1
	for _, c := range text {
		switch {
		case c == '.' && frac < 0:
			frac = 0
			continue
		case c < '0' || c > '9':
			return 0, false
		}
		v = v*10 + int64(c-'0')
		if frac >= 0 {
			frac++
		}
	}
	if frac > amountScale || len(text) > 12 {
		return 0, false
	}
	for i := max(frac, 0); i < amountScale; i++ {
		v *= 10
	}
	if neg {
		v = -v
	}
	return amount(v), true
}

func readAmount(raw []byte) (amount, error) {
	if a, ok := parsePlain(raw); ok {
		return a, nil
	}
	return parseAmount(raw)
}

func amountOf(d decimal.Decimal) (amount, error) {
	shifted := d.Shift(amountScale)
	if !shifted.IsInteger() || shifted.Abs().GreaterThan(decimal.NewFromInt(int64(maxAmount))) {
		return 0, fmt.Errorf("%w: %s", errAmount, d)
	}
	return amount(shifted.IntPart()), nil
}

// cents rounds half away from zero to two decimals, as totals are kept.
func (a amount) cents() amount {
	if a < 0 {
		return -((-a + centStep/2) / centStep * centStep)
	}
	return (a + centStep/2) / centStep * centStep
}

// String writes a JSON number the way the API does: "0", "100.00", "362.07",
// and more decimals only where there are some.
func (a amount) String() string { return string(a.append(nil)) }

func (a amount) append(out []byte) []byte {
	if a == 0 {
		return append(out, '0')
	}
	if a < 0 {
		out, a = append(out, '-'), -a
	}
	out = append(strconv.AppendInt(out, int64(a/oneUnit), 10), '.')
	step := oneUnit
	for rest := a % oneUnit; rest > 0 || step > centStep; rest %= step {
		step /= 10
		out = append(out, byte('0'+rest/step))
	}
	return out
}

// MarshalJSON writes the amount as a JSON number.
func (a amount) MarshalJSON() ([]byte, error) { return []byte(a.String()), nil }

func (a amount) decimal() decimal.Decimal { return decimal.New(int64(a), -amountScale) }

// rate is home units per one foreign unit, as text; "" stands for 1.
type rate string

func (r rate) one() bool { return r == "" || r == "1" }

// home converts an amount of the document into home currency, to the cent.
func (r rate) home(a amount) amount {
	if r.one() {
		return a
	}
	d, err := readDecimal(string(r))
	if err != nil {
		return a
	}
	h, err := amountOf(a.decimal().Mul(d).Round(2))
	if err != nil {
		return a
	}
	return h
}

func parseRate(raw []byte) (rate, error) {
	text := strings.Trim(string(bytes.TrimSpace(raw)), `"`)
	d, err := readDecimal(text)
	if err != nil || !d.IsPositive() || len(text) > 30 {
		return "", fmt.Errorf("exchange rate %q is not a positive number", text)
	}
	return rate(d.String()), nil
}
