package xero

import (
	"github.com/shopspring/decimal"
)

// record is one object of an organisation: its JSON and, beside it, the parsed
// fields that rules, filters and reports need. What does not apply to a kind
// stays zero.
type record struct {
	kind    *kind
	id      string
	seq     int   // order of creation
	updated int64 // UpdatedDateUTC in milliseconds
	// raw is the compact JSON with all lines; it is replaced, never changed in
	// place, so that it can be sent without holding a lock.
	raw   []byte
	lines [2]int // where the value of LineItems stands in raw; 0,0 = none
	stale bool   // raw lacks the parsed state
	moved bool   // updated changed since the table was put in order
	fine  bool   // some UnitAmount has more than two decimals

	typ, status, number, reference, name string

	date, due  day
	contact    *record
	account    *record // the bank account of payments and bank transactions
	currency   string
	rate       decimal.Decimal // foreign units per unit of base currency
	reconciled bool
	batched    *record // the batch a payment was made in
	side       *side   // nil for most

	doc      *document
	pay      *payment
	holder   *holder
	acct     *chartEntry
	transfer *transfer
	batch    *batch
	child    *record // the over- or prepayment that a bank transaction made

	postings []posting
}

// document is the money of an invoice, a credit note, an overpayment or a
// prepayment, in its own currency.
type document struct {
	subTotal, tax, total cents
	paid                 cents // by payments; for a credit: refunded in cash
	credited             cents // by credits; for a credit: allocated
	fullyPaid            day
	shares               []share
	uses                 []*use
	lineTypes            string // Exclusive, Inclusive, NoTax
}

// open is AmountDue of an invoice, RemainingCredit of a credit.
func (d *document) open() cents { return d.total - d.paid - d.credited }

// share is what the lines put on one account, in document currency.
type share struct {
	account *record
	amount  cents
}

// use is one application of money to a document: a payment, or an allocation of
// a credit to an invoice (then both documents hold the same use).
type use struct {
	id      string // of the allocation; of the payment otherwise
	payment *record
	credit  *record
	invoice *record
	amount  cents
	value   cents // in base currency
	date    day
	// loaded is the nested element as it was recorded, for a counterpart that
	// is not among the loaded objects.
	loaded     []byte
	loadedName string // Payments, CreditNotes, Prepayments, Overpayments
}

type payment struct {
	amount     cents // document currency
	bankAmount cents // bank account currency
	value      cents // base currency
	target     *record
	use        *use // nil for a recorded payment its document does not know
}

// holder is what only contacts have.
type holder struct {
	email, contactNumber, accountNumber string
	docs                                []*record
	computed                            bool // Balances are our own, not recorded
}

// chartEntry is what only accounts have.
type chartEntry struct {
	code, system, taxType string
	takesPayments         bool
}

type transfer struct {
	from, to       *record
	fromLeg, toLeg *record
	amount         cents
	created        int64
}

// isCredit tells credit notes, over- and prepayments from invoices.
func (r *record) isCredit() bool { return r.kind.name != "Invoices" }

// receivable tells the sales side from the purchase side.
func (r *record) receivable() bool {
	switch r.typ {
	case "ACCREC", "ACCRECCREDIT", "RECEIVE-OVERPAYMENT", "RECEIVE-PREPAYMENT", "AROVERPAYMENT", "ARPREPAYMENT":
		return true
	}
	return false
}

// sign is the direction in which the document's open amount stands on its
// control account: +1 debit, -1 credit.
func (r *record) sign() cents {
	if r.receivable() != r.isCredit() {
		return 1
	}
	return -1
}

// booked tells whether the document is in the books.
func (r *record) booked() bool { return r.status == "AUTHORISED" || r.status == "PAID" }

// json is the object as lists with lines show it.
func (r *record) json() []byte {
	if r.stale {
		r.kind.render(r)
		r.stale = false
	}
	return r.raw
}

// setRaw stores JSON and notes where its lines stand.
func (r *record) setRaw(o object) {
	r.raw = o.bytes()
	r.lines = [2]int{}
	if !r.kind.lines {
		return
	}
	at := 1
	for _, m := range o {
		at += quotedLen(m.key) + 1
		if (m.key == "LineItems" || m.key == "JournalLines") && m.val[0] == '[' {
			r.lines = [2]int{at, at + len(m.val)}
			return
		}
		at += len(m.val) + 1
	}
}

func quotedLen(key string) int {
	for i := range len(key) {
		if c := key[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			return len(quote(key))
		}
	}
	return len(key) + 2
}

// fields takes the object apart.
func (r *record) fields() object { return split(r.json()) }
