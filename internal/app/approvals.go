package app

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tieout/books"
	"tieout/people"
	"tieout/store"
	"tieout/sync/monthend"
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

// Approve records a second person's word.
func (r approvalReader) Approve(ctx context.Context, tenant string, one web.Approval, granted bool, by string) error {
	err := r.app.Store.AnswerApproval(ctx, tenant, one.Book, one.ID, granted, by, r.app.config.Clock.Now())
	switch {
	case errors.Is(err, monthend.ErrSame):
		return errors.Join(web.ErrSamePerson, err)
	case errors.Is(err, store.ErrState):
		return errors.Join(web.ErrAnswered, err)
	case errors.Is(err, store.ErrNotFound):
		return errors.Join(web.ErrNotFound, err)
	}
	return err
}
