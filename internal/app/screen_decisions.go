package app

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"tieout/books"
	"tieout/store"
	"tieout/sync/reconcile"
	"tieout/web"
)

// decisionReader reads what waits for a person, and takes answers.
type decisionReader struct{ app *App }

// Decisions are the open questions of all books, the oldest of each first.
func (d decisionReader) Decisions(ctx context.Context, tenant string) ([]web.Decision, error) {
	all, err := d.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Decision
	for _, b := range all {
		open, err := d.app.Store.OpenDecisions(ctx, b.Tenant, b.ID)
		if err != nil {
			return nil, err
		}
		for _, q := range open {
			one := web.Decision{Book: b.ID, BookName: b.Name, ID: q.ID, Kind: q.Kind, About: q.About, Question: q.Question, Page: pageOf(b, q.Subject), Here: reconcile.Answerable(q.Kind)}
			for _, o := range q.Options {
				one.Options = append(one.Options, web.DecisionOption{Key: o.Key, Text: o.Text, Score: o.Score, More: strings.HasSuffix(o.Key, ":")})
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// Exceptions are those of all books.
func (d decisionReader) Exceptions(ctx context.Context, tenant string) ([]web.Exception, error) {
	all, err := d.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	exceptions, err := d.app.Store.OpenExceptions(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.Exception
	seen := map[string]bool{}
	for _, b := range all {
		scopes := append([]string{b.Ledger}, b.Sources...)
		for _, e := range exceptions {
			_, connection, _ := strings.Cut(e.Scope, "/")
			if key := e.Scope + " " + e.Subject + " " + e.Kind; (e.Scope == "book/"+b.ID || slices.Contains(scopes, connection)) && !seen[key] {
				seen[key] = true
				path, door := doorOf(b, e.Kind)
				out = append(out, web.Exception{Book: b.ID, Kind: e.Kind, Text: e.Text, Action: e.Action, Path: path, Door: door, About: pageOf(b, e.Subject)})
			}
		}
		orphans, err := d.app.orphans(ctx, b)
		if err != nil {
			return nil, err
		}
		for _, q := range orphans {
			out = append(out, web.Exception{Book: b.ID, Kind: q.Kind, Text: q.Text, Action: q.Hint, About: pageOf(b, "invoice/"+q.ID)})
		}
	}
	return out, nil
}

// doorOf is the page on which an exception of a kind is solved.
func doorOf(b books.Book, kind string) (path, name string) {
	switch kind {
	case "unknown_destination", "no_clearing_account":
		return setUpPage(b, "accounts"), "Accounts"
	case "no_fee_account", "no_income_account", "no_goodwill_account", "own_invoice", "sales_tax", "topup", "cannot_be_written":
		return "/settings/booking/" + url.PathEscape(b.ID), "Booking rules"
	}
	return "", ""
}

// pageOf is the page of what a question or an exception is about.
func pageOf(b books.Book, subject string) string {
	kind, id, _ := strings.Cut(subject, "/")
	switch {
	case id == "":
		return ""
	case kind == "movement":
		return "/payments/" + url.PathEscape(id) + "?book=" + url.QueryEscape(b.ID)
	case kind == "invoice":
		return "/invoices/" + url.PathEscape(b.Ledger) + "/" + url.PathEscape(id)
	}
	return ""
}

// maxNotWritten bounds what is listed of one book; the others follow when these
// are solved.
const maxNotWritten = 200

// NotWritten are the writes of all books that were set aside.
func (d decisionReader) NotWritten(ctx context.Context, tenant string) ([]web.NotWritten, error) {
	all, err := d.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var out []web.NotWritten
	for _, b := range all {
		list, err := d.app.Store.Parked(ctx, b, maxNotWritten)
		if err != nil {
			return nil, err
		}
		for _, in := range list {
			out = append(out, web.NotWritten{Book: b.ID, BookName: b.Name, ID: in.ID, What: in.Why, Problem: in.Problem})
		}
	}
	return out, nil
}

// Retry has writes tried again by the next run.
func (d decisionReader) Retry(ctx context.Context, tenant, book, id string) (int, error) {
	b, err := d.app.Store.Book(ctx, tenant, book)
	if err != nil {
		return 0, unknown(err)
	}
	ids := []string{id}
	if id == "" {
		list, err := d.app.Store.Parked(ctx, b, maxNotWritten)
		if err != nil {
			return 0, err
		}
		ids = nil
		for _, in := range list {
			ids = append(ids, in.ID)
		}
	}
	return d.app.Store.Retry(ctx, tenant, b.ID, ids, d.app.config.Clock.Now())
}

// Answer records an answer.
func (d decisionReader) Answer(ctx context.Context, tenant, book, id, answer, by string) error {
	err := d.app.Store.AnswerDecision(ctx, tenant, book, id, answer, by, d.app.config.Clock.Now())
	switch {
	case errors.Is(err, store.ErrAnswer):
		return errors.Join(web.ErrNoAnswer, err)
	case errors.Is(err, store.ErrState):
		return errors.Join(web.ErrAnswered, err)
	case errors.Is(err, store.ErrNotFound):
		return errors.Join(web.ErrNotFound, err)
	}
	return err
}

// Withdraw takes an answer back on which nothing has acted.
func (d decisionReader) Withdraw(ctx context.Context, tenant, book, id, by string) error {
	err := d.app.Store.WithdrawAnswer(ctx, tenant, book, id, by, d.app.config.Clock.Now())
	switch {
	case errors.Is(err, store.ErrState):
		return errors.Join(web.ErrActed, err)
	case errors.Is(err, store.ErrNotFound):
		return errors.Join(web.ErrNotFound, err)
	}
	return err
}
