package app

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/sync/journal"
	"tieout/sync/monthend"
	"tieout/sync/reconcile"
)

// ChangeRules changes a book's booking rules, after a second person has said yes
// where the organisation wants one, and gives the book. digest is that of what was
// shown, ErrConfirm when it would be something else now; "" where nothing was
// shown before. page is where the change is shown.
func (a *App) ChangeRules(ctx context.Context, b books.Book, rules connect.Rules, digest, page, by string) (books.Book, error) {
	accounts, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return b, err
	}
	then := b
	if err := rules.Apply(&then, accounts, a.config.Clock.Now()); err != nil {
		return b, err
	}
	notes, err := monthend.Changes(ctx, a.Store, always(b), always(then))
	if err != nil || len(notes) == 0 && digest == "" {
		return b, err
	}
	now, err := DigestOf(approvedRules(b, then))
	if err != nil {
		return b, err
	}
	if len(notes) == 0 || digest != "" && digest != now {
		return b, ErrConfirm
	}
	words := make([]string, len(notes))
	for i, n := range notes {
		words[i] = n.Text + ": " + cmp.Or(n.Old, "none") + " → " + cmp.Or(n.New, "none")
	}
	what := "booking rules of " + b.Name + ": " + strings.Join(words, "; ")
	if err := a.SecondPerson(ctx, b, Ask{Subject: ApproveAccounts, Digest: now, What: what, Page: page, Who: by, Do: &rulesProposal{rules}}); err != nil {
		return b, err
	}
	saved, err := a.Connect.SaveBook(journal.As(ctx, by), then)
	if errors.Is(err, reconcile.ErrSettings) {
		return b, errors.Join(ErrConfirm, err)
	}
	return saved, err
}

// approvedRules is what a second person says yes to: all settings and accounts as
// they will be. From when on a choice counts is when it is made, which is after
// that.
func approvedRules(before, after books.Book) []any {
	s := after.Settings
	if !s.FeeSince.Equal(before.Settings.FeeSince) {
		s.FeeSince = time.Time{}
	}
	if !s.Sales.Since.Equal(before.Settings.Sales.Since) {
		s.Sales.Since = time.Time{}
	}
	return []any{s, after.Accounts}
}
