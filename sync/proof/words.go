package proof

// readAnew is what a person does about a document that was not read, or not as
// it is. No page has a button for it.
const readAnew = "have everything read anew (on the server: tieout sync --full)"

// Words are a check's name for people, and what it compares in a sentence.
func (c Check) Words() (title, plain string) {
	words := map[Check][2]string{
		CheckInvoices:    {"Invoices", "Each invoice's total is what is open, paid and credited."},
		CheckAllocations: {"Allocations", "No payment is used twice, no invoice paid above its total."},
		CheckParts:       {"Documents of ours", "Each part of a movement stands once in the ledger, with its amount."},
		CheckMovements:   {"Stripe's movements", "Amount less fee is net, for each of them."},
		CheckPayouts:     {"Payouts and their members", "Each payout is the sum of what it took out."},
		CheckReversals:   {"Payouts that came back", "What a bank returned stands in the balance again."},
		CheckBalance:     {"Stripe's balance", "Stripe's own balance is the sum of its movements."},
		CheckReserves:    {"Stripe's reserves", "What Stripe holds back is what its movements say."},
		CheckClearing:    {"Clearing account", "The ledger's clearing account is Stripe's balance."},
		CheckDisputes:    {"Disputes", "The account of disputed payments is what is disputed."},
		CheckReturned:    {"Returned payments", "The account of returned payments clears."},
		CheckReceivables: {"Receivables", "The receivables account is the sum of open invoices and credits."},
		CheckCustomers:   {"Customers", "Each customer's balance is the sum of what is open."},
		CheckBank:        {"Bank", "Payouts have arrived at the bank."},
		CheckBilled:      {"Stripe's own invoices", "What Stripe's list shows as open is what is stored."},
		CheckWriters:     {"Other writers", "Nothing else books Stripe's payments into this ledger."},
	}
	w, ok := words[c]
	if !ok {
		return string(c), ""
	}
	return w[0], w[1]
}
