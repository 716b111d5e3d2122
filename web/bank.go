package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// BankKeeper keeps the statements of an organisation's banks. A FieldError says
// what cannot be done, in words.
type BankKeeper interface {
	// Bank is what was imported, and lines of it; ErrNotFound for a book that is
	// not the organisation's.
	Bank(ctx context.Context, tenant, book string, q BankQuery) (Bank, error)
	// ReadStatement reads a file and says what importing it would do; nothing of
	// it is kept.
	ReadStatement(ctx context.Context, tenant, book string, f BankFile) (StatementShown, error)
	// ImportStatement keeps all statements of a file or none, looks what their
	// lines stand for, and says how many are new.
	ImportStatement(ctx context.Context, tenant, book string, f BankFile, by string) (int, error)
	// MatchBank looks anew what an account's lines stand for.
	MatchBank(ctx context.Context, tenant, book, account string) error
	// ConfirmLine says that a line pays invoices; ErrAnswered when somebody was
	// faster, ErrOtherShown when it is not what was shown.
	ConfirmLine(ctx context.Context, tenant, book string, c LineChoice, by string) error
	// ReopenLine takes a confirmation back; ErrActed once its payment stands in
	// the ledger.
	ReopenLine(ctx context.Context, tenant, book, account, line string) error
}

// BankQuery asks for lines; what is empty asks for all.
type BankQuery struct {
	Account, Line string
	// State is "confirm", "open" or "all".
	State string
	// Before is where the list goes on, as Bank.Older says.
	Before string
	Limit  int
}

// Bank is what is known of a book's bank accounts.
type Bank struct {
	Accounts []BankAccount
	Lines    []BankLine
	// Older is where the list goes on, "" at its end.
	Older string
	// Writes says that the book writes, so that lines can be confirmed.
	Writes bool
}

// BankAccount is a bank account of the ledger with what was imported of it.
type BankAccount struct {
	ID, Name string
	Currency money.Currency
	// Lines are all, Confirm those that wait for a word, Open those that nothing
	// explains.
	Lines, Confirm, Open int
	From, To             receivables.Date
}

// BankLine is a line of a statement with what it stands for.
type BankLine struct {
	Account, AccountName, ID string
	On                       receivables.Date
	Amount                   money.Money
	Name, Text               string
	// Meaning is statement.Meaning, "" before it was looked at; Why says it in a
	// sentence.
	Meaning, Why string
	Sure         bool
	// Payout is the processor's, Invoices those that it pays.
	Payout   string
	Invoices []MovementInvoice
	// Near are explanations where no invoices add up.
	Near []string
	// Open says that a person may say what it pays, Found that there is something
	// to confirm. Shown names exactly what was shown.
	Open, Found bool
	Shown       string
	By          string
	At          time.Time
	Documents   []MovementDocument
}

// Label is the meaning in a word or two.
func (l BankLine) Label() string {
	return cmp.Or(map[string]string{"": "not looked at", "booked": "in the ledger", "receipt": "payment", "fee": "bank fee"}[l.Meaning], words(l.Meaning))
}

// Stands says that a document of it is in the ledger, or on its way there.
func (l BankLine) Stands() bool {
	return slices.ContainsFunc(l.Documents, MovementDocument.Stands)
}

// LineChoice is a person's word about a line. Without invoices it confirms what
// was found.
type LineChoice struct {
	Account, ID, Shown string
	// Invoices are numbers; Credit keeps what they leave as the customer's credit.
	Invoices []string
	Credit   bool
}

// lastLine is what the key "u" takes back.
type lastLine struct{ Book, Account, ID, Text string }

type bankPage struct {
	view
	Books []BookName
	Book  BookName
	Query BankQuery
	Bank  Bank
	Last  lastLine
	// Problem says what could not be done, File that it was with a file.
	Problem string
	File    bool
}

// Sum counts lines of all accounts, or of the one that is asked for.
func (p bankPage) Sum(state string) int {
	n := 0
	for _, a := range p.Bank.Accounts {
		if p.Query.Account == "" || p.Query.Account == a.ID {
			n += map[string]int{"confirm": a.Confirm, "open": a.Open, "all": a.Lines}[state]
		}
	}
	return n
}

// Path is the page's address with a state.
func (p bankPage) Path(state string) string {
	values := url.Values{"book": {p.Book.ID}, "state": {state}}
	if p.Query.Account != "" {
		values.Set("account", p.Query.Account)
	}
	return "/bank?" + values.Encode()
}

// keyLine is where a session keeps the last confirmed line.
const keyLine = "line"

// bankPage reads the page that a visit asks for.
func (s *Site) bankPage(v *Visit) (bankPage, error) {
	page := bankPage{view: v.view(), Query: BankQuery{
		Account: v.r.FormValue("account"), Line: v.r.FormValue("line"), State: v.r.FormValue("state"), Before: v.r.FormValue("before"), Limit: pageLines,
	}}
	var err error
	if page.Book, page.Books, err = s.namedBook(v, v.r.FormValue("book")); err != nil || page.Book.ID == "" {
		return page, err
	}
	asked := page.Query.State
	page.Query.State = cmp.Or(asked, "confirm")
	if page.Query.Line != "" {
		page.Query.State = "all"
	}
	read := func() error {
		page.Bank, err = s.Readers.Bank.Bank(v.ctx(), v.tenant(), page.Book.ID, page.Query)
		return err
	}
	if read() == nil && asked == "" && page.Sum("confirm") == 0 {
		page.Query.State = "all" // nothing waits
		_ = read()
	}
	if last := strings.SplitN(s.sessions.GetString(v.ctx(), keyLine), "\n", 4); len(last) == 4 && last[0] == page.Book.ID {
		page.Last = lastLine{last[0], last[1], last[2], last[3]}
	}
	return page, err
}

// bank is the page of the bank accounts and their lines.
func (s *Site) bank(v *Visit) error {
	page, err := s.bankPage(v)
	return s.or(err, v, "bank", "Bank", page)
}

// bankAgain shows the page after something was done, at once where the script
// asks for it, else after a redirect; problem is why it was not done.
func (s *Site) bankAgain(v *Visit, problem error) error {
	words := ""
	switch {
	case errors.Is(problem, ErrAnswered):
		words = "Somebody else has confirmed this line meanwhile."
	case errors.Is(problem, ErrActed):
		words = "Its payment stands in the ledger: take that back first, then the confirmation."
	case problem != nil:
		var ok bool
		if words, ok = readable(problem); !ok {
			return problem
		}
	}
	fragment := v.r.Header.Get(fragmentHeader) != ""
	page, err := s.bankPage(v)
	if err != nil {
		return err
	}
	if words == "" && !fragment {
		return v.redirect(page.Path(page.Query.State))
	}
	page.Problem = words
	code := http.StatusOK
	if words != "" && !fragment {
		code = http.StatusUnprocessableEntity
	}
	return s.show(v, code, "bank", "Bank", page)
}

// bankMatch looks anew what the lines stand for.
func (s *Site) bankMatch(v *Visit) error {
	return s.bankAgain(v, s.Readers.Bank.MatchBank(v.ctx(), v.tenant(), v.r.PostFormValue("book"), v.r.PostFormValue("account")))
}

// bankConfirm confirms a line as it was found, or as the person says.
func (s *Site) bankConfirm(v *Visit) error {
	book := v.r.PostFormValue("book")
	choice := LineChoice{Account: v.r.PostFormValue("of"), ID: v.r.PostFormValue("id"), Shown: v.r.PostFormValue("shown"), Credit: v.r.PostFormValue("credit") != ""}
	if v.r.PostForm.Has("invoices") {
		for number := range strings.FieldsFuncSeq(v.r.PostFormValue("invoices"), func(r rune) bool { return r == ',' || r == ';' }) {
			if number = strings.TrimSpace(number); number != "" {
				choice.Invoices = append(choice.Invoices, number)
			}
		}
		if len(choice.Invoices) == 0 {
			return s.bankAgain(v, FieldError{"Write the numbers of the invoices that it pays."})
		}
	}
	err := s.Readers.Bank.ConfirmLine(v.ctx(), v.tenant(), book, choice, v.Person.Name)
	if err == nil {
		s.sessions.Put(v.ctx(), keyLine, strings.Join([]string{book, choice.Account, choice.ID, v.r.PostFormValue("words")}, "\n"))
	}
	return s.bankAgain(v, err)
}

// bankReopen takes a confirmation back.
func (s *Site) bankReopen(v *Visit) error {
	err := s.Readers.Bank.ReopenLine(v.ctx(), v.tenant(), v.r.PostFormValue("book"), v.r.PostFormValue("of"), v.r.PostFormValue("id"))
	if err == nil || errors.Is(err, ErrActed) {
		s.sessions.Remove(v.ctx(), keyLine)
	}
	return s.bankAgain(v, err)
}
