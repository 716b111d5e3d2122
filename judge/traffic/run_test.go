package traffic_test

import (
	"testing"

	"tieout/demo"
)

// TestMainJob judges what is said from the first consent to the last proof,
// with both ledgers and Stripe, in a generated economy.
func TestMainJob(t *testing.T) {
	t.Parallel()
	p := play(t, demo.Options{Seed: 3, Invoices: 40})
	t.Run("xero", func(t *testing.T) {
		t.Parallel()
		j := newXeroJudge(t, p.ready.Xero.URL)
		demand(t, "Xero", judgeXero(t, j, p), `createAccount createBankTransactions createBankTransfer createPayments getAccounts
			getBankTransactions getBankTransfers getConnections getContacts getCreditNotes getInvoices getOrganisations getOverpayments
			getPayments getPrepayments getReportBankSummary getReportTrialBalance updateOrCreateInvoices`)
		testXeroSpoilt(t, j, p)
	})
	t.Run("quickbooks", func(t *testing.T) {
		t.Parallel()
		j := newQuickBooksJudge(t)
		demand(t, "QuickBooks", judgeQuickBooks(t, j, p), `write:Invoice write:Payment write:PaymentMethod write:Purchase write:Transfer
			write:Vendor read:Account read:CompanyInfo read:CreditMemo read:Customer read:Deposit read:Invoice read:JournalEntry
			read:Payment read:Preferences read:Purchase read:Transfer ask:Invoice ask:Payment ask:RefundReceipt changes:Invoice
			changes:Payment`)
		testQuickBooksSpoilt(t, j, p)
	})
	t.Run("stripe requests", func(t *testing.T) {
		t.Parallel()
		judgeStripeRequests(t, p)
	})
	t.Run("stripe answers", func(t *testing.T) {
		t.Parallel()
		demand(t, "Stripe", judgeStripeAnswers(t, p), `GetAccount GetBalance GetBalanceTransactions GetCharges GetCheckoutSessions
			GetCustomers GetDisputes GetEvents GetInvoices GetPayouts GetRefunds PostPaymentLinks PostPaymentLinksPaymentLink PostPrices`)
	})
}

// TestRecordedCompanies judges the same of companies that were recorded from
// the ledgers themselves.
func TestRecordedCompanies(t *testing.T) {
	t.Parallel()
	p := play(t, demo.Options{Seed: 1, Data: []string{
		data(t, "quickbooks", "json", "nango"), data(t, "quickbooks", "company"), data(t, "xero", "recorded-2026-04"),
	}})
	t.Run("xero", func(t *testing.T) {
		t.Parallel()
		demand(t, "Xero", judgeXero(t, newXeroJudge(t, p.ready.Xero.URL), p), `getInvoices getOrganisations createPayments updateOrCreateInvoices`)
	})
	t.Run("quickbooks", func(t *testing.T) {
		t.Parallel()
		demand(t, "QuickBooks", judgeQuickBooks(t, newQuickBooksJudge(t), p), `read:Invoice write:Invoice write:Payment`)
	})
}
