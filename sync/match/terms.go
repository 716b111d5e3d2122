package match

import (
	"regexp"
	"strconv"

	"tieout/receivables"
)

// discountTerms are terms with a discount for early payment as they are
// commonly written: "2/10 net 30", "2% 10 Net 30", "2.5 % 10 days, net 30".
var discountTerms = regexp.MustCompile(`(?i)^\s*(\d{1,2})(?:[.,](\d{1,2}))?\s*(?:%|/|per ?cent)\s*/?\s*(\d{1,3})\s*(?:days?|d)?\s*[,;/]?\s*(?:net|n)\b`)

// DiscountOf reads an early-payment discount from an invoice's terms: so many
// per cent off when it is paid within so many days of its issue. The last day
// counts. A fraction of a minor unit is rounded to the nearest, half up; what
// the customer has really kept back is what counts in the end.
func DiscountOf(item, terms string, issued receivables.Date, total int64) (Discount, bool) {
	found := discountTerms.FindStringSubmatch(terms)
	if found == nil || issued == "" || total <= 0 || total > largest/10_000 {
		return Discount{}, false
	}
	fraction := (found[2] + "00")[:2]
	hundredths, err := strconv.ParseInt(found[1]+fraction, 10, 64)
	days, err2 := strconv.Atoi(found[3])
	if err != nil || err2 != nil || hundredths == 0 {
		return Discount{}, false
	}
	return Discount{Item: item, Amount: (total*hundredths + 5_000) / 10_000, Until: issued.AddDays(days)}, true
}
