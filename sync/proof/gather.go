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
	Evidence Evidence
}

// Evidence is what a proof says of its own making, and how it is signed.
type Evidence struct {
	// Program is the version of the program.
	Program string
	// Witness keeps digests of the answers to the calls made under the context
	// that it gives; nil keeps none.
	Witness func(context.Context) (context.Context, func() []Answer)
	// Signer signs; nil leaves proofs unsigned.
	Signer *Signer
}

// Prove measures and compares. It never changes what it measures.
func (p *Prover) Prove(ctx context.Context, b books.Book) (Proof, error) {
	answers := func() []Answer { return nil }
	if p.Evidence.Witness != nil {
		ctx, answers = p.Evidence.Witness(ctx)
	}
	in, err := p.gather(ctx, b)
	if err != nil {
		return Proof{Tenant: b.Tenant, Book: b.ID, At: p.now()}, err
	}
	in.Answers = answers()
	return p.conclude(b, in)
}

// NotMeasured is the proof of a book that could not be measured, and why.
func (p *Prover) NotMeasured(b books.Book, home money.Currency, reasons []string) (Proof, error) {
	in := given(b, p.now())
	in.Program, in.Interval = p.Evidence.Program, int64(p.Interval/time.Second)
	in.Unread, in.Home = reasons, home
	return p.conclude(b, in)
}

// conclude computes the lines of the inputs as they are stored.
func (p *Prover) conclude(b books.Book, in Inputs) (Proof, error) {
	p.link(&in)
	out := Proof{Tenant: b.Tenant, Book: b.ID, ID: p.NewID(), At: in.At}
	text, back, err := in.encode()
	if err != nil {
		return out, err
	}
	out.Inputs, out.Lines, out.Calls = text, Lines(back), len(in.Answers)
	return out, nil
}

// now is the time to the microsecond, as databases keep it.
func (p *Prover) now() time.Time { return p.Now().UTC().Truncate(time.Microsecond) }

// link finds the ledger's addresses of everything that the lines name.
func (p *Prover) link(in *Inputs) {
	if p.Ledger == nil {
		return
	}
	links := map[string]string{}
	for _, l := range Lines(*in) {
		for _, c := range l.Causes {
			if !ofLedger(c.Ref.Kind) {
				continue
			}
			if url := p.Ledger.URL(c.Ref); url != "" {
				links[linkKey(c.Ref)] = url
			}
		}
	}
	in.Links = links
}

// ofLedger says whether objects of a kind are the ledger's.
func ofLedger(kind receivables.Kind) bool {
	switch kind {
	case receivables.KindInvoice, receivables.KindCredit, receivables.KindReceipt, receivables.KindDocument, receivables.KindCustomer:
		return true
	}
	return false
}

// gather reads everything that the lines are computed from.
func (p *Prover) gather(ctx context.Context, b books.Book) (Inputs, error) {
	in, err := p.measure(ctx, b)
	if err != nil {
		return in, err
	}
	for _, step := range []func(context.Context, books.Book, *Inputs) error{p.sums, p.movements, p.checks, p.accounts, p.breakDown} {
		if err := step(ctx, b, &in); err != nil {
			return in, fmt.Errorf("proof: %s: %w", b.ID, err)
		}
	}
	return in, nil
}

// measure reads Stripe, the ledger, and Stripe again. When the balance moved
// in between or is not the sum of the movements pulled, everything is pulled
// and read again; after three tries it is not measured.
func (p *Prover) measure(ctx context.Context, b books.Book) (Inputs, error) {
	var in Inputs
	for try := range tries {
		if try > 0 {
			if err := p.Repull(ctx); err != nil {
				return in, err
			}
		}
		before, err := p.balances(ctx)
		if err != nil {
			return in, err
		}
		earlier := in
		in = given(b, p.now())
		in.Program, in.Interval = p.Evidence.Program, int64(p.Interval/time.Second)
		figures, err := p.Ledger.Figures(ctx, connectors.FigureQuery{AsOf: in.AsOf, Clearing: b.Accounts.Clearing})
		if err != nil {
			return in, fmt.Errorf("proof: read the ledger: %w", err)
		}
		in.Ledger = Figures{
			Receivable: figures.Receivable, ReceivableHome: figures.ReceivableHome, Customers: figures.Customers,
			Clearing: figures.Clearing, OwnSum: figures.OwnSum,
		}
		if in.Stripe, err = p.balances(ctx); err != nil {
			return in, err
		}
		if in.Sums, err = p.Store.StripeSums(ctx, b); err != nil {
			return in, err
		}
		in.Settled = sameNonZero(before, in.Stripe) && agrees(in.Stripe, in.Sums)
		same, err := p.measureBilled(ctx, b, &in, earlier.Billed, try > 0)
		if err != nil {
			return in, err
		}
		if !in.Settled {
			in.Moved = ErrMoved.Error()
		}
		if in.Settled && same {
			return in, nil
		}
	}
	return in, nil
}

// measureBilled reads what is open on the processors' own invoices, where we
// know of any (an account that makes none costs no call), and says whether it
// is our sum. A difference that an earlier try has read as well is measured
// all the same: it is one.
func (p *Prover) measureBilled(ctx context.Context, b books.Book, in *Inputs, before map[money.Currency]int64, again bool) (same bool, err error) {
	if in.BilledSums, err = p.Store.BilledSums(ctx, b); err != nil {
		return false, err
	}
	own := map[money.Currency]int64{}
	for _, r := range in.BilledSums {
		own[r.Currency] = r.Open
	}
	in.Billed = map[money.Currency]int64{}
	if len(in.BilledSums) > 0 {
		if in.Billed, err = p.openInvoices(ctx); err != nil {
			return false, err
		}
	}
	same = sameNonZero(in.Billed, own)
	in.BilledSettled = same || again && sameNonZero(before, in.Billed)
	return same, nil
}

func (p *Prover) openInvoices(ctx context.Context) (map[money.Currency]int64, error) {
	total := map[money.Currency]int64{}
	for _, id := range slices.Sorted(maps.Keys(p.Processors)) {
		biller, ok := p.Processors[id].(connectors.Biller)
		if !ok {
			continue
		}
		open, err := biller.OpenInvoices(ctx)
		if err != nil {
			return nil, fmt.Errorf("proof: read the open invoices of %s: %w", id, err)
		}
		for c, n := range open {
			total[c] += n
		}
	}
	return total, nil
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

func agrees(stripe map[money.Currency]int64, sums []StripeSums) bool {
	all := map[money.Currency]int64{}
	for _, s := range sums {
		all[s.Currency] = s.All
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

// sums reads the ledger's side as pulled, and how far everything was read.
func (p *Prover) sums(ctx context.Context, b books.Book, in *Inputs) (err error) {
	if in.Positions, err = p.Store.Positions(ctx, b); err != nil {
		return err
	}
	if in.Own, err = p.Store.LedgerSums(ctx, b); err != nil {
		return err
	}
	if in.OwnClearing, err = p.Store.ClearingSums(ctx, b, in.AsOf); err != nil {
		return err
	}
	in.Later, err = p.Store.LaterEntries(ctx, b, in.AsOf)
	return err
}

// movements reads what is not booked, and reads the movements themselves from
// the vendor again, so that no explanation rests on our own rows alone.
func (p *Prover) movements(ctx context.Context, b books.Book, in *Inputs) (err error) {
	if in.Open, err = p.Store.Unbooked(ctx, b); err != nil {
		return err
	}
	byConnection := map[string][]string{}
	for _, o := range in.Open {
		byConnection[o.Connection] = append(byConnection[o.Connection], o.ID)
	}
	in.Read = map[string]receivables.BalanceTransaction{}
	for _, id := range slices.Sorted(maps.Keys(byConnection)) {
		processor, ok := p.Processors[id]
		if !ok {
			continue
		}
		drafts, err := processor.Movements(ctx, byConnection[id])
		if err != nil {
			return fmt.Errorf("re-read movements of %s: %w", id, err)
		}
		for _, d := range drafts {
			if bt, ok := mapping.Accept(d).Entity.(receivables.BalanceTransaction); ok {
				in.Read[bt.ID] = bt
			}
		}
	}
	return nil
}

// checks reads what is looked at one by one.
func (p *Prover) checks(ctx context.Context, b books.Book, in *Inputs) error {
	list, err := p.Store.Payouts(ctx, b)
	if err != nil {
		return err
	}
	in.summarise(list)
	if in.Suspects, err = p.Store.Suspects(ctx, b); err != nil {
		return err
	}
	if in.Breaches, err = p.Store.Breaches(ctx, b); err != nil {
		return err
	}
	in.Writers, err = p.Store.Writers(ctx, b)
	return err
}

// accounts reads the accounts over which money goes that comes back.
func (p *Prover) accounts(ctx context.Context, b books.Book, in *Inputs) (err error) {
	accounts := slices.Sorted(maps.Values(b.Accounts.Disputes))
	if len(accounts) > 0 {
		if in.Disputes, err = p.Store.Disputes(ctx, b); err != nil {
			return err
		}
	}
	if b.Accounts.Returned != "" {
		accounts = append(accounts, b.Accounts.Returned)
		if in.Returned, err = p.Store.Returned(ctx, b); err != nil {
			return err
		}
	}
	for _, account := range slices.Compact(accounts) {
		sum, err := p.Store.AccountSum(ctx, b, account)
		if err != nil {
			return err
		}
		if in.AccountSums == nil {
			in.AccountSums = map[string]map[money.Currency]int64{}
		}
		in.AccountSums[account] = sum
	}
	return nil
}

// breakDown reads the documents behind differences, where there are any.
func (p *Prover) breakDown(ctx context.Context, b books.Book, in *Inputs) error {
	var inClearing, inReceivables bool
	for _, l := range Lines(*in) {
		switch l.Check {
		case CheckClearing:
			inClearing = inClearing || l.Unexplained != 0
		case CheckReceivables, CheckCustomers:
			inReceivables = inReceivables || l.Difference != 0
		}
	}
	var err error
	if inClearing && b.CutOver != nil {
		if in.Strangers, err = p.Store.Strangers(ctx, b, in.AsOf); err != nil {
			return err
		}
		// Where a payout is the beginning, documents of ours are older than the
		// opening figures: no balance of one evening shows those.
		if b.From == nil {
			in.OwnOpening, err = p.Store.ClearingSums(ctx, b, in.Since.AddDays(-1))
		}
		if err != nil {
			return err
		}
	}
	if inReceivables {
		in.Gaps, err = p.Store.CustomerGaps(ctx, b)
	}
	return err
}
