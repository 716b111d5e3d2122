package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"tieout/books"
	"tieout/connectors"
	"tieout/internal/app"
	"tieout/store"
)

// opened is an installation that a command works on.
type opened struct{ *app.App }

// connection finds a connection by its id; an unknown id is answered with
// those that there are.
func (o opened) connection(ctx context.Context, id string) (books.Connection, error) {
	found, err := o.Store.Connection(ctx, o.Tenant, id)
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	all, err := o.Store.Connections(ctx, o.Tenant)
	if err != nil {
		return found, err
	}
	if len(all) == 0 {
		return found, fmt.Errorf("there is no connection %q, nor any other: start with tieout connect", id)
	}
	lines := make([]string, len(all))
	for i, c := range all {
		lines[i] = fmt.Sprintf("  %s  %s %s (%s)", c.ID, c.Vendor, c.Profile.Name, c.ExternalID)
	}
	return found, fmt.Errorf("there is no connection %q; there are:\n%s", id, strings.Join(lines, "\n"))
}

// book finds a book by its id; an unknown id is answered with those that
// there are.
func (o opened) book(ctx context.Context, id string) (books.Book, error) {
	found, err := o.Store.Book(ctx, o.Tenant, id)
	if !errors.Is(err, store.ErrNotFound) {
		return found, err
	}
	all, err := o.Store.Books(ctx, o.Tenant)
	if err != nil {
		return found, err
	}
	if len(all) == 0 {
		return found, fmt.Errorf("there is no book %q, nor any other: make one with tieout book new", id)
	}
	lines := make([]string, len(all))
	for i, b := range all {
		lines[i] = fmt.Sprintf("  %s  %s", b.ID, b.Name)
	}
	return found, fmt.Errorf("there is no book %q; there are:\n%s", id, strings.Join(lines, "\n"))
}

// next says what the installation's next step is, with its ids; nothing when
// everything is set up.
func (c console) next(ctx context.Context, a *app.App) error {
	hint, err := nextStep(ctx, a)
	if err == nil && hint != "" {
		c.say("Next: %s", hint)
	}
	return err
}

func nextStep(ctx context.Context, a *app.App) (string, error) {
	connections, err := a.Store.Connections(ctx, a.Tenant)
	if err != nil {
		return "", err
	}
	all, err := a.Store.Books(ctx, a.Tenant)
	if err != nil {
		return "", err
	}
	for _, b := range all {
		if hint := bookStep(b, connections); hint != "" {
			return hint, nil
		}
	}
	return freeStep(a, connections, all), nil
}

// freeStep is for connections that no book has yet.
func freeStep(a *app.App, connections []books.Connection, all []books.Book) string {
	var ledgers, sources []string
	for _, c := range connections {
		if slices.ContainsFunc(all, func(b books.Book) bool { return b.Ledger == c.ID || slices.Contains(b.Sources, c.ID) }) {
			continue
		}
		if v, ok := a.Vendors[c.Vendor]; ok && v.Role() == connectors.RoleLedger {
			ledgers = append(ledgers, c.ID)
		} else {
			sources = append(sources, c.ID)
		}
	}
	switch {
	case len(connections) == 0:
		return "tieout connect quickbooks (or xero, or stripe)"
	case len(ledgers) > 0 && len(sources) > 0:
		return fmt.Sprintf("tieout book new --ledger %s --stripe %s", ledgers[0], sources[0])
	case len(ledgers) > 0:
		return "tieout connect stripe"
	case len(sources) > 0:
		return "tieout connect quickbooks, or tieout connect xero"
	}
	return ""
}

// bookStep is the next step in setting up a book.
func bookStep(b books.Book, connections []books.Connection) string {
	for _, c := range connections {
		if (c.ID == b.Ledger || slices.Contains(b.Sources, c.ID)) && c.Fresh == nil {
			return "tieout sync (reads everything, writes nothing)"
		}
	}
	switch {
	case len(b.Accounts.Clearing) == 0 || b.Accounts.Fees == "":
		return fmt.Sprintf("tieout book accounts %s (shows what is missing; --create makes it)", b.ID)
	case b.CutOver == nil:
		return fmt.Sprintf("tieout book cutover %s --day YYYY-MM-DD (shows the opening figures; --confirm confirms them)", b.ID)
	case !b.Writes:
		return fmt.Sprintf("tieout preview --book %s (shows what would be written), then tieout book writes %s on --confirm DIGEST", b.ID, b.ID)
	}
	return ""
}
