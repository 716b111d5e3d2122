package sandbox

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tieout/sandbox/control"
	"tieout/sandbox/economy"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/stripe"
	"tieout/sandbox/xero"
)

// ledger is one company of the sandbox with all that belongs to it.
type ledger struct {
	vendor     string
	id         string
	name       string
	country    string
	home       string
	currencies []string
	zone       *time.Location
	folder     string // where it was recorded; empty when generated

	records control.Records
	dump    func() any
	// disconnect removes the app from the company, as its user may.
	disconnect func()
	books      economy.Books
	till       economy.Till
	account    *stripe.Account
	payers     *economy.Payers
}

func (l ledger) withQuickBooks(w *world, c *quickbooks.Company, multi bool) ledger {
	l.vendor, l.id, l.records, l.dump = economy.QuickBooks, c.RealmID(), c, c.Dump
	l.books = economy.NewQuickBooks(c, l.zone, l.home, multi)
	l.disconnect = func() { w.quickbooks.Disconnect(c.RealmID()) }
	return l
}

func (l ledger) withXero(o *xero.Organisation) ledger {
	l.vendor, l.id, l.records, l.dump = economy.Xero, o.ID(), xeroRecords{o}, o.Dump
	l.books = economy.NewXero(o, l.zone, l.home)
	l.disconnect = o.Disconnect
	return l
}

func (w *world) tillOf(a *stripe.Account) economy.Till {
	return economy.NewStripe(a, w.stripeURL())
}

// ready describes the ledger to a client. Accounts that cannot be looked up
// are left empty: a recorded company may have none.
func (l ledger) ready() ReadyLedger {
	r := ReadyLedger{
		Vendor: l.vendor, ID: l.id, Name: l.name, HomeCurrency: l.home, TimeZone: l.zone.String(), Folder: l.folder,
		StripeAccount: l.account.ID(), StripeKey: l.account.SecretKey(),
	}
	banks := l.account.Options().Banks
	for _, c := range l.currencies {
		found, err := l.books.Accounts(c, false)
		if err != nil {
			found = economy.Accounts{Currency: c}
		}
		r.Money = append(r.Money, ReadyAccount{Accounts: found, Destination: banks[strings.ToLower(c)]})
	}
	return r
}

// controlled are the companies as the control API needs them.
func (w *world) controlled() []control.Ledger {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []control.Ledger
	for _, l := range w.ledgers {
		out = append(out, control.Ledger{
			ID: l.id, Vendor: l.vendor, Records: l.records, Books: l.books, Payers: l.payers, Pays: l.till.Owns, Disconnect: l.disconnect,
		})
	}
	return out
}

func (w *world) act(ctx context.Context) (map[string]economy.Summary, error) {
	out := map[string]economy.Summary{}
	for _, l := range w.controlled() {
		sum, err := l.Payers.Act(ctx, w.clock)
		if err != nil {
			return out, fmt.Errorf("sandbox: %w", err)
		}
		out[l.ID] = sum
	}
	return out, nil
}

func (w *world) runPayouts() ([]economy.Payout, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []economy.Payout
	for _, l := range w.ledgers {
		paid, err := l.till.RunPayouts()
		if err != nil {
			return out, fmt.Errorf("sandbox: payouts of %s: %w", l.name, err)
		}
		out = append(out, paid...)
	}
	return out, nil
}

func (w *world) dump() any {
	d := dump{Now: w.stage.Now(), QuickBooks: map[string]any{}, Xero: map[string]any{}, Stripe: map[string]any{}, Economy: map[string]economy.Summary{}}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.ledgers {
		d.Ledgers = append(d.Ledgers, l.ready())
		d.Economy[l.id] = l.payers.Done()
		if l.vendor == economy.Xero {
			d.Xero[l.id] = l.dump()
		} else {
			d.QuickBooks[l.id] = l.dump()
		}
	}
	for _, a := range w.stripe.Accounts() {
		d.Stripe[a.ID()] = a.Dump()
	}
	return d
}

// dump is the state by vendor and then by realm, tenant or account.
type dump struct {
	Now        time.Time                  `json:"now"`
	Ledgers    []ReadyLedger              `json:"ledgers"`
	QuickBooks map[string]any             `json:"quickbooks"`
	Xero       map[string]any             `json:"xero"`
	Stripe     map[string]any             `json:"stripe"`
	Economy    map[string]economy.Summary `json:"economy"`
}
