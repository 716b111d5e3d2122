package web

import (
	"context"
	"errors"
	"time"

	"tieout/people"
	"tieout/sync/monthend"
)

// ApprovalReader gives what waits for a second person, and takes the answers.
type ApprovalReader interface {
	// Approvals are those that wait, and those that were granted lately, of all
	// books.
	Approvals(ctx context.Context, tenant string) ([]Approval, error)
	// Approve records a second person's word, and where it is yes has done what
	// was asked for; ErrSamePerson from whoever asked, ErrAnswered when it is
	// answered already or too old.
	Approve(ctx context.Context, tenant string, a Approval, granted bool, by string) (Carried, error)
}

// Carried is what came of an approval.
type Carried struct {
	// Done says that what was asked for has been done, Why in words what was in
	// the way; neither of a refusal, nor where who asked does it.
	Done bool
	Why  string
}

// Said is the outcome for whoever has approved.
func (c Carried) Said() string {
	switch {
	case c.Done:
		return "Approved, and done."
	case c.Why != "":
		return "Approved, but not done. " + c.Why
	}
	return ""
}

// ErrSamePerson says that nobody approves what he or she has asked for.
var ErrSamePerson = errors.New("another person than the one who asked has to approve")

// Approval is something that one person wants and a second one has to agree to.
type Approval struct {
	// Book is "" for what concerns all of the organisation.
	Book, BookName string
	ID             string
	// What says in words what would be done; Page is where it is shown, "" when
	// it was asked for on the command line.
	What, Page string
	// Need is what the second person's role must hold.
	Need    people.Permission
	AskedBy string
	At      time.Time
	// By has granted it; "" while it waits. Done says that it has been done,
	// Outcome why it was not.
	By      string
	Done    bool
	Outcome string
	// Mine says that the reader has asked for it, Open that the reader may
	// answer.
	Mine, Open bool
}

// About names what was asked for and by whom.
func (a Approval) About() string { return a.What + ", asked for by " + a.AskedBy }

// approvals are those that the reader of a page may see: all that wait, and of
// those that were granted his or her own.
func (s *Site) approvals(v *Visit) ([]Approval, error) {
	all, err := s.Readers.Approvals.Approvals(v.ctx(), v.tenant())
	var out []Approval
	for _, a := range all {
		a.Mine = monthend.Same(a.AskedBy, v.Person.Signature())
		a.Open = !a.Mine && a.By == "" && v.Member.Role.May(a.Need)
		if a.By == "" || a.Mine {
			out = append(out, a)
		}
	}
	return out, err
}

// ApprovalOf finds what a person is to answer: ErrAnswered where nothing of this
// id waits any more, ErrSamePerson for whoever asked. may says what the person
// may do.
func ApprovalOf(all []Approval, book, id, signature string, may func(people.Permission) bool) (Approval, error) {
	for _, a := range all {
		switch {
		case a.ID != id || a.Book != book || a.By != "":
			continue
		case monthend.Same(a.AskedBy, signature):
			return a, ErrSamePerson
		case !may(a.Need):
			return a, ErrForbidden
		}
		return a, nil
	}
	return Approval{}, ErrAnswered
}

// approve takes a second person's word, for what the person's role may do.
func (s *Site) approve(v *Visit) error {
	all, err := s.Readers.Approvals.Approvals(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	a, err := ApprovalOf(all, v.r.PostFormValue("book"), v.r.PostFormValue("id"), v.Person.Signature(), v.Member.Role.May)
	if errors.Is(err, ErrForbidden) {
		return err
	}
	var done Carried
	v.about = a.About()
	if err == nil {
		done, err = s.Readers.Approvals.Approve(v.ctx(), v.tenant(), a, v.r.PostFormValue("answer") == "yes", v.Person.Signature())
	}
	return s.decided(v, done.Said(), err)
}
