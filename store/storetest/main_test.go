package storetest

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"tieout/books"
	"tieout/connect"
	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	"tieout/store"
	"tieout/sync/lease"
	"tieout/sync/pull"
)

// engines are shared by the tests of the package.
var engines = New()

func TestMain(m *testing.M) {
	code := m.Run()
	engines.Stop()
	os.Exit(code)
}

// now is when everything happens.
var now = time.Date(2026, 3, 2, 9, 30, 0, 123456000, time.UTC)

// world is a store with a ledger, a Stripe account and a book.
type world struct {
	*testing.T
	*store.Store
	ctx  context.Context
	book books.Book
}

const (
	ledgerID = "ledger-1"
	stripeID = "stripe-1"
	bookID   = "book-1"
)

func newWorld(t *testing.T, s *store.Store) *world {
	t.Helper()
	return newTenant(t, s, books.Tenant)
}

func newTenant(t *testing.T, s *store.Store, tenant string) *world {
	t.Helper()
	w := &world{T: t, Store: s, ctx: context.Background()}
	for id, vendor := range map[string]string{ledgerID: "quickbooks", stripeID: "stripe"} {
		_, err := s.SaveConnection(w.ctx, books.Connection{
			Tenant: tenant, ID: id, Vendor: vendor, ExternalID: tenant + "-" + vendor, GrantID: "grant-" + id, State: books.ConnectionActive,
			Profile: connectors.Profile{ExternalID: tenant + "-" + vendor, Name: vendor, Home: "USD"}, Schedule: "@hourly", CreatedAt: now,
		})
		w.must(err)
	}
	cut := now.AddDate(0, -1, 0)
	b, err := s.SaveBook(w.ctx, books.Book{
		Tenant: tenant, ID: bookID, Name: "Main", Ledger: ledgerID, Sources: []string{stripeID}, CutOver: &cut, Zone: "UTC", CreatedAt: now,
		Accounts: mapping.Accounts{Clearing: map[money.Currency]string{"USD": "clearing"}, Banks: map[string]string{"ba_1": "bank"}},
	}, now)
	w.must(err)
	w.book = b
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// hold takes a lease that nobody else holds.
func (w *world) hold(name string) lease.Lease {
	w.Helper()
	l, ok, err := w.AcquireLease(w.ctx, lease.Lease{Tenant: w.book.Tenant, Name: name, Holder: "me", Until: now.Add(time.Hour)}, now)
	w.must(err)
	if !ok {
		w.Fatalf("the lease %s is held by another", name)
	}
	return l
}

// pull saves entities as one page of a connection.
func (w *world) pull(connection string, order int64, entities ...receivables.Entity) pull.Saved {
	w.Helper()
	records := make([]mapping.Record, len(entities))
	for i, e := range entities {
		records[i] = record(e, order)
	}
	return w.page(connection, pull.Page{Records: records, Mark: true})
}

func (w *world) page(connection string, p pull.Page) pull.Saved {
	w.Helper()
	p.Tenant, p.Connection, p.At = w.book.Tenant, connection, now
	saved, err := w.SavePage(w.ctx, w.hold("connection/"+connection), p)
	w.must(err)
	return saved
}

func record(e receivables.Entity, order int64) mapping.Record {
	return mapping.Record{Ref: e.Ref(), Order: order, Changed: now, Entity: e, Raw: []byte(fmt.Sprintf(`{"id":%q,"order":%d}`, e.Ref().ID, order))}
}

func invoice(id, customer string, total, balance int64) receivables.Invoice {
	return receivables.Invoice{
		ID: id, Number: "INV-" + id, CustomerID: customer, State: receivables.StateLive, Currency: "USD",
		Issued: "2026-02-10", Due: "2026-03-10", Total: total, Balance: balance, HomeBalance: balance,
	}
}

func receipt(id, customer string, total int64, allocations ...receivables.Allocation) receivables.Receipt {
	r := receivables.Receipt{
		ID: id, CustomerID: customer, State: receivables.StateLive, Currency: "USD", Date: "2026-02-20", Total: total,
		AccountID: "clearing", Allocations: allocations, Unapplied: total,
	}
	for _, a := range allocations {
		r.Unapplied -= a.Amount
	}
	r.HomeUnapplied = r.Unapplied
	return r
}

func pays(invoice string, amount int64) receivables.Allocation {
	return receivables.Allocation{Target: receivables.Ref{Kind: receivables.KindInvoice, ID: invoice}, Amount: amount}
}

func charge(id string, amount int64) receivables.Charge {
	return receivables.Charge{
		ID: id, PaymentIntent: "pi_" + id, PayerID: "cus_1", Amount: amount, Currency: "USD", Status: receivables.ChargeSucceeded,
		Created: now, Movement: "txn_" + id,
	}
}

func movement(id, source string, amount, fee int64) receivables.BalanceTransaction {
	return receivables.BalanceTransaction{
		ID: id, Type: "charge", Category: "charge", Source: source, Amount: amount, Fee: fee, Net: amount - fee, Currency: "USD",
		Created: now, Available: now.AddDate(0, 0, 2), Status: "available",
	}
}

// deletion is a page that says that one object was deleted.
func deletion(kind receivables.Kind, id string, order int64) pull.Page {
	return pull.Page{Records: []mapping.Record{{Ref: receivables.Ref{Kind: kind, ID: id}, Order: order, Deleted: true}}}
}

func grant() connect.Grant {
	return connect.Grant{Tenant: books.Tenant, ID: "g", Vendor: "stripe", Access: "sk_test_1", Key: true}
}

func leaseFor(holder string) lease.Lease {
	return lease.Lease{Tenant: books.Tenant, Name: "connection/" + ledgerID, Holder: holder, Until: now.Add(time.Hour)}
}
