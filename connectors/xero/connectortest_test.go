package xero

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/connectortest"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		t.Helper()
		p := &played{t: t, rig: newRig(t, organisation())}
		p.tokens = &refreshing{config: p.vendor.OAuth("http://localhost:8080/callback"), token: p.token}
		return &connectortest.World{
			Clock: p.clock, Open: p.open, Fill: p.fill, Truth: p.truth, Remove: p.remove,
			Writes: p.writes, Documents: p.documents, Closed: p.closed, Stale: p.stale,
			// An access token lives for 30 minutes.
			Expire: func() { p.clock.Advance(31 * time.Minute) },
		}
	})
}

// played is an organisation as the suite plays with it.
type played struct {
	*rig
	t                  *testing.T
	tokens             *refreshing
	invoices, payments []string
	note               string
}

func (p *played) open(base http.RoundTripper, wait func(time.Duration)) connectors.Session {
	return p.vendor.Open(connectors.Access{
		Client: vendorhttp.New(vendorhttp.Options{
			Vendor: name, Connection: p.company.ExternalID, Base: base, Hosts: p.vendor.Hosts(), Tokens: p.tokens, Limits: p.vendor.Limits(), Now: p.clock.Now,
			Wait: func(ctx context.Context, d time.Duration) error { wait(d); return ctx.Err() },
		}),
		ExternalID: p.company.ExternalID, Home: "USD", Zone: time.UTC, Now: p.clock.Now,
	})
}

const suiteInvoice = `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":%q,"CurrencyCode":%q,"Contact":{"Name":%q},"Date":"2026-04-20","DueDate":"2026-05-20",
	"LineAmountTypes":"NoTax","LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":%s,"AccountCode":"200"}]}`

// fill makes something of every kind, and more invoices than a page holds.
func (p *played) fill() {
	p.t.Helper()
	bodies := [][]byte{fmt.Appendf(nil, suiteInvoice, "E-1", "EUR", "Brasserie Zoë", "33.35")}
	for i := range 1010 {
		bodies = append(bodies, fmt.Appendf(nil, suiteInvoice, fmt.Sprintf("S-%d", i), "USD", "Harbour Foods", fmt.Sprintf("%d.%02d", i+1, i%100)))
	}
	made, err := p.org.CreateMany("Invoices", bodies)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, raw := range made[1:21] {
		p.invoices = append(p.invoices, p.member(raw, "InvoiceID"))
	}
	p.clock.Advance(time.Minute)
	for i, amount := range []string{"1.00", "2.01", "1.50"} {
		raw := p.create(p.t, "Payments", fmt.Sprintf(`{"Invoice":{"InvoiceID":%q},"Account":{"Code":"090"},"Date":"2026-05-01","Amount":%s}`, p.invoices[i], amount))
		p.payments = append(p.payments, fmt.Sprint(raw["PaymentID"]))
	}
	note := p.create(p.t, "CreditNotes", `{"Type":"ACCRECCREDIT","Status":"AUTHORISED","CurrencyCode":"USD","Contact":{"Name":"Harbour Foods"},
		"Date":"2026-04-22","LineAmountTypes":"NoTax","LineItems":[{"Description":"Back","Quantity":1,"UnitAmount":9.99,"AccountCode":"200"}]}`)
	p.note = fmt.Sprint(note["CreditNoteID"])
	for kind, account := range map[string]string{"RECEIVE-OVERPAYMENT": "", "RECEIVE-PREPAYMENT": `,"AccountCode":"200"`, "SPEND": `,"AccountCode":"404"`, "RECEIVE": `,"AccountCode":"200"`} {
		p.create(p.t, "BankTransactions", `{"Type":"`+kind+`","Contact":{"Name":"Harbour Foods"},"BankAccount":{"Code":"090"},
			"Date":"2026-04-23","LineAmountTypes":"NoTax","LineItems":[{"Description":"Suite","Quantity":1,"UnitAmount":7.53`+account+`}]}`)
	}
	p.create(p.t, "BankTransfers", `{"FromBankAccount":{"Code":"090"},"ToBankAccount":{"Code":"091"},"Amount":12.34,"Date":"2026-04-24"}`)
	p.clock.Advance(time.Hour)
}

func (p *played) member(raw []byte, field string) string {
	p.t.Helper()
	var body map[string]json.RawMessage
	var text string
	if err := json.Unmarshal(raw, &body); err != nil {
		p.t.Fatal(err)
	}
	if err := json.Unmarshal(body[field], &text); err != nil {
		p.t.Fatalf("%s: %v in %s", field, err, raw)
	}
	return text
}

// truth reads the organisation past the connector.
func (p *played) truth() []connectortest.Object {
	p.t.Helper()
	var out []connectortest.Object
	for _, list := range []struct {
		name, id string
		kind     receivables.Kind
		// names are Xero's of the amounts, by ours.
		names map[string]string
	}{
		{"Invoices", "InvoiceID", receivables.KindInvoice, map[string]string{"total": "Total", "balance": "AmountDue"}},
		{"CreditNotes", "CreditNoteID", receivables.KindCredit, map[string]string{"total": "Total", "remaining": "RemainingCredit"}},
		{"Overpayments", "OverpaymentID", receivables.KindCredit, map[string]string{"total": "Total", "remaining": "RemainingCredit"}},
		{"Prepayments", "PrepaymentID", receivables.KindCredit, map[string]string{"total": "Total", "remaining": "RemainingCredit"}},
		{"Payments", "PaymentID", receivables.KindReceipt, map[string]string{"total": "Amount"}},
		{"BankTransfers", "BankTransferID", receivables.KindDocument, map[string]string{"total": "Amount"}},
	} {
		for _, raw := range p.org.List(list.name) {
			var body map[string]json.RawMessage
			if err := json.Unmarshal(raw, &body); err != nil {
				p.t.Fatal(err)
			}
			o := connectortest.Object{Ref: receivables.Ref{Kind: list.kind, ID: p.member(raw, list.id)}, Amounts: map[string]string{}}
			for ours, theirs := range list.names {
				o.Amounts[ours] = string(body[theirs])
			}
			out = append(out, o)
		}
	}
	return out
}

// remove voids an invoice and a credit note and deletes two payments.
func (p *played) remove() []receivables.Ref {
	p.t.Helper()
	removed := []receivables.Ref{
		{Kind: receivables.KindInvoice, ID: p.invoices[5]},
		{Kind: receivables.KindCredit, ID: p.note},
		{Kind: receivables.KindReceipt, ID: p.payments[0]},
		{Kind: receivables.KindReceipt, ID: p.payments[2]},
	}
	err := p.org.Void("Invoices", removed[0].ID)
	if err == nil {
		err = p.org.Void("CreditNotes", removed[1].ID)
	}
	for _, payment := range removed[2:] {
		if err == nil {
			err = p.org.Delete("Payments", payment.ID)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.clock.Advance(time.Minute)
	return removed
}

func (p *played) ledger(s connectors.Session) connectors.Ledger {
	p.t.Helper()
	ledger, ok := s.(connectors.Ledger)
	if !ok {
		p.t.Fatalf("%T is no ledger", s)
	}
	return ledger
}

// writes sets a book up, books a charge with its fee and payout, and puts a
// link on an invoice and takes it off.
func (p *played) writes(s connectors.Session, do func(connectors.Write) connectors.Answer) {
	p.t.Helper()
	ledger, accounts := p.ledger(s), mapping.Accounts{Clearing: map[money.Currency]string{}}
	plan := ledger.DetectAccounts(nil, connectors.AccountNeeds{Currencies: usd()})
	for _, n := range plan.Create {
		w, err := ledger.LowerAccount(n)
		if err != nil {
			p.t.Fatal(err)
		}
		id := do(w).Ref.ID
		switch n.Use {
		case "clearing":
			accounts.Clearing[n.Currency] = id
		case "fees":
			accounts.Fees = id
		case "contact":
			accounts.FeeContact = id
		}
	}
	one, two := p.invoice(p.t, "W-1", "USD", "120.00"), p.invoice(p.t, "W-2", "USD", "80.50")
	for _, b := range p.bookings(accounts, one, two) {
		lowered, err := ledger.Lower(b, 1)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, w := range lowered {
			do(w)
		}
	}
	for generation, url := range []string{"https://pay.example.com/a", "https://pay.example.com/b", ""} {
		p.clock.Advance(time.Second)
		do(p.link(s, two, url, generation+1))
	}
}

// bookings are a charge over two invoices, its fee and its payout.
func (p *played) bookings(a mapping.Accounts, one, two string) []mapping.Booking {
	return []mapping.Booking{
		{
			Book: "b1", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: a.Clearing["USD"], Source: "ch_1",
			Parts: []mapping.Part{
				{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: one, Amount: 12000},
				{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: two, Amount: 5000},
			},
		},
		{
			Book: "b1", Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: a.Clearing["USD"], To: a.Fees, Contact: a.FeeContact,
			Source: "ch_1", Memo: "Stripe fee", Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 523}},
		},
		{
			Book: "b1", Kind: receivables.DocumentTransfer, Currency: "USD", Date: "2026-05-03", From: a.Clearing["USD"], To: accountNamed(p.t, p.rig, "090"),
			Source: "po_1", Parts: []mapping.Part{{Movement: "txn_2", Purpose: mapping.PurposePayout, Amount: 16477}},
		},
	}
}

// link lowers a link onto the invoice as it stands now.
func (p *played) link(s connectors.Session, invoice, url string, generation int) connectors.Write {
	p.t.Helper()
	drafts, err := s.Fetch(context.Background(), []receivables.Ref{{Kind: receivables.KindInvoice, ID: invoice}})
	if err != nil || len(drafts) != 1 {
		p.t.Fatalf("fetch: %d %v", len(drafts), err)
	}
	change := connectors.LinkChange{Raw: drafts[0].Raw, URL: url, OnDocument: true, Generation: generation}
	change.Invoice, _ = mapping.Accept(drafts[0]).Entity.(receivables.Invoice)
	w, needed, why, err := p.ledger(s).LowerLink(change)
	if err != nil || !needed {
		p.t.Fatalf("link %q: needed %v, %s, %v", url, needed, why, err)
	}
	return w
}

func (p *played) documents() (n int) {
	for _, kind := range []string{"Accounts", "Contacts", "Invoices", "Payments", "BankTransactions", "BankTransfers"} {
		n += len(p.org.List(kind))
	}
	return n
}

func (p *played) closed(s connectors.Session) connectors.Write {
	p.t.Helper()
	one, two := p.invoice(p.t, "W-1", "USD", "120.00"), p.invoice(p.t, "W-2", "USD", "80.50")
	if err := p.org.SetLockDates("2026-05-31", ""); err != nil {
		p.t.Fatal(err)
	}
	accounts := mapping.Accounts{Clearing: map[money.Currency]string{"USD": accountNamed(p.t, p.rig, "091")}}
	lowered, err := p.ledger(s).Lower(p.bookings(accounts, one, two)[0], 1)
	if err != nil {
		p.t.Fatal(err)
	}
	return lowered[0]
}

// stale pays an invoice off between lowering a receipt for it and sending
// that: Xero's documents carry no version, the amount due is what changes.
func (p *played) stale(s connectors.Session) connectors.Write {
	p.t.Helper()
	one, two := p.invoice(p.t, "W-1", "USD", "120.00"), p.invoice(p.t, "W-2", "USD", "80.50")
	accounts := mapping.Accounts{Clearing: map[money.Currency]string{"USD": accountNamed(p.t, p.rig, "091")}}
	lowered, err := p.ledger(s).Lower(p.bookings(accounts, one, two)[0], 1)
	if err != nil {
		p.t.Fatal(err)
	}
	p.create(p.t, "Payments", `{"Invoice":{"InvoiceID":"`+one+`"},"Account":{"Code":"090"},"Date":"2026-05-01","Amount":120}`)
	return lowered[0]
}
