package mapping

import (
	"fmt"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// BankCase is money that came to a bank account, with the invoices that a
// person has confirmed it pays.
type BankCase struct {
	Book string
	// Account is the ledger's bank account, Line the statement's line.
	Account, Line string
	On            receivables.Date
	Currency      money.Currency
	// Amount is in minor units, above 0.
	Amount int64
	// Matches are what it pays; one without an invoice is kept as the
	// customer's credit.
	Matches []Match
	// Payer is the name on the line, for the ledger's reader.
	Payer  string
	Method string
	// By is the person; without one nothing is booked.
	By string
	// Lock is the last closed day; "" when all days are open.
	Lock receivables.Date
}

// Movement is the name of the line in the keys of its parts.
func (c BankCase) Movement() string { return bankMovement + c.Account + "/" + c.Line }

// bankMovement begins the names of lines.
const bankMovement = "bank/"

// BankLineOf reads a line's account and id from its name; false for a movement
// of the processor.
func BankLineOf(movement string) (account, line string, ok bool) {
	rest, ok := strings.CutPrefix(movement, bankMovement)
	if !ok {
		return "", "", false
	}
	return strings.Cut(rest, "/")
}

// PlanBankLine computes the receipts that a confirmed line calls for: one for
// each customer, into the bank account itself, because the money is there and
// never was in the clearing account.
func PlanBankLine(c BankCase) Plan {
	var sum int64
	seen := map[string]bool{}
	for _, m := range c.Matches {
		if seen[m.Invoice] {
			return exception("bank_line", "The line %s cannot be booked: it names one invoice twice, or keeps the credit of two customers.", c.Line)
		}
		seen[m.Invoice] = true
		if m.Amount <= 0 || m.Customer == "" {
			return exception("bank_line", "The line %s cannot be booked: a part of it has no amount or no customer.", c.Line)
		}
		sum += m.Amount
	}
	switch {
	case c.By == "":
		return waiting("The line %s waits for a person.", c.Line)
	case c.Amount <= 0 || sum != c.Amount:
		return exception("bank_line", "The line %s is of %s, and what it should pay comes to %s.", c.Line,
			money.Money{Minor: c.Amount, Currency: c.Currency}, money.Money{Minor: sum, Currency: c.Currency})
	}
	return Plan{Verdict: Booked, Bookings: c.receipts()}.outOf(c.Lock)
}

// receipts makes one receipt for each customer.
func (c BankCase) receipts() []Booking {
	memo := "Bank receipt"
	if c.Payer != "" {
		memo = fmt.Sprintf("Bank receipt from %s", c.Payer)
	}
	var out []Booking
	at := map[string]int{}
	for _, m := range c.Matches {
		i, ok := at[m.Customer]
		if !ok {
			i = len(out)
			at[m.Customer] = i
			out = append(out, Booking{
				Book: c.Book, Kind: receivables.DocumentReceipt, Currency: c.Currency, Rate: m.Rate, Date: c.On, CustomerID: m.Customer,
				To: c.Account, Method: c.Method, Source: c.Line, Memo: memo, By: c.By,
			})
		}
		out[i].Parts = append(out[i].Parts, Part{Movement: c.Movement(), Purpose: PurposeReceipt, Target: m.Invoice, Amount: m.Amount})
	}
	return out
}
