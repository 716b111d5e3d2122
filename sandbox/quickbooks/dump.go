package quickbooks

import (
	"encoding/json"
	"maps"
)

// CompanyDump is the complete state of a company.
type CompanyDump struct {
	RealmID       string                       `json:"realm_id"`
	HomeCurrency  string                       `json:"home_currency"`
	Multicurrency bool                         `json:"multicurrency"`
	TimeZone      string                       `json:"time_zone"`
	Entities      map[string][]json.RawMessage `json:"entities"`
	Deleted       map[string][]string          `json:"deleted"`
	// Ledger is debit minus credit per account since the company was made or
	// loaded, income and expense included (whose CurrentBalance stays 0).
	Ledger []LedgerLine   `json:"ledger"`
	Calls  map[string]int `json:"calls"`
}

// LedgerLine is one account's standing; amounts are decimal strings.
type LedgerLine struct {
	AccountID string `json:"account_id"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Currency  string `json:"currency"`
	Balance   string `json:"balance"`      // in Currency
	Home      string `json:"home_balance"` // in home currency
}

// Dump is the complete state of the company.
func (c *Company) Dump() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	d := CompanyDump{
		RealmID: c.realm, HomeCurrency: c.home, Multicurrency: c.multi, TimeZone: c.zone.String(),
		Entities: map[string][]json.RawMessage{}, Deleted: map[string][]string{}, Calls: map[string]int{},
	}
	for _, name := range entityNames {
		s := c.shelf(name)
		for _, o := range s.byIDs() {
			d.Entities[name] = append(d.Entities[name], append(json.RawMessage(nil), o.text(c.zone)...))
		}
		for _, t := range s.deleted {
			d.Deleted[name] = append(d.Deleted[name], t.id)
		}
	}
	for _, o := range c.shelf("Account").byIDs() {
		a := o.account
		d.Ledger = append(d.Ledger, LedgerLine{
			AccountID: o.id, Name: o.name, Type: a.typ, Currency: a.currency,
			Balance: a.balance.decimal().StringFixed(2), Home: a.home.decimal().StringFixed(2),
		})
	}
	maps.Copy(d.Calls, c.calls)
	return d
}
