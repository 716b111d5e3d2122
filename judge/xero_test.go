package judge_test

import (
	"encoding/json"
	"errors"
	"strings"
)

// xero reads an organisation. What is deleted or voided moves nothing.
func xero(id string, objects map[string][]json.RawMessage) (*ledger, error) {
	l := newLedger("xero", id)
	type item struct {
		Type, Status, CurrencyCode, Reference, DateString string

		InvoiceID, InvoiceNumber                     string
		PaymentID, BankTransactionID, BankTransferID string
		AmountDue, RemainingCredit                   amount
		Amount, Total                                amount
		PaymentType                                  string
		Date                                         string
		Account, BankAccount                         struct{ AccountID string }
		FromBankAccount, ToBankAccount               struct{ AccountID string }
		Invoice                                      struct{ InvoiceID string }
		LineItems                                    []struct {
			Description string
			LineAmount  amount
			AccountID   string
		}
	}
	credit := func(kinds ...string) error {
		var problems []error
		for _, kind := range kinds {
			problems = append(problems, each(objects[kind], func(i item, _ json.RawMessage) {
				sales := i.Type == "ACCRECCREDIT" || strings.HasPrefix(i.Type, "RECEIVE-")
				if sales && i.Status == "AUTHORISED" {
					l.credits.add(i.CurrencyCode, i.RemainingCredit)
				}
			}))
		}
		return errors.Join(problems...)
	}
	return l, errors.Join(
		each(objects["Invoices"], func(i item, raw json.RawMessage) {
			if i.Type != "ACCREC" || i.Status != "AUTHORISED" && i.Status != "PAID" {
				return
			}
			var seen []string
			for _, line := range i.LineItems {
				seen = append(seen, line.Description)
			}
			l.invoices[i.InvoiceID] = invoice{number: i.InvoiceNumber, currency: i.CurrencyCode, balance: i.AmountDue, seen: strings.Join(seen, "\n"), all: string(raw)}
		}),
		each(objects["Accounts"], func(a struct{ AccountID, Name, Type, CurrencyCode string }, _ json.RawMessage) {
			if a.Type == "BANK" && strings.HasPrefix(a.Name, "Stripe") {
				l.stripe[a.CurrencyCode] = a.AccountID
			}
		}),
		credit("CreditNotes", "Overpayments", "Prepayments"),
		each(objects["Payments"], func(i item, raw json.RawMessage) {
			d := document{kind: "Payments", id: i.PaymentID, date: day(i.Date), text: i.Reference, moves: sums{}, pays: sums{}, raw: raw}
			if i.Status != "AUTHORISED" {
				return
			}
			if i.PaymentType == "ACCRECPAYMENT" {
				d.moves.add(i.Account.AccountID, i.Amount)
				d.pays.add(i.Invoice.InvoiceID, i.Amount)
			} else if strings.HasPrefix(i.PaymentType, "ACCPAY") || strings.HasPrefix(i.PaymentType, "ARCREDIT") {
				d.moves.add(i.Account.AccountID, i.Amount.negative())
			}
			l.add(d)
		}),
		// The two halves of a transfer are listed as bank transactions too;
		// the transfer itself is not counted again.
		each(objects["BankTransactions"], func(i item, raw json.RawMessage) {
			if i.Status != "AUTHORISED" || strings.HasSuffix(i.Type, "-TRANSFER") {
				return
			}
			d := document{kind: "BankTransactions", id: i.BankTransactionID, date: day(i.Date), text: i.Reference, moves: sums{}, pays: sums{}, raw: raw}
			for _, line := range i.LineItems {
				d.text += "\n" + line.Description
			}
			if strings.HasPrefix(i.Type, "SPEND") {
				i.Total = i.Total.negative()
			}
			d.moves.add(i.BankAccount.AccountID, i.Total)
			l.add(d)
		}),
		each(objects["BankTransfers"], func(i item, raw json.RawMessage) {
			d := document{kind: "BankTransfers", id: i.BankTransferID, date: day(i.Date), text: i.Reference, moves: sums{}, pays: sums{}, raw: raw}
			if i.Status == "DELETED" {
				return
			}
			d.moves.add(i.FromBankAccount.AccountID, i.Amount.negative())
			d.moves.add(i.ToBankAccount.AccountID, i.Amount)
			l.add(d)
		}),
	)
}
