package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/internal/app"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	standin "tieout/sandbox/stripe"
	"tieout/sync/preview"
	"tieout/sync/reconcile"
	"tieout/sync/undo"
)

// TestOpeningDocument: a clearing account that lacks what Stripe held gets it by
// one document against an account that a person names, previewed, written once,
// taken back by an undo, and entered again by another word.
func TestOpeningDocument(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			o := newOpener(t, vendor)
			o.refusals()
			o.confirm("ann")
			o.confirm("ann") // the document of the first time is dropped
			if lines := o.previewed(); len(lines) != 1 || lines[0].Amount != money.Text(o.missing, 2) {
				t.Fatalf("the preview shows %+v", lines)
			}
			o.book = must1[books.Book](t)(o.Connect.SwitchWrites(t.Context(), o.book, true))
			o.clean()
			o.clean()
			doc := o.document()
			if c := o.compared(); c.Openings[o.at].Missing() != 0 {
				t.Fatalf("after the document it stands at %+v", c.Openings)
			}
			o.takesBack(doc)
			if c := o.compared(); c.Openings[o.at].Missing() != o.missing {
				t.Fatalf("after the undo it stands at %+v", c.Openings)
			}
			o.confirm("bob")
			o.clean()
			if again := o.document(); again == doc {
				t.Error("the document that was taken back counts for the new one")
			}
		})
	}
}

// opener is a book before its first day, whose clearing account in the home
// currency lacks money.
type opener struct {
	*rig
	day     receivables.Date
	at      int
	missing int64
	counter receivables.Account
}

func newOpener(t *testing.T, vendor string) *opener {
	t.Helper()
	o := &opener{rig: newRig(t, vendor)}
	ctx := t.Context()
	account, _ := o.box.Account(o.company.StripeAccount)
	home := o.row(o.ledger.ID).Profile.Home
	if _, err := account.PayDirect(standin.DirectPayment{Amount: 100_00, Currency: strings.ToLower(string(home)), PayOptions: standin.PayOptions{Name: "Pat Payer"}}); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(24 * time.Hour)
	o.unopened()
	o.day = receivables.DateIn(o.clock.Now(), o.book.Location())
	shown := o.compared()
	o.at = slices.IndexFunc(shown.Openings, func(x connect.Opening) bool { return x.Currency == home })
	if o.missing = shown.Openings[o.at].Missing(); o.missing <= 0 {
		t.Fatalf("nothing is missing: %+v", shown.Openings)
	}
	among := must1[[]receivables.Account](t)(o.Counters(ctx, o.book))
	o.counter = among[slices.IndexFunc(among, func(x receivables.Account) bool { return x.Type == receivables.AccountIncome })]
	return o
}

// unopened makes a book with its accounts, and no first day.
func (r *rig) unopened() {
	r.Helper()
	ctx := r.Context()
	r.book = must1[books.Book](r.T)(r.Connect.NewBook(ctx, r.ledger, []books.Connection{r.stripe}, true))
	r.sync()
	plan, err := r.Connect.Choose(ctx, r.book, must1s(r)(r.Currencies(ctx, r.book)))
	if err == nil {
		plan, err = r.Connect.Create(ctx, r.book, plan)
	}
	if err != nil {
		r.Fatal(err)
	}
	r.book.Accounts = plan.Accounts
	r.book = must1[books.Book](r.T)(r.Connect.SaveBook(ctx, r.book))
}

func (o *opener) compared() app.CutOver {
	o.Helper()
	return must1[app.CutOver](o.T)(o.CutOver(o.Context(), o.book, books.Start{Day: o.day}))
}

// refusals: without an account, with one that is none of those to choose, in a
// currency in which nothing is missing, or into a closed period, nothing is done.
func (o *opener) refusals() {
	o.Helper()
	ctx, shown := o.Context(), o.compared()
	home := shown.Openings[o.at].Currency
	if _, err := o.ConfirmCutOver(ctx, o.book, shown, "ann"); !errors.Is(err, connect.ErrOpening) {
		o.Errorf("without an account: %v", err)
	}
	among := must1[[]receivables.Account](o.T)(o.Counters(ctx, o.book))
	for currency, id := range map[money.Currency]string{home: o.book.Accounts.Clearing[home], "CHF": o.counter.ID} {
		if _, err := shown.Enter(map[money.Currency]string{currency: id}, among); !errors.Is(err, connect.ErrNoAccount) {
			o.Errorf("%s against %s: %v", currency, id, err)
		}
	}
	entered := must1[app.CutOver](o.T)(shown.Enter(map[money.Currency]string{home: o.counter.ID}, among))
	closed := o.book
	closed.Settings.FiledThrough = o.day.AddDays(-1)
	if _, err := o.ConfirmCutOver(ctx, closed, entered, "ann"); !errors.Is(err, connect.ErrOpening) || !strings.Contains(err.Error(), "closed") {
		o.Errorf("into a closed period: %v", err)
	}
	if n := o.number(`select count(*) from part where movement like 'opening/%'`); n != 0 || must1[books.Book](o.T)(o.Store.Book(ctx, o.Tenant, o.book.ID)).CutOver != nil {
		o.Errorf("%d documents are planned though all was refused", n)
	}
}

// confirm says that the difference goes against the account.
func (o *opener) confirm(who string) {
	o.Helper()
	ctx := o.Context()
	shown := o.compared()
	among := must1[[]receivables.Account](o.T)(o.Counters(ctx, o.book))
	entered := must1[app.CutOver](o.T)(shown.Enter(map[money.Currency]string{shown.Openings[o.at].Currency: o.counter.ID}, among))
	o.book = must1[books.Book](o.T)(o.ConfirmCutOver(ctx, o.book, entered, who))
	if got := o.book.Opening[shown.Openings[o.at].Currency]; got != shown.Openings[o.at].Stripe {
		o.Fatalf("the book opens with %d, not what Stripe held", got)
	}
}

// previewed are the lines of the preview that speak of the opening.
func (o *opener) previewed() []preview.Line {
	o.Helper()
	o.sync()
	shown, _, err := o.Planned(o.Context(), o.book)
	if err != nil {
		o.Fatal(err)
	}
	return slices.DeleteFunc(shown.Lines, func(l preview.Line) bool { return !strings.Contains(l.Why, "Opening of the clearing account") })
}

// document is the one that stands.
func (o *opener) document() receivables.Ref {
	o.Helper()
	c := mapping.OpeningCase{Currency: o.compared().Openings[o.at].Currency, First: o.day}
	ties, err := o.Store.Ties(o.Context(), o.book, []string{c.Movement()}, nil)
	if err != nil || len(ties.Parts) != 1 {
		o.Fatalf("%+v, %v", ties.Parts, err)
	}
	p := ties.Parts[0]
	if p.Part.Amount != -o.missing || p.Document.ID == "" || p.State == reconcile.PartUndone {
		o.Fatalf("the part is %+v", p)
	}
	return p.Document
}

func (o *opener) takesBack(doc receivables.Ref) {
	o.Helper()
	ctx, scope := o.Context(), undo.Scope{Kind: undo.ScopeDocument, ID: string(doc.Kind) + "/" + doc.ID}
	shown, err := o.PreviewUndo(ctx, o.book, scope, "ann", false)
	if err != nil {
		o.Fatal(err)
	}
	if _, err := o.Undo(ctx, o.book, scope, "ann", shown.Digest); err != nil {
		o.Fatal(err)
	}
	run := o.sync()
	if run.Result.Proof == nil || !run.Result.Proof.Unexplained() {
		o.Fatal("the proof says nothing of the opening that is no more")
	}
	o.book = must1[books.Book](o.T)(o.Store.Book(ctx, o.Tenant, o.book.ID))
}
