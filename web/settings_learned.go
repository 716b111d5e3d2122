package web

import (
	"context"
	"time"
)

// LearnedKeeper keeps what was learned from confirmed bank lines.
type LearnedKeeper interface {
	// Learned are the rules of all books, the newest first.
	Learned(ctx context.Context, tenant string) ([]Learned, error)
	// Forget removes one. What was matched by it stays.
	Forget(ctx context.Context, tenant, book, id string) error
}

// Learned is a rule that came out of a person's confirmation.
type Learned struct {
	Book, BookName string
	ID             string
	// Kind is "alias" or "habit", Why says it in words.
	Kind, Why string
	// Customer is the name, Path the customer's page.
	Customer, Path string
	By             string
	At             time.Time
}

type learnedPage struct {
	view
	tabs
	Rules []Learned
}

// learned is the page of what was learned.
func (s *Site) learned(v *Visit) error {
	list, err := s.Readers.Learned.Learned(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	return s.render(v, "learned", "Learned rules", learnedPage{view: v.view(), tabs: v.tabs(), Rules: list})
}

func (s *Site) learnedForget(v *Visit) error {
	if err := s.Readers.Learned.Forget(v.ctx(), v.tenant(), v.r.PostFormValue("book"), v.r.PostFormValue("id")); err != nil {
		return err
	}
	return v.done("/settings/learned", "It is forgotten. What was matched by it stays.")
}
