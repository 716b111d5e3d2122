package mapping

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"tieout/money"
	"tieout/receivables"
)

// acceptance parses one draft. It keeps the first thing that is wrong; later
// parses still run, so that the callers stay straight lines, but say nothing.
type acceptance struct {
	ref       receivables.Ref
	scale     money.Scale
	minor     bool
	rejection *Rejection
}

func (a *acceptance) rejectf(reason Reason, field, format string, args ...any) {
	if a.rejection != nil {
		return
	}
	a.rejection = &Rejection{
		Ref: a.ref, Reason: reason, Field: field,
		Text: fmt.Sprintf("%s %s: ", a.ref.Kind, a.ref.ID) + fmt.Sprintf(format, args...),
	}
}

// currency reads a code that must be one of ISO 4217 and of the vendor's scale.
func (a *acceptance) currency(field, code string) money.Currency {
	c := money.Currency(code)
	if code == "" {
		a.rejectf(ReasonMissing, field, "%s is missing", field)
		return c
	}
	_, iso := money.ISO(c)
	if _, known := a.scale(c); !iso || !known {
		a.rejectf(ReasonCurrency, field, "%s %q is not a currency we know", field, shown(code))
	}
	return c
}

// required reads an amount that must be there.
func (a *acceptance) required(field, text string, c money.Currency) int64 {
	if text == "" {
		a.rejectf(ReasonMissing, field, "%s is missing", field)
		return 0
	}
	return a.amount(field, text, c)
}

// optional reads an amount whose absence means zero.
func (a *acceptance) optional(field, text string, c money.Currency) int64 {
	if text == "" {
		return 0
	}
	return a.amount(field, text, c)
}

// stated reads an amount whose absence is kept apart from zero.
func (a *acceptance) stated(field, text string, c money.Currency) *int64 {
	if text == "" {
		return nil
	}
	n := a.amount(field, text, c)
	return &n
}

// amount reads text in the vendor's scale and gives minor units of ISO 4217,
// which is what the model counts in.
func (a *acceptance) amount(field, text string, c money.Currency) int64 {
	if a.rejection != nil {
		return 0
	}
	n, err := a.parse(text, c)
	switch {
	case err == nil:
		return n
	case errors.Is(err, money.ErrCurrency):
		a.rejectf(ReasonCurrency, field, "%s %q is in %q, not a currency we know", field, shown(text), shown(string(c)))
	case errors.Is(err, money.ErrPrecision) && a.minor:
		a.rejectf(ReasonAmount, field, "%s %q is no whole number of minor units of %s", field, shown(text), c)
	case errors.Is(err, money.ErrPrecision):
		a.rejectf(ReasonAmount, field, "%s %q has more digits than an amount in %s can have", field, shown(text), c)
	case errors.Is(err, money.ErrOverflow):
		a.rejectf(ReasonAmount, field, "%s %q is too large", field, shown(text))
	default:
		a.rejectf(ReasonAmount, field, "%s %q is not an amount", field, shown(text))
	}
	return 0
}

func (a *acceptance) parse(text string, c money.Currency) (int64, error) {
	vendor, ok := a.scale(c)
	iso, known := money.ISO(c)
	if !ok || !known {
		return 0, money.ErrCurrency
	}
	digits := vendor
	if a.minor {
		// "10.00" is somebody's decimal amount, a hundred times as much as 10.
		if strings.Contains(text, ".") {
			return 0, money.ErrPrecision
		}
		digits = 0
	}
	n, err := money.ParseMinor(text, digits)
	if err != nil {
		return 0, err
	}
	return rescale(n, vendor, iso)
}

// rescale turns minor units of one number of digits into those of another.
// What has no exact counterpart is ErrPrecision.
func rescale(n int64, from, to int) (int64, error) {
	for ; from > to; from-- {
		if n%10 != 0 {
			return 0, money.ErrPrecision
		}
		n /= 10
	}
	for ; from < to; from++ {
		if n > math.MaxInt64/10 || n < math.MinInt64/10 {
			return 0, money.ErrOverflow
		}
		n *= 10
	}
	return n, nil
}

// home reads an amount in home currency. Where the vendor states none it is
// the amount itself in a document of the home currency, and zero for zero;
// any other gap is a missing field, because nothing is converted here.
func (a *acceptance) home(field, text, home string, own int64, c money.Currency) int64 {
	if home == "" || home == string(c) {
		if text == "" {
			return own
		}
		return a.amount(field, text, c)
	}
	if text != "" {
		return a.amount(field, text, a.currency("home currency", home))
	}
	if own != 0 {
		a.rejectf(ReasonMissing, field, "%s is missing: the document is in %s, the books are in %s", field, c, shown(home))
	}
	return 0
}

// date reads a civil date; an empty one stays empty, and Check says whether it
// may.
func (a *acceptance) date(field, text string) receivables.Date {
	if text == "" {
		return ""
	}
	d, err := receivables.ParseDate(text)
	if err != nil {
		a.rejectf(ReasonDate, field, "%s %q is not a date of the form YYYY-MM-DD", field, shown(text))
	}
	return d
}

func (a *acceptance) allocations(drafts []AllocationDraft, c money.Currency) []receivables.Allocation {
	if len(drafts) == 0 {
		return nil
	}
	out := make([]receivables.Allocation, len(drafts))
	for i, d := range drafts {
		out[i] = receivables.Allocation{Target: d.Target, Amount: a.required("allocation", d.Amount, c)}
	}
	return out
}

// maxShown bounds how much of a vendor's value a sentence repeats.
const maxShown = 80

// shown is a vendor's value as a sentence may repeat it.
func shown(text string) string {
	if len(text) <= maxShown {
		return text
	}
	cut := maxShown
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
