package quickbooks

import (
	"encoding/json"
	"fmt"

	"tieout/connectors"
	"tieout/receivables"
)

type journalEntity struct {
	Type      string `json:"Type"`
	EntityRef ref    `json:"EntityRef"`
}

type journalDetail struct {
	PostingType string         `json:"PostingType"`
	AccountRef  ref            `json:"AccountRef"`
	Entity      *journalEntity `json:"Entity,omitempty"`
}

type journalLine struct {
	DetailType  string        `json:"DetailType"`
	Amount      json.Number   `json:"Amount"`
	Description string        `json:"Description,omitempty"`
	Detail      journalDetail `json:"JournalEntryLineDetail"`
}

type journalBody struct {
	head
	Line []journalLine `json:"Line"`
}

// journal moves an amount from one account to those of the lines. A line on
// receivables names its customer; an entry has at most one of them (Intuit
// docs: journalentry).
func (l lowering) journal(generation int) (connectors.Write, error) {
	return l.entry(generation, "")
}

// credit lowers what a customer owes against an account that is no sale, such
// as goodwill. A credit memo names items and not accounts, so it is a journal
// entry on receivables.
func (l lowering) credit(generation int) (connectors.Write, error) {
	for _, line := range l.Lines {
		if line.Account == "" {
			return connectors.Write{}, fmt.Errorf("a credit for a sale is made from the lines of its invoice")
		}
	}
	if l.CustomerID == "" || l.From == "" {
		return connectors.Write{}, fmt.Errorf("a credit against an account needs a customer and the receivables account in %s", l.Currency)
	}
	return l.entry(generation, l.CustomerID)
}

// entry is a journal entry. from is the customer on the account that the amount
// is taken from, "" for none.
func (l lowering) entry(generation int, from string) (connectors.Write, error) {
	if l.From == "" {
		return connectors.Write{}, fmt.Errorf("a journal entry needs two accounts")
	}
	sides, err := l.sides()
	if err != nil {
		return connectors.Write{}, err
	}
	body := journalBody{head: l.head()}
	customers, debits := 0, max(0, -l.total)
	if from != "" {
		customers++
	}
	for _, x := range sides {
		if x.TaxCode != "" || x.Tax != 0 {
			return connectors.Write{}, fmt.Errorf("a journal entry is written without tax")
		}
		if x.CustomerID != "" {
			customers++
		}
		debits += max(0, x.Amount)
		body.Line = append(body.Line, l.posting("Debit", x.Account, x.CustomerID, x.text, x.Amount))
	}
	if customers > 1 {
		return connectors.Write{}, fmt.Errorf("a journal entry has at most one line on receivables")
	}
	body.Line = append(body.Line, l.posting("Credit", l.From, from, l.Parts[0].Movement, l.total))
	natural := connectors.Natural{Kind: receivables.DocumentJournal, AccountID: l.From, CustomerID: l.CustomerID}
	return l.write(opJournal, generation, debits, request{Entity: "JournalEntry", Body: body}, natural)
}

// posting is a line; a negative amount stands on the other side.
func (l lowering) posting(kind, account, customer, text string, amount int64) journalLine {
	if amount < 0 {
		kind, amount = map[string]string{"Debit": "Credit", "Credit": "Debit"}[kind], -amount
	}
	line := journalLine{
		DetailType: "JournalEntryLineDetail", Amount: l.text(amount), Description: text,
		Detail: journalDetail{PostingType: kind, AccountRef: ref{account}},
	}
	if customer != "" {
		line.Detail.Entity = &journalEntity{"Customer", ref{customer}}
	}
	return line
}
