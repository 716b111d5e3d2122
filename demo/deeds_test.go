package demo_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tieout/mapping"
	"tieout/money"
	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// deed is one thing that happens in a company without our doing. What the
// vendors' own rules refuse has not happened.
type deed struct {
	name string
	do   func(*teller)
}

// teller makes the history of one side: by chance, out of a seed.
type teller struct {
	*side
	r *rand.Rand
	// manual says that the owner makes payouts too.
	manual bool
	// What has happened so far, by Stripe's ids.
	charges, refunds, disputes, payouts []string
	// doing is what is being done; vain counts by it what the vendors refused.
	doing string
	vain  map[string]int
}

// note counts what a vendor refuses, so that a deed which never succeeds is
// seen (go test -v).
func (h *teller) note(err error) {
	if err != nil {
		h.vain[h.doing+": "+err.Error()]++
	}
}

func (h *teller) note2(_ economy.Document, err error) { h.note(err) }

// deeds are all that may happen, each as likely as often as it stands here.
func deeds() []deed {
	return slices.Concat(payments(), payments(), returns(), hands(), choices(), moneys(), troubles(), edits())
}

// payments are what customers do.
func payments() []deed {
	return []deed{
		{"pays by link", func(h *teller) { h.byLink(stripe.PayOptions{}) }},
		{"pays by debit", func(h *teller) { h.byLink(stripe.PayOptions{Method: stripe.BankDebit}) }},
		{"pays by a debit that fails", func(h *teller) { h.byLink(stripe.PayOptions{Method: stripe.BankDebit, Returned: true}) }},
		{"pays from another address", func(h *teller) { h.byLink(stripe.PayOptions{Name: "X Y", Email: "x@y.example"}) }},
		{"opens the link twice", func(h *teller) {
			if d, ok := h.any(); ok {
				for range 2 {
					if id, err := h.stripe.OpenLink(h.linkIn(d)); err == nil {
						h.sessions = append(h.sessions, id)
					}
				}
			}
		}},
		{"completes an old session", func(h *teller) {
			for _, id := range h.sessions {
				h.paid(h.stripe.CompleteSession(id, stripe.PayOptions{Name: "Late", Email: "late@payer.example"}))
			}
			h.sessions = nil
		}},
		{"pays short, exactly or too much", func(h *teller) {
			if d, ok := h.any(); ok {
				h.pays(d, max(atStripe(d.Currency, int64(d.Balance))*int64(1+h.r.IntN(6))/40*10, 100), "for "+d.Number)
			}
		}},
		{"pays several invoices", func(h *teller) {
			if d, ok := h.any(); ok {
				text, total := "for", int64(0)
				for _, other := range h.linked() {
					if other.Customer == d.Customer && other.Currency == d.Currency {
						text, total = text+" "+other.Number, total+atStripe(d.Currency, int64(other.Balance))
					}
				}
				h.pays(d, total, text)
			}
		}},
		{"pays without a word", func(h *teller) {
			if d, ok := h.any(); ok {
				h.pays(d, max(atStripe(d.Currency, int64(d.Balance)), 100), "")
			}
		}},
		{"is a stranger", func(h *teller) {
			h.pays(economy.Document{Name: "Stranger", Email: "who@knows.example", Currency: h.ready.HomeCurrency}, 100+int64(h.r.IntN(9000)), "")
		}},
	}
}

// returns are what goes back, and what Stripe does.
func returns() []deed {
	return []deed{
		{"is refunded", func(h *teller) { h.refund(0) }},
		{"is refunded in part", func(h *teller) { h.refund(50 + int64(h.r.IntN(2000))) }},
		{"does not get its refund", func(h *teller) {
			if id, ok := one(h.r, h.refunds); ok {
				_ = h.stripe.FailRefund(id)
			}
		}},
		{"disputes", func(h *teller) {
			if id, ok := one(h.r, h.charges); ok {
				if made, err := h.stripe.Dispute(id, 0, "fraudulent", h.r.IntN(3) == 0); err == nil {
					h.disputes = append(h.disputes, made)
				}
			}
		}},
		{"hears how a dispute ends", func(h *teller) {
			if id, ok := one(h.r, h.disputes); ok {
				_ = h.stripe.DecideDispute(id, h.r.IntN(2) == 0)
			}
		}},
		{"is paid out", func(h *teller) { h.payOut() }},
		{"is paid out", func(h *teller) { h.payOut() }},
		{"gets a payout back", func(h *teller) {
			if id, ok := one(h.r, h.payouts); ok {
				_ = h.stripe.FailPayout(id, "account_closed")
			}
		}},
	}
}

// hands are what bookkeepers do.
func hands() []deed {
	return []deed{
		{"enters a payment by hand", func(h *teller) {
			if d, ok := h.any(); ok {
				amount := cash(d.Currency, d.Balance/economy.Minor(1+h.r.IntN(2)))
				h.receive(d, amount, []economy.Applied{{Invoice: d, Amount: amount}})
			}
		}},
		{"takes money on account", func(h *teller) {
			if d, ok := h.any(); ok {
				h.receive(d, cash(d.Currency, economy.Minor(100+h.r.IntN(20000))), nil)
			}
		}},
		{"deletes a document of ours", func(h *teller) {
			if d, ok := one(h.r, h.ours(h.r.IntN(3))); ok {
				_, _ = h.Records.Delete(d.Kind, d.ID)
			}
		}},
		{"corrects a fee of ours", func(h *teller) {
			if d, ok := one(h.r, h.ours(1)); ok {
				_ = h.correct(d, float64(1+h.r.IntN(300))/4)
			}
		}},
		{"voids an invoice", func(h *teller) {
			if d, ok := h.any(); ok && d.Balance == d.Total {
				_ = h.Books.Void(d.ID)
			}
		}},
		{"gives credit on an invoice", func(h *teller) {
			if d, ok := h.any(); ok && d.Balance > 200 {
				_ = h.Books.Credit(d.Customer, d.Currency, cash(d.Currency, d.Balance/2), h.w.clock.Now(), &d)
			}
		}},
		{"gives credit", func(h *teller) {
			if d, ok := h.any(); ok {
				_ = h.Books.Credit(d.Customer, d.Currency, cash(d.Currency, economy.Minor(100+h.r.IntN(5000))), h.w.clock.Now(), nil)
			}
		}},
		{"removes a link", func(h *teller) {
			if d, ok := h.any(); ok {
				_, _ = h.Books.(economy.LinkRemover).RemoveLink(d.ID, h.Pays)
			}
		}},
		{"writes an invoice", func(h *teller) {
			if d, ok := h.any(); ok {
				h.invoice(d.Customer, d.Currency)
			}
		}},
		{"writes an invoice to a branch", func(h *teller) {
			if d, ok := h.any(); ok {
				h.made++
				name := fmt.Sprintf("%s Branch %d", d.Name, h.made)
				if id, err := h.Books.AddCustomer(economy.Customer{Name: name, Email: d.Email, Currency: d.Currency}, d.Customer); err == nil {
					h.invoice(id, d.Currency)
				}
			}
		}},
		{"joins two customers", func(h *teller) {
			if d, ok := h.any(); ok {
				if other, ok := h.any(); ok && other.Customer != d.Customer {
					h.merge(d.Customer, other.Customer)
				}
			}
		}},
		{"gives an invoice another number", func(h *teller) {
			if d, ok := h.any(); ok {
				h.made++
				number := fmt.Sprintf("RE-%04d", h.made)
				h.edit(d, map[string]any{"InvoiceNumber": number}, map[string]any{"DocNumber": number})
			}
		}},
		{"gives an invoice to another customer", func(h *teller) {
			if d, ok := h.any(); ok && d.Balance == d.Total {
				if other, ok := h.any(); ok && other.Customer != d.Customer {
					h.giveTo(d, other.Customer)
				}
			}
		}},
		{"takes our payment off its invoice", func(h *teller) {
			if d, ok := one(h.r, h.ours(0)); ok && h.Vendor == economy.QuickBooks {
				h.takeOff(d)
			}
		}},
		{"moves a fee of ours to the bank", func(h *teller) {
			if d, ok := one(h.r, h.ours(1)); ok && h.Vendor == economy.QuickBooks && len(list(d.Fields["Line"])) == 1 {
				h.moveToBank(d)
			}
		}},
		{"posts a journal on receivables", func(h *teller) {
			if d, ok := h.any(); ok {
				h.journal(d, cash(d.Currency, economy.Minor(100+h.r.IntN(5000))))
			}
		}},
		{"settles an invoice by a journal", func(h *teller) {
			if d, ok := h.any(); ok {
				h.settleByJournal(d)
			}
		}},
	}
}

// choices are what the people before the program do.
func choices() []deed {
	return []deed{
		{"answers a question", func(h *teller) { h.choose() }},
		{"answers a question", func(h *teller) { h.choose() }},
		{"answers a question", func(h *teller) { h.choose() }},
		{"changes how fees are booked", func(h *teller) {
			modes := []mapping.FeeMode{mapping.FeePerMovement, mapping.FeePerPayout, mapping.FeePerMonth}
			h.book.Settings.FeeMode, h.book.Settings.FeeSince = modes[h.r.IntN(len(modes))], h.w.clock.Now()
			h.save()
		}},
		{"switches links", func(h *teller) { h.book.Settings.Links = !h.book.Settings.Links; h.save() }},
		{"writes nothing for a while", func(h *teller) {
			for _, on := range []bool{false, true} {
				if _, err := h.w.demo.App.Connect.SwitchWrites(h.w.Context(), h.book, on); err != nil {
					h.w.Fatal(err)
				}
				h.w.loadBooks()
				h.w.sync()
			}
		}},
	}
}

// any is a random open invoice with a link.
func (h *teller) any() (economy.Document, bool) { return one(h.r, h.linked()) }

// linked are the open invoices with a link, in whatever currency.
func (h *teller) linked() []economy.Document {
	all, err := h.Books.OpenInvoices()
	if err != nil {
		h.w.Fatal(err)
	}
	return slices.DeleteFunc(all, func(d economy.Document) bool { return h.linkIn(d) == "" })
}

// one is a random element.
func one[T any](r *rand.Rand, list []T) (some T, ok bool) {
	if len(list) == 0 {
		return some, false
	}
	return list[r.IntN(len(list))], true
}

func (h *teller) paid(p stripe.Payment, err error) {
	h.note(err)
	if err == nil && p.Charge != "" {
		h.charges = append(h.charges, p.Charge)
	}
}

func (h *teller) byLink(how stripe.PayOptions) {
	d, ok := h.any()
	if !ok {
		return
	}
	if how.Email == "" {
		how.Name, how.Email = d.Name, d.Email
	}
	h.paid(h.stripe.PayLink(h.linkIn(d), how))
}

func (h *teller) byLinkOf(d economy.Document) {
	h.paid(h.stripe.PayLink(h.linkIn(d), stripe.PayOptions{Name: d.Name, Email: d.Email}))
}

func (h *teller) pays(d economy.Document, amount int64, text string) {
	h.paid(h.stripe.PayDirect(stripe.DirectPayment{
		Amount: amount, Currency: strings.ToLower(d.Currency), Description: text, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
	}))
}

func (h *teller) refund(amount int64) {
	if charge, ok := one(h.r, h.charges); ok {
		if id, err := h.stripe.Refund(charge, amount, ""); err == nil {
			h.refunds = append(h.refunds, id)
		}
	}
}

// payOut is a payout by Stripe's schedule, or by the owner's hand besides.
func (h *teller) payOut() {
	if !h.manual || h.r.IntN(2) == 0 {
		ids, err := h.stripe.RunPayouts()
		h.note(err)
		h.payouts = append(h.payouts, ids...)
		return
	}
	id, err := h.stripe.ManualPayout(h.ready.HomeCurrency, 100+int64(h.r.IntN(5000)), "by hand")
	h.note(err)
	if err == nil {
		h.payouts = append(h.payouts, id)
	}
}

func (h *teller) receive(d economy.Document, amount economy.Minor, pays []economy.Applied) {
	_ = h.Books.Receive(economy.Receipt{
		Customer: d.Customer, Currency: d.Currency, Amount: amount, At: h.w.clock.Now(),
		Into: []economy.Place{economy.ToBank, economy.ToUndeposited}[h.r.IntN(2)], Pays: pays, Note: "by hand",
	})
}

func (h *teller) invoice(customer, currency string) {
	h.made++
	_, _ = h.Books.AddInvoice(economy.Invoice{
		Number: fmt.Sprintf("NEW-%04d", h.made), Currency: currency, Issued: h.w.clock.Now(), DueDays: 14,
		Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: cash(currency, economy.Minor(500+h.r.IntN(90000)))}},
	}, customer)
}

func (h *teller) journal(d economy.Document, amount economy.Minor) {
	if j, ok := h.Books.(economy.Journaller); ok {
		_ = j.Journal(d.Customer, d.Currency, amount, h.w.clock.Now(), "Correction")
	}
}

// settleByJournal credits receivables by a journal and applies that to the
// invoice by a payment of nothing, as QuickBooks does it.
func (h *teller) settleByJournal(d economy.Document) {
	if _, ok := h.Books.(economy.Journaller); !ok || d.Currency != h.ready.HomeCurrency {
		return
	}
	amount := json.Number(money.Money{Minor: int64(d.Balance), Currency: money.Currency(d.Currency)}.Text(money.ISO))
	line := func(side, account string, extra map[string]any) map[string]any {
		detail := map[string]any{"PostingType": side, "AccountRef": map[string]any{"value": account}}
		maps.Copy(detail, extra)
		return map[string]any{"DetailType": "JournalEntryLineDetail", "Amount": amount, "JournalEntryLineDetail": detail}
	}
	on := h.w.clock.Now().Format(time.DateOnly)
	entry := h.create("JournalEntry", map[string]any{"TxnDate": on, "Line": []any{
		line("Debit", h.book.Accounts.Fees, nil),
		line("Credit", h.book.Accounts.Receivable[money.Currency(d.Currency)], map[string]any{
			"Entity": map[string]any{"Type": "Customer", "EntityRef": map[string]any{"value": d.Customer}},
		}),
	}})
	if entry == "" {
		return
	}
	applied := func(kind, id string) map[string]any {
		return map[string]any{"Amount": amount, "LinkedTxn": []any{map[string]any{"TxnId": id, "TxnType": kind}}}
	}
	h.create("Payment", map[string]any{
		"CustomerRef": map[string]any{"value": d.Customer}, "TxnDate": on, "TotalAmt": 0,
		"Line": []any{applied("Invoice", d.ID), applied("JournalEntry", entry)},
	})
}

// create makes an object in QuickBooks and gives its id.
func (s *side) create(kind string, fields map[string]any) string {
	s.w.Helper()
	raw, err := json.Marshal(fields)
	if err == nil {
		raw, err = s.Records.Create(kind, raw)
	}
	var made struct{ ID string }
	if err == nil {
		err = json.Unmarshal(raw, &made)
	}
	if err != nil || made.ID == "" {
		s.refused(fmt.Errorf("create %s: %w", kind, err))
	}
	return made.ID
}

// choose answers a random question in a random way.
func (h *teller) choose() {
	q, ok := one(h.r, h.decisions(""))
	if !ok || len(q.Options) == 0 {
		return
	}
	key := q.Options[h.r.IntN(len(q.Options))].Key
	if key == "account:" {
		key += h.book.Accounts.Fees
	}
	err := h.w.demo.App.Store.AnswerDecision(h.w.Context(), h.book.Tenant, h.book.ID, q.ID, key, "Ada", h.w.clock.Now())
	if err != nil {
		h.w.Fatalf("%s: %s does not take its own answer %s: %v", h.Vendor, q.Kind, key, err)
	}
}

func (h *teller) save() {
	if _, err := h.w.demo.App.Connect.SaveBook(h.w.Context(), h.book); err != nil {
		h.w.Fatal(err)
	}
	h.w.loadBooks()
}
