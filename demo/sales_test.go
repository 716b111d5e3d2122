package demo_test

import (
	"testing"
	"time"

	"tieout/books"
	"tieout/receivables"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// incomeAccount is an income account of the ledger.
func (s *side) incomeAccount() string {
	s.w.Helper()
	accounts, err := s.w.demo.App.Store.LedgerAccounts(s.w.Context(), s.book.Tenant, s.book.Ledger)
	if err != nil {
		s.w.Fatal(err)
	}
	for _, a := range accounts {
		if a.Type == receivables.AccountIncome {
			return a.ID
		}
	}
	s.w.Fatalf("%s: no income account", s.Vendor)
	return ""
}

// Payments for no invoice by nobody known are one document a day, once an
// income account and a tax treatment are chosen; what has an invoice has its
// receipt all the same, and what came before the choice stays with people.
func TestSalesByDay(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	sale := func(s *side, amount int64) stripe.Payment {
		return s.direct(stripe.DirectPayment{Amount: amount, Description: "thanks", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@nowhere.example"}})
	}
	w.everySide(func(s *side) { sale(s, 4242) })
	w.proven(w.sync())
	w.everySide(func(s *side) { s.asked("unknown_payer") })
	w.advance(time.Hour)
	w.settings(func(s *side) {
		s.book.Settings.Sales = books.Sales{Account: s.incomeAccount(), NoTax: true, Since: w.clock.Now()}
		if s.Vendor == economy.Xero {
			s.book.Settings.Sales.TaxCode, s.book.Settings.Sales.NoTax = "OUTPUT2", false
		}
	})
	w.advance(time.Minute)
	charges := map[string]string{}
	w.everySide(func(s *side) {
		sale(s, 3141)
		sale(s, 2718)
		charges[s.Vendor] = s.pay(s.pick(0), stripe.PayOptions{}).Charge
	})
	w.proven(w.sync())
	w.idle(w.sync(), "the day is not over")
	w.everySide(func(s *side) { s.receipts(charges[s.Vendor], 1) })
	w.advance(24 * time.Hour)
	w.settled("the day")
	w.everySide(func(s *side) {
		s.asked("unknown_payer")
		if got := s.sales(); len(got) != 1 || got[0] != 58.59 {
			t.Errorf("%s: sales documents of %v, want one of 58.59", s.Vendor, got)
		}
	})
}

// QuickBooks documents no deposit whose tax of sales is certain: such a day is an
// exception with its name, and booked once its one remedy is taken. Xero takes
// the tax out of the amount by the code.
func TestTaxedSales(t *testing.T) {
	t.Parallel()
	w := quiet(t)
	codes := map[string]string{economy.QuickBooks: "5", economy.Xero: "OUTPUT2"}
	w.settings(func(s *side) {
		s.book.Settings.Sales = books.Sales{Account: s.incomeAccount(), TaxCode: codes[s.Vendor], Since: w.clock.Now()}
	})
	w.advance(time.Minute)
	w.everySide(func(s *side) {
		s.direct(stripe.DirectPayment{Amount: 3141, Description: "thanks", PayOptions: stripe.PayOptions{Name: "Nobody Known", Email: "nobody@nowhere.example"}})
	})
	w.sync()
	w.advance(25 * time.Hour)
	w.settled("the day")
	w.everySide(func(s *side) {
		want := 1
		if s.Vendor == economy.QuickBooks {
			want = 0
			s.excepted("sales_tax", "no tax of sales that is certain")
		}
		if got := s.sales(); len(got) != want {
			t.Errorf("%s: sales documents of %v, want %d", s.Vendor, got, want)
		}
	})
	w.settings(func(s *side) {
		if s.Vendor == economy.QuickBooks {
			s.book.Settings.Sales.TaxCode, s.book.Settings.Sales.NoTax = "", true
		}
	})
	w.settled("the remedy")
	w.everySide(func(s *side) {
		s.unimpeded()
		if got := s.sales(); len(got) != 1 || got[0] != 31.41 {
			t.Errorf("%s: sales documents of %v, want one of 31.41", s.Vendor, got)
		}
	})
}

// sales are the totals of our documents of sales.
func (s *side) sales() []float64 {
	s.w.Helper()
	kind, total := "BankTransactions", "Total"
	if s.Vendor == economy.QuickBooks {
		kind, total = "Deposit", "TotalAmt"
	}
	var list []float64
	for _, d := range s.oursOf(kind) {
		if s.Vendor == economy.QuickBooks || d.Fields["Type"] == "RECEIVE" {
			amount, _ := d.Fields[total].(float64)
			list = append(list, amount)
		}
	}
	return list
}
