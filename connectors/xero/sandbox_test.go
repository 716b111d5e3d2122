package xero

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tieout/connectors"
	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	sandbox "tieout/sandbox/xero"
)

func organisation() sandbox.OrganisationOptions {
	return sandbox.OrganisationOptions{Name: "Riverside Studio", BaseCurrency: "USD", Currencies: []string{"EUR"}, Timezone: "EASTERNSTANDARDTIME"}
}

// invoice enters an approved invoice and gives its id.
func (r *rig) invoice(t *testing.T, number, currency, amount string) string {
	t.Helper()
	out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"`+number+`","CurrencyCode":"`+currency+`",
		"Contact":{"Name":"Harbour Foods"},"Date":"2026-04-20","DueDate":"2026-05-20","LineAmountTypes":"NoTax",
		"LineItems":[{"Description":"Work","Quantity":1,"UnitAmount":`+amount+`,"AccountCode":"200"}]}`)
	return out["InvoiceID"].(string)
}

// books makes the accounts and the contact that a book needs.
func (r *rig) books(t *testing.T, currencies ...money.Currency) mapping.Accounts {
	t.Helper()
	ctx := context.Background()
	if len(currencies) == 0 {
		currencies = usd()
	}
	records, _ := pull(t, r.session, "accounts", nil)
	accepted(t, records)
	var accounts []receivables.Account
	for _, record := range records {
		accounts = append(accounts, record.Entity.(receivables.Account))
	}
	plan := r.session.DetectAccounts(accounts, connectors.AccountNeeds{
		Currencies: currencies, Destinations: map[string]money.Currency{"ba_1": "USD"},
	})
	for _, n := range plan.Create {
		w, err := r.session.LowerAccount(n)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := r.session.Send(ctx, w)
		if err != nil {
			t.Fatalf("create %s: %v", n.Use, err)
		}
		if again, ok, err := r.session.Find(ctx, w); err != nil || !ok || again.Ref != answer.Ref {
			t.Errorf("find %s: %v %v %v", n.Use, again.Ref, ok, err)
		}
		switch n.Use {
		case "clearing":
			plan.Accounts.Clearing[n.Currency] = answer.Ref.ID
		case "fees":
			plan.Accounts.Fees = answer.Ref.ID
		case "contact":
			plan.Accounts.FeeContact = answer.Ref.ID
		case "returned":
			plan.Accounts.Returned = answer.Ref.ID
		case "disputes":
			plan.Accounts.Disputes[n.Currency] = answer.Ref.ID
		}
	}
	if plan.Accounts.Banks["ba_1"] == "" {
		// The chart has more than one bank account: a person chooses.
		plan.Accounts.Banks["ba_1"] = accountNamed(t, r, "090")
	}
	return plan.Accounts
}

func TestProfileComesFromTheOrganisation(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	if err := r.org.SetLockDates("2026-01-31", "2025-12-31"); err != nil {
		t.Fatal(err)
	}
	p, err := r.session.Profile(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if p.ExternalID != r.company.ExternalID || p.Name != "Riverside Studio" || p.Home != "USD" ||
		p.Zone != "America/New_York" || !p.Live || p.Lock != "2026-01-31" || p.Extra["short_code"] == "" {
		t.Errorf("profile %+v", p)
	}
}

func TestPullComesToRestAndSeesChanges(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	id := r.invoice(t, "INV-1", "USD", "120.00")
	r.create(t, "Invoices", `{"Type":"ACCPAY","Status":"AUTHORISED","InvoiceNumber":"B-1","Contact":{"Name":"Supplier"},"Date":"2026-04-20","DueDate":"2026-05-20",
		"LineItems":[{"Description":"Paper","Quantity":1,"UnitAmount":9,"AccountCode":"404"}]}`)
	cursors := map[string]connectors.Cursor{}
	for _, st := range r.session.Streams() {
		records, cursor := pull(t, r.session, st.Name, nil)
		accepted(t, records)
		cursors[st.Name] = cursor
		if st.Name == "invoices" && len(records) != 1 {
			t.Errorf("%d invoices pulled, want the one sales invoice", len(records))
		}
	}
	r.clock.Advance(time.Hour)
	if _, err := r.session.Profile(context.Background()); err != nil {
		t.Fatalf("the token was not renewed: %v", err)
	}
	r.calls.reset()
	for _, st := range r.session.Streams() {
		page, err := r.session.Pull(context.Background(), st.Name, cursors[st.Name])
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Drafts) != 0 || page.More || !bytes.Equal(page.Cursor, cursors[st.Name]) {
			t.Errorf("%s: an idle pass brought %d drafts, more %v, cursor %s after %s",
				st.Name, len(page.Drafts), page.More, page.Cursor, cursors[st.Name])
		}
	}
	if n := r.calls.count(); n != len(r.session.Streams()) {
		t.Errorf("an idle pass made %d calls for %d streams", n, len(r.session.Streams()))
	}
	bank := accountNamed(t, r, "090")
	r.create(t, "Payments", `{"Invoice":{"InvoiceID":"`+id+`"},"Account":{"AccountID":"`+bank+`"},"Date":"2026-05-01","Amount":20}`)
	records, cursor := pull(t, r.session, "invoices", cursors["invoices"])
	i := entity[receivables.Invoice](t, records, id)
	if len(records) != 1 || i.Balance != 10000 || *i.Paid != 2000 {
		t.Errorf("after a payment: %d records, %+v", len(records), i)
	}
	r.clock.Advance(time.Minute)
	payments, _ := pull(t, r.session, "payments", cursors["payments"])
	if len(payments) != 1 || entity[receivables.Receipt](t, payments, payments[0].Ref.ID).Allocations[0].Amount != 2000 {
		t.Errorf("payments %+v", payments)
	}
	if err := r.org.Delete("Payments", payments[0].Ref.ID); err != nil {
		t.Fatal(err)
	}
	gone, _ := pull(t, r.session, "payments", cursors["payments"])
	if len(gone) != 1 || !gone[0].Deleted {
		t.Errorf("a deleted payment came as %+v", gone)
	}
	if err := r.org.Void("Invoices", id); err != nil {
		t.Fatal(err)
	}
	records, _ = pull(t, r.session, "invoices", cursor)
	if i := entity[receivables.Invoice](t, records, id); i.State != receivables.StateVoid || i.Total != 12000 || i.Balance != 0 {
		t.Errorf("a voided invoice came as %+v", i)
	}
}

func accountNamed(t *testing.T, r *rig, code string) string {
	t.Helper()
	records, _ := pull(t, r.session, "accounts", nil)
	for _, record := range records {
		if a, ok := record.Entity.(receivables.Account); ok && a.Code == code {
			return a.ID
		}
	}
	t.Fatalf("no account %s", code)
	return ""
}

func TestBookingsAreWrittenOnceAndFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	accounts := r.books(t)
	one, two := r.invoice(t, "INV-1", "USD", "120.00"), r.invoice(t, "INV-2", "USD", "80.50")
	bookings := []mapping.Booking{
		{
			Book: "b1", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: accounts.Clearing["USD"], Source: "ch_1",
			Parts: []mapping.Part{
				{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: one, Amount: 12000},
				{Movement: "txn_1", Purpose: mapping.PurposeReceipt, Target: two, Amount: 5000},
			},
		},
		{
			Book: "b1", Kind: receivables.DocumentExpense, Currency: "USD", Date: "2026-05-01", From: accounts.Clearing["USD"], To: accounts.Fees,
			Contact: accounts.FeeContact, Source: "ch_1", Memo: "Stripe fee",
			Parts: []mapping.Part{{Movement: "txn_1", Purpose: mapping.PurposeFee, Amount: 523}},
		},
		{
			Book: "b1", Kind: receivables.DocumentTransfer, Currency: "USD", Date: "2026-05-03", From: accounts.Clearing["USD"],
			To: accounts.Banks["ba_1"], Source: "po_1",
			Parts: []mapping.Part{{Movement: "txn_2", Purpose: mapping.PurposePayout, Amount: 16477}},
		},
	}
	var writes []connectors.Write
	for _, b := range bookings {
		lowered, err := r.session.Lower(b, 0)
		if err != nil {
			t.Fatal(err)
		}
		writes = append(writes, lowered...)
	}
	if len(writes) != 4 {
		t.Fatalf("%d writes, want 4", len(writes))
	}
	for _, w := range writes {
		if _, ok, err := r.session.Find(ctx, w); ok || err != nil {
			t.Fatalf("%s found before it was sent: %v", w.Op, err)
		}
		first, err := r.session.Send(ctx, w)
		if err != nil {
			t.Fatalf("%s: %v", w.Op, err)
		}
		again, err := r.session.Send(ctx, w)
		if err != nil || again.Ref != first.Ref {
			t.Errorf("%s replayed: %v %v, first %v", w.Op, again.Ref, err, first.Ref)
		}
		seen, ok, err := r.session.Find(ctx, w)
		if err != nil || !ok || seen.Ref != first.Ref {
			t.Errorf("%s find: %v %v %v, sent %v", w.Op, seen.Ref, ok, err, first.Ref)
		}
		drafts, err := r.session.Fetch(ctx, []receivables.Ref{first.Ref})
		if err != nil || len(drafts) != 1 {
			t.Fatalf("%s fetch: %d %v", w.Op, len(drafts), err)
		}
		accepted(t, []mapping.Record{mapping.Accept(drafts[0])})
	}
	r.checkMarkers(t, writes)
	figures, err := r.session.Figures(ctx, connectors.FigureQuery{AsOf: "2026-05-04", Clearing: accounts.Clearing})
	if err != nil {
		t.Fatal(err)
	}
	if figures.Clearing["USD"] != 0 || figures.Receivable["USD"] != 3050 || !figures.ReceivableHome {
		t.Errorf("figures %+v, want clearing 0 and receivables 30.50", figures)
	}
	r.clock.Advance(10 * time.Minute)
	if err := r.org.Delete("Payments", mustFind(t, r, writes[0])); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := r.session.Find(ctx, writes[0]); ok || connectors.ClassOf(err) != connectors.ClassGone {
		t.Errorf("a deleted payment: %v %v, want gone", ok, err)
	}
}

func mustFind(t *testing.T, r *rig, w connectors.Write) string {
	t.Helper()
	a, ok, err := r.session.Find(context.Background(), w)
	if err != nil || !ok {
		t.Fatalf("find %s: %v %v", w.Op, ok, err)
	}
	return a.Ref.ID
}

// checkMarkers pulls everything and looks for the marker of each write.
func (r *rig) checkMarkers(t *testing.T, writes []connectors.Write) {
	t.Helper()
	seen := map[string]int{}
	for _, stream := range []string{"payments", "bank_transactions", "bank_transfers"} {
		records, _ := pull(t, r.session, stream, nil)
		accepted(t, records)
		for _, record := range records {
			switch e := record.Entity.(type) {
			case receivables.Receipt:
				seen[e.Marker]++
			case receivables.Document:
				seen[e.Marker]++
			}
		}
	}
	for _, w := range writes {
		if seen[w.Marker] != 1 {
			t.Errorf("%s: %d documents carry its marker", w.Op, seen[w.Marker])
		}
	}
}

func TestLostAnswerIsUnknownAndFound(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	accounts := r.books(t)
	id := r.invoice(t, "INV-1", "USD", "50.00")
	writes, err := r.session.Lower(mapping.Booking{
		Book: "b1", Kind: receivables.DocumentReceipt, Currency: "USD", Date: "2026-05-01", To: accounts.Clearing["USD"], Source: "ch_9",
		Parts: []mapping.Part{{Movement: "txn_9", Purpose: mapping.PurposeReceipt, Target: id, Amount: 5000}},
	}, 0)
	if err != nil {
		t.Fatal(err)
	}
	r.calls.broken = true
	if _, err := r.session.Send(ctx, writes[0]); connectors.ClassOf(err) != connectors.ClassUnknown {
		t.Fatalf("a lost answer gave %v", err)
	}
	r.calls.broken = false
	if _, ok, err := r.session.Find(ctx, writes[0]); err != nil || !ok {
		t.Errorf("find after a lost answer: %v %v", ok, err)
	}
}

func TestRefusalsAreClassified(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	r := newRig(t, organisation())
	accounts := r.books(t)
	id := r.invoice(t, "INV-1", "USD", "50.00")
	booking := func(date receivables.Date, amount int64, source string) connectors.Write {
		writes, err := r.session.Lower(mapping.Booking{
			Book: "b1", Kind: receivables.DocumentReceipt, Currency: "USD", Date: date, To: accounts.Clearing["USD"], Source: source,
			Parts: []mapping.Part{{Movement: source, Purpose: mapping.PurposeReceipt, Target: id, Amount: amount}},
		}, 0)
		if err != nil {
			t.Fatal(err)
		}
		return writes[0]
	}
	_, err := r.session.Send(ctx, booking("2026-05-01", 5001, "ch_over"))
	if connectors.ClassOf(err) != connectors.ClassStale || !strings.Contains(err.Error(), "exceeds") {
		t.Errorf("overpaying gave %v", err)
	}
	if err := r.org.SetLockDates("2026-03-31", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := r.session.Send(ctx, booking("2026-03-01", 100, "ch_locked")); connectors.ClassOf(err) != connectors.ClassClosed {
		t.Errorf("a locked date gave %v", err)
	}
	r.org.Disconnect()
	if _, err := r.session.Profile(ctx); connectors.ClassOf(err) != connectors.ClassReconnect {
		t.Errorf("a disconnected organisation gave %v", err)
	}
	var f *connectors.Failure
	if !errors.As(err, &f) || f.Vendor != name || f.Op == "" || f.Text == "" {
		t.Errorf("failure %+v", f)
	}
}

func TestForeignInvoiceIsCarriedInHomeCurrency(t *testing.T) {
	t.Parallel()
	r := newRig(t, organisation())
	accounts := r.books(t, "EUR", "USD")
	out := r.create(t, "Invoices", `{"Type":"ACCREC","Status":"AUTHORISED","InvoiceNumber":"E-1","CurrencyCode":"EUR","CurrencyRate":0.91,
		"Contact":{"Name":"Harbour Foods"},"Date":"2026-04-20","DueDate":"2026-05-20","LineAmountTypes":"NoTax",
		"LineItems":[{"Description":"Work","Quantity":3,"UnitAmount":33.35,"AccountCode":"200"}]}`)
	records, _ := pull(t, r.session, "invoices", nil)
	accepted(t, records)
	i := entity[receivables.Invoice](t, records, out["InvoiceID"].(string))
	// 100.05 EUR at 0.91 EUR for one USD is 109.945..., rounded 109.95.
	if i.Balance != 10005 || i.HomeBalance != 10995 {
		t.Errorf("balance %d EUR, %d USD", i.Balance, i.HomeBalance)
	}
	figures, err := r.session.Figures(context.Background(), connectors.FigureQuery{AsOf: "2026-05-04", Clearing: accounts.Clearing})
	if err != nil {
		t.Fatal(err)
	}
	if figures.Receivable["USD"] != 10995 || len(figures.OwnSum) != 1 || figures.OwnSum[0] != "EUR" {
		t.Errorf("figures %+v", figures)
	}
}
