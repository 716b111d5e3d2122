package pay

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"tieout/money"
	"tieout/receivables"
)

// State is what a payer is told about an address.
type State string

// The states of an address.
const (
	StatePayable  State = "payable"
	StateUnderWay State = "under_way"
	StatePaid     State = "paid"
	StateVoid     State = "cancelled"
	// StateThanks is shown to somebody who has just paid, StateWaiting to
	// somebody whose payment takes days.
	StateThanks  State = "thanks"
	StateWaiting State = "waiting"
)

// Line is one invoice on the page.
type Line struct {
	Invoice string
	Number  string
	Due     receivables.Date
	Payable money.Money
}

// View is all that a payer gets to know.
type View struct {
	State    State
	Customer bool
	Seller   string
	// Lines are the payable invoices; of an invoice's address, itself.
	Lines []Line
	// More says that only the invoices due first are shown.
	More bool
	// Totals are what is payable on them, by currency.
	Totals []money.Money
}

// maxLines bounds the invoices of one page and of one payment.
const maxLines = 100

// View says what stands behind an address now. The processor is asked only what
// has become of pages that are open; without its answer they count as open.
func (s *Service) View(ctx context.Context, token, done string) (View, error) {
	t, err := s.target(ctx, token)
	if err != nil {
		return View{}, err
	}
	ids, more, err := s.invoices(ctx, t)
	if err != nil {
		return View{}, err
	}
	list, err := s.Books.Due(ctx, t.Book, ids)
	if err != nil {
		return View{}, fmt.Errorf("pay: what is payable: %w", err)
	}
	sessions, err := s.Store.PaySessions(ctx, t.Book, ids)
	if err != nil {
		return View{}, fmt.Errorf("pay: open pages: %w", err)
	}
	if t.Kind == KindInvoice && withdrawn(list) {
		return View{}, ErrUnknown
	}
	for i, p := range sessions {
		if p.State == SessionOpen {
			if read, _, err := s.look(ctx, t.Book, p); err == nil {
				sessions[i] = read
			}
		}
	}
	v := View{Customer: t.Kind == KindCustomer}
	if v.Seller, _, err = s.Books.Seller(ctx, t.Book); err != nil {
		return View{}, fmt.Errorf("pay: seller: %w", err)
	}
	v.More = more
	if err := v.add(list, sessions); err != nil {
		return View{}, err
	}
	if t.Ended && len(v.Lines) > 0 {
		return View{}, ErrUnknown
	}
	v.State = stateOf(t, list, v.Lines)
	if done == "" {
		return v, nil
	}
	return s.cameBack(ctx, t, v, sessions, done)
}

// target finds an address that leads somewhere.
func (s *Service) target(ctx context.Context, token string) (Target, error) {
	t, err := s.Store.PayTarget(ctx, token)
	if err != nil {
		if errors.Is(err, ErrUnknown) {
			return Target{}, ErrUnknown
		}
		return Target{}, fmt.Errorf("pay: where the link leads: %w", err)
	}
	if t.Kind == KindEntry || t.Kind == KindCustomer && t.Ended {
		return Target{}, ErrUnknown
	}
	return t, nil
}

// invoices are those that an address is about; more says that a customer has
// more open ones than fit.
func (s *Service) invoices(ctx context.Context, t Target) (ids []string, more bool, err error) {
	if t.Kind == KindInvoice {
		return []string{t.Subject}, false, nil
	}
	ids, err = s.Store.OpenOf(ctx, t.Book, t.Subject, maxLines+1)
	if err != nil {
		return nil, false, fmt.Errorf("pay: open invoices: %w", err)
	}
	return ids[:min(len(ids), maxLines)], len(ids) > maxLines, nil
}

// add puts what can be paid onto the page. What a payment under way is for is
// left out of it.
func (v *View) add(list []Due, sessions []Session) (err error) {
	for _, d := range list {
		if !payable(d) || underWay(d.Invoice.ID, sessions) {
			continue
		}
		m := money.Money{Minor: d.Payable, Currency: d.Invoice.Currency}
		v.Lines = append(v.Lines, Line{Invoice: d.Invoice.ID, Number: d.Invoice.Number, Due: d.Invoice.Due, Payable: m})
		at := slices.IndexFunc(v.Totals, func(t money.Money) bool { return t.Currency == m.Currency })
		if at < 0 {
			v.Totals = append(v.Totals, m)
		} else if v.Totals[at], err = v.Totals[at].Add(m); err != nil {
			return fmt.Errorf("pay: together: %w", err)
		}
	}
	return nil
}

func payable(d Due) bool {
	return d.Invoice.State == receivables.StateLive && d.Allowed && d.Payable > 0 && !d.Booking
}

// underWay says whether a page over an invoice has been paid of which what is
// payable does not know yet.
func underWay(invoice string, sessions []Session) bool {
	return slices.ContainsFunc(sessions, func(s Session) bool {
		return s.State == SessionComplete && !s.Counted &&
			slices.ContainsFunc(s.Shares, func(x Share) bool { return x.Invoice == invoice })
	})
}

// withdrawn says whether an invoice is open that nobody shall be asked to pay
// here.
func withdrawn(list []Due) bool {
	for _, d := range list {
		if d.Invoice.State == receivables.StateLive && d.Invoice.Balance > 0 && !d.Allowed {
			return true
		}
	}
	return len(list) == 0
}

// stateOf says in one word how it stands. An invoice whose balance is open at
// the ledger although nothing is payable has a payment under way.
func stateOf(t Target, list []Due, lines []Line) State {
	if len(lines) > 0 {
		return StatePayable
	}
	for _, d := range list {
		switch {
		case d.Invoice.State == receivables.StateVoid || d.Invoice.State == receivables.StateDeleted:
			if t.Kind == KindInvoice {
				return StateVoid
			}
		case d.Invoice.Balance > 0 && d.Allowed:
			return StateUnderWay
		}
	}
	return StatePaid
}

// cameBack tells a payer what has become of the payment.
func (s *Service) cameBack(ctx context.Context, t Target, v View, sessions []Session, done string) (View, error) {
	at := slices.IndexFunc(sessions, func(p Session) bool { return p.ID == done })
	if at < 0 {
		return v, nil
	}
	read, paid, err := s.look(ctx, t.Book, sessions[at])
	if err != nil || read.State != SessionComplete {
		return v, err
	}
	v.State, v.Lines, v.Totals = StateWaiting, nil, nil
	if paid {
		v.State = StateThanks
	}
	for _, share := range read.Shares {
		v.Lines = append(v.Lines, Line{Invoice: share.Invoice, Number: share.Number, Payable: money.Money{Minor: share.Amount, Currency: read.Currency}})
	}
	return v, nil
}
