package api

import (
	"errors"
	"time"

	"tieout/receivables"
	"tieout/web"
)

// InBook chooses a book of several.
type InBook struct {
	Book string `query:"book" doc:"The book's id; the first book where it is not given."`
}

// PaymentQuery filters payments.
type PaymentQuery struct {
	Paging
	InBook
	State string `query:"state" enum:"settled,held,waiting,exception,fee_later,sale_later,context,new" doc:"Payments in one state alone."`
}

// Movement is a line of Stripe's balance and what stands for it elsewhere.
type Movement struct {
	ID        string            `json:"id"`
	Type      string            `json:"type"`
	Source    string            `json:"source,omitempty" doc:"What Stripe moved: a charge, a refund, a payout."`
	At        time.Time         `json:"at"`
	Payer     string            `json:"payer,omitempty"`
	Amount    Money             `json:"amount"`
	Fee       Money             `json:"fee"`
	Net       Money             `json:"net"`
	State     string            `json:"state"`
	Why       string            `json:"why,omitempty"`
	Payout    string            `json:"payout,omitempty"`
	Invoices  []MovementInvoice `json:"invoices"`
	Documents []Document        `json:"documents" doc:"What stands for it in the ledger."`
}

// MovementInvoice is what an invoice gets of a movement.
type MovementInvoice struct {
	Connection string `json:"connection"`
	ID         string `json:"id"`
	Number     string `json:"number,omitempty"`
	Amount     Money  `json:"amount"`
	Evidence   string `json:"evidence,omitempty" doc:"By what it was matched."`
	By         string `json:"by,omitempty" doc:"The person who matched it."`
}

// Document is a document of ours in the ledger.
type Document struct {
	What   string `json:"what"`
	Kind   string `json:"kind,omitempty"`
	ID     string `json:"id,omitempty" doc:"Absent before it was written."`
	Amount Money  `json:"amount"`
	State  string `json:"state"`
}

func movement(m web.Movement) Movement {
	return Movement{
		ID: m.ID, Type: m.Type, Source: m.Source, At: m.At, Payer: m.Payer, Amount: moneyOf(m.Amount), Fee: moneyOf(m.Fee), Net: moneyOf(m.Net),
		State: m.State, Why: m.Why, Payout: m.Payout, Documents: each(m.Documents, documentOf),
		Invoices: each(m.Invoices, func(i web.MovementInvoice) MovementInvoice {
			return MovementInvoice{Connection: i.Connection, ID: i.ID, Number: i.Number, Amount: moneyOf(i.Amount), Evidence: i.Evidence, By: i.By}
		}),
	}
}

func documentOf(d web.MovementDocument) Document {
	return Document{What: d.What, Kind: string(d.Document.Kind), ID: d.Document.ID, Amount: moneyOf(d.Amount), State: d.State}
}

func payments(c *Call, q PaymentQuery) (List[Movement], error) {
	out := List[Movement]{Items: []Movement{}}
	at, err := q.moment()
	if err != nil {
		return out, err
	}
	b, err := c.book(q.Book)
	if err != nil {
		return out, err
	}
	list, err := c.Readers.Payments.Payments(c.ctx(), c.tenant(), b.ID, q.State, at, q.limit()+1)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		out.Next = list[len(list)-1].Place().String()
	}
	out.Items = each(list, movement)
	return out, err
}

// BookRecordQuery names something of a book.
type BookRecordQuery struct {
	InBook
	ID string `path:"id"`
}

// inBooks looks for something in the book that is named, or in all of them.
func (c *Call) inBooks(book string, look func(book string) error) error {
	if book != "" {
		b, err := c.book(book)
		if err != nil {
			return err
		}
		return look(b.ID)
	}
	list, err := c.Readers.Payments.Books(c.ctx(), c.tenant())
	for _, b := range list {
		if err := look(b.ID); !errors.Is(err, web.ErrNotFound) {
			return err
		}
	}
	if err == nil {
		err = errNothing
	}
	return err
}

func payment(c *Call, q BookRecordQuery) (Movement, error) {
	var found web.Movement
	err := c.inBooks(q.Book, func(book string) (err error) {
		found, err = c.Readers.Payments.Movement(c.ctx(), c.tenant(), book, q.ID)
		return err
	})
	return movement(found), err
}

// Payout is a transfer of Stripe to a bank.
type Payout struct {
	ID        string           `json:"id"`
	Status    string           `json:"status"`
	Amount    Money            `json:"amount"`
	Created   time.Time        `json:"created"`
	Arrival   receivables.Date `json:"arrival,omitempty"`
	To        string           `json:"to,omitempty" doc:"The account that it went to, by its bank and last digits, or by its id."`
	Automatic bool             `json:"automatic" doc:"It names what left with it."`
	Count     int              `json:"movements"`
	Transfer  *Document        `json:"transfer,omitempty" doc:"What stands for it in the ledger."`
	Members   []Movement       `json:"members,omitempty" doc:"What left with it; in the single payout alone."`
}

func payoutOf(p web.Payout) Payout {
	out := Payout{ID: p.ID, Status: p.Status, Amount: moneyOf(p.Amount), Created: p.Created, Arrival: p.Arrival, To: p.To, Automatic: p.Automatic, Count: p.Members}
	if p.Transfer.State != "" {
		transfer := documentOf(p.Transfer)
		out.Transfer = &transfer
	}
	return out
}

// PayoutQuery asks for payouts.
type PayoutQuery struct {
	Paging
	InBook
}

func payouts(c *Call, q PayoutQuery) (List[Payout], error) {
	out := List[Payout]{Items: []Payout{}}
	at, err := q.moment()
	if err != nil {
		return out, err
	}
	b, err := c.book(q.Book)
	if err != nil {
		return out, err
	}
	list, err := c.Readers.Payments.Payouts(c.ctx(), c.tenant(), b.ID, at, q.limit()+1)
	if len(list) > q.limit() {
		list = list[:q.limit()]
		out.Next = list[len(list)-1].Place().String()
	}
	out.Items = each(list, payoutOf)
	return out, err
}

func payout(c *Call, q BookRecordQuery) (Payout, error) {
	var out Payout
	err := c.inBooks(q.Book, func(book string) error {
		found, members, err := c.Readers.Payments.Payout(c.ctx(), c.tenant(), book, q.ID)
		out = payoutOf(found)
		out.Members = each(members, movement)
		return err
	})
	return out, err
}
