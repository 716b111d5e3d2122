package app_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tieout/listing"
	standin "tieout/sandbox/stripe"
	"tieout/store"
)

// TestNewDestinationWaits: a payout to an account that nobody has chosen a bank
// for is written nowhere, and asks by the bank's name; once it is chosen, it is
// booked there, and so are the later ones. Another account asks anew. The
// currency's bank answers for none of them.
func TestNewDestinationWaits(t *testing.T) {
	t.Parallel()
	for _, vendor := range []string{"quickbooks", "xero"} {
		t.Run(vendor, func(t *testing.T) {
			t.Parallel()
			b := newBanker(t, vendor)
			first := b.paysOut()
			b.waits(first, "Nobody has said which bank account of the ledger payouts in USD to STRIPE TEST BANK …6789 (USD) go to.")
			place := "use:bank-USD"
			_, text := b.get(b.accounts, http.StatusOK, "Stripe pays out to STRIPE TEST BANK …6789 (USD): 1 payout", "its payouts wait until it is confirmed here")
			if strings.Contains(text, "000123456789") {
				t.Error("the account's whole number is shown")
			}
			b.post(b.accounts, http.StatusSeeOther, place, b.bank)
			b.booked(first, b.bank)
			b.booked(b.paysOut(), b.bank)

			account, _ := b.box.Account(b.company.StripeAccount)
			other := must1[string](t)(account.ChangeBank("usd", "CHASE", "000987654321"))
			second := b.paysOut()
			b.waits(second, "payouts in USD to CHASE …4321 (USD) go to.")
			b.get("/decisions", http.StatusOK, "CHASE …4321 (USD)", b.accounts)
			b.get("/payouts/"+second+"?book="+b.book.ID, http.StatusOK, "CHASE …4321 (USD)")
			b.get(b.accounts, http.StatusOK, "Payouts to CHASE …4321 (USD)", "Payouts to STRIPE TEST BANK …6789 (USD)")
			b.post(b.accounts, http.StatusSeeOther, place+"-"+other, b.bank)
			b.booked(second, b.bank)
			b.clean()
		})
	}
}

// TestDestinationNotShown: where the key may not read the account, it is called
// by its id and everything else goes on; it is not asked for again and again.
func TestDestinationNotShown(t *testing.T) {
	t.Parallel()
	b := newBanker(t, "quickbooks")
	asked := 0
	b.wire.set(func(r *http.Request, answer func() (*http.Response, error)) (*http.Response, error) {
		if r.URL.Query().Get("destination") == "" {
			return answer()
		}
		asked++
		return answering(r, http.StatusForbidden, `{"error":{"type":"invalid_request_error","message":"Having the 'rak_bank_account_read' permission would allow this request to continue."}}`), nil
	})
	b.waits(b.paysOut(), "to bank account ba_")
	b.sync()
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	b.get(b.accounts, http.StatusOK, "Stripe pays out to bank account ba_")
	b.wire.set(nil)
	b.clock.Advance(25 * time.Hour)
	b.sync()
	b.enter()
	b.get(b.accounts, http.StatusOK, "STRIPE TEST BANK …6789 (USD)")
}

// banker is a book that was set up before there was a payout, and somebody who
// looks at its pages.
type banker struct {
	*visitor
	bank, accounts string
}

func newBanker(t *testing.T, vendor string) *banker {
	t.Helper()
	r := newRig(t, vendor)
	r.set()
	b := &banker{visitor: r.visitor(), accounts: "/connect/book/" + r.book.ID + "/accounts"}
	for _, m := range r.company.Money {
		if m.Currency == "USD" {
			b.bank = m.Bank
		}
	}
	chosen, _, err := r.ChooseAccounts(t.Context(), r.book, map[string]string{"bank-USD": b.bank}, "ann")
	if err != nil || chosen.Accounts.Banks["*USD"] != b.bank {
		t.Fatalf("before the first payout: %+v, %v", chosen.Accounts.Banks, err)
	}
	r.book = chosen
	r.clean()
	return b
}

// paysOut has a customer pay and Stripe pay out; the payout arrives and is read.
func (b *banker) paysOut() string {
	b.Helper()
	account, _ := b.box.Account(b.company.StripeAccount)
	if _, err := account.PayDirect(standin.DirectPayment{Amount: 100_00, Currency: "usd", PayOptions: standin.PayOptions{Name: "Pat Payer"}}); err != nil {
		b.Fatal(err)
	}
	b.clock.Advance(5 * 24 * time.Hour)
	ids := must1[[]string](b.T)(account.RunPayouts())
	if len(ids) != 1 {
		b.Fatalf("%d payouts", len(ids))
	}
	b.clock.Advance(5 * 24 * time.Hour)
	b.sync()
	b.enter()
	return ids[0]
}

// waits wants an exception about the payout, and no document of it.
func (b *banker) waits(payout, text string) {
	b.Helper()
	found := must1[[]store.Exception](b.T)(b.Store.OpenExceptions(b.Context(), b.Tenant))
	asks := func(e store.Exception) bool { return e.Kind == "unknown_destination" && strings.Contains(e.Text, text) }
	if !slices.ContainsFunc(found, asks) {
		b.Errorf("nothing asks %q: %+v", text, found)
	}
	if row := b.payout(payout); row.Transfer != (store.TracedDocument{}) || row.State != "exception" {
		b.Errorf("the payout is %s, with %+v", row.State, row.Transfer)
	}
}

// booked wants the payout on the bank account, and nothing that asks for it.
func (b *banker) booked(payout, bank string) {
	b.Helper()
	b.sync()
	run := b.sync()
	if run.Err != nil || len(run.Result.Problems) > 0 {
		b.Fatalf("sync: %v %v", run.Err, run.Result.Problems)
	}
	row := b.payout(payout)
	if row.Transfer.State != "live" {
		b.Fatalf("the payout is %s, its document %+v", row.State, row.Transfer)
	}
	var on int
	err := b.Store.DB().QueryRowContext(b.Context(), `select count(*) from posting where tenant = $1 and connection = $2 and id = $3 and account = $4`,
		b.Tenant, b.ledger.ID, row.Transfer.Document.ID, bank).Scan(&on)
	if err != nil || on != 1 {
		b.Errorf("%d lines of %s on the account %s, %v", on, row.Transfer.Document.ID, bank, err)
	}
	for _, e := range must1[[]store.Exception](b.T)(b.Store.OpenExceptions(b.Context(), b.Tenant)) {
		if e.Kind == "unknown_destination" {
			b.Errorf("still asks: %s", e.Text)
		}
	}
}

func (b *banker) payout(id string) store.PayoutRow {
	b.Helper()
	rows := must1[[]store.PayoutRow](b.T)(b.Store.PayoutList(b.Context(), b.book, id, listing.Moment{}, 1))
	if len(rows) != 1 {
		b.Fatalf("%d payouts %s", len(rows), id)
	}
	return rows[0]
}
