package reconcile

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"tieout/money"
	"tieout/receivables"
)

// about says in words which movement a question is about, by what a person
// finds it under: amount, day, payer, and Stripe's id of it.
func (w *world) about(m Movement) string {
	what, amount := capital(strings.ReplaceAll(cmp.Or(m.Row.Category, "movement"), "_", " ")), money.Money{Minor: abs(m.Row.Amount), Currency: m.Row.Currency}
	if m.pays() {
		what, amount = "Payment", money.Money{Minor: m.Charge.Amount, Currency: m.Charge.Currency}
	}
	text := fmt.Sprintf("%s of %s on %s", what, amount, w.dayOf(m).Words())
	if who := payerNamed(m); who != "" {
		text += " by " + who
	}
	return text + " (" + cmp.Or(m.Row.Source, m.Row.ID) + ")"
}

// payerNamed is what Stripe knows the payer by: name and address, as far as
// there are any.
func payerNamed(m Movement) string {
	name, address := nameOf(m), emailOf(m)
	if name == "" || address == "" {
		return name + address
	}
	return name + ", " + address
}

// customerNamed is a customer's name in the ledger.
func (w *world) customerNamed(id string) string {
	return cmp.Or(w.customers[id].Name, w.names[id], "the customer with id "+id)
}

// accountsNamed are the names of ledger accounts.
func (w *world) accountsNamed(ids ...string) string {
	names := make([]string, len(ids))
	for i, id := range ids {
		if names[i] = "with id " + id; w.accounts[id] != "" {
			names[i] = "'" + w.accounts[id] + "'"
		}
	}
	return strings.Join(names, " and ")
}

// documentNamed is a document of ours as a person finds it in the ledger: its
// kind, day and customer, and the id that its address ends with.
func (w *world) documentNamed(doc LedgerDocument) string {
	text := fmt.Sprintf("our %s", doc.Kind)
	if doc.Date != "" {
		text += fmt.Sprintf(" of %s", doc.Date.Words())
	}
	if doc.Customer != "" {
		text += " for " + w.customerNamed(doc.Customer)
	}
	return text + " (id " + doc.Ref.ID + ")"
}

// receiptNamed is a receipt that somebody has entered.
func (w *world) receiptNamed(rc receivables.Receipt) string {
	text := fmt.Sprintf("the receipt of %s dated %s", money.Money{Minor: rc.Total, Currency: rc.Currency}, rc.Date.Words())
	if rc.CustomerID != "" {
		text += " from " + w.customerNamed(rc.CustomerID)
	}
	if rc.Reference != "" {
		text += fmt.Sprintf(", reference '%s'", rc.Reference)
	}
	return text + " (id " + rc.ID + ")"
}

// loadNames reads what questions about changed documents speak of, and nothing
// else does: customers that no invoice of the batch has, and the accounts,
// where a document of ours does not stand on those that it was booked on.
func (w *world) loadNames(ctx context.Context) error {
	var unknown []string
	moved := false
	for _, p := range w.parts {
		for _, doc := range w.documents[p.Marker] {
			if _, known := w.customers[doc.Customer]; !known && doc.Customer != "" {
				unknown = add(unknown, doc.Customer)
			}
			moved = moved || doc.State == receivables.StateLive && slices.ContainsFunc(bookedOn(w.bookings[p.Intent]), func(account string) bool {
				return !slices.Contains(doc.Accounts, account)
			})
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		found, err := w.r.Store.Customers(ctx, w.book, CustomerQuery{IDs: unknown})
		if err != nil {
			return err
		}
		for _, c := range found {
			w.names[c.ID] = c.Name
		}
	}
	if !moved {
		return nil
	}
	accounts, err := w.r.Store.LedgerAccounts(ctx, w.book.Tenant, w.book.Ledger)
	for _, one := range accounts {
		w.accounts[one.ID] = one.Name
	}
	return err
}

// loadDestinations reads what is shown of the accounts that payouts go to, for
// those that wait for a bank.
func (w *world) loadDestinations(ctx context.Context) error {
	asks := func(m Movement) bool {
		if m.Payout == nil {
			return false
		}
		_, known := w.book.Accounts.Bank(m.Payout.Destination, m.Payout.Currency)
		return !known
	}
	if !slices.ContainsFunc(w.movements, asks) {
		return nil
	}
	var err error
	w.destinations, err = w.r.Store.DestinationsShown(ctx, w.book.Tenant, w.book.Sources)
	return err
}
