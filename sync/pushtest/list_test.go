package pushtest_test

import (
	"encoding/json"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/receivables"
)

const (
	onlyQuickBooks = "quickbooks"
	onlyXero       = "xero"
)

// ledgerWrites are all that is written to a ledger. TestEveryOperation holds
// the list to the operations that the connectors have.
func ledgerWrites() []written {
	return append(append(bookings(), changes()...), setUps()...)
}

// bookings make documents.
func bookings() []written {
	return []written{
		{name: "receipt", plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			return b.lower(b.receipt(customer, invoice, 10_000))
		}},
		{name: "receipt of two invoices", plan: func(b *bench) []connectors.Write {
			customer, first := b.sold()
			second := b.enter(b, customer, false)
			one := b.receipt(customer, first, 10_000)
			one.Parts = append(one.Parts, mapping.Part{Movement: one.Parts[0].Movement, Purpose: mapping.PurposeReceipt, Target: second, Amount: 2_550})
			return b.lower(one)
		}},
		{name: "receipt of no invoice", plan: func(b *bench) []connectors.Write {
			return b.lower(b.receipt(b.customer(b), "", 3_000))
		}},
		{name: "receipts of one payout", only: onlyXero, plan: func(b *bench) []connectors.Write {
			customer, first := b.sold()
			one := b.receipt(customer, first, 10_000)
			one.Kind = receivables.DocumentDeposit
			return b.lower(one)
		}},
		{name: "fee", plan: func(b *bench) []connectors.Write { return b.lower(b.fee(320)) }},
		{name: "fee given back", plan: func(b *bench) []connectors.Write { return b.lower(b.fee(-320)) }},
		{name: "fees together", plan: func(b *bench) []connectors.Write {
			other := b.fee(111)
			other.Parts[0].Movement += "other"
			return append(b.lower(b.fee(320)), b.lower(other)...)
		}},
		{name: "payout", plan: func(b *bench) []connectors.Write { return b.lower(b.payout(9_680)) }},
		{name: "payout below zero", plan: func(b *bench) []connectors.Write { return b.lower(b.payout(-500)) }},
		{name: "refund that is owed again", only: onlyQuickBooks, plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			return b.lower(b.owedAgain(customer, invoice))
		}},
		{name: "refund that is owed again", only: onlyXero, plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			return b.lower(b.booking(receivables.DocumentInvoice, mapping.PurposeReopen, invoice, 3_000, func(o *mapping.Booking) {
				o.CustomerID, o.Lines = customer, []mapping.BookingLine{{Account: b.accounts.Returned, Amount: 3_000}}
			}))
		}},
		{name: "credit for a sale", plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			one := b.booking(receivables.DocumentCredit, mapping.PurposeCredit, invoice, 4_000, func(o *mapping.Booking) {
				o.CustomerID, o.By, o.Draft = customer, "anna", b.vendor.Name() == onlyQuickBooks
				o.Lines = []mapping.BookingLine{{Amount: 4_000, Invoice: invoice}}
			})
			raw := map[string][]byte{invoice: b.draft(receivables.Ref{Kind: receivables.KindInvoice, ID: invoice}).Raw}
			writes, err := b.session.(connectors.SaleCrediter).LowerSaleCredit(one, raw, 1)
			b.must(err)
			return writes
		}},
		{name: "journal", plan: func(b *bench) []connectors.Write { return b.lower(b.loss()) }},
		{name: "credit paid back", only: onlyXero, plan: func(b *bench) []connectors.Write {
			credit, _ := b.credited()
			w, err := b.session.(connectors.CreditWriter).LowerRefund(b.booking(receivables.DocumentExpense, mapping.PurposeRefund, credit.ID, 3_000, func(o *mapping.Booking) {
				o.From, o.CustomerID = b.clearing(), credit.CustomerID
			}), credit.Ref(), credit.Kind, 1)
			b.must(err)
			return []connectors.Write{w}
		}},
	}
}

// owedAgain is money that went back to a payer, as an open debit.
func (b *bench) owedAgain(customer, invoice string) mapping.Booking {
	return b.booking(receivables.DocumentExpense, mapping.PurposeReturn, invoice, 10_000, func(o *mapping.Booking) {
		o.From, o.CustomerID, o.Contact = b.clearing(), customer, customer
		o.Lines = []mapping.BookingLine{{Account: b.accounts.Receivable["USD"], Amount: 10_000, CustomerID: customer, Invoice: invoice}}
	})
}

func (b *bench) loss() mapping.Booking {
	return b.booking(receivables.DocumentJournal, mapping.PurposeLoss, "", 4_000, func(o *mapping.Booking) {
		o.From, o.Lines = b.accounts.Disputes["USD"], []mapping.BookingLine{{Account: b.accounts.Fees, Amount: 4_000}}
	})
}

// changes change or take back what is there.
func changes() []written {
	return []written{
		{name: "link on an invoice", plan: func(b *bench) []connectors.Write {
			_, invoice := b.sold()
			return []connectors.Write{b.link(invoice, "https://pay.example.com/1")}
		}},
		{name: "links on several invoices", plan: func(b *bench) []connectors.Write {
			customer, first := b.sold()
			return []connectors.Write{b.link(first, "https://pay.example.com/1"), b.link(b.enter(b, customer, false), "https://pay.example.com/2")}
		}},
		{name: "link taken off", plan: func(b *bench) []connectors.Write {
			_, invoice := b.sold()
			b.send(b.link(invoice, "https://pay.example.com/1"))
			return []connectors.Write{b.link(invoice, "")}
		}},
		{name: "credit applied", plan: func(b *bench) []connectors.Write {
			return []connectors.Write{b.allocation(b.credited())}
		}},
		{name: "credit released", plan: func(b *bench) []connectors.Write {
			credit, invoice := b.credited()
			applied := b.send(b.allocation(credit, invoice)).Ref.ID
			if b.vendor.Name() == onlyXero {
				var raw struct {
					Allocations []struct{ AllocationID string }
				}
				b.must(json.Unmarshal(b.draft(credit.Ref()).Raw, &raw))
				applied = raw.Allocations[0].AllocationID
			}
			w, err := b.session.(connectors.CreditWriter).LowerRelease(credit.Ref(), credit.Kind, applied, 1)
			b.must(err)
			return []connectors.Write{w}
		}},
		{name: "receipt applied otherwise", only: onlyQuickBooks, plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			paid, debit := b.send(b.lower(b.receipt(customer, invoice, 10_000))[0]).Ref, b.send(b.lower(b.owedAgain(customer, invoice))[0]).Ref
			w, _, why, err := b.session.(connectors.Relinker).LowerRelink(connectors.Relink{
				ReceiptID: paid.ID, Raw: b.draft(paid).Raw, Want: []receivables.Allocation{{Target: debit, Amount: 10_000}}, Generation: 1,
			})
			b.must(err)
			if why != "" {
				b.Fatal(why)
			}
			return []connectors.Write{w}
		}},
		{name: "receipt taken back", plan: func(b *bench) []connectors.Write {
			customer, invoice := b.sold()
			return b.removal(b.receipt(customer, invoice, 10_000))
		}},
		{name: "fee taken back", plan: func(b *bench) []connectors.Write { return b.removal(b.fee(320)) }},
		{name: "payout taken back", plan: func(b *bench) []connectors.Write { return b.removal(b.payout(9_680)) }},
		{name: "journal taken back", plan: func(b *bench) []connectors.Write { return b.removal(b.loss()) }},
		{name: "applied credit taken back", only: onlyXero, plan: func(b *bench) []connectors.Write {
			credit, invoice := b.credited()
			b.send(b.allocation(credit, invoice))
			w, _ := b.remove(credit.Ref(), receivables.DocumentCredit)
			return []connectors.Write{w}
		}},
		{name: "account taken back", bare: true, plan: func(b *bench) []connectors.Write {
			w, _ := b.remove(b.send(b.account("fees", "Card fees")).Ref, "")
			return []connectors.Write{w}
		}},
	}
}

// setUps make what a book needs.
func setUps() []written {
	return []written{
		{name: "account", bare: true, plan: func(b *bench) []connectors.Write { return []connectors.Write{b.account("fees", "Card fees")} }},
		{name: "contact", bare: true, plan: func(b *bench) []connectors.Write { return []connectors.Write{b.account("contact", "Card company")} }},
		{name: "payment method", only: onlyQuickBooks, bare: true, plan: func(b *bench) []connectors.Write { return []connectors.Write{b.account("method", "Card")} }},
	}
}
