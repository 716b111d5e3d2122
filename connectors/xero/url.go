package xero

import (
	"slices"

	"tieout/money"
	"tieout/receivables"
)

// URL is where a person opens the object in Xero (Xero docs:
// api-guides/deep-link-xero), for the organisation that is open in the
// browser. It is "" for kinds whose address was not found in a document.
func (s *session) URL(ref receivables.Ref) string {
	switch ref.Kind {
	case receivables.KindInvoice:
		return s.config.AppURL + "/AccountsReceivable/View.aspx?InvoiceID=" + ref.ID
	case receivables.KindCustomer:
		return s.config.AppURL + "/Contacts/View/" + ref.ID
	}
	return ""
}

func sortCurrencies(list []money.Currency) {
	slices.Sort(list)
}
