package app

import (
	"context"
	"errors"

	"tieout/books"
	"tieout/sync/monthend"
)

// The subjects that a second person approves where the installation wants one.
const (
	ApprovePreview  = "preview"
	ApproveCutover  = "cutover"
	ApproveAccounts = "accounts"
	ApproveUndo     = "undo"
	ApproveControl  = "control"
)

// ErrSecond says that a second person has been asked first.
var ErrSecond = errors.New("waits for a second person")

// SecondPerson lets through what a second person has approved, or where the
// installation wants none. Otherwise it asks, and gives ErrSecond. who asks;
// digest names exactly what was shown.
func (a *App) SecondPerson(ctx context.Context, b books.Book, subject, digest, who string) error {
	control, err := a.Store.Control(ctx, b.Tenant)
	if err != nil || !control.FourEyes {
		return err
	}
	approved, err := a.Store.Approved(ctx, b.Tenant, b.ID, subject, digest, a.config.Clock.Now())
	if err != nil || approved {
		return err
	}
	wanted := monthend.Approval{ID: a.ids.next(), Subject: subject, Digest: digest, AskedBy: who, AskedAt: a.config.Clock.Now()}
	if err := a.Store.AskApproval(ctx, b.Tenant, b.ID, wanted); err != nil {
		return err
	}
	return ErrSecond
}
