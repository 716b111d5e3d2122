package statement

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"tieout/money"
	"tieout/receivables"
)

// readAmount reads an amount as people write it: with the decimal sign given,
// thousands set off by any of , . ' and spaces, a currency's sign or code, and
// a minus before or behind, in brackets, or as DR, D or S (Soll) behind it. It
// is exact: digits beyond the currency's are refused.
func readAmount(text string, decimal rune, digits int) (int64, error) {
	negative, number := signOf(strings.TrimSpace(text))
	var out strings.Builder
	point := false
	for i, r := range number {
		switch {
		case unicode.IsDigit(r) && r < unicode.MaxASCII:
			out.WriteRune(r)
		case r == decimal && !point:
			point = true
			out.WriteByte('.')
		case isGroup(r) && r != decimal && !point && i > 0:
		case unicode.Is(unicode.Sc, r), unicode.IsSpace(r):
		default:
			return 0, fmt.Errorf("%w: %q is no amount", ErrFormat, text)
		}
	}
	plain := strings.TrimSuffix(out.String(), ".")
	if strings.HasPrefix(plain, ".") {
		plain = "0" + plain
	}
	minor, err := money.ParseMinor(plain, digits)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is no amount: %w", ErrFormat, text, err)
	}
	if negative {
		minor = -minor
	}
	return minor, nil
}

func isGroup(r rune) bool {
	return r == ',' || r == '.' || r == '\'' || r == '’' || unicode.IsSpace(r)
}

// signOf takes the sign off an amount, and letters of a currency's code.
func signOf(text string) (negative bool, number string) {
	upper := strings.ToUpper(text)
	for _, mark := range []struct {
		text     string
		negative bool
	}{{"CR", false}, {"DR", true}, {"DB", true}, {" C", false}, {" D", true}, {" H", false}, {" S", true}} {
		if rest, ok := strings.CutSuffix(upper, mark.text); ok && rest != "" {
			negative, upper = mark.negative, strings.TrimSpace(rest)
			break
		}
	}
	upper = strings.TrimFunc(upper, notNumber)
	if inside, ok := strings.CutPrefix(upper, "("); ok && strings.HasSuffix(inside, ")") {
		return true, strings.TrimFunc(strings.TrimSuffix(inside, ")"), notNumber)
	}
	for _, minus := range []string{"-", "−", "–"} {
		if rest, ok := strings.CutPrefix(upper, minus); ok {
			return !negative, rest
		}
		if rest, ok := strings.CutSuffix(upper, minus); ok {
			return !negative, strings.TrimSpace(rest)
		}
	}
	return negative, strings.TrimPrefix(strings.TrimSuffix(upper, "+"), "+")
}

// notNumber says whether a letter around a number is a currency's.
func notNumber(r rune) bool {
	return unicode.IsUpper(r) || unicode.Is(unicode.Sc, r) || unicode.IsSpace(r)
}

// layouts are the ways to write a date that are known, by the name that a
// column map gives them.
func layouts() map[string]string {
	return map[string]string{
		"YYYY-MM-DD": "2006-01-02", "YYYY/MM/DD": "2006/01/02", "YYYYMMDD": "20060102", "YYYY.MM.DD": "2006.01.02",
		"DD.MM.YYYY": "2.1.2006", "DD.MM.YY": "2.1.06", "DD/MM/YYYY": "2/1/2006", "DD/MM/YY": "2/1/06", "DD-MM-YYYY": "2-1-2006", "DD-MM-YY": "2-1-06",
		"MM/DD/YYYY": "1/2/2006", "MM/DD/YY": "1/2/06", "MM-DD-YYYY": "1-2-2006",
		"DD MMM YYYY": "2 Jan 2006", "DD-MMM-YYYY": "2-Jan-2006", "DD MMM YY": "2 Jan 06", "MMM DD, YYYY": "Jan 2, 2006", "DD MMMM YYYY": "2 January 2006",
	}
}

// DateForms are the names of the forms that dates may have.
func DateForms() []string { return slices.Sorted(maps.Keys(layouts())) }

// readDate reads a date in the named form; a time of day behind it is left
// out, never counted.
func readDate(text, form string) (receivables.Date, error) {
	layout, known := layouts()[form]
	if !known {
		return "", fmt.Errorf("%w: %q is no form of dates", ErrMap, form)
	}
	text = strings.TrimSpace(text)
	at, err := time.Parse(layout, text)
	if err != nil {
		if day, _, timed := strings.Cut(text, "T"); timed {
			at, err = time.Parse(layout, day)
		} else if words := strings.Fields(text); len(words) > strings.Count(layout, " ")+1 {
			at, err = time.Parse(layout, strings.Join(words[:strings.Count(layout, " ")+1], " "))
		}
	}
	if err != nil {
		return "", fmt.Errorf("%w: %q is no date of the form %s", ErrFormat, text, form)
	}
	return receivables.Date(at.Format(time.DateOnly)), nil
}
