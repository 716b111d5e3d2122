package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"tieout/books"
	"tieout/sync/monthend"
	"tieout/sync/schedule"
	"tieout/web"
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

// Ask is what a second person is asked.
type Ask struct {
	// Subject is one of those above, Digest names exactly what was shown.
	Subject, Digest string
	// What says it in words, Page is the address of the page that shows it.
	What, Page string
	Who        string
	// Do is done as soon as the second person has said yes.
	Do proposal
}

// SecondPerson lets through what a second person has approved, or where the
// installation wants none. Otherwise it asks, and gives ErrSecond. While an
// approval is carried out nothing is asked: what is not what was approved is
// ErrConfirm.
func (a *App) SecondPerson(ctx context.Context, b books.Book, ask Ask) error {
	approval, carrying := ctx.Value(carryingKey{}).(monthend.Approval)
	if carrying && (approval.Subject != ask.Subject || approval.Digest != ask.Digest) {
		return ErrConfirm
	}
	control, err := a.Store.Control(ctx, b.Tenant)
	if err != nil || !control.FourEyes {
		return err
	}
	approved, err := a.Store.Approved(ctx, b.Tenant, b.ID, ask.Subject, ask.Digest, a.config.Clock.Now())
	if err != nil || approved {
		return err
	}
	if !carrying {
		err = a.ask(ctx, b, ask)
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s (%s) %w", ask.Subject, ask.Digest, ErrSecond)
}

// ask puts something before a second person.
func (a *App) ask(ctx context.Context, b books.Book, ask Ask) error {
	wanted := monthend.Approval{ID: a.ids.next(), Subject: ask.Subject, Digest: ask.Digest, What: ask.What, Page: ask.Page, AskedBy: ask.Who, AskedAt: a.config.Clock.Now()}
	var err error
	if wanted.Proposal, err = keep(ask.Do); err != nil {
		return err
	}
	return a.Store.AskApproval(ctx, b.Tenant, b.ID, wanted)
}

// DigestOf names exactly what was shown.
func DigestOf(shown any) (string, error) {
	text, err := json.Marshal(shown)
	if err != nil {
		return "", fmt.Errorf("app: name what was shown: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:6]), nil
}

// forPages says in the pages' words that a second person was asked, that
// something else was confirmed than would be done, or that somebody else is at
// work there.
func forPages(err error) error {
	switch {
	case errors.Is(err, ErrSecond):
		return errors.Join(web.ErrSecondPerson, err)
	case errors.Is(err, ErrConfirm):
		return errors.Join(web.ErrOtherShown, err)
	case errors.Is(err, schedule.ErrBusy):
		return errors.Join(web.ErrBusy, err)
	}
	return err
}
