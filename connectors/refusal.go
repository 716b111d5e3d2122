package connectors

import "errors"

// Reasons for which a ledger cannot say a booking, that have a remedy of their
// own.
var (
	// ErrSalesTax: it has no document, certain in every country, of money
	// received that contains tax of sales.
	ErrSalesTax = errors.New("the ledger's document for money received has no tax of sales that is certain: its amount could come to be with or without it")
	// ErrRate: no rate of as many decimals as it keeps makes a document worth
	// what was settled.
	ErrRate = errors.New("the ledger's rates have too few decimals")
)
