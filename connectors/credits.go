package connectors

import (
	"tieout/mapping"
	"tieout/receivables"
)

// CreditWriter is a Ledger in which a credit is applied to an invoice, and
// paid back, by a write of its own.
type CreditWriter interface {
	// LowerAllocation is the write that applies part of an open credit to an
	// invoice. It is pure.
	LowerAllocation(a CreditAllocation) (Write, error)
	// LowerRelease is the write that takes an allocation of a credit back, so
	// that both ends are open again. It is pure.
	LowerRelease(credit receivables.Ref, kind receivables.CreditKind, allocation string, generation int) (Write, error)
	// LowerRefund is the write that pays the booking's total back out of the
	// account b.From and takes it from the credit. It is pure.
	LowerRefund(b mapping.Booking, credit receivables.Ref, kind receivables.CreditKind, generation int) (Write, error)
}

// CreditAllocation asks for part of a credit to be applied to an invoice.
type CreditAllocation struct {
	// Credit is the credit as it was last read: what is applied already is
	// how a repeated write is told from a new one.
	Credit    receivables.Credit
	InvoiceID string
	// Amount is in minor units of the credit's currency.
	Amount     int64
	Date       receivables.Date
	Generation int
}
