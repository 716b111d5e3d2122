package stripe

import (
	"encoding/json"
	"maps"
)

// AccountDump is the whole state of one account, each object as the API shows
// it, oldest first.
type AccountDump struct {
	ID                  string            `json:"id"`
	Name                string            `json:"name"`
	Balance             json.RawMessage   `json:"balance"`
	Customers           []json.RawMessage `json:"customers"`
	Products            []json.RawMessage `json:"products"`
	Prices              []json.RawMessage `json:"prices"`
	PaymentLinks        []json.RawMessage `json:"payment_links"`
	CheckoutSessions    []json.RawMessage `json:"checkout_sessions"`
	PaymentIntents      []json.RawMessage `json:"payment_intents"`
	Charges             []json.RawMessage `json:"charges"`
	Refunds             []json.RawMessage `json:"refunds"`
	Disputes            []json.RawMessage `json:"disputes"`
	PaymentMethods      []json.RawMessage `json:"payment_methods"`
	SetupIntents        []json.RawMessage `json:"setup_intents"`
	WebhookEndpoints    []json.RawMessage `json:"webhook_endpoints"`
	Invoices            []json.RawMessage `json:"invoices"`
	InvoiceItems        []json.RawMessage `json:"invoice_items"`
	CreditNotes         []json.RawMessage `json:"credit_notes"`
	CustomerBalances    []json.RawMessage `json:"customer_balance_transactions"`
	BalanceTransactions []json.RawMessage `json:"balance_transactions"`
	Payouts             []json.RawMessage `json:"payouts"`
	Events              []json.RawMessage `json:"events"`
	// Members tells the automatic payout of each balance transaction that has
	// one, the payout's own row included.
	Members map[string]string `json:"members"`
}

// Dump is the state of every account.
func (s *Server) Dump() any {
	accounts := []AccountDump{}
	for _, a := range s.Accounts() {
		accounts = append(accounts, a.Dump())
	}
	return map[string]any{"accounts": accounts}
}

// Dump is the state of the account at the clock's now.
func (a *Account) Dump() AccountDump {
	a.enter()
	defer a.leave()
	d := AccountDump{
		ID: a.opts.ID, Name: a.opts.Name, Members: make(map[string]string, len(a.members)),
		Customers: a.customers.all(), Products: a.products.all(), Prices: a.prices.all(), PaymentLinks: a.links.all(),
		CheckoutSessions: a.sessions.all(), PaymentIntents: a.intents.all(), Charges: a.charges.all(), Refunds: a.refunds.all(),
		Disputes: a.disputes.all(), PaymentMethods: a.methods.all(), SetupIntents: a.setups.all(), WebhookEndpoints: a.endpoints.all(),
		Invoices: a.invoices.all(), InvoiceItems: a.invoiceItems.all(), CreditNotes: a.creditNotes.all(), CustomerBalances: a.customerBalances.all(),
		BalanceTransactions: a.movements.all(), Payouts: a.payouts.all(), Events: a.events.all(),
	}
	maps.Copy(d.Members, a.members)
	if raw, err := json.Marshal(a.balanceNow()); err == nil {
		d.Balance = raw
	}
	return d
}

func (s *shelf) all() []json.RawMessage {
	out := make([]json.RawMessage, len(s.items))
	for i, o := range s.items {
		out[i] = body(o)
	}
	return out
}
