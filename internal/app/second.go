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
}

// SecondPerson lets through what a second person has approved, or where the
// installation wants none. Otherwise it asks, and gives ErrSecond.
func (a *App) SecondPerson(ctx context.Context, b books.Book, ask Ask) error {
	control, err := a.Store.Control(ctx, b.Tenant)
	if err != nil || !control.FourEyes {
		return err
	}
	approved, err := a.Store.Approved(ctx, b.Tenant, b.ID, ask.Subject, ask.Digest, a.config.Clock.Now())
	if err != nil || approved {
		return err
	}
	wanted := monthend.Approval{ID: a.ids.next(), Subject: ask.Subject, Digest: ask.Digest, What: ask.What, Page: ask.Page, AskedBy: ask.Who, AskedAt: a.config.Clock.Now()}
	if err := a.Store.AskApproval(ctx, b.Tenant, b.ID, wanted); err != nil {
		return err
	}
	return fmt.Errorf("%s (%s) %w", ask.Subject, ask.Digest, ErrSecond)
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

// secondOnPages is SecondPerson for what is asked on the pages.
func (a *App) secondOnPages(ctx context.Context, b books.Book, ask Ask) error {
	err := a.SecondPerson(ctx, b, ask)
	if errors.Is(err, ErrSecond) {
		err = errors.Join(web.ErrSecondPerson, err)
	}
	return err
}
