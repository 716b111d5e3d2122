package sandbox_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"tieout/internal/clock"
	"tieout/sandbox"
	"tieout/sandbox/economy"
)

// balanceOf reads an invoice's open amount through the control API.
func (w *world) balanceOf(l sandbox.ReadyLedger, id string) decimal.Decimal {
	w.t.Helper()
	kind, field := "Invoice", "Balance"
	if l.Vendor == economy.Xero {
		kind, field = "Invoices", "AmountDue"
	}
	var doc map[string]json.RawMessage
	w.control(http.MethodGet, "/"+l.Vendor+"/"+l.ID+"/"+kind+"/"+id, nil, &doc)
	return number(w, doc[field])
}

// pick is the id and the customer of an open invoice in the home currency.
func (w *world) pick(l sandbox.ReadyLedger) (id, customer string) {
	w.t.Helper()
	if l.Vendor == economy.QuickBooks {
		w.query(l, "Invoice", func(r map[string]json.RawMessage) {
			if number(w, r["Balance"]).IsPositive() && inner(w, r, "CurrencyRef", "value") == l.HomeCurrency {
				id, customer = text(w, r, "Id"), inner(w, r, "CustomerRef", "value")
			}
		})
		return id, customer
	}
	w.xero(l, "Invoices", func(r map[string]json.RawMessage) {
		if number(w, r["AmountDue"]).IsPositive() && text(w, r, "CurrencyCode") == l.HomeCurrency && text(w, r, "Type") == "ACCREC" {
			id, customer = text(w, r, "InvoiceID"), inner(w, r, "Contact", "ContactID")
		}
	})
	return id, customer
}

func TestBookkeeperWritesAndDeletes(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Seed: 9, Invoices: 20, NoHistory: true})
	for _, l := range w.ready.Ledgers {
		id, customer := w.pick(l)
		before := w.balanceOf(l, id)
		kind, key := "Payment", "Id"
		body := map[string]any{
			"CustomerRef": map[string]string{"value": customer}, "CurrencyRef": map[string]string{"value": l.HomeCurrency}, "TotalAmt": 1,
			"Line": []any{map[string]any{"Amount": 1, "LinkedTxn": []any{map[string]string{"TxnId": id, "TxnType": "Invoice"}}}},
		}
		if l.Vendor == economy.Xero {
			kind, key = "Payments", "PaymentID"
			body = map[string]any{
				"Invoice": map[string]string{"InvoiceID": id}, "Account": map[string]string{"AccountID": l.Money[0].Bank}, "Amount": 1, "Date": "2026-11-20",
			}
		}
		var made map[string]json.RawMessage
		w.control(http.MethodPost, "/"+l.Vendor+"/"+l.ID+"/"+kind+"/create", body, &made)
		if got := w.balanceOf(l, id); !got.Equal(before.Sub(decimal.NewFromInt(1))) {
			t.Errorf("%s: %s open after 1 was paid of %s", l.Vendor, got, before)
		}
		w.control(http.MethodPost, "/"+l.Vendor+"/"+l.ID+"/"+kind+"/delete", map[string]string{"id": text(w, made, key)}, &made)
		if got := w.balanceOf(l, id); !got.Equal(before) {
			t.Errorf("%s: %s open after the payment was deleted, want %s", l.Vendor, got, before)
		}
		kind = map[string]string{economy.QuickBooks: "Invoice", economy.Xero: "Invoices"}[l.Vendor]
		w.control(http.MethodPost, "/"+l.Vendor+"/"+l.ID+"/"+kind+"/void", map[string]string{"id": id}, &made)
		if got := w.balanceOf(l, id); !got.IsZero() {
			t.Errorf("%s: %s open after the void", l.Vendor, got)
		}
	}
}

func TestXeroCreditIsAllocatedByControl(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Seed: 9, Invoices: 20, NoHistory: true})
	l := w.ready.Ledgers[1]
	id, contact := w.pick(l)
	before := w.balanceOf(l, id)
	var note map[string]json.RawMessage
	w.control(http.MethodPost, "/xero/"+l.ID+"/CreditNotes/create", map[string]any{
		"Type": "ACCRECCREDIT", "Status": "AUTHORISED", "Contact": map[string]string{"ContactID": contact}, "Date": "2026-11-20", "LineAmountTypes": "NoTax",
		"LineItems": []any{map[string]any{"Description": "Goodwill", "Quantity": 1, "UnitAmount": 2, "AccountCode": "200"}},
	}, &note)
	w.control(http.MethodPost, "/xero/"+l.ID+"/CreditNotes/"+text(w, note, "CreditNoteID")+"/Allocations/create",
		map[string]any{"Amount": 2, "Invoice": map[string]string{"InvoiceID": id}}, &note)
	if got := w.balanceOf(l, id); !got.Equal(before.Sub(decimal.NewFromInt(2))) {
		t.Errorf("%s open after a credit of 2 on %s", got, before)
	}
}

func TestTwoSessionsOfOneLink(t *testing.T) {
	t.Parallel()
	w := start(t, sandbox.Config{Seed: 9, Invoices: 20, NoHistory: true})
	l := w.ready.Ledgers[0]
	var price, link struct{ ID, URL string }
	w.stripe(l, http.MethodPost, "/v1/prices", url.Values{"currency": {"usd"}, "unit_amount": {"5000"}, "product_data[name]": {"x"}}, &price)
	w.stripe(l, http.MethodPost, "/v1/payment_links", url.Values{"line_items[0][price]": {price.ID}, "line_items[0][quantity]": {"1"}}, &link)
	at := "/stripe/" + l.StripeAccount
	var sessions [2]struct{ Session string }
	for i := range sessions {
		w.control(http.MethodPost, at+"/open-link", map[string]string{"link": link.URL}, &sessions[i])
	}
	for _, s := range sessions {
		var paid struct{ Status string }
		w.control(http.MethodPost, at+"/complete-session", map[string]string{"id": s.Session, "email": "twice@payer.example"}, &paid)
		if paid.Status != "succeeded" {
			t.Errorf("session %s: %s, want succeeded", s.Session, paid.Status)
		}
	}
	if got := w.rows(l, "")["USD"]; !got.IsPositive() || !w.balance(l)["USD"].Equal(got) {
		t.Errorf("balance %s, rows %s after two payments", w.balance(l)["USD"], got)
	}
}

func TestLoadWhileRunning(t *testing.T) {
	t.Parallel()
	dir := specs(t)
	w := start(t, sandbox.Config{Seed: 9, Invoices: 20, NoHistory: true})
	var loaded sandbox.ReadyLedger
	w.control(http.MethodPost, "/load", map[string]string{"folder": filepath.Join(dir, "quickbooks/company")}, &loaded)
	w.tokens[loaded.ID] = w.connect(loaded)
	if got := w.net(loaded); got.String() != "5281.52" {
		t.Errorf("net receivables %s, want 5281.52", got)
	}
	if loaded.StripeKey == w.ready.Ledgers[0].StripeKey || loaded.StripeKey == w.ready.Ledgers[1].StripeKey {
		t.Errorf("the loaded company shares the Stripe account %s", loaded.StripeAccount)
	}
}

func TestGoAPIActsAndPaysOut(t *testing.T) {
	t.Parallel()
	c := clock.At(testNow)
	s, err := sandbox.Start(t.Context(), sandbox.Config{Seed: 6, Invoices: 20}, c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	sums, err := s.Act(t.Context())
	if err != nil || len(sums) != 2 {
		t.Fatalf("%d summaries, %v, want 2", len(sums), err)
	}
	for id, sum := range sums {
		if sum.Habits[economy.HabitPart] == nil {
			t.Errorf("%s: nobody paid in part: %+v", id, sum)
		}
	}
	c.Advance(8 * 24 * time.Hour)
	payouts, err := s.RunPayouts()
	if err != nil || len(payouts) < 4 {
		t.Errorf("payouts %v, %v, want one for each of two currencies of two ledgers", payouts, err)
	}
	line, err := json.Marshal(s.Ready())
	if err != nil || bytes.ContainsRune(line, '\n') || !strings.Contains(string(line), `"stripe_secret_key":"sk_test_sandbox"`) {
		t.Errorf("ready line %s, %v", line, err)
	}
}
