package xero

import (
	"encoding/json"
	"maps"
	"slices"
)

// OrganisationDump is the complete state of an organisation. Amounts are
// decimal texts with two digits.
type OrganisationDump struct {
	TenantID     string                       `json:"tenant_id"`
	Connected    bool                         `json:"connected"`
	Organisation json.RawMessage              `json:"organisation"`
	Currencies   []string                     `json:"currencies"`
	Objects      map[string][]json.RawMessage `json:"objects"` // by kind, as paged lists show them
	Balances     []AccountBalance             `json:"balances"`
	Receivables  string                       `json:"receivables"` // balance of Accounts Receivable
	Calls        map[string]int64             `json:"calls"`       // API calls by endpoint
}

// AccountBalance is an account's balance on all days, debit positive.
type AccountBalance struct {
	AccountID string `json:"account_id"`
	Code      string `json:"code"`
	Name      string `json:"name"`
	Type      string `json:"type"`
	Base      string `json:"base"`                 // base currency
	Currency  string `json:"currency,omitempty"`   // bank accounts
	InAccount string `json:"in_account,omitempty"` // bank accounts, in their own currency
}

// Dump returns the organisation's state; it marshals to JSON.
func (o *Organisation) Dump() any {
	o.mu.Lock()
	defer o.mu.Unlock()
	d := OrganisationDump{
		TenantID: o.id, Connected: o.connection != nil, Organisation: o.info.bytes(), Currencies: slices.Clone(o.currencies),
		Objects: map[string][]json.RawMessage{}, Calls: maps.Clone(o.calls),
	}
	for name, t := range o.tables {
		rows := make([]json.RawMessage, 0, len(t.byID))
		for _, r := range t.all() {
			rows = append(rows, r.json())
		}
		d.Objects[name] = rows
	}
	for _, a := range o.accountsByCode(func(*record) bool { return true }) {
		s := o.ledger.sum(a, noDay+1, 1<<31-1)
		b := AccountBalance{AccountID: a.id, Code: a.acct.code, Name: a.name, Type: a.typ, Base: (s.debit - s.credit).String()}
		if a.typ == "BANK" {
			b.Currency, b.InAccount = a.currency, s.native.String()
		}
		if a.acct.system == "DEBTORS" {
			d.Receivables = b.Base
		}
		d.Balances = append(d.Balances, b)
	}
	return d
}

// Dump returns the state of all organisations.
func (s *Server) Dump() any {
	out := []any{}
	for _, o := range s.Organisations() {
		out = append(out, o.Dump())
	}
	return map[string]any{"organisations": out}
}
