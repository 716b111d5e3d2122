package connectors

import "tieout/mapping"

// SaleCrediter is a Ledger that can credit a sale the way it was made: to the
// accounts or items, and with the tax codes, of the invoice's own lines.
type SaleCrediter interface {
	// LowerSaleCredit is what stands where a booking's lines name an Invoice
	// and no Account: each such line is spread over the lines of its invoice
	// in proportion to what they came to, tax included, and the parts add up
	// to the line to the last minor unit. The ledger computes the tax anew
	// from the codes. invoices are the newest bodies by invoice id; one that
	// is missing, or that cannot be credited line by line, is an error in
	// words for a person. Keys and markers are those of Lower for the same
	// booking. It is pure.
	LowerSaleCredit(b mapping.Booking, invoices map[string][]byte, generation int) ([]Write, error)
}
