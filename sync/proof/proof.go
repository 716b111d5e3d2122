package proof

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// tries is how often Stripe's balance is read again when it moved meanwhile.
const tries = 3

// ErrMoved says that a side moved while it was measured.
var ErrMoved = errors.New("the Stripe balance moved while it was measured")

// Prover measures one book. It is run after a pull that found nothing more.
type Prover struct {
	Store  Store
	Ledger connectors.Ledger
	// Processors are the book's Stripe sessions by connection.
	Processors map[string]connectors.Processor
	// Repull pulls both sides to quiet again, when Stripe moved meanwhile.
	Repull func(context.Context) error
	// Interval is the book's sync interval: movements younger than two of
	// them may still be under way.
	Interval time.Duration
	Now      func() time.Time
	NewID    func() string
}

// measured is what the vendors said at one instant.
type measured struct {
	stripe  map[money.Currency]int64
	ledger  connectors.Figures
	sums    map[money.Currency]StripeSums
	at      time.Time
	settled bool
	why     string
	// billed is what the processors say is open on their own invoices; it is
	// settled when it is our sum, or was read twice with the same result.
	billed        map[money.Currency]int64
	billedSums    []BilledSums
	billedSettled bool
	// open are movements whose documents do not all stand, read what the
	// vendor says of them now.
	open []OpenMovement
	read map[string]receivables.BalanceTransaction
}

// Prove measures and compares. It never changes what it measures.
func (p *Prover) Prove(ctx context.Context, b books.Book) (Proof, error) {
	out := Proof{Tenant: b.Tenant, Book: b.ID, ID: p.NewID(), At: p.Now()}
	m, err := p.measure(ctx, b)
	if err == nil {
		m.open, err = p.Store.Unbooked(ctx, b)
	}
	if err == nil {
		m.read, err = p.reread(ctx, m.open)
	}
	if err != nil {
		return out, err
	}
	for _, part := range []func(context.Context, books.Book, measured) ([]Line, error){
		p.balance, p.clearing, p.receivables, p.billed, p.payouts, p.documents, p.bank,
	} {
		lines, err := part(ctx, b, m)
		if err != nil {
			return out, fmt.Errorf("proof: %s: %w", b.ID, err)
		}
		out.Lines = append(out.Lines, lines...)
	}
	for i := range out.Lines {
		finish(&out.Lines[i], m.at)
	}
	return out, nil
}

// measure reads Stripe, the ledger, and Stripe again. When the balance moved
// in between or is not the sum of the movements pulled, everything is pulled
// and read again; after three tries it is not measured.
func (p *Prover) measure(ctx context.Context, b books.Book) (measured, error) {
	var m measured
	for try := range tries {
		if try > 0 {
			if err := p.Repull(ctx); err != nil {
				return m, err
			}
		}
		before, err := p.balances(ctx)
		if err != nil {
			return m, err
		}
		m.at = p.Now()
		m.ledger, err = p.Ledger.Figures(ctx, connectors.FigureQuery{AsOf: asOf(m.at, b), Clearing: b.Accounts.Clearing})
		if err != nil {
			return m, fmt.Errorf("proof: read the ledger: %w", err)
		}
		if m.stripe, err = p.balances(ctx); err != nil {
			return m, err
		}
		if m.sums, err = p.stripeSums(ctx, b); err != nil {
			return m, err
		}
		m.settled = sameNonZero(before, m.stripe) && agrees(m.stripe, m.sums)
		same, err := p.measureBilled(ctx, b, &m, try > 0)
		if err != nil {
			return m, err
		}
		if m.settled && same {
			return m, nil
		}
		if !m.settled {
			m.why = ErrMoved.Error()
		}
	}
	return m, nil
}

// asOf is the day up to which the ledger's documents count. Stripe's days are
// those of UTC: a payout that has arrived may be dated tomorrow where the
// company is.
func asOf(at time.Time, b books.Book) receivables.Date {
	return max(receivables.DateIn(at, b.Location()), receivables.DateIn(at, time.UTC))
}

func (p *Prover) balances(ctx context.Context) (map[money.Currency]int64, error) {
	total := map[money.Currency]int64{}
	for _, id := range slices.Sorted(maps.Keys(p.Processors)) {
		one, err := p.Processors[id].Balances(ctx)
		if err != nil {
			return nil, fmt.Errorf("proof: read the balance of %s: %w", id, err)
		}
		for c, n := range one {
			total[c] += n
		}
	}
	return total, nil
}

func (p *Prover) stripeSums(ctx context.Context, b books.Book) (map[money.Currency]StripeSums, error) {
	rows, err := p.Store.StripeSums(ctx, b)
	if err != nil {
		return nil, err
	}
	sums := map[money.Currency]StripeSums{}
	for _, s := range rows {
		sums[s.Currency] = s
	}
	return sums, nil
}

func agrees(stripe map[money.Currency]int64, sums map[money.Currency]StripeSums) bool {
	all := map[money.Currency]int64{}
	for c, s := range sums {
		all[c] = s.All
	}
	return sameNonZero(stripe, all)
}

// sameNonZero compares balances; a currency that is missing counts as zero.
func sameNonZero(a, b map[money.Currency]int64) bool {
	for c, n := range a {
		if b[c] != n {
			return false
		}
	}
	for c, n := range b {
		if a[c] != n {
			return false
		}
	}
	return true
}

// finish splits the difference into what items explain and the rest. An item
// that is overdue explains nothing.
func finish(l *Line, at time.Time) {
	l.MeasuredAt = at
	if !l.Measured {
		return
	}
	l.Unexplained = l.Difference
	for _, item := range l.Explained {
		if !item.Overdue {
			l.Unexplained -= item.Amount
		}
	}
}

// Unexplained says whether any line has a rest that nothing explains, or could
// not be measured.
func (p Proof) Unexplained() bool {
	for _, l := range p.Lines {
		if l.Unexplained != 0 || !l.Measured {
			return true
		}
	}
	return false
}

// reread reads the movements of open items from the vendor again, so that no
// explanation rests on our own rows alone.
func (p *Prover) reread(ctx context.Context, open []OpenMovement) (map[string]receivables.BalanceTransaction, error) {
	byConnection := map[string][]string{}
	for _, o := range open {
		byConnection[o.Connection] = append(byConnection[o.Connection], o.ID)
	}
	found := map[string]receivables.BalanceTransaction{}
	for _, id := range slices.Sorted(maps.Keys(byConnection)) {
		processor, ok := p.Processors[id]
		if !ok {
			continue
		}
		drafts, err := processor.Movements(ctx, byConnection[id])
		if err != nil {
			return nil, fmt.Errorf("re-read movements of %s: %w", id, err)
		}
		for _, d := range drafts {
			if bt, ok := mapping.Accept(d).Entity.(receivables.BalanceTransaction); ok {
				found[bt.ID] = bt
			}
		}
	}
	return found, nil
}
