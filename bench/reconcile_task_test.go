package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"tieout/books"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
	"tieout/sync/reconcile"
)

const (
	bookID   = "book"
	ledgerID = "ledger"
	sourceID = "source"
	// openEach is how many open invoices a customer has.
	openEach = 10
	// pageSize is how many records are filled in at once.
	pageSize = 1000
)

// fill writes a book with open invoices and payments not yet looked at, as
// pulls would have.
func (p *program) fill(ctx context.Context) (report, error) {
	now := p.clock.Now()
	for id, vendor := range map[string]string{ledgerID: "quickbooks", sourceID: "stripe"} {
		_, err := p.Store.SaveConnection(ctx, books.Connection{
			Tenant: books.Tenant, ID: id, Vendor: vendor, ExternalID: id, State: books.ConnectionActive, CreatedAt: now, Due: now, Fresh: &now,
			Schedule: "@hourly", Profile: connectors.Profile{ExternalID: id, Name: id, Home: "USD", Zone: "UTC"},
		})
		if err != nil {
			return report{}, err
		}
	}
	cutOver := now.AddDate(0, 0, -30)
	_, err := p.Store.SaveBook(ctx, books.Book{
		Tenant: books.Tenant, ID: bookID, Name: "Bench Ltd", Ledger: ledgerID, Sources: []string{sourceID}, CutOver: &cutOver, Zone: "UTC", CreatedAt: now,
		Accounts: mapping.Accounts{
			Clearing: map[money.Currency]string{"USD": "41"}, Fees: "42", Banks: map[string]string{"*USD": "43"}, FeeContact: "44", Method: "45",
		},
		Settings: books.Settings{Links: p.job.Links, LinkOnDocument: p.job.Links}, Writes: true,
	}, now)
	if err != nil {
		return report{}, err
	}
	r := report{}
	err = p.measured(&r, func() error { return p.fillAll(ctx, now) })
	r.Records = p.job.Invoices + 2*p.job.Payments
	return r, err
}

func (p *program) fillAll(ctx context.Context, now time.Time) error {
	size := economy{invoices: p.job.Invoices, now: now}
	ledger, err := p.page(ctx, ledgerID)
	if err != nil {
		return err
	}
	source, err := p.page(ctx, sourceID)
	if err != nil {
		return err
	}
	for i := range size.customers() {
		ledger.add(size.customer(i))
	}
	for i := range p.job.Invoices {
		ledger.add(size.invoice(i))
	}
	for i := range p.job.Payments {
		charge, movement := size.payment(i)
		source.add(charge)
		source.add(movement)
	}
	if err := errors.Join(ledger.flush(), source.flush()); err != nil {
		return err
	}
	return p.Store.MarkBooks(ctx, books.Tenant, ledgerID, now)
}

// filler saves pages of one connection.
type filler struct {
	ctx   context.Context
	store *store.Store
	lease lease.Lease
	page  pull.Page
	// order is that of what the vendor says now, after what it said before.
	order   int64
	problem error
}

func (p *program) page(ctx context.Context, connection string) (*filler, error) {
	l, err := p.lease(ctx, "connection/"+connection)
	return &filler{ctx: ctx, store: p.Store, lease: l, order: 1, page: pull.Page{Tenant: books.Tenant, Connection: connection, At: p.clock.Now()}}, err
}

func (p *program) lease(ctx context.Context, name string) (lease.Lease, error) {
	now := p.clock.Now()
	l, ok, err := p.Store.AcquireLease(ctx, lease.Lease{Tenant: books.Tenant, Name: name, Holder: "bench", Until: now.Add(time.Hour)}, now)
	if err == nil && !ok {
		err = fmt.Errorf("bench: %s is held by another", name)
	}
	return l, err
}

func (f *filler) add(e receivables.Entity) {
	raw, err := json.Marshal(e)
	f.problem = errors.Join(f.problem, err)
	f.page.Records = append(f.page.Records, mapping.Record{Ref: e.Ref(), Order: f.order, Changed: f.page.At, Entity: e, Raw: raw})
	if len(f.page.Records) == pageSize {
		f.problem = errors.Join(f.problem, f.flush())
	}
}

func (f *filler) flush() error {
	_, err := f.store.SavePage(f.ctx, f.lease, f.page)
	f.page.Records = nil
	return errors.Join(f.problem, err)
}

// economy makes a book's objects by number.
type economy struct {
	invoices int
	now      time.Time
}

func (e economy) customers() int { return max(e.invoices/openEach, 1) }

func (e economy) customer(i int) receivables.Customer {
	return receivables.Customer{
		ID: "c" + strconv.Itoa(i), Name: "Customer " + strconv.Itoa(i), Currency: "USD", Active: true,
		Contacts: []receivables.Contact{{Email: fmt.Sprintf("c%d@example.com", i)}},
	}
}

// spread scatters numbers, so that amounts of one customer rarely add up to
// the same sum twice (the mixing steps of splitmix64).
func spread(i int) int64 {
	x := uint64(i) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int64((x ^ x>>31) % 900_007)
}

// owed is the balance of an invoice, in minor units.
func owed(i int) int64 { return 1_000 + spread(i) }

func (e economy) invoice(i int) receivables.Invoice {
	issued := receivables.DateIn(e.now, time.UTC).AddDays(-i % 180)
	return receivables.Invoice{
		ID: "i" + strconv.Itoa(i), Number: fmt.Sprintf("INV-%06d", i), CustomerID: "c" + strconv.Itoa(i%e.customers()), State: receivables.StateLive,
		Currency: "USD", Issued: issued, Due: issued.AddDays(30), Total: owed(i), Balance: owed(i), HomeBalance: owed(i),
		Lines: []receivables.Line{{ID: "1", Description: "Consulting, as agreed", Quantity: "1", Amount: "1.00"}},
	}
}

// The ways in which payments name what they pay, an eighth each.
const (
	byNumber = iota
	byNumberToo
	byAmount
	byAmountToo
	bySum
	bySumToo
	unknownPayer
	noSuchAmount
	ways
)

// payment is a charge of one of a customer's invoices, or of some of them,
// with its movement.
func (e economy) payment(i int) (receivables.Charge, receivables.BalanceTransaction) {
	customer, round := i%e.customers(), i/e.customers()
	of := func(n int) int { return customer + e.customers()*((3*round+n)%openEach) }
	c := receivables.Charge{
		ID: "ch_" + strconv.Itoa(i), PaymentIntent: "pi_" + strconv.Itoa(i), Email: fmt.Sprintf("c%d@example.com", customer), Currency: "USD",
		Status: receivables.ChargeSucceeded, Method: "card", Created: e.now.Add(-time.Duration(i) * time.Minute), Movement: "txn_" + strconv.Itoa(i),
		Amount: owed(of(0)),
	}
	switch i % ways {
	case byNumber, byNumberToo:
		c.Description = fmt.Sprintf("Payment of invoice INV-%06d, thank you", of(0))
	case bySum, bySumToo:
		c.Amount += owed(of(1)) + owed(of(2))
	case unknownPayer:
		c.Email = fmt.Sprintf("stranger%d@example.org", i)
	case noSuchAmount:
		c.Amount = 1 + spread(i)%900
	}
	fee := c.Amount*29/1000 + 30
	return c, receivables.BalanceTransaction{
		ID: c.Movement, Type: "charge", Category: "charge", Source: c.ID, Amount: c.Amount, Fee: fee, Net: c.Amount - fee, Currency: "USD",
		Created: c.Created, Available: c.Created.AddDate(0, 0, 2), Status: "available",
	}
}

// reconcile works on the marks of the filled book until none is left, and
// then on the whole book once more.
func (p *program) reconcile(ctx context.Context) (report, error) {
	b, err := p.Store.Book(ctx, books.Tenant, bookID)
	if err != nil {
		return report{}, err
	}
	work, err := p.reconciler(ctx)
	if err != nil {
		return report{}, err
	}
	r := report{}
	err = p.measured(&r, func() error {
		sum, err := work.Run(ctx, b)
		r.Records = sum.Movements
		r.Counts = map[string]int{"intents": sum.Intents, "decisions": sum.Decisions}
		return err
	})
	if err != nil {
		return r, err
	}
	matched, err := p.Store.MatchCounts(ctx, b)
	if err != nil {
		return r, err
	}
	r.Counts["matched"] = matched.Matched
	if err := p.Store.MarkBooks(ctx, books.Tenant, ledgerID, p.clock.Now()); err != nil {
		return r, err
	}
	again, err := work.Run(ctx, b)
	r.IdleWrites = again.Intents
	return r, err
}

func (p *program) reconciler(ctx context.Context) (*reconcile.Reconciler, error) {
	session := func(id string) (connectors.Session, error) {
		c, err := p.Store.Connection(ctx, books.Tenant, id)
		if err != nil {
			return nil, err
		}
		return p.Session(c)
	}
	ledger, err := session(ledgerID)
	if err != nil {
		return nil, err
	}
	l, err := p.lease(ctx, "book/"+bookID)
	n := 0
	return &reconcile.Reconciler{
		Store: p.Store, Ledger: ledger.(connectors.Ledger), Now: p.clock.Now,
		Processor: func(id string) (connectors.Processor, error) {
			source, err := session(id)
			if err != nil {
				return nil, err
			}
			return source.(connectors.Processor), nil
		},
		NewID: func() string { n++; return strconv.Itoa(n) },
		Hold:  func(context.Context) (lease.Lease, error) { return l, nil },
	}, err
}

// ageing shares what is open among the buckets of age, by due date.
func (p *program) ageing(ctx context.Context) (report, error) {
	r := report{Counts: map[string]int{}}
	err := p.measured(&r, func() error {
		var items []receivables.OpenItem
		err := p.Store.AgeingRows(ctx, books.Tenant, ledgerID, func(row store.AgeingRow) error {
			items = append(items, row.Item)
			return nil
		})
		if err != nil {
			return err
		}
		r.Records = len(items)
		aged, err := receivables.Age(items, 0, receivables.DateIn(p.clock.Now(), time.UTC), receivables.ByDue)
		r.Counts["current"], r.Counts["over90"] = int(aged.Current), int(aged.Over90)
		return err
	})
	return r, err
}
