package stripe

// billing are the shelves of an account's invoices and what belongs to them.
type billing struct {
	invoices, invoiceItems, creditNotes, invoicePayments, customerBalances *shelf
	byToken                                                                map[string]object // invoices and credit notes by the secret part of their pages' URLs
}

func newBilling() billing {
	return billing{
		invoices: newShelf("invoice"), invoiceItems: newShelf("invoiceitem"), creditNotes: newShelf("credit_note"),
		invoicePayments: newShelf("invoice_payment"), customerBalances: newShelf("customer_balance_transaction"),
		byToken: map[string]object{},
	}
}

// rankInvoice: what the clock does to invoices comes after everything else of
// the same instant.
const rankInvoice = 100

// deletedObject is the answer to deleting what then no longer exists.
type deletedObject struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

// forget takes an object off its shelf and out of reach.
func (a *Account) forget(s *shelf, o object, keys ...string) deletedObject {
	s.remove(o)
	for _, k := range keys {
		s.unlink(k, o)
	}
	delete(a.byID, o.ident())
	return deletedObject{ID: o.ident(), Object: s.kind, Deleted: true}
}
