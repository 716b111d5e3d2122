package economy

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"time"
)

// Apply writes the book's past into its ledger and its Stripe account, every
// step at its own instant, and returns its payers. The stage is released at
// the end; a cancelled ctx stops between two steps.
func (b Book) Apply(ctx context.Context, stage *Stage, books Books, till Till) (*Payers, error) {
	defer stage.Release()
	w := writer{book: b, books: books, till: till, fees: map[string]Minor{}, docs: map[int]string{}, known: map[string]string{}}
	if len(b.Steps) == 0 {
		return newPayers(b.Vendor, books, till, nil, nil), nil
	}
	stage.Set(b.Steps[0].At.Add(-day))
	if err := w.open(); err != nil {
		return nil, fmt.Errorf("economy: %s: %w", b.Name, err)
	}
	for _, s := range b.Steps {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("economy: %s: %w", b.Name, err)
		}
		stage.Set(s.At)
		if err := w.do(s); err != nil {
			return nil, fmt.Errorf("economy: %s: step %d at %s: %w", b.Name, s.Kind, s.At.Format(time.RFC3339), err)
		}
	}
	p := newPayers(b.Vendor, books, till, w.docs, b.Intends)
	p.known = w.known
	return p, nil
}

// writer carries what a book's past needs to remember from step to step.
type writer struct {
	book    Book
	books   Books
	till    Till
	ids     []string          // of customers
	docs    map[int]string    // invoice index -> document id
	fees    map[string]Minor  // not yet entered, by currency
	transit []Payout          // paid out, not yet entered
	known   map[string]string // ledger customer -> Stripe customer
}

// open makes the accounts and the customers.
func (w *writer) open() error {
	for _, currency := range []string{w.book.Home, w.book.Foreign} {
		if _, err := w.books.Accounts(currency, true); err != nil {
			return err
		}
	}
	for _, c := range w.book.Customers {
		parent := ""
		if c.Parent >= 0 {
			parent = w.ids[c.Parent]
		}
		id, err := w.books.AddCustomer(c, parent)
		if err != nil {
			return err
		}
		w.ids = append(w.ids, id)
	}
	return nil
}

func (w *writer) do(s Step) error {
	switch s.Kind {
	case Issue:
		return w.issue(s)
	case PayBank, PayCheque, PayStripe, CreditApplied, VoidInvoice:
		return w.onInvoice(s)
	case RunPayout:
		payouts, err := w.till.RunPayouts()
		w.transit = append(w.transit, payouts...)
		return err
	case BookPayout:
		return w.bookPayouts(s.At)
	case BookFees:
		return w.bookFees(s.At)
	}
	c := w.book.Customers[s.Customer]
	amount := Minor(100_00).share(s.Share * 10)
	switch s.Kind {
	case CreditOpen:
		return w.books.Credit(w.ids[s.Customer], c.Currency, amount, s.At, nil)
	case Unapplied:
		return w.books.Receive(Receipt{Customer: w.ids[s.Customer], Currency: c.Currency, Amount: amount, At: s.At, Note: "On account"})
	case JournalOnDebts:
		if j, ok := w.books.(Journaller); ok {
			return j.Journal(w.ids[s.Customer], c.Currency, amount, s.At, "Balance brought forward")
		}
		return nil
	}
	return fmt.Errorf("unknown step %d", s.Kind)
}

func (w *writer) issue(s Step) error {
	inv := w.book.Invoices[s.Invoice]
	id, err := w.books.WriteInvoice(inv, w.ids[inv.Customer])
	w.docs[s.Invoice] = id
	return err
}

// onInvoice pays, credits or voids an invoice by its share of what is open.
func (w *writer) onInvoice(s Step) error {
	d, err := w.books.Document(w.docs[s.Invoice])
	if err != nil {
		return err
	}
	amount := d.Balance.share(s.Share)
	if amount <= 0 {
		return nil
	}
	r := Receipt{Customer: d.Customer, Currency: d.Currency, Amount: amount, At: s.At, Pays: []Applied{{Invoice: d, Amount: amount}}}
	switch s.Kind {
	case VoidInvoice:
		return w.books.Void(d.ID)
	case CreditApplied:
		return w.books.Credit(d.Customer, d.Currency, amount, s.At, &d)
	case PayStripe:
		return w.charge(s, d, r)
	case PayCheque:
		r.Into, r.Note = ToUndeposited, "Cheque"
	default:
		r.Note = "Bank transfer"
	}
	return w.books.Receive(r)
}

// charge is a customer's payment by Stripe, entered gross by the bookkeeper.
func (w *writer) charge(s Step, d Document, r Receipt) error {
	c := w.book.Customers[s.Customer]
	paid, err := w.till.PayDirect(Direct{
		Amount: r.Amount, Currency: d.Currency, Description: "Invoice " + d.Number,
		Metadata: map[string]string{"invoice": d.Number}, Customer: w.stripeCustomer(d.Customer, c),
		Payer: Payer{Email: c.Email, Name: c.Name, How: Card},
	})
	if err != nil {
		return err
	}
	fee, err := w.till.Fee(paid)
	if err != nil {
		return err
	}
	w.fees[d.Currency] += fee
	r.Into, r.Note = ToClearing, "Stripe "+paid.Charge
	return w.books.Receive(r)
}

// stripeCustomer remembers who has paid by Stripe before; every second payer
// with an address lets Stripe keep it.
func (w *writer) stripeCustomer(id string, c Customer) string {
	if known, ok := w.known[id]; ok {
		return known
	}
	made := ""
	if c.Email != "" && len(w.known)%2 == 0 {
		made = w.till.Customer(c.Name, c.Email)
	}
	w.known[id] = made
	return made
}

// bookPayouts enters the payouts that have arrived, and the fees so far.
func (w *writer) bookPayouts(at time.Time) error {
	arrived := w.transit
	w.transit = nil
	for _, p := range arrived {
		if err := w.books.Payout(p.Currency, p.Amount, at, "Stripe payout "+p.ID); err != nil {
			return err
		}
	}
	return w.bookFees(at)
}

func (w *writer) bookFees(at time.Time) error {
	currencies := make([]string, 0, len(w.fees))
	for c := range w.fees {
		currencies = append(currencies, c)
	}
	sort.Strings(currencies)
	for _, c := range currencies {
		if w.fees[c] == 0 {
			continue
		}
		if err := w.books.Fee(c, w.fees[c], at, "Stripe fees to "+at.Format(isoDate)); err != nil {
			return err
		}
		delete(w.fees, c)
	}
	return nil
}

// numbers joins the numbers of documents as a payer would write them.
func numbers(docs []Document) string {
	var out []string
	for _, d := range docs {
		out = append(out, d.Number)
	}
	return strings.Join(out, ", ")
}
