package web

import (
	"context"

	"tieout/money"
	"tieout/receivables"
)

// Invoice is the one with the id that tests fill in, with one of everything.
func (s *sample) Invoice(_ context.Context, _, _, _, id string) (Invoice, error) {
	if id != "1" {
		return Invoice{}, ErrNotFound
	}
	usd := money.Money{Minor: 40_00, Currency: "USD"}
	sent := start
	return Invoice{
		Invoice: receivables.Invoice{
			ID: "1", Number: evil, CustomerID: "1", State: receivables.StateLive, Currency: "USD", Issued: "2026-10-01", Due: "2026-11-01", Total: 100_00, Balance: 60_00,
			Reference: evil, Memo: evil, Sent: true, SentAt: &sent, Lines: []receivables.Line{{Description: evil, Amount: "100.00"}},
		},
		Connection: "1", Vendor: "xero", Book: "1", CustomerName: evil, Payable: money.Money{Minor: 20_00, Currency: "USD"},
		Receipts: []Applied{{ID: evil, On: "2026-11-02", Amount: usd, Ours: true, Bank: []BankLine{{Account: "35", AccountName: evil, ID: "l2", On: "2026-11-02"}}}}, Credits: []Applied{{Number: evil, Amount: usd}},
		Links:     []LinkRow{{URL: "https://pay.example/1", State: "active", Amount: usd, Seen: true, Made: start}, {State: "off", Why: evil}},
		Movements: []Movement{sampleMovement()}, Timeline: []Event{{At: start, Text: evil, Who: evil, Detail: evil, URL: "https://ledger.example/1"}, {At: start, Text: "x"}},
		Notes: []Note{{At: start, Author: evil, Text: evil}},
	}, s.err
}

// Customer has one of everything; the one with the id 2 nothing.
func (s *sample) Customer(_ context.Context, _, _, _, id string) (Customer, error) {
	if id == "2" {
		return Customer{Customer: receivables.Customer{Name: "Nobody"}}, s.err
	}
	usd := money.Money{Minor: 60_00, Currency: "USD"}
	row := CustomerInvoice{InvoiceRef: InvoiceRef{Connection: "1", ID: "1", Number: evil}, Issued: "2026-10-01", Due: "2026-11-01", Total: usd, Amount: usd}
	paid := row
	paid.Paid, paid.Days = "2026-10-21", 20
	paying := []receivables.Payment{{Issued: "2026-10-01", Due: "2026-11-01", Paid: "2026-10-21", Amount: 60_00}}
	return Customer{
		Customer:   receivables.Customer{ID: "1", Name: evil, Company: evil, Terms: evil, Contacts: []receivables.Contact{{Name: evil, Email: evil, Role: "billing"}}},
		Connection: "1", Vendor: "xero", Parent: evil, Open: []CustomerInvoice{row}, Settled: []CustomerInvoice{paid, row}, Balances: []money.Money{usd},
		Credits: []Applied{{Number: evil, Amount: usd}}, Joined: []JoinedPayer{{ID: evil, Name: evil, Email: evil, Evidence: evil}},
		Apart:    []JoinedPayer{{ID: evil, Name: evil, By: evil, At: start}},
		Habits:   []Habit{{Currency: "USD", Pace: receivables.PaceOf(paying), Payments: []HabitPayment{{row.InvoiceRef, paying[0]}}}},
		Ageing:   []AgeingLine{{Currency: "USD", Ageing: receivables.Ageing{To30: 60_00}, Sum: 60_00, Invoices: 1}},
		Timeline: []CustomerEvent{{On: "2026-10-01", Text: evil, Who: evil, URL: "/invoices/1/1"}}, Cut: true,
		Notes: []Note{{At: start, Author: evil, Text: evil}},
	}, s.err
}

// AddNote keeps the last note; the customer with the id 2 is nobody's.
func (s *sample) AddNote(_ context.Context, _, _, _ string, about receivables.Ref, n Note) error {
	if about.ID == "2" {
		return ErrNotFound
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noted = n
	return s.err
}

// Unjoin takes the customer with the id 1 apart.
func (s *sample) Unjoin(_ context.Context, _, _, customer, _, _, _ string) error {
	if customer != "1" {
		return ErrNotFound
	}
	return s.err
}

// AllowJoin does as Unjoin does.
func (s *sample) AllowJoin(ctx context.Context, tenant, connection, customer, source, payer, by string) error {
	return s.Unjoin(ctx, tenant, connection, customer, source, payer, by)
}
