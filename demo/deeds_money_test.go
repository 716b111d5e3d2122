package demo_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tieout/sandbox/economy"
	"tieout/sandbox/stripe"
)

// moneys are what happens to money in other currencies, between payments and
// banks, and in the parts that are rare.
func moneys() []deed {
	return []deed{
		{"gets a customer abroad", func(h *teller) { h.abroad() }},
		{"settles a currency elsewhere", func(h *teller) { h.settleElsewhere() }},
		{"settles a currency elsewhere", func(h *teller) { h.settleElsewhere() }},
		{"is paid out at once", func(h *teller) { h.payOutAtOnce() }},
		{"takes a payout back before it is sent", func(h *teller) {
			if id, ok := one(h.r, h.payouts); ok {
				_, _ = h.atStripe("/v1/payouts/"+id+"/cancel", url.Values{})
			}
		}},
		{"reverses a payout", func(h *teller) {
			if id, ok := one(h.r, h.payouts); ok {
				_, _ = h.atStripe("/v1/payouts/"+id+"/reverse", url.Values{})
			}
		}},
		{"hears of a debit early", func(h *teller) {
			if id, ok := one(h.r, h.stripe.PendingDebits()); ok && h.r.IntN(2) == 0 {
				_, _ = h.stripe.SettleDebits(id)
			} else if ok {
				_ = h.stripe.FailDebit(id)
			}
		}},
		{"has a debit returned by the bank", func(h *teller) {
			debits := slices.DeleteFunc(slices.Clone(h.charges), func(id string) bool { return !strings.HasPrefix(id, "py_") })
			if id, ok := one(h.r, debits); ok {
				reason := []string{"insufficient_funds", "debit_not_authorized", "incorrect_account_details"}[h.r.IntN(3)]
				if made, err := h.stripe.Dispute(id, 0, reason, false); err == nil {
					h.disputes = append(h.disputes, made)
				}
			}
		}},
		{"disputes in part", func(h *teller) {
			if id, ok := one(h.r, h.charges); ok {
				if made, err := h.stripe.Dispute(id, 100+int64(h.r.IntN(3000)), "product_not_received", false); err == nil {
					h.disputes = append(h.disputes, made)
				}
			}
		}},
		{"keeps what was too much, and gives it back", func(h *teller) { h.keepAndReturn() }},
	}
}

// atStripe is a number of the economy, of two digits, in Stripe's minor units:
// yen have none, and dinars three of which the last is 0 (Stripe docs:
// currencies).
func atStripe(currency string, amount int64) int64 {
	switch currency {
	case "JPY":
		return amount / 100
	case "KWD":
		return amount * 10
	}
	return amount
}

// cash is an amount as people write it in a currency: yen are whole.
func cash(currency string, amount economy.Minor) economy.Minor {
	if currency == "JPY" {
		return amount / 100 * 100
	}
	return amount
}

// abroad opens a further currency in the ledger, with a customer and an
// invoice; the processor settles it at home.
func (h *teller) abroad() {
	code := []string{"JPY", "KWD"}[h.r.IntN(2)]
	if adder, ok := h.Records.(interface{ AddCurrency(code string) }); ok {
		adder.AddCurrency(code)
	} else {
		_, _ = h.Records.Create("CompanyCurrency", fmt.Appendf(nil, `{"Code":%q}`, code))
	}
	h.made++
	name := fmt.Sprintf("Abroad %s %d", code, h.made)
	id, err := h.Books.AddCustomer(economy.Customer{Name: name, Email: fmt.Sprintf("abroad%d@%s.example", h.made, strings.ToLower(code)), Currency: code}, "")
	if err != nil {
		h.note(err)
		return
	}
	rate := map[string]string{"JPY": "0.0067", "KWD": "3.2411"}[code]
	h.note(h.stripe.SettleIn(strings.ToLower(code), stripe.Conversion{Currency: strings.ToLower(h.ready.HomeCurrency), Rate: rate}))
	h.note2(h.Books.AddInvoice(economy.Invoice{
		Number: fmt.Sprintf("NEW-%04d", h.made), Currency: code, Issued: h.w.clock.Now(), DueDays: 14,
		Lines: []economy.Line{{Text: "Work", Quantity: 1, Unit: economy.Minor(100 * (5 + h.r.IntN(900)))}},
	}, id))
}

// settleElsewhere lets a foreign currency be settled at home, by another rate,
// in itself again, or in a third one.
func (h *teller) settleElsewhere() {
	d, ok := one(h.r, h.foreigners())
	if !ok {
		return
	}
	from, to := strings.ToLower(d.Currency), strings.ToLower(h.ready.HomeCurrency)
	rate := fmt.Sprintf("%d.%06d", h.r.IntN(2), 1+h.r.IntN(999998))
	switch h.r.IntN(6) {
	case 0:
		to = from
	case 1:
		to = "chf"
	}
	h.note(h.stripe.SettleIn(from, stripe.Conversion{Currency: to, Rate: rate}))
}

// foreigners are the open invoices with a link that are not in home currency.
func (h *teller) foreigners() []economy.Document {
	var list []economy.Document
	for _, d := range h.linked() {
		if d.Currency != h.ready.HomeCurrency {
			list = append(list, d)
		}
	}
	return list
}

// payOutAtOnce makes an instant payout, as the owner's own tool does.
func (h *teller) payOutAtOnce() {
	id, err := h.atStripe("/v1/payouts", url.Values{
		"amount": {fmt.Sprint(100 + h.r.IntN(5000))}, "currency": {strings.ToLower(h.ready.HomeCurrency)}, "method": {"instant"},
	})
	h.note(err)
	if err == nil {
		h.payouts = append(h.payouts, id)
	}
}

// atStripe is a call of the owner's own tool, with the account's key; it gives
// the id of what it made.
func (h *teller) atStripe(path string, form url.Values) (id string, err error) {
	request, err := http.NewRequestWithContext(h.w.Context(), http.MethodPost, h.w.demo.Ready.Stripe.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "Bearer "+h.ready.StripeKey)
	return idIn(http.DefaultClient.Do(request))
}

// keepAndReturn pays too much, keeps the rest as credit where that is asked,
// and gives it back.
func (h *teller) keepAndReturn() {
	d, ok := h.any()
	if !ok {
		return
	}
	rest := atStripe(d.Currency, 100*int64(1+h.r.IntN(30)))
	h.pays(d, atStripe(d.Currency, int64(d.Balance))+rest, "Invoice "+d.Number)
	if len(h.charges) == 0 {
		return
	}
	charge := h.charges[len(h.charges)-1]
	h.w.sync()
	for _, q := range h.decisions("overpaid") {
		h.note(h.w.demo.App.Store.AnswerDecision(h.w.Context(), h.book.Tenant, h.book.ID, q.ID, q.Options[h.r.IntN(len(q.Options))].Key, "Ada", h.w.clock.Now()))
	}
	h.w.advance(time.Minute)
	h.w.sync()
	id, err := h.stripe.Refund(charge, rest, "")
	h.note(err)
	if err == nil {
		h.refunds = append(h.refunds, id)
	}
}
