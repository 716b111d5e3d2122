package sandbox_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
	"tieout/sandbox"
	"tieout/sandbox/economy"
	"tieout/sandbox/recorded"
)

// clearing is the ledger's balance of a clearing account, in its own currency,
// read over HTTP: QuickBooks says it; for Xero the documents are added up.
func (w *world) clearing(l sandbox.ReadyLedger, account string) decimal.Decimal {
	w.t.Helper()
	sum := decimal.Zero
	if l.Vendor == economy.QuickBooks {
		w.query(l, "Account", func(r map[string]json.RawMessage) {
			if text(w, r, "Id") == account {
				sum = number(w, r["CurrentBalance"])
			}
		})
		return sum
	}
	w.xero(l, "Payments", func(r map[string]json.RawMessage) {
		if inner(w, r, "Account", "AccountID") == account && text(w, r, "Status") != "DELETED" {
			sum = sum.Add(number(w, r["Amount"]))
		}
	})
	w.xero(l, "BankTransactions", func(r map[string]json.RawMessage) {
		if inner(w, r, "BankAccount", "AccountID") != account || text(w, r, "Status") != "AUTHORISED" || strings.HasSuffix(text(w, r, "Type"), "-TRANSFER") {
			return
		}
		amount := number(w, r["Total"])
		if strings.HasPrefix(text(w, r, "Type"), "SPEND") {
			amount = amount.Neg()
		}
		sum = sum.Add(amount)
	})
	w.xero(l, "BankTransfers", func(r map[string]json.RawMessage) {
		if inner(w, r, "FromBankAccount", "AccountID") == account {
			sum = sum.Sub(number(w, r["Amount"]))
		}
		if inner(w, r, "ToBankAccount", "AccountID") == account {
			sum = sum.Add(number(w, r["Amount"]))
		}
	})
	for _, m := range l.Money {
		if m.Clearing == account && m.Currency == l.HomeCurrency { // foreign accounts are shown in base currency
			if got := w.bankSummary(l, m.ClearingName); !got.Equal(sum) {
				w.t.Errorf("%s: documents add to %s, the bank summary says %s", m.ClearingName, sum, got)
			}
		}
	}
	return sum
}

// report reads a Xero report's rows, the cells as text.
func (w *world) report(l sandbox.ReadyLedger, name string) (rows [][]string) {
	w.t.Helper()
	req := w.request(http.MethodGet, w.ready.Xero.URL+"/api.xro/2.0/Reports/"+name, "")
	req.Header.Set("Authorization", "Bearer "+w.tokens[l.ID])
	req.Header.Set("xero-tenant-id", l.ID)
	type row struct {
		Cells []struct{ Value string }
		Rows  []row
	}
	var answer struct{ Reports []struct{ Rows []row } }
	w.send(req, &answer)
	for _, section := range answer.Reports[0].Rows {
		for _, r := range section.Rows {
			var cells []string
			for _, c := range r.Cells {
				cells = append(cells, c.Value)
			}
			rows = append(rows, cells)
		}
	}
	return rows
}

// bankSummary is the closing balance of an account in the bank summary.
func (w *world) bankSummary(l sandbox.ReadyLedger, account string) decimal.Decimal {
	w.t.Helper()
	for _, cells := range w.report(l, "BankSummary") {
		if len(cells) == 5 && cells[0] == account {
			return number(w, json.RawMessage(cells[4]))
		}
	}
	w.t.Errorf("the bank summary has no account %s", account)
	return decimal.Zero
}

// receivables compares QuickBooks' own figures for the home currency: open
// invoices less open credits, the customers, the control account.
func (w *world) receivables(l sandbox.ReadyLedger) {
	w.t.Helper()
	if l.Vendor == economy.Xero {
		w.xeroReceivables(l)
		return
	}
	open, customers := map[string]decimal.Decimal{}, map[string]decimal.Decimal{}
	add := func(to map[string]decimal.Decimal, field string, sign int64) func(map[string]json.RawMessage) {
		return func(r map[string]json.RawMessage) {
			c := inner(w, r, "CurrencyRef", "value")
			if c == "" {
				c = l.HomeCurrency
			}
			to[c] = to[c].Add(number(w, r[field]).Mul(decimal.NewFromInt(sign)))
		}
	}
	w.query(l, "Invoice", add(open, "Balance", 1))
	w.query(l, "Payment", add(open, "UnappliedAmt", -1))
	w.query(l, "CreditMemo", add(open, "RemainingCredit", -1))
	w.query(l, "JournalEntry", func(r map[string]json.RawMessage) {
		var lines []struct {
			Amount                 json.Number
			JournalEntryLineDetail struct {
				PostingType string
				Entity      struct{ Type string }
			}
		}
		if err := json.Unmarshal(r["Line"], &lines); err != nil {
			w.t.Fatal(err)
		}
		for _, line := range lines {
			if line.JournalEntryLineDetail.Entity.Type != "Customer" {
				continue
			}
			sign := int64(1)
			if line.JournalEntryLineDetail.PostingType == "Credit" {
				sign = -1
			}
			amount := number(w, json.RawMessage(line.Amount))
			open[l.HomeCurrency] = open[l.HomeCurrency].Add(amount.Mul(decimal.NewFromInt(sign)))
		}
	})
	w.query(l, "Customer", add(customers, "Balance", 1))
	control := map[string]decimal.Decimal{}
	w.query(l, "Account", func(r map[string]json.RawMessage) {
		if text(w, r, "AccountType") == "Accounts Receivable" {
			add(control, "CurrentBalance", 1)(r)
		}
	})
	for c, want := range open {
		if !customers[c].Equal(want) || !control[c].Equal(want) {
			w.t.Errorf("%s: open documents %s, customers %s, receivables account %s", c, want, customers[c], control[c])
		}
	}
}

// xeroReceivables compares the trial balance's line of receivables with the
// open documents, each at its own rate: base = amount / CurrencyRate.
func (w *world) xeroReceivables(l sandbox.ReadyLedger) {
	w.t.Helper()
	open := decimal.Zero
	add := func(field string, sign int64) func(map[string]json.RawMessage) {
		return func(r map[string]json.RawMessage) {
			amount := number(w, r[field])
			if rate := number(w, r["CurrencyRate"]); rate.IsPositive() {
				amount = amount.DivRound(rate, 2)
			}
			open = open.Add(amount.Mul(decimal.NewFromInt(sign)))
		}
	}
	w.xero(l, "Invoices", func(r map[string]json.RawMessage) {
		if text(w, r, "Type") == "ACCREC" && text(w, r, "Status") == "AUTHORISED" {
			add("AmountDue", 1)(r)
		}
	})
	w.xero(l, "CreditNotes", add("RemainingCredit", -1))
	w.xero(l, "Overpayments", add("RemainingCredit", -1))
	if got := w.trialBalance(l, "Accounts Receivable"); !got.Equal(open) {
		w.t.Errorf("trial balance %s, open documents %s", got, open)
	}
}

// trialBalance is debit less credit of the first row whose title holds words.
func (w *world) trialBalance(l sandbox.ReadyLedger, words string) decimal.Decimal {
	w.t.Helper()
	for _, cells := range w.report(l, "TrialBalance") {
		if len(cells) == 5 && strings.Contains(cells[0], words) { // account, debit, credit, both for the year
			side := func(s string) decimal.Decimal { return number(w, json.RawMessage("0"+s)) }
			return side(cells[3]).Sub(side(cells[4]))
		}
	}
	w.t.Errorf("the trial balance has no row %s", words)
	return decimal.Zero
}

// agree asserts that each clearing account equals Stripe's balance, and that
// this balance is the sum of Stripe's rows.
func (w *world) agree(l sandbox.ReadyLedger, ledgerToo bool) {
	w.t.Helper()
	balance, rows := w.balance(l), w.rows(l, "")
	for _, m := range l.Money {
		if !balance[m.Currency].Equal(rows[m.Currency]) {
			w.t.Errorf("%s %s: Stripe balance %s, rows add to %s", l.Vendor, m.Currency, balance[m.Currency], rows[m.Currency])
		}
		if !ledgerToo {
			continue
		}
		if got := w.clearing(l, m.Clearing); !got.Equal(balance[m.Currency]) {
			w.t.Errorf("%s %s: clearing account %s, Stripe balance %s", l.Vendor, m.Currency, got, balance[m.Currency])
		}
	}
}

// embed puts a payment link on every open invoice, as a program would.
func (w *world) embed(l sandbox.ReadyLedger) int {
	w.t.Helper()
	made := 0
	link := func(number, currency string, cents int64) string {
		var price, plink struct{ ID, URL string }
		w.stripe(l, http.MethodPost, "/v1/prices", url.Values{
			"currency": {strings.ToLower(currency)}, "unit_amount": {decimal.NewFromInt(cents).String()}, "product_data[name]": {"Invoice " + number},
		}, &price)
		w.stripe(l, http.MethodPost, "/v1/payment_links", url.Values{
			"line_items[0][price]": {price.ID}, "line_items[0][quantity]": {"1"}, "restrictions[completed_sessions][limit]": {"1"},
			"metadata[invoice]": {number}, "payment_intent_data[metadata][invoice]": {number},
		}, &plink)
		made++
		return "Pay online: " + plink.URL
	}
	cents := func(raw json.RawMessage) int64 { return number(w, raw).Shift(2).IntPart() }
	var answer json.RawMessage
	if l.Vendor == economy.QuickBooks {
		w.query(l, "Invoice", func(r map[string]json.RawMessage) {
			memo := inner(w, r, "CustomerMemo", "value")
			if cents(r["Balance"]) <= 0 || len(memo) > 800 {
				return
			}
			currency := inner(w, r, "CurrencyRef", "value")
			if currency == "" {
				currency = l.HomeCurrency
			}
			w.control(http.MethodPost, "/quickbooks/"+l.ID+"/Invoice/update", map[string]any{
				"Id": text(w, r, "Id"), "SyncToken": text(w, r, "SyncToken"), "sparse": true,
				"CustomerMemo": map[string]string{"value": memo + "\n" + link(text(w, r, "DocNumber"), currency, cents(r["Balance"]))},
			}, &answer)
		})
		return made
	}
	w.xero(l, "Invoices", func(r map[string]json.RawMessage) {
		if text(w, r, "Type") != "ACCREC" || text(w, r, "Status") != "AUTHORISED" || number(w, r["AmountPaid"]).IsPositive() {
			return // a paid-in-part invoice takes no new line
		}
		var lines []json.RawMessage
		if err := json.Unmarshal(r["LineItems"], &lines); err != nil {
			w.t.Fatal(err)
		}
		extra, err := json.Marshal(map[string]string{"Description": link(text(w, r, "InvoiceNumber"), text(w, r, "CurrencyCode"), cents(r["AmountDue"]))})
		if err != nil {
			w.t.Fatal(err)
		}
		w.control(http.MethodPost, "/xero/"+l.ID+"/Invoices/update", map[string]any{
			"InvoiceID": text(w, r, "InvoiceID"), "LineItems": append(lines, extra),
		}, &answer)
	})
	return made
}

type rounds struct {
	Ledgers map[string]economy.Summary `json:"ledgers"`
	Total   economy.Summary            `json:"total"`
}

func TestGeneratedEconomyLivesAndAgrees(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		seed     int64
		invoices int
	}{{1, 20}, {122, 20}, {2, 45}, {11, 60}, {4, 300}} {
		t.Run(fmt.Sprintf("seed %d with %d invoices", tt.seed, tt.invoices), func(t *testing.T) {
			t.Parallel()
			liveAndAgree(t, tt.seed, tt.invoices)
		})
	}
}

func liveAndAgree(t *testing.T, seed int64, invoices int) {
	t.Helper()
	w := start(t, sandbox.Config{Seed: seed, Invoices: invoices})
	if len(w.ready.Ledgers) != 2 || len(w.ready.Accounts) != 2 {
		t.Fatalf("%d ledgers and %d Stripe accounts, want 2 and 2", len(w.ready.Ledgers), len(w.ready.Accounts))
	}
	for _, l := range w.ready.Ledgers {
		w.agree(l, true)
		w.quiet(l)
		for c, sum := range w.balance(l) {
			if !sum.IsPositive() {
				t.Errorf("%s: Stripe holds %s %s at the start, want something to compare", l.Vendor, sum, c)
			}
		}
		w.receivables(l)
		if w.embed(l) < invoices*8/10 {
			t.Errorf("%s: too few links", l.Vendor)
		}
	}
	var done rounds
	w.control(http.MethodPost, "/economy/act", nil, &done)
	for range 3 {
		w.control(http.MethodPost, "/clock/advance", map[string]int{"days": 8}, &struct{}{})
		w.control(http.MethodPost, "/economy/act", nil, &struct{}{})
		w.payOut()
	}
	w.control(http.MethodGet, "/economy", nil, &done)
	for _, l := range w.ready.Ledgers {
		w.tokens[l.ID] = w.connect(l) // the old one died long ago
		w.agree(l, false)
		checkActs(t, l.Vendor, done.Ledgers[l.ID], invoices)
		w.receivables(l)
	}
	w.intents(done)
}

// quiet asserts that no payout is on its way.
func (w *world) quiet(l sandbox.ReadyLedger) {
	w.t.Helper()
	var page struct{ Data []struct{ ID, Status string } }
	w.stripe(l, http.MethodGet, "/v1/payouts?limit=100", nil, &page)
	if len(page.Data) == 0 {
		w.t.Errorf("%s: no payout in three years", l.Vendor)
	}
	for _, p := range page.Data {
		if p.Status != "paid" {
			w.t.Errorf("%s: payout %s is %s at the start", l.Vendor, p.ID, p.Status)
		}
	}
}

// payOut runs the payouts and checks each against its members.
func (w *world) payOut() {
	w.t.Helper()
	for _, l := range w.ready.Ledgers {
		var ran struct{ Payouts []string }
		w.control(http.MethodPost, "/stripe/"+l.StripeAccount+"/payouts/run", nil, &ran)
		for _, id := range ran.Payouts {
			var p struct {
				Amount      int64
				Currency    string
				Destination string
			}
			w.stripe(l, http.MethodGet, "/v1/payouts/"+id, nil, &p)
			c := strings.ToUpper(p.Currency)
			if got, want := w.rows(l, id)[c], decimal.New(p.Amount, -2); !got.Equal(want) {
				w.t.Errorf("payout %s of %s %s: members add to %s", id, want, c, got)
			}
			for _, m := range l.Money {
				if m.Currency == c && m.Destination != p.Destination {
					w.t.Errorf("payout %s went to %s, ready names %s", id, p.Destination, m.Destination)
				}
			}
		}
	}
}

// checkActs asserts the promised minima on what the payers did.
func checkActs(t *testing.T, vendor string, s economy.Summary, invoices int) {
	t.Helper()
	if len(s.Refused) > 0 || s.Waiting > invoices/20 || s.Later != 0 {
		t.Errorf("%s: refused %v, waiting %d, later %d", vendor, s.Refused, s.Waiting, s.Later)
	}
	for habit, percent := range map[economy.Habit]int{
		economy.HabitPart: 10, economy.HabitBatch: 5, economy.HabitNoReference: 3, economy.HabitByHand: 2,
		economy.HabitDebitFails: 1, economy.HabitUnknown: 1, economy.HabitDeclined: 1, economy.HabitDebit: 1, economy.HabitLink: 1,
	} {
		tally := s.Habits[habit]
		if tally == nil || len(tally.Invoices)*100 < percent*invoices {
			t.Errorf("%s: habit %s: %+v of %d invoices, want %d %%", vendor, habit, tally, invoices, percent)
			continue
		}
		if habit != economy.HabitByHand && len(tally.Payments) != tally.Acts {
			t.Errorf("%s: habit %s: %d payments for %d acts", vendor, habit, len(tally.Payments), tally.Acts)
		}
	}
}

// intents asks Stripe what became of the debits and the declined cards.
func (w *world) intents(done rounds) {
	w.t.Helper()
	for _, l := range w.ready.Ledgers {
		for habit, want := range map[economy.Habit]string{
			economy.HabitLink: "succeeded", economy.HabitDeclined: "succeeded", economy.HabitDebit: "succeeded", economy.HabitDebitFails: "requires_payment_method",
		} {
			for _, id := range done.Ledgers[l.ID].Habits[habit].Payments {
				var pi struct{ Status string }
				w.stripe(l, http.MethodGet, "/v1/payment_intents/"+id, nil, &pi)
				if pi.Status != want {
					w.t.Errorf("%s: %s by %s is %s, want %s", l.Vendor, id, habit, pi.Status, want)
				}
			}
		}
	}
}

func TestSameSeedSameWorld(t *testing.T) {
	t.Parallel()
	read := func() map[string]int {
		w := start(t, sandbox.Config{Seed: 5, Invoices: 20})
		out := map[string]int{}
		for _, l := range w.ready.Ledgers {
			out[l.Vendor+l.ID+l.StripeAccount]++
			for c, sum := range w.balance(l) {
				out[l.Vendor+c+sum.String()]++
			}
		}
		return out
	}
	a, b := read(), read()
	for k := range a {
		if b[k] != a[k] {
			t.Errorf("%s in one world only", k)
		}
	}
}

func TestRecordedCompanies(t *testing.T) {
	t.Parallel()
	dir := specs(t)
	folders := []string{filepath.Join(dir, "quickbooks/json/nango"), filepath.Join(dir, "xero/recorded-2026-04"), filepath.Join(dir, "quickbooks/company")}
	w := start(t, sandbox.Config{Data: folders})
	if len(w.ready.Ledgers) != 3 || len(w.ready.Accounts) != 3 {
		t.Fatalf("%d ledgers, %d accounts, want 3 of each", len(w.ready.Ledgers), len(w.ready.Accounts))
	}
	for i, want := range []string{"4681.52", "9194.51", "5281.52"} {
		l := w.ready.Ledgers[i]
		if got := w.net(l); got.String() != want {
			t.Errorf("%s: net receivables %s, want %s", l.Folder, got, want)
		}
		if w.balance(l)["USD"].IsPositive() {
			t.Errorf("%s: its Stripe account is not empty", l.Folder)
		}
		if w.embed(l) == 0 {
			t.Errorf("%s: nothing to put a link on", l.Folder)
		}
	}
	w.control(http.MethodPost, "/economy/act", nil, &struct{}{})
	w.control(http.MethodPost, "/clock/advance", map[string]int{"days": 30}, &struct{}{})
	var done rounds
	w.control(http.MethodPost, "/economy/act", nil, &done)
	w.control(http.MethodGet, "/economy", nil, &done)
	for _, l := range w.ready.Ledgers {
		s := done.Ledgers[l.ID]
		w.tokens[l.ID] = w.connect(l)
		if len(s.Refused) > 0 || s.Habits[economy.HabitLink] == nil || s.Habits[economy.HabitPart] == nil {
			t.Errorf("%s: %+v", l.Folder, s)
		}
		w.agree(l, false)
	}
}

// net is open invoices less open credits of a recorded company.
func (w *world) net(l sandbox.ReadyLedger) decimal.Decimal {
	w.t.Helper()
	sum := decimal.Zero
	add := func(field string, sign int64) func(map[string]json.RawMessage) {
		return func(r map[string]json.RawMessage) { sum = sum.Add(number(w, r[field]).Mul(decimal.NewFromInt(sign))) }
	}
	if l.Vendor == economy.QuickBooks {
		w.query(l, "Invoice", add("Balance", 1))
		w.query(l, "Payment", add("UnappliedAmt", -1))
		w.query(l, "CreditMemo", add("RemainingCredit", -1))
		return sum
	}
	w.xero(l, "Invoices", func(r map[string]json.RawMessage) {
		if status := text(w, r, "Status"); text(w, r, "Type") == "ACCREC" && (status == "AUTHORISED" || status == "PAID") {
			add("AmountDue", 1)(r)
		}
	})
	return sum
}

func TestBookkeeperShortcuts(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Seed: 2, Invoices: 20, NoHistory: true})
	for _, l := range w.ready.Ledgers {
		w.embed(l)
		var open struct{ ID string }
		first := w.firstOpen(l)
		var removed struct{ Removed int }
		at := "/ledgers/" + l.ID
		w.control(http.MethodPost, at+"/remove-link", map[string]string{"invoice": first}, &removed)
		if removed.Removed != 1 {
			t.Errorf("%s: removed %d links of invoice %s, want 1", l.Vendor, removed.Removed, first)
		}
		w.control(http.MethodPost, at+"/remove-link", map[string]string{"invoice": first}, &removed)
		if removed.Removed != 0 {
			t.Errorf("%s: removed a link twice", l.Vendor)
		}
		var paid struct{ Balance json.Number }
		w.control(http.MethodPost, at+"/enter-payment", map[string]string{"invoice": first, "into": "clearing", "note": "by hand"}, &paid)
		if paid.Balance.String() != "0.00" {
			t.Errorf("%s: balance %s after the whole was entered by hand", l.Vendor, paid.Balance)
		}
		if l.Vendor == economy.QuickBooks {
			w.query(l, "Customer", func(r map[string]json.RawMessage) {
				if open.ID == "" && inner(w, r, "CurrencyRef", "value") == l.HomeCurrency {
					open.ID = text(w, r, "Id")
				}
			})
			w.control(http.MethodPost, at+"/journal", map[string]any{"customer": open.ID, "currency": l.HomeCurrency, "amount": json.Number("12.34"), "note": "adjustment"}, &struct{}{})
		}
		w.receivables(l)
	}
}

// firstOpen is the number of an open invoice that carries a link.
func (w *world) firstOpen(l sandbox.ReadyLedger) (found string) {
	w.t.Helper()
	if l.Vendor == economy.QuickBooks {
		w.query(l, "Invoice", func(r map[string]json.RawMessage) {
			if number(w, r["Balance"]).IsPositive() && strings.Contains(inner(w, r, "CustomerMemo", "value"), "/pay/") {
				found = text(w, r, "DocNumber")
			}
		})
		return found
	}
	w.xero(l, "Invoices", func(r map[string]json.RawMessage) {
		if number(w, r["AmountDue"]).IsPositive() && strings.Contains(string(r["LineItems"]), "/pay/") {
			found = text(w, r, "InvoiceNumber")
		}
	})
	return found
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	if _, err := sandbox.Start(t.Context(), sandbox.Config{Data: []string{t.TempDir()}}, clock.At(testNow)); !errors.Is(err, recorded.ErrUnknown) {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := sandbox.Start(t.Context(), sandbox.Config{Limits: "few"}, clock.At(testNow)); err == nil {
		t.Error("a wrong limits setting was accepted")
	}
}

func TestDumpHoldsEverything(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Seed: 1, Invoices: 20, NoHistory: true})
	var d struct {
		QuickBooks, Xero, Stripe map[string]json.RawMessage
		Ledgers                  []sandbox.ReadyLedger
	}
	w.control(http.MethodGet, "/dump", nil, &d)
	for _, l := range d.Ledgers {
		of := d.QuickBooks
		if l.Vendor == economy.Xero {
			of = d.Xero
		}
		if len(of[l.ID]) < 1000 || len(d.Stripe[l.StripeAccount]) < 100 {
			t.Errorf("%s: the dump lacks %s or %s", l.Vendor, l.ID, l.StripeAccount)
		}
	}
}
