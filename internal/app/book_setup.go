package app

import (
	"context"
	"fmt"
	"net/url"
	"reflect"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/sync/journal"
	"tieout/sync/preview"
	"tieout/sync/proof"
	"tieout/sync/push"
	"tieout/sync/reconcile"
)

// AccountPlan is what a book writes to: what was chosen stays, and what is
// missing was looked for. Nothing is created or stored.
func (a *App) AccountPlan(ctx context.Context, b books.Book) (connectors.AccountPlan, error) {
	currencies, err := a.Currencies(ctx, b)
	if err != nil {
		return connectors.AccountPlan{}, err
	}
	plan, err := a.Connect.Choose(ctx, b, currencies)
	if err != nil {
		return plan, err
	}
	connect.Keep(&plan, b.Accounts)
	return plan, nil
}

// ChooseAccounts puts a person's choices into the plan, makes in the ledger what
// is chosen to be made, and stores the accounts: see connect.Take. Any change
// asks a second person first where the organisation wants one. It gives the book
// and what is left to choose.
func (a *App) ChooseAccounts(ctx context.Context, b books.Book, choices map[string]string, who string) (books.Book, connectors.AccountPlan, error) {
	plan, err := a.AccountPlan(ctx, b)
	if err != nil {
		return b, plan, err
	}
	accounts, err := a.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return b, plan, fmt.Errorf("app: accounts: %w", err)
	}
	made, err := connect.Take(&plan, accounts, choices)
	if err != nil {
		return b, plan, err
	}
	if len(made) > 0 || !reflect.DeepEqual(plan.Accounts, b.Accounts) {
		digest, err := DigestOf([]any{plan.Accounts, made})
		if err != nil {
			return b, plan, err
		}
		ask := Ask{Subject: ApproveAccounts, Digest: digest, What: "other accounts of " + b.Name, Page: setUpPage(b, "accounts"), Who: who, Do: &accountsProposal{choices}}
		if err := a.SecondPerson(ctx, b, ask); err != nil {
			return b, plan, err
		}
	}
	done, err := a.Connect.Create(ctx, b, connectors.AccountPlan{Accounts: plan.Accounts, Create: made})
	if err != nil {
		return b, plan, err
	}
	b.Accounts, plan.Accounts = done.Accounts, done.Accounts
	b, err = a.Connect.SaveBook(ctx, b)
	return b, plan, err
}

// WritersLookBack is how many days before a cut-over other writers are looked
// for: a quarter shows an integration that writes by the month.
const WritersLookBack = 90

// CutOver is a beginning that is proposed, with what a person has to see of it.
type CutOver struct {
	// Start is what was asked for.
	Start books.Start
	// Day is the first day, or the one on which the payout was made.
	Day      receivables.Date
	At       time.Time
	Openings []connect.Opening
	// Writers are traces of others who book Stripe's money in the ledger.
	Writers []proof.Writer
	// From is the payout that the book begins with, Earlier what was made since
	// At and is not the book's all the same, Entered those of it for which
	// somebody has entered a receipt; all nil where it begins with a day.
	From    *books.PayoutStart
	Earlier []books.Earlier
	Entered []reconcile.Entered
}

// Digest names what was shown.
func (c CutOver) Digest() (string, error) {
	return DigestOf([]any{c.Start, c.Openings, c.From, c.Earlier})
}

// counters are the accounts that were named for opening documents.
func (c CutOver) counters() map[money.Currency]string {
	out := map[money.Currency]string{}
	for _, o := range c.Openings {
		if o.Counter != "" {
			out[o.Currency] = o.Counter
		}
	}
	return out
}

// CutOver reads what the clearing accounts have to hold, and do hold, when a
// book begins with a day or a payout, and who else has written there before.
func (a *App) CutOver(ctx context.Context, b books.Book, start books.Start) (CutOver, error) {
	out := CutOver{Start: start, Day: start.Day}
	var err error
	if start.Payout != "" {
		out, err = a.fromPayout(ctx, b, start.Payout)
	} else {
		out.At, out.Openings, err = a.Connect.CutOver(ctx, b, start.Day)
	}
	if err != nil {
		return out, err
	}
	since := out.At.AddDate(0, 0, -WritersLookBack)
	b.CutOver, b.From = &since, nil
	out.Writers, err = a.Store.Writers(ctx, b)
	return out, err
}

// words say what a book begins with.
func (c CutOver) words() string {
	if c.From != nil {
		return fmt.Sprintf("payout %s of %s as the beginning", c.From.Payout, c.Day.Words())
	}
	return c.Day.Words() + " as the first day"
}

// page is where it is shown.
func (c CutOver) page(b books.Book) string {
	if c.From != nil {
		return setUpPage(b, "cutover?payout="+url.QueryEscape(c.Start.Payout))
	}
	return setUpPage(b, "cutover?day="+string(c.Day))
}

// ConfirmCutOver lets the book begin with what was shown, after a second person
// has said yes where the organisation wants one.
func (a *App) ConfirmCutOver(ctx context.Context, b books.Book, c CutOver, who string) (books.Book, error) {
	digest, err := c.Digest()
	if err != nil {
		return b, err
	}
	ask := Ask{
		Subject: ApproveCutover, Digest: digest, What: fmt.Sprintf("%s of %s", c.words(), b.Name), Page: c.page(b), Who: who,
		Do: &cutOverProposal{c.Start, c.counters()},
	}
	if err := a.SecondPerson(ctx, b, ask); err != nil {
		return b, err
	}
	return a.open(ctx, b, c, who)
}

// Planned is the preview of what is planned already and not written, without
// reading the connections anew. ready is false while the book has yet to be
// looked at under its present settings.
func (a *App) Planned(ctx context.Context, b books.Book) (shown Preview, ready bool, err error) {
	marks, err := a.Store.Marks(ctx, b, 1)
	if err != nil {
		return Preview{}, false, err
	}
	lines, err := a.preview(ctx, b, []push.Intent{})
	if err != nil {
		return Preview{}, false, err
	}
	shown, err = previewOf(b, lines)
	return shown, len(marks) == 0, err
}

func previewOf(b books.Book, lines []preview.Line) (Preview, error) {
	digest, err := preview.Digest("write "+b.ID, lines)
	return Preview{Lines: lines, Digest: digest, Totals: preview.Totals(lines)}, err
}

// SwitchOn lets a book write what was shown. ErrConfirm says that something else
// was confirmed by its digest.
func (a *App) SwitchOn(ctx context.Context, b books.Book, shown Preview, digest, who string) (books.Book, error) {
	if err := connect.Ready(b); err != nil {
		return b, err
	}
	if digest != shown.Digest {
		return b, ErrConfirm
	}
	ask := Ask{Subject: ApprovePreview, Digest: digest, What: "the first writes of " + b.Name, Page: setUpPage(b, "writes"), Who: who, Do: &writesProposal{}}
	if err := a.SecondPerson(ctx, b, ask); err != nil {
		return b, err
	}
	return a.Connect.SwitchWrites(journal.Confirming(ctx, digest), b, true)
}

// setUpPage is the page of a step of the book's set-up.
func setUpPage(b books.Book, step string) string { return "/connect/book/" + b.ID + "/" + step }
