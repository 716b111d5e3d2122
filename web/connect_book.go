package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"tieout/money"
	"tieout/receivables"
	"tieout/sync/preview"
)

// BookMaker sets books up, step by step. Where a step stands is read from what
// is stored, so that it can be left and come back to. A FieldError says what
// cannot be done; ErrSecondPerson that somebody else has to agree first, and
// ErrOtherShown that something else was confirmed than was shown.
type BookMaker interface {
	BookStates(ctx context.Context, tenant string) ([]BookState, error)
	// NewBook joins a ledger and its processors' accounts; demo allows money for
	// tests in a ledger that is real.
	NewBook(ctx context.Context, tenant, ledger string, sources []string, demo bool, by string) (id string, err error)
	Accounts(ctx context.Context, tenant, book string) (AccountsShown, error)
	// ChooseAccounts takes the choices by their places' keys, as connect.Take.
	ChooseAccounts(ctx context.Context, tenant, book string, choices map[string]string, by string) error
	CutOver(ctx context.Context, tenant, book string, start Start) (CutOverShown, error)
	// ConfirmCutOver takes what was shown under the digest; counters are the
	// accounts, by currency, that take the other side of a document over what is
	// missing.
	ConfirmCutOver(ctx context.Context, tenant, book string, start Start, digest string, counters map[money.Currency]string, by string) error
	FirstWrites(ctx context.Context, tenant, book string) (FirstWrites, error)
	// Switch lets the book write what was shown under the digest, or stops it.
	Switch(ctx context.Context, tenant, book string, on bool, digest, by string) error
}

// BookState is how far the set-up of a book is.
type BookState struct {
	ID, Name string
	Ledger   Connection
	Sources  []Connection
	// Accounts says that all that a book needs is chosen.
	Accounts bool
	CutOver  *time.Time
	Writes   bool
}

// Read says that all its connections were read once.
func (b BookState) Read() bool {
	for _, c := range append([]Connection{b.Ledger}, b.Sources...) {
		if c.Fresh == nil {
			return false
		}
	}
	return true
}

// Next is the step that the book waits at.
func (b BookState) Next() string {
	switch {
	case !b.Accounts:
		return stepAccounts
	case b.CutOver == nil:
		return stepCutOver
	case !b.Writes:
		return stepWrites
	}
	return ""
}

// The steps of a set-up, as their addresses end.
const (
	stepConnect  = "connect"
	stepAccounts = "accounts"
	stepCutOver  = "cutover"
	stepWrites   = "writes"
)

// step is a place in the set-up.
type step struct {
	Name, Path string
	Done, Here bool
}

// stepsOf are the steps of a book; nil before there is one.
func stepsOf(b *BookState, here string) []step {
	out := []step{{Name: "Connect", Path: "/connect", Done: b != nil, Here: here == stepConnect}}
	for _, s := range []step{{Name: "Accounts", Path: stepAccounts}, {Name: "Beginning", Path: stepCutOver}, {Name: "First writes", Path: stepWrites}} {
		s.Here = here == s.Path
		if b == nil {
			s.Path = ""
			out = append(out, s)
			continue
		}
		s.Done = map[string]bool{stepAccounts: b.Accounts, stepCutOver: b.CutOver != nil, stepWrites: b.Writes}[s.Path]
		s.Path = bookPath(b.ID, s.Path)
		out = append(out, s)
	}
	return out
}

func bookPath(id, step string) string { return "/connect/book/" + id + "/" + step }

// AccountsShown are the places of a book with what may be chosen for each.
type AccountsShown struct {
	Places []AccountPlace
	// Missing is what only a person can choose, in words.
	Missing []string
}

// AccountPlace is one thing of the ledger that a book writes to.
type AccountPlace struct {
	Key, Use string
	Currency money.Currency
	// Destination is Stripe's id of the one account that the place is for, and
	// Called what people know it as; Payouts is how many went there, Last the day
	// of the newest. Sole says that the place is the bank of the whole currency,
	// of which the destination is the only one.
	Destination, Called string
	Payouts             int
	Last                receivables.Date
	Sole                bool
	// Unknown says that nobody has chosen a bank for the destination: its payouts
	// wait.
	Unknown bool
	// Chosen is the account's id; "" for none. Name is its name.
	Chosen, Name string
	// Made is what would be made; "" when nothing would.
	Made string
	// Listed says that it is chosen from the chart of accounts.
	Listed, Optional bool
	Accounts         []AccountOption
}

// AccountOption is an account that fits.
type AccountOption struct{ ID, Name string }

// Title says what the place is for.
func (p AccountPlace) Title() string {
	if p.Destination != "" && !p.Sole {
		return "Payouts to " + p.Called
	}
	title := map[string]string{
		"clearing": "Stripe clearing", "bank": "Bank that payouts arrive on", "fees": "Stripe’s fees", "disputes": "Disputed money",
		"returned": "Returned payments", "receivable": "Receivables", "contact": "Supplier for fees", "method": "Payment method",
	}[p.Use]
	if title == "" {
		return words(p.Use)
	}
	return title
}

// Without says what it means to choose nothing.
func (p AccountPlace) Without() string {
	if p.Destination == "" {
		return "None for now"
	}
	return "None: its payouts wait for a person"
}

// Why says what is booked there.
func (p AccountPlace) Why() string {
	switch {
	case p.Sole:
		return "Payouts are booked as transfers from the clearing account to it. " + p.paid()
	case p.Destination != "":
		return p.paid()
	}
	return map[string]string{
		"clearing":   "Payments arrive here, fees and payouts leave it: its balance is Stripe’s balance.",
		"bank":       "Payouts are booked as transfers from the clearing account to it.",
		"fees":       "An expense account.",
		"disputes":   "A current asset: what is disputed is yours until it is lost.",
		"returned":   "An asset that returned debits go over.",
		"receivable": "Payments that come back are owed here again.",
		"contact":    "Fees are owed to it.",
		"method":     "Stands on each receipt.",
	}[p.Use]
}

// paid says what went to the destination, and whether it waits.
func (p AccountPlace) paid() string {
	text := plural(p.Payouts, "payout", "payouts")
	if p.Sole {
		text = "Stripe pays out to " + p.Called + ": " + text
	}
	text += ", the last of " + p.Last.Words() + ". "
	if p.Unknown && p.Chosen != "" {
		return text + "Nobody has said yet that it is this account of the ledger: its payouts wait until it is confirmed here."
	}
	if p.Unknown {
		return text + "Its payouts wait until it is chosen. Stripe shows the account under Settings, Payouts."
	}
	return text + "Stripe shows the account under Settings, Payouts."
}

// Start is what a book begins with: a day, or a payout by its id.
type Start struct {
	Day    receivables.Date
	Payout string
}

// CutOverShown is a beginning with what a person has to see of it.
type CutOverShown struct {
	Start
	// Begun is what the book begins with by now, in words; "" while nothing was
	// confirmed.
	Begun string
	Zone  string
	// From are the facts of a payout that is the beginning; nil for a day.
	From *FromShown
	// Payouts are those that may be the first, the newest first.
	Payouts []PayoutOption
	// Latest is the last day that makes sense: today, where the book is.
	Latest   receivables.Date
	Openings []OpeningShown
	Writers  []WriterShown
	// MoreWriters were found besides.
	MoreWriters int
	// Counters are the accounts that may take the other side of an opening
	// document.
	Counters []AccountOption
	Digest   string
}

// PayoutOption is a payout that a book may begin with.
type PayoutOption struct {
	ID     string
	Day    receivables.Date
	Amount money.Money
}

// FromShown are the facts of a book that begins with a payout made on a day.
type FromShown struct {
	Payout string
	Day    receivables.Date
	// Oldest is the day of the oldest movement that would be the book's.
	Oldest receivables.Date
	// PaidOut counts the movements since then that an earlier payout had paid
	// out, Entered those for which the ledger has a receipt; Examples are the
	// first of these, in words.
	PaidOut, Entered int
	Examples         []string
}

// OpeningShown is what a clearing account has to hold before the first day, and
// what it does hold.
type OpeningShown struct {
	Stripe money.Money
	// Ledger is nil where it was not measured.
	Ledger *money.Money
	// Missing is what would have to be booked for both to be equal.
	Missing money.Money
}

// Equal says that both hold the same.
func (o OpeningShown) Equal() bool { return o.Missing.Minor == 0 }

// WriterShown is a trace of somebody else who books Stripe’s money.
type WriterShown struct{ Text, Action string }

// Equal says that all clearing accounts hold what they have to.
func (c CutOverShown) Equal() bool {
	for _, o := range c.Openings {
		if !o.Equal() {
			return false
		}
	}
	return true
}

// FirstWrites are the writes that wait for the writing to be switched on.
type FirstWrites struct {
	// Ready says that the book was looked at under its present settings.
	Ready, Running bool
	Lines          []preview.Line
	// All is how many there are, of which Lines are the first.
	All    int
	Totals []string
	Digest string
}

type bookPage struct {
	view
	Book     BookState
	Steps    []step
	Accounts AccountsShown
	CutOver  CutOverShown
	First    FirstWrites
	Problem  string
}

// bookStep finds the book of an address and prepares the page of a step.
func (s *Site) bookStep(v *Visit, here string) (bookPage, error) {
	page := bookPage{view: v.view()}
	all, err := s.Readers.Books.BookStates(v.ctx(), v.tenant())
	if err != nil {
		return page, err
	}
	for _, b := range all {
		if b.ID == v.r.PathValue("book") {
			page.Book, page.Steps = b, stepsOf(&b, here)
			return page, nil
		}
	}
	return page, ErrNotFound
}

// readable is an error in words for the page; false when it is none of those.
func readable(err error) (string, bool) {
	if wrong, ok := errors.AsType[FieldError](err); ok {
		return wrong.Text, true
	}
	for _, known := range []error{ErrSecondPerson, ErrOtherShown, ErrBusy} {
		if errors.Is(err, known) {
			return sentence(known.Error()), true
		}
	}
	return "", false
}

// bookShown fills in a step and shows it; failed is what could not be done
// before.
func (s *Site) bookShown(v *Visit, here string, failed error) error {
	page, err := s.bookStep(v, here)
	if err != nil {
		return err
	}
	code := http.StatusOK
	if failed != nil {
		words, ok := readable(failed)
		if !ok {
			return failed
		}
		page.Problem, code = words, http.StatusUnprocessableEntity
	}
	titles := map[string]string{stepAccounts: "Accounts", stepCutOver: "Beginning", stepWrites: "First writes"}
	if page.Book.Read() || here == stepWrites {
		switch here {
		case stepAccounts:
			page.Accounts, err = s.Readers.Books.Accounts(v.ctx(), v.tenant(), page.Book.ID)
		case stepCutOver:
			page.CutOver, err = s.Readers.Books.CutOver(v.ctx(), v.tenant(), page.Book.ID, startOf(v))
		case stepWrites:
			page.First, err = s.Readers.Books.FirstWrites(v.ctx(), v.tenant(), page.Book.ID)
		}
	}
	if err != nil {
		words, ok := readable(err)
		if !ok {
			return err
		}
		page.Problem, code = words, http.StatusUnprocessableEntity
	}
	return s.show(v, code, "book-"+here, titles[here], page)
}

func (s *Site) bookAccounts(v *Visit) error { return s.bookShown(v, stepAccounts, nil) }
func (s *Site) bookCutOver(v *Visit) error  { return s.bookShown(v, stepCutOver, nil) }
func (s *Site) bookWrites(v *Visit) error   { return s.bookShown(v, stepWrites, nil) }

// bookNew joins a ledger and its accounts.
func (s *Site) bookNew(v *Visit) error {
	ledger := v.r.PostFormValue("ledger")
	sources := v.r.PostForm["source"]
	if ledger == "" || len(sources) == 0 {
		return s.connectAgain(v, "", FieldError{"Choose one ledger, and at least one Stripe account whose money goes into it."})
	}
	id, err := s.Readers.Books.NewBook(v.ctx(), v.tenant(), ledger, sources, v.r.PostFormValue("demo") != "", v.Person.Signature())
	if err != nil {
		return s.connectAgain(v, "", err)
	}
	return v.redirect(bookPath(id, stepAccounts))
}

// bookAccountsPost stores the choice of accounts; fields are named "use:" and a
// place's key.
func (s *Site) bookAccountsPost(v *Visit) error {
	if err := v.r.ParseForm(); err != nil {
		return FieldError{"The form could not be read."}
	}
	choices := map[string]string{}
	for name, values := range v.r.PostForm {
		if key, ok := strings.CutPrefix(name, "use:"); ok {
			choices[key] = values[0]
		}
	}
	if err := s.Readers.Books.ChooseAccounts(v.ctx(), v.tenant(), v.r.PathValue("book"), choices, v.Person.Signature()); err != nil {
		return s.bookShown(v, stepAccounts, err)
	}
	page, err := s.bookStep(v, stepAccounts)
	if err != nil {
		return err
	}
	if page.Book.CutOver != nil {
		return v.done(bookPath(page.Book.ID, stepAccounts), "The accounts are chosen. What waited for one is booked with the next run.")
	}
	return v.redirect(bookPath(page.Book.ID, stepCutOver))
}

// startOf is the beginning that a form asks for.
func startOf(v *Visit) Start {
	return Start{Day: receivables.Date(v.r.FormValue("day")), Payout: strings.TrimSpace(v.r.FormValue("payout"))}
}

func (s *Site) bookCutOverPost(v *Visit) error {
	book := v.r.PathValue("book")
	digest, counters := v.r.PostFormValue("digest"), map[money.Currency]string{}
	for name, values := range v.r.PostForm {
		if currency, ok := strings.CutPrefix(name, "counter:"); ok && values[0] != "" {
			counters[money.Currency(currency)] = values[0]
		}
	}
	err := s.Readers.Books.ConfirmCutOver(v.ctx(), v.tenant(), book, startOf(v), digest, counters, v.Person.Signature())
	if err != nil {
		return s.bookShown(v, stepCutOver, err)
	}
	return v.redirect(bookPath(book, stepWrites))
}

// bookSwitch switches the writing on, or off.
func (s *Site) bookSwitch(v *Visit) error {
	book, on := v.r.PathValue("book"), v.r.PostFormValue("on") == "yes"
	if err := s.Readers.Books.Switch(v.ctx(), v.tenant(), book, on, v.r.PostFormValue("digest"), v.Person.Signature()); err != nil {
		return s.bookShown(v, stepWrites, err)
	}
	if !on {
		return v.done(bookPath(book, stepWrites), "Writing is switched off. What was written stays.")
	}
	return v.done("/", "Writing is switched on. What you have seen is written now.")
}
