package proof

import (
	"context"
	"errors"
	"testing"

	"tieout/books"
	"tieout/connectors"
	"tieout/money"
)

// own is what is pulled, and open what the processor says at each reading.
type own struct {
	Store
	sums []BilledSums
}

func (o own) BilledSums(context.Context, books.Book) ([]BilledSums, error) { return o.sums, nil }

type biller struct {
	connectors.Processor
	open  []int64
	calls int
	err   error
}

func (b *biller) OpenInvoices(context.Context) (map[money.Currency]int64, error) {
	n := b.open[min(b.calls, len(b.open)-1)]
	b.calls++
	return map[money.Currency]int64{"USD": n}, b.err
}

// TestBilled: invoices that Stripe has made are their own total, read from
// Stripe at the time of the proof; a figure that moves is not measured, one that
// stays different is a difference, and an account without any costs no call.
func TestBilled(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sums       []BilledSums
		open       []int64
		tries      int
		calls      int
		lines      int
		difference int64
		measured   bool
	}{
		"no invoices":    {nil, []int64{0}, 1, 0, 0, 0, true},
		"all agree":      {[]BilledSums{{Currency: "USD", Open: 630, Mirrored: 100, Asked: 30, Count: 3}}, []int64{630}, 1, 1, 1, 0, true},
		"paid meanwhile": {[]BilledSums{{Currency: "USD", Open: 630, Count: 3}}, []int64{530}, 1, 1, 1, -100, false},
		"stays away":     {[]BilledSums{{Currency: "USD", Open: 630, Count: 3}}, []int64{530}, 2, 2, 1, -100, true},
		"moves on":       {[]BilledSums{{Currency: "USD", Open: 630, Count: 3}}, []int64{530, 500}, 2, 2, 1, -130, false},
		"broken figures": {[]BilledSums{{Currency: "USD", Open: 5, Count: 1, Broken: 2}}, []int64{5}, 1, 1, 2, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := &biller{open: c.open}
			p := &Prover{Store: own{sums: c.sums}, Processors: map[string]connectors.Processor{"stripe": b}}
			var m Inputs
			for try := range c.tries {
				if _, err := p.measureBilled(t.Context(), books.Book{}, &m, m.Billed, try > 0); err != nil {
					t.Fatal(err)
				}
			}
			lines := billed(m)
			if len(lines) != c.lines || b.calls != c.calls {
				t.Fatalf("%d lines, %d calls; want %d and %d: %+v", len(lines), b.calls, c.lines, c.calls, lines)
			}
			if c.lines == 0 {
				return
			}
			if l := lines[0]; l.Check != CheckBilled || l.Difference != c.difference || l.Measured != c.measured || l.Ledger != nil {
				t.Errorf("line %+v", l)
			}
			if c.lines == 2 && (lines[1].Check != CheckInvoices || lines[1].Difference != 2) {
				t.Errorf("line %+v", lines[1])
			}
		})
	}
}

// TestBilledNotRead: what cannot be read ends the proof; it never agrees.
func TestBilledNotRead(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	p := &Prover{
		Store:      own{sums: []BilledSums{{Currency: "USD", Open: 1}}},
		Processors: map[string]connectors.Processor{"stripe": &biller{open: []int64{1}, err: refused}},
	}
	var m Inputs
	if same, err := p.measureBilled(t.Context(), books.Book{}, &m, nil, false); !errors.Is(err, refused) || same {
		t.Errorf("same %v, %v", same, err)
	}
}
