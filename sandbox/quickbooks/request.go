package quickbooks

import (
	"encoding/json"
	"strings"
	"time"
)

// scrub settles what the serialisers of clients write in their own ways:
// nothing as null, "" or an empty reference; numbers in quotes and ids without;
// dates with a time. On the top level null and "" stay as null (an absent field
// is a null), which an update must still see.
func (d *document) scrub() {
	kept := d.fields[:0]
	for _, f := range d.fields {
		if len(f.raw) == 0 {
			continue
		}
		sent := f.raw
		f.raw = settled(f.name, sent)
		if emptied(f.name, f.raw) {
			if len(splitObject(sent).fields) == 0 {
				continue // {} says nothing
			}
			f.raw = []byte("null") // {"value":""} says that there is none
		}
		kept = append(kept, f)
	}
	d.fields = kept
}

// emptied tells of a nested value of which nothing is left.
func emptied(name string, raw []byte) bool {
	if string(raw) != "{}" || strings.HasSuffix(name, "Detail") {
		return false
	}
	class, _ := nestedClass(name)
	return class != ""
}

// settled is one value of a request in the type that its property has.
func settled(name string, raw []byte) []byte {
	switch raw[0] {
	case '{', '[':
		return appendScrubbed(make([]byte, 0, len(raw)), raw)
	case '"':
		text := unquote(raw)
		switch {
		case text == "":
			return []byte("null")
		case isNumeric(name) && json.Valid([]byte(text)) && text[0] != '"' && text[0] != '{' && text[0] != '[':
			return []byte(text)
		case strings.HasSuffix(name, "Date"):
			return settledDate(text, raw)
		}
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		if isText(name) {
			return quote(string(raw))
		}
	}
	return raw
}

// settledDate cuts the time off a date that has one.
func settledDate(text string, raw []byte) []byte {
	if strings.HasPrefix(text, "0001-01-01") {
		return []byte("null") // a date that was never set, as Go and .NET write it
	}
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == 'T' && isDate(text[:len(time.DateOnly)]) {
		return quote(text[:len(time.DateOnly)])
	}
	return raw
}

// isNumeric and isText are the properties that are seen in both spellings.
func isNumeric(name string) bool {
	switch name {
	case "Amount", "TotalAmt", "UnitPrice", "Qty", "Balance", "HomeBalance", "HomeTotalAmt", "UnappliedAmt", "RemainingCredit", "ExchangeRate",
		"Deposit", "TotalTax", "TaxPercent", "NetAmountTaxable", "TaxInclusiveAmt", "DiscountPercent", "DiscountRate", "DiscountAmt", "Rate",
		"LineNum", "DueDays", "DiscountDays", "DayOfMonthDue", "DueNextMonthDays", "DiscountDayOfMonth", "CurrentBalance",
		"CurrentBalanceWithSubAccounts", "BalanceWithJobs", "Level", "Size", "PurchaseCost", "QtyOnHand", "RatePercent":
		return true
	}
	return false
}

func isText(name string) bool {
	switch name {
	case "Id", "SyncToken", "value", "TxnId", "TxnLineId", "DefinitionId", "DocNumber", "PaymentRefNum", "AcctNum", "Name", "DisplayName", "PrivateNote":
		return true
	}
	return false
}

// appendScrubbed writes a nested value without its empty properties.
func appendScrubbed(out, raw []byte) []byte {
	if raw[0] == '{' {
		return appendProperties(out, raw)
	}
	out = append(out, '[')
	first := len(out)
	for value := range elements(raw) {
		if len(out) > first {
			out = append(out, ',')
		}
		if value[0] == '{' || value[0] == '[' {
			out = appendScrubbed(out, value)
		} else {
			out = append(out, value...)
		}
	}
	return append(out, ']')
}

func appendProperties(out, raw []byte) []byte {
	out = append(out, '{')
	first := len(out)
	for name, value := range members(raw) {
		before := len(out)
		if before > first {
			out = append(out, ',')
		}
		out = appendName(out, name)
		start := len(out)
		if value[0] == '{' || value[0] == '[' {
			out = appendScrubbed(out, value)
		} else {
			out = append(out, settled(string(name), value)...)
		}
		if said := out[start:]; string(said) == "null" || emptied(string(name), said) {
			out = out[:before]
		}
	}
	return append(out, '}')
}

// dropNulls removes the properties without a value.
func (d *document) dropNulls() {
	kept := d.fields[:0]
	for _, f := range d.fields {
		if string(f.raw) != "null" {
			kept = append(kept, f)
		}
	}
	d.fields = kept
}
