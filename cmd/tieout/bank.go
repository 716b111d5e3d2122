package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"tieout/books"
	"tieout/internal/app"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/statement"
)

type bankCommand struct {
	Import  bankImport  `cmd:"" help:"Import a bank statement (CSV, CAMT.053 or OFX) of one of the ledger's bank accounts."`
	Map     bankMap     `cmd:"" help:"Look at a bank's CSV file, propose how its columns are read, and keep that under a name."`
	List    bankList    `cmd:"" help:"Show the lines of statements and what they stand for."`
	Match   bankMatch   `cmd:"" help:"Find out what the lines stand for: payouts, entries of the ledger, payments of invoices."`
	Confirm bankConfirm `cmd:"" help:"Confirm that a line pays invoices: the next sync writes the payment into the ledger."`
	Reopen  bankReopen  `cmd:"" help:"Take a confirmation back, before it was written or after it was undone."`
}

type bankImport struct {
	File    string `arg:"" type:"existingfile" help:"The statement."`
	Account string `required:"" placeholder:"ACCOUNT" help:"The ledger's bank account: its id, code or name."`
	Map     string `placeholder:"NAME" help:"Column map of a CSV file, as tieout bank map keeps it."`
	Book    string `placeholder:"ID" help:"The book. Default: the only one."`
	As      string `placeholder:"NAME" help:"Who imports. Default: the user of this machine."`
}

// Run imports all statements of the file, or none.
func (k *bankImport) Run(ctx context.Context, g *Global, c console) error {
	who, err := person(k.As)
	if err != nil {
		return err
	}
	file, err := os.ReadFile(k.File)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		b, account, err := a.bankAccount(ctx, k.Book, k.Account)
		if err != nil {
			return err
		}
		var m *statement.ColumnMap
		if k.Map != "" {
			if m, err = a.columnMap(ctx, k.Map); err != nil {
				return err
			}
		}
		list, err := app.ReadStatement(account, file, m)
		if err != nil {
			return fmt.Errorf("%s: %w", k.File, err)
		}
		done, err := a.ImportStatements(ctx, b, account, list, who)
		if err != nil {
			return fmt.Errorf("%s: %w", k.File, err)
		}
		for i, s := range list {
			from, to := s.Period()
			c.say("%s: %s from %s to %s, %d new lines, %d known already.%s", account.Name, s.Format, from, to, done[i].New, done[i].Known, balances(s))
		}
		c.say("Next: tieout bank match --account %s", account.ID)
		return nil
	})
}

func balances(s statement.Statement) string {
	if s.Opening == nil || s.Closing == nil {
		return " The file does not give both balances: that it is complete was not checked."
	}
	return fmt.Sprintf(" From %s to %s: it adds up.", money.Money{Minor: s.Opening.Amount, Currency: s.Currency}, money.Money{Minor: s.Closing.Amount, Currency: s.Currency})
}

// bankAccount finds a bank account of a book's ledger by id, code or name.
func (o opened) bankAccount(ctx context.Context, book, name string) (books.Book, receivables.Account, error) {
	b, err := o.onlyBook(ctx, book)
	if err != nil {
		return b, receivables.Account{}, err
	}
	list, err := o.BankAccounts(ctx, b)
	if err != nil {
		return b, receivables.Account{}, err
	}
	lines := make([]string, len(list))
	for i, a := range list {
		if a.ID == name || strings.EqualFold(a.Code, name) || strings.EqualFold(a.Name, name) {
			return b, a, nil
		}
		lines[i] = fmt.Sprintf("  %s  %s", a.ID, a.Name)
	}
	return b, receivables.Account{}, fmt.Errorf("%q is no bank account of the ledger that a bank has statements of; these are:\n%s", name, strings.Join(lines, "\n"))
}

func (o opened) columnMap(ctx context.Context, name string) (*statement.ColumnMap, error) {
	maps, err := o.Store.ColumnMaps(ctx, o.Tenant)
	if err != nil {
		return nil, err
	}
	if m, ok := maps[name]; ok {
		return &m, nil
	}
	return nil, fmt.Errorf("there is no column map %q: make one with tieout bank map %s FILE", name, name)
}

type bankList struct {
	Account string `placeholder:"ACCOUNT" help:"Only this bank account: id, code or name."`
	Book    string `placeholder:"ID" help:"The book. Default: the only one."`
	From    string `placeholder:"YYYY-MM-DD" help:"From this day on."`
	To      string `placeholder:"YYYY-MM-DD" help:"Up to and on this day."`
	Open    bool   `help:"Only lines that nobody has decided and nothing explains."`
	JSON    bool   `name:"json" help:"Print the lines as JSON."`
}

// shownLine is a line as it is printed.
type shownLine struct {
	Account string `json:"account"`
	statement.Line
	Currency  money.Currency    `json:"currency"`
	Finding   statement.Finding `json:"finding"`
	DecidedBy string            `json:"decided_by,omitempty"`
}

// Run shows the lines.
func (k *bankList) Run(ctx context.Context, g *Global, c console) error {
	from, to, err := days(k.From, k.To)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		b, err := a.onlyBook(ctx, k.Book)
		if err != nil {
			return err
		}
		account := ""
		if k.Account != "" {
			_, found, err := a.bankAccount(ctx, b.ID, k.Account)
			if err != nil {
				return err
			}
			account = found.ID
		}
		rows, err := a.Store.BankLines(ctx, b, account, from, to)
		if err != nil {
			return err
		}
		list := []shownLine{}
		for _, r := range rows {
			if !k.Open || r.DecidedBy == "" && !r.Finding.Sure {
				list = append(list, shownLine{r.AccountID, r.Line, r.Currency, r.Finding, r.DecidedBy})
			}
		}
		if k.JSON {
			return c.json(list)
		}
		c.bankLines(list)
		return nil
	})
}

func (c console) bankLines(list []shownLine) {
	if len(list) == 0 {
		c.say("There are no such lines: tieout bank import brings them.")
		return
	}
	for _, l := range list {
		c.say("%s  %s  %s  %s", l.On, money.Money{Minor: l.Amount, Currency: l.Currency}, strings.Join(strings.Fields(l.Name+" "+l.Text), " "), l.ID)
		switch f := l.Finding; {
		case l.DecidedBy != "":
			c.say("    %s, confirmed by %s. %s", f.Meaning, l.DecidedBy, f.Why)
		case f.Meaning == "":
			c.say("    not looked at yet: tieout bank match --account %s", l.Account)
		case f.Sure:
			c.say("    %s. %s%s", f.Meaning, f.Why, paying(f))
		default:
			c.say("    %s? %s%s", f.Meaning, f.Why, paying(f))
		}
	}
}

// paying says which invoices a finding names, with ids to confirm by.
func paying(f statement.Finding) string {
	var texts []string
	for _, p := range f.Pays {
		texts = append(texts, fmt.Sprintf("%s (id %s)", p.Number, p.Invoice))
	}
	for _, n := range f.Near {
		texts = append(texts, fmt.Sprintf("%s: ids %s", n.Kind, strings.Join(n.Items, ", ")))
	}
	if len(texts) == 0 {
		return ""
	}
	return " " + strings.Join(texts, "; ")
}
