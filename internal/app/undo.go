package app

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/journal"
	"tieout/sync/lease"
	"tieout/sync/preview"
	"tieout/sync/pull"
	"tieout/sync/push"
	"tieout/sync/schedule"
	"tieout/sync/undo"
	"tieout/web"
)

// UndoPreview is what an undo or redo would do, for a person to confirm.
type UndoPreview struct {
	Lines []preview.Line `json:"lines"`
	// Kept is what the vendors go on showing of what is taken back.
	Kept   []string `json:"kept,omitempty"`
	Totals []string `json:"totals"`
	Digest string   `json:"digest"`
}

// UndoResult is what a confirmed undo or redo did.
type UndoResult struct {
	// Written counts the writes that were made.
	Written int `json:"written"`
	// Left is what could not be taken back, and Waiting how many writes are
	// still on their way: the next sync makes them.
	Left    []preview.Line `json:"left,omitempty"`
	Waiting int            `json:"waiting"`
}

// ErrConfirm says that something else was confirmed than would be done now.
var ErrConfirm = errors.New("this is not what was confirmed: look at the preview again, and confirm its digest")

// maxSteps bounds the steps of an undo: documents, links, accounts, and what
// has to be planned anew because somebody changed it meanwhile.
const maxSteps = 12

// undoing is one undo under way.
type undoing struct {
	app *App
	// scheduler holds the leases of this undo alone.
	scheduler *schedule.Scheduler
	book      books.Book
	byID      map[string]books.Connection
	planner   *undo.Planner
	redo      bool
	scope     undo.Scope
	// written counts the writes that were made.
	written int
}

// begin reads the book's connections and opens them.
func (a *App) begin(ctx context.Context, b books.Book, scope undo.Scope, by string, redo bool) (*undoing, error) {
	u := &undoing{app: a, scheduler: a.Scheduler.Apart(a.ids.next()), book: b, scope: scope, redo: redo}
	if err := u.read(ctx, true); err != nil {
		return nil, err
	}
	session, err := a.Session(u.byID[b.Ledger])
	if err != nil {
		return nil, err
	}
	ledger, ok := session.(connectors.Ledger)
	if !ok {
		return nil, fmt.Errorf("app: undo: %s is no ledger", u.byID[b.Ledger].Vendor)
	}
	u.planner = &undo.Planner{
		Store: a.Store, Ledger: ledger, Processor: u.processor, Lock: u.byID[b.Ledger].Profile.Lock, Now: a.config.Clock.Now, NewID: a.ids.next, By: by,
	}
	return u, nil
}

// read brings the book up to date; dry writes nothing.
func (u *undoing) read(ctx context.Context, dry bool) error {
	var err error
	if u.byID, err = u.app.connectionsOf(ctx, u.book); err != nil {
		return err
	}
	result, err := u.scheduler.Book(ctx, u.book, u.byID, schedule.Options{Dry: dry})
	if err != nil {
		return err
	}
	u.written += result.Pushed.Sent + result.Pushed.Found
	if err := u.app.saveCalls(ctx); err != nil {
		return err
	}
	// Documents are taken back without the processor, whose links wait then.
	if problem := result.Problems[u.book.Ledger]; problem != nil {
		return fmt.Errorf("app: undo: %s: %w: %w", names(u.book, u.byID)[u.book.Ledger], ErrNotRead, problem)
	}
	u.byID, err = u.app.connectionsOf(ctx, u.book)
	return err
}

func (u *undoing) processor(connection string) (connectors.Processor, error) {
	session, err := u.app.Session(u.byID[connection])
	if err != nil {
		return nil, err
	}
	p, ok := session.(connectors.Processor)
	if !ok {
		return nil, fmt.Errorf("app: undo: %s takes no payments", u.byID[connection].Vendor)
	}
	return p, nil
}

// plan says what is to be done. Where something would stay, the documents are
// read first: a vendor does not call it a change when what rested on one has gone.
func (u *undoing) plan(ctx context.Context) (undo.Plan, error) {
	if u.redo {
		return u.planner.PlanRedo(ctx, u.book, u.scope)
	}
	plan, err := u.planner.Plan(ctx, u.book, u.scope)
	if err != nil || u.planner.Fresh != nil || !plan.Blocked() {
		return plan, err
	}
	if err := u.reread(ctx, 1); err != nil {
		return plan, err
	}
	return u.planner.Plan(ctx, u.book, u.scope)
}

// ConfirmUndo undoes, or redoes, what a person has confirmed, after a second
// person has said yes where the organisation wants one.
func (a *App) ConfirmUndo(ctx context.Context, b books.Book, scope undo.Scope, by, digest string, redo bool) (UndoResult, error) {
	ask := Ask{
		Subject: ApproveUndo, Digest: digest, What: "undo of " + scope.String() + " in " + b.Name, Page: web.UndoAddress(b.ID, scope), Who: by,
		Do: &undoProposal{scope, redo},
	}
	act := a.Undo
	if redo {
		ask.What, ask.Page, act = "redo of "+scope.String()+" in "+b.Name, "", a.Redo
	}
	if err := a.SecondPerson(ctx, b, ask); err != nil {
		return UndoResult{}, err
	}
	return act(ctx, b, scope, by, digest)
}

// Undo does what a person has confirmed by the digest of its preview. The
// undo of a whole book switches the writing and the links off first. What was
// begun and not ended, because a vendor did not answer, is taken up by asking
// for the same again.
func (a *App) Undo(ctx context.Context, b books.Book, scope undo.Scope, by, digest string) (UndoResult, error) {
	u, shown, err := a.confirmed(ctx, b, scope, by, digest, false)
	if err != nil {
		return UndoResult{}, err
	}
	if scope.Kind == undo.ScopeBook {
		if err := u.stopWriting(ctx); err != nil {
			return UndoResult{}, err
		}
	}
	if kind, id := splitRef(scope.ID); scope.Kind == undo.ScopeDocument && kind == string(receivables.KindInvoice) && onlyLinks(shown) {
		return u.withoutLink(ctx, id)
	}
	result := UndoResult{}
	entry := u.planner.Entry(u.book, journal.KindUndo, scope, digest, len(shown.Lines))
	for n := range maxSteps {
		if err := u.reread(ctx, n); err != nil {
			return result, err
		}
		plan, err := u.plan(ctx)
		if finished(err) {
			break
		}
		if err != nil {
			return result, err
		}
		w, more := u.planner.Next(plan)
		if !more {
			break
		}
		w.Entry, entry = entry, journal.Entry{}
		if err := u.step(ctx, w); err != nil {
			return result, err
		}
	}
	return u.end(ctx)
}

// finished says that there is nothing more to plan.
func finished(err error) bool {
	return errors.Is(err, undo.ErrNothing) || errors.Is(err, undo.ErrUnderWay)
}

// rereadAtOnce is how many documents are read at once.
const rereadAtOnce = 50

// reread reads the documents that still stand after the first step one by one.
func (u *undoing) reread(ctx context.Context, step int) error {
	if step == 0 {
		return nil
	}
	refs, err := u.planner.Standing(ctx, u.book, u.scope)
	if err != nil {
		return err
	}
	session, ok := u.planner.Ledger.(connectors.Session)
	if !ok {
		return nil
	}
	fresh := map[receivables.Ref][]byte{}
	u.planner.Fresh = fresh
	puller := &pull.Puller{Store: u.app.Store, Session: session, Tenant: u.book.Tenant, Connection: u.book.Ledger, Now: u.planner.Now}
	for chunk := range slices.Chunk(refs, rereadAtOnce) {
		drafts, err := session.Fetch(u.scheduler.Purpose(ctx, "pull"), chunk)
		if err != nil {
			return fmt.Errorf("app: undo: read what still stands: %w", err)
		}
		for _, d := range drafts {
			if d.Problem == "" && !d.Deleted {
				fresh[receivables.Ref{Kind: d.Kind, ID: d.ID}] = d.Raw
			}
		}
		err = u.scheduler.Held(ctx, u.book.Tenant, "connection/"+u.book.Ledger, func(l lease.Lease) error {
			_, err := puller.Keep(ctx, l, drafts)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ErrNoWrites says that a book has to write for what is wanted.
var ErrNoWrites = errors.New("the book does not write: switch its writing on, or undo the whole book")

// withoutLink opts an invoice out of links: its link ends and goes as that of
// any invoice that has been opted out, and none is made again.
func (u *undoing) withoutLink(ctx context.Context, invoice string) (UndoResult, error) {
	if !u.book.Writes {
		return UndoResult{}, ErrNoWrites
	}
	b := u.book
	b.Settings.NoLinkInvoices = append(slices.Clone(b.Settings.NoLinkInvoices), invoice)
	var err error
	if u.book, err = u.app.Connect.SaveBook(ctx, b); err != nil {
		return UndoResult{}, err
	}
	if err := u.read(ctx, false); err != nil {
		return UndoResult{}, err
	}
	return u.end(ctx)
}

// Redo writes again what was undone, as a person has confirmed it.
func (a *App) Redo(ctx context.Context, b books.Book, scope undo.Scope, by, digest string) (UndoResult, error) {
	u, shown, err := a.confirmed(ctx, b, scope, by, digest, true)
	if err != nil {
		return UndoResult{}, err
	}
	plan, err := u.plan(ctx)
	if err != nil {
		return UndoResult{}, err
	}
	w := u.planner.Redone(plan)
	w.Entry = u.planner.Entry(u.book, journal.KindRedo, scope, digest, len(shown.Lines))
	if err := u.step(ctx, w); err != nil {
		return UndoResult{}, err
	}
	return u.count(ctx)
}

// confirmed plans anew and compares with what was confirmed.
func (a *App) confirmed(ctx context.Context, b books.Book, scope undo.Scope, by, digest string, redo bool) (*undoing, UndoPreview, error) {
	u, err := a.begin(ctx, b, scope, by, redo)
	if err != nil {
		return nil, UndoPreview{}, err
	}
	plan, err := u.plan(ctx)
	if err != nil {
		return nil, UndoPreview{}, err
	}
	shown, err := u.show(ctx, plan)
	if err == nil && shown.Digest != digest {
		err = ErrConfirm
	}
	return u, shown, err
}

// stopWriting switches the writing and the links of a book off, and settles
// what was on its way.
func (u *undoing) stopWriting(ctx context.Context) error {
	var err error
	if u.book, err = u.app.Connect.SwitchWrites(ctx, u.book, false); err != nil {
		return err
	}
	u.book.Settings.Links = false
	if u.book, err = u.app.Connect.SaveBook(ctx, u.book); err != nil {
		return err
	}
	if err := u.app.Store.EndPayTokens(ctx, u.book, u.planner.Now()); err != nil {
		return err
	}
	err = u.held(ctx, func(l lease.Lease) error { return u.app.Store.DropLinkWrites(ctx, l, u.book, u.planner.Now()) })
	if err != nil {
		return err
	}
	return u.read(ctx, false)
}

// step saves what comes next and has it sent.
func (u *undoing) step(ctx context.Context, w undo.Writing) error {
	if err := u.held(ctx, func(l lease.Lease) error { return u.app.Store.SaveUndo(ctx, l, u.book, w) }); err != nil {
		return err
	}
	return u.read(ctx, false)
}

// held works under the book's lease.
func (u *undoing) held(ctx context.Context, work func(lease.Lease) error) error {
	return u.scheduler.Held(ctx, u.book.Tenant, "book/"+u.book.ID, work)
}

// end says what is left, and forgets the accounts that are no more.
func (u *undoing) end(ctx context.Context) (UndoResult, error) {
	plan, err := u.plan(ctx)
	if err != nil && !finished(err) {
		return UndoResult{Written: u.written}, err
	}
	result, err := u.count(ctx)
	result.Left = u.stays(plan)
	if err != nil || u.scope.Kind != undo.ScopeBook {
		return result, err
	}
	return result, u.forgetAccounts(ctx)
}

// count tells what was made and what of any undo of the book is still on its
// way.
func (u *undoing) count(ctx context.Context) (UndoResult, error) {
	result := UndoResult{Written: u.written}
	all, err := u.app.Store.Undoing(ctx, u.book)
	for _, in := range all {
		if in.State != push.StateParked {
			result.Waiting++
		}
	}
	return result, err
}

// forgetAccounts takes accounts that an undo has made inactive out of the
// book's choices: before it writes again they are chosen, or made, anew.
func (u *undoing) forgetAccounts(ctx context.Context) error {
	gone := map[receivables.Ref]bool{}
	q := store.JournalQuery{Kinds: []journal.Kind{journal.KindRemoval, journal.KindCreated}}
	err := u.app.Store.Journal(ctx, u.book.Tenant, u.book.ID, q, func(l journal.Line) error {
		e, err := l.Open()
		gone[e.Document] = e.Kind == journal.KindRemoval
		return err
	})
	if err != nil {
		return err
	}
	without := func(kind receivables.Kind, id string) bool { return gone[receivables.Ref{Kind: kind, ID: id}] }
	account := func(_ money.Currency, id string) bool { return without(receivables.KindAccount, id) }
	b := u.book
	a := b.Accounts
	a.Clearing, a.Disputes = maps.Clone(a.Clearing), maps.Clone(a.Disputes)
	maps.DeleteFunc(a.Clearing, account)
	maps.DeleteFunc(a.Disputes, account)
	if account("", a.Fees) {
		a.Fees = ""
	}
	if account("", a.Returned) {
		a.Returned = ""
	}
	if without("contact", a.FeeContact) {
		a.FeeContact = ""
	}
	if without("method", a.Method) {
		a.Method = ""
	}
	b.Accounts = a
	u.book, err = u.app.Connect.SaveBook(ctx, b)
	return err
}
