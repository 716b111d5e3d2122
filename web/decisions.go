package web

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"tieout/sync/reconcile"
)

// DecisionReader gives what waits for a person, and takes answers.
type DecisionReader interface {
	Decisions(ctx context.Context, tenant string) ([]Decision, error)
	// Exceptions are what cannot be booked or read, each with its one action.
	Exceptions(ctx context.Context, tenant string) ([]Exception, error)
	// NotWritten are writes that a vendor has refused and that were set aside.
	NotWritten(ctx context.Context, tenant string) ([]NotWritten, error)
	// Retry has one of them tried again, or all of a book's for "", and says how
	// many those are.
	Retry(ctx context.Context, tenant, book, id string) (int, error)
	// Answer records an answer; ErrAnswered when somebody was faster, ErrNoAnswer
	// when it is none of the options.
	Answer(ctx context.Context, tenant, book, id, answer, by string) error
	// Withdraw takes an answer back; ErrActed once something has acted on it.
	Withdraw(ctx context.Context, tenant, book, id, by string) error
}

// Errors of a DecisionReader.
var (
	ErrAnswered = errors.New("this question has been answered already")
	ErrNoAnswer = errors.New("this is none of the answers")
	ErrActed    = errors.New("the answer has been acted on already")
)

// Decision is a question with its answers.
type Decision struct {
	Book, BookName string
	ID, Kind       string
	// About says in words which movement it is about; "" where Question does.
	About, Question string
	// Page is that of what it is about; "" where there is none.
	Page string
	// Here says that it is answered here; any other closes by itself once it is
	// settled in the ledger or in Stripe.
	Here    bool
	Options []DecisionOption
}

// Label says in a few words what kind of question it is.
func (d Decision) Label() string {
	labels := map[string]string{
		reconcile.DecideMatch: "Which invoice", reconcile.DecideOverpaid: "Paid too much", reconcile.DecideAdopt: "Entered already", reconcile.DecidePayer: "Who paid",
		reconcile.DecideRemoved: "Removed in the ledger", reconcile.DecideChanged: "Changed in the ledger", reconcile.DecideLinkRemoved: "Link removed",
		reconcile.DecideMirror: "The same invoice", reconcile.DecideBooking: "How to book it", reconcile.DecideClosed: "Closed period", reconcile.DecideWriter: "Another program",
	}
	return cmp.Or(labels[d.Kind], words(d.Kind))
}

// Exception is something that cannot be booked or read.
type Exception struct {
	Book, Kind, Text string
	// Action is the one thing that solves it, in words; Path and Door are the
	// page where it is done and its name, "" where that is not one of ours.
	Action, Path, Door string
	// About is the page of what it is about; "" where there is none.
	About string
}

// NotWritten is a write that was set aside.
type NotWritten struct {
	Book, BookName, ID string
	// What would be written, and what was in the way.
	What, Problem string
}

// DecisionOption is one answer.
type DecisionOption struct {
	Key, Text string
	// Score ranks suggestions, 0 to 100.
	Score int
	// More says that something has to be typed behind the key, such as an
	// account's id.
	More bool
}

// lastAnswer is what the key "u" takes back.
type lastAnswer struct{ Book, ID, Text string }

type decisionsPage struct {
	view
	Decisions []Decision
	// More is how many questions follow those that are shown.
	More       int
	Exceptions []Exception
	Approvals  []Approval
	NotWritten []NotWritten
	Last       lastAnswer
	Problem    string
	// Said is a word about what was just done.
	Said string
}

// pageQuestions is how many questions a page shows; the others move up as these
// are answered.
const pageQuestions = 100

// keyAnswer is where a session keeps the last answer, as book, id and text.
const keyAnswer = "answer"

func (s *Site) decisionsPage(v *Visit) (decisionsPage, error) {
	page := decisionsPage{view: v.view()}
	var err error
	if page.Decisions, err = s.Readers.Decisions.Decisions(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	page.More = max(len(page.Decisions)-pageQuestions, 0)
	page.Decisions = page.Decisions[:len(page.Decisions)-page.More]
	if page.Exceptions, err = s.Readers.Decisions.Exceptions(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	if page.NotWritten, err = s.Readers.Decisions.NotWritten(v.ctx(), v.tenant()); err != nil {
		return page, err
	}
	if page.Approvals, err = s.approvals(v); err != nil {
		return page, err
	}
	if last := strings.SplitN(s.sessions.GetString(v.ctx(), keyAnswer), "\n", 3); len(last) == 3 {
		page.Last = lastAnswer{last[0], last[1], last[2]}
	}
	return page, nil
}

// decisions is the list of what waits for a person.
func (s *Site) decisions(v *Visit) error {
	page, err := s.decisionsPage(v)
	if err != nil {
		return err
	}
	return s.render(v, "decisions", "Decisions", page)
}

// decided shows the list anew, with a word about what was done: at once where the
// script asks for it, else after a redirect.
func (s *Site) decided(v *Visit, said string, problem error) error {
	words := ""
	switch {
	case errors.Is(problem, ErrAnswered):
		words = "Somebody else has answered this question meanwhile."
	case errors.Is(problem, ErrNoAnswer):
		words = "This is none of the answers. If an account was asked for, its id is needed as the ledger has it."
	case errors.Is(problem, ErrSamePerson):
		words = "You have asked for this yourself: another person has to approve it."
	case errors.Is(problem, ErrActed):
		words = "This answer has been acted on already: take back what it did under Journal."
	case problem != nil:
		return problem
	}
	if words == "" && v.r.Header.Get(fragmentHeader) == "" {
		if said != "" {
			return v.done("/decisions", said)
		}
		return v.redirect("/decisions")
	}
	page, err := s.decisionsPage(v)
	if err != nil {
		return err
	}
	page.Problem, page.Said = words, said
	return s.render(v, "decisions", "Decisions", page)
}

func (s *Site) decisionAnswer(v *Visit) error {
	book, id, answer := v.r.PostFormValue("book"), v.r.PostFormValue("id"), v.r.PostFormValue("answer")
	if strings.HasSuffix(answer, ":") {
		answer += strings.TrimSpace(v.r.PostFormValue("more"))
	}
	open, err := s.Readers.Decisions.Decisions(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	text := ""
	for _, d := range open {
		if d.Book == book && d.ID == id {
			text = cmp.Or(d.About, d.Question)
		}
	}
	err = s.Readers.Decisions.Answer(v.ctx(), v.tenant(), book, id, answer, v.Person.Name)
	if err == nil {
		s.sessions.Put(v.ctx(), keyAnswer, book+"\n"+id+"\n"+text)
	}
	return s.decided(v, "", err)
}

func (s *Site) decisionWithdraw(v *Visit) error {
	err := s.Readers.Decisions.Withdraw(v.ctx(), v.tenant(), v.r.PostFormValue("book"), v.r.PostFormValue("id"), v.Person.Name)
	if err == nil || errors.Is(err, ErrActed) {
		s.sessions.Remove(v.ctx(), keyAnswer)
	}
	return s.decided(v, "", err)
}

// retry has what was set aside tried again.
func (s *Site) retry(v *Visit) error {
	n, err := s.Readers.Decisions.Retry(v.ctx(), v.tenant(), v.r.PostFormValue("book"), v.r.PostFormValue("id"))
	if err != nil {
		return err
	}
	said := "The next run tries " + plural(n, "write", "writes") + " again, planned anew with the accounts and customers of today."
	if n == 0 {
		said = "It has been tried again already."
	}
	if v.r.Header.Get(fragmentHeader) == "" {
		return v.done("/decisions", said)
	}
	page, err := s.decisionsPage(v)
	page.Said = said
	if err != nil {
		return err
	}
	return s.render(v, "decisions", "Decisions", page)
}
