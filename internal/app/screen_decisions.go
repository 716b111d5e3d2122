package app

import (
	"context"
	"errors"
	"strings"

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
			one := web.Decision{Book: b.ID, BookName: b.Name, ID: q.ID, Kind: q.Kind, Text: q.Question, Here: reconcile.Answerable(q.Kind)}
			for _, o := range q.Options {
				one.Options = append(one.Options, web.DecisionOption{Key: o.Key, Text: o.Text, Score: o.Score, More: strings.HasSuffix(o.Key, ":")})
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// Exceptions are those of all books, writes that were set aside among them.
func (d decisionReader) Exceptions(ctx context.Context, tenant string) ([]web.Question, error) {
	all, err := d.app.Store.Books(ctx, tenant)
	if err != nil {
		return nil, err
	}
	var status web.BookStatus
	for _, b := range all {
		if err := d.app.waiting(ctx, b, &status); err != nil {
			return nil, err
		}
		if err := d.app.questions(ctx, b, &status); err != nil {
			return nil, err
		}
	}
	return status.Exceptions, nil
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
