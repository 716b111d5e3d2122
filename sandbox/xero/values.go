package xero

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// cents is an amount of money in hundredths. Xero keeps every currency at two
// decimals (Xero docs: accounting/invoices, rounding).
type cents int64

// json writes 1234 as 12.34.
func (c cents) json() []byte { return []byte(c.String()) }

func (c cents) String() string {
	sign := ""
	if c < 0 {
		sign, c = "-", -c
	}
	s := strconv.FormatInt(int64(c), 10)
	for len(s) < 3 {
		s = "0" + s
	}
	return sign + s[:len(s)-2] + "." + s[len(s)-2:]
}

func (c cents) decimal() decimal.Decimal { return decimal.New(int64(c), -2) }

// toCents rounds half away from zero to two decimals.
func toCents(d decimal.Decimal) cents { return cents(d.Round(2).Shift(2).IntPart()) }

// centsOf reads an amount; 0 when it is absent.
func (o object) centsOf(key string) cents {
	d, _ := o.dec(key)
	return toCents(d)
}

// day is a calendar date as days since 1970-01-01; noDay is none.
type day int32

const noDay day = -1 << 31

const msPerDay = 24 * 60 * 60 * 1000

func dayOf(t time.Time) day {
	return day(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }
func (d day) ms() int64       { return int64(d) * msPerDay }
func (d day) iso() string     { return d.time().Format("2006-01-02T15:04:05") }
func (d day) words() string   { return d.time().Format("2 January 2006") }

var errDate = errors.New("xero: not a date")

// parseDay reads the date forms Xero takes: 2006-01-02, the same with a time,
// and /Date(ms+0000)/, whose offset is decoration.
func parseDay(s string) (day, error) {
	if ms, ok := parseMSDate(s); ok {
		return day(floorDiv(ms, msPerDay)), nil
	}
	if len(s) >= 10 && (len(s) == 10 || s[10] == 'T' || s[10] == ' ') {
		if t, err := time.Parse("2006-01-02", s[:10]); err == nil {
			return dayOf(t), nil
		}
	}
	return noDay, errDate
}

// parseMSDate reads /Date(1518685950940+0000)/.
func parseMSDate(s string) (int64, bool) {
	s, ok := strings.CutPrefix(s, "/Date(")
	if !ok {
		return 0, false
	}
	s, ok = strings.CutSuffix(s, ")/")
	if !ok {
		return 0, false
	}
	if i := strings.LastIndexAny(s, "+-"); i > 0 {
		s = s[:i]
	}
	ms, err := strconv.ParseInt(s, 10, 64)
	return ms, err == nil
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// dayMember reads a date member; noDay when it is absent.
func (o object) dayMember(key string) (day, error) {
	s := o.str(key)
	if s == "" {
		return noDay, nil
	}
	return parseDay(s)
}

// setDay writes a date with its textual twin, as real answers have both.
func (o *object) setDay(key string, d day) {
	if d == noDay {
		o.drop(key, key+"String")
		return
	}
	o.setStr(key+"String", d.iso())
	o.set(key, msDate(d.ms()))
}

// msDate writes "/Date(1518685950940+0000)/".
func msDate(ms int64) []byte {
	b := append(make([]byte, 0, 32), `"/Date(`...)
	b = strconv.AppendInt(b, ms, 10)
	return append(b, `+0000)/"`...)
}

// setUpdated writes UpdatedDateUTC and, where the kind has it, its textual twin
// (Xero-OpenAPI 16.1.0, July 2026).
func (o *object) setUpdated(ms int64, twin bool) {
	o.set("UpdatedDateUTC", msDate(ms))
	if twin {
		o.setStr("UpdatedDateUTCString", time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05Z"))
	}
}

// rateJSON writes a currency rate with at most six decimals.
func rateJSON(r decimal.Decimal) []byte { return []byte(r.Round(6).String()) }
