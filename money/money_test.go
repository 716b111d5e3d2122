package money_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tieout/money"
)

func TestParseMinor(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text   string
		digits int
		want   int64
		err    error
	}{
		{"12.30", 2, 1230, nil},
		{"12.3", 2, 1230, nil},
		{"12", 2, 1200, nil},
		{"-0.01", 2, -1, nil},
		{"-0", 2, 0, nil},
		{"0.00", 0, 0, nil},
		{"100.00", 0, 100, nil},
		{"100.01", 0, 0, money.ErrPrecision},
		{"1.2340", 3, 1234, nil},
		{"1.23400000000000000000", 3, 1234, nil},
		{"1.2345", 3, 0, money.ErrPrecision},
		{"007", 2, 700, nil},
		{"92233720368547758.07", 2, math.MaxInt64, nil},
		{"92233720368547758.08", 2, 0, money.ErrOverflow},
		{"-92233720368547758.08", 2, math.MinInt64, nil},
		{"-92233720368547758.09", 2, 0, money.ErrOverflow},
		{"99999999999999999999", 0, 0, money.ErrOverflow},
		{"", 2, 0, money.ErrSyntax},
		{"-", 2, 0, money.ErrSyntax},
		{".5", 2, 0, money.ErrSyntax},
		{"5.", 2, 0, money.ErrSyntax},
		{"1e2", 2, 0, money.ErrSyntax},
		{"+1", 2, 0, money.ErrSyntax},
		{"--1", 2, 0, money.ErrSyntax},
		{" 1", 2, 0, money.ErrSyntax},
		{"1,000", 2, 0, money.ErrSyntax},
		{"1.2.3", 2, 0, money.ErrSyntax},
		{"NaN", 2, 0, money.ErrSyntax},
		{"٣", 2, 0, money.ErrSyntax},
		{strings.Repeat("0", 65), 2, 0, money.ErrSyntax},
	} {
		got, err := money.ParseMinor(c.text, c.digits)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("ParseMinor(%q, %d) = %d, %v; want %d, %v", c.text, c.digits, got, err, c.want, c.err)
		}
	}
}

// Digits of ISO 4217 that are easily taken for others.
func TestISODigits(t *testing.T) {
	t.Parallel()
	for code, want := range map[money.Currency]int{
		"USD": 2, "EUR": 2, "JPY": 0, "KRW": 0, "ISK": 0, "UGX": 0, "CLP": 0, "HUF": 2, "TWD": 2, "MGA": 2, "KWD": 3, "TND": 3, "XPF": 0,
	} {
		if got, ok := money.ISO(code); !ok || got != want {
			t.Errorf("ISO(%s) = %d, %v; want %d", code, got, ok, want)
		}
	}
	for _, code := range []money.Currency{"", "usd", "US", "XXQ", "DOLLAR"} {
		if _, ok := money.ISO(code); ok {
			t.Errorf("ISO knows %q", code)
		}
	}
}

func TestParseChecksTheCurrency(t *testing.T) {
	t.Parallel()
	if _, err := money.Parse("1", "XXQ", money.ISO); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("unknown currency: %v", err)
	}
	hundredths := func(money.Currency) (int, bool) { return 2, true }
	m, err := money.Parse("5.00", "JPY", hundredths)
	if err != nil || m.Minor != 500 {
		t.Errorf("the scale is not a parameter: %v %v", m, err)
	}
}

func TestTextAndParseAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		minor, digits := rapid.Int64().Draw(t, "minor"), rapid.IntRange(0, 4).Draw(t, "digits")
		text := money.Text(minor, digits)
		back, err := money.ParseMinor(text, digits)
		if err != nil || back != minor {
			t.Fatalf("%d with %d digits is %q, which reads as %d, %v", minor, digits, text, back, err)
		}
		zeros := rapid.IntRange(0, 12).Draw(t, "zeros")
		if digits > 0 {
			text += strings.Repeat("0", zeros)
		}
		if back, err = money.ParseMinor(text, digits); err != nil || back != minor {
			t.Fatalf("%q reads as %d, %v; want %d", text, back, err, minor)
		}
	})
}

func TestAdditionIsExactOrAnError(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		exact := new(big.Int).Add(big.NewInt(a), big.NewInt(b))
		got, err := money.AddMinor(a, b)
		if exact.IsInt64() != (err == nil) || err == nil && got != exact.Int64() {
			t.Fatalf("%d + %d = %d, %v; exactly %s", a, b, got, err, exact)
		}
		diff, err := money.Money{Minor: a, Currency: "USD"}.Sub(money.Money{Minor: b, Currency: "USD"})
		exact.Sub(big.NewInt(a), big.NewInt(b))
		if err == nil && diff.Minor != exact.Int64() {
			t.Fatalf("%d - %d = %d; exactly %s", a, b, diff.Minor, exact)
		}
		if err != nil && exact.IsInt64() && b != math.MinInt64 {
			t.Fatalf("%d - %d: %v", a, b, err)
		}
	})
}

func TestSumAndMixedCurrencies(t *testing.T) {
	t.Parallel()
	if _, err := money.SumMinor(math.MaxInt64, 1, -5); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("sum: %v", err)
	}
	if sum, err := money.SumMinor(5, -7, 1); err != nil || sum != -1 {
		t.Errorf("sum: %d %v", sum, err)
	}
	a, b := money.Money{Minor: 1, Currency: "USD"}, money.Money{Minor: 1, Currency: "EUR"}
	if _, err := a.Add(b); !errors.Is(err, money.ErrMixed) {
		t.Errorf("add: %v", err)
	}
	if _, err := (money.Money{Minor: math.MinInt64}).Neg(); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("neg: %v", err)
	}
}

func TestSplitLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := money.Money{Minor: rapid.Int64().Draw(t, "minor"), Currency: "USD"}
		weights := rapid.SliceOfN(rapid.Int64Range(0, math.MaxInt64/64), 1, 40).Draw(t, "weights")
		total := new(big.Int)
		for _, w := range weights {
			total.Add(total, big.NewInt(w))
		}
		shares, err := m.Split(weights)
		if total.Sign() == 0 {
			if !errors.Is(err, money.ErrWeights) {
				t.Fatalf("all-zero weights: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		sum := new(big.Int)
		for i, s := range shares {
			sum.Add(sum, big.NewInt(s.Minor))
			if weights[i] == 0 && s.Minor != 0 {
				t.Fatalf("weight 0 got %d", s.Minor)
			}
			// |share*total - minor*weight| < total: less than one unit off.
			off := new(big.Int).Mul(big.NewInt(s.Minor), total)
			off.Sub(off, new(big.Int).Mul(big.NewInt(m.Minor), big.NewInt(weights[i])))
			if off.CmpAbs(total) >= 0 {
				t.Fatalf("share %d is a unit or more away from its exact part", i)
			}
		}
		if !sum.IsInt64() || sum.Int64() != m.Minor {
			t.Fatalf("shares add up to %s, want %d", sum, m.Minor)
		}
	})
}

func TestSplitRefusesBadWeights(t *testing.T) {
	t.Parallel()
	for _, weights := range [][]int64{nil, {}, {0, 0}, {3, -1}} {
		if _, err := (money.Money{Minor: 10, Currency: "USD"}).Split(weights); !errors.Is(err, money.ErrWeights) {
			t.Errorf("Split(%v): %v", weights, err)
		}
	}
}

func TestFormat(t *testing.T) {
	t.Parallel()
	m := money.Money{Minor: -123456789, Currency: "USD"}
	for locale, want := range map[string]string{"en-US": "-$1,234,567.89", "en_US": "-$1,234,567.89"} {
		if got, err := m.Format(locale); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", locale, got, err, want)
		}
	}
	if got, err := (money.Money{Minor: 500, Currency: "JPY"}).Format("en"); err != nil || got != "¥500" {
		t.Errorf("yen: %q %v", got, err)
	}
	if _, err := (money.Money{Minor: 1, Currency: "XXQ"}).Format("en"); !errors.Is(err, money.ErrCurrency) {
		t.Errorf("unknown currency: %v", err)
	}
	if got := m.String(); got != "\u22121,234,567.89 USD" {
		t.Errorf("String: %q", got)
	}
	for text, want := range map[string]string{"-1234567.89": "\u22121,234,567.89", "0": "0", "999": "999", "1000": "1,000", "-0.05": "\u22120.05"} {
		if got := money.Grouped(text); got != want {
			t.Errorf("%s is written %s, want %s", text, got, want)
		}
	}
}

// FuzzParseMinor compares with exact arithmetic whatever is accepted.
func FuzzParseMinor(f *testing.F) {
	for _, text := range []string{"12.30", "-0.001", "9223372036854775807", "1e9", "0x10", "", "-.-", "1_000"} {
		f.Add(text, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, digits uint8) {
		places := int(digits % 8)
		got, err := money.ParseMinor(text, places)
		if err != nil {
			return
		}
		exact, ok := new(big.Rat).SetString(text)
		if !ok {
			t.Fatalf("%q was accepted and is no number", text)
		}
		scaled := exact.Mul(exact, new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)))
		if !scaled.IsInt() || !scaled.Num().IsInt64() || scaled.Num().Int64() != got {
			t.Errorf("ParseMinor(%q, %d) = %d, exactly %s", text, places, got, scaled)
		}
	})
}
