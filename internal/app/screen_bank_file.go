package app

import (
	"context"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/statement"
	"tieout/web"
)

// ReadStatement says what a file holds and what importing it would do.
func (k bankKeeper) ReadStatement(ctx context.Context, tenant, book string, f web.BankFile) (web.StatementShown, error) {
	b, account, err := k.account(ctx, tenant, book, f.Account)
	if err != nil {
		return web.StatementShown{}, err
	}
	out := web.StatementShown{Account: web.AccountOption{ID: account.ID, Name: named(account)}, Currency: account.Currency, Format: statement.FormatOf(f.Content)}
	if out.Format == statement.FormatCSV {
		if err := k.mapped(ctx, b, account, f, &out); err != nil || len(out.Ask) > 0 {
			return out, bankWords(err)
		}
	}
	list, err := ReadStatement(account, f.Content, out.Map)
	var done []store.Imported
	if err == nil {
		done, err = k.app.Store.TryStatements(ctx, b, account.ID, list, k.app.config.Clock.Now())
	}
	if err != nil {
		if wrong, ok := bankWords(err).(web.FieldError); ok && out.Map != nil { //nolint:errorlint // bankWords gives it bare
			out.Problem = wrong.Text // another map may read it
			return out, nil
		}
		return out, bankWords(err)
	}
	for i, s := range list {
		out.Parts = append(out.Parts, partOf(s, done[i].New))
		for _, l := range s.Lines[:min(len(s.Lines), shownFirst-len(out.First))] {
			out.First = append(out.First, web.BankLine{On: l.On, Amount: money.Money{Minor: l.Amount, Currency: s.Currency}, Name: l.Name, Text: l.Text})
		}
	}
	return out, nil
}

// shownFirst is how many lines of a file are shown before it is imported.
const shownFirst = 8

func partOf(s statement.Statement, fresh int) web.StatementPart {
	from, to := s.Period()
	out := web.StatementPart{Number: s.Account, From: from, To: to, Lines: len(s.Lines), New: fresh, Pending: s.Pending}
	of := func(b *statement.Balance) *money.Money {
		if b == nil {
			return nil
		}
		return &money.Money{Minor: b.Amount, Currency: s.Currency}
	}
	out.Opening, out.Closing = of(s.Opening), of(s.Closing)
	return out
}

// mapName is the name under which the map of an account's files is kept.
func mapName(b books.Book, account receivables.Account) string { return account.Name + " of " + b.Name }

// mapped finds out how a CSV file is read: as the person said, as the account's
// last file was, or as this one looks.
func (k bankKeeper) mapped(ctx context.Context, b books.Book, account receivables.Account, f web.BankFile, out *web.StatementShown) error {
	p, err := statement.Propose(f.Content)
	if err != nil {
		return err
	}
	out.Columns, out.Forms = p.Columns, statement.DateForms()
	if f.Map != nil {
		out.Map = f.Map
		return nil
	}
	maps, err := k.app.Store.ColumnMaps(ctx, b.Tenant)
	if err != nil {
		return err
	}
	if kept, ok := maps[mapName(b, account)]; ok {
		if _, err := ReadStatement(account, f.Content, &kept); err == nil {
			out.Map = &kept
			return nil
		}
	}
	out.Map, out.Ask = &p.Map, p.Ask
	return nil
}

// ImportStatement keeps a file that was shown, and looks its lines up.
func (k bankKeeper) ImportStatement(ctx context.Context, tenant, book string, f web.BankFile, by string) (int, error) {
	b, account, err := k.account(ctx, tenant, book, f.Account)
	if err != nil {
		return 0, err
	}
	list, err := ReadStatement(account, f.Content, f.Map)
	if err != nil {
		return 0, bankWords(err)
	}
	done, err := k.app.ImportStatements(ctx, b, account, list, by)
	if err != nil {
		return 0, bankWords(err)
	}
	if f.Map != nil {
		if err := k.app.Store.SaveColumnMap(ctx, b.Tenant, mapName(b, account), *f.Map, by, k.app.config.Clock.Now()); err != nil {
			return 0, err
		}
	}
	fresh := 0
	for _, one := range done {
		fresh += one.New
	}
	_, err = k.app.MatchBank(ctx, b, account)
	return fresh, err
}
