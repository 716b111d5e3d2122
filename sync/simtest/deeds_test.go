package simtest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// teller makes the history of a world: by chance, out of a seed, and so that
// the same happens in every world of that seed, whatever ids the vendors give.
// What their own rules refuse has not happened.
type teller struct {
	w *world
	r *rand.Rand
	// What has happened so far, in the order in which it did.
	charges, refunds, disputes, payouts, sessions []string
	made                                          int
	// before are the invoices that the program had dealt with before all this.
	before []economy.Document
	// hands are what a human will do while the program is at work.
	hands []deed
}

// deed is one thing that happens in a company without our doing.
type deed struct {
	name string
	do   func(*teller)
	// seed is its own chance, so that it does not depend on what came before.
	seed uint64
}

// run does a deed.
func (h *teller) run(d deed) {
	h.r = rand.New(rand.NewPCG(d.seed, 2))
	h.w.tell("somebody %s", d.name)
	d.do(h)
}

// deeds are what happens before the program is at work.
func deeds() []deed {
	return append(payments(), append(returns(), bookkeeping()...)...)
}

func payments() []deed {
	return []deed{
		{name: "pays by link", do: func(h *teller) { h.byLink(stripe.PayOptions{}) }},
		{name: "pays by link", do: func(h *teller) { h.byLink(stripe.PayOptions{}) }},
		{name: "pays by debit", do: func(h *teller) { h.byLink(stripe.PayOptions{Method: stripe.BankDebit}) }},
		{name: "pays by a debit that fails", do: func(h *teller) { h.byLink(stripe.PayOptions{Method: stripe.BankDebit, Returned: true}) }},
		{name: "opens a link", do: func(h *teller) {
			if d, ok := h.any(); ok {
				if id, err := h.w.account.OpenLink(h.linkIn(d)); err == nil {
					h.sessions = append(h.sessions, id)
				}
			}
		}},
		{name: "completes an old session", do: func(h *teller) {
			for _, id := range h.sessions {
				h.paid(h.w.account.CompleteSession(id, stripe.PayOptions{Name: "Late", Email: "late@payer.example"}))
			}
			h.sessions = nil
		}},
		{name: "pays short, exactly or too much", do: func(h *teller) {
			if d, ok := h.any(); ok {
				h.pays(d, max(int64(d.Balance)*int64(1+h.r.IntN(6))/4, 100), "for "+d.Number)
			}
		}},
		{name: "pays several invoices", do: func(h *teller) {
			if d, ok := h.any(); ok {
				text, total := "for", int64(0)
				for _, other := range h.open() {
					if other.Customer == d.Customer {
						h.touch(other)
						text, total = text+" "+other.Number, total+int64(other.Balance)
					}
				}
				h.pays(d, total, text)
			}
		}},
		{name: "is a stranger", do: func(h *teller) {
			h.pays(economy.Document{Name: "Stranger", Email: "who@knows.example"}, 100+int64(h.r.IntN(9000)), "")
		}},
	}
}

func returns() []deed {
	return []deed{
		{name: "is refunded", do: func(h *teller) { h.refund(0) }},
		{name: "is refunded in part", do: func(h *teller) { h.refund(50 + int64(h.r.IntN(2000))) }},
		{name: "does not get its refund", do: func(h *teller) {
			if id, ok := one(h.r, h.refunds); ok {
				_ = h.w.account.FailRefund(id)
			}
		}},
		{name: "disputes", do: func(h *teller) {
			if id, ok := one(h.r, h.charges); ok {
				if made, err := h.w.account.Dispute(id, 0, "fraudulent", h.r.IntN(3) == 0); err == nil {
					h.disputes = append(h.disputes, made)
				}
			}
		}},
		{name: "hears how a dispute ends", do: func(h *teller) {
			if id, ok := one(h.r, h.disputes); ok {
				_ = h.w.account.DecideDispute(id, h.r.IntN(2) == 0)
			}
		}},
		{name: "is paid out", do: func(h *teller) {
			ids, _ := h.w.account.RunPayouts()
			h.payouts = append(h.payouts, ids...)
		}},
		{name: "is paid out", do: func(h *teller) {
			ids, _ := h.w.account.RunPayouts()
			h.payouts = append(h.payouts, ids...)
		}},
		{name: "gets a payout back", do: func(h *teller) {
			if id, ok := one(h.r, h.payouts); ok {
				_ = h.w.account.FailPayout(id, "account_closed")
			}
		}},
	}
}

// books are what bookkeepers do.
func bookkeeping() []deed {
	return []deed{
		{name: "enters a payment by hand", do: func(h *teller) {
			if d, ok := h.any(); ok {
				amount := d.Balance / economy.Minor(1+h.r.IntN(2))
				h.receive(d, amount, []economy.Applied{{Invoice: d, Amount: amount}})
			}
		}},
		{name: "takes money on account", do: func(h *teller) {
			if d, ok := h.any(); ok {
				h.receive(d, economy.Minor(100+h.r.IntN(20000)), nil)
			}
		}},
		{name: "voids an invoice", do: func(h *teller) {
			if d, ok := h.any(); ok && d.Balance == d.Total {
				_ = h.w.ledger.Books.Void(d.ID)
			}
		}},
		{name: "gives credit on an invoice", do: func(h *teller) {
			if d, ok := h.any(); ok && d.Balance > 200 {
				_ = h.w.ledger.Books.Credit(d.Customer, d.Currency, d.Balance/2, h.w.now(), &d)
			}
		}},
		{name: "removes a link", do: func(h *teller) {
			if d, ok := h.any(); ok {
				_, _ = h.w.ledger.Books.(economy.LinkRemover).RemoveLink(d.ID, h.w.ledger.Pays)
			}
		}},
		{name: "writes an invoice", do: func(h *teller) { h.invoice() }},
		{name: "writes an invoice", do: func(h *teller) { h.invoice() }},
		{name: "gives an invoice another number", do: func(h *teller) { h.renumber() }},
	}
}

// meanwhile are deeds whose outcome is the same before and after the program
// has done its work.
func meanwhile() []deed {
	return []deed{
		{name: "writes an invoice meanwhile", do: func(h *teller) {
			if d, ok := h.untouched(); ok {
				h.invoiceTo(d)
			}
		}},
		{name: "gives an invoice another due date meanwhile", do: func(h *teller) {
			if d, ok := h.untouched(); ok {
				h.redate(d)
			}
		}},
		{name: "is a stranger meanwhile", do: func(h *teller) {
			h.pays(economy.Document{Name: "Stranger", Email: "who@knows.example"}, 100+int64(h.r.IntN(9000)), "")
		}},
		{name: "pays directly meanwhile", do: func(h *teller) {
			if d, ok := h.untouched(); ok {
				h.pays(d, int64(d.Balance), "for "+d.Number)
			}
		}},
	}
}

// hand lets a human do what he was going to.
func (w *world) hand() {
	w.mu.Lock()
	var next []deed
	if len(w.teller.hands) > 0 {
		next, w.teller.hands = w.teller.hands[:1], w.teller.hands[1:]
	}
	w.mu.Unlock()
	for _, d := range next {
		w.teller.run(d)
	}
}

var urls = regexp.MustCompile(`https?://[^\s"<>]+`)

// linkIn is the payment link that a customer reads on an invoice.
func (h *teller) linkIn(d economy.Document) string {
	for _, url := range urls.FindAllString(d.Text, -1) {
		if h.w.ledger.Pays(url) {
			return url
		}
	}
	return ""
}

// open are the open invoices in the home currency, by number.
func (h *teller) open() []economy.Document {
	all, err := h.w.ledger.Books.OpenInvoices()
	if err != nil {
		h.w.Error(err)
	}
	all = slices.DeleteFunc(all, func(d economy.Document) bool { return d.Currency != h.w.ready.HomeCurrency })
	slices.SortFunc(all, func(a, b economy.Document) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// linked are the open invoices with a payment link: those that the program has
// dealt with.
func (h *teller) linked() []economy.Document {
	return slices.DeleteFunc(h.open(), func(d economy.Document) bool { return h.linkIn(d) == "" })
}

func (h *teller) any() (economy.Document, bool) {
	d, ok := one(h.r, h.open())
	h.touch(d)
	return d, ok
}

// touch notes that something happens to an invoice in this epoch: what happens
// to it meanwhile would depend on which came first.
func (h *teller) touch(d economy.Document) {
	h.before = slices.DeleteFunc(h.before, func(b economy.Document) bool { return b.ID == d.ID })
}

// untouched is an invoice that nothing else happens to.
func (h *teller) untouched() (economy.Document, bool) {
	d, ok := one(h.r, h.before)
	h.touch(d)
	return d, ok
}

func one[T any](r *rand.Rand, list []T) (some T, ok bool) {
	if len(list) == 0 {
		return some, false
	}
	return list[r.IntN(len(list))], true
}

func (h *teller) paid(p stripe.Payment, err error) {
	if err == nil && p.Charge != "" {
		h.charges = append(h.charges, p.Charge)
	}
}

func (h *teller) byLink(how stripe.PayOptions) {
	if d, ok := h.any(); ok && h.linkIn(d) != "" {
		how.Name, how.Email = d.Name, d.Email
		h.paid(h.w.account.PayLink(h.linkIn(d), how))
	}
}

func (h *teller) pays(d economy.Document, amount int64, text string) {
	h.paid(h.w.account.PayDirect(stripe.DirectPayment{
		Amount: amount, Currency: strings.ToLower(h.w.ready.HomeCurrency), Description: text, PayOptions: stripe.PayOptions{Name: d.Name, Email: d.Email},
	}))
}

func (h *teller) refund(amount int64) {
	if charge, ok := one(h.r, h.charges); ok {
		if id, err := h.w.account.Refund(charge, amount, ""); err == nil {
			h.refunds = append(h.refunds, id)
		}
	}
}

func (h *teller) receive(d economy.Document, amount economy.Minor, pays []economy.Applied) {
	_ = h.w.ledger.Books.Receive(economy.Receipt{
		Customer: d.Customer, Currency: d.Currency, Amount: amount, At: h.w.now(), Into: economy.ToBank, Pays: pays, Note: "by hand",
	})
}

func (h *teller) invoice() {
	if d, ok := h.any(); ok {
		h.invoiceTo(d)
	}
}

// invoiceTo writes another invoice to the customer of one.
func (h *teller) invoiceTo(d economy.Document) {
	h.made++
	_, _ = h.w.ledger.Books.AddInvoice(economy.Invoice{
		Number: fmt.Sprintf("NEW-%04d", h.made), Currency: d.Currency, Issued: h.w.now(), DueDays: 14,
		Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: economy.Minor(500 + h.r.IntN(90000))}},
	}, d.Customer)
}

// renumber gives an invoice another number.
func (h *teller) renumber() {
	d, ok := h.any()
	if !ok {
		return
	}
	h.made++
	number := fmt.Sprintf("RE-%04d", h.made)
	h.edit(d, map[string]any{"InvoiceNumber": number}, map[string]any{"DocNumber": number})
}

// redate gives an invoice another due date.
func (h *teller) redate(d economy.Document) {
	due := begin.AddDate(0, 1, h.r.IntN(28)).Format(time.DateOnly)
	h.edit(d, map[string]any{"DueDate": due}, map[string]any{"DueDate": due})
}

// edit changes fields of an invoice, as the vendor calls them.
func (h *teller) edit(d economy.Document, xero, quickbooks map[string]any) {
	kind, fields := "Invoices", xero
	xero["InvoiceID"] = d.ID
	if h.w.vendor == economy.QuickBooks {
		kind, fields = "Invoice", quickbooks
		quickbooks["Id"], quickbooks["SyncToken"], quickbooks["sparse"] = d.ID, h.token(d.ID), true
	}
	raw, err := json.Marshal(fields)
	if err == nil {
		_, err = h.w.ledger.Records.Update(kind, raw)
	}
	if err != nil {
		h.w.tell("it is refused: %v", err)
	}
}

// token is the version of an invoice in QuickBooks.
func (h *teller) token(id string) string {
	raw, err := h.w.ledger.Records.Read("Invoice", id)
	var is struct{ SyncToken string }
	if err == nil {
		err = json.Unmarshal(raw, &is)
	}
	if err != nil {
		h.w.Error(err)
	}
	return is.SyncToken
}
