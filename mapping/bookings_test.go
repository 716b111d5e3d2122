package mapping_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

// TestBookingsDocument renders the booking table for an accountant, with the
// golden cases as examples: docs/bookings.md cannot drift from what is booked.
func TestBookingsDocument(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(bookingsHead)
	cases := allCases(berlin(t))
	used := map[string]bool{}
	for _, row := range mapping.Table() {
		if !row.Planned() {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\nStripe's category `%s`, types `%s`.\n", row.Title, row.Text, row.Category, strings.Join(row.Types, "`, `"))
		for _, c := range cases {
			if c.Movement.Category == row.Category {
				used[c.name] = true
				writeCase(&b, c)
			}
		}
	}
	b.WriteString(feesTogether(t))
	b.WriteString(exceptionsHead)
	for _, row := range mapping.Table() {
		if !row.Planned() {
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", row.Title, codes(row.Category), codes(row.Types...), row.Text)
		}
	}
	b.WriteString("\nA movement that a person has given an account:\n")
	for _, c := range cases {
		if !used[c.name] && len(mapping.PlanFor(c.Case).Bookings) > 0 {
			writeCase(&b, c)
		}
	}
	b.WriteString(bookingsTail)
	golden(t, filepath.Join("..", "docs", "bookings.md"), []byte(b.String()))
}

const bookingsHead = `# What is written where

This page is rendered from the booking table and its examples (` + "`mapping/plan_table.go`, `mapping/*_test.go`" + `); a test fails when it
differs, and ` + "`TIEOUT_UPDATE_GOLDEN=1 go test ./mapping`" + ` writes it anew.

Every movement of the Stripe balance is booked as said here, waits, calls for nothing, or is an exception under its own name until a
person has decided. Nothing is guessed, no fee is computed, and no document stands without a movement, an invoice or a person behind
it. Stripe's amounts are positive where money comes in. A document in a closed period goes to the first open day and carries both
dates. In the examples the payment is made on 31 January 2026 at night, which is 1 February in the book's zone.

"Receivables" is what the customers owe. Two kinds of ledger differ where it comes back: one lets receivables be posted to with a
customer (QuickBooks), the other does not (Xero) and takes an account 'Returned payments' between. A document that a ledger cannot be
given yet is an exception, never left out.
`

const exceptionsHead = `
## What no rule books

These are exceptions under the name of their category, with a person's choice of an account as the one way to book them. An inquiry by
a payer's bank, before a dispute, moves no money and has no movement.

| what | category | types | what Stripe means |
| --- | --- | --- | --- |
`

const bookingsTail = `
## Not booked by this version

- A payment or refund in one foreign currency that is settled in another is the exception ` + "`fx`" + `.
- A payment for an invoice that only Stripe holds is the exception ` + "`own_invoice`" + `.
- Reserves leave the clearing account as it is and are exceptions while Stripe holds them.
- The part of an authorisation that was not captured is an exception beside its charge.
`

func codes(words ...string) string {
	var out []string
	for _, w := range words {
		if w != "" {
			out = append(out, "`"+w+"`")
		}
	}
	return strings.Join(out, ", ")
}

// writeCase writes one situation with what follows from it.
func writeCase(b *strings.Builder, c namedCase) {
	p := mapping.PlanFor(c.Case)
	text := func(minor int64) string { return amountText(minor, c.Movement.Currency) }
	fmt.Fprintf(b, "\n### %s\n\n", strings.ToUpper(c.name[:1])+c.name[1:])
	fmt.Fprintf(b, "Stripe: `%s`, amount %s, fee %s %s.", c.Movement.Type, text(c.Movement.Amount), text(c.Movement.Fee), c.Movement.Currency)
	if c.Decision.By != "" {
		fmt.Fprintf(b, " Decided by %s: %s.", c.Decision.By, strings.ReplaceAll(string(c.Decision.Choice), "_", " "))
	}
	switch {
	case p.Verdict == mapping.Exception:
		fmt.Fprintf(b, " **Exception `%s`:** %s", p.Kind, p.Why)
	case p.Verdict == mapping.Nothing:
		fmt.Fprintf(b, " **Nothing is written:** %s", p.Why)
	case p.Verdict == mapping.Waiting:
		fmt.Fprintf(b, " **Waits:** %s", p.Why)
	case p.Why != "":
		fmt.Fprintf(b, " %s", p.Why)
	}
	if len(p.Choices) > 0 {
		fmt.Fprintf(b, " A person can choose: %s.", choices(p.Choices))
	}
	b.WriteString("\n")
	for _, f := range p.Fees {
		fmt.Fprintf(b, "\nThe fee of %s goes on a document for many (below).\n", text(f.Part.Amount))
	}
	writeBookings(b, p.Bookings, c.Movement.Currency)
}

func writeBookings(b *strings.Builder, bookings []mapping.Booking, settled money.Currency) {
	if len(bookings) == 0 {
		return
	}
	b.WriteString("\n| date | document | debit | credit | amount | for |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, booking := range bookings {
		all := postings(booking)
		// One side of a document has one entry.
		single, rest := all[len(all)-1], all[:len(all)-1]
		if booking.Kind == receivables.DocumentInvoice || booking.Kind == receivables.DocumentReceipt {
			single, rest = all[0], all[1:]
		}
		for i, e := range rest {
			debit, credit := e, single
			if e.amount < 0 {
				debit, credit = single, e
			}
			amount := amountText(max(e.amount, -e.amount), cmp.Or(booking.Settlement, booking.Currency))
			if cmp.Or(booking.Settlement, booking.Currency) != settled {
				amount += " " + string(booking.Currency)
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", booking.Date, called(booking), account(debit), account(credit), amount, target(booking, i))
		}
	}
}

// amountText is an amount the way that accountants write it, without the
// currency.
func amountText(minor int64, currency money.Currency) string {
	digits, _ := money.ISO(currency)
	return money.Text(minor, digits)
}

// called is the document's kind in words, with what is special about it.
func called(b mapping.Booking) string {
	words := map[receivables.DocumentKind]string{
		receivables.DocumentReceipt: "receipt", receivables.DocumentExpense: "money spent", receivables.DocumentTransfer: "transfer",
		receivables.DocumentIncome: "money received", receivables.DocumentInvoice: "untaxed invoice", receivables.DocumentCredit: "credit note", receivables.DocumentJournal: "journal",
	}
	text := words[b.Kind]
	switch {
	case b.Kind == receivables.DocumentExpense && b.Total() < 0:
		text = "money received"
	case b.Credit != nil:
		text = "refund of a credit"
	case b.Draft:
		text = "draft credit note"
	}
	if b.By != "" {
		text += " (by " + b.By + ")"
	}
	return text
}

// account is an account's name in the examples.
func account(e posting) string {
	names := map[string]string{
		receivable: "Receivables", saleOf: "the invoice's own accounts", creditOf: "Customer's credit", "receivables": "Receivables",
		"clearing": "Stripe clearing", "clearing-eur": "Stripe clearing EUR", "fees": "Stripe fees", "income": "Sales", "bank": "Bank", "bank-eur": "Bank EUR",
		"returned": "Returned payments", "disputes": "Stripe disputes", "goodwill": "Goodwill", "bad_debt": "Bad debt", "chosen": "the account chosen",
	}
	text, ok := names[e.account]
	if !ok {
		text = "?" + e.account
	}
	if e.customer != "" {
		text += ", " + inWords(e.customer)
	}
	return text
}

// inWords turns an id of the examples into what people would see.
func inWords(id string) string {
	names := map[string]string{"c1": "Baker", "c2": "Miller", "i1": "INV-1", "i2": "INV-2", "i3": "INV-3", "cr1": "CREDIT-1"}
	if text, ok := names[id]; ok {
		return text
	}
	return id
}

// target is what a line is for.
func target(b mapping.Booking, i int) string {
	var all []string
	for i, p := range b.Parts {
		switch {
		case b.Settlement != "" && p.Target == "" && b.Kind == receivables.DocumentReceipt:
			all = append(all, fmt.Sprintf("kept as credit %s %s", amountText(b.Lines[i].Amount, b.Currency), b.Currency))
		case b.Settlement != "":
			all = append(all, fmt.Sprintf("%s %s %s for %s", inWords(p.Target), amountText(b.Lines[i].Amount, b.Currency), b.Currency, amountText(p.Amount, b.Settlement)))
		case p.Target == "" && b.Kind == receivables.DocumentReceipt:
			all = append(all, "kept as credit "+amountText(p.Amount, b.Currency))
		case len(b.Parts) > 1 && p.Target != "":
			all = append(all, inWords(p.Target)+" "+amountText(p.Amount, b.Currency))
		case p.Target != "":
			all = append(all, inWords(p.Target))
		}
	}
	switch {
	case i < len(b.Lines) && b.Lines[i].TaxCode != "":
		if b.Lines[i].Tax == 0 {
			return "its tax by code " + b.Lines[i].TaxCode
		}
		return fmt.Sprintf("of it input tax %s, code %s", amountText(b.Lines[i].Tax, b.Currency), b.Lines[i].TaxCode)
	case i < len(b.Lines) && b.Lines[i].Invoice != "" && b.Settlement == "":
		return inWords(b.Lines[i].Invoice)
	}
	return strings.Join(all, ", ")
}

func choices(list []mapping.Choice) string {
	words := map[mapping.Choice]string{
		mapping.ChoiceOwesAgain: "the customer owes it again", mapping.ChoiceCreditSale: "credit the sale", mapping.ChoiceGoodwill: "goodwill",
		mapping.ChoiceReopen: "take the payment off the invoice", mapping.ChoiceNewInvoice: "bill the return anew",
		mapping.ChoiceBadDebt: "bad debt", mapping.ChoiceAsBooked: "book it by the rule", mapping.ChoiceAccount: "an account",
	}
	out := make([]string, len(list))
	for i, c := range list {
		out[i] = words[c]
	}
	return strings.Join(out, "; ")
}

// feeGroup is the fees of a payout's members.
func feeGroup(fees ...int64) mapping.FeeGroup {
	c := cardCase(nil, func(*mapping.Case) {})
	g := mapping.FeeGroup{Book: "book", Currency: "USD", Source: "po_1", Date: "2026-02-03", Accounts: c.Accounts}
	for i, fee := range fees {
		g.Items = append(g.Items, mapping.FeeItem{Part: mapping.Part{Movement: fmt.Sprintf("txn_%d", i+1), Purpose: mapping.PurposeFee, Amount: fee}})
	}
	return g
}

// feesTogether is the chapter about fees that share a document.
func feesTogether(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n## Fees that share a document\n\nBy setting, fees are booked once for each payout or month and currency instead of once for each movement, from the change on and " +
		"never backwards.\n\n### Fees of a payout: 3.20, 4.10 and 0.20 given back\n")
	p := mapping.FeeDocument(feeGroup(320, 410, -20))
	if p.Verdict != mapping.Booked {
		t.Fatalf("%+v", p)
	}
	writeBookings(&b, p.Bookings, "USD")
	b.WriteString("\n## Sales without an invoice\n\nOff until a person has chosen an income account and a tax treatment. Then a payment that names no invoice, by a payer " +
		"who is no customer, and of whose amount no invoice is open, goes on one document for its day, currency and Stripe account, once the day is over; its fee is booked as " +
		"any other. An invoice has a receipt of its own always, and the choice never reaches backwards. " +
		"QuickBooks documents no money received that contains tax of sales for certain: there a tax code is the exception `sales_tax`, and sales without one are booked.\n\n### Sales of a day: 31.41 and 27.18\n")
	p = mapping.SalesDocument(salesGroup(3141, 2718))
	if p.Verdict != mapping.Booked {
		t.Fatalf("%+v", p)
	}
	writeBookings(&b, p.Bookings, "USD")
	return b.String()
}

// salesGroup is a day with sales of the amounts.
func salesGroup(amounts ...int64) mapping.SalesGroup {
	c := cardCase(nil, func(*mapping.Case) {})
	g := mapping.SalesGroup{Book: "book", Currency: "USD", Day: "2026-02-03", Rule: mapping.SaleRule{Account: "income", TaxCode: "output-19"}, Accounts: c.Accounts}
	for i, n := range amounts {
		g.Parts = append(g.Parts, mapping.Part{Movement: fmt.Sprintf("txn_%d", i+1), Purpose: mapping.PurposeSale, Amount: -n})
	}
	return g
}

// TestSalesDocument: a day's sales are one document, and none without an
// account to go to.
func TestSalesDocument(t *testing.T) {
	t.Parallel()
	p := mapping.SalesDocument(salesGroup(3141, 2718))
	if len(p.Bookings) != 1 || p.Bookings[0].Total() != -5859 || p.Bookings[0].Lines[0].Account != "income" || p.Bookings[0].Lines[0].TaxCode != "output-19" {
		t.Errorf("%+v", p)
	}
	for name, change := range map[string]func(*mapping.SalesGroup){
		"no_clearing_account": func(g *mapping.SalesGroup) { g.Accounts.Clearing = nil },
		"no_income_account":   func(g *mapping.SalesGroup) { g.Rule.Account = "" },
	} {
		g := salesGroup(100)
		change(&g)
		if p := mapping.SalesDocument(g); p.Verdict != mapping.Exception || p.Kind != name {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

// TestFeeDocument: one document carries each fee once and adds up to them.
func TestFeeDocument(t *testing.T) {
	t.Parallel()
	p := mapping.FeeDocument(feeGroup(320, 410, -20))
	if len(p.Bookings) != 1 || p.Bookings[0].Total() != 710 || len(p.Bookings[0].Parts) != 3 || p.Bookings[0].To != "fees" {
		t.Errorf("%+v", p)
	}
	if p := mapping.FeeDocument(feeGroup(20, -20)); p.Verdict != mapping.Nothing || len(p.Bookings) != 0 {
		t.Errorf("fees that take each other back: %+v", p)
	}
	taxed := feeGroup(320, 410)
	taxed.Accounts.FeeTaxCode, taxed.Items[1].Tax, taxed.Lock = "input-19", 65, "2026-02-28"
	p = mapping.FeeDocument(taxed)
	want := mapping.BookingLine{Account: "fees", Amount: 730, TaxCode: "input-19", Tax: 65}
	if len(p.Bookings) != 1 || p.Bookings[0].To != "" || len(p.Bookings[0].Lines) != 1 || p.Bookings[0].Lines[0] != want || p.Bookings[0].Date != "2026-03-01" {
		t.Errorf("fees with tax in closed books: %+v", p)
	}
	for name, change := range map[string]func(*mapping.FeeGroup){
		"no_clearing_account": func(g *mapping.FeeGroup) { g.Accounts.Clearing = nil },
		"no_fee_account":      func(g *mapping.FeeGroup) { g.Accounts.Fees = "" },
	} {
		g := feeGroup(320)
		change(&g)
		if p := mapping.FeeDocument(g); p.Verdict != mapping.Exception || p.Kind != name {
			t.Errorf("%s: %+v", name, p)
		}
	}
}
