package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tieout/money"
	"tieout/sync/preview"
)

// BookingReader shows what a book's rules do, and changes them.
type BookingReader interface {
	// Rules shows a book's rules with what was filled in, and what that would do
	// to bookings of this book; nothing is written.
	Rules(ctx context.Context, tenant, book string, filled map[string]string) (RulesShown, error)
	// SaveRules saves what was shown under the digest; ErrOtherShown when that is
	// not what would be saved now, ErrSecondPerson when somebody else has to agree
	// first, who is shown the page.
	SaveRules(ctx context.Context, tenant, book string, filled map[string]string, digest, page, by string) error
}

// RulesShown are a book's rules, and what a change of them would do.
type RulesShown struct {
	Groups []RuleGroup
	// Changes are what was filled in otherwise than it stands, in words.
	Changes  []RuleChange
	Examples []RuleExample
	// Problems are words about fields; "" is the form as a whole.
	Problems map[string]string
	// Digest names the change; "" when there is none that can be saved.
	Digest string
}

// RuleGroup are rules that belong together.
type RuleGroup struct {
	Title, Text string
	Fields      []RuleField
	// Folded says that few people need them.
	Folded bool
}

// Wrong says that something in one of the fields is not right.
func (g RuleGroup) Wrong() bool {
	return slices.ContainsFunc(g.Fields, func(f RuleField) bool { return f.Problem != "" })
}

// RuleField is one rule as a field of the form.
type RuleField struct {
	Name, Label, Hint string
	// Kind is "choice" for one of Options, else the type of an input.
	Kind    string
	Value   string
	Options []RuleOption
	Problem string
}

// RuleOption is a value of a choice.
type RuleOption struct{ Key, Text string }

// RuleChange is one rule that would be otherwise.
type RuleChange struct{ Name, Old, New string }

// RuleExample is something of this book with the documents that it has under the
// rules as they stand, and under those that were filled in.
type RuleExample struct {
	// Title says what it is, Detail which one; Path is its page, "" where it has
	// none.
	Title, Detail, Path string
	Amount              money.Money
	Now, Then           []preview.Line
	Same                bool
}

type bookingPage struct {
	view
	tabs
	Books []BookName
	Book  BookName
	RulesShown
	// Filled is what was filled in, as a form sends it again.
	Filled []RuleOption
}

// booking leads to the first book's rules.
func (s *Site) booking(v *Visit) error {
	list, err := s.Readers.Proofs.Books(v.ctx(), v.tenant())
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return s.render(v, "booking", "Booking rules", bookingPage{view: v.view(), tabs: v.tabs()})
	}
	return v.redirect("/settings/booking/" + url.PathEscape(list[0].ID))
}

// bookingOf shows a book's rules, and with what was filled in what that would do.
func (s *Site) bookingOf(v *Visit) error {
	return s.showBooking(v, http.StatusOK, filledIn(v.r.URL.Query()), "")
}

func (s *Site) showBooking(v *Visit, code int, filled map[string]string, problem string) error {
	page := bookingPage{view: v.view(), tabs: v.tabs()}
	var err error
	if page.Book, page.Books, err = s.bookOf(v); err != nil {
		return err
	}
	if page.RulesShown, err = s.Readers.Booking.Rules(v.ctx(), v.tenant(), page.Book.ID, filled); err != nil {
		return err
	}
	if problem != "" {
		page.Problems[""] = problem
	}
	for _, g := range page.Groups {
		for _, f := range g.Fields {
			if value, ok := filled[f.Name]; ok {
				page.Filled = append(page.Filled, RuleOption{f.Name, value})
			}
		}
	}
	if len(page.Problems) > 0 && code == http.StatusOK {
		code = http.StatusUnprocessableEntity
	}
	return s.show(v, code, "booking", "Booking rules", page)
}

// bookingPost saves what was shown, and nothing else.
func (s *Site) bookingPost(v *Visit) error {
	b, _, err := s.bookOf(v)
	if err != nil {
		return err
	}
	digest, here := v.r.PostFormValue("digest"), "/settings/booking/"+url.PathEscape(b.ID)
	filled := filledIn(v.r.PostForm)
	delete(filled, "digest")
	err = s.Readers.Booking.SaveRules(v.ctx(), v.tenant(), b.ID, filled, digest, RulesAddress(b.ID, filled), v.Person.Signature())
	if words, ok := reason(err); ok {
		return s.showBooking(v, http.StatusConflict, filled, words)
	}
	if err != nil {
		return err
	}
	return v.done(here, "The rules are changed. The next run books by them.")
}

// filledIn is what a form has sent, one value for each name.
func filledIn(values url.Values) map[string]string {
	out := map[string]string{}
	for name := range values {
		out[name] = strings.TrimSpace(values.Get(name))
	}
	return out
}

// RulesAddress is the page that shows a book's rules with what was filled in.
func RulesAddress(book string, filled map[string]string) string {
	shown := url.Values{}
	for name, value := range filled {
		shown.Set(name, value)
	}
	return "/settings/booking/" + url.PathEscape(book) + "?" + shown.Encode()
}
