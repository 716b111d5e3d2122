package connect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// Errors of a book that is to begin with a payout. ErrHasWritten: nobody could
// tell what the clearing account held without the book's own documents.
var (
	ErrHasWritten  = errors.New("the book has written to the ledger already: take that back first (Journal, Undo), or choose a first day")
	ErrNoPayout    = errors.New("no such payout was read")
	ErrNotItemised = errors.New("which movements an earlier payout paid out cannot be known")
)

// PayoutMade is a payout with the connection that it belongs to.
type PayoutMade struct {
	Connection string
	Payout     receivables.Payout
	// AdvanceOn is the payout of which its own row is a member: what is paid out
	// by hand may be an advance on the next automatic payout.
	AdvanceOn string
}

// itemised says whether the movements that a payout paid out are known.
func (p PayoutMade) itemised() bool {
	return p.Payout.Automatic && p.Payout.Reconciled || p.AdvanceOn != "" && p.AdvanceOn != p.Payout.ID ||
		p.Payout.Status == "failed" || p.Payout.Status == "canceled"
}

// Settled is a movement with what it did to the balance.
type Settled struct {
	Connection, Movement string
	Net                  money.Money
}

// Division is how a payout parts all movements: what it or a later payout was
// the first to pay out, or none has paid out yet, is the book's.
type Division struct {
	First PayoutMade
	// At is when the oldest of the book's movements was made.
	At time.Time
	// Earlier are the movements since At that are not the book's.
	Earlier []books.Earlier
	// Net is the sum of net of all that are not the book's, by currency.
	Net map[money.Currency]int64
}

// LeaveOut says that a movement is not the book's after all.
func (d *Division) LeaveOut(x Settled, cause books.Cause) {
	d.Net[x.Net.Currency] += x.Net.Minor
	d.Earlier = append(d.Earlier, books.Earlier{Connection: x.Connection, Movement: x.Movement, Cause: cause})
}

// Divide parts the movements of a book's sources by a payout. ErrNoPayout says
// that none of that id was read, ErrNotItemised that there is no telling what
// the payouts before it had paid out.
func (s *Service) Divide(ctx context.Context, b books.Book, payout string) (Division, error) {
	all, err := s.Store.PayoutsUntil(ctx, b.Tenant, b.Sources, s.Now(), 0)
	if err != nil {
		return Division{}, fmt.Errorf("connect: payouts: %w", err)
	}
	at := slices.IndexFunc(all, func(p PayoutMade) bool { return p.Payout.ID == payout })
	if at < 0 {
		return Division{}, fmt.Errorf("connect: %w: %q is none of the payouts of this book's Stripe accounts", ErrNoPayout, payout)
	}
	d := Division{First: all[at]}
	made := d.First.Payout.Created
	before := all[at:]
	for len(before) > 0 && !before[0].Payout.Created.Before(made) {
		before = before[1:]
	}
	loose, oldest, err := s.loose(ctx, b, made, before)
	if err != nil {
		return d, err
	}
	paid, err := s.Store.OldestFrom(ctx, b.Tenant, b.Sources, made)
	if err != nil {
		return d, err
	}
	d.At = made
	for _, t := range []*time.Time{oldest, paid} {
		if t != nil && t.Before(d.At) {
			d.At = *t
		}
	}
	return d, s.earlier(ctx, b, &d, loose)
}

// earlier fills in what is not the book's. loose are such movements that belong
// to no payout.
func (s *Service) earlier(ctx context.Context, b books.Book, d *Division, loose []looseMovement) error {
	var err error
	if d.Net, err = s.Store.OpeningNet(ctx, b.Tenant, b.Sources, d.At); err != nil {
		return fmt.Errorf("connect: opening: %w", err)
	}
	list, err := s.Store.PaidOutBefore(ctx, b.Tenant, b.Sources, d.At, d.First.Payout.Created)
	if err != nil {
		return err
	}
	for _, x := range loose {
		if !x.made.Before(d.At) {
			list = append(list, x.Settled)
		}
	}
	for _, x := range list {
		d.LeaveOut(x, books.CausePaidOut)
	}
	return nil
}

type looseMovement struct {
	Settled
	made time.Time
}

// loose are the movements before the first payout that belong to none and had
// been paid out by hand all the same, and when the oldest was made that had not.
//
// An automatic payout takes all that is available (Stripe docs: payouts). What
// was available when one was made and is not in it had therefore been paid out
// before. What became available later and was there when a payout was made that
// Stripe does not itemise may be in that or not: ErrNotItemised.
func (s *Service) loose(ctx context.Context, b books.Book, made time.Time, before []PayoutMade) (out []looseMovement, oldest *time.Time, err error) {
	type balance struct {
		connection string
		currency   money.Currency
	}
	swept, byHand := map[balance]time.Time{}, map[balance]receivables.Payout{}
	for _, p := range before { // the newest first
		key := balance{p.Connection, p.Payout.Currency}
		switch {
		case p.Payout.Automatic && p.Payout.Reconciled:
			if _, later := swept[key]; !later {
				swept[key] = p.Payout.Created
			}
		case !p.itemised():
			if _, later := byHand[key]; !later {
				byHand[key] = p.Payout
			}
		}
	}
	var unclear error
	err = s.Store.Loose(ctx, b.Tenant, b.Sources, made, func(connection string, m receivables.BalanceTransaction) error {
		key := balance{connection, m.Currency}
		hand, paidByHand := byHand[key]
		switch at, ok := swept[key]; {
		case ok && !m.Available.After(at):
			out = append(out, looseMovement{Settled{connection, m.ID, money.Money{Minor: m.Net, Currency: m.Currency}}, m.Created})
		case paidByHand && m.Created.Before(hand.Created):
			unclear = fmt.Errorf("connect: %w: %s, so that %s may be in it or not; choose an earlier payout, or a day", ErrNotItemised, unknowable(hand), m.ID)
			return unclear
		case oldest == nil:
			oldest = &m.Created
		}
		return nil
	})
	return out, oldest, cmp.Or(unclear, err)
}

// unknowable says why the movements of a payout are not known.
func unknowable(p receivables.Payout) string {
	if p.Automatic {
		return fmt.Sprintf("Stripe has not finished the list of what %s paid out yet", p.ID)
	}
	return fmt.Sprintf("Stripe does not say what %s paid out, which was made by hand", p.ID)
}

// PayoutOpenings compares what is not the book's under a division with what the
// ledger's clearing accounts hold on the evening of a day. The book has written
// nothing by then, so that all of it is earlier.
func (s *Service) PayoutOpenings(ctx context.Context, b books.Book, d Division, evening receivables.Date) ([]Opening, error) {
	ledger, err := s.ledgerOf(ctx, b)
	if err != nil {
		return nil, err
	}
	figures, err := ledger.Figures(ctx, connectors.FigureQuery{AsOf: evening, Clearing: b.Accounts.Clearing})
	if err != nil {
		return nil, fmt.Errorf("connect: opening: %w", err)
	}
	return openings(d.Net, figures, b), nil
}
