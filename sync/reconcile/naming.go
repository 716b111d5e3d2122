package reconcile

import (
	"sort"
	"strings"

	"tieout/mapping"
)

// The metadata keys that our payment links carry, and the one under which a
// Stripe customer may carry its customer in the ledger.
const (
	metaBook     = "tieout_book"
	metaInvoice  = "tieout_invoice"
	metaCustomer = "tieout_customer"
)

func payerOf(m Movement) string {
	if m.Charge == nil {
		return ""
	}
	return m.Charge.PayerID
}

// emailOf is the payer's address: the charge's, else the checkout's, else the
// Stripe customer's.
func emailOf(m Movement) string {
	for _, address := range []string{chargeEmail(m), checkoutEmail(m), payerEmail(m)} {
		if key := mapping.EmailKey(address); key != "" {
			return key
		}
	}
	return ""
}

func chargeEmail(m Movement) string {
	if m.Charge == nil {
		return ""
	}
	return m.Charge.Email
}

func checkoutEmail(m Movement) string {
	if m.Checkout == nil {
		return ""
	}
	return m.Checkout.Email
}

func payerEmail(m Movement) string {
	if m.Payer == nil {
		return ""
	}
	return m.Payer.Email
}

func nameOf(m Movement) string {
	if m.Payer != nil && m.Payer.Name != "" {
		return m.Payer.Name
	}
	if m.Charge != nil {
		return m.Charge.Name
	}
	return ""
}

// ownInvoice is the invoice that our own metadata names, if it is this
// book's.
func ownInvoice(book string, m Movement) string {
	for _, meta := range metadataOf(m) {
		if meta[metaBook] == book && meta[metaInvoice] != "" {
			return meta[metaInvoice]
		}
	}
	return ""
}

func metadataOf(m Movement) []map[string]string {
	var out []map[string]string
	if m.Charge != nil {
		out = append(out, m.Charge.Metadata)
	}
	if m.Checkout != nil {
		out = append(out, m.Checkout.Metadata)
	}
	return out
}

// namingTexts are the places where a payer or another program writes invoice
// numbers: the description and every metadata value that is not ours.
func namingTexts(m Movement) []string {
	if m.Charge == nil {
		return nil
	}
	texts := []string{m.Charge.Description}
	keys := make([]string, 0, len(m.Charge.Metadata))
	for key := range m.Charge.Metadata {
		if !strings.HasPrefix(key, "tieout_") {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	for _, key := range keys {
		texts = append(texts, m.Charge.Metadata[key])
	}
	return texts
}
