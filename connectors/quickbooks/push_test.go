package quickbooks_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/quickbooks"
)

// setUp makes the accounts that a book needs, as the set-up does.
func (b *bench) setUp() mapping.Accounts {
	b.t.Helper()
	plan := b.session.DetectAccounts(b.accounts(), connectors.AccountNeeds{Currencies: []money.Currency{b.home.Home}})
	if len(plan.Missing) != 0 && b.home.Home == "USD" { // elsewhere a person names the bank
		b.t.Fatalf("missing: %v", plan.Missing)
	}
	for _, n := range plan.Create {
		w, err := b.session.LowerAccount(n)
		if err != nil {
			b.t.Fatal(err)
		}
		a := b.send(w)
		if found, ok, err := b.session.Find(context.Background(), w); err != nil || !ok || found.Ref != a.Ref {
			b.t.Fatalf("find %s: %+v, %v, %v", n.Use, found.Ref, ok, err)
		}
		switch n.Use {
		case "clearing":
			plan.Accounts.Clearing[n.Currency] = a.Ref.ID
		case "fees":
			plan.Accounts.Fees = a.Ref.ID
		case "contact":
			plan.Accounts.FeeContact = a.Ref.ID
		case "method":
			plan.Accounts.Method = a.Ref.ID
		case "disputes":
			plan.Accounts.Disputes[n.Currency] = a.Ref.ID
		}
	}
	return plan.Accounts
}

func TestSetUpIsFoundAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	first := b.setUp()
	plan := b.session.DetectAccounts(b.accounts(), connectors.AccountNeeds{Currencies: []money.Currency{"USD"}})
	if plan.Accounts.Clearing["USD"] != first.Clearing["USD"] || plan.Accounts.Fees != first.Fees || plan.Accounts.Banks["*USD"] == "" {
		t.Errorf("second look: %+v, first %+v", plan.Accounts, first)
	}
	w, err := b.session.LowerAccount(connectors.NewAccount{Use: "contact", Name: "Stripe"})
	if err != nil {
		t.Fatal(err)
	}
	w.Key += "x" // another request id, so that the name decides
	w.Body = json.RawMessage(strings.Replace(string(w.Body), `"setup:`, `"again:`, 1))
	if a := b.send(w); a.Ref.ID != first.FeeContact {
		t.Errorf("a second vendor: %s, want %s", a.Ref.ID, first.FeeContact)
	}
}

// bookings are a charge over two invoices, its fee and its payout.
func bookings(a mapping.Accounts, customer string, invoices []string) []mapping.Booking {
	base := mapping.Booking{Book: "book-1", Currency: "USD", Date: "2026-03-02", Source: "ch_3PqR5sT7uVwXyZ0123456789", Memo: "Stripe"}
	receipt, fee, payout := base, base, base
	receipt.Kind, receipt.CustomerID, receipt.To, receipt.Method = receivables.DocumentReceipt, customer, a.Clearing["USD"], a.Method
	receipt.Parts = []mapping.Part{
		{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoices[0], Amount: 10000},
		{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: invoices[1], Amount: 2550},
	}
	fee.Kind, fee.From, fee.To, fee.Contact = receivables.DocumentExpense, a.Clearing["USD"], a.Fees, a.FeeContact
	fee.Parts = []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 395}}
	payout.Kind, payout.From, payout.To = receivables.DocumentTransfer, a.Clearing["USD"], a.Banks["*USD"]
	payout.Parts = []mapping.Part{{Movement: "txn_2", Purpose: mapping.PurposePayout, Amount: 12155}}
	return []mapping.Booking{receipt, fee, payout}
}

func (b *bench) lower(booking mapping.Booking, generation int) connectors.Write {
	b.t.Helper()
	writes, err := b.session.Lower(booking, generation)
	if err != nil || len(writes) != 1 {
		b.t.Fatalf("lower: %d writes, %v", len(writes), err)
	}
	return writes[0]
}

func TestBookingsMoveTheBooks(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	bank := b.field("Account", accounts.Banks["*USD"], "CurrentBalance")
	for _, booking := range bookings(accounts, customer, invoices) {
		w := b.lower(booking, 1)
		a := b.send(w)
		if len(a.Warnings) > 0 || a.RequestID == "" {
			t.Errorf("%s: warnings %v, request id %q", w.Op, a.Warnings, a.RequestID)
		}
		if again := b.send(w); again.Ref != a.Ref {
			t.Errorf("%s: the same key made %v after %v", w.Op, again.Ref, a.Ref)
		}
		found, ok, err := b.session.Find(context.Background(), w)
		if err != nil || !ok || found.Ref != a.Ref || len(found.Warnings) > 0 {
			t.Errorf("%s: find %v, %v, %v", w.Op, found, ok, err)
		}
		drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{a.Ref})
		if err != nil || len(drafts) != 1 || accept(t, drafts[0]).Ref != a.Ref {
			t.Fatalf("%s: fetched %v, %v", w.Op, drafts, err)
		}
		if marker := markerOf(drafts[0]); marker != w.Marker {
			t.Errorf("%s: pulled with marker %q, want %q", w.Op, marker, w.Marker)
		}
		if !strings.HasPrefix(b.session.URL(a.Ref), "https://app.sandbox.qbo.intuit.com/app/") {
			t.Errorf("%s: URL %q", w.Op, b.session.URL(a.Ref))
		}
	}
	for i, want := range []string{"0", "74.5"} {
		if got := trimmed(b.field("Invoice", invoices[i], "Balance")); got != want {
			t.Errorf("invoice %d has balance %s, want %s", i, got, want)
		}
	}
	if got := trimmed(b.field("Account", accounts.Clearing["USD"], "CurrentBalance")); got != "0" {
		t.Errorf("clearing is %s, want 0", got)
	}
	if got := b.field("Account", accounts.Banks["*USD"], "CurrentBalance"); got == bank {
		t.Errorf("the bank did not move from %s", bank)
	}
}

func markerOf(d mapping.Draft) string {
	if d.Receipt != nil {
		return d.Receipt.Marker
	}
	return d.Document.Marker
}

// trimmed writes an amount without zeros that say nothing.
func trimmed(amount string) string {
	if strings.Contains(amount, ".") {
		amount = strings.TrimRight(strings.TrimRight(amount, "0"), ".")
	}
	return amount
}

func TestLostAnswerIsFound(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	w := b.lower(bookings(accounts, customer, invoices)[0], 1)
	if _, ok, err := b.session.Find(context.Background(), w); ok || err != nil {
		t.Fatalf("found before it was sent: %v, %v", ok, err)
	}
	b.lose = true
	_, err := b.session.Send(context.Background(), w)
	b.lose = false
	if connectors.ClassOf(err) != connectors.ClassUnknown {
		t.Fatalf("a lost answer: %v, want an unknown outcome", err)
	}
	a, ok, err := b.session.Find(context.Background(), w)
	if err != nil || !ok {
		t.Fatalf("find: %v, %v", ok, err)
	}
	if sent := b.send(w); sent.Ref != a.Ref || len(b.company.List("Payment")) != 1 {
		t.Errorf("sent again as %v, found as %v; %d payments", sent.Ref, a.Ref, len(b.company.List("Payment")))
	}
}

func TestDeletedDocumentNeedsNewGeneration(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	booking := bookings(accounts, customer, invoices)[0]
	first := b.send(b.lower(booking, 1))
	if _, err := b.company.Delete("Payment", first.Ref.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := b.session.Find(context.Background(), b.lower(booking, 1)); ok || err != nil {
		t.Errorf("a deleted payment was found: %v, %v", ok, err)
	}
	if replay := b.send(b.lower(booking, 1)); replay.Ref != first.Ref || len(b.company.List("Payment")) != 0 {
		t.Errorf("the old key made %v", replay.Ref)
	}
	if second := b.send(b.lower(booking, 2)); second.Ref == first.Ref || len(b.company.List("Payment")) != 1 {
		t.Errorf("the new generation made %v", second.Ref)
	}
}

// TestAnswerOfADocumentThatIsGone: QuickBooks answers a key that it knows with
// its first answer. What that names is looked at, and another key writes anew.
func TestAnswerOfADocumentThatIsGone(t *testing.T) {
	t.Parallel()
	for how, takeAway := range map[string]func(*sandbox.Company, string, string) ([]byte, error){"deleted": (*sandbox.Company).Delete, "voided": (*sandbox.Company).Void} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, sandbox.CompanyOptions{}).open()
			accounts := b.setUp()
			customer, invoices := b.stock(2)
			w := b.lower(bookings(accounts, customer, invoices)[0], 1)
			first := b.send(w)
			if there, err := b.session.Stands(t.Context(), w, first); !there || err != nil {
				t.Fatalf("it does not stand: %v", err)
			}
			if _, err := takeAway(b.company, "Payment", first.Ref.ID); err != nil {
				t.Fatal(err)
			}
			replayed := b.send(w)
			if there, err := b.session.Stands(t.Context(), w, replayed); there || err != nil || replayed.Ref != first.Ref {
				t.Errorf("%v stands: %v", replayed.Ref, err)
			}
			w.Key += ":r1"
			again := b.send(w)
			if there, err := b.session.Stands(t.Context(), w, again); !there || err != nil || again.Ref == first.Ref {
				t.Errorf("the new key led to %v, %v", again.Ref, err)
			}
		})
	}
}

func TestOverpaymentLeavesCredit(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	booking := bookings(accounts, customer, invoices)[0]
	booking.Parts[1].Target = ""
	a := b.send(b.lower(booking, 1))
	drafts, err := b.session.Fetch(context.Background(), []receivables.Ref{a.Ref})
	if err != nil || len(a.Warnings) != 0 {
		t.Fatalf("%v, warnings %v", err, a.Warnings)
	}
	r := accept(t, drafts[0]).Entity.(receivables.Receipt)
	if r.Total != 12550 || r.Unapplied != 2550 || len(r.Allocations) != 1 || r.Allocations[0].Amount != 10000 {
		t.Errorf("receipt %+v", r)
	}
}

func TestReturnedFeeIsADeposit(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	booking := bookings(accounts, customer, invoices)[1]
	booking.Parts[0].Amount = -395
	a := b.send(b.lower(booking, 1))
	if got := trimmed(b.field("Account", accounts.Clearing["USD"], "CurrentBalance")); got != "3.95" || !strings.HasPrefix(a.Ref.ID, "Deposit:") {
		t.Errorf("%s left clearing at %s, want 3.95", a.Ref.ID, got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, sandbox.CompanyOptions{}).open()
	accounts := b.setUp()
	customer, invoices := b.stock(2)
	raw, err := b.company.Read("Invoice", invoices[0])
	if err != nil {
		t.Fatal(err)
	}
	change := connectors.LinkChange{Invoice: receivables.Invoice{ID: invoices[0]}, Raw: raw, URL: "https://pay.example/a", Generation: 1}
	stale, _, _, err := b.session.LowerLink(change)
	if err != nil {
		t.Fatal(err)
	}
	b.make("Payment", `{"CustomerRef":{"value":%q},"TotalAmt":1,"Line":[{"Amount":1,"LinkedTxn":[{"TxnId":%q,"TxnType":"Invoice"}]}]}`, customer, invoices[0])
	b.expect("stale version", stale, connectors.ClassStale)

	gone := bookings(accounts, customer, invoices)[0]
	gone.CustomerID = "99999"
	if _, err := b.session.Send(context.Background(), b.lower(gone, 1)); connectors.ClassOf(err) == connectors.ClassUnknown || err == nil {
		t.Errorf("an unknown customer: %v", err)
	}
	if err := b.closeBooks("2026-03-31"); err != nil {
		t.Fatal(err)
	}
	b.expect("closed period", b.lower(bookings(accounts, customer, invoices)[0], 1), connectors.ClassClosed)
	if p, err := b.session.Profile(context.Background()); err != nil || p.Lock != "2026-03-31" {
		t.Errorf("lock %q, %v", p.Lock, err)
	}
	b.server.Disconnect(b.company.RealmID())
	if _, err := b.session.Pull(context.Background(), "changes", nil); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("after disconnecting: %v", err)
	}
}

// closeBooks sets the closing date, as the bookkeeper does.
func (b *bench) closeBooks(day string) error {
	token := b.field("Preferences", "1", "SyncToken")
	_, err := b.company.Update("Preferences", fmt.Appendf(nil, `{"Id":"1","SyncToken":%q,"sparse":true,"AccountingInfoPrefs":{"BookCloseDate":%q}}`, token, day))
	return err
}

func (b *bench) expect(name string, w connectors.Write, class connectors.Class) {
	b.t.Helper()
	_, err := b.session.Send(context.Background(), w)
	f, ok := connectors.AsFailure(err)
	if !ok || f.Class != class || f.RequestID == "" {
		b.t.Errorf("%s: %v, want class %s with a request id", name, err, class)
	}
}
