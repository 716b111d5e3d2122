package mapping

import (
	"regexp"

	"tieout/receivables"
)

// billedPattern finds the id of one of Stripe's own invoices in a text: "in_"
// and letters and digits, of which old ids have 14 and newer ones more (Stripe
// docs: api/invoices/object). Shorter ones are words.
var billedPattern = regexp.MustCompile(`\bin_[0-9A-Za-z]{14,}\b`)

// Mirrors is what an invoice of the ledger says of the processor's invoice that
// it may repeat: the processor's id, from its number, reference or texts, and
// the key of its reference, where other programs put the number. An invoice of
// the processor's own says nothing of the kind.
func Mirrors(i receivables.Invoice) (id, referenceKey string) {
	if i.Billed != nil {
		return "", ""
	}
	for _, text := range []string{i.Number, i.Reference, i.Note, i.Memo} {
		if id = billedPattern.FindString(text); id != "" {
			break
		}
	}
	return id, NumberKey(i.Reference)
}
