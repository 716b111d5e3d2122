// Package books holds the words that an installation is made of: tenants,
// connections and books, with a book's settings. It is a leaf: every step of
// the engine and the store speak these words, and it knows none of them.
package books

import (
	"time"

	"github.com/shopspring/decimal"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// Tenant is the first organisation's tenant. Every key starts with a tenant;
// those of further organisations are ids made by chance.
const Tenant = "main"

// ConnectionState says whether a connection can be used.
type ConnectionState string

// A connection in StateReconnect waits for a person's consent.
const (
	ConnectionActive    ConnectionState = "active"
	ConnectionPaused    ConnectionState = "paused"
	ConnectionReconnect ConnectionState = "reconnect"
)

// Connection is one realm, organisation or Stripe account. The external id,
// live mode and home currency are pinned: another value refuses to run.
type Connection struct {
	Tenant     string
	ID         string
	Vendor     string
	ExternalID string
	GrantID    string
	State      ConnectionState
	// Why says in words what is wrong, when State is not active.
	Why     string
	Profile connectors.Profile
	// Schedule is a cron expression; Due the next run, jitter included.
	Schedule string
	Due      time.Time
	// Failures counts failed runs in a row.
	Failures int
	// Fresh is the instant as of which everything of the connection has been
	// pulled; nil before the first full pass.
	Fresh     *time.Time
	CreatedAt time.Time
}

// Book is one ledger connection with the Stripe accounts whose money goes
// into it.
type Book struct {
	Tenant  string
	ID      string
	Name    string
	Ledger  string
	Sources []string
	// Generation counts changes of settings; allocations are only written
	// under the generation that they were computed with.
	Generation int64
	// CutOver is local midnight of the first day that is ours, or the instant
	// of the oldest movement that is, where the book begins with a payout; nil
	// until a person has confirmed it, and nothing is desired before that.
	CutOver *time.Time
	// From is the payout that the book begins with; nil where it begins with a
	// day. Which movements since the cut-over are earlier all the same, the
	// store keeps.
	From *PayoutStart `json:",omitempty"`
	// Opening is, by settlement currency, what the clearing account had to
	// hold at the cut-over.
	Opening  map[money.Currency]int64
	Accounts mapping.Accounts
	Settings Settings
	// Writes is off until a person switches it on.
	Writes    bool
	Zone      string
	CreatedAt time.Time
}

// Settings are a book's choices.
type Settings struct {
	// Links puts payment links on open invoices.
	Links bool `json:"links"`
	// LinkOnDocument allows a description-only line where the ledger has no
	// other place that the customer sees.
	LinkOnDocument bool `json:"link_on_document"`
	// NoLinkCustomers and NoLinkInvoices opt out, by ledger id.
	NoLinkCustomers []string `json:"no_link_customers,omitempty"`
	NoLinkInvoices  []string `json:"no_link_invoices,omitempty"`
	// StaffURL is the address under which our own record of an invoice is
	// shown to staff, followed by the invoice id; "" when there is none.
	StaffURL string `json:"staff_url,omitempty"`
	// FeeMode says how many movements share a document for their fees, for
	// those made since FeeSince.
	FeeMode  mapping.FeeMode `json:"fee_mode,omitempty"`
	FeeSince time.Time       `json:"fee_since,omitzero"`
	// FiledThrough is the last day that is filed, by the book's own choice,
	// whatever the ledger would still accept; "" for none.
	FiledThrough receivables.Date `json:"filed_through,omitempty"`
	// AskClosed lets what belongs to a closed period wait for a person, instead
	// of going to the first open day.
	AskClosed bool `json:"ask_closed,omitempty"`
	// Sales is how payments without an invoice are booked.
	Sales Sales `json:"sales,omitzero"`
	// Discount is what customers may keep who pay early; its zero value is
	// nothing.
	Discount Discount `json:"discount,omitzero"`
}

// Discount is the term "2/10": two percent off the total of an invoice that is
// paid within ten days of its date.
type Discount struct {
	// Percent is a decimal number above 0 and below 100; "" for none.
	Percent string `json:"percent,omitempty"`
	Days    int    `json:"days,omitempty"`
}

// Of is the discount on a total in minor units, rounded half up, and the last
// day on which it may be taken; 0 where none is granted.
func (d Discount) Of(total int64, issued receivables.Date) (int64, receivables.Date) {
	percent, err := decimal.NewFromString(d.Percent)
	if err != nil || issued == "" || !percent.IsPositive() || total <= 0 {
		return 0, ""
	}
	return decimal.NewFromInt(total).Mul(percent).Div(decimal.NewFromInt(100)).Round(0).IntPart(), issued.AddDays(d.Days)
}

// Sales is a book's choice to book payments for no invoice by day. It is off
// until an income account and a tax treatment are chosen.
type Sales struct {
	Account string `json:"account,omitempty"`
	TaxCode string `json:"tax_code,omitempty"`
	// NoTax says that a person has chosen to book them without tax.
	NoTax bool `json:"no_tax,omitempty"`
	// Since is when it was chosen; it never reaches back.
	Since time.Time `json:"since,omitzero"`
}

// On says whether all that it takes is chosen.
func (s Sales) On() bool { return s.Account != "" && (s.TaxCode != "" || s.NoTax) }

// Covers says whether a payment made at an instant may be such a sale.
func (s Sales) Covers(at time.Time) bool { return s.On() && !at.Before(s.Since) }

// Rule is the choice as the booking table takes it.
func (s Sales) Rule() mapping.SaleRule {
	return mapping.SaleRule{Account: s.Account, TaxCode: s.TaxCode}
}

// Lock is the last closed day: the later of the ledger's own and the book's.
func (s Settings) Lock(ledger receivables.Date) receivables.Date { return max(ledger, s.FiledThrough) }

// FeeRule is the book's choice as the booking table takes it.
func (s Settings) FeeRule() mapping.FeeRule {
	return mapping.FeeRule{Mode: s.FeeMode, Since: s.FeeSince}
}

// Location is the book's zone; UTC until it is known.
func (b Book) Location() *time.Location {
	zone, err := time.LoadLocation(b.Zone)
	if err != nil {
		return time.UTC
	}
	return zone
}
