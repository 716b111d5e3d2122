package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/reconcile"
	"tieout/sync/schedule"
	"tieout/sync/statement"
	"tieout/web"
)

// bankKeeper keeps statements for pages.
type bankKeeper struct{ app *App }

// account finds a bank account of a book's ledger.
func (k bankKeeper) account(ctx context.Context, tenant, book, id string) (books.Book, receivables.Account, error) {
	b, err := k.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return b, receivables.Account{}, unknown(err)
	}
	list, err := k.app.BankAccounts(ctx, b)
	if err != nil {
		return b, receivables.Account{}, err
	}
	at := slices.IndexFunc(list, func(x receivables.Account) bool { return x.ID == id })
	if at < 0 {
		return b, receivables.Account{}, web.ErrNotFound
	}
	return b, list[at], nil
}

// Bank is what was imported, and lines of it.
func (k bankKeeper) Bank(ctx context.Context, tenant, book string, q web.BankQuery) (web.Bank, error) {
	b, err := k.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return web.Bank{}, unknown(err)
	}
	out := web.Bank{Writes: b.Writes}
	if out.Accounts, err = k.accounts(ctx, b); err != nil {
		return out, err
	}
	query := store.LineQuery{Account: q.Account, Line: q.Line, State: lineState(q.State), Before: placeOf(q.Before), Limit: q.Limit + 1}
	rows, err := k.app.Store.ListBankLines(ctx, b, query)
	if err != nil {
		return out, err
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		last := rows[q.Limit-1]
		out.Older = strings.Join([]string{string(last.On), last.AccountID, last.ID}, " ")
	}
	out.Lines, err = k.lines(ctx, b, rows)
	return out, err
}

func lineState(state string) store.LineState {
	if s := store.LineState(state); s == store.LinesToConfirm || s == store.LinesOpen {
		return s
	}
	return ""
}

// placeOf reads a place as Bank writes it; the beginning for what is none.
func placeOf(text string) store.LinePlace {
	parts := strings.SplitN(text, " ", 3)
	if _, err := receivables.ParseDate(parts[0]); err != nil || len(parts) < 3 {
		return store.LinePlace{}
	}
	return store.LinePlace{On: receivables.Date(parts[0]), Account: parts[1], ID: parts[2]}
}

// accounts are all bank accounts of the ledger, with what was imported of each.
func (k bankKeeper) accounts(ctx context.Context, b books.Book) ([]web.BankAccount, error) {
	list, err := k.app.BankAccounts(ctx, b)
	if err != nil {
		return nil, err
	}
	sums, err := k.app.Store.BankSummaries(ctx, b)
	if err != nil {
		return nil, err
	}
	out := make([]web.BankAccount, len(list))
	for i, x := range list {
		out[i] = web.BankAccount{ID: x.ID, Name: named(x), Currency: x.Currency}
		for _, s := range sums {
			if s.Account == x.ID {
				out[i].Lines, out[i].Confirm, out[i].Open, out[i].From, out[i].To = s.Lines, s.Confirm, s.Open, s.From, s.To
			}
		}
	}
	return out, nil
}

// linesOf are the lines in which a payout was seen.
func (k bankKeeper) linesOf(ctx context.Context, b books.Book, payout string) ([]web.BankLine, error) {
	const most = 10
	rows, err := k.app.Store.ListBankLines(ctx, b, store.LineQuery{Payout: payout, Limit: most})
	if err != nil {
		return nil, err
	}
	return k.lines(ctx, b, rows)
}

// lines are rows as pages show them, with the documents that were made of them.
func (k bankKeeper) lines(ctx context.Context, b books.Book, rows []store.BankLine) ([]web.BankLine, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	accounts, err := k.app.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	names := map[string]string{}
	for _, x := range accounts {
		names[x.ID] = named(x)
	}
	parts, err := k.parts(ctx, b, rows)
	if err != nil {
		return nil, err
	}
	out := make([]web.BankLine, len(rows))
	for i, r := range rows {
		if out[i], err = bankLineOf(b, r); err != nil {
			return nil, err
		}
		out[i].AccountName = names[r.AccountID]
		for _, p := range parts[lineMovement(r)] {
			out[i].Documents = append(out[i].Documents, web.MovementDocument{
				What: purposeWord(string(p.Part.Purpose)), Amount: money.Money{Minor: p.Part.Amount, Currency: r.Currency}, State: string(p.State), Document: p.Document,
			})
		}
	}
	return out, nil
}

// parts are those of lines that somebody has confirmed, by movement.
func (k bankKeeper) parts(ctx context.Context, b books.Book, rows []store.BankLine) (map[string][]reconcile.PartRow, error) {
	var decided []string
	for _, r := range rows {
		if r.DecidedBy != "" {
			decided = append(decided, lineMovement(r))
		}
	}
	ties, err := k.app.Store.Ties(ctx, b, decided, nil)
	out := map[string][]reconcile.PartRow{}
	for _, p := range ties.Parts {
		out[p.Part.Movement] = append(out[p.Part.Movement], p)
	}
	return out, err
}

func bankLineOf(b books.Book, r store.BankLine) (web.BankLine, error) {
	of := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: r.Currency} }
	f := r.Finding
	shown, err := DigestOf(f)
	out := web.BankLine{
		Account: r.AccountID, ID: r.ID, On: r.On, Amount: of(r.Amount), Name: r.Name, Text: strings.Join(strings.Fields(r.Text+" "+r.Number), " "),
		Meaning: string(f.Meaning), Why: f.Why, Sure: f.Sure, Payout: f.Payout, Shown: shown, By: r.DecidedBy, At: r.DecidedAt,
	}
	for _, p := range f.Pays {
		ref := web.InvoiceRef{Connection: b.Ledger, ID: p.Invoice, Number: p.Number}
		if p.Invoice == "" {
			ref = web.InvoiceRef{Number: "the customer’s credit"}
		}
		out.Invoices = append(out.Invoices, web.MovementInvoice{InvoiceRef: ref, Amount: of(p.Amount)})
	}
	for _, n := range f.Near {
		out.Near = append(out.Near, strings.ReplaceAll(string(n.Kind), "_", " "))
	}
	tied := f.Meaning == statement.MeansPayout || f.Meaning == statement.MeansPayoutReturn || f.Meaning == statement.MeansBooked
	out.Open = r.DecidedBy == "" && r.Amount > 0 && !tied
	out.Found = out.Open && f.Meaning == statement.MeansReceipt && len(f.Pays) > 0
	return out, err
}

// MatchBank looks anew what an account's lines stand for.
func (k bankKeeper) MatchBank(ctx context.Context, tenant, book, account string) error {
	b, found, err := k.account(ctx, tenant, book, account)
	if err != nil {
		return err
	}
	_, err = k.app.MatchBank(ctx, b, found)
	return err
}

// ConfirmLine plans and stores what a person's word about a line calls for.
func (k bankKeeper) ConfirmLine(ctx context.Context, tenant, book string, c web.LineChoice, by string) error {
	b, err := k.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return unknown(err)
	}
	rows, err := k.app.Store.ListBankLines(ctx, b, store.LineQuery{Account: c.Account, Line: c.ID, Limit: 1})
	switch {
	case err != nil:
		return err
	case len(rows) == 0 || c.ID == "" || c.Account == "":
		return web.ErrNotFound
	case !b.Writes:
		return web.FieldError{Text: "Writing is switched off for " + b.Name + ": switch it on first, so that you see what is written."}
	case rows[0].DecidedBy != "":
		return web.ErrAnswered
	}
	shown, err := DigestOf(rows[0].Finding)
	if err != nil {
		return err
	}
	if shown != c.Shown {
		return web.ErrOtherShown
	}
	choice := statement.Choice{Credit: c.Credit, By: by}
	if choice.Pays, err = k.numbered(ctx, b, rows[0].Currency, c.Invoices); err != nil {
		return err
	}
	done, err := k.app.PlanBankLine(ctx, b, rows[0], choice)
	if err == nil {
		err = k.app.ConfirmBankLine(ctx, b, done)
	}
	return bankWords(err)
}

// numbered finds open invoices by what is printed on them.
func (k bankKeeper) numbered(ctx context.Context, b books.Book, currency money.Currency, numbers []string) ([]statement.Paid, error) {
	var out []statement.Paid
	for _, number := range numbers {
		found, err := k.app.Store.InvoicesNumbered(ctx, b, number)
		if err != nil {
			return nil, err
		}
		found = slices.DeleteFunc(found, func(v receivables.Invoice) bool { return v.Currency != currency || v.Balance <= 0 })
		if len(found) != 1 {
			return nil, web.FieldError{Text: fmt.Sprintf("There is not one open invoice %s in %s, but %d.", number, currency, len(found))}
		}
		out = append(out, statement.Paid{Invoice: found[0].ID})
	}
	return out, nil
}

// ReopenLine takes a confirmation back.
func (k bankKeeper) ReopenLine(ctx context.Context, tenant, book, account, line string) error {
	b, err := k.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return unknown(err)
	}
	return bankWords(k.app.ReopenBankLine(ctx, b, account, line))
}

// bankWords are the errors of statements as a page shows them; any other error
// stays as it is.
func bankWords(err error) error {
	switch {
	case errors.Is(err, store.ErrDecided):
		return web.ErrAnswered
	case errors.Is(err, reconcile.ErrSettings):
		return web.ErrOtherShown
	case errors.Is(err, store.ErrStands):
		return web.ErrActed
	case errors.Is(err, store.ErrNotFound):
		return web.ErrNotFound
	case errors.Is(err, schedule.ErrBusy):
		return inWords(err)
	}
	for _, known := range []error{
		statement.ErrFormat, statement.ErrBalance, statement.ErrMap, statement.ErrEmpty, statement.ErrConfirm, store.ErrOverlap, store.ErrWrongAccount,
	} {
		if errors.Is(err, known) {
			text := err.Error()
			for _, head := range []string{"store: ", "save statements: ", "try statements: ", "statement: "} {
				text = strings.TrimPrefix(text, head)
			}
			return web.FieldError{Text: sentenceOf(text)}
		}
	}
	return err
}
