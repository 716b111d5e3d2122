package main

import (
	"context"
	"errors"
	"fmt"

	"tieout/store"
	"tieout/sync/reconcile"
)

type decideCommand struct {
	Question string `arg:"" optional:"" help:"Id of the question; without it the open questions are listed."`
	Answer   string `arg:"" optional:"" help:"Key of the answer, as the list shows it."`
	As       string `placeholder:"NAME" help:"Who decides; the decision keeps the name. Default: the user of this machine."`
	JSON     bool   `name:"json" help:"Print the questions as JSON."`
}

// question is an open decision with its book.
type question struct {
	ID   string `json:"id"`
	Book string `json:"book"`
	Kind string `json:"kind"`
	// About says in words which movement it is about; "" where Text does.
	About string `json:"about,omitempty"`
	Text  string `json:"question"`
	// Here says that an answer given here is acted on.
	Here    bool               `json:"answerable"`
	Options []reconcile.Option `json:"options"`
}

// Run lists the questions, or answers one.
func (k *decideCommand) Run(ctx context.Context, g *Global, c console) error {
	if k.Question != "" && k.Answer == "" {
		return usagef("say the answer too: tieout decide shows the keys")
	}
	return g.with(ctx, c, func(a opened) error {
		open, err := a.questions(ctx)
		switch {
		case err != nil:
			return err
		case k.Question != "":
			return k.answer(ctx, a, c, open)
		case k.JSON:
			return c.json(open)
		}
		listQuestions(c, open)
		return nil
	})
}

// questions are the open ones of all books, oldest first within a book.
func (o opened) questions(ctx context.Context) ([]question, error) {
	all, err := o.Store.Books(ctx, o.Tenant)
	if err != nil {
		return nil, err
	}
	open := []question{}
	for _, b := range all {
		decisions, err := o.Store.OpenDecisions(ctx, b.Tenant, b.ID)
		if err != nil {
			return nil, err
		}
		for _, d := range decisions {
			open = append(open, question{ID: d.ID, Book: b.ID, Kind: d.Kind, About: d.About, Text: d.Question, Here: reconcile.Answerable(d.Kind), Options: d.Options})
		}
	}
	return open, nil
}

func listQuestions(c console, open []question) {
	if len(open) == 0 {
		c.say("No question is open.")
		return
	}
	for _, q := range open {
		c.say("%s", q.ID)
		if q.About != "" {
			c.say("  %s", q.About)
		}
		c.say("  %s", q.Text)
		if !q.Here {
			c.say("  (settled in the ledger or in Stripe; it closes by itself)")
			continue
		}
		for _, o := range q.Options {
			c.say("    %s: %s", o.Key, o.Text)
		}
	}
	c.say("Answer with: tieout decide QUESTION KEY")
}

func (k *decideCommand) answer(ctx context.Context, a opened, c console, open []question) error {
	for _, q := range open {
		if q.ID != k.Question {
			continue
		}
		if !q.Here {
			return fmt.Errorf("%s is settled in the ledger or in Stripe, not here: %s", q.ID, q.Text)
		}
		if len(q.Options) == 0 {
			return fmt.Errorf("no invoice fits what %s asks about: enter the payment in the ledger, or refund it in Stripe", q.ID)
		}
		who, err := person(k.As)
		if err != nil {
			return err
		}
		err = a.Store.AnswerDecision(ctx, a.Tenant, q.Book, q.ID, k.Answer, who, a.Connect.Now())
		if errors.Is(err, store.ErrAnswer) {
			return fmt.Errorf("%q is no answer to %s; tieout decide shows the keys", k.Answer, q.ID)
		}
		if err == nil {
			c.say("Answered by %s. The next sync acts on it.", who)
		}
		return err
	}
	return fmt.Errorf("there is no open question %q; tieout decide lists those that there are", k.Question)
}
