package proof

import (
	"fmt"
	"slices"
	"time"

	"tieout/money"
	"tieout/receivables"
)

// How long an item of each kind may explain a difference.
const (
	// A SEPA debit is answered within 14 business days.
	maxWaiting = 21 * 24 * time.Hour
	// A decision is listed at month's end at the latest, and so is a document
	// that a closed period has moved.
	maxDecision = 35 * 24 * time.Hour
	// A day's sales are booked when it is over.
	maxSaleDay = 3 * 24 * time.Hour
	// A month's fees are booked when the month is over, and those of manual
	// payouts some days later.
	maxFeeLater = 45 * 24 * time.Hour
	// A reserve of Stripe's is let go within 180 days (Stripe docs: reserves).
	maxReserve = 180 * 24 * time.Hour
)

// The kinds of timing items.
const (
	ItemWaiting  = "not_final_at_stripe"
	ItemDecision = "waits_for_a_decision"
	ItemUnderWay = "being_written"
	ItemFailed   = "failed_before_success"
	ItemLater    = "dated_later"
	ItemReserve  = "reserved_by_stripe"
	ItemFeeLater = "fee_on_shared_document"
	ItemSaleDay  = "sale_of_a_day_not_over"
)

// Kinds are the kinds of timing items with their greatest age; the age of what
// is being written is two intervals between syncs.
func Kinds(interval time.Duration) map[string]time.Duration {
	return map[string]time.Duration{
		ItemWaiting: maxWaiting, ItemDecision: maxDecision, ItemUnderWay: 2 * interval, ItemFailed: 2 * interval,
		ItemLater: maxDecision, ItemReserve: maxReserve,
		ItemFeeLater: maxFeeLater, ItemSaleDay: maxSaleDay,
	}
}

// balance proves that our rows are Stripe's: the sum of all movements is the
// balance that Stripe states, and each row adds up.
func balance(in Inputs) []Line {
	var lines []Line
	sums := in.sums()
	for _, c := range currencies(in.Stripe, known(sums)) {
		stripe, own := in.Stripe[c], sums[c].All
		line := Line{Check: CheckBalance, Currency: c, Stripe: &stripe, Tieout: &own, Difference: stripe - own, Measured: in.Settled, Why: in.Moved}
		rows := Line{Check: CheckMovements, Currency: c, Difference: int64(sums[c].Broken), Measured: true, Why: "movements whose amount less fee is not their net"}
		for _, id := range sums[c].Names {
			rows.Causes = append(rows.Causes, Cause{
				Ref:    receivables.Ref{Kind: receivables.KindBalanceTransaction, ID: id},
				Text:   "The amount of " + id + " less its fee is not its net.",
				Action: "Compare it with Stripe's own export, and ask Stripe about it.",
			})
		}
		lines = append(lines, line, rows)
	}
	return lines
}

// reserves shows what Stripe holds back: it is the merchant's, and part of
// what the clearing account has to hold.
func reserves(in Inputs) []Line {
	var lines []Line
	for _, s := range in.Sums {
		if s.Reserved == 0 {
			continue
		}
		held := -s.Reserved
		line := Line{Check: CheckReserves, Currency: s.Currency, Stripe: &held, Measured: in.Settled, Why: in.Moved}
		if line.Why == "" {
			line.Why = "held back by Stripe; it stays in the clearing account"
		}
		lines = append(lines, line)
	}
	return lines
}

// clearing proves the clearing account of each currency: what it holds is
// what it was opened with and everything that Stripe has moved since.
func clearing(in Inputs) []Line {
	var lines []Line
	sums := in.sums()
	accounts := map[money.Currency]int64{}
	for c := range in.Accounts.Clearing {
		accounts[c] = 0
	}
	for _, c := range currencies(in.Opening, known(sums), accounts) {
		expected := in.Opening[c] + sums[c].Since
		line := Line{Check: CheckClearing, Currency: c, Stripe: &expected, Measured: in.Settled, Why: in.Moved}
		own, documented := in.OwnClearing[c]
		if documented {
			line.Tieout = &own
		}
		ledger, ok, why := in.clearingLedger(c)
		if why != "" {
			line.Why = why
		}
		if !ok {
			line.Measured = false
			lines = append(lines, line)
			continue
		}
		line.Ledger, line.Difference = &ledger, ledger-expected
		line.Explained = append(in.items(c), in.later(c)...)
		line.Causes = in.clearingCauses(c, ledger, own, documented)
		lines = append(lines, line)
	}
	return lines
}

// clearingLedger is the ledger's side of a currency's clearing account; why
// says where it comes from, or why there is none.
func (in Inputs) clearingLedger(c money.Currency) (sum int64, ok bool, why string) {
	if _, has := in.Accounts.Clearing[c]; !has {
		return 0, true, "the book has no clearing account in this currency"
	}
	if slices.Contains(in.Ledger.OwnSum, c) {
		sum, ok = in.OwnClearing[c]
		return sum, ok, "the ledger gives no balance by date in this currency: our sum of its documents"
	}
	if sum, ok = in.Ledger.Clearing[c]; ok {
		return sum, true, ""
	}
	return 0, false, "the ledger did not give the balance of the clearing account"
}

// clearingCauses break the difference down: what the ledger's figure has
// beyond the documents that we know, what stood there at the cut-over beyond
// the opening, and documents since then that are not ours.
func (in Inputs) clearingCauses(c money.Currency, ledger, own int64, documented bool) []Cause {
	var causes []Cause
	account := receivables.Ref{Kind: receivables.KindAccount, ID: in.Accounts.Clearing[c]}
	if documented && ledger != own {
		causes = append(causes, Cause{
			Ref: account, Amount: ledger - own,
			Text: fmt.Sprintf("The ledger states %s for the clearing account; the documents that Tieout has read add up to %s.",
				amount(ledger, c), amount(own, c)),
			Action: "Look for entries of a kind that is not read, then " + readAnew + ".",
		})
	}
	if before, ok := in.OwnOpening[c]; ok && before != in.Opening[c] {
		causes = append(causes, Cause{
			Ref: account, Amount: before - in.Opening[c],
			Text: fmt.Sprintf("Before the cut-over the account held %s, and was opened with %s: something before that day was entered or changed.",
				amount(before, c), amount(in.Opening[c], c)),
			Action: "Take the back-dated entry back, or confirm the opening again.",
		})
	}
	for _, e := range in.Strangers {
		if e.Currency == c {
			causes = append(causes, Cause{
				Ref: e.Ref, Amount: e.Amount,
				Text:   fmt.Sprintf("The %s %s of %s on the clearing account is not Tieout's and stands for no payment that it knows.", e.Ref.Kind, e.Ref.ID, e.Date.Words()),
				Action: "Move it to the account where it belongs, or remove it.",
			})
		}
	}
	return causes
}

// items are the open movements of a currency as causes of a difference. Each
// amount is the vendor's net, read again, less what our documents have booked
// of it.
func (in Inputs) items(c money.Currency) []Item {
	pairs := map[string]int64{}
	for _, o := range in.Open {
		if o.Currency == c {
			pairs[o.Source] += in.Read[o.ID].Amount
		}
	}
	var list []Item
	for _, o := range in.Open {
		bt, ok := in.Read[o.ID]
		if !ok || o.Currency != c {
			continue
		}
		item := in.item(o, o.Net-o.Missing-bt.Net, bt.Created)
		if item.Kind == ItemFailed {
			// A failed debit comes in and goes out again. Unless both are
			// there, and all but the amount is booked, the rest has to be as
			// young as anything that is still being written.
			// The fee of the debit may be waiting for a document of many.
			cancelled := pairs[o.Source] == 0 && item.Amount == -bt.Amount
			item.Overdue = !cancelled && item.Overdue
		}
		list = append(list, item)
	}
	return list
}

// item is a movement that waits, with its share of a difference.
func (in Inputs) item(o OpenMovement, share int64, since time.Time) Item {
	kind := kindOf(o)
	action := actionOf(kind)
	if in.Off && kind == ItemUnderWay {
		action = "Writing is switched off: look at the first writes, under Connections, Connect, and switch it on."
	}
	return Item{
		Kind: kind, ID: o.ID, Amount: share, Currency: o.Currency, Since: since, Text: text(o), Action: action,
		Overdue: in.age(since) > Kinds(time.Duration(in.Interval) * time.Second)[kind],
	}
}

// later are documents of ours that a closed period has moved to a day that
// has not come yet.
func (in Inputs) later(c money.Currency) []Item {
	var list []Item
	for _, e := range in.Later {
		if e.Currency != c || e.Movement == "" {
			continue
		}
		until := e.Date.Midnight(time.UTC)
		list = append(list, Item{
			Kind: ItemLater, ID: e.Ref.ID, Amount: -e.Amount, Currency: c, Since: in.At,
			Text: fmt.Sprintf("The %s %s for %s is dated %s, the first day that is open.", e.Ref.Kind, e.Ref.ID, e.Movement, e.Date.Words()),
			// Its day has to come within the time.
			Action: actionOf(ItemLater), Overdue: until.Sub(in.At) > maxDecision,
		})
	}
	return list
}

func text(o OpenMovement) string {
	if o.Why != "" {
		return o.Why
	}
	return fmt.Sprintf("The %s %s has not been written to the ledger yet.", o.Category, o.Source)
}

func kindOf(o OpenMovement) string {
	switch {
	case o.Category == "risk_reserved_funds" || o.Category == "connect_reserved_funds":
		return ItemReserve
	case o.State == "waiting":
		return ItemWaiting
	case o.State == "held" || o.State == "exception":
		return ItemDecision
	case o.State == "empty":
		return ItemFailed
	case o.State == "fee_later":
		return ItemFeeLater
	case o.State == "sale_later":
		return ItemSaleDay
	}
	return ItemUnderWay
}

func actionOf(kind string) string {
	switch kind {
	case ItemWaiting:
		return "Nothing: it is written as soon as Stripe has the answer."
	case ItemDecision:
		return "Answer the question under Decisions."
	case ItemFailed:
		return "Nothing: it cancels out with its return."
	case ItemLater:
		return "Nothing: it counts from its day on."
	case ItemFeeLater:
		return "Nothing: the fee is written with the others of its payout or month."
	case ItemSaleDay:
		return "Nothing: a day's sales are written when it is over."
	case ItemReserve:
		return "Nothing: Stripe lets it go; ask Stripe when."
	}
	return "Nothing, unless it stays: then Home says what is in the way of the writing."
}

func (in Inputs) sums() map[money.Currency]StripeSums {
	sums := map[money.Currency]StripeSums{}
	for _, s := range in.Sums {
		sums[s.Currency] = s
	}
	return sums
}

func known(sums map[money.Currency]StripeSums) map[money.Currency]int64 {
	out := map[money.Currency]int64{}
	for c := range sums {
		out[c] = 0
	}
	return out
}
