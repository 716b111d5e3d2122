package pushtest_test

import (
	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

// written is one kind of write, and how it comes about in a fresh company.
type written struct {
	name string
	// plan prepares what the writes rest on and gives them; several of one
	// operation go out together where the vendor takes them so.
	plan func(b *bench) []connectors.Write
	// only is the vendor that has such a write; "" for both ledgers.
	only string
	// bare says that the company has none of a book's accounts yet.
	bare bool
}

// booking is one on the customer's behalf with one part.
func (b *bench) booking(kind receivables.DocumentKind, purpose mapping.Purpose, target string, amount int64, change func(*mapping.Booking)) mapping.Booking {
	one := mapping.Booking{
		Book: bookID, Kind: kind, Currency: "USD", Date: today, Source: "src_" + string(purpose), Memo: "Stripe " + string(purpose),
		Parts: []mapping.Part{{Movement: "txn_" + string(purpose) + target, Purpose: purpose, Target: target, Amount: amount}},
	}
	change(&one)
	return one
}

func (b *bench) lower(one mapping.Booking) []connectors.Write {
	b.Helper()
	writes, err := b.ledger().Lower(one, 1)
	b.must(err)
	return writes
}

func (b *bench) clearing() string { return b.accounts.Clearing["USD"] }

// receipt pays an invoice.
func (b *bench) receipt(customer, invoice string, amount int64) mapping.Booking {
	return b.booking(receivables.DocumentReceipt, mapping.PurposeReceipt, invoice, amount, func(o *mapping.Booking) {
		o.To, o.CustomerID, o.Method = b.clearing(), customer, b.accounts.Method
	})
}

// sold is a customer with an invoice.
func (b *bench) sold() (customer, invoice string) {
	customer = b.customer(b)
	return customer, b.enter(b, customer, false)
}

func (b *bench) fee(amount int64) mapping.Booking {
	return b.booking(receivables.DocumentExpense, mapping.PurposeFee, "", amount, func(o *mapping.Booking) {
		o.From, o.To, o.Contact = b.clearing(), b.accounts.Fees, b.accounts.FeeContact
	})
}

func (b *bench) payout(amount int64) mapping.Booking {
	return b.booking(receivables.DocumentTransfer, mapping.PurposePayout, "", amount, func(o *mapping.Booking) {
		o.From, o.To = b.clearing(), b.accounts.Banks["*USD"]
	})
}

// remove takes back what a write has made.
func (b *bench) remove(ref receivables.Ref, kind receivables.DocumentKind) (connectors.Write, bool) {
	b.Helper()
	w, needed, _, err := b.session.(connectors.Remover).LowerRemoval(connectors.Removal{Document: ref, Kind: kind, Raw: b.draft(ref).Raw, Generation: 1})
	b.must(err)
	return w, needed
}

func (b *bench) removal(one mapping.Booking) []connectors.Write {
	b.Helper()
	w, needed := b.remove(b.send(b.lower(one)[0]).Ref, one.Kind)
	if !needed {
		b.Fatalf("%s cannot be taken back", one.Kind)
	}
	return []connectors.Write{w}
}

func (b *bench) link(invoice, address string) connectors.Write {
	b.Helper()
	draft := b.draft(receivables.Ref{Kind: receivables.KindInvoice, ID: invoice})
	stands, _ := mapping.Accept(draft).Entity.(receivables.Invoice)
	w, needed, why, err := b.ledger().LowerLink(connectors.LinkChange{
		Invoice: stands, Raw: draft.Raw, URL: address, OnDocument: true, Generation: 1,
	})
	b.must(err)
	if !needed {
		b.Fatalf("no link is needed: %s", why)
	}
	return w
}

// credited is a credit note of 40.00 and an invoice of the same customer.
func (b *bench) credited() (credit receivables.Credit, invoice string) {
	customer, invoice := b.sold()
	ref := receivables.Ref{Kind: receivables.KindCredit, ID: b.enter(b, customer, true)}
	credit, _ = mapping.Accept(b.draft(ref)).Entity.(receivables.Credit)
	return credit, invoice
}

func (b *bench) allocation(credit receivables.Credit, invoice string) connectors.Write {
	b.Helper()
	w, err := b.session.(connectors.CreditWriter).LowerAllocation(connectors.CreditAllocation{Credit: credit, InvoiceID: invoice, Amount: 3_000, Date: today, Generation: 1})
	b.must(err)
	return w
}

func (b *bench) account(use, name string) connectors.Write {
	b.Helper()
	w, err := b.ledger().LowerAccount(connectors.NewAccount{Use: use, Name: name, Currency: "USD"})
	b.must(err)
	return w
}
