package app

import (
	"cmp"
	"context"

	"tieout/books"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/match"
	"tieout/sync/statement"
)

// BankAccounts are the ledger's accounts that a bank has statements of: all of
// its bank accounts but those for clearing. One without a currency is in the
// ledger's own.
func (a *App) BankAccounts(ctx context.Context, b books.Book) ([]receivables.Account, error) {
	all, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	ledger, err := a.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, err
	}
	var out []receivables.Account
	for _, x := range all {
		if x.Type == receivables.AccountBank && !clears(b, x.ID) {
			x.Currency = cmp.Or(x.Currency, ledger.Profile.Home)
			out = append(out, x)
		}
	}
	return out, nil
}

// clears says whether an account is one of the book's clearing accounts.
func clears(b books.Book, id string) bool {
	for _, clearing := range b.Accounts.Clearing {
		if clearing == id {
			return true
		}
	}
	return false
}

// ReadStatement reads a file as statements of an account; m says how a CSV file
// is read.
func ReadStatement(account receivables.Account, file []byte, m *statement.ColumnMap) ([]statement.Statement, error) {
	return statement.Read(file, statement.Options{Currency: account.Currency, Scale: money.ISO, Map: m})
}

// ImportStatements stores the statements of a file, all or none.
func (a *App) ImportStatements(ctx context.Context, b books.Book, account receivables.Account, list []statement.Statement, who string) ([]store.Imported, error) {
	return a.Store.SaveStatements(ctx, b, account.ID, list, who, a.config.Clock.Now())
}

// looked is how many days before the first line entries of the ledger are read.
const looked = 40

// MatchBank finds out what the lines of an account stand for that nobody has
// decided, and notes it. It writes nothing into the ledger.
func (a *App) MatchBank(ctx context.Context, b books.Book, account receivables.Account) ([]statement.Finding, error) {
	rows, err := a.Store.BankLines(ctx, b, account.ID, "", "")
	if err != nil {
		return nil, err
	}
	var lines []statement.Line
	for _, r := range rows {
		if r.DecidedBy == "" {
			lines = append(lines, r.Line)
		}
	}
	if len(lines) == 0 {
		return nil, nil
	}
	w, err := a.bankWorld(ctx, b, account, lines[0].On.AddDays(-looked))
	if err != nil {
		return nil, err
	}
	found := statement.Sort(lines, w)
	return found, a.Store.SaveFindings(ctx, b, account.ID, found)
}

// bankWorld is what the account's lines are compared with.
func (a *App) bankWorld(ctx context.Context, b books.Book, account receivables.Account, since receivables.Date) (statement.World, error) {
	var w statement.World
	open, err := a.Store.OpenInvoices(ctx, b, string(account.Currency))
	if err != nil {
		return w, err
	}
	w.Open = statement.Items(open)
	for _, inv := range open {
		if d, ok := match.DiscountOf(inv.ID, inv.Terms, inv.Issued, inv.Total); ok && inv.Balance == inv.Total {
			w.Discounts = append(w.Discounts, d)
		}
	}
	customers, err := a.Store.AllCustomers(ctx, b)
	if err != nil {
		return w, err
	}
	w.Customers = statement.Names(customers)
	if w.Credits, err = a.openCredits(ctx, b, customers, account.Currency); err != nil {
		return w, err
	}
	if w.Rules, err = a.Store.Rules(ctx, b); err != nil {
		return w, err
	}
	if w.Entries, err = a.Store.BankEntries(ctx, b, account.ID, since); err != nil {
		return w, err
	}
	w.Payouts, err = a.bankPayouts(ctx, b, account)
	return w, err
}

func (a *App) openCredits(ctx context.Context, b books.Book, customers []receivables.Customer, currency money.Currency) ([]match.Credit, error) {
	ids := make([]string, len(customers))
	for i, c := range customers {
		ids[i] = c.ID
	}
	credits, err := a.Store.Credits(ctx, b, ids, nil)
	if err != nil {
		return nil, err
	}
	var out []match.Credit
	for _, c := range credits {
		if c.Currency == currency && c.Remaining > 0 {
			out = append(out, match.Credit{ID: c.ID, Customer: c.CustomerID, Amount: c.Remaining})
		}
	}
	return out, nil
}

func (a *App) bankPayouts(ctx context.Context, b books.Book, account receivables.Account) ([]statement.Payout, error) {
	processor := ""
	for _, id := range b.Sources {
		connection, err := a.Store.Connection(ctx, b.Tenant, id)
		if err != nil {
			return nil, err
		}
		if v, ok := a.Vendors[connection.Vendor]; ok {
			processor = v.Title()
		}
	}
	list, err := a.Store.BankPayouts(ctx, b, account.ID)
	if err != nil {
		return nil, err
	}
	var out []statement.Payout
	for _, p := range list {
		if p.Currency != account.Currency || p.Status == "canceled" {
			continue
		}
		expected := statement.Payout{ID: p.ID, Amount: p.Amount, Arrival: p.Arrival, Processor: processor}
		if !p.ReturnedAt.IsZero() {
			expected.Returned = receivables.DateIn(p.ReturnedAt, b.Location())
		}
		out = append(out, expected)
	}
	return out, nil
}
