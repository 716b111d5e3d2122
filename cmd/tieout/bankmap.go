package main

import (
	"context"
	"fmt"
	"os"

	"tieout/money"
	"tieout/sync/statement"
)

type bankMap struct {
	Name      string   `arg:"" help:"Name to keep the map under, such as the bank's."`
	File      string   `arg:"" type:"existingfile" help:"A CSV file of the bank."`
	Currency  string   `default:"USD" help:"Currency of the account, to show amounts in."`
	DateForm  string   `placeholder:"FORM" help:"How dates are written: DD.MM.YYYY, MM/DD/YYYY, YYYY-MM-DD ..."`
	Decimal   string   `placeholder:"SIGN" help:"The sign before an amount's fraction: . or ,"`
	Encoding  string   `placeholder:"NAME" help:"utf-8, latin-1 or utf-16."`
	Delimiter string   `placeholder:"SIGN" help:"The sign between columns."`
	Date      string   `placeholder:"COLUMN" help:"Column of the booking date. Columns are named as in the head, or #1, #2."`
	Amount    string   `placeholder:"COLUMN" help:"Column of the signed amount."`
	Debit     string   `placeholder:"COLUMN" help:"Column of what left the account."`
	Credit    string   `placeholder:"COLUMN" help:"Column of what came."`
	Balance   string   `placeholder:"COLUMN" help:"Column of the balance after each line."`
	Payer     string   `placeholder:"COLUMN" help:"Column of the other side's name."`
	Text      []string `placeholder:"COLUMN" help:"Columns of text."`
	Reference string   `placeholder:"COLUMN" help:"Column of the bank's reference, which no two lines share."`
	Negate    bool     `help:"Turn signs round: the bank writes what left the account as positive."`
	Confirm   bool     `help:"Keep the map: what is shown below is right."`
	As        string   `placeholder:"NAME" help:"Who confirms. Default: the user of this machine."`
}

// Run proposes a map and shows the first lines as they are read by it; with
// --confirm it is kept.
func (k *bankMap) Run(ctx context.Context, g *Global, c console) error {
	file, err := os.ReadFile(k.File)
	if err != nil {
		return err
	}
	p, err := statement.Propose(file)
	if err != nil {
		return fmt.Errorf("%s: %w", k.File, err)
	}
	asked := p.Ask
	k.change(&p.Map)
	if k.given() {
		asked = nil // the person has looked at it
	}
	if err := c.json(p.Map); err != nil {
		return err
	}
	for _, question := range asked {
		c.say("%s", question)
	}
	if len(asked) > 0 {
		return usagef("say what the file leaves open")
	}
	list, err := statement.Read(file, statement.Options{Map: &p.Map, Currency: money.Currency(k.Currency), Scale: money.ISO})
	if err != nil {
		return fmt.Errorf("%s: %w", k.File, err)
	}
	const shown = 5
	for _, l := range list[0].Lines[:min(len(list[0].Lines), shown)] {
		c.say("%s  %s  %s | %s", l.On, money.Money{Minor: l.Amount, Currency: list[0].Currency}, l.Name, l.Text)
	}
	c.say("%d lines.%s", len(list[0].Lines), balances(list[0]))
	if !k.Confirm {
		c.say("If that is right: the same again with --confirm")
		return nil
	}
	who, err := person(k.As)
	if err != nil {
		return err
	}
	return g.with(ctx, c, func(a opened) error {
		if err := a.Store.SaveColumnMap(ctx, a.Tenant, k.Name, p.Map, who, a.Connect.Now()); err != nil {
			return err
		}
		c.say("Kept as %s.", k.Name)
		return nil
	})
}

// given says whether the person has said anything about how the file is read.
func (k *bankMap) given() bool {
	return k.DateForm+k.Decimal+k.Date+k.Amount+k.Debit+k.Encoding+k.Delimiter != ""
}

// change puts the person's words in the place of what was proposed.
func (k *bankMap) change(m *statement.ColumnMap) {
	for _, field := range []struct {
		to   *string
		from string
	}{
		{&m.DateForm, k.DateForm},
		{&m.Decimal, k.Decimal},
		{&m.Encoding, k.Encoding},
		{&m.Delimiter, k.Delimiter},
		{&m.Date, k.Date},
		{&m.Amount, k.Amount},
		{&m.Debit, k.Debit},
		{&m.Credit, k.Credit},
		{&m.Balance, k.Balance},
		{&m.Name, k.Payer},
		{&m.Reference, k.Reference},
	} {
		if field.from != "" {
			*field.to = field.from
		}
	}
	if k.Debit != "" {
		m.Amount = ""
	}
	if len(k.Text) > 0 {
		m.Text = k.Text
	}
	m.Negate = m.Negate || k.Negate
}
