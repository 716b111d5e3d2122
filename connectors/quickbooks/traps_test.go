package quickbooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/connectors/quickbooks"
	"tieout/internal/vendorhttp"
	"tieout/mapping"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// pulled is the object of the model that a fetch gives.
func pulled[T receivables.Entity](b *bench, kind receivables.Kind, id string) T {
	b.t.Helper()
	drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{{Kind: kind, ID: id}})
	if err != nil || len(drafts) != 1 {
		b.t.Fatalf("fetch %s %s: %d drafts, %v", kind, id, len(drafts), err)
	}
	entity, ok := accept(b.t, drafts[0]).Entity.(T)
	if !ok {
		b.t.Fatalf("%s %s is %T", kind, id, accept(b.t, drafts[0]).Entity)
	}
	return entity
}

// TestTimesCarryAnOffset asks for changes and pages in a company far from
// Greenwich: every time that is sent has a numeric offset and no Z, and days
// stay what the company's people see.
func TestTimesCarryAnOffset(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{TimeZone: "Pacific/Auckland"}).open()
	wire := &listener{}
	b.session = b.vendor.Open(connectors.Access{
		Client:     vendorhttp.New(vendorhttp.Options{Vendor: quickbooks.Name, Base: wire, Hosts: b.vendor.Hosts(), Tokens: b.tokens, Now: b.clock.Now}),
		ExternalID: b.company.RealmID(), Now: b.clock.Now, Home: "USD",
	}).(*quickbooks.Session)
	_, invoices := b.stock(1)
	_, cursor := b.drain("changes", nil)
	b.clock.Advance(time.Hour)
	b.drain("changes", cursor)
	b.clock.Advance(40 * 24 * time.Hour)
	b.tokens.taken = b.clock.Now().Add(-time.Hour) // refresh
	b.drain("changes", cursor)
	moment := regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d|)`)
	seen := 0
	for _, e := range wire.seen {
		for _, found := range moment.FindAllStringSubmatch(e.query.Get("changedSince")+" "+e.query.Get("query"), -1) {
			seen++
			if found[1] == "" || found[1] == "Z" {
				t.Errorf("%s: %s", e.path, found[0])
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d times were sent", seen)
	}
	if i := pulled[receivables.Invoice](b, receivables.KindInvoice, invoices[0]); i.Issued != "2026-03-01" {
		t.Errorf("issued %s, written for 2026-03-01", i.Issued)
	}
}

// TestOverpaidAndPaidTogether pays one invoice twice, and two with one payment
// that leaves something over.
func TestOverpaidAndPaidTogether(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, invoices := b.stock(3)
	line := `{"Amount":%s,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}`
	pay := func(total string, lines ...string) receivables.Receipt {
		id := b.make("Payment", `{"CustomerRef":{"value":%q},"TotalAmt":%s,"Line":[%s]}`, customer, total, strings.Join(lines, ","))
		return pulled[receivables.Receipt](b, receivables.KindReceipt, id)
	}
	pay("60", fmt.Sprintf(line, "60", invoices[0]))
	over := pay("70", fmt.Sprintf(line, "40", invoices[0]))
	both := pay("250.01", fmt.Sprintf(line, "100", invoices[1]), fmt.Sprintf(line, "100", invoices[2]))
	if over.Total != 7000 || over.Unapplied != 3000 || len(over.Allocations) != 1 {
		t.Errorf("overpaid: %+v", over)
	}
	if both.Total != 25001 || both.Unapplied != 5001 || len(both.Allocations) != 2 || allocated(both) != 20000 {
		t.Errorf("together: %+v", both)
	}
	for _, id := range invoices {
		if i := pulled[receivables.Invoice](b, receivables.KindInvoice, id); i.Balance != 0 || i.State != receivables.StateLive {
			t.Errorf("invoice %s: %+v", id, i)
		}
	}
}

// TestCreditAppliedIsNoMoney applies a credit: the payment of nothing by which
// QuickBooks does it moves no money and its two ends are told apart.
func TestCreditAppliedIsNoMoney(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer, invoices := b.stock(1)
	memo := b.make("CreditMemo", `{"CustomerRef":{"value":%q},"Line":[{"Amount":30,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}]}`, customer)
	id := b.make("Payment", `{"CustomerRef":{"value":%q},"TotalAmt":0,"Line":[{"Amount":30,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]},{"Amount":30,"LinkedTxn":[{"TxnId":%q,"TxnType":"CreditMemo"}]}]}`, customer, invoices[0], memo)
	r := pulled[receivables.Receipt](b, receivables.KindReceipt, id)
	if r.Total != 0 || r.State != receivables.StateLive || r.AccountID != "" || len(r.Allocations) != 2 || allocated(r) != 0 {
		t.Errorf("receipt %+v", r)
	}
	if c := pulled[receivables.Credit](b, receivables.KindCredit, memo); c.Remaining != 0 || c.Total != 3000 {
		t.Errorf("credit %+v", c)
	}
	if i := pulled[receivables.Invoice](b, receivables.KindInvoice, invoices[0]); i.Balance != 7000 {
		t.Errorf("invoice %+v", i)
	}
}

// TestMergedAndInactive merges two customers and deactivates a third and an
// account: the loser is gone, its invoice is the winner's, and what is inactive
// stays.
func TestMergedAndInactive(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	winner, invoices := b.stock(1)
	loser := b.make("Customer", `{"DisplayName":"Ada's Shop (old)"}`)
	theirs := b.invoice(loser, "12.00")
	quiet := b.make("Customer", `{"DisplayName":"Quiet"}`)
	account := b.make("Account", `{"Name":"Old bank","AccountType":"Bank"}`)
	held := kept{}
	cursors := map[string]connectors.Cursor{}
	for _, stream := range b.session.Streams() {
		var drafts []mapping.Draft
		drafts, cursors[stream.Name] = b.drain(stream.Name, nil)
		held.take(drafts)
	}
	b.clock.Advance(time.Minute)
	if err := b.company.Merge("Customer", winner, loser); err != nil {
		t.Fatal(err)
	}
	for entity, id := range map[string]string{"Customer": quiet, "Account": account} {
		if _, err := b.company.Update(entity, fmt.Appendf(nil, `{"Id":%q,"SyncToken":"0","sparse":true,"Active":false}`, id)); err != nil {
			t.Fatal(err)
		}
	}
	b.clock.Advance(time.Minute)
	drafts, _ := b.drain("changes", cursors["changes"])
	held.take(drafts)
	if d := held[receivables.Ref{Kind: receivables.KindCustomer, ID: loser}]; !d.Deleted {
		t.Errorf("the customer that was merged away is %+v", d.Customer)
	}
	for _, id := range []string{invoices[0], theirs} {
		if i := pulled[receivables.Invoice](b, receivables.KindInvoice, id); i.CustomerID != winner {
			t.Errorf("invoice %s belongs to %s, want %s", id, i.CustomerID, winner)
		}
	}
	c := held[receivables.Ref{Kind: receivables.KindCustomer, ID: quiet}]
	a := held[receivables.Ref{Kind: receivables.KindAccount, ID: account}]
	if c.Deleted || a.Deleted || c.Customer == nil || c.Customer.Active || a.Account == nil || a.Account.Active {
		t.Errorf("inactive: %+v, %+v", c.Customer, a.Account)
	}
	all, _ := b.drain("customers", nil)
	if n := len(all); n < 2 {
		t.Errorf("%d customers are listed, inactive ones included", n)
	}
}

// TestReplayOfADeadDocument sends a write again after its document was deleted:
// the old answer comes back, the document is not found, and only a new
// generation makes one.
func TestReplayOfADeadDocument(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	booking := bookings(accounts, customer, invoices)[0]
	w := b.lower(booking, 1)
	first := b.send(w)
	b.remove("Payment", first.Ref.ID)
	if again := b.send(w); again.Ref != first.Ref || len(again.Warnings) > 0 {
		t.Errorf("the same key made %v, warnings %v", again.Ref, again.Warnings)
	}
	b.clock.Advance(10 * time.Minute)
	if again := b.send(w); again.Ref != first.Ref || len(again.Warnings) != 1 || !strings.Contains(again.Warnings[0], "deleted since") {
		t.Errorf("the same key made %v later, warnings %v", again.Ref, again.Warnings)
	}
	if found, ok, err := b.session.Find(t.Context(), w); ok || err != nil {
		t.Errorf("found %v, %v", found, err)
	}
	second := b.send(b.lower(booking, 2))
	if second.Ref == first.Ref {
		t.Error("a new generation made nothing")
	}
	if found, ok, err := b.session.Find(t.Context(), w); !ok || err != nil || found.Ref != second.Ref {
		t.Errorf("found %v, %v, want %v", found, err, second.Ref)
	}
}

// TestLinkLeavesTheRestAlone writes a link onto an invoice with everything on
// it: nothing but the memo and the version differs afterwards.
func TestLinkLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	customer := b.make("Customer", `{"DisplayName":"Ada's Shop"}`)
	invoice := b.make("Invoice", `{"CustomerRef":{"value":%q},"TxnDate":"2026-03-01","DueDate":"2026-04-15","DocNumber":"X-9","PrivateNote":"mine",
		"CustomerMemo":{"value":"Thank you"},"BillEmail":{"Address":"a@example.com"},"EmailStatus":"NeedToSend","CustomField":[{"DefinitionId":"1","Type":"StringType","StringValue":"PO 7"}],
		"Line":[{"Amount":60,"Description":"one","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":2,"UnitPrice":30}},
		{"Amount":40,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}},{"Amount":5,"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":false}}]}`, customer)
	read := func() map[string]json.RawMessage {
		raw, err := b.company.Read("Invoice", invoice)
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]json.RawMessage
		if err := json.Unmarshal(raw, &members); err != nil {
			t.Fatal(err)
		}
		return members
	}
	before := read()
	if a := b.send(b.linkWrite(invoice, "https://pay.example.com/9")); len(a.Warnings) > 0 {
		t.Errorf("warnings %v", a.Warnings)
	}
	after := read()
	for _, name := range sortedKeys(before) {
		changes := name == "CustomerMemo" || name == "SyncToken" || name == "MetaData"
		if same := string(before[name]) == string(after[name]); same == changes && name != "MetaData" {
			t.Errorf("%s was %s, is %s", name, before[name], after[name])
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d members became %d", len(before), len(after))
	}
}
