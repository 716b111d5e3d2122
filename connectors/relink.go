package connectors

import "tieout/receivables"

// Relinker is a Ledger in which what a receipt pays is a property of the
// receipt: it is changed without taking the receipt back, as when money went
// back to the payer and the receipt has to stand against the document that
// says so.
type Relinker interface {
	// LowerRelink is the write that applies a receipt to what is wanted, and
	// to nothing else; false when it stands so already, or when something is
	// in the way, which why then says in words for a person. It is pure.
	LowerRelink(r Relink) (w Write, needed bool, why string, err error)
}

// Relink asks for a receipt to be applied otherwise.
type Relink struct {
	ReceiptID string
	// Raw is the newest body of the receipt.
	Raw []byte
	// Want is all that the receipt is to be applied to: invoices, and
	// documents that are open debits of the customer. Its amounts are
	// positive, in minor units of the receipt's currency; what they leave of
	// the receipt is the customer's credit.
	Want       []receivables.Allocation
	Generation int
}
