package economy

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Minor is an amount in hundredths: every currency of the economy and of the
// recorded companies has two digits. In JSON it is a plain number such as
// 12.30, as both ledgers want it.
type Minor int64

// String is the amount as decimal text, such as -12.30.
func (m Minor) String() string {
	var out [24]byte
	b := out[:0]
	if m < 0 {
		b, m = append(b, '-'), -m
	}
	b = strconv.AppendInt(b, int64(m/100), 10)
	return string(append(b, '.', byte('0'+m%100/10), byte('0'+m%10)))
}

func (m Minor) number() json.Number { return json.Number(m.String()) }

// MarshalJSON writes the amount as a JSON number.
func (m Minor) MarshalJSON() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalJSON reads a JSON number, or a number in quotes, exactly.
func (m *Minor) UnmarshalJSON(b []byte) error {
	v, err := parseMinor(strings.Trim(string(b), `"`))
	if err != nil {
		return err
	}
	*m = v
	return nil
}

// parseMinor reads decimal text exactly: digits beyond hundredths must be 0.
func parseMinor(s string) (Minor, error) {
	if s == "" || s == "null" {
		return 0, nil
	}
	body, negative := strings.CutPrefix(s, "-")
	whole, frac, _ := strings.Cut(body, ".")
	if rest := strings.TrimLeft(frac[min(2, len(frac)):], "0"); rest != "" {
		return 0, fmt.Errorf("amount %q: more than two digits", s)
	}
	frac = (frac + "00")[:2]
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, err)
	}
	if negative {
		n = -n
	}
	return Minor(n), nil
}

// share is permille of the amount, rounded down to a whole hundredth.
func (m Minor) share(permille int) Minor { return m * Minor(permille) / 1000 }
