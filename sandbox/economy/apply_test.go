package economy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tieout/internal/clock"
	"tieout/sandbox/economy"
	"tieout/sandbox/quickbooks"
	"tieout/sandbox/stripe"
)

var now = time.Date(2026, 11, 20, 15, 4, 5, 0, time.UTC)

// shop is a generated QuickBooks company with its Stripe account.
type shop struct {
	clock   *clock.Adjustable
	company *quickbooks.Company
	account *stripe.Account
	books   economy.Books
	payers  *economy.Payers
}

func newShop(t *testing.T, seed int64, invoices int) shop {
	t.Helper()
	s := shop{clock: clock.At(now)}
	stage := economy.NewStage(s.clock)
	book := economy.Generate(economy.Options{Seed: seed, Invoices: invoices, Now: now, History: true}).Books[0]
	stage.Set(now.AddDate(-economy.HistoryYears, 0, -2))
	var err error
	s.company, err = quickbooks.New(quickbooks.Options{Clock: stage, Seed: seed, ClientID: "c", ClientSecret: "s"}).
		AddCompany(quickbooks.CompanyOptions{Name: book.Name, Multicurrency: true})
	if err != nil {
		t.Fatal(err)
	}
	server := stripe.New(stripe.Options{Clock: stage, Seed: seed})
	server.SetBaseURL("http://pay.test")
	s.account, err = server.AddAccount(stripe.AccountOptions{SecretKey: "sk_test_1", DelayDays: 2, Banks: map[string]string{"usd": "ba_usd", "eur": "ba_eur"}})
	if err != nil {
		t.Fatal(err)
	}
	s.books = economy.NewQuickBooks(s.company, time.UTC, book.Home, true)
	s.payers, err = book.Apply(t.Context(), stage, s.books, economy.NewStripe(s.account, "http://pay.test"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// held is Stripe's balance, available and pending, in minor units by currency.
func (s shop) held(t *testing.T) map[string]economy.Minor {
	t.Helper()
	type sum struct {
		Amount   int64
		Currency string
	}
	var b struct{ Available, Pending []sum }
	if err := json.Unmarshal(s.account.Dump().Balance, &b); err != nil {
		t.Fatal(err)
	}
	out := map[string]economy.Minor{}
	for _, v := range append(b.Available, b.Pending...) {
		out[strings.ToUpper(v.Currency)] += economy.Minor(v.Amount)
	}
	return out
}

func TestClearingEqualsStripeAtNow(t *testing.T) {
	t.Parallel()
	for _, size := range []int{20, 120} {
		s := newShop(t, int64(size), size)
		held := s.held(t)
		for _, currency := range []string{"USD", "EUR"} {
			accounts, err := s.books.Accounts(currency, false)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := s.company.Read("Account", accounts.Clearing)
			if err != nil {
				t.Fatal(err)
			}
			var a struct{ CurrentBalance economy.Minor }
			if err := json.Unmarshal(raw, &a); err != nil {
				t.Fatal(err)
			}
			if a.CurrentBalance != held[currency] || held[currency] <= 0 {
				t.Errorf("%d invoices: clearing %s %s, Stripe holds %s", size, a.CurrentBalance, currency, held[currency])
			}
		}
		open, err := s.books.OpenInvoices()
		if err != nil || len(open) < size {
			t.Errorf("%d open invoices, %v, want at least %d", len(open), err, size)
		}
	}
}

func TestNothingIsOnItsWayAtNow(t *testing.T) {
	t.Parallel()
	s := newShop(t, 3, 60)
	d := s.account.Dump()
	if len(d.Payouts) < 20 {
		t.Errorf("%d payouts in three years, want more", len(d.Payouts))
	}
	for _, raw := range d.Payouts {
		var p struct{ ID, Status string }
		if err := json.Unmarshal(raw, &p); err != nil || p.Status != "paid" {
			t.Errorf("payout %s is %s (%v), want paid", p.ID, p.Status, err)
		}
	}
}

func TestPayersWaitForTheirLink(t *testing.T) {
	t.Parallel()
	s := newShop(t, 4, 40)
	sum, err := s.payers.Act(t.Context(), s.clock)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Waiting == 0 || sum.Habits[economy.HabitLink] != nil || len(sum.Refused) > 0 {
		t.Errorf("without any link: %+v", sum)
	}
	if sum.Habits[economy.HabitPart] == nil || sum.Habits[economy.HabitBatch] == nil || sum.Habits[economy.HabitUnknown] == nil {
		t.Errorf("who needs no link did not pay: %+v", sum)
	}
	again, err := s.payers.Act(t.Context(), s.clock)
	if err != nil || len(again.Habits) != 0 || again.Waiting != sum.Waiting {
		t.Errorf("a second round at the same instant: %+v, %v", again, err)
	}
}

func TestDirectPaymentsNameTheirInvoices(t *testing.T) {
	t.Parallel()
	s := newShop(t, 5, 100)
	sum, err := s.payers.Act(t.Context(), s.clock)
	if err != nil {
		t.Fatal(err)
	}
	part := sum.Habits[economy.HabitPart]
	for i, id := range part.Payments {
		doc, err := s.books.Document(part.Invoices[i])
		if err != nil {
			t.Fatal(err)
		}
		raw, err := s.account.Object(id)
		if err != nil {
			t.Fatal(err)
		}
		var pi struct {
			Amount      int64
			Description string
			Metadata    map[string]string
		}
		if err := json.Unmarshal(raw, &pi); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(pi.Description+" "+pi.Metadata["invoices"], doc.Number) {
			t.Errorf("part payment %s of invoice %s: %+v", id, doc.Number, pi)
		}
		if economy.Minor(pi.Amount) >= doc.Balance {
			t.Errorf("part payment of %d on a balance of %s", pi.Amount, doc.Balance)
		}
	}
}
