package judge_test

import (
	"encoding/json"
	"errors"
	"strings"
)

type reference struct {
	Value string `json:"value"`
}

// transaction is any QuickBooks object that carries money.
type transaction struct {
	ID                  string `json:"Id"`
	TxnDate             string
	CurrencyRef         reference
	DocNumber           string
	PrivateNote         string
	CustomerMemo        reference
	TotalAmt            amount
	Amount              amount
	Balance             amount
	RemainingCredit     *amount
	UnappliedAmt        amount
	Credit              bool
	DepositToAccountRef reference
	AccountRef          reference
	FromAccountRef      reference
	ToAccountRef        reference
	Line                []struct {
		Amount    amount
		LinkedTxn []struct{ TxnID, TxnType string }

		AccountBasedExpenseLineDetail struct{ AccountRef reference }
		DepositLineDetail             struct{ AccountRef reference }
		JournalEntryLineDetail        struct {
			PostingType string
			AccountRef  reference
		}
	}
}

// quickbooks reads a company. Voided objects keep their lines but have no
// amounts.
func quickbooks(id string, entities map[string][]json.RawMessage) (*ledger, error) {
	l := newLedger("quickbooks", id)
	home := homeOf(entities)
	currency := func(t transaction) string {
		if t.CurrencyRef.Value == "" {
			return home
		}
		return t.CurrencyRef.Value
	}
	document := func(kind string, move func(transaction, sums, sums)) error {
		return each(entities[kind], func(t transaction, raw json.RawMessage) {
			d := document{kind: kind, id: t.ID, date: t.TxnDate, text: t.PrivateNote, moves: sums{}, pays: sums{}, raw: raw}
			move(t, d.moves, d.pays)
			l.add(d)
		})
	}
	return l, errors.Join(
		each(entities["Invoice"], func(t transaction, raw json.RawMessage) {
			l.invoices[t.ID] = invoice{number: t.DocNumber, currency: currency(t), balance: t.Balance, seen: t.CustomerMemo.Value, all: string(raw)}
		}),
		each(entities["CreditMemo"], func(t transaction, _ json.RawMessage) {
			if t.RemainingCredit != nil {
				t.Balance = *t.RemainingCredit
			}
			l.credits.add(currency(t), t.Balance)
		}),
		document("Payment", func(t transaction, moves, pays sums) {
			l.credits.add(currency(t), t.UnappliedAmt)
			moves.add(t.DepositToAccountRef.Value, t.TotalAmt)
			for _, line := range t.Line {
				for _, linked := range line.LinkedTxn {
					if linked.TxnType == "Invoice" {
						pays.add(linked.TxnID, line.Amount)
					}
				}
			}
		}),
		document("Purchase", func(t transaction, moves, _ sums) {
			for _, line := range t.Line {
				a := line.Amount
				if t.Credit {
					a = a.negative()
				}
				moves.add(t.AccountRef.Value, a.negative())
				moves.add(line.AccountBasedExpenseLineDetail.AccountRef.Value, a)
			}
		}),
		document("Transfer", func(t transaction, moves, _ sums) {
			moves.add(t.FromAccountRef.Value, t.Amount.negative())
			moves.add(t.ToAccountRef.Value, t.Amount)
		}),
		document("Deposit", func(t transaction, moves, _ sums) {
			moves.add(t.DepositToAccountRef.Value, t.TotalAmt)
			for _, line := range t.Line {
				moves.add(line.DepositLineDetail.AccountRef.Value, line.Amount.negative())
			}
		}),
		document("JournalEntry", func(t transaction, moves, _ sums) {
			for _, line := range t.Line {
				a := line.Amount
				if line.JournalEntryLineDetail.PostingType == "Credit" {
					a = a.negative()
				}
				moves.add(line.JournalEntryLineDetail.AccountRef.Value, a)
			}
		}),
		each(entities["Account"], func(a struct {
			ID             string `json:"Id"`
			Name           string
			AccountType    string
			CurrentBalance amount
			CurrencyRef    reference
		}, _ json.RawMessage,
		) {
			if a.CurrencyRef.Value == "" {
				a.CurrencyRef.Value = home
			}
			if a.AccountType == "Accounts Receivable" {
				l.control.add(a.CurrencyRef.Value, a.CurrentBalance)
			}
			if a.AccountType == "Bank" && strings.HasPrefix(a.Name, "Stripe") {
				l.stripe[a.CurrencyRef.Value] = a.ID
			}
		}),
	)
}

// homeOf is the home currency that the preferences state, else US dollars.
func homeOf(entities map[string][]json.RawMessage) string {
	home := "USD"
	_ = each(entities["Preferences"], func(p struct {
		CurrencyPrefs struct{ HomeCurrency reference }
	}, _ json.RawMessage,
	) {
		if p.CurrencyPrefs.HomeCurrency.Value != "" {
			home = p.CurrencyPrefs.HomeCurrency.Value
		}
	})
	return home
}
