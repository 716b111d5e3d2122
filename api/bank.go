package api

import (
	"encoding/base64"
	"time"

	"tieout/money"
	"tieout/people"
	"tieout/receivables"
	"tieout/sync/statement"
	"tieout/web"
)

// maxStatement bounds a request with a file of 8 MB in base64.
const maxStatement = 12 << 20

// bankRoutes are those of bank statements.
func bankRoutes() []Route {
	const tag = "Bank"
	const account, line = "/books/{book}/bank-accounts/{account}", "/books/{book}/bank-accounts/{account}/lines/{line}"
	return []Route{
		as(Route{Method: get, Path: "/books/{book}/bank-accounts", Need: people.See, Tag: tag, Name: "bankAccounts", Pages: []string{"GET /bank"}, Summary: "The ledger's bank accounts and what was imported of each"}, bankAccounts),
		as(Route{Method: get, Path: "/books/{book}/bank-lines", Need: people.See, Tag: tag, Name: "bankLines", Pages: []string{"GET /bank"}, Summary: "Lines of statements with what they stand for, the newest first"}, bankLines),
		as(Route{Method: post, Path: account + "/read", Need: people.Decide, Tag: tag, Name: "readStatement", Pages: []string{"POST /bank/read"}, Quiet: true, most: maxStatement, Summary: "What importing a statement would do; nothing of it is kept"}, readStatement),
		as(Route{Method: post, Path: account + "/import", Need: people.Decide, Tag: tag, Name: "importStatement", Pages: []string{"POST /bank/import"}, most: maxStatement, Summary: "Import a statement and look its lines up"}, importStatement),
		as(Route{Method: post, Path: account + "/match", Need: people.Decide, Tag: tag, Name: "matchBank", Pages: []string{"POST /bank/match"}, Summary: "Look anew what an account's lines stand for"}, matchBank),
		as(Route{Method: post, Path: line + "/confirm", Need: people.Decide, Tag: tag, Name: "confirmLine", Pages: []string{"POST /bank/confirm"}, Summary: "Confirm that a line pays invoices", Doc: "The next run writes the payment into the ledger."}, confirmLine),
		as(Route{Method: post, Path: line + "/reopen", Need: people.Decide, Tag: tag, Name: "reopenLine", Pages: []string{"POST /bank/reopen"}, Summary: "Take a confirmation back, as long as nothing of it stands in the ledger"}, reopenLine),
	}
}

// BankAccount is a bank account of the ledger.
type BankAccount struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Currency string           `json:"currency"`
	Lines    int              `json:"lines" doc:"How many were imported."`
	Confirm  int              `json:"to_confirm"`
	Open     int              `json:"unexplained"`
	From     receivables.Date `json:"from,omitempty"`
	To       receivables.Date `json:"to,omitempty"`
}

func bankAccounts(c *Call, q BookQuery) (List[BankAccount], error) {
	found, err := c.Readers.Bank.Bank(c.ctx(), c.tenant(), q.Book, web.BankQuery{Limit: 1})
	return List[BankAccount]{Items: each(found.Accounts, func(a web.BankAccount) BankAccount {
		return BankAccount{ID: a.ID, Name: a.Name, Currency: string(a.Currency), Lines: a.Lines, Confirm: a.Confirm, Open: a.Open, From: a.From, To: a.To}
	})}, err
}

// BankLineQuery asks for lines.
type BankLineQuery struct {
	BookQuery
	Paging
	Account string `query:"account" doc:"Of this account alone."`
	Line    string `query:"line" doc:"The line of this id alone."`
	State   string `query:"state" enum:"confirm,open,all" doc:"confirm waits for a word, open is explained by nothing."`
}

// BankLine is a line of a statement.
type BankLine struct {
	Account   string            `json:"account"`
	ID        string            `json:"id"`
	On        receivables.Date  `json:"on"`
	Amount    Money             `json:"amount"`
	Name      string            `json:"name,omitempty"`
	Text      string            `json:"text,omitempty"`
	Meaning   string            `json:"meaning,omitempty" doc:"payout, payout_return, booked, receipt, refund, fee or unknown; absent before it was looked up."`
	Sure      bool              `json:"sure"`
	Why       string            `json:"why,omitempty"`
	Payout    string            `json:"payout,omitempty"`
	Invoices  []MovementInvoice `json:"invoices" doc:"What it pays."`
	Shown     string            `json:"shown" doc:"Names exactly what was found: give it to confirm it."`
	By        string            `json:"confirmed_by,omitempty"`
	At        *time.Time        `json:"confirmed_at,omitempty"`
	Documents []Document        `json:"documents"`
}

func bankLine(l web.BankLine) BankLine {
	out := BankLine{
		Account: l.Account, ID: l.ID, On: l.On, Amount: moneyOf(l.Amount), Name: l.Name, Text: l.Text, Meaning: l.Meaning, Sure: l.Sure, Why: l.Why,
		Payout: l.Payout, Shown: l.Shown, By: l.By, Documents: each(l.Documents, documentOf),
		Invoices: each(l.Invoices, func(i web.MovementInvoice) MovementInvoice {
			return MovementInvoice{Connection: i.Connection, ID: i.ID, Number: i.Number, Amount: moneyOf(i.Amount)}
		}),
	}
	if l.By != "" {
		out.At = &l.At
	}
	return out
}

func bankLines(c *Call, q BankLineQuery) (List[BankLine], error) {
	found, err := c.Readers.Bank.Bank(c.ctx(), c.tenant(), q.Book, web.BankQuery{Account: q.Account, Line: q.Line, State: q.State, Before: q.Cursor, Limit: q.limit()})
	return List[BankLine]{Items: each(found.Lines, bankLine), Next: found.Older}, err
}

// AccountQuery names a bank account of a book.
type AccountQuery struct {
	BookQuery
	Account string `json:"-" path:"account"`
}

// StatementFile is a file of a bank.
type StatementFile struct {
	AccountQuery
	Content string               `json:"content" doc:"The file in base64, up to 8 MB: CAMT.053, OFX or CSV."`
	Map     *statement.ColumnMap `json:"map,omitempty" doc:"How a CSV file is read; what readStatement found out where it is not given."`
}

func (f StatementFile) file() (web.BankFile, error) {
	content, err := base64.StdEncoding.DecodeString(f.Content)
	if err != nil {
		return web.BankFile{}, wrong("content", "This is not base64.")
	}
	return web.BankFile{Account: f.Account, Content: content, Map: f.Map}, nil
}

// StatementRead is what a file says.
type StatementRead struct {
	Format     string               `json:"format"`
	Statements []StatementPart      `json:"statements"`
	Map        *statement.ColumnMap `json:"map,omitempty" doc:"How a CSV file is read."`
	Ask        []string             `json:"ask" doc:"What the file leaves open: say it in the map."`
	Problem    string               `json:"problem,omitempty" doc:"Why a CSV file cannot be read by the map."`
}

// StatementPart is one statement of a file.
type StatementPart struct {
	Number  string           `json:"account,omitempty" doc:"As the bank calls it."`
	From    receivables.Date `json:"from"`
	To      receivables.Date `json:"to"`
	Opening *Money           `json:"opening,omitempty"`
	Closing *Money           `json:"closing,omitempty"`
	Lines   int              `json:"lines"`
	New     int              `json:"new" doc:"Lines that were not imported before."`
	Pending int              `json:"pending" doc:"Lines that are not booked yet, and left out."`
}

func readStatement(c *Call, in StatementFile) (StatementRead, error) {
	file, err := in.file()
	if err != nil {
		return StatementRead{}, err
	}
	shown, err := c.Readers.Bank.ReadStatement(c.ctx(), c.tenant(), in.Book, file)
	balance := func(m *money.Money) *Money {
		if m == nil {
			return nil
		}
		out := moneyOf(*m)
		return &out
	}
	return StatementRead{
		Format: string(shown.Format), Map: shown.Map, Ask: each(shown.Ask, same), Problem: shown.Problem,
		Statements: each(shown.Parts, func(p web.StatementPart) StatementPart {
			return StatementPart{Number: p.Number, From: p.From, To: p.To, Opening: balance(p.Opening), Closing: balance(p.Closing), Lines: p.Lines, New: p.New, Pending: p.Pending}
		}),
	}, err
}

// Imported is what an import has led to.
type Imported struct {
	New int `json:"new" doc:"Lines that were not imported before."`
}

func importStatement(c *Call, in StatementFile) (Imported, error) {
	file, err := in.file()
	if err != nil {
		return Imported{}, err
	}
	n, err := c.Readers.Bank.ImportStatement(c.ctx(), c.tenant(), in.Book, file, c.by())
	return Imported{New: n}, err
}

func matchBank(c *Call, q AccountQuery) (Done, error) {
	err := c.Readers.Bank.MatchBank(c.ctx(), c.tenant(), q.Book, q.Account)
	return Done{Done: err == nil}, err
}

// LineQuery names a line of a statement.
type LineQuery struct {
	AccountQuery
	Line string `json:"-" path:"line"`
}

// LineConfirmed is a word about a line.
type LineConfirmed struct {
	LineQuery
	Shown    string   `json:"shown" doc:"Of the line, as it was listed."`
	Invoices []string `json:"invoices,omitempty" doc:"Numbers of what it pays, in this order, in place of what was found."`
	Credit   bool     `json:"credit,omitempty" doc:"Keep what is left as the customer's credit."`
}

func confirmLine(c *Call, in LineConfirmed) (Done, error) {
	choice := web.LineChoice{Account: in.Account, ID: in.Line, Shown: in.Shown, Invoices: in.Invoices, Credit: in.Credit}
	err := c.Readers.Bank.ConfirmLine(c.ctx(), c.tenant(), in.Book, choice, c.by())
	return Done{Done: err == nil}, err
}

func reopenLine(c *Call, q LineQuery) (Done, error) {
	err := c.Readers.Bank.ReopenLine(c.ctx(), c.tenant(), q.Book, q.Account, q.Line)
	return Done{Done: err == nil}, err
}
