package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tieout/people"
	"tieout/sync/mail"
)

// SendMail sends the e-mails that are due, of all organisations.
func (a *App) SendMail(ctx context.Context) error {
	if a.config.Mail == nil {
		return nil
	}
	p := &mail.Post{Store: a.Store, Server: *a.config.Mail, Holder: a.watcher, Now: a.config.Clock.Now, Compose: a.compose}
	return p.Round(ctx)
}

// letters are what is mailed to people. Links in them begin with the configured
// address and never with one that a request claims to have come to; without one
// there are none.
func (a *App) letters() people.Letters {
	if a.config.Mail == nil || a.config.PublicURL == "" {
		return nil
	}
	return letters{a}
}

type letters struct{ app *App }

// Reset stores what was asked for: whether somebody has the address shows only
// when it is sent, to nobody else.
func (l letters) Reset(ctx context.Context, email, from string) error {
	now := l.app.config.Clock.Now()
	return l.app.Store.AddMail(ctx, mail.Mail{ID: l.app.ids.next(), Kind: mail.KindReset, To: email, Body: from, NotBefore: now, CreatedAt: now})
}

// compose writes a mail of a kind.
func (a *App) compose(ctx context.Context, m mail.Mail) (mail.Mail, error) {
	if m.Kind != mail.KindReset || a.config.PublicURL == "" {
		return m, fmt.Errorf("app: a mail of the kind %q cannot be written by a process without --public-url", m.Kind)
	}
	person, err := a.Store.PersonByEmail(ctx, m.To)
	if errors.Is(err, people.ErrNotFound) {
		return m, mail.ErrNobody
	}
	if err != nil {
		return m, err
	}
	// It goes to the address as the person has given it, never as it was typed in:
	// two that are found as one may be two people's to a mail server.
	m.To = person.Email
	token, err := a.People.ResetTicket(ctx, person.Email, "mail", m.Body)
	if err != nil {
		return m, err
	}
	m.Subject = "Tieout: a new password"
	m.Body = fmt.Sprintf("Somebody, at %s, has asked for a new password for this address.\n\nChoose it here, once, within an hour:\n%s/reset?token=%s\n\n"+
		"All devices have to sign in again then. If it was not you, do nothing: your password stays as it is.\n", m.Body, strings.TrimSuffix(a.config.PublicURL, "/"), token)
	return m, nil
}
