package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/xrash/smetrics"

	"tieout/mapping"
	"tieout/money"
	"tieout/receivables"
	matcher "tieout/sync/match"
)

// maxOptions is how many suggestions a person is shown.
const maxOptions = 5

// minSimilarity is the Jaro-Winkler likeness of two names from which one is
// worth suggesting for the other. It only ranks: no match follows from it.
const minSimilarity = 0.85

// ask makes the decision about a movement, unless it is asked already.
func (w *world) ask(m Movement, kind, question string, options []Option) *Decision {
	subject, about := movementSubject(m), w.about(m)
	if d, ok := w.decisions[subject+"#"+kind]; ok {
		d.About, d.Question, d.Options = about, question, options
		return &d
	}
	w.asked++
	return &Decision{ID: w.r.NewID(), Subject: subject, Kind: kind, About: about, Question: question, Options: options}
}

func movementSubject(m Movement) string { return "movement/" + m.Row.ID }

// suggest holds the whole payment and shows the candidates, best first.
// What nearly adds up comes before single invoices.
func (w *world) suggest(m Movement, candidates []receivables.Invoice, why string) match {
	if receipt, ok := w.entered(m, candidates); ok {
		return w.adopt(m, receipt, "the amount and the date are those of the payment")
	}
	options := append(w.explain(m, candidates), w.rank(m, candidates)...)
	return match{rest: m.Charge.Amount, why: why, decision: w.ask(m, DecideMatch, why+" Which invoice does it pay?", options[:min(len(options), maxOptions)])}
}

// nearScore is what a set that nearly adds up is worth as a suggestion: more
// than an invoice that is merely open, less than one of the exact amount.
const nearScore = 55

// explain shows what the payment may have been meant for when no invoices add
// up to it: with an open credit of the customer, or a little less.
func (w *world) explain(m Movement, candidates []receivables.Invoice) []Option {
	byID := map[string]receivables.Invoice{}
	for _, inv := range candidates {
		if inv.CustomerID != candidates[0].CustomerID && !w.sameFamily(inv.CustomerID, candidates[0].CustomerID) {
			return nil // it is not even clear who pays
		}
		byID[inv.ID] = inv
	}
	p := matcher.Payment{ID: m.Row.ID, On: w.dayOf(m), Amount: m.Charge.Amount}
	var options []Option
	for _, near := range matcher.Explain(p, w.items(p.On, "", candidates), w.creditsOf(candidates, m.Charge.Currency), w.discountsOn(candidates)) {
		left := m.Charge.Amount
		o := Option{Key: string(near.Kind), Text: near.Why, Score: nearScore}
		for _, id := range near.Items {
			amount, off := min(w.payable(byID[id]), left), int64(0)
			if near.Kind == matcher.NearDiscount {
				off = w.discountOn(byID[id]).Amount
				amount = min(max(w.payable(byID[id])-off, 0), left)
			}
			left -= amount
			if off > 0 {
				o.Discounts = append(o.Discounts, receivables.Allocation{Target: byID[id].Ref(), Amount: off})
			}
			o.Key += "/" + id
			if amount > 0 {
				o.Invoices = append(o.Invoices, receivables.Allocation{Target: byID[id].Ref(), Amount: amount})
			}
		}
		options = append(options, o)
	}
	return options
}

// discountsOn is what may be kept of the invoices by paying early.
func (w *world) discountsOn(invoices []receivables.Invoice) []matcher.Discount {
	var list []matcher.Discount
	for _, inv := range invoices {
		if d := w.discountOn(inv); d.Amount > 0 {
			list = append(list, d)
		}
	}
	return list
}

// discountOn is what may be kept of an invoice by paying early: by its own
// terms, else by the book's.
func (w *world) discountOn(inv receivables.Invoice) matcher.Discount {
	if d, ok := matcher.DiscountOf(inv.ID, inv.Terms, inv.Issued, inv.Total); ok {
		return d
	}
	off, until := w.book.Settings.Discount.Of(inv.Total, inv.Issued)
	return matcher.Discount{Item: inv.ID, Amount: off, Until: until}
}

// creditsOf is money of the invoices' customers that the ledger holds unapplied.
func (w *world) creditsOf(invoices []receivables.Invoice, currency money.Currency) []matcher.Credit {
	var credits []matcher.Credit
	for _, rc := range w.receipts {
		ours := slices.ContainsFunc(invoices, func(inv receivables.Invoice) bool { return inv.CustomerID == rc.CustomerID })
		if ours && rc.Currency == currency && rc.Unapplied > 0 && rc.State == receivables.StateLive {
			credits = append(credits, matcher.Credit{ID: rc.ID, Customer: rc.CustomerID, Amount: rc.Unapplied})
		}
	}
	return credits
}

// unknownPayer holds a payment by somebody whom the ledger does not know.
// Open invoices of the same amount are suggested, whoever owes them.
func (w *world) unknownPayer(m Movement) match {
	var candidates []receivables.Invoice
	for _, o := range w.owed {
		// Never more than the balance is payable, and most are ruled out by it.
		if o.currency != m.Charge.Currency || o.balance < m.Charge.Amount {
			continue
		}
		if inv := w.invoices[o.id]; w.payable(inv) == m.Charge.Amount {
			candidates = append(candidates, inv)
		}
	}
	sortInvoices(candidates)
	why := "The ledger has no customer with this payer's e-mail address or name."
	if len(candidates) == 0 && w.book.Settings.Sales.Covers(m.Row.Created) {
		return match{sale: true, why: "It is for no invoice, and its payer is no customer: a sale, booked with those of its day."}
	}
	held := match{rest: m.Charge.Amount, why: why, decision: w.ask(m, DecidePayer, why+" Who is it?", w.rank(m, candidates))}
	if who := payerNamed(m); who != "" {
		held.why = strings.TrimSuffix(why, ".") + ": " + who + "."
	}
	return held
}

// rank scores candidates: the exact amount counts most, then who owes it,
// then age.
func (w *world) rank(m Movement, candidates []receivables.Invoice) []Option {
	payers := w.payersOf(m)
	options := make([]Option, 0, len(candidates))
	for _, inv := range candidates {
		owed := w.payable(inv)
		if owed <= 0 {
			continue
		}
		score := 10
		if owed == m.Charge.Amount {
			score += 50
		} else if owed > m.Charge.Amount {
			score += 10
		}
		score += w.likeness(m, payers, inv)
		amount := min(owed, m.Charge.Amount)
		options = append(options, Option{
			Key:   "invoice/" + inv.ID,
			Text:  fmt.Sprintf("%s of %s: %s of %s open, due %s", numbers([]receivables.Invoice{inv}), w.customerNamed(inv.CustomerID), money.Money{Minor: amount, Currency: inv.Currency}, money.Money{Minor: owed, Currency: inv.Currency}, inv.Due.Words()),
			Score: score, Invoices: []receivables.Allocation{{Target: inv.Ref(), Amount: amount}},
		})
	}
	slices.SortStableFunc(options, func(a, b Option) int { return b.Score - a.Score })
	options = options[:min(len(options), maxOptions)]
	if len(options) > 0 {
		options = append(options, Option{Key: AnswerNone, Text: "None of them"})
	}
	return options
}

// likeness is up to 40 points for who the payer seems to be.
func (w *world) likeness(m Movement, payers []string, inv receivables.Invoice) int {
	for _, p := range payers {
		if w.sameFamily(p, inv.CustomerID) {
			return 40
		}
	}
	name, other := mapping.NameKey(nameOf(m)), mapping.NameKey(w.customers[inv.CustomerID].Name)
	if name == "" || other == "" {
		return 0
	}
	if like := smetrics.JaroWinkler(name, other, 0.7, 4); like >= minSimilarity {
		return int(30 * like)
	}
	return 0
}
