package web

import (
	"context"
	"errors"
	"time"

	"tieout/listing"
	"tieout/money"
	"tieout/receivables"
)

// PaymentReader gives Stripe's movements with all that they led to.
type PaymentReader interface {
	// Books are the organisation's books, in the order in which they were made.
	Books(ctx context.Context, tenant string) ([]BookName, error)
	// Payments are those of a book behind a place, the newest first; in one state,
	// or all for "".
	Payments(ctx context.Context, tenant, book, state string, before listing.Moment, limit int) ([]Movement, error)
	// Movement is one, by its id or by the id of what it moved; ErrNotFound.
	Movement(ctx context.Context, tenant, book, id string) (Movement, error)
	// Payouts are those of a book behind a place, the newest first.
	Payouts(ctx context.Context, tenant, book string, before listing.Moment, limit int) ([]Payout, error)
	// Payout is one with all that left with it; ErrNotFound.
	Payout(ctx context.Context, tenant, book, id string) (Payout, []Movement, error)
}

// Movement is a line of Stripe's balance and what stands for it elsewhere.
type Movement struct {
	ID, Type, Source string
	At               time.Time
	Payer            string
	Amount, Fee, Net money.Money
	// State is "matched", "suggested", "held", "waiting", "exception" or "new"; Why
	// is a sentence about it.
	State, Why string
	Payout     string
	Invoices   []MovementInvoice
	Documents  []MovementDocument
}

// Place is the movement's in a list.
func (m Movement) Place() listing.Moment { return listing.Moment{At: m.At, ID: m.ID} }

// MovementInvoice is what an invoice gets of a payment.
type MovementInvoice struct {
	InvoiceRef
	Amount money.Money
	// Evidence says by what it was matched, By the person who did.
	Evidence, By string
}

// MovementDocument is a document of ours in the ledger.
type MovementDocument struct {
	// What is the document's part in words: "Receipt".
	What     string
	Amount   money.Money
	State    string
	Document receivables.Ref
}

// Stands says that the document is in the ledger, or on its way there.
func (d MovementDocument) Stands() bool {
	return d.Document.ID != "" && d.State != "undone" && d.State != "gone"
}

// Payout is a transfer of Stripe to a bank.
type Payout struct {
	ID, Status string
	Amount     money.Money
	Created    time.Time
	Arrival    receivables.Date
	// To is what people know the account as that it went to; "" where Stripe names
	// none.
	To string
	// Automatic payouts name what left with them.
	Automatic bool
	Members   int
	Transfer  MovementDocument
	// Bank are the lines of statements in which it was seen; only of a payout that
	// was asked for alone.
	Bank []BankLine
}

// Place is the payout's in a list.
func (p Payout) Place() listing.Moment { return listing.Moment{At: p.Created, ID: p.ID} }

type paymentsPage struct {
	view
	Books  []BookName
	Book   BookName
	State  string
	States []string
	List   []Movement
	Older  string
}

type payoutsPage struct {
	view
	Books []BookName
	Book  BookName
	List  []Payout
	Older string
}

type tracePage struct {
	view
	Book     BookName
	Movement Movement
	Payout   *Payout
	Members  []Movement
}

// pageLines is how many payments or payouts a page shows.
const pageLines = 50

// before reads where a list goes on.
func (v *Visit) before() listing.Moment {
	place, err := listing.ParseMoment(v.r.URL.Query().Get("before"))
	if err != nil {
		return listing.Moment{} // what is not understood is left out
	}
	return place
}

// payments lists what came in at Stripe, and what became of it.
func (s *Site) payments(v *Visit) error {
	page := paymentsPage{view: v.view(), States: []string{"settled", "held", "waiting", "exception", "fee_later", "sale_later", "context", "new"}}
	var err error
	if page.Book, page.Books, err = s.chosenBook(v); err != nil || page.Book.ID == "" {
		return s.or(err, v, "payments", "Payments", page)
	}
	page.State = v.r.URL.Query().Get("state")
	page.List, err = s.Readers.Payments.Payments(v.ctx(), v.tenant(), page.Book.ID, page.State, v.before(), pageLines+1)
	if err != nil {
		return err
	}
	if len(page.List) > pageLines {
		page.List = page.List[:pageLines]
		page.Older = page.List[pageLines-1].Place().String()
	}
	return s.render(v, "payments", "Payments", page)
}

// or gives the page where there is no error.
func (s *Site) or(err error, v *Visit, name, title string, page any) error {
	if err != nil {
		return err
	}
	return s.render(v, name, title, page)
}

// chosenBook is the one that ?book= names, the first without it; the zero
// BookName where there is none yet.
func (s *Site) chosenBook(v *Visit) (BookName, []BookName, error) {
	return s.namedBook(v, v.r.URL.Query().Get("book"))
}

// namedBook is the book of an id, the first without one.
func (s *Site) namedBook(v *Visit, id string) (BookName, []BookName, error) {
	list, err := s.Readers.Payments.Books(v.ctx(), v.tenant())
	if err != nil || len(list) == 0 && id == "" {
		return BookName{}, nil, err
	}
	for i, b := range list {
		if b.ID == id || id == "" && i == 0 {
			return b, list, nil
		}
	}
	return BookName{}, nil, ErrNotFound
}

// payment shows one movement as a line from the charge to the bank.
func (s *Site) payment(v *Visit) error {
	page := tracePage{view: v.view()}
	err := s.inBooks(v, &page.Book, func(book string) (err error) {
		page.Movement, err = s.Readers.Payments.Movement(v.ctx(), v.tenant(), book, v.r.PathValue("id"))
		return err
	})
	if err == nil && page.Movement.Payout != "" {
		var payout Payout
		payout, _, err = s.Readers.Payments.Payout(v.ctx(), v.tenant(), page.Book.ID, page.Movement.Payout)
		page.Payout = &payout
	}
	return s.or(err, v, "payment", "Payment", page)
}

// inBooks looks for something in the book that ?book= names, or in all of
// them, and says in which it was.
func (s *Site) inBooks(v *Visit, found *BookName, look func(book string) error) error {
	first, list, err := s.chosenBook(v)
	if err != nil {
		return err
	}
	if v.r.URL.Query().Get("book") != "" {
		list = []BookName{first}
	}
	for _, b := range list {
		if err := look(b.ID); !errors.Is(err, ErrNotFound) {
			*found = b
			return err
		}
	}
	return ErrNotFound
}

// payouts lists what went to the banks.
func (s *Site) payouts(v *Visit) error {
	page := payoutsPage{view: v.view()}
	var err error
	if page.Book, page.Books, err = s.chosenBook(v); err != nil || page.Book.ID == "" {
		return s.or(err, v, "payouts", "Payouts", page)
	}
	page.List, err = s.Readers.Payments.Payouts(v.ctx(), v.tenant(), page.Book.ID, v.before(), pageLines+1)
	if err != nil {
		return err
	}
	if len(page.List) > pageLines {
		page.List = page.List[:pageLines]
		page.Older = page.List[pageLines-1].Place().String()
	}
	return s.render(v, "payouts", "Payouts", page)
}

// payout shows one with all that left with it.
func (s *Site) payout(v *Visit) error {
	page := tracePage{view: v.view()}
	err := s.inBooks(v, &page.Book, func(book string) error {
		payout, members, err := s.Readers.Payments.Payout(v.ctx(), v.tenant(), book, v.r.PathValue("id"))
		page.Payout, page.Members = &payout, members
		return err
	})
	return s.or(err, v, "payout", "Payout", page)
}
