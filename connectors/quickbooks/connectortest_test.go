package quickbooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/connectortest"
	"tieout/connectors/quickbooks"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

func TestConnector(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		t.Helper()
		b := newBench(t, sandbox.CompanyOptions{Multicurrency: true})
		p := &played{bench: b, grant: b.granted()}
		return &connectortest.World{
			Clock: b.clock, Open: p.open, Fill: p.fill, Truth: p.truth, Remove: p.remove,
			Writes: p.writes, Documents: p.documents, Closed: p.closed, Stale: p.stale,
			// An access token lives for one hour.
			Expire: func() { b.clock.Advance(61 * time.Minute) },
		}
	})
}

// played is a company as the suite plays with it.
type played struct {
	*bench
	grant              *grant
	customer, euro     string
	invoices, receipts []string
	memo               string
}

// granted goes through consent and gives what refreshes the token.
func (b *bench) granted() *grant {
	b.t.Helper()
	config := b.vendor.OAuth("http://localhost:9/cb")
	callback := b.consent(config.AuthCodeURL("st"))
	token, err := config.Exchange(context.Background(), callback.Get("code"))
	if err != nil {
		b.t.Fatal(err)
	}
	return &grant{now: b.clock.Now, config: config, token: token, taken: b.clock.Now()}
}

func (p *played) open(base http.RoundTripper, wait func(time.Duration)) connectors.Session {
	client := vendorhttp.New(vendorhttp.Options{
		Vendor: quickbooks.Name, Connection: "c1", Base: base, Hosts: p.vendor.Hosts(), Tokens: p.grant, Now: p.clock.Now, Limits: p.vendor.Limits(),
		Wait: func(ctx context.Context, d time.Duration) error { wait(d); return ctx.Err() },
	})
	return p.vendor.Open(connectors.Access{Client: client, ExternalID: p.company.RealmID(), Now: p.clock.Now, Home: "USD"})
}

const saleLine = `"Line":[{"Amount":%s,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]`

// fill makes something of every entity, and more invoices than a page holds.
func (p *played) fill() {
	p.t.Helper()
	p.customer = p.make("Customer", `{"DisplayName":"Ada's Shop","CurrencyRef":{"value":"USD"}}`)
	p.euro = p.make("Customer", `{"DisplayName":"Brasserie Zoë","CurrencyRef":{"value":"EUR"}}`)
	bodies := make([][]byte, 1010)
	for i := range bodies {
		bodies[i] = fmt.Appendf(nil, `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-01",`+saleLine+`}`, p.customer, fmt.Sprintf("%d.%02d", i+1, i%100))
	}
	made, err := p.company.CreateMany("Invoice", bodies)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, raw := range made[:20] {
		p.invoices = append(p.invoices, idOf(p.t, raw))
	}
	foreign := p.make("Invoice", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"EUR"},"ExchangeRate":1.0837,"TxnDate":"2026-02-02",`+saleLine+`}`, p.euro, "33.35")
	p.invoices = append(p.invoices, foreign)
	p.clock.Advance(time.Minute)
	p.memo = p.make("CreditMemo", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-03",`+saleLine+`}`, p.customer, "9.99")
	for i, amount := range []string{"1.00", "500.17"} { // the second leaves a credit
		p.receipts = append(p.receipts, p.make("Payment", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-04","TotalAmt":%s,
			"Line":[{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, p.customer, amount, []string{"1.00", "2.01"}[i], p.invoices[i]))
	}
	bank := p.make("Account", `{"Name":"Suite bank","AccountType":"Bank","CurrencyRef":{"value":"USD"}}`)
	other := p.make("Account", `{"Name":"Suite savings","AccountType":"Bank","CurrencyRef":{"value":"USD"}}`)
	p.make("Transfer", `{"FromAccountRef":{"value":%q},"ToAccountRef":{"value":%q},"Amount":12.34,"TxnDate":"2026-02-05"}`, bank, other)
	p.make("SalesReceipt", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-05","DepositToAccountRef":{"value":%q},`+saleLine+`}`, p.customer, bank, "7.07")
	p.make("RefundReceipt", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-05","DepositToAccountRef":{"value":%q},`+saleLine+`}`, p.customer, bank, "3.03")
	p.make("Deposit", `{"DepositToAccountRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-06","Line":[{"Amount":1,"LinkedTxn":[{"TxnId":%q,"TxnType":"Payment","TxnLineId":"0"}]}]}`, bank, p.receipts[0])
	p.make("JournalEntry", `{"CurrencyRef":{"value":"USD"},"TxnDate":"2026-02-06","Line":[
		{"Amount":4.56,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit","AccountRef":{"value":%q}}},
		{"Amount":4.56,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit","AccountRef":{"value":%q}}}]}`, bank, other)
}

// truth reads the company past the connector.
func (p *played) truth() []connectortest.Object {
	p.t.Helper()
	var out []connectortest.Object
	for _, e := range []struct {
		name string
		kind receivables.Kind
		// names are Intuit's of the amounts, by ours.
		names map[string]string
	}{
		{"Invoice", receivables.KindInvoice, map[string]string{"total": "TotalAmt", "balance": "Balance"}},
		{"Payment", receivables.KindReceipt, map[string]string{"total": "TotalAmt", "unapplied": "UnappliedAmt"}},
		{"CreditMemo", receivables.KindCredit, map[string]string{"total": "TotalAmt", "remaining": "RemainingCredit"}},
		{"SalesReceipt", receivables.KindDocument, map[string]string{"total": "TotalAmt"}},
		{"RefundReceipt", receivables.KindDocument, map[string]string{"total": "TotalAmt"}},
		{"Deposit", receivables.KindDocument, map[string]string{"total": "TotalAmt"}},
		{"Transfer", receivables.KindDocument, map[string]string{"total": "Amount"}},
	} {
		for _, raw := range p.company.List(e.name) {
			var body map[string]json.RawMessage
			if err := json.Unmarshal(raw, &body); err != nil {
				p.t.Fatal(err)
			}
			id := idOf(p.t, raw)
			if e.kind == receivables.KindDocument {
				id = e.name + ":" + id
			}
			o := connectortest.Object{Ref: receivables.Ref{Kind: e.kind, ID: id}, Amounts: map[string]string{}}
			for ours, theirs := range e.names {
				o.Amounts[ours] = string(body[theirs])
			}
			out = append(out, o)
		}
	}
	return out
}

// remove deletes a payment and a credit memo, voids one invoice and deletes
// another.
func (p *played) remove() []receivables.Ref {
	p.t.Helper()
	p.clock.Advance(time.Minute)
	removed := []receivables.Ref{
		{Kind: receivables.KindInvoice, ID: p.invoices[5]},
		{Kind: receivables.KindInvoice, ID: p.invoices[6]},
		{Kind: receivables.KindReceipt, ID: p.receipts[1]},
		{Kind: receivables.KindCredit, ID: p.memo},
	}
	_, err := p.company.Void("Invoice", removed[0].ID)
	for i, entity := range []string{"", "Invoice", "Payment", "CreditMemo"} {
		if i > 0 && err == nil {
			_, err = p.company.Delete(entity, removed[i].ID)
		}
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.clock.Advance(time.Minute)
	return removed
}

// writes sets a book up, books a charge with its fee and payout, and puts a
// link on an invoice and takes it off.
func (p *played) writes(s connectors.Session, do func(connectors.Write) connectors.Answer) {
	p.t.Helper()
	ledger := p.ledger(s)
	plan := ledger.DetectAccounts(nil, connectors.AccountNeeds{Currencies: []money.Currency{"USD"}, Destinations: nil})
	accounts := mapping.Accounts{}
	for _, n := range plan.Create {
		w, err := ledger.LowerAccount(n)
		if err != nil {
			p.t.Fatal(err)
		}
		ref := do(w).Ref
		switch n.Use {
		case "clearing":
			accounts.Clearing = map[money.Currency]string{n.Currency: ref.ID}
		case "fees":
			accounts.Fees = ref.ID
		case "contact":
			accounts.FeeContact = ref.ID
		case "method":
			accounts.Method = ref.ID
		}
	}
	accounts.Banks = map[string]string{"*USD": p.make("Account", `{"Name":"Suite bank","AccountType":"Bank","CurrencyRef":{"value":"USD"}}`)}
	customer, invoices := p.stocked(2)
	for _, booking := range bookings(accounts, customer, invoices) {
		lowered, err := ledger.Lower(booking, 1)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, w := range lowered {
			do(w)
		}
	}
	for generation, url := range []string{"https://pay.example.com/a", "https://pay.example.com/b", ""} {
		do(p.link(s, invoices[1], url, generation+1))
	}
}

// stocked is a customer with n invoices of 100.00 in a company with several
// currencies.
func (p *played) stocked(n int) (customer string, invoices []string) {
	p.t.Helper()
	customer = p.make("Customer", `{"DisplayName":"Suite customer","CurrencyRef":{"value":"USD"}}`)
	for range n {
		invoices = append(invoices, p.make("Invoice", `{"CustomerRef":{"value":%q},"CurrencyRef":{"value":"USD"},"TxnDate":"2026-03-01",`+saleLine+`}`, customer, "100.00"))
	}
	return customer, invoices
}

func (p *played) ledger(s connectors.Session) connectors.Ledger {
	p.t.Helper()
	ledger, ok := s.(connectors.Ledger)
	if !ok {
		p.t.Fatalf("%T is no ledger", s)
	}
	return ledger
}

// link lowers a link onto the invoice as it stands now.
func (p *played) link(s connectors.Session, invoice, url string, generation int) connectors.Write {
	p.t.Helper()
	raw, err := p.company.Read("Invoice", invoice)
	if err != nil {
		p.t.Fatal(err)
	}
	w, needed, why, err := p.ledger(s).LowerLink(connectors.LinkChange{
		Invoice: receivables.Invoice{ID: invoice}, Raw: raw, URL: url, OnDocument: true, Generation: generation,
	})
	if err != nil || !needed {
		p.t.Fatalf("link %q: needed %v, %s, %v", url, needed, why, err)
	}
	return w
}

func (p *played) documents() (n int) {
	for _, entity := range []string{"Account", "Vendor", "PaymentMethod", "Payment", "Purchase", "Transfer", "Deposit", "JournalEntry", "Invoice"} {
		n += len(p.company.List(entity))
	}
	return n
}

func (p *played) closed(s connectors.Session) connectors.Write {
	p.t.Helper()
	customer, invoices := p.stocked(2)
	if err := p.closeBooks("2026-03-31"); err != nil {
		p.t.Fatal(err)
	}
	clearing := p.make("Account", `{"Name":"Suite clearing","AccountType":"Bank","CurrencyRef":{"value":"USD"}}`)
	lowered, err := p.ledger(s).Lower(bookings(mapping.Accounts{Clearing: map[money.Currency]string{"USD": clearing}}, customer, invoices)[0], 1)
	if err != nil {
		p.t.Fatal(err)
	}
	return lowered[0]
}

func (p *played) stale(s connectors.Session) connectors.Write {
	p.t.Helper()
	_, invoices := p.stocked(1)
	w := p.link(s, invoices[0], "https://pay.example.com/a", 1)
	body, err := p.company.Read("Invoice", invoices[0])
	if err != nil {
		p.t.Fatal(err)
	}
	var version struct{ SyncToken string }
	if err := json.Unmarshal(body, &version); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.company.Update("Invoice", fmt.Appendf(nil, `{"Id":%q,"SyncToken":%q,"sparse":true,"PrivateNote":"called"}`, invoices[0], version.SyncToken)); err != nil {
		p.t.Fatal(err)
	}
	return w
}
