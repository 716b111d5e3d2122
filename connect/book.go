package connect

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
	"tieout/receivables"
)

// Errors of setting up a book.
var (
	ErrLiveMix    = errors.New("test-mode money must never reach a real ledger, nor real money a test one")
	ErrOpening    = errors.New("the clearing account does not hold what Stripe held at the cut-over")
	ErrIncomplete = errors.New("the book is not complete")
)

// NewBook joins a ledger and its Stripe accounts. Real money goes into a real
// ledger only; test-mode money only into one that the vendor, or the person
// by demo, marks as a demo.
func (s *Service) NewBook(ctx context.Context, ledger books.Connection, sources []books.Connection, demo bool) (books.Book, error) {
	b := books.Book{
		Tenant: ledger.Tenant, ID: s.NewID(), Name: ledger.Profile.Name, Ledger: ledger.ID, Zone: ledger.Profile.Zone,
		Settings: books.Settings{Links: true, LinkOnDocument: true}, CreatedAt: s.Now(),
	}
	for _, source := range sources {
		if source.Profile.Live != (ledger.Profile.Live && !demo) {
			return b, fmt.Errorf("connect: %s %s is %s and %s %s is %s: %w", ledger.Vendor, ledger.Profile.Name, mode(ledger.Profile.Live && !demo),
				source.Vendor, source.Profile.Name, mode(source.Profile.Live), ErrLiveMix)
		}
		b.Sources = append(b.Sources, source.ID)
	}
	return s.SaveBook(ctx, b)
}

func mode(live bool) string {
	if live {
		return "real"
	}
	return "for tests"
}

// SaveBook stores a book's settings and has the whole book looked at anew
// under them.
func (s *Service) SaveBook(ctx context.Context, b books.Book) (books.Book, error) {
	saved, err := s.Store.SaveBook(ctx, b, s.Now())
	if err != nil {
		return b, fmt.Errorf("connect: save the book: %w", err)
	}
	if err := s.Store.MarkBooks(ctx, b.Tenant, b.Ledger, s.Now()); err != nil {
		return b, fmt.Errorf("connect: mark the book: %w", err)
	}
	return saved, nil
}

// Choose detects the accounts that the book writes to. What the ledger lacks
// comes back as the plan's Create and Missing; nothing is created here.
func (s *Service) Choose(ctx context.Context, b books.Book, currencies []money.Currency) (connectors.AccountPlan, error) {
	ledger, err := s.ledgerOf(ctx, b)
	if err != nil {
		return connectors.AccountPlan{}, err
	}
	accounts, err := s.Store.LedgerAccounts(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return connectors.AccountPlan{}, fmt.Errorf("connect: accounts: %w", err)
	}
	destinations, err := s.Store.Destinations(ctx, b.Tenant, b.Sources)
	if err != nil {
		return connectors.AccountPlan{}, fmt.Errorf("connect: destinations: %w", err)
	}
	plan := ledger.DetectAccounts(accounts, connectors.AccountNeeds{Currencies: currencies, Destinations: destinations})
	plan.Destinations = destinations
	for _, p := range Places(plan) {
		if p.Sole != "" && p.ID != "" { // the set-up confirms both together
			plan.Accounts.Banks[p.Sole] = p.ID
		}
	}
	return plan, nil
}

// Create makes what the plan proposes, one after the other, and gives the
// plan with the choices filled in. What is there by its name is taken, so that
// a repeated set-up makes nothing twice; what is there and inactive, as the
// undo of a book leaves it, becomes active again.
func (s *Service) Create(ctx context.Context, b books.Book, plan connectors.AccountPlan) (connectors.AccountPlan, error) {
	ledger, err := s.confirmedLedger(ctx, b)
	if err != nil {
		return plan, err
	}
	for _, n := range plan.Create {
		made, found, err := provide(ctx, ledger, n)
		if err == nil && !found {
			made.URL, made.At = ledger.URL(made.Answer.Ref), s.Now()
			err = s.Store.SaveCreated(ctx, b, made)
		}
		if err != nil {
			return plan, fmt.Errorf("connect: create %s %q: %w", n.Use, n.Name, err)
		}
		place(&plan, n, made.Answer.Ref.ID)
	}
	plan.Create = nil
	return plan, nil
}

// provide finds what is asked for (true), makes an inactive one active again,
// or makes a new one. Where the ledger does not let the inactive one be used, a
// new one takes its place, if the ledger lets two have the name.
func provide(ctx context.Context, ledger connectors.Ledger, n connectors.NewAccount) (Created, bool, error) {
	write, err := ledger.LowerAccount(n)
	if err != nil {
		return Created{}, false, err
	}
	answer, found, err := ledger.Find(ctx, write)
	if err != nil || found {
		return Created{NewAccount: n, Write: write, Answer: answer}, found, err
	}
	var refused error
	if answer.Ref.ID != "" && len(answer.Raw) > 0 {
		n.Existing, n.Raw = answer.Ref.ID, answer.Raw
		made, err := create(ctx, ledger, n)
		if err == nil {
			return made, false, awake(ctx, ledger, write)
		}
		if class := connectors.ClassOf(err); class != connectors.ClassRequest && class != connectors.ClassGone {
			return made, false, err
		}
		refused, n.Raw = err, nil
	}
	made, err := create(ctx, ledger, n)
	if err != nil && refused != nil {
		err = fmt.Errorf("there is an inactive one, which can be made active only in the ledger itself (%w); nor can there be a new one: %w", refused, err)
	}
	return made, false, err
}

// awake looks whether what became active again is so: a ledger may take the
// write and leave it as it was.
func awake(ctx context.Context, ledger connectors.Ledger, write connectors.Write) error {
	_, found, err := ledger.Find(ctx, write)
	if err == nil && !found {
		err = errors.New("the ledger took the write, but it is still inactive: make it active there")
	}
	return err
}

func create(ctx context.Context, ledger connectors.Ledger, n connectors.NewAccount) (Created, error) {
	write, err := ledger.LowerAccount(n)
	if err != nil {
		return Created{}, err
	}
	answer, err := ledger.Send(ctx, write)
	n.Raw = nil // the answer has the newer one
	return Created{NewAccount: n, Write: write, Answer: answer}, err
}

// Created is what a set-up has made in a ledger.
type Created struct {
	connectors.NewAccount
	Write  connectors.Write
	Answer connectors.Answer
	URL    string
	At     time.Time
}

func place(plan *connectors.AccountPlan, n connectors.NewAccount, id string) {
	a := &plan.Accounts
	switch n.Use {
	case "clearing":
		if a.Clearing == nil {
			a.Clearing = map[money.Currency]string{}
		}
		a.Clearing[n.Currency] = id
	case "bank":
		if a.Banks == nil {
			a.Banks = map[string]string{}
		}
		a.Banks["*"+string(n.Currency)] = id
	case "fees":
		a.Fees = id
	case "contact":
		a.FeeContact = id
	case "method":
		a.Method = id
	case "returned":
		a.Returned = id
	case "disputes":
		if a.Disputes == nil {
			a.Disputes = map[money.Currency]string{}
		}
		a.Disputes[n.Currency] = id
	}
}

// Opening is what the clearing account of each currency has to hold at the
// cut-over, and what it does hold.
type Opening struct {
	Currency money.Currency
	Stripe   int64
	Ledger   *int64
	// Counter is the account that a person has named for the other side of a
	// document over the difference; "" where there is to be none.
	Counter string `json:",omitempty"`
}

// Missing is what the account would have to get to hold what Stripe held; 0
// where it was not measured.
func (o Opening) Missing() int64 {
	if o.Ledger == nil {
		return 0
	}
	return o.Stripe - *o.Ledger
}

// CutOver proposes the opening figures for a cut-over at the beginning of a
// day, and compares them with the ledger's clearing accounts the evening
// before.
func (s *Service) CutOver(ctx context.Context, b books.Book, day receivables.Date) (time.Time, []Opening, error) {
	at := day.Midnight(b.Location())
	net, err := s.Store.OpeningNet(ctx, b.Tenant, b.Sources, at)
	if err != nil {
		return at, nil, fmt.Errorf("connect: opening: %w", err)
	}
	ledger, err := s.ledgerOf(ctx, b)
	if err != nil {
		return at, nil, err
	}
	figures, err := ledger.Figures(ctx, connectors.FigureQuery{AsOf: day.AddDays(-1), Clearing: b.Accounts.Clearing})
	if err != nil {
		return at, nil, fmt.Errorf("connect: opening: %w", err)
	}
	return at, openings(net, figures, b), nil
}

// openings compare sums of net with the ledger's figures, for each currency of
// either side.
func openings(net map[money.Currency]int64, figures connectors.Figures, b books.Book) []Opening {
	for c := range b.Accounts.Clearing {
		net[c] += 0
	}
	var list []Opening
	for _, c := range slices.Sorted(maps.Keys(net)) {
		o := Opening{Currency: c, Stripe: net[c]}
		if held, ok := figures.Clearing[c]; ok {
			o.Ledger = &held
		}
		list = append(list, o)
	}
	return list
}

// Confirm sets the cut-over and stores it; see Opened.
func (s *Service) Confirm(ctx context.Context, b books.Book, at time.Time, openings []Opening) (books.Book, error) {
	b, err := Opened(b, at, openings)
	if err != nil {
		return b, err
	}
	return s.SaveBook(ctx, b)
}

// Opened is the book with its cut-over. A person has seen the opening figures;
// where the ledger holds something else than Stripe did, it is refused until
// they agree, or until an account is named for a document over the difference.
func Opened(b books.Book, at time.Time, openings []Opening) (books.Book, error) {
	b.Opening = map[money.Currency]int64{}
	for _, o := range openings {
		if o.Missing() != 0 && o.Counter == "" {
			return b, fmt.Errorf("connect: %w: in %s it holds %s, Stripe held %s", ErrOpening, o.Currency,
				money.Money{Minor: *o.Ledger, Currency: o.Currency}, money.Money{Minor: o.Stripe, Currency: o.Currency})
		}
		b.Opening[o.Currency] = o.Stripe
	}
	b.CutOver, b.From = &at, nil
	return b, nil
}

// Ready says what a book still lacks before it can write.
func Ready(b books.Book) error {
	if b.CutOver == nil || b.Accounts.Fees == "" || len(b.Accounts.Clearing) == 0 {
		return fmt.Errorf("connect: %w: cut-over, clearing accounts and the account for fees have to be chosen first", ErrIncomplete)
	}
	return nil
}

// SwitchWrites lets the book write, or stops it. Switching on confirms the
// preview: what was shown is what will be written.
func (s *Service) SwitchWrites(ctx context.Context, b books.Book, on bool) (books.Book, error) {
	if on {
		if err := Ready(b); err != nil {
			return b, err
		}
	}
	if err := s.Store.SwitchWrites(ctx, b, on, s.Now()); err != nil {
		return b, fmt.Errorf("connect: switch writes: %w", err)
	}
	return s.Store.Book(ctx, b.Tenant, b.ID)
}

// confirmedLedger is the book's ledger, after it has said that it is still the
// company that was connected: the check before writing.
func (s *Service) confirmedLedger(ctx context.Context, b books.Book) (connectors.Ledger, error) {
	ledger, err := s.ledgerOf(ctx, b)
	if err != nil {
		return nil, err
	}
	session, ok := ledger.(connectors.Session)
	if !ok {
		return ledger, nil
	}
	profile, err := session.Profile(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: who the ledger is: %w", err)
	}
	c, err := s.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("connect: ledger of the book: %w", err)
	}
	if _, err := c.Confirm(profile, s.Now()); err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return ledger, nil
}

func (s *Service) ledgerOf(ctx context.Context, b books.Book) (connectors.Ledger, error) {
	c, err := s.Store.Connection(ctx, b.Tenant, b.Ledger)
	if err != nil {
		return nil, fmt.Errorf("connect: ledger of the book: %w", err)
	}
	session, err := s.Session(c)
	if err != nil {
		return nil, err
	}
	ledger, ok := session.(connectors.Ledger)
	if !ok {
		return nil, fmt.Errorf("connect: %s is no ledger", c.Vendor)
	}
	return ledger, nil
}
