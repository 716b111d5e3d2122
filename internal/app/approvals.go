package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"tieout/books"
	"tieout/people"
	"tieout/store"
	"tieout/sync/monthend"
	"tieout/sync/undo"
	"tieout/web"
)

// PendingApproval is an approval with its book, "" for what concerns all.
type PendingApproval struct {
	Book string `json:"book"`
	monthend.Approval
}

// Approvals are those of all books and of the organisation itself that still
// count, answered or not.
func (a *App) Approvals(ctx context.Context, tenant string) ([]PendingApproval, error) {
	all, err := a.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	list, now := []PendingApproval{}, a.config.Clock.Now()
	for _, b := range append(all, books.Book{Tenant: tenant}) {
		found, err := a.Store.Approvals(ctx, tenant, b.ID)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if now.Sub(one.AskedAt) < monthend.ApprovalLife {
				list = append(list, PendingApproval{b.ID, one})
			}
		}
	}
	return list, nil
}

// grantedShown is how long the pages show who asked that a second person has
// agreed.
const grantedShown = 24 * time.Hour

// approvalReader reads and answers approvals for pages.
type approvalReader struct{ app *App }

// Approvals are those that wait, and those that were granted lately.
func (r approvalReader) Approvals(ctx context.Context, tenant string) ([]web.Approval, error) {
	list, err := r.app.Approvals(ctx, tenant)
	if err != nil {
		return nil, err
	}
	names, err := proofReader(r).Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Approval
	for _, one := range list {
		if one.By != "" && (!one.Granted || r.app.config.Clock.Now().Sub(one.At) > grantedShown) {
			continue
		}
		shown := web.Approval{
			Book: one.Book, ID: one.ID, What: cmp.Or(one.What, one.Subject+" "+one.Digest), Page: one.Page, Need: needOf(one.Subject),
			AskedBy: one.AskedBy, At: one.AskedAt, By: one.By,
			Done: !one.DoneAt.IsZero(), Outcome: one.Outcome,
		}
		for _, b := range names {
			if b.ID == one.Book {
				shown.BookName = b.Name
			}
		}
		out = append(out, shown)
	}
	return out, nil
}

// needOf is what a second person's role must hold: what it takes to do it.
func needOf(subject string) people.Permission {
	switch subject {
	case ApproveUndo:
		return people.Undo
	case ApproveControl:
		return people.Manage
	}
	return people.Connect
}

// Approve takes a second person's word through a page.
func (r approvalReader) Approve(ctx context.Context, tenant string, one web.Approval, granted bool, by string) (web.Carried, error) {
	done, err := r.app.Of(tenant).Approve(ctx, one.Book, one.ID, granted, by)
	switch {
	case errors.Is(err, monthend.ErrSame):
		err = errors.Join(web.ErrSamePerson, err)
	case errors.Is(err, store.ErrState):
		err = errors.Join(web.ErrAnswered, err)
	case errors.Is(err, store.ErrNotFound):
		err = errors.Join(web.ErrNotFound, err)
	}
	return done, err
}

// Approve records a second person's word, and where it is yes does what was asked
// for in the name of both. What cannot be done, since things have changed or a
// vendor refuses, is said in words, for who asked as well; an error is one of
// the answer itself.
func (a *App) Approve(ctx context.Context, book, id string, granted bool, by string) (web.Carried, error) {
	if err := a.Store.AnswerApproval(ctx, a.Tenant, book, id, granted, by, a.config.Clock.Now()); err != nil || !granted {
		return web.Carried{}, err
	}
	all, err := a.Store.Approvals(ctx, a.Tenant, book)
	if err != nil {
		return web.Carried{}, err
	}
	at := slices.IndexFunc(all, func(one monthend.Approval) bool { return one.ID == id })
	if at < 0 || all[at].Proposal == nil {
		return web.Carried{}, nil // asked for by a version that kept no proposal
	}
	failed := a.carryOut(ctx, book, all[at], by)
	out := web.Carried{Done: failed == nil, Why: a.whyNot(failed)}
	// What was done is noted even where nobody waits for the answer any more.
	err = a.Store.ApprovalDone(context.WithoutCancel(ctx), a.Tenant, book, id, out.Why, a.config.Clock.Now())
	if failed != nil && out.Why == unknownReason {
		err = errors.Join(err, failed)
	}
	return out, err
}

// unknownReason stands for what only the log says.
const unknownReason = "Something went wrong. It is approved: who asked for it can do it."

// whyNot says in words why an approved thing was not done; "" where it was.
func (a *App) whyNot(err error) string {
	var wrong web.FieldError
	switch err := inWords(err); {
	case err == nil:
		return ""
	case errors.Is(err, web.ErrSecondPerson):
		return "Another book that it changes waits for its own approval."
	case errors.Is(err, web.ErrOtherShown):
		return "Something has changed since it was asked for: who asked has to look at it again."
	case errors.As(err, &wrong):
		return wrong.Text
	}
	for _, known := range []error{errMayNoMore, web.ErrBusy, undo.ErrUnderWay, undo.ErrScope, ErrNoWrites, ErrNotRead} {
		if errors.Is(err, known) {
			return sentenceOf(known.Error())
		}
	}
	return unknownReason
}
