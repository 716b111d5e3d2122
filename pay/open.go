package pay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/sync/lease"
)

// Life of a page of the processor: long enough to find a card, short enough
// that few old amounts are about (Stripe docs: api/checkout/sessions/create,
// expires_at: 30 minutes to 24 hours). One
// with less than least left is not shown to anybody any more.
const (
	life  = 45 * time.Minute
	least = 10 * time.Minute
)

// Choice is what a payer wants to pay.
type Choice struct {
	// Invoices are those wanted of a customer's: whoever unticks them all
	// has not asked to pay them all. An invoice's own address needs none.
	Invoices []string
	// Currency is needed where invoices are in several.
	Currency money.Currency
	// Part is an amount below what is payable, for one invoice; nil for all.
	Part *money.Money
}

// holdTime bounds how long one request keeps others of the same customer out.
const holdTime = time.Minute

// Open opens a page of the processor over exactly what the payer has chosen of
// what is payable now, and gives its address. The ledger is read again; older
// pages over the same invoices are ended before, and one over the very same
// amounts is used again.
func (s *Service) Open(ctx context.Context, token string, c Choice) (string, error) {
	t, err := s.target(ctx, token)
	if err != nil {
		return "", err
	}
	// What is begun has to end before another may begin.
	ctx, cancel := context.WithTimeout(ctx, holdTime/2)
	defer cancel()
	ids, _, err := s.invoices(ctx, t)
	if err != nil {
		return "", err
	}
	if len(ids) == 0 {
		return "", ErrNothing
	}
	list, err := s.Books.Due(ctx, t.Book, ids)
	if err != nil {
		return "", fmt.Errorf("pay: what is payable: %w", err)
	}
	if t.Kind == KindInvoice && withdrawn(list) {
		return "", ErrUnknown
	}
	if len(list) == 0 {
		return "", ErrNothing
	}
	release, err := s.lock(ctx, t, list[0].Invoice.CustomerID)
	if err != nil {
		return "", err
	}
	defer release()
	return s.open(ctx, t, ids, c)
}

// lock lets one request at a time work on a customer's payments, on all
// machines.
func (s *Service) lock(ctx context.Context, t Target, customer string) (release func(), err error) {
	l := lease.Lease{Tenant: t.Book.Tenant, Name: "pay/" + t.Book.ID + "/" + customer, Holder: s.NewID(), Until: s.Now().Add(holdTime)}
	l, ok, err := s.Store.AcquireLease(ctx, l, s.Now())
	if err != nil {
		return nil, fmt.Errorf("pay: lock: %w", err)
	}
	if !ok {
		return nil, ErrBusy
	}
	return func() { _ = s.Store.ReleaseLease(context.WithoutCancel(ctx), l) }, nil
}

func (s *Service) open(ctx context.Context, t Target, ids []string, c Choice) (string, error) {
	now, err := s.Books.DueNow(ctx, t.Book, ids)
	if err != nil {
		return "", fmt.Errorf("pay: what is payable now: %w", err)
	}
	sessions, err := s.Store.PaySessions(ctx, t.Book, ids)
	if err != nil {
		return "", fmt.Errorf("pay: open pages: %w", err)
	}
	v := View{Customer: t.Kind == KindCustomer}
	if err := v.add(now, sessions); err != nil {
		return "", err
	}
	if t.Ended && len(v.Lines) > 0 {
		return "", ErrUnknown
	}
	if len(v.Lines) == 0 {
		if stateOf(t, now, nil) == StateUnderWay {
			return "", ErrUnderWay
		}
		return "", ErrNothing
	}
	shares, currency, err := choose(v, c)
	if err != nil {
		return "", err
	}
	again, err := s.clear(ctx, t, sessions, shares)
	if err != nil || again != "" {
		return again, err
	}
	return s.begin(ctx, t, shares, currency)
}

// choose turns a choice into what each invoice gets.
func choose(v View, c Choice) ([]Share, money.Currency, error) {
	lines := v.Lines
	if v.Customer || len(c.Invoices) > 0 {
		lines = nil
		for _, l := range v.Lines {
			if slices.Contains(c.Invoices, l.Invoice) {
				lines = append(lines, l)
			}
		}
		if len(lines) < len(c.Invoices) {
			return nil, "", ChoiceError{"Some of these invoices cannot be paid any more. Please look at the list again."}
		}
	}
	if c.Currency != "" {
		lines = slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.Payable.Currency != c.Currency })
	}
	if len(lines) == 0 {
		return nil, "", ChoiceError{"Please choose at least one invoice."}
	}
	currency := lines[0].Payable.Currency
	var shares []Share
	for _, l := range lines {
		if l.Payable.Currency != currency {
			return nil, "", ChoiceError{"Invoices in different currencies are paid one currency at a time."}
		}
		shares = append(shares, Share{Invoice: l.Invoice, Number: l.Number, Amount: l.Payable.Minor, Payable: l.Payable.Minor})
	}
	if c.Part == nil {
		return shares, currency, nil
	}
	return part(shares, currency, *c.Part)
}

// part lowers the one share to the amount that the payer has chosen.
func part(shares []Share, currency money.Currency, want money.Money) ([]Share, money.Currency, error) {
	switch {
	case len(shares) != 1:
		return nil, "", ChoiceError{"An amount of your own can be chosen for one invoice at a time."}
	case want.Currency != currency:
		return nil, "", ChoiceError{"This invoice is in " + string(currency) + "."}
	case want.Minor <= 0:
		return nil, "", ChoiceError{"Please enter an amount above zero."}
	case want.Minor > shares[0].Payable:
		return nil, "", ChoiceError{"At most " + money.Money{Minor: shares[0].Payable, Currency: currency}.String() + " is payable."}
	}
	shares[0].Amount = want.Minor
	return shares, currency, nil
}

// clear ends every open page over any of the invoices, so that nobody pays
// twice; one over the same shares with time left is given again.
func (s *Service) clear(ctx context.Context, t Target, sessions []Session, shares []Share) (again string, err error) {
	for _, old := range sessions {
		if old.State == SessionComplete || !overlaps(old, shares) {
			continue
		}
		if old.State == SessionOpening {
			// What came of it is not known: the same key gives the same page, or
			// the refusal of one that never came about.
			old, err = s.ask(ctx, t, old)
			if old.State == SessionExpired {
				continue
			}
			if err != nil {
				return "", err
			}
		}
		if old.State != SessionEnding && same(old.Shares, shares) && old.Until.Sub(s.Now()) >= least {
			read, _, err := s.look(ctx, t.Book, old)
			if err != nil {
				return "", err
			}
			switch read.State {
			case SessionOpen:
				return read.URL, nil
			case SessionComplete:
				return "", ErrUnderWay
			}
			continue
		}
		if err := s.end(ctx, t, old); err != nil {
			return "", err
		}
	}
	return "", nil
}

func overlaps(old Session, shares []Share) bool {
	return slices.ContainsFunc(old.Shares, func(x Share) bool {
		return slices.ContainsFunc(shares, func(y Share) bool { return x.Invoice == y.Invoice })
	})
}

func same(a, b []Share) bool {
	order := func(x, y Share) int { return strings.Compare(x.Invoice, y.Invoice) }
	return slices.Equal(slices.SortedFunc(slices.Values(a), order), slices.SortedFunc(slices.Values(b), order))
}

// end ends a page; a payment that came first wins.
func (s *Service) end(ctx context.Context, t Target, old Session) error {
	processor, _, err := s.Books.Processor(ctx, t.Book)
	if err != nil {
		return fmt.Errorf("pay: processor: %w", err)
	}
	got, err := processor.ExpireCheckout(ctx, old.Session)
	if err != nil {
		return fmt.Errorf("pay: end the page %s: %w", old.Session, err)
	}
	if err := s.keep(ctx, t, &old, got); err != nil {
		return err
	}
	if old.State == SessionComplete {
		return ErrUnderWay
	}
	return nil
}

// begin opens a new page. Its row stands before it is asked for, so that a
// request that never hears the answer is asked again with the same key.
func (s *Service) begin(ctx context.Context, t Target, shares []Share, currency money.Currency) (string, error) {
	_, connection, err := s.Books.Processor(ctx, t.Book)
	if err != nil {
		return "", fmt.Errorf("pay: processor: %w", err)
	}
	row := Session{
		ID: s.NewID(), Connection: connection, State: SessionOpening, Currency: currency, Shares: shares,
		Created: s.Now(), Until: s.Now().Add(life),
	}
	if err := s.Store.SavePaySession(ctx, t.Book, row); err != nil {
		return "", fmt.Errorf("pay: keep the page: %w", err)
	}
	row, err = s.ask(ctx, t, row)
	return row.URL, err
}

// ask asks the processor for the page of a row and keeps the answer. A refusal
// that no repetition changes ends the row.
func (s *Service) ask(ctx context.Context, t Target, row Session) (Session, error) {
	processor, _, err := s.Books.Processor(ctx, t.Book)
	if err != nil {
		return row, fmt.Errorf("pay: processor: %w", err)
	}
	got, err := processor.OpenCheckout(ctx, s.order(t, row))
	if err != nil {
		if refused, ok := errors.AsType[connectors.AmountError](err); ok {
			err = ChoiceError{refused.Why}
		}
		if class := connectors.ClassOf(err); class == connectors.ClassRequest || class == connectors.ClassPermanent || errors.As(err, new(ChoiceError)) {
			row.State = SessionExpired
			err = errors.Join(err, s.Store.SavePaySession(ctx, t.Book, row))
		}
		return row, fmt.Errorf("pay: open a page: %w", err)
	}
	err = s.keep(ctx, t, &row, got)
	return row, err
}

func (s *Service) order(t Target, row Session) connectors.CheckoutOrder {
	numbers := make([]string, len(row.Shares))
	order := connectors.CheckoutOrder{
		Key: "page:" + row.ID, Book: t.Book.ID, Currency: row.Currency, Until: row.Until,
		Done: s.URL(t.Token) + "?done=" + row.ID, Back: s.URL(t.Token),
	}
	for i, share := range row.Shares {
		numbers[i] = share.Number
		order.Shares = append(order.Shares, connectors.CheckoutShare{Invoice: share.Invoice, Number: share.Number, Amount: share.Amount})
	}
	order.Title = "Invoice " + strings.Join(numbers, ", ")
	if len(numbers) > 1 {
		order.Title = "Invoices " + strings.Join(numbers, ", ")
	}
	return order
}

// look reads what has become of a page and keeps it. paid says that the money
// is there, not only promised.
func (s *Service) look(ctx context.Context, b books.Book, row Session) (Session, bool, error) {
	processor, _, err := s.Books.Processor(ctx, b)
	if err != nil {
		return row, false, fmt.Errorf("pay: processor: %w", err)
	}
	got, err := processor.Checkout(ctx, row.Session)
	if err != nil {
		return row, false, fmt.Errorf("pay: read the page %s: %w", row.Session, err)
	}
	err = s.keep(ctx, Target{Book: b}, &row, got)
	return row, got.Paid, err
}

// keep notes what the processor says of a page.
func (s *Service) keep(ctx context.Context, t Target, row *Session, got connectors.Checkout) error {
	row.Session, row.URL, row.State = got.ID, got.URL, SessionState(got.Status)
	if err := s.Store.SavePaySession(ctx, t.Book, *row); err != nil {
		return fmt.Errorf("pay: keep the page: %w", err)
	}
	return nil
}
